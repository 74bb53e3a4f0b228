//! Time to a threshold: steps to it, at what each step costs.

use plotters::style::Color;

use super::FigureError;
use super::canvas::{Align, Pen, TextLook};
use super::data::{Drawn, Summary};
use super::kind::{Kind, Of, View};
use super::letters;
use super::picture::{Axis, Block, Mark, Panel, Picture, Series, Value};
use super::sample_efficiency::columns;
use super::scale::{Name, Scale};
use super::score_intervals::rows;
use super::style::{INTERVAL, SOFT_INK};
use super::theme::PAPER;
use crate::format::{list, number, short};
use crate::stats::efficiency::Span;

pub(super) const KIND: Kind = Kind {
    name: "time_to_threshold",
    needs: "a threshold for some task, and times measured on a machine that was not busy",
    of: Of::Comparisons,
    make: picture,
};

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let known = |env: &str, variant: &str| {
        summary.efficiency(env, variant).is_some() && summary.seconds_a_step(env, variant).is_some()
    };
    let variants = summary.shown(known);
    let tasks = summary.tasks_with(&variants, known);
    if tasks.is_empty() {
        return Ok(None);
    }
    let blocks: Vec<Block> = tasks
        .iter()
        .map(|env| block(summary, env, &variants))
        .collect();
    let said = blocks.iter().map(|block| {
        let series = block.panels[0].series.iter();
        let some = series
            .filter_map(|s| Some(format!("{} {} s", s.label, number(s.values.first()?.x, 2))));
        format!("{}: {}", block.title, list(&some.collect::<Vec<_>>()))
    });
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Time to a threshold".to_owned(),
        caption: format!(
            "The steps to a threshold times the median wall time of a step ({}), on {} Marks: time \
             by which half of all runs have reached it; bars: a quarter to three quarters, or to \
             the end of the runs where fewer ever do. Without a mark: how many runs reached it.",
            summary.machine(),
            summary.sample()
        ),
        alt: format!(
            "Wall time by which half of the runs reach the threshold. {}.",
            said.collect::<Vec<_>>().join("; ")
        ),
        blocks,
        columns: columns(tasks.len()),
        x_name: "Wall time (s)".to_owned(),
        keys: Vec::new(),
        note: format!("{}; mark: half of all runs; bar: quartiles", summary.n()),
    }))
}

/// How long the runs of one variant on one task take.
#[derive(Clone, Copy)]
struct Times {
    q25: Option<f64>,
    q75: f64,
    median: Option<f64>,
    reached: usize,
    runs: usize,
}

impl Times {
    fn of(summary: &Summary, env: &str, variant: &str) -> Option<Self> {
        let found = summary.efficiency(env, variant)?;
        let second = summary.seconds_a_step(env, variant)?;
        let time = |span: Option<Span>| span.map(|span| second * span.by);
        Some(Self {
            q25: time(found.q25),
            q75: time(found.q75).unwrap_or(second * summary.steps(env)),
            median: time(found.median),
            reached: found.reached,
            runs: found.runs.len(),
        })
    }
}

fn block(summary: &Summary, env: &str, variants: &[Drawn]) -> Block {
    let names: Vec<String> = variants
        .iter()
        .map(|variant| variant.label.clone())
        .collect();
    let times: Vec<Option<Times>> = (variants.iter())
        .map(|variant| Times::of(summary, env, &variant.id))
        .collect();
    let longest = longest(&times);
    // Room right of it for the numbers of runs that reach it, where few do.
    let scale = Scale::exactly(0.0, 1.25 * longest);
    let mut panel = rows(&names, Axis::round("", scale, Name::Number));
    for (row, (variant, times)) in variants.iter().zip(times).enumerate() {
        if let Some(times) = times {
            add(&mut panel, times, row, variant);
        }
    }
    let threshold = summary.threshold(env);
    Block {
        title: env.to_owned(),
        subtitle: threshold.map_or_else(String::new, |t| format!("to {}", short(t))),
        panels: vec![panel],
    }
}

/// The end of the longest bar; where no variant has one, the time of a whole run.
fn longest(times: &[Option<Times>]) -> f64 {
    let all = || times.iter().flatten();
    let barred = all().filter(|times| times.q25.is_some());
    let bar = barred.map(|times| times.q75).reduce(f64::max);
    bar.unwrap_or_else(|| all().map(|times| times.q75).fold(1e-9, f64::max))
}

fn add(panel: &mut Panel, times: Times, row: usize, variant: &Drawn) {
    let (y, pen) = (row as f64 + 0.5, variant.pen);
    panel.marks.push(Mark::new(&variant.id, move |placed| {
        let half = 0.42 * placed.size.tick;
        if let Some(q25) = times.q25 {
            placed.span((q25, times.q75), y, half, pen.color.mix(INTERVAL))?;
        }
        if let Some(median) = times.median {
            return placed.mark(median, y, 1.35 * half, Pen { width: 1.4, ..pen });
        }
        let look = TextLook {
            align: Align::End,
            color: SOFT_INK,
            ..placed.size.tick()
        };
        let text = format!("{} of {}", times.reached, times.runs);
        let (x, middle) = (placed.frame.right - 2.0, placed.at(0.0, y).1);
        // The line of the row would strike the text out.
        let left = x - letters::width(&text, look) - 3.0;
        let (top, bottom) = (middle - 0.6 * look.size, middle + 0.6 * look.size);
        placed
            .canvas
            .rectangle((left, top), (x + 3.0, bottom), PAPER.to_rgba())?;
        placed
            .canvas
            .text(&text, (x, middle + 0.36 * look.size), look)
    }));
    let value = times.median.map(|x| Value {
        x,
        y,
        low: times.q25,
        high: Some(times.q75),
        n: Some(times.runs as u64),
    });
    panel.series.push(Series {
        id: variant.id.clone(),
        label: variant.label.clone(),
        across: true,
        values: value.into_iter().collect(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An axis from 0 to a billionth of a second had three marks, all of them 0.
    #[test]
    fn where_no_run_arrives_the_axis_is_as_long_as_a_run() {
        let times = |q25: Option<f64>, q75| {
            Some(Times {
                q25,
                q75,
                median: None,
                reached: 0,
                runs: 5,
            })
        };
        assert_eq!(longest(&[times(None, 30.0), None, times(None, 20.0)]), 30.0);
        assert_eq!(longest(&[times(None, 30.0), times(Some(2.0), 5.0)]), 5.0);
    }
}
