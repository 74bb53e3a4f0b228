//! Median, IQM, mean and optimality gap over tasks, with their intervals.

use plotters::style::Color;

use super::canvas::Pen;
use super::compared::Compared;
use super::data::Drawn;
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Mark, Panel, Picture, Series, Tall, Value};
use super::scale::{Name, Scale};
use super::style::INTERVAL;
use crate::format::{capital, list, number};
use crate::stats::statistic::Statistic;
use crate::stats::{AGGREGATES, Estimate};

pub(super) const KIND: Kind = Kind {
    name: "score_intervals",
    needs: "all tasks of the experiment, one of them at least with references",
    of: Of::WholeComparisons,
    make: |view: &View<'_>| Ok(view.compared.as_ref().map(picture)),
};

pub(super) fn picture(compared: &Compared<'_>) -> Picture {
    let mut statistics = AGGREGATES.to_vec();
    statistics.sort_by_key(|statistic| statistic.place);
    let score = compared.score();
    // All that are on the scale of scores share it, with the reference at 1.
    let on_scores = statistics.iter().filter(|statistic| is_score(statistic));
    let mut all: Vec<f64> = on_scores
        .flat_map(|s| ends(&estimates(compared, s)))
        .collect();
    all.extend(is_normalised(compared).then_some(1.0));
    let shared = Scale::linear(all);
    let blocks = statistics
        .iter()
        .map(|statistic| block(compared, statistic, shared));
    let meanings = statistics.iter().map(|statistic| statistic.meaning);
    let meanings: Vec<&str> = meanings.filter(|meaning| !meaning.is_empty()).collect();
    let line = match is_normalised(compared) {
        true => " The dashed line is the reference.",
        false => "",
    };
    Picture {
        name: KIND.name.to_owned(),
        title: "Scores over all tasks".to_owned(),
        caption: format!(
            "The {score} on {} {}.{line}",
            compared.sample(),
            meanings.join("; ")
        ),
        alt: alt(compared, &score),
        blocks: blocks.collect(),
        columns: 4,
        x_name: capital(&score),
        keys: Vec::new(),
        note: format!(
            "{}; mark: estimate; bar: 95% bootstrap interval",
            compared.n()
        ),
    }
}

/// Whether a statistic is on the scale of scores.
fn is_score(statistic: &Statistic) -> bool {
    statistic.axis.is_none() && !statistic.lower_is_better
}

fn is_normalised(compared: &Compared<'_>) -> bool {
    compared.results.references.is_some()
}

/// The estimates of the algorithms that are drawn.
fn estimates(compared: &Compared<'_>, statistic: &Statistic) -> Vec<Estimate> {
    let of = |look: &Drawn| {
        let algorithm = compared.results.algorithms.get(&look.id)?;
        Some(algorithm.aggregates.get(statistic))
    };
    compared.looks.iter().filter_map(of).collect()
}

fn ends(estimates: &[Estimate]) -> Vec<f64> {
    let ends = estimates.iter();
    let ends = ends.flat_map(|estimate| [Some(estimate.point), estimate.low, estimate.high]);
    ends.flatten().collect()
}

fn block(compared: &Compared<'_>, statistic: &Statistic, shared: Scale) -> Block {
    let estimates = estimates(compared, statistic);
    let scale = match is_score(statistic) {
        true => shared,
        false => Scale::linear(ends(&estimates)),
    };
    let names = compared.looks.iter().map(|look| look.label.clone());
    let names: Vec<String> = names.collect();
    let mut panel = rows(&names, Axis::round("", scale, Name::Number));
    if is_normalised(compared) && is_score(statistic) {
        panel.marks.push(Mark::upright(1.0));
    }
    for (row, (estimate, look)) in estimates.iter().zip(&compared.looks).enumerate() {
        add(&mut panel, *estimate, row, look, None);
    }
    let better = match statistic.lower_is_better {
        true => "less is better",
        false => "",
    };
    Block {
        title: capital(statistic.label),
        subtitle: better.to_owned(),
        panels: vec![panel],
    }
}

fn alt(compared: &Compared<'_>, score: &str) -> String {
    let means = compared.looks.iter().filter_map(|look| {
        let algorithm = compared.results.algorithms.get(&look.id)?;
        let mean = algorithm.aggregates.get(&crate::stats::statistic::MEAN);
        Some(format!("{} {}", look.label, number(mean.point, 3)))
    });
    let means: Vec<String> = means.collect();
    format!("Mean {score} over tasks: {}.", list(&means))
}

/// An empty panel with a row for each of `names`.
pub(super) fn rows(names: &[String], x: Axis) -> Panel {
    Panel {
        tall: Tall::Rows(names.len()),
        x,
        y: Axis::rows(names),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    }
}

/// Adds an estimate as an upright mark, on a bar from end to end of its interval,
/// in a row.
pub(super) fn add(panel: &mut Panel, estimate: Estimate, row: usize, look: &Drawn, n: Option<u64>) {
    let (y, pen) = (row as f64 + 0.5, look.pen);
    panel.marks.push(Mark::new(&look.id, move |placed| {
        let half = 0.42 * placed.size.tick;
        if let Some(ends) = estimate.interval() {
            placed.span((ends.low, ends.high), y, half, pen.color.mix(INTERVAL))?;
        }
        placed.mark(estimate.point, y, 1.35 * half, Pen { width: 1.4, ..pen })
    }));
    panel.series.push(Series {
        id: look.id.clone(),
        label: look.label.clone(),
        across: true,
        values: vec![Value {
            x: estimate.point,
            y,
            low: estimate.low,
            high: estimate.high,
            n,
        }],
    });
}
