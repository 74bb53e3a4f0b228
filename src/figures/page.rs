//! Figures as a page shows them: text as text, colours that follow the style sheet,
//! and the numbers behind the marks for who points at them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use plotters::style::RGBColor;
use serde::Serialize;

use super::canvas::{FINE, Letters, Medium};
use super::data::Summary;
use super::draw::{origin_of, pictures};
use super::kind::View;
use super::output::Metadata;
use super::panel::Frame;
use super::picture::{Axis, Panel, Picture, Series, Ticks};
use super::render::{arranged, drawn, words};
use super::scale::Name;
use super::style::PAGE;
use super::theme::{Theme, in_the_dark};
use super::{Caption, FigureError, read_captions, search, studies};
use crate::lab::Lab;
use crate::summary::statistics::{RULES, Stamp};
use crate::summary::{Extent, files};

/// A figure as a page shows it.
pub struct Inline {
    /// What is said of it.
    pub caption: Caption,
    /// The picture: `<g class="panel" data-panel="0">` for each panel, with the
    /// groups `axis x`, `axis y` and `marks`; in these `<g class="series"
    /// data-series="trpo">` for the marks of a variant, and `<g class="key" ..>` in
    /// the legend. It has no width of its own.
    pub svg: String,
    /// The numbers behind the marks as JSON; empty where there are none.
    pub data: String,
}

/// Every figure of the experiment, search or study in the folder `dir`, in the order of
/// the report. Of one whose tables follow older rules the files, as they are.
///
/// # Errors
/// If its summary or a file is missing or damaged.
pub fn inline(lab: &Lab, dir: &Path) -> Result<Vec<Inline>, FigureError> {
    if search::is_one(dir) {
        let (picture, origin) = search::picture(dir)?;
        return Ok(vec![made(&picture, &origin)?]);
    }
    if studies::is_one(dir) {
        let (picture, origin) = studies::picture(dir)?;
        return Ok(vec![made(&picture, &origin)?]);
    }
    if Stamp::read(dir)?.rules != RULES {
        return older(dir);
    }
    let summary = Summary::read(lab, dir)?;
    let pictures = pictures(&View::of(&summary, dir, Extent::Usual)?)?;
    let origin = origin_of(&summary.manifest, &summary.digest);
    pictures
        .iter()
        .map(|picture| made(picture, &origin))
        .collect()
}

fn older(dir: &Path) -> Result<Vec<Inline>, FigureError> {
    let captions = read_captions(&dir.join("figures"))?;
    let read = |caption: Caption| {
        let svg = files::read(&dir.join(format!("figures/{}.svg", caption.name)))?;
        Ok(Inline {
            svg: without_size(&svg),
            data: String::new(),
            caption,
        })
    };
    captions.into_iter().map(read).collect()
}

/// The picture without a width and a height of its own.
fn without_size(svg: &str) -> String {
    let (root, rest) = svg.split_once('>').unwrap_or((svg, ""));
    let words = root.split(' ');
    let kept = words.filter(|word| !word.starts_with("width=") && !word.starts_with("height="));
    format!("{}>{rest}", kept.collect::<Vec<_>>().join(" "))
}

fn made(picture: &Picture, origin: &Metadata) -> Result<Inline, FigureError> {
    let places = arranged(picture, PAGE)?;
    let medium = Medium {
        theme: Theme::Light,
        letters: Letters::Text,
        variables: true,
    };
    let drawing = drawn(picture, &places, &words(picture, origin), medium)?;
    let panels = picture.blocks.iter().zip(&places.frames);
    let panels = panels.flat_map(|(block, frames)| {
        let panels = block.panels.iter().zip(frames);
        let several = block.panels.len() > 1;
        panels.map(move |(panel, frame)| {
            let y = if several { panel.y.name.as_str() } else { "" };
            let parts = [block.title.as_str(), block.subtitle.as_str(), y];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            let title = parts.collect::<Vec<_>>().join(", ");
            Data::of(picture, title, panel, *frame)
        })
    });
    let panels: Vec<Data> = panels.collect();
    let data = match panels.iter().any(|panel| !panel.series.is_empty()) {
        // Writing plain data to memory cannot fail.
        true => serde_json::to_string(&Panels { panels }).unwrap_or_default(),
        false => String::new(),
    };
    Ok(Inline {
        caption: picture.said(),
        svg: drawing.svg,
        data,
    })
}

