//! Scores with the names of algorithms and tasks, normalised.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::rows::{AS_GIVEN, by_algorithm};
pub use super::rows::{Row, ScoredRun};
use super::text::check_name;
use super::{Named, ScoresError};
pub use crate::env::Reference;
use crate::format::list;
use crate::stats::Matrix;
use crate::stats::matrix::is_score;
use crate::suggest::{did_you_mean, nearest};

/// The scores of several algorithms on the same tasks. The numbers of runs may
/// differ between algorithms and tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    tasks: Vec<String>,
    algorithms: Named<Matrix>,
    runs: Named<Vec<Vec<ScoredRun>>>,
    references: Option<Vec<Reference>>,
    /// Margins that win over those of the references.
    margins: Vec<Option<f64>>,
    names_are_seeds: bool,
    stopped: Vec<Stopped>,
}

/// Runs of an algorithm on a task that an error stopped: they have no score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Name of the algorithm.
    pub algorithm: String,
    /// Name of the task.
    pub task: String,
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
    /// or larger than [`LARGEST_SCORE`](crate::stats::matrix::LARGEST_SCORE) in
    /// size, a task has no run of some algorithm, or the two references of a task
    /// are the same.
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
        let mut runs = by_algorithm(&tasks, rows, references.as_deref(), source)?;
        let mut algorithms = Named(Vec::new());
        for (name, runs) in &runs.0 {
            let scores = |task: &Vec<ScoredRun>| task.iter().map(|run| run.score).collect();
            let scores: Vec<Vec<f64>> = runs.iter().map(scores).collect();
            let matrix = Matrix::new(&scores).map_err(|_| {
                let missing = runs.iter().zip(&tasks);
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
            algorithms.0.push((name.clone(), matrix));
        }
        if references.is_none() && algorithms.iter().any(|(_, m)| looks_raw(m.scores())) {
            // Half of 1 says nothing of raw returns.
            let all = runs.0.iter_mut().flat_map(|(_, tasks)| tasks).flatten();
            all.for_each(|run| run.is_failure = false);
        }
        Ok(Self {
            margins: vec![None; tasks.len()],
            tasks,
            algorithms,
            runs,
            references,
            names_are_seeds: false,
            stopped: Vec::new(),
        })
    }

    /// The same table, whose runs of one name share their seed: they are compared
    /// in pairs.
    #[must_use]
    pub fn of_seeds(self) -> Self {
        Self {
            names_are_seeds: true,
            ..self
        }
    }

    /// The same table without these runs, which an error stopped.
    #[must_use]
    pub fn without(self, stopped: Vec<Stopped>) -> Self {
        Self { stopped, ..self }
    }

    /// The same table with this margin on `task`, in the unit of its scores.
    ///
    /// # Errors
    /// If there is no such task, or the margin is not above 0.
    pub fn with_margin(mut self, task: &str, margin: f64) -> Result<Self, String> {
        let Some(m) = self.tasks.iter().position(|known| known == task) else {
            let nearest = nearest(task, self.tasks.iter().map(String::as_str));
            return Err(format!(
                "`{task}` is not one of the tasks{}; they are {}",
                did_you_mean(nearest),
                list(&self.tasks)
            ));
        };
        self.judge(m).with_margin(margin).check()?;
        self.margins[m] = Some(margin);
        Ok(self)
    }

    /// Names of the tasks, in the order of the matrices.
    pub fn tasks(&self) -> &[String] {
        &self.tasks
    }

    /// The normalised scores of every algorithm.
    pub fn algorithms(&self) -> &Named<Matrix> {
        &self.algorithms
    }

    /// The runs of every algorithm, by task, in the order in which they came.
    pub fn runs(&self) -> &Named<Vec<Vec<ScoredRun>>> {
        &self.runs
    }

    /// Whether runs of one name share their seed.
    pub fn has_seeds(&self) -> bool {
        self.names_are_seeds
    }

    /// Whether an error stopped runs of `algorithm` on `task`.
    pub fn is_stopped(&self, algorithm: &str, task: &str) -> bool {
        let mut stopped = self.stopped.iter();
        stopped.any(|runs| runs.algorithm == algorithm && runs.task == task)
    }

    /// What raw scores were normalised by; `None` if they were taken as they
    /// are.
    pub fn references(&self) -> Option<&[Reference]> {
        self.references.as_deref()
    }

    /// By what scores on task `m` are judged.
    pub fn judge(&self, m: usize) -> Reference {
        let references = self.references.as_ref();
        let judge = references.map_or(AS_GIVEN, |references| references[m]);
        match self.margins[m] {
            Some(margin) => judge.with_margin(margin),
            None => judge,
        }
    }
}

/// Where normalised scores lie: a policy may be far worse than a random one, or
/// several times the reference, but scores outside look raw.
const NORMALISED: RangeInclusive<f64> = -2.0..=5.0;

/// Whether scores that are taken as normalised do not look so.
pub(super) fn looks_raw(scores: &[f64]) -> bool {
    !scores.iter().all(|score| NORMALISED.contains(score))
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
            failed: None,
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
