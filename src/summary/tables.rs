//! The tables of a summary, in Markdown.

use std::fmt::Write;

use super::ScoreRow;
use super::frames::BOOTSTRAP_SEED;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::format::{decimals, number, short};
use crate::record::Ending;
use crate::stats::{self, Bootstrap};

const NOTE: &str = "IQM is the interquartile mean over runs; beside it the mean with its 95% \
    percentile bootstrap interval (10,000 samples), which is too narrow for few runs. \
    **final**: mean return of the episodes that ended in the last 10% of the steps; **best**: \
    highest point of the smoothed curve; **area**: mean over it; **evaluation**: mean return of \
    the final policy, acting deterministically.";

const FAILED_NOTE: &str = "A run that failed was stopped by an error; it has no score.";

/// Estimates of the four scores: a table for every task, a row for every
/// variant, the headline score first.
pub(super) fn scores(rows: &[ScoreRow], manifest: &Manifest, references: &References) -> String {
    let mut metrics = Metric::ALL;
    // A stable sort: the others keep their order.
    metrics.sort_by_key(|&metric| metric != manifest.headline);
    let mut out = String::from("# Scores\n");
    for task in &manifest.tasks {
        let random = references
            .get(task)
            .map(|reference| reference.returns.random);
        let rows: Vec<&ScoreRow> = rows.iter().filter(|row| row.env == *task).collect();
        let _ = write!(out, "\n## {task}\n\n| variant | runs |");
        for metric in metrics {
            let name = metric.name();
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
            .flat_map(|&m| rows.iter().filter_map(move |r| r.score(m)));
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
            let measured = runs.iter().any(|run| !run.is_imputed());
            for metric in metrics {
                let scores = runs.iter().filter_map(|run| run.estimated(metric, random));
                let scores: Vec<f64> = scores.collect();
                let _ = write!(out, " {} |", estimates_cells(&scores, decimals, measured));
            }
            out.push('\n');
        }
    }
    let _ = write!(out, "\n{NOTE}");
    if rows.iter().any(|row| row.status == Ending::Failed) {
        let _ = write!(out, " {FAILED_NOTE}");
    }
    out.push('\n');
    out + &not_measured(rows, manifest, references)
}

/// Which scores of which cells are imputed or missing, and why.
fn not_measured(rows: &[ScoreRow], manifest: &Manifest, references: &References) -> String {
    let (mut imputed, mut missing) = (Vec::new(), Vec::new());
    for cell in &manifest.cells {
        let (env, variant) = (&cell.env, &cell.variant);
        let of_cell = || {
            rows.iter()
                .filter(|r| r.env == *env && r.variant == *variant)
        };
        let all = of_cell().count();
        let diverged = of_cell().filter(|row| row.is_imputed()).count();
        if diverged > 0 {
            let score = match references.get(env) {
                Some(found) => format!(
                    "every score is the random policy's return, {}",
                    short(found.returns.random)
                ),
                None => "without a reference of the task they have no score".to_owned(),
            };
            imputed.push(format!(
                "- {env}, {variant}: {diverged} of {all} diverged; {score}"
            ));
        }
        let silent = |row: &&ScoreRow| row.status == Ending::Completed && row.last.is_none();
        let silent = of_cell().filter(silent).count();
        if silent > 0 {
            missing.push(format!(
                "- {env}, {variant}: final, best and area of {silent} of {all}, in which no \
                 episode of the training ended"
            ));
        }
    }
    let mut out = String::new();
    for (heading, lines) in [
        ("Imputed, not measured, of runs", imputed),
        ("Missing of runs", missing),
    ] {
        if !lines.is_empty() {
            let _ = write!(out, "\n{heading}:\n\n{}\n", lines.join("\n"));
        }
    }
    out
}

/// Number of runs, and how many of them ended badly.
pub(super) fn runs_cell(runs: &[&ScoreRow]) -> String {
    let of = |ending| runs.iter().filter(|run| run.status == ending).count();
    let bad: Vec<String> = Ending::BAD
        .into_iter()
        .map(|ending| (of(ending), ending))
        .filter(|&(number, _)| number > 0)
        .map(|(number, ending)| format!("{number} {ending}"))
        .collect();
    match bad.is_empty() {
        true => runs.len().to_string(),
        false => format!("{} ({})", runs.len(), bad.join(", ")),
    }
}

/// The two cells of one score. Without a score that was `measured` there is
/// nothing to be uncertain of.
fn estimates_cells(scores: &[f64], decimals: usize, measured: bool) -> String {
    let show = |value| number(value, decimals);
    let (Some(iqm), Some(mean)) = (stats::iqm(scores), stats::mean(scores)) else {
        return "– | –".to_owned();
    };
    let interval = Bootstrap::new(BOOTSTRAP_SEED)
        .interval(0, scores, |sample| stats::mean(sample).unwrap_or(f64::NAN))
        .filter(|_| measured)
        .map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
    format!(
        "{} | {}{}",
        show(iqm),
        show(mean),
        interval.unwrap_or_default()
    )
}
