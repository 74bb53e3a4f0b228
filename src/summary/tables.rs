//! The tables of a summary, in Markdown.

use std::fmt::Write;

use super::ScoreRow;
use super::curves::fewer_points;
use super::statistics::Statistics;
use crate::env::Reference;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::format::{capital, decimals, number, short};
use crate::record::Ending;
use crate::scores::assess::task_estimate;
use crate::scores::results::TaskEstimate;
use crate::scores::table::ScoredRun;

/// Variants up to which they stand side by side, a task in a row.
const SIDE_BY_SIDE: usize = 8;

const CELLS: &str = "A cell is the **mean over runs** with its 95% t interval (cut at the best \
    return that there is), the runs that failed with a 95% interval of their share (Clopper and \
    Pearson) and, where some failed, the mean of the others. Where all runs are equal there is no \
    interval: with 95% confidence fewer than the share given differ. Fewer than five runs have no \
    interval.";

const BEST: &str = "Bold: better than every other variant on the task, equivalent to it or at the \
    ceiling with it, all pairs and tasks being asked for together.";

/// One table for each score, the headline score first, and what was not measured.
pub(super) fn scores(
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
    statistics: &Statistics,
) -> String {
    let mut metrics = Metric::ALL;
    // A stable sort: the others keep their order.
    metrics.sort_by_key(|&metric| metric != manifest.headline);
    let mut out = format!("# Scores\n\n{CELLS} {BEST}\n");
    for metric in metrics {
        let mark = match metric == manifest.headline {
            true => " (headline)",
            false => "",
        };
        let _ = write!(
            out,
            "\n## {}{mark}\n\n{}.\n\n",
            capital(metric.name()),
            metric.meaning()
        );
        let cell = |task: &str, variant: &str| {
            let best = is_best(statistics, metric, task, variant);
            cell(
                rows,
                references,
                (metric, manifest.headline),
                [task, variant],
                best,
            )
        };
        out += &match manifest.variants.len() <= SIDE_BY_SIDE {
            true => grid("task", &manifest.tasks, &manifest.variants, cell),
            false => grid("variant", &manifest.variants, &manifest.tasks, |v, t| {
                cell(t, v)
            }),
        };
    }
    for note in fewer_points(manifest) {
        let _ = write!(out, "\n{note}.\n");
    }
    out += &failures(manifest, references);
    if rows.iter().any(|row| row.status == Ending::Failed) {
        out += "\nA run that was stopped by an error has no score, and its variant no verdict on the task.\n";
    }
    out + &not_measured(rows, manifest, references)
}

fn grid(
    corner: &str,
    rows: &[String],
    columns: &[String],
    cell: impl Fn(&str, &str) -> String,
) -> String {
    let mut out = format!("| {corner} | {} |\n|:--|", columns.join(" | "));
    out += &"--:|".repeat(columns.len());
    out.push('\n');
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| cell(row, column)).collect();
        let _ = writeln!(out, "| {row} | {} |", cells.join(" | "));
    }
    out
}

/// Whether the variant is as good as any on the task, as far as that was asked.
fn is_best(statistics: &Statistics, metric: Metric, task: &str, variant: &str) -> bool {
    let found = || {
        let results = statistics.score(metric)?;
        let m = results.tasks.iter().position(|known| known == task)?;
        Some(results.algorithms.get(variant)?.tasks[m].is_best)
    };
    found().unwrap_or(false)
}

fn cell(
    rows: &[ScoreRow],
    references: &References,
    (metric, headline): (Metric, Metric),
    [task, variant]: [&str; 2],
    best: bool,
) -> String {
    let judge = references.get(task).map(|found| found.returns);
    let of_cell = || (rows.iter()).filter(|row| row.env == task && row.variant == variant);
    let runs = of_cell().filter_map(|row| {
        let raw = row.estimated(metric, judge.map(|judge| judge.random))?;
        Some(ScoredRun {
            name: row.seed.to_string(),
            raw,
            score: raw,
            is_failure: judge.is_some_and(|judge| row.has_failed(&judge)),
        })
    });
    let runs: Vec<ScoredRun> = runs.collect();
    let stopped = of_cell().filter(|row| row.status == Ending::Failed).count();
    let text = match runs.is_empty() {
        true => "–".to_owned(),
        false => {
            let maximum = judge.and_then(|judge| judge.maximum);
            // Failures are those of the final evaluation: they are told once.
            let is_told = judge.is_some() && metric == headline;
            estimate(&task_estimate(&runs, maximum, best), is_told)
        }
    };
    match stopped {
        0 => text,
        some => format!("{text}; {some} stopped by an error"),
    }
}

/// `80.0 [61.2, 98.8]; 3 of 20 failed [3%, 38%], others 94.2`, in Markdown; failures
/// only where runs can be `is_judged`.
pub fn estimate(found: &TaskEstimate, is_judged: bool) -> String {
    let ends = found.interval.iter().flat_map(|ends| [ends.low, ends.high]);
    let digits = decimals(ends.fold(found.mean.abs(), |largest, end| largest.max(end.abs())));
    let show = |value| number(value, digits);
    let mean = match found.is_best {
        true => format!("**{}**", show(found.mean)),
        false => show(found.mean),
    };
    let percent = |share: f64| format!("{}%", number(100.0 * share, 0));
    let spread = match (found.interval, found.fewer_differ_than) {
        (Some(ends), _) => format!(" [{}, {}]", show(ends.low), show(ends.high)),
        (_, Some(share)) => format!(" (all {} equal, < {} differ)", found.runs, percent(share)),
        _ => String::new(),
    };
    if found.failed == 0 || !is_judged {
        return mean + &spread;
    }
    let share = found.failed_share;
    let others = found
        .mean_of_others
        .map(|mean| format!(", others {}", show(mean)));
    format!(
        "{mean}{spread}; {} of {} failed [{}, {}]{}",
        found.failed,
        found.runs,
        percent(share.low),
        percent(share.high),
        others.unwrap_or_default()
    )
}

/// What counts as a failure and as a difference.
fn failures(manifest: &Manifest, references: &References) -> String {
    let smallest = manifest.analysis.smallest_difference;
    let lines: Vec<String> = (manifest.tasks.iter())
        .filter_map(|task| {
            let found = references.get(task)?;
            let judge: &Reference = &found.returns;
            let reason = found.margin_reason.as_ref();
            let reason = reason.map(|why| format!(" ({why})")).unwrap_or_default();
            Some(format!(
                "| {task} | {} | {} | {} | {}{reason} |",
                short(judge.random),
                short(judge.reference),
                short(judge.failure()),
                short(judge.margin_or(smallest)),
            ))
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "\n## By what returns are judged\n\nA run has failed if it diverged or its final \
         evaluation is below the third number. Over tasks, where returns are 0 for the random \
         policy and 1 for the reference, the margin is {}.\n\n| task | random | reference | failed \
         below | margin |\n|:--|--:|--:|--:|:--|\n{}\n",
        short(smallest),
        lines.join("\n")
    )
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
                    "every score is the worse of the random policy's return, {}, and the last \
                     point of the run's curve, and the area follows from there",
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
                "- {env}, {variant}: area, training and final of {silent} of {all}, in which no \
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
