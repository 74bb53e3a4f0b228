//! A table that a paper published, beside what the runs here come to.

use std::path::Path;

use super::block::{Table, Text};
use super::chapter::{Chapter, Extra};
use crate::format::{count, number};
use crate::stats::agreement::{Agreement, PairedTask};
use crate::summary::files::{ScoreRow, read_rows};
use crate::summary::{Statistics, SummaryError};

/// The table of an experiment and how far it agrees; `None` of one that names no
/// published table, or of which too few runs have a score.
///
/// # Errors
/// If the scores cannot be read.
pub(super) fn of(chapter: &Chapter, dir: &Path) -> Result<Option<Extra>, SummaryError> {
    let Some(published) = &chapter.manifest.analysis.published_table else {
        return Ok(None);
    };
    let Some(statistics) = &chapter.statistics else {
        return Ok(None);
    };
    let in_order = chapter.manifest.variants.iter();
    let rows: Vec<(&String, f64)> = in_order
        .filter_map(|variant| Some((variant, *published.rows.get(variant)?)))
        .collect();
    let scores: Vec<ScoreRow> = read_rows(dir)?;
    let tasks = paired(chapter, statistics, &scores, &rows);
    let given: Vec<f64> = rows.iter().map(|(_, score)| *score).collect();
    let Some(found) = Agreement::of(&given, &tasks) else {
        return Ok(None);
    };
    let header = ["setting", "published", "ours", "95% interval"].map(str::to_owned);
    let mut table = vec![header.to_vec()];
    for ((variant, score), (mean, interval)) in
        rows.iter().zip(found.means.iter().zip(&found.intervals))
    {
        table.push(vec![
            (*variant).clone(),
            number(*score, 2),
            number(*mean, 2),
            format!(
                "{} to {}",
                number(interval.low, 2),
                number(interval.high, 2)
            ),
        ]);
    }
    let headline = chapter.manifest.headline.name();
    Ok(Some(Extra {
        title: "Beside the published table",
        intro: Text::plain(format!(
            "Published: {}. Ours: the score `{headline}` on {}, normalised on each task so that \
             a random policy has 0 and the best mean of a setting 1, and averaged over tasks \
             and runs{}. Intervals are percentiles of a bootstrap over seeds, which few seeds \
             make too narrow. {}",
            published.source,
            count(found.tasks, "task"),
            left_out(&chapter.manifest.tasks, found.tasks),
            said(&found)
        )),
        table: Table::of(&table, &[1, 2]),
    }))
}

/// What is to be said of tasks that are not in the means.
fn left_out(tasks: &[String], used: usize) -> String {
    match tasks.len() - used {
        0 => String::new(),
        missing => format!(
            "; left out: {} on which no setting is better than a random policy, or too few \
             seeds have a score",
            count(missing, "task")
        ),
    }
}

/// How far both orders agree, in words.
fn said(found: &Agreement) -> String {
    let tau = match (found.tau, found.tau_interval(0.025)) {
        (Some(tau), Some(interval)) => format!(
            "Kendall's tau of both columns is {} ({} to {}).",
            number(tau, 2),
            number(interval.low, 2),
            number(interval.high, 2)
        ),
        _ => "All numbers of a column are equal: there is no order to compare.".to_owned(),
    };
    let pairs = count(found.pairs, "pair");
    if found.told == 0 {
        return format!("{tau} Of {pairs} the runs can tell none apart.");
    }
    let tied = match found.tied {
        0 => String::new(),
        tied => format!("; in {tied} of them the published numbers are equal"),
    };
    format!(
        "{tau} Of {pairs} the runs can tell {} apart (paired by seed, 95% certain of all at \
         once), and in {} of those the published order is the same{tied}.",
        found.told, found.agreed
    )
}

/// The scores of the seeds that every one of `rows` has, by task; tasks with a
/// reference and at least two such seeds.
fn paired(
    chapter: &Chapter,
    statistics: &Statistics,
    scores: &[ScoreRow],
    rows: &[(&String, f64)],
) -> Vec<PairedTask> {
    let metric = chapter.manifest.headline;
    let references = statistics.references.iter();
    let of_task = references.filter_map(|reference| {
        let random = reference.returns.random;
        let score = |place: usize, seed: u64| {
            let is_it = |row: &&ScoreRow| {
                row.env == reference.task && row.variant == *rows[place].0 && row.seed == seed
            };
            let row = scores.iter().find(is_it)?;
            row.estimated(metric, Some(random))
        };
        let seeds = chapter.manifest.seeds.iter().copied();
        PairedTask::of(random, rows.len(), seeds, score)
    });
    of_task.collect()
}
