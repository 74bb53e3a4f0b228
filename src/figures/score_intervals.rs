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
    let names: Vec<String> = compared
        .looks
        .iter()
        .map(|look| look.label.clone())
        .collect();
    // All that are on the scale of scores share it, with the reference at 1.
    let estimates = |statistic| -> Vec<Estimate> {
        let of = |look: &Drawn| {
            Some(
                compared
                    .results
                    .algorithms
                    .get(&look.id)?
                    .aggregates
                    .get(statistic),
            )
        };
        compared.looks.iter().filter_map(of).collect()
    };
    let ends = |estimates: &[Estimate]| -> Vec<f64> {
        let ends = estimates
            .iter()
            .flat_map(|e| [Some(e.point), e.low, e.high]);
        ends.flatten().collect()
    };
    let is_normalised = compared.results.references.is_some();
    let on_scores = statistics
        .iter()
        .filter(|s| s.axis.is_none() && !s.lower_is_better);
    let mut all: Vec<f64> = on_scores.flat_map(|s| ends(&estimates(s))).collect();
    all.extend(is_normalised.then_some(1.0));
    let shared = Scale::linear(all);
    let blocks = statistics.iter().map(|statistic| {
        let estimates = estimates(statistic);
        let is_score = statistic.axis.is_none() && !statistic.lower_is_better;
        let scale = match is_score {
            true => shared,
            false => Scale::linear(ends(&estimates)),
        };
        let better = if statistic.lower_is_better {
            "less is better"
        } else {
            ""
        };
        let mut panel = rows(&names, Axis::round("", scale, Name::Number));
        if is_normalised && is_score {
            panel.marks.push(Mark::upright(1.0));
        }
        for (row, (estimate, look)) in estimates.iter().zip(&compared.looks).enumerate() {
            add(&mut panel, *estimate, row, look, None);
        }
        Block {
            title: capital(statistic.label),
            subtitle: better.to_owned(),
            panels: vec![panel],
        }
    });
    let blocks: Vec<Block> = blocks.collect();
    let meanings = statistics.iter().map(|statistic| statistic.meaning);
    let meanings: Vec<&str> = meanings.filter(|meaning| !meaning.is_empty()).collect();
    let line = if is_normalised {
        " The dashed line is the reference."
    } else {
        ""
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
        blocks,
        columns: 4,
        x_name: capital(&score),
        keys: Vec::new(),
        note: format!(
            "{}; mark: estimate; bar: 95% bootstrap interval",
            compared.n()
        ),
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
