//! The declared pairs, in words and numbers, in Markdown.

use std::fmt::Write;

use super::statistics::Statistics;
use crate::format::{count, short};
use crate::scores::Results;
use crate::scores::results::Comparison;

const COLUMNS: &str = "X − Y: mean, interval | margin | P(X > Y) | equivalent from | runs to find the \
    margin | runs to show equality | verdict |\n|:--|--:|--:|--:|--:|--:|--:|:--|\n";

const NOTE: &str = "Intervals hold for all declared pairs and tasks together. *Equivalent from* is the \
    smallest margin at which the two would be equivalent; runs are of each, at the spread that was \
    seen and at its upper 80% limit.";

/// The table of the headline score; nothing where no pair was asked about.
pub(super) fn table(statistics: &Statistics) -> Option<String> {
    let results = statistics.headline()?;
    let is_declared = |pair: &&Comparison| {
        let mut declared = results.declared.iter();
        declared.any(|[x, y]| (x, y) == (&pair.x, &pair.y))
    };
    let pairs: Vec<&Comparison> = results.comparisons.iter().filter(is_declared).collect();
    if pairs.is_empty() {
        return None;
    }
    let mut out = format!("# Verdicts\n\n{NOTE}\n");
    for pair in pairs {
        write_pair(&mut out, results, pair);
    }
    Some(out)
}

fn write_pair(out: &mut String, results: &Results, pair: &Comparison) {
    let tasks = results.tasks.len();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n## {} and {}\n\n{}.",
        pair.x, pair.y, pair.judgement.words
    );
    if tasks > 1 {
        let _ = write!(out, " This is said of these {}.", count(tasks, "task"));
    }
    let _ = write!(out, "\n\n| X = {}, Y = {} | {COLUMNS}", pair.x, pair.y);
    let over = (tasks > 1).then_some(("over tasks, normalised", &pair.judgement));
    let rows = pair
        .tasks
        .iter()
        .map(|task| (task.task.as_str(), &task.judgement));
    for (name, judgement) in rows.chain(over) {
        let [differ, equal] = judgement.runs_cells();
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {differ} | {equal} | {} |",
            judgement.difference_cell(),
            short(judgement.margin),
            judgement.odds_cell(),
            judgement.smallest_margin_cell(),
            judgement.verdict.of_pair(&pair.x, &pair.y)
        );
    }
    if tasks > 1 {
        out.push('\n');
    }
    for task in pair.tasks.iter().filter(|_| tasks > 1) {
        let _ = writeln!(out, "- {}.", task.judgement.words);
    }
}
