//! The first screen: which is better, on which task, by how much, how sure, and
//! where each fails.

use super::block::{Block, Span, Table, Text, Tone};
use super::chapter::Chapter;
use super::opening;
use super::retuned::{DEPENDS, Retuned};
use crate::format::{count, decimals, list, number};
use crate::record::Ending;
use crate::scores::results::{Comparison, TaskComparison, TaskEstimate};
use crate::scores::verdict::Against;
use crate::scores::{Results, Verdict};
use crate::stats::tolerance::share_between_extremes;
use crate::summary::SHOWN_VARIANTS;
use crate::summary::statistics::Statistics;
use crate::summary::tables::estimate;

/// Above this median residual conjugate gradients have not solved F x = g.
const UNSOLVED: f64 = 0.1;

/// What the main experiment answers, beside the one with other settings.
pub(super) struct Answer {
    /// Who is better, in the first sentences; in Markdown.
    pub first: String,
    /// The pair that was declared first, a row for each task.
    pub pair: Table,
    /// All variants, a row for each task and a column for each variant.
    pub variants: Table,
    /// Where each fails, and what these runs cannot show.
    pub limits: Vec<String>,
    /// What stands behind it, for whoever asks.
    pub grounds: Vec<String>,
}

/// The answer of an experiment, which may have a twin with other settings; `None` if
/// its scores cannot be compared.
pub(super) fn of(chapter: &Chapter, retuned: Option<&Retuned<'_>>) -> Option<Answer> {
    let statistics = chapter.statistics.as_ref()?;
    let results = statistics.headline()?;
    let pair = results.comparisons.first()?;
    Some(Answer {
        first: opening::of(chapter, pair, retuned),
        pair: Table::of(&rows(results, pair, retuned), &[1, 2, 3]),
        variants: variants(results, pair, retuned),
        limits: (chapter.is_check().into_iter())
            .chain(retuned.map(|other| other.sentence(pair)))
            .chain(limits(chapter, statistics))
            .collect(),
        grounds: grounds(chapter, results, pair),
    })
}

impl Answer {
    /// What the runs cannot show, but for what was `said` already, and what stands
    /// behind the answer.
    pub fn behind(&self, said: &[String], mut folded: Vec<Block>) -> Vec<Block> {
        let limits = self.limits.iter().filter(|limit| !said.contains(limit));
        let limits: Vec<Text> = limits.map(|limit| Text::marked(limit)).collect();
        let mut blocks = Vec::new();
        if !limits.is_empty() {
            blocks.push(Block::List(Tone::Plain, limits));
        }
        let grounds = self.grounds.iter().map(|ground| Text::marked(ground));
        folded.push(Block::List(Tone::Plain, grounds.collect()));
        blocks.push(Block::details("What stands behind this", folded));
        blocks
    }
}

/// All variants on all tasks, with the verdict on the pair that was declared first.
fn variants(results: &Results, pair: &Comparison, retuned: Option<&Retuned<'_>>) -> Table {
    let mut header = vec![Text::plain("task")];
    header.extend(results.algorithms.iter().map(|(name, _)| Text::plain(name)));
    header.push(Text::plain(format!("{} against {}", pair.x, pair.y)));
    let rows = pair.tasks.iter().enumerate().map(|(m, task)| {
        let mut row = vec![Text::plain(&task.task)];
        let cells = results.algorithms.iter();
        let cells = cells.map(|(_, found)| found.tasks.get(m).map(score));
        row.extend(cells.map(Option::unwrap_or_default));
        row.push(Text::marked(&verdict(pair, task, retuned)));
        row
    });
    let rows = rows.collect();
    let mut numeric = vec![true; header.len()];
    numeric[0] = false;
    numeric[header.len() - 1] = false;
    let table = Table {
        header,
        rows,
        numeric,
    };
    // With more a page has no room for columns, and tasks are fewer.
    match results.algorithms.0.len() > SHOWN_VARIANTS {
        true => turned(table, "variant"),
        false => table,
    }
}

