//! Rows of scores, checked and sorted by algorithm and task.

use std::collections::HashMap;

use super::text::check_name;
use super::{Named, ScoresError};
use crate::env::Reference;
use crate::stats::matrix::{LARGEST_SCORE, is_score};

/// What to do with a run that gives no number.
pub(super) const WITHOUT_SCORE: &str = "a run that diverged scores the worse of a random policy, 0 when normalised, and its last point";

/// The score of one run on one task, as it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name of the algorithm.
    pub algorithm: String,
    /// Name of the task.
    pub task: String,
    /// What tells the run from the others of this algorithm on this task.
    pub run: String,
    /// Its score, raw if there are references.
    pub score: f64,
    /// Whether the run failed; where that is not known, it is read off the score
    /// by the reference of the task.
    pub failed: Option<bool>,
    /// Where it stands, for messages.
    pub place: String,
}

/// One run on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRun {
    /// What tells it from the others.
    pub name: String,
    /// Its score as it was given.
    pub raw: f64,
    /// Its score, normalised.
    pub score: f64,
    /// Whether it failed.
    pub is_failure: bool,
}

/// What scores are judged by that are normalised as they are.
pub(super) const AS_GIVEN: Reference = Reference {
    random: 0.0,
    reference: 1.0,
    maximum: None,
    failed_below: None,
    margin: None,
};

/// The runs of every algorithm, by task, in the order of the rows; normalised where
/// there are `references`. Algorithms stand in the order of their first row, and
/// `source` names the whole in messages.
///
/// # Errors
/// If there is no row, or one is not of `tasks`, has no usable name, has a score
/// already, or its score is none.
pub(super) fn by_algorithm(
    tasks: &[String],
    rows: &[Row],
    references: Option<&[Reference]>,
    source: &str,
) -> Result<Named<Vec<Vec<ScoredRun>>>, ScoresError> {
    let place_of: HashMap<&str, usize> = tasks
        .iter()
        .enumerate()
        .map(|(m, task)| (task.as_str(), m))
        .collect();
    let mut made: Vec<(String, Vec<Vec<ScoredRun>>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut seen: HashMap<(&str, &str, &str), &str> = HashMap::new();
    for row in rows {
        let wrong = |problem: String| Err(ScoresError::content(&row.place, problem));
        check_name("an algorithm", &row.algorithm, &row.place)?;
        check_name("a run", &row.run, &row.place)?;
        let Some(&m) = place_of.get(row.task.as_str()) else {
            return wrong(format!("`{}` is not one of the tasks", row.task));
        };
        if row.algorithm.trim().is_empty() {
            return wrong("an algorithm has no name; give it one".to_owned());
        }
        if row.algorithm.contains('>') {
            return wrong(format!(
                "`{}` holds `>`, which stands between the names of a pair; name it otherwise",
                row.algorithm
            ));
        }
        let key = (row.algorithm.as_str(), row.task.as_str(), row.run.as_str());
        if let Some(first) = seen.insert(key, &row.place) {
            let (algorithm, task, run) = key;
            return wrong(format!(
                "run `{run}` of `{algorithm}` on `{task}` has a score already ({first}); \
                 keep one of them, or number the runs apart"
            ));
        }
        let judge = references.map_or(AS_GIVEN, |references| references[m]);
        let score = match references {
            Some(_) => judge.normalised(row.score),
            None => row.score,
        };
        if !is_score(row.score) || !is_score(score) {
            let raw = row.score;
            let made = if is_score(raw) { ", normalised," } else { "" };
            return wrong(format!(
                "{raw}{made} is not a score: it must be finite and at most \
                 {LARGEST_SCORE:e} in size; {WITHOUT_SCORE}"
            ));
        }
        let place = *places.entry(&row.algorithm).or_insert_with(|| {
            made.push((row.algorithm.clone(), vec![Vec::new(); tasks.len()]));
            made.len() - 1
        });
        made[place].1[m].push(ScoredRun {
            name: row.run.clone(),
            raw: row.score,
            score,
            is_failure: row.failed.unwrap_or_else(|| judge.is_failure(row.score)),
        });
    }
    if made.is_empty() {
        let problem = "there are no scores; give those of at least one algorithm";
        return Err(ScoresError::content(source, problem));
    }
    Ok(Named(made))
}
