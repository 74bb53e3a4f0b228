//! Scores with the names of algorithms and tasks, normalised.

use std::collections::{HashMap, HashSet};

use super::text::check_name;
use super::{Named, ScoresError};
use crate::stats::Matrix;
use crate::stats::matrix::{LARGEST_SCORE, is_score};

/// What to do with a run that gives no number.
pub(super) const WITHOUT_SCORE: &str =
    "a run that diverged scores as the random policy, 0 when normalised";

pub use crate::env::Reference;

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
    /// Whether the score was not measured: the run diverged and has the random
    /// policy's.
    pub imputed: bool,
    /// Where it stands, for messages.
    pub place: String,
}

/// The scores of several algorithms on the same tasks. The numbers of runs may
/// differ between algorithms and tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    tasks: Vec<String>,
    algorithms: Named<Matrix>,
    imputed: Named<Vec<usize>>,
    references: Option<Vec<Reference>>,
}

/// The scores of one algorithm, by task.
#[derive(Clone)]
struct ByTask {
    scores: Vec<Vec<f64>>,
    imputed: Vec<usize>,
}

impl ScoreTable {
    /// The table of `rows`, in any order, on `tasks`, in which order the tasks
    /// will stand. Algorithms stand in the order of their first row. With
    /// `references`, one for each task, scores are normalised; without, they
    /// are taken as they are. `source` names the whole in messages.
    ///
    /// # Errors
    /// If a name is empty or holds a control character, that of an algorithm
    /// holds `>`, a task stands twice, a run has two scores, a score is not finite
    /// or larger than [`LARGEST_SCORE`] in size, a task has no run of some
    /// algorithm, or the two references of a task are the same.
    ///
    /// # Panics
    /// If there are references, but not one for each task.
    pub fn new(
        tasks: Vec<String>,
        rows: &[Row],
        references: Option<Vec<Reference>>,
        source: &str,
    ) -> Result<Self, ScoresError> {
        check_tasks(&tasks, source)?;
        if let Some(references) = &references {
            assert_eq!(references.len(), tasks.len(), "a reference for each task");
            check_references(&tasks, references, source)?;
        }
        let place_of: HashMap<&str, usize> = tasks
            .iter()
            .enumerate()
            .map(|(m, task)| (task.as_str(), m))
            .collect();
        let mut scores: Vec<(String, ByTask)> = Vec::new();
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
            let score = references.as_ref().map_or(row.score, |references| {
                let Reference {
                    random, reference, ..
                } = references[m];
                (row.score - random) / (reference - random)
            });
            if !is_score(row.score) || !is_score(score) {
                let raw = row.score;
                let made = if is_score(raw) { ", normalised," } else { "" };
                return wrong(format!(
                    "{raw}{made} is not a score: it must be finite and at most \
                     {LARGEST_SCORE:e} in size; {WITHOUT_SCORE}"
                ));
            }
            let place = *places.entry(&row.algorithm).or_insert_with(|| {
                let by_task = ByTask {
                    scores: vec![Vec::new(); tasks.len()],
                    imputed: vec![0; tasks.len()],
                };
                scores.push((row.algorithm.clone(), by_task));
                scores.len() - 1
            });
            scores[place].1.scores[m].push(score);
            scores[place].1.imputed[m] += usize::from(row.imputed);
        }
        if scores.is_empty() {
            let problem = "there are no scores; give those of at least one algorithm";
            return Err(ScoresError::content(source, problem));
        }
        let mut imputed = Named(Vec::new());
        let mut algorithms = Named(Vec::new());
        for (name, of) in scores {
            let matrix = Matrix::new(&of.scores).map_err(|_| {
                let missing = of.scores.iter().zip(&tasks);
                let missing = missing.filter(|(runs, _)| runs.is_empty());
                let missing: Vec<String> = missing.map(|(_, task)| format!("`{task}`")).collect();
                let problem = format!(
                    "algorithm `{name}` has no run on {}; give every algorithm at least one run \
                     on every task, or leave the task out",
                    missing.join(", ")
                );
                ScoresError::content(source, problem)
            })?;
            let matrix = match &references {
                Some(references) => {
                    let size = |of: &Reference| {
                        of.random.abs().max(of.reference.abs()) / (of.reference - of.random).abs()
                    };
                    matrix.computed_from(&references.iter().map(size).collect::<Vec<_>>())
                }
                None => matrix,
            };
            imputed.0.push((name.clone(), of.imputed));
            algorithms.0.push((name, matrix));
        }
        Ok(Self {
            tasks,
            algorithms,
            imputed,
            references,
        })
    }

    /// Names of the tasks, in the order of the matrices.
    pub fn tasks(&self) -> &[String] {
        &self.tasks
    }

    /// The normalised scores of every algorithm.
    pub fn algorithms(&self) -> &Named<Matrix> {
        &self.algorithms
    }

    /// How many runs of every algorithm were not measured, by task.
    pub fn imputed(&self) -> &Named<Vec<usize>> {
        &self.imputed
    }

    /// What raw scores were normalised by; `None` if they were taken as they
    /// are.
    pub fn references(&self) -> Option<&[Reference]> {
        self.references.as_deref()
    }
}