/// Values of the colour variables in `svgs` for dark ground, a line each.
pub fn dark_css<'a>(svgs: impl IntoIterator<Item = &'a str>) -> String {
    let mut colors = BTreeSet::new();
    for svg in svgs {
        let named = svg.split("var(--fig-").skip(1);
        colors.extend(named.filter_map(|rest| rest.get(..6)));
    }
    let mut css = String::new();
    for name in colors {
        let channel = |from: usize| u8::from_str_radix(name.get(from..from + 2)?, 16).ok();
        let (Some(r), Some(g), Some(b)) = (channel(0), channel(2), channel(4)) else {
            continue;
        };
        let RGBColor(r, g, b) = in_the_dark(RGBColor(r, g, b));
        let _ = writeln!(css, "--fig-{name}: #{r:02X}{g:02X}{b:02X};");
    }
    css
}

#[derive(Serialize)]
struct Panels {
    panels: Vec<Data>,
}

/// A panel: where it stands in units of the picture, its axes and its numbers.
#[derive(Serialize)]
struct Data {
    title: String,
    /// Left, top, right, bottom.
    frame: [i64; 4],
    x: AxisData,
    y: AxisData,
    series: Vec<SeriesData>,
}

#[derive(Serialize)]
struct AxisData {
    name: String,
    low: f64,
    high: f64,
    log: bool,
    /// How values are written.
    #[serde(rename = "as")]
    as_: &'static str,
    /// The names of rows, where there are rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<String>,
}

#[derive(Serialize)]
struct SeriesData {
    id: String,
    label: String,
    /// Whether intervals lie along the horizontal axis.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    across: bool,
    /// x, y, low, high, n.
    points: Vec<[Option<f64>; 5]>,
}

impl Data {
    fn of(picture: &Picture, title: String, panel: &Panel, frame: Frame) -> Self {
        let units = |length: f64| (length * FINE).round() as i64;
        let x = match panel.x.name.is_empty() {
            true => &picture.x_name,
            false => &panel.x.name,
        };
        Self {
            title,
            frame: [frame.left, frame.top, frame.right, frame.bottom].map(units),
            x: AxisData::of(&panel.x, x),
            y: AxisData::of(&panel.y, &panel.y.name),
            series: panel.series.iter().map(SeriesData::of).collect(),
        }
    }
}

impl AxisData {
    fn of(axis: &Axis, name: &str) -> Self {
        let (low, high, log) = axis.scale.ends();
        let rows = match &axis.ticks {
            Ticks::Named(named) if axis.is_of_rows() => {
                named.iter().map(|(_, name)| name.clone()).collect()
            }
            _ => Vec::new(),
        };
        Self {
            name: name.to_owned(),
            low,
            high,
            log,
            as_: match axis.name_of_values() {
                Name::Steps => "steps",
                Name::Number => "number",
                Name::Percent => "percent",
            },
            rows,
        }
    }
}

impl SeriesData {
    fn of(series: &Series) -> Self {
        let points = series.values.iter().map(|value| {
            let n = value.n.map(|n| n as f64);
            [Some(value.x), Some(value.y), value.low, value.high, n]
        });
        Self {
            id: series.id.clone(),
            label: series.label.clone(),
            across: series.across,
            points: points.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_a_picture_has_one_for_dark_ground() {
        let svg = "<g fill=\"var(--fig-262626, #262626)\" stroke=\"var(--fig-0072B2, #0072B2)\"/>";
        let css = dark_css([svg, svg]);
        assert_eq!(css.lines().count(), 2);
        assert!(
            css.starts_with("--fig-0072B2: #") && css.contains("--fig-262626: #"),
            "{css}"
        );
    }
}
