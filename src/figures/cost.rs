//! What an update costs, and what it buys: time by part, and time to a
//! threshold.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::axes::Panel;
use super::canvas::{self, Canvas, Metadata, Painted, Pen, text_width};
use super::data::Summary;
use super::rows::Rows;
use super::scale::{Name, Scale};
use super::style::{LEGEND, label, shown};
use super::{Caption, Figure, FigureError};
use crate::algo::Part;

const TITLE: &str = "What an update costs";

/// The parts from left to right; the policy step, in which algorithms differ,
/// has the colour of its algorithm.
const PARTS: [(Part, &str, Option<RGBColor>); 4] = [
    (Part::Policy, "policy step (coloured)", None),
    (Part::Critic, "critic", Some(RGBColor(0x8C, 0x8C, 0x8C))),
    (
        Part::Collect,
        "collection",
        Some(RGBColor(0xB8, 0xB8, 0xB8)),
    ),
    (
        Part::Advantages,
        "advantages",
        Some(RGBColor(0x50, 0x50, 0x50)),
    ),
];

/// `None` if the times of no run are known.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let known = |env: &str, variant: &str| summary.cost(env, variant, Part::Policy).is_some();
    let variants = shown(manifest, known);
    let tasks: Vec<&String> = manifest
        .tasks
        .iter()
        .filter(|env| variants.iter().any(|(variant, _)| known(env, variant)))
        .collect();
    if tasks.is_empty() {
        return Ok(None);
    }
    let names = variants
        .iter()
        .map(|(variant, _)| label(&summary.manifest, variant))
        .collect();
    let rows = Rows::of_tasks(names, tasks.len());
    let (wide, high) = rows.size();
    let below = if rows.hole().is_some() {
        0.0
    } else {
        LEGEND_HEIGHT
    };
    let svg = canvas::svg((wide, high + below), TITLE, metadata, |canvas| {
        for (place, env) in tasks.iter().enumerate() {
            let total = |variant: &str| {
                let parts = PARTS
                    .iter()
                    .filter_map(|part| summary.cost(env, variant, part.0));
                parts.map(|row| 1e3 * row.median).sum::<f64>()
            };
            let longest = variants.iter().map(|(v, _)| total(v)).fold(0.0, f64::max);
            let panel = Panel {
                canvas,
                frame: rows.frame(place),
                x: Scale::exactly(0.0, 1.06 * longest.max(1e-9)),
                y: rows.axis(),
            };
            let mut labels = rows.labels(place, env, Some("Time of an update (ms)"));
            labels.x_as = Some(Name::Number);
            panel.axes(labels)?;
            for (row, (variant, pen)) in variants.iter().enumerate() {
                let mut from = 0.0;
                for (part, _, color) in PARTS {
                    let Some(found) = summary.cost(env, variant, part) else {
                        continue;
                    };
                    let to = from + 1e3 * found.median;
                    let color = color.map_or(pen.color, |color| color.to_rgba());
                    panel.span((from, to), row as f64 + 0.5, 6.0, color)?;
                    from = to;
                }
            }
        }
        legend(canvas, &rows, variants.first().map(|v| v.1))
    })?;
    let caption = Caption {
        name: "cost".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Wall time of one update by part on {} Medians over seeds, measured while the runs \
             were made, on {}. Updates are of {} environment steps. Times are no function of \
             configuration and seed: they differ from machine to machine.{}",
            summary.sample(),
            summary.machine(),
            summary.batches(),
            summary.left_out_as_busy()
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

/// Height of a legend below the panels, and of a row of one beside them.
const LEGEND_HEIGHT: f64 = 26.0;
const LEGEND_ROW: f64 = 19.0;

/// The parts, in the room that the panels leave or else below them.
fn legend(canvas: &Canvas<'_>, rows: &Rows, first: Option<Pen>) -> Painted {
    const BOX: f64 = 16.0;
    const GAP: f64 = 22.0;
    let own = first.map_or(RGBColor(0, 0, 0).to_rgba(), |pen| pen.color);
    let widths = PARTS.map(|(_, name, _)| BOX + 6.0 + text_width(name, LEGEND));
    let (wide, high) = rows.size();
    let all: f64 = widths.iter().sum::<f64>() + 3.0 * GAP;
    let mut x = (wide - all) / 2.0;
    for (row, (_, name, color)) in PARTS.into_iter().enumerate() {
        let (left, y) = match rows.hole() {
            Some(frame) => (frame.left, frame.top + (row as f64 + 1.0) * LEGEND_ROW),
            None => (x, high + 10.0),
        };
        let color: RGBAColor = color.map_or(own, |color| color.to_rgba());
        let (right, top, bottom) = (left + BOX, y - 5.0, y + 5.0);
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom)];
        canvas.polygon(&outline, color)?;
        canvas.text(name, (right + 6.0, y + 4.0), LEGEND)?;
        x += widths[row] + GAP;
    }
    Ok(())
}
