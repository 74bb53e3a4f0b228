//! Recorded columns over the updates: a row of panels for each, on one scale for
//! all tasks, so that tasks can be compared.

use plotters::style::Color;

use super::canvas::Pen;
use super::data::{Drawn, Summary};
use super::picture::{Axis, Curve, Mark, Panel, Series, Tall, Ticks, Value};
use super::scale::{Name, Scale};
use crate::columns::{Column, OverSeeds};
use crate::summary::UpdateRow;

/// A row of panels.
pub(super) struct Facet {
    /// What it shows.
    pub column: Column,
    /// Of a column of words, that of which the share of runs is shown.
    pub word: Option<&'static str>,
    /// The name of its axis.
    pub axis: &'static str,
    /// What stands beside it, in a pen of its own.
    pub beside: Option<(Column, Pen)>,
    pub scale: Span,
    /// A level that is marked, with its name in the legend.
    pub level: Option<(f64, &'static str)>,
}

/// How the scale of a facet is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Span {
    /// Linear, with 0, around the middles.
    Around,
    /// From 0 to what is found, at least so far.
    From0(f64),
    /// Logarithmic.
    Logarithmic,
}

/// A column as lines over the updates.
pub(super) const fn line(column: Column, axis: &'static str, scale: Span) -> Facet {
    Facet {
        column,
        word: None,
        axis,
        beside: None,
        scale,
        level: None,
    }
}

/// How far the scale follows the quartiles beyond what the middles span, in spans.
const BEYOND: f64 = 0.5;

