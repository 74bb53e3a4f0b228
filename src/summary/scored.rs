//! Which runs enter the estimates of a score: tasks with a reference, variants with a
//! run on every one of them, and what stands for a run that diverged.

use serde::{Deserialize, Serialize};

use super::files::ScoreRow;
use super::run_name;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::record::Ending;
use crate::scores::table::Stopped;
use crate::scores::{Reference, Row, ScoreTable, ScoresError};

/// The reference of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskReference {
    /// Task.
    pub task: String,
    /// The returns by which it is judged.
    #[serde(flatten)]
    pub returns: Reference,
    /// Where they are from.
    pub source: String,
}

/// A task or variant without a place in the normalised estimates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// The references of the tasks, and the tasks that have none.
pub fn normalised(
    manifest: &Manifest,
    references: &References,
) -> (Vec<TaskReference>, Vec<LeftOut>) {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for task in &manifest.tasks {
        match references.get(task) {
            Some(reference) => found.push(TaskReference {
                task: task.clone(),
                returns: reference.returns,
                source: reference.source.clone(),
            }),
            None => left_out.push(LeftOut {
                name: task.clone(),
                reason: format!(
                    "it has no reference; {}",
                    crate::experiment::references::remedy(task)
                ),
            }),
        }
    }
    (found, left_out)
}

/// What a score is estimated of, and what it leaves out.
pub struct InEstimates<'a> {
    /// Tasks on which every one of the variants has a run with the score.
    pub tasks: Vec<TaskReference>,
    /// Variants with a run that has the score.
    pub variants: Vec<&'a str>,
    /// The others.
    pub left_out: Vec<LeftOut>,
}

/// The tasks and variants of the normalised estimates of one score, which need
/// every variant on every task, and what they leave out.
pub fn in_estimates<'a>(
    rows: &[ScoreRow],
    tasks: &[TaskReference],
    variants: &[&'a str],
    metric: Metric,
) -> InEstimates<'a> {
    let mut left_out = Vec::new();
    let mut leave_out = |name: &str, reason: String| {
        let name = name.to_owned();
        left_out.push(LeftOut { name, reason });
    };
    let scored = |task: &TaskReference, variant: &str| {
        let mut of_cell = (rows.iter()).filter(|r| r.env == task.task && r.variant == variant);
        of_cell.any(|row| row.estimated(metric, Some(task.returns.random)).is_some())
    };
    let (with, without): (Vec<&str>, Vec<&str>) = (variants.iter().copied())
        .partition(|variant| tasks.iter().any(|task| scored(task, variant)));
    if !tasks.is_empty() {
        for variant in without {
            leave_out(variant, "it has no run with a score".to_owned());
        }
    }
    let mut found = Vec::new();
    for task in tasks.iter().filter(|_| !with.is_empty()) {
        match with.iter().find(|variant| !scored(task, variant)) {
            Some(variant) => {
                let reason = format!("`{variant}` has no run with a score on it");
                leave_out(&task.task, reason);
            }
            None => found.push(task.clone()),
        }
    }
    InEstimates {
        tasks: found,
        variants: with,
        left_out,
    }
}

/// The scores by which `variants` are compared on `tasks`, normalised; `source`
/// names them in messages. Runs of one seed are partners.
///
/// # Errors
/// If a variant has no run with a score on some task.
pub fn table(
    rows: &[ScoreRow],
    tasks: &[TaskReference],
    variants: &[&str],
    metric: Metric,
    source: &str,
) -> Result<ScoreTable, ScoresError> {
    let scored = rows.iter().filter_map(|row| {
        let task = tasks.iter().find(|task| task.task == row.env)?;
        let variant = variants.iter().find(|variant| **variant == row.variant)?;
        Some(Row {
            algorithm: (*variant).to_owned(),
            task: row.env.clone(),
            run: row.seed.to_string(),
            score: row.estimated(metric, Some(task.returns.random))?,
            failed: Some(row.has_failed(&task.returns)),
            place: run_name(&row.env, &row.variant, row.seed),
        })
    });
    let scored: Vec<Row> = scored.collect();
    let names = tasks.iter().map(|task| task.task.clone()).collect();
    let references = tasks.iter().map(|task| task.returns).collect();
    let is_in = |row: &&ScoreRow| {
        row.status == Ending::Failed
            && variants.contains(&row.variant.as_str())
            && tasks.iter().any(|task| task.task == row.env)
    };
    let stopped = rows.iter().filter(is_in).map(|row| Stopped {
        algorithm: row.variant.clone(),
        task: row.env.clone(),
    });
    let table = ScoreTable::new(names, &scored, Some(references), source)?;
    Ok(table.of_seeds().without(stopped.collect()))
}

impl ScoreRow {
    /// The raw score that stands for the run in every estimate: what was
    /// measured, or what a run that diverged has from then on, which needs
    /// `random`, the random policy's.
    pub fn estimated(&self, metric: Metric, random: Option<f64>) -> Option<f64> {
        match self.is_imputed() {
            true => random.and(self.score(metric)),
            false => self.score(metric),
        }
    }

    /// Whether the run diverged, or its final policy is worse than what counts as
    /// a failure; a run without an evaluation is taken by its last return.
    pub fn has_failed(&self, judge: &Reference) -> bool {
        let end = self.evaluation.or(self.last);
        self.is_imputed() || end.is_some_and(|end| judge.is_failure(end))
    }

    /// Whether the run diverged.
    pub fn is_imputed(&self) -> bool {
        self.status == Ending::Diverged
    }
}