/// The table with a row for each of its columns; `corner` stands above their names.
fn turned(table: Table, corner: &str) -> Table {
    let column = |j: usize| table.rows.iter().map(move |row| row[j].clone());
    let header: Vec<Text> = std::iter::once(Text::plain(corner))
        .chain(column(0))
        .collect();
    let rows = table.header.iter().enumerate().skip(1);
    let rows = rows.map(|(j, name)| std::iter::once(name.clone()).chain(column(j)).collect());
    let rows = rows.collect();
    let mut numeric = vec![true; header.len()];
    numeric[0] = false;
    Table {
        header,
        rows,
        numeric,
    }
}

/// A mean with its interval, bold where the verdicts mark it, and the runs that failed.
fn score(found: &TaskEstimate) -> Text {
    let ends = found.interval.iter().flat_map(|ends| [ends.low, ends.high]);
    let digits = decimals(ends.fold(found.mean.abs(), |largest, end| largest.max(end.abs())));
    let show = |value| number(value, digits);
    let mean = match found.is_best {
        true => Span::Bold(show(found.mean)),
        false => Span::Plain(show(found.mean)),
    };
    let mut text = Text(vec![mean]);
    if let Some(ends) = found.interval {
        let interval = format!(" [{}, {}]", show(ends.low), show(ends.high));
        text = text.and(Span::Aside(interval));
    }
    match found.failed {
        0 => text,
        failed => text.and(Span::Failed(format!(" {failed} of {} failed", found.runs))),
    }
}