impl Facet {
    /// The columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        let beside = self.beside.map(|(column, _)| column);
        [Some(self.column), beside].into_iter().flatten()
    }

    /// The name under which the summary holds it.
    fn summarised(&self) -> String {
        match self.word {
            Some(word) => format!("{}:{word}", self.column.name),
            None => self.column.name.to_owned(),
        }
    }

    fn rows<'s>(&self, summary: &'s Summary, env: &str, variant: &str) -> &'s [UpdateRow] {
        summary.updates(env, variant, &self.summarised())
    }

    /// How the runs of one update are summarised.
    fn is_mean(&self) -> bool {
        self.word.is_some() || self.column.over_seeds == OverSeeds::Mean
    }

    fn value(&self, row: &UpdateRow) -> Option<Value> {
        let (y, low, high) = match self.is_mean() {
            true => (row.mean, None, None),
            false => (row.median?, row.q25, row.q75),
        };
        Some(Value {
            x: row.step as f64,
            y,
            low,
            high,
            n: Some(row.n),
        })
    }

    /// The values of some variants on all tasks.
    fn values(&self, summary: &Summary, variants: &[Drawn]) -> Vec<Value> {
        let tasks = summary.manifest.tasks.iter();
        let cells = tasks.flat_map(|env| variants.iter().map(move |v| (env, v)));
        let rows = cells.flat_map(|(env, v)| self.rows(summary, env, &v.id));
        rows.filter_map(|row| self.value(row)).collect()
    }

    /// Whether there is anything to be seen: a value, and not 0 alone.
    pub fn has_content(&self, summary: &Summary, variants: &[Drawn]) -> bool {
        let values = self.values(summary, variants);
        values
            .iter()
            .any(|value| value.y != 0.0 || value.high.is_some_and(|high| high != 0.0))
    }

    /// Its scale over all tasks, and over `others`.
    pub fn scale(&self, summary: &Summary, variants: &[Drawn], others: &[f64]) -> Scale {
        let values = self.values(summary, variants);
        let ends = values.iter().flat_map(|v| [v.low, v.high]).flatten();
        let middles = values
            .iter()
            .map(|value| value.y)
            .chain(others.iter().copied());
        match self.scale {
            Span::Around => {
                let beside = self.beside.iter().flat_map(|(column, _)| {
                    let of = line(*column, "", Span::Around);
                    of.values(summary, variants)
                });
                let middles = middles.chain(beside.map(|value| value.y)).chain([0.0]);
                Scale::linear(near(&middles.collect::<Vec<_>>(), ends))
            }
            Span::From0(least) => {
                let most = middles.fold(least, f64::max);
                Scale::exactly(0.0, most * 1.05)
            }
            Span::Logarithmic => {
                let level = self.level.map(|(level, _)| level);
                Scale::log(middles.chain(ends).chain(level))
            }
        }
    }

    /// Its panel for a task.
    pub fn panel(&self, summary: &Summary, env: &str, variants: &[Drawn], scale: Scale) -> Panel {
        let percent = self.word.map(|_| Ticks::Round(Name::Percent));
        let mut panel = Panel {
            tall: Tall::Share(0.56, 44.0, 120.0),
            x: Axis::steps(summary.steps(env)),
            y: Axis {
                ticks: percent.unwrap_or(Ticks::Round(Name::Number)),
                ..Axis::round(self.axis, scale, Name::Number)
            },
            strip: 0.0,
            marks: Vec::new(),
            series: Vec::new(),
        };
        if let Some((level, _)) = self.level {
            panel.marks.push(Mark::level(level, ""));
        }
        match self.word {
            Some(_) => self.add_bars(&mut panel, summary, env, variants),
            None => self.add_lines(&mut panel, summary, env, variants),
        }
        panel
    }

    fn add_lines(&self, panel: &mut Panel, summary: &Summary, env: &str, variants: &[Drawn]) {
        let curve = |facet: &Self, variant: &Drawn, pen: Pen| Curve {
            id: variant.id.clone(),
            label: variant.label.clone(),
            pen,
            banded: !facet.is_mean(),
            values: (facet.rows(summary, env, &variant.id).iter())
                .filter_map(|row| facet.value(row))
                .collect(),
        };
        let curves = variants.iter().map(|variant| {
            let pen = Pen {
                width: 0.82,
                ..variant.pen
            };
            curve(self, variant, pen)
        });
        panel.add_curves(curves.collect());
        if let Some((column, pen)) = self.beside {
            let facet = line(column, "", Span::Around);
            let curves = variants.iter().map(|variant| Curve {
                label: format!("{}, {}", variant.label, column.label),
                banded: false,
                ..curve(&facet, variant, pen)
            });
            panel.add_curves(curves.collect());
        }
    }

    /// Bars of the share of runs that have the word.
    fn add_bars(&self, panel: &mut Panel, summary: &Summary, env: &str, variants: &[Drawn]) {
        for variant in variants {
            let rows = self.rows(summary, env, &variant.id);
            let half = 0.4 * rows.first().map_or(0.0, |row| row.step as f64);
            let values = rows.iter().filter_map(|row| self.value(row));
            let values: Vec<Value> = values.collect();
            let (bars, color) = (values.clone(), variant.pen.color);
            let steps = summary.steps(env);
            panel.marks.push(Mark::new(&variant.id, move |placed| {
                // Where no run has the word, that is to be seen, not nothing.
                let floor = Pen {
                    color: color.mix(0.8),
                    width: 0.6,
                    dash: &[],
                };
                placed.line(&[(0.0, 0.0), (steps, 0.0)], floor)?;
                let mut some = bars.iter().filter(|bar| bar.y > 0.0);
                some.try_for_each(|bar| placed.bar(bar.x - half, half, bar.y, color))
            }));
            panel.series.push(Series {
                id: variant.id.clone(),
                label: variant.label.clone(),
                across: false,
                values,
            });
        }
    }
}

/// The values of `lines`, and those of `bands` that are not far from them: one
/// update in thousands, a hundred times the others, would press all of them
/// flat. Bands are cut off at the frame.
fn near(lines: &[f64], bands: impl Iterator<Item = f64>) -> Vec<f64> {
    let low = lines.iter().copied().fold(f64::INFINITY, f64::min);
    let high = lines.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let room = BEYOND * (high - low);
    let bands = bands.filter(|value| (low - room..=high + room).contains(value));
    lines.iter().copied().chain(bands).collect()
}

/// Blocks side by side, of panels that share their numbers.
pub(super) fn columns(tasks: usize) -> usize {
    match tasks {
        5 => 5,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlying_quartile_does_not_flatten_the_lines() {
        let bands = [-0.04, 0.12, 0.16, 1.1];
        assert_eq!(
            near(&[0.0, 0.1], bands.into_iter()),
            [0.0, 0.1, -0.04, 0.12]
        );
    }
}
