//! A search: the score of every setting on every rung, and which was chosen. Of a
//! search by task: the share of the way to the best of every setting of each task.

use std::path::Path;

use plotters::style::{Color, RGBColor};

use super::FigureError;
use super::canvas::{Painted, Pen};
use super::palette;
use super::panel::Placed;
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Sample, Series, Value};
use super::scale::{Name, Scale};
use super::score_intervals::rows as panel_of;
use super::style::{INK, SOFT_INK};
use super::theme::PAPER;
use crate::format::{count, list};
use crate::search::choose;
use crate::search::score::{Scored, Scores};
use crate::search::table::{Role, RunRow, SettingRow};
use crate::summary::files::{read, read_rows};
use crate::summary::{Row, SummaryError};

/// Its name.
pub(super) const NAME: &str = "search";

/// Whether a folder is that of a search, which has tables of its own.
pub(super) fn is_one(dir: &Path) -> bool {
    dir.join(RunRow::FILE).is_file()
}

/// Settings that were not chosen.
const OTHER: RGBColor = RGBColor(0x8A, 0x8A, 0x8A);

/// The tables of a search.
struct Tables {
    name: String,
    rungs: Vec<Scores>,
    settings: Vec<SettingRow>,
}

/// Name of the search and digest of its table.
pub(super) type Origin = [(&'static str, String); 2];

/// The picture of the search in the folder `dir`, and its origin.
pub(super) fn picture(dir: &Path) -> Result<(Picture, Origin), FigureError> {
    let rows: Vec<RunRow> = read_rows(dir)?;
    let path = dir.join(RunRow::FILE);
    let wrong = |problem: String| {
        FigureError::Summary(SummaryError::Damaged {
            path: path.clone(),
            line: 1,
            column: None,
            problem,
        })
    };
    let rungs = (1..=choose::last_rung(&rows)).map(|rung| Scores::of(&rows, rung));
    let tables = Tables {
        name: dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        rungs: rungs.collect::<Result<_, _>>().map_err(wrong)?,
        settings: read_rows(dir)?,
    };
    let origin = [
        ("search", tables.name.clone()),
        (
            "table",
            blake3::hash(read(&path)?.as_bytes()).to_hex().to_string(),
        ),
    ];
    let picture = match tables.rungs.as_slice() {
        [] => return Err(wrong("it holds no run".to_owned())),
        [only] => tables.by_task(only),
        _ => tables.by_rung(),
    };
    Ok((picture, origin))
}

/// A setting on a rung.
#[derive(Clone)]
struct Dot {
    score: f64,
    y: f64,
    is_chosen: bool,
    is_default: bool,
    is_audit: bool,
}

impl Tables {
    /// The settings that were chosen, by variant.
    fn chosen(&self) -> Vec<(String, u64)> {
        let Some(last) = self.rungs.last() else {
            return Vec::new();
        };
        let variants = choose::variants(&self.settings);
        let chosen = variants.iter().filter_map(|variant| {
            let cost = |setting| {
                let mut values = choose::values(&self.settings, variant, setting).into_iter();
                values.next().map_or(0.0, |row| row.cost)
            };
            let chosen = choose::chosen(last, variant, cost)?;
            Some((variant.clone(), chosen.setting))
        });
        chosen.collect()
    }

    /// A panel for each variant, a row for each rung.
    fn by_rung(&self) -> Picture {
        let chosen = self.chosen();
        let names = self
            .rungs
            .iter()
            .enumerate()
            .map(|(place, rung)| format!("rung {} (n = {})", place + 1, rung.seeds.len()));
        let names: Vec<String> = names.collect();
        let lowest = self.rungs.iter().flat_map(|rung| &rung.settings);
        let lowest = lowest.map(|scored| scored.score).fold(1.0, f64::min);
        let scale = Scale::exactly((10.0 * lowest).floor() / 10.0, 1.03);
        let blocks = chosen.iter().map(|(variant, setting)| Block {
            title: label(variant),
            subtitle: format!("setting {setting} chosen"),
            panels: vec![self.panel(variant, *setting, &names, scale)],
        });
        let said = chosen
            .iter()
            .map(|(variant, setting)| format!("{setting} for {variant}"));
        let said = list(&said.collect::<Vec<_>>());
        let tried: usize = self.rungs.first().map_or(0, |rung| rung.settings.len());
        Picture {
            name: NAME.to_owned(),
            title: "Every setting of the search".to_owned(),
            caption: format!(
                "The score of every setting on every rung of results/{}: the mean over tasks of the \
                 share of the way from a random policy to the best mean of any setting on that task \
                 and rung, so that scores of two rungs cannot be compared. Every rung keeps the best \
                 of the one before; setting 0 is what the file and the defaults give; a setting left \
                 out early runs the last rung once more, to see whether that was right. Setting \
                 chosen: {said}.",
                self.name
            ),
            alt: format!(
                "{} searched; chosen: setting {said}.",
                count(tried, "setting")
            ),
            blocks: blocks.collect(),
            columns: 3,
            x_name: "Score (mean share of the way to the best)".to_owned(),
            keys: keys(),
            note:
                "dot: mean over tasks and n runs of one setting; each rung has a scale of its own"
                    .to_owned(),
        }
    }

    fn panel(&self, variant: &str, chosen: u64, names: &[String], scale: Scale) -> Panel {
        let mut panel = panel_of(names, Axis::round("", scale, Name::Number));
        let color = palette::looks(&[variant]).remove(0).1.color;
        let mut dots: Vec<Dot> = Vec::new();
        for (place, rung) in self.rungs.iter().enumerate() {
            let own = rung
                .settings
                .iter()
                .filter(|scored| scored.variant == variant);
            dots.extend(own.map(|scored| dot(scored, chosen, place as f64 + 0.5)));
        }
        // What was chosen comes last, on top.
        dots.sort_by_key(|dot| (dot.is_chosen, dot.is_default));
        panel.series.push(Series {
            id: variant.to_owned(),
            label: label(variant),
            across: true,
            values: dots.iter().map(Dot::value).collect(),
        });
        let shown = dots.clone();
        panel.marks.push(Mark::new(variant, move |placed| {
            let path = shown.iter().filter(|dot| dot.is_chosen);
            let path: Vec<(f64, f64)> = path.map(|dot| (dot.score, dot.y)).collect();
            let thin = Pen {
                color: color.mix(0.7),
                width: 0.6,
                dash: &[],
            };
            if path.len() > 1 {
                placed.line(&path, thin)?;
            }
            shown.iter().try_for_each(|dot| dot.paint(placed, color))
        }));
        panel
    }

    /// A panel for each task, a row for each setting.
    fn by_task(&self, last: &Scores) -> Picture {
        let mut settings: Vec<u64> = last.settings.iter().map(|scored| scored.setting).collect();
        settings.sort_unstable();
        settings.dedup();
        // In the order of what they are, where that is a number; of the file, where not.
        if settings.iter().all(|&setting| self.size(setting).is_some()) {
            settings.sort_by(|&a, &b| {
                f64::total_cmp(&self.size(a).unwrap_or(0.0), &self.size(b).unwrap_or(0.0))
            });
        }
        let chosen = choose::chosen_by_task(last);
        let blocks = chosen.iter().enumerate();
        let blocks = blocks.map(|(place, (env, chosen, _))| Block {
            title: env.clone(),
            subtitle: String::new(),
            panels: vec![self.panel_of_task(last, place, &settings, *chosen)],
        });
        let said = chosen.iter();
        let said = said.map(|(env, setting, _)| format!("{} on {env}", self.values(*setting)));
        let said = list(&said.collect::<Vec<_>>());
        Picture {
            name: NAME.to_owned(),
            title: "Every setting of the search".to_owned(),
            caption: format!(
                "The mean over algorithms of the share of the way from a random policy to the best \
                 mean of any of them, for every setting and task of results/{} ({} each). Chosen: \
                 {said}.",
                self.name,
                count(last.seeds.len(), "seed")
            ),
            alt: format!("Chosen: {said}."),
            blocks: blocks.collect(),
            columns: 3,
            x_name: "Share of the way to the best".to_owned(),
            keys: vec![
                Key::new("", "chosen", Sample::Area(INK.to_rgba())),
                Key::new("", "other", Sample::Area(OTHER.to_rgba())),
            ],
            note: format!(
                "n = {} runs of each algorithm; dot: mean over algorithms",
                last.seeds.len()
            ),
        }
    }

    /// The values of a setting that all algorithms share.
    fn values(&self, setting: u64) -> String {
        let variants = choose::variants(&self.settings);
        let first = variants.first().map_or("", String::as_str);
        let values = choose::values(&self.settings, first, setting);
        let values = values.iter();
        let values = values.map(|row| format!("{} {}", short_key(&row.key), row.value));
        values.collect::<Vec<_>>().join(", ")
    }

    /// The one value of a setting that all algorithms share, if it is a number.
    fn size(&self, setting: u64) -> Option<f64> {
        let variants = choose::variants(&self.settings);
        match choose::values(&self.settings, variants.first()?, setting)[..] {
            [only] => only.value.parse().ok(),
            _ => None,
        }
    }

    fn panel_of_task(&self, last: &Scores, place: usize, settings: &[u64], chosen: u64) -> Panel {
        let names = settings.iter().map(|&setting| self.values(setting));
        let scale = Scale::exactly(0.0, 1.04);
        let mut panel = panel_of(
            &names.collect::<Vec<_>>(),
            Axis::round("", scale, Name::Number),
        );
        let dots = settings.iter().enumerate().map(|(row, &setting)| Dot {
            score: choose::by_task(last, place, setting),
            y: row as f64 + 0.5,
            is_chosen: setting == chosen,
            is_default: false,
            is_audit: false,
        });
        let dots: Vec<Dot> = dots.collect();
        panel.series.push(Series {
            id: "all".to_owned(),
            label: "mean over algorithms".to_owned(),
            across: true,
            values: dots.iter().map(Dot::value).collect(),
        });
        panel.marks.push(Mark::new("", move |placed| {
            let mut dots = dots.iter();
            dots.try_for_each(|dot| dot.paint(placed, INK.to_rgba()))
        }));
        panel
    }
}

fn dot(scored: &Scored, chosen: u64, y: f64) -> Dot {
    Dot {
        score: scored.score,
        y,
        is_chosen: scored.setting == chosen,
        is_default: scored.setting == 0,
        is_audit: scored.role == Role::Audit,
    }
}

impl Dot {
    fn value(&self) -> Value {
        Value {
            x: self.score,
            y: self.y,
            ..Value::default()
        }
    }

    /// Large and coloured if chosen, hollow if it is the default, an upright stroke
    /// if it is an audit.
    fn paint(&self, placed: &Placed<'_>, color: plotters::style::RGBAColor) -> Painted {
        let radius = 1.55 * placed.size.line;
        if self.is_audit {
            let pen = Pen {
                color: SOFT_INK.to_rgba(),
                width: 0.9,
                dash: &[],
            };
            return placed.mark(self.score, self.y, 2.0 * radius, pen);
        }
        let (size, fill) = match self.is_chosen {
            true => (1.6 * radius, color),
            false => (radius, OTHER.to_rgba().mix(0.75)),
        };
        match self.is_default {
            true => {
                let ring = if self.is_chosen { color } else { INK.to_rgba() };
                placed.dot(self.score, self.y, size + 0.5, ring)?;
                placed.dot(self.score, self.y, 0.6 * size, PAPER.to_rgba())
            }
            false => placed.dot(self.score, self.y, size, fill),
        }
    }
}

fn keys() -> Vec<Key> {
    vec![
        Key::new(
            "",
            "chosen: large, in the colour of the algorithm",
            Sample::Area(INK.to_rgba()),
        ),
        Key::new("", "other settings", Sample::Area(OTHER.to_rgba())),
        Key::new(
            "",
            "ring: the default; stroke: left out early, run again",
            Sample::Area(PAPER.to_rgba()),
        ),
    ]
}

/// What a variant is called.
fn label(variant: &str) -> String {
    palette::label_of(variant)
}

fn short_key(key: &str) -> String {
    match key.rsplit('.').next() {
        Some("gamma") => "γ".to_owned(),
        Some(last) => last.replace('_', " "),
        None => key.to_owned(),
    }
}
