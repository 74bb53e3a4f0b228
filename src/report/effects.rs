//! What the factors of a design do to the score.

use std::path::Path;

use super::block::{Table, Text};
use super::chapter::{Chapter, Extra};
use crate::format::{count, list, number};
use crate::stats::factorial::letter_of;
use crate::stats::{Difference, Interval};
use crate::summary::effects::{Effect, Scores};
use crate::summary::files::read_rows;
use crate::summary::{ScoreRow, SummaryError};

/// What an interval leaves out at each end.
const TAIL: f64 = 0.025;

/// Interactions of more factors than this are taken to be nothing.
const LONGEST_ALIAS: usize = 3;

/// Effects over tasks with their intervals, of everything that the design is made of, and
/// how the first two differ; `None` of an experiment without a design, or of tasks without
/// a reference.
///
/// # Errors
/// If scores cannot be read.
pub(super) fn of(chapter: &Chapter, dir: &Path) -> Result<Option<Extra>, SummaryError> {
    let Some(design) = &chapter.manifest.analysis.design else {
        return Ok(None);
    };
    let rows: Vec<ScoreRow> = read_rows(dir)?;
    let scores = Scores::of(&chapter.manifest, design, &rows)?;
    let Ok(fraction) = design.fraction() else {
        return Ok(None);
    };
    let mut header = vec!["factor".to_owned(), "not told from".to_owned()];
    header.extend(design.of.iter().cloned());
    let pair = design.of.first().zip(design.of.get(1));
    header.extend(pair.map(|(x, y)| format!("{x} less {y}")));
    let columns: Vec<usize> = (2..header.len()).collect();
    let mut table = vec![header];
    for (factor, name) in design.factors.iter().enumerate() {
        let aliases = fraction.aliases(factor);
        let short = aliases.iter().filter(|alias| alias.len() <= LONGEST_ALIAS);
        let short: Vec<&str> = short.map(String::as_str).collect();
        let mut row = vec![format!("{} {name}", letter_of(factor)), short.join(", ")];
        row.extend(design.of.iter().map(|of| {
            let of = Some(of.as_str());
            shown(scores.over_tasks(Effect { factor, of }, None))
        }));
        row.extend(pair.map(|(x, y)| {
            let [x, y] = [x, y].map(|of| Effect {
                factor,
                of: Some(of),
            });
            shown(scores.over_tasks(x, Some(y)))
        }));
        table.push(row);
    }
    let resolution = fraction.resolution();
    let intervals = columns.len() * design.factors.len();
    Ok(Some(Extra {
        title: "Effects of the factors",
        intro: Text::plain(format!(
            "Mean normalised score of the rows in which a factor is on less that of the others, \
             over tasks, seed by seed, with 95% t intervals: of {} about one in twenty misses the \
             truth. {} of each of {}{}",
            count(intervals, "interval"),
            count(fraction.rows().len(), "row"),
            list(&design.of),
            resolution.map_or(".".to_owned(), |shortest| format!(
                ": a factor cannot be told from an interaction of {} others or more, which are \
                 taken to be nothing; those of {LONGEST_ALIAS} are named.",
                shortest - 1
            ))
        )),
        table: Table::of(&table, &columns),
    }))
}

fn shown(effect: Option<Difference>) -> String {
    let Some(effect) = effect else {
        return "–".to_owned();
    };
    let Interval { low, high } = effect.interval(TAIL);
    let [value, low, high] = [effect.point, low, high].map(|value| number(value, 3));
    format!("{value} [{low}, {high}]")
}