fn check_tasks(tasks: &[String], source: &str) -> Result<(), ScoresError> {
    let mut seen = HashSet::new();
    for task in tasks {
        if task.trim().is_empty() {
            let problem = "a task has no name; give it one";
            return Err(ScoresError::content(source, problem));
        }
        check_name("a task", task, source)?;
        if !seen.insert(task) {
            let problem = format!("task `{task}` stands twice; give each its own name");
            return Err(ScoresError::content(source, problem));
        }
    }
    if tasks.is_empty() {
        let problem = "there are no tasks; name at least one";
        return Err(ScoresError::content(source, problem));
    }
    Ok(())
}

fn check_references(
    tasks: &[String],
    references: &[Reference],
    source: &str,
) -> Result<(), ScoresError> {
    for (
        task,
        &Reference {
            random, reference, ..
        },
    ) in tasks.iter().zip(references)
    {
        let possible = is_score(random) && is_score(reference) && random != reference;
        if !possible {
            let problem = format!(
                "task `{task}`: scores cannot be normalised between random = {random} and \
                 reference = {reference}; give two different finite scores"
            );
            return Err(ScoresError::content(source, problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(algorithm: &str, task: &str, run: usize, score: f64) -> Row {
        Row {
            algorithm: algorithm.to_owned(),
            task: task.to_owned(),
            run: run.to_string(),
            score,
            imputed: false,
            place: format!("run {run}"),
        }
    }

    fn tasks() -> Vec<String> {
        vec!["t".to_owned(), "u".to_owned()]
    }

    #[test]
    fn scores_are_normalised_by_task() {
        let rows = [
            row("B", "u", 0, 3.0),
            row("B", "t", 0, 5.0),
            row("A", "t", 0, -1.0),
            row("A", "u", 1, 1.0),
            row("A", "u", 0, 2.0),
        ];
        let reference = Reference::between;
        let references = vec![reference(0.0, 10.0), reference(3.0, 1.0)];
        let table = ScoreTable::new(tasks(), &rows, Some(references), "x").unwrap();
        let names: Vec<&str> = table.algorithms().iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["B", "A"]);
        assert_eq!(table.algorithms().get("B").unwrap().scores(), [0.5, 0.0]);
        assert_eq!(table.algorithms().get("A").unwrap().task(1), [0.5, 1.0]);
    }

    #[test]
    fn what_makes_no_table_is_refused() {
        let refused = |rows: &[Row], references, parts: &[&str]| {
            let error = ScoreTable::new(tasks(), rows, references, "x.csv").unwrap_err();
            for part in parts {
                assert!(error.to_string().contains(part), "no `{part}` in {error}");
            }
        };
        let good = [row("A", "t", 0, 1.0), row("A", "u", 0, 1.0)];
        refused(&[], None, &["x.csv: there are no scores"]);
        refused(&good[..1], None, &["`A` has no run on `u`"]);
        let with = |row: Row| [&good[..], &[row]].concat();
        refused(&with(row("A", "v", 1, 1.0)), None, &["run 1: `v`"]);
        refused(&with(row("A", "t", 0, 2.0)), None, &["already (run 0)"]);
        refused(&with(row(" ", "t", 0, 2.0)), None, &["no name"]);
        refused(&with(row("A>B", "t", 0, 2.0)), None, &["holds `>`"]);
        for score in [f64::NAN, f64::INFINITY, 1e200] {
            refused(
                &with(row("A", "t", 1, score)),
                None,
                &["diverged", "0 when"],
            );
        }
        for random in [1.0, f64::NAN] {
            let reference = Reference::between(random, 1.0);
            refused(&good, Some(vec![reference; 2]), &["`t`", "two different"]);
        }
        let tiny = Reference::between(0.0, 1e-200);
        refused(&good, Some(vec![tiny; 2]), &["normalised"]);
    }
}
