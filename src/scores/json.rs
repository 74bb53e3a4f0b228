//! Scores from JSON.

use serde::Deserialize;

use super::table::WITHOUT_SCORE;
use super::{Named, Reference, Row, ScoreTable, ScoresError};

const FORMAT: &str = r#"the format is {"tasks": ["t", ...], "algorithms": {"A": [[score of run 1 on t, ...], ...], ...}}, for raw scores also with "random" and "reference""#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    tasks: Vec<String>,
    /// `[run][task]`; `null` where the run is not there.
    algorithms: Named<Vec<Vec<Option<f64>>>>,
    random: Option<PerTask>,
    reference: Option<PerTask>,
}

/// A number for each task.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a list with a number for each task, or an object with a number for each task"
)]
enum PerTask {
    InOrder(Vec<f64>),
    ByName(Named<f64>),
}

/// The table of a document, `path` being the file that holds it.
pub(super) fn parse(text: &str, path: &str) -> Result<ScoreTable, ScoresError> {
    let document: Document = serde_json::from_str(text).map_err(|e| json_error(text, path, &e))?;
    let tasks = document.tasks;
    let mut rows = Vec::new();
    for (algorithm, runs) in document.algorithms.iter() {
        if runs.is_empty() {
            let problem = "there are no runs; give at least one, or leave the algorithm out";
            let place = format!("{path}: algorithms.{algorithm}");
            return Err(ScoresError::content(place, problem));
        }
        for (run, scores) in runs.iter().enumerate() {
            let place = format!("{path}: algorithms.{algorithm}[{run}]");
            if scores.len() != tasks.len() {
                let problem = format!(
                    "this run has not one score for each task ({} for {}); write null where it is \
                     not there",
                    scores.len(),
                    tasks.len()
                );
                return Err(ScoresError::content(place, problem));
            }
            for (m, (&score, task)) in scores.iter().zip(&tasks).enumerate() {
                rows.extend(score.map(|score| Row {
                    algorithm: algorithm.to_owned(),
                    task: task.clone(),
                    run: run.to_string(),
                    score,
                    imputed: false,
                    place: format!("{place}[{m}]"),
                }));
            }
        }
    }
    let references = match (document.random, document.reference) {
        (None, None) => None,
        (Some(random), Some(reference)) => {
            let random = random.in_order("random", &tasks, path)?;
            let reference = reference.in_order("reference", &tasks, path)?;
            let pairs = random.into_iter().zip(reference);
            let pair = |(random, reference)| Reference { random, reference };
            Some(pairs.map(pair).collect())
        }
        _ => {
            let problem = "`random` and `reference` go together: give both, with a number for \
                 each task, or neither if the scores are normalised";
            return Err(ScoresError::content(path, problem));
        }
    };
    ScoreTable::new(tasks, &rows, references, path)
}

impl PerTask {
    fn in_order(self, key: &str, tasks: &[String], path: &str) -> Result<Vec<f64>, ScoresError> {
        let wrong = |problem: String| {
            let problem = format!("{problem}; give a number for each task");
            ScoresError::content(format!("{path}: {key}"), problem)
        };
        match self {
            PerTask::InOrder(numbers) if numbers.len() == tasks.len() => Ok(numbers),
            PerTask::InOrder(numbers) => {
                let (found, expected) = (numbers.len(), tasks.len());
                Err(wrong(format!(
                    "the list is {found} long, but there are {expected} tasks"
                )))
            }
            PerTask::ByName(numbers) => {
                if let Some((name, _)) = numbers.iter().find(|(n, _)| !tasks.iter().any(|t| t == n))
                {
                    return Err(wrong(format!("`{name}` is not one of the tasks")));
                }
                let number = |task: &String| {
                    let number = numbers.get(task).copied();
                    number.ok_or_else(|| wrong(format!("task `{task}` has none")))
                };
                tasks.iter().map(number).collect()
            }
        }
    }
}

/// What the reader complains of, with the place before it and the remedy after.
fn json_error(text: &str, path: &str, error: &serde_json::Error) -> ScoresError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let suffix = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&suffix).unwrap_or(&message);
    let wrong_line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // What Python writes for them, JSON does not know.
    let is_not_finite = ["NaN", "Infinity"]
        .iter()
        .any(|name| wrong_line.contains(name));
    let remedy = if error.is_syntax() && is_not_finite {
        format!(
            "JSON has no NaN and no Infinity; write null for a run that is not there, and {WITHOUT_SCORE}"
        )
    } else {
        FORMAT.to_owned()
    };
    ScoresError::content(
        format!("{path}:{line}:{column}"),
        format!("{message}; {remedy}"),
    )
}