fn rows(results: &Results, pair: &Comparison, retuned: Option<&Retuned<'_>>) -> Vec<Vec<String>> {
    let header = [
        "task",
        pair.x.as_str(),
        pair.y.as_str(),
        "difference",
        "verdict",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (m, task) in pair.tasks.iter().enumerate() {
        let of = |name: &str| {
            let found = results.algorithms.get(name)?.tasks.get(m)?;
            Some(estimate(found, true))
        };
        let cell = |name: &str| of(name).unwrap_or_else(|| "–".to_owned());
        rows.push(vec![
            task.task.clone(),
            cell(&pair.x),
            cell(&pair.y),
            task.judgement.difference_cell(),
            verdict(pair, task, retuned),
        ]);
    }
    rows
}

fn verdict(pair: &Comparison, task: &TaskComparison, retuned: Option<&Retuned<'_>>) -> String {
    let words = task.judgement.verdict.of_pair(&pair.x, &pair.y);
    let words = match (task.judgement.verdict, task.judgement.against_margin) {
        (Verdict::Better | Verdict::Worse, Some(Against::Less)) => {
            format!("**{words}**, by less than the margin")
        }
        (Verdict::Better | Verdict::Worse, _) => format!("**{words}**"),
        _ => words,
    };
    match retuned.is_some_and(|other| other.differs(pair, Some(&task.task), &task.judgement)) {
        true => format!("{words}; {DEPENDS}"),
        false => words,
    }
}

/// Tasks that are never learnt, and steps that are not solved for.
fn limits(chapter: &Chapter, statistics: &Statistics) -> Vec<String> {
    let looks = chapter.looks();
    let early = looks.filter(|_| !chapter.manifest.is_complete());
    let mut limits: Vec<String> = early.into_iter().collect();
    let Some(results) = statistics.headline() else {
        return limits;
    };
    for (name, algorithm) in results.algorithms.iter() {
        let failing = results.tasks.iter().zip(&algorithm.tasks);
        let never: Vec<&str> = failing
            .filter(|(_, found)| found.failed == found.runs && found.runs > 0)
            .map(|(task, _)| task.as_str())
            .collect();
        let [first, ..] = never[..] else {
            continue;
        };
        let updates = chapter.manifest.config(first, name);
        let updates = updates.and_then(|config| config.updates());
        let updates = updates.map(|updates| format!(", in {}", count(updates, "update")));
        limits.push(format!(
            "{name} never learns {}{}: all of its runs fail.",
            list(&never),
            updates.unwrap_or_default()
        ));
    }
    let unsolved: Vec<String> = (statistics.residuals.iter())
        .filter(|found| found.median > UNSOLVED)
        .map(|found| {
            format!(
                "{} on {} ({})",
                found.variant,
                found.env,
                number(found.median, 2)
            )
        })
        .collect();
    if !unsolved.is_empty() {
        limits.push(format!(
            "Conjugate gradients do not solve for the natural gradient of {}: in brackets the \
             median relative residual after the iterations that the settings allow.",
            list(&unsolved)
        ));
    }
    limits
}

fn grounds(chapter: &Chapter, results: &Results, pair: &Comparison) -> Vec<String> {
    let manifest = &chapter.manifest;
    let runs = &manifest.runs;
    let of = |ending| runs.iter().filter(|run| run.status == ending).count();
    let ended = match (of(Ending::Diverged), of(Ending::Failed)) {
        (0, 0) => "all completed".to_owned(),
        (diverged, failed) => format!("{diverged} diverged and {failed} stopped by an error"),
    };
    let seeds = manifest.seeds.len();
    let made = manifest.fewest_runs();
    let mut grounds = vec![format!(
        "Experiment `{}`: {} on {} with {} each, {}, {ended}. The score, named before running, is \
         {}.",
        manifest.experiment,
        list(&manifest.variants),
        list(&manifest.tasks),
        count(seeds, "seed"),
        chapter.runs_made(),
        manifest.headline.name()
    )];
    if let Some(share) = share_between_extremes(made, 0.95) {
        grounds.push(format!(
            "With {} it is 95% certain that {}% of all runs lie between the worst and the best of \
             these.",
            count(made, "run"),
            number((100.0 * share).floor(), 0)
        ));
    }
    let judgement = &pair.judgement;
    grounds.push(format!("In full: {}.", judgement.words));
    let how = match judgement.is_paired {
        true => "seed by seed, since runs of one seed share their random streams",
        false => "as independent samples",
    };
    grounds.push(format!(
        "Runs are compared {how}. Intervals hold for all declared pairs and tasks together: {} \
         over tasks, {} on tasks, 95%.{}",
        count(judgement.comparisons, "answer"),
        count(pair.tasks[0].judgement.comparisons, "answer"),
        match judgement.is_exploratory {
            true =>
                " Pairs, margins or seeds were not stated before the runs: these verdicts are \
                  exploratory.",
            false => " Pairs, margins and seeds were stated before the runs.",
        }
    ));
    grounds.extend(chapter.looks().filter(|_| manifest.is_complete()));
    grounds.extend(over_tasks(results, pair));
    grounds
}

/// How far a mean over tasks rests on single tasks.
fn over_tasks(results: &Results, pair: &Comparison) -> Vec<String> {
    let mut said = Vec::new();
    for name in [&pair.x, &pair.y] {
        let Some(found) = results.algorithms.get(name) else {
            continue;
        };
        let show = |value: f64| number(value, 3);
        let range = found.leave_one_task_out.map(|[low, high]| {
            format!(", {} to {} without one of the tasks", show(low), show(high))
        });
        let dominant = found.dominant_task.as_ref();
        let dominant = dominant.map(|task| format!("; {task} makes most of its variance"));
        let trimmed: Vec<String> = (found.trimmed.iter())
            .filter(|trimmed| trimmed.low > 0)
            .map(|trimmed| format!("{} of {}", count(trimmed.low, "run"), trimmed.task))
            .collect();
        let trimmed = match trimmed.is_empty() {
            true => String::new(),
            false => format!("; its IQM leaves out {} at the low end", list(&trimmed)),
        };
        let mean = found.aggregates.get(&crate::stats::statistic::MEAN);
        said.push(format!(
            "{name}: mean normalised score {}{}{}{trimmed}.",
            show(mean.point),
            range.unwrap_or_default(),
            dominant.unwrap_or_default()
        ));
    }
    said
}
