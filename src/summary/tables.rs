//! The tables of a summary, in Markdown.

use std::fmt::Write;

use super::ScoreRow;
use super::curves::METRICS;
use super::format::{decimals, number};
use super::frames::BOOTSTRAP_SEED;
use super::references::References;
use crate::experiment::manifest::{Manifest, Metric};
use crate::stats::{self, Bootstrap};

const NOTE: &str = "IQM is the interquartile mean over runs; beside it the mean with its 95% \
    percentile bootstrap interval (10,000 samples), which is too narrow for few runs. \
    **final**: mean return of the episodes that ended in the last 10% of the steps; **best**: \
    highest point of the smoothed curve; **area**: mean over it; **evaluation**: mean return of \
    the final policy, acting deterministically.";

const DIVERGED_NOTE: &str = "A run that diverged has the score of the random policy in every \
    estimate, and is counted.";

const FAILED_NOTE: &str = "A run that failed was stopped by an error; it has no score.";

/// Estimates of the four scores: a table for every task, a row for every
/// variant, the headline score first.
pub(super) fn scores(rows: &[ScoreRow], manifest: &Manifest, references: &References) -> String {
    let mut metrics = METRICS;
    // A stable sort: the others keep their order.
    metrics.sort_by_key(|&(metric, _)| metric != manifest.headline);
    let mut out = String::from("# Scores\n");
    for task in &manifest.tasks {
        let random = references.get(task).map(|reference| reference.random);
        let rows: Vec<&ScoreRow> = rows.iter().filter(|row| row.env == *task).collect();
        let _ = write!(out, "\n## {task}\n\n| variant | runs |");
        for (metric, name) in metrics {
            let mark = if metric == manifest.headline {
                " (headline)"
            } else {
                ""
            };
            let _ = write!(out, " {name}{mark}: IQM | mean [95% interval] |");
        }
        let _ = writeln!(out, "\n|:--|--:|{}", "--:|--:|".repeat(metrics.len()));
        let shown = metrics
            .iter()
            .flat_map(|&(m, _)| rows.iter().filter_map(move |r| r.score(m)));
        let decimals = decimals(shown.fold(0.0, |largest, score| score.abs().max(largest)));
        for variant in &manifest.variants {
            let runs: Vec<&ScoreRow> = rows
                .iter()
                .copied()
                .filter(|r| r.variant == *variant)
                .collect();
            if runs.is_empty() {
                continue;
            }
            let _ = write!(out, "| {variant} | {} |", runs_cell(&runs));
            for (metric, _) in metrics {
                let scores = runs.iter().filter_map(|run| match random {
                    Some(random) => run.estimated(metric, random),
                    None => run.score(metric),
                });
                let scores: Vec<f64> = scores.collect();
                let _ = write!(out, " {} |", estimates_cells(&scores, decimals));
            }
            out.push('\n');
        }
    }
    let _ = write!(out, "\n{NOTE}");
    for (status, note) in [("diverged", DIVERGED_NOTE), ("failed", FAILED_NOTE)] {
        if rows.iter().any(|row| row.status == status) {
            let _ = write!(out, " {note}");
        }
    }
    out.push('\n');
    out
}

impl ScoreRow {
    /// One of the four scores.
    pub fn score(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Final => self.last,
            Metric::Best => self.best,
            Metric::Area => self.area,
            Metric::Evaluation => self.evaluation,
        }
    }
}

/// Number of runs, and how many of them ended badly.
pub(super) fn runs_cell(runs: &[&ScoreRow]) -> String {
    let bad: Vec<String> = ["diverged", "failed"]
        .iter()
        .map(|status| {
            (
                runs.iter().filter(|run| run.status == *status).count(),
                status,
            )
        })
        .filter(|&(number, _)| number > 0)
        .map(|(number, status)| format!("{number} {status}"))
        .collect();
    match bad.is_empty() {
        true => runs.len().to_string(),
        false => format!("{} ({})", runs.len(), bad.join(", ")),
    }
}

/// The two cells of one score.
fn estimates_cells(scores: &[f64], decimals: usize) -> String {
    let show = |value| number(value, decimals);
    let (Some(iqm), Some(mean)) = (stats::iqm(scores), stats::mean(scores)) else {
        return "– | –".to_owned();
    };
    let interval = Bootstrap::new(BOOTSTRAP_SEED)
        .interval(0, scores, |sample| stats::mean(sample).unwrap_or(f64::NAN))
        .map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
    format!(
        "{} | {}{}",
        show(iqm),
        show(mean),
        interval.unwrap_or_default()
    )
}
