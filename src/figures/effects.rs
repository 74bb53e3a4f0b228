//! What the factors of a design do to the score.

use plotters::style::Color;

use super::FigureError;
use super::canvas::Pen;
use super::data::Drawn;
use super::kind::{Kind, Of, View};
use super::palette::{label_of, looks};
use super::picture::{Axis, Block, Mark, Picture};
use super::scale::{Name, Scale};
use super::score_intervals::{add, rows};
use super::style::SOFT_INK;
use crate::experiment::design::Design;
use crate::format::{list, number};
use crate::stats::factorial::letter_of;
use crate::stats::{Difference, Estimate};
use crate::summary::effects::{Effect, Scores};

pub(super) const KIND: Kind = Kind {
    name: "effects",
    needs: "a design, and tasks with references",
    of: Of::All,
    make: picture,
};

/// The effects of all factors on one algorithm, or how they differ between two.
struct Column {
    title: String,
    look: Drawn,
    effects: Vec<Option<Difference>>,
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let Some(design) = &summary.manifest.analysis.design else {
        return Ok(None);
    };
    let scores = Scores::of(&summary.manifest, design, &summary.scores)?;
    let columns = columns(design, &scores);
    let ends = columns.iter().flat_map(|column| &column.effects).flatten();
    let ends: Vec<f64> = ends
        .flat_map(|effect| {
            let interval = effect.interval(0.025);
            [interval.low, interval.high]
        })
        .collect();
    if ends.is_empty() {
        return Ok(None);
    }
    let scale = Scale::linear(ends.into_iter().chain([0.0]));
    let names = design.factors.iter().enumerate();
    let names: Vec<String> = names
        .map(|(factor, name)| format!("{} {}", letter_of(factor), name.replace(['-', '_'], " ")))
        .collect();
    let alt = alt(&columns, &names);
    let blocks = columns.iter().map(|column| {
        let mut panel = rows(&names, Axis::round("", scale, Name::Number));
        panel.marks.push(Mark::upright(0.0));
        for (row, effect) in column.effects.iter().enumerate() {
            if let Some(effect) = effect {
                let interval = effect.interval(0.025);
                let estimate = Estimate {
                    point: effect.point,
                    low: Some(interval.low),
                    high: Some(interval.high),
                };
                add(&mut panel, estimate, row, &column.look, None);
            }
        }
        Block {
            title: column.title.clone(),
            subtitle: String::new(),
            panels: vec![panel],
        }
    });
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Effects of the factors".to_owned(),
        caption: format!(
            "Mean normalised score of the rows of the design in which a factor is on less that of \
             the rows in which it is off, over tasks, seed by seed, on {} Marks: the effect; bars: \
             its 95% t interval. Which interactions a factor cannot be told from stands in the \
             table.",
            summary.sample()
        ),
        alt,
        blocks: blocks.collect(),
        columns: 3,
        x_name: "Effect on the normalised score".to_owned(),
        keys: Vec::new(),
        note: format!("{}; mark: effect; bar: 95% t interval", summary.n()),
    }))
}

fn columns(design: &Design, scores: &Scores<'_>) -> Vec<Column> {
    let names: Vec<&str> = design.of.iter().map(String::as_str).collect();
    let effects = |of: &str, less: Option<&str>| {
        let effect = |factor| {
            let effect_on = |of| Effect {
                factor,
                of: Some(of),
            };
            scores.over_tasks(effect_on(of), less.map(effect_on))
        };
        (0..design.factors.len()).map(effect).collect::<Vec<_>>()
    };
    let known = names.iter().zip(looks(&names));
    let mut columns: Vec<Column> = known
        .map(|(name, (_, pen))| Column {
            title: label_of(name),
            look: Drawn {
                id: (*name).to_owned(),
                label: label_of(name),
                pen: Pen { dash: &[], ..pen },
            },
            effects: effects(name, None),
        })
        .collect();
    if let [x, y, ..] = names.as_slice() {
        let title = format!("{} less {}", label_of(x), label_of(y));
        columns.push(Column {
            look: Drawn {
                id: String::new(),
                label: title.clone(),
                pen: Pen {
                    color: SOFT_INK.to_rgba(),
                    width: 1.0,
                    dash: &[],
                },
            },
            title,
            effects: effects(x, Some(y)),
        });
    }
    columns
}

/// The effects on each algorithm, in words.
fn alt(columns: &[Column], names: &[String]) -> String {
    let of_column = |column: &Column| {
        let told = names.iter().zip(&column.effects);
        let told = told.filter_map(|(name, effect)| {
            Some(format!("{name} {}", number(effect.as_ref()?.point, 3)))
        });
        format!("{}: {}", column.title, list(&told.collect::<Vec<_>>()))
    };
    let said: Vec<String> = columns.iter().map(of_column).collect();
    format!("{}.", said.join("; "))
}
