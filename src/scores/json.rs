//! Scores from JSON.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::rows::WITHOUT_SCORE;
use super::text::{check_name, shown};
use super::{Named, Reference, Row, ScoreTable, ScoresError};
use crate::format::list;
use crate::words;

/// Characters of the parser's message that are shown.
const LONGEST_MESSAGE: usize = 200;

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

/// An export for rliable, as this program writes it; what else it holds is not
/// read.
#[derive(Deserialize)]
struct Exported {
    headline: String,
    tasks: Vec<String>,
    seeds: Vec<u64>,
    random: Vec<f64>,
    reference: Vec<f64>,
    /// By score and algorithm, `[run][task]`.
    raw_scores: Named<Named<Vec<Vec<Option<f64>>>>>,
}

/// The table of a document, `path` being the file that holds it, and what to say
/// of a choice among several scores that nobody made.
pub(super) fn parse(
    text: &str,
    path: &str,
    score: Option<&str>,
) -> Result<(ScoreTable, Option<String>), ScoresError> {
    let wrong = |e: serde_json::Error| json_error(text, path, &e);
    // Another document gets its message from the form that it is read as.
    let is_export = serde_json::from_str::<Named<IgnoredAny>>(text)
        .is_ok_and(|keys| keys.get("raw_scores").is_some());
    if is_export {
        return exported(serde_json::from_str(text).map_err(wrong)?, path, score);
    }
    let document: Document = serde_json::from_str(text).map_err(wrong)?;
    if let Some(score) = score {
        let problem = format!(
            "a file of this form has one score; leave --score {} out",
            shown(score)
        );
        return Err(ScoresError::content(path, problem));
    }
    let tasks = document.tasks;
    check_tasks(&tasks, path)?;
    let key = format!("{path}: algorithms");
    let rows = rows(&document.algorithms, &tasks, &key, |run| run.to_string())?;
    let references = match (document.random, document.reference) {
        (None, None) => None,
        (Some(random), Some(reference)) => {
            let random = random.in_order("random", &tasks, path)?;
            Some(pairs(
                random,
                reference.in_order("reference", &tasks, path)?,
            ))
        }
        _ => {
            let problem = "`random` and `reference` go together: give both, with a number for \
                 each task, or neither if the scores are normalised";
            return Err(ScoresError::content(path, problem));
        }
    };
    Ok((ScoreTable::new(tasks, &rows, references, path)?, None))
}

fn exported(
    document: Exported,
    path: &str,
    score: Option<&str>,
) -> Result<(ScoreTable, Option<String>), ScoresError> {
    let Exported {
        headline,
        tasks,
        seeds,
        random,
        reference,
        raw_scores,
    } = document;
    check_tasks(&tasks, path)?;
    let name = score.unwrap_or(&headline);
    let names: Vec<&str> = raw_scores.iter().map(|(name, _)| name).collect();
    let Some(algorithms) = raw_scores.get(name) else {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("`{}`", shown(name)))
            .collect();
        let (name, names) = (shown(name), list(&names));
        let problem = format!("there is no score `{name}`; --score takes {names}");
        return Err(ScoresError::content(format!("{path}: raw_scores"), problem));
    };
    let run = |run: usize| seeds.get(run).map_or(format!("#{run}"), u64::to_string);
    let key = format!("{path}: raw_scores.{}", shown(name));
    let rows = rows(algorithms, &tasks, &key, run)?;
    let in_order = |numbers, key| PerTask::InOrder(numbers).in_order(key, &tasks, path);
    let references = pairs(
        in_order(random, "random")?,
        in_order(reference, "reference")?,
    );
    let note = score.is_none().then(|| {
        let others: Vec<&str> = names.into_iter().filter(|other| *other != name).collect();
        let others = list(&others).replace(" and ", " or ");
        format!("the score is `{name}`, the headline of the export; --score takes {others} instead")
    });
    let table = ScoreTable::new(tasks, &rows, Some(references), path)?;
    Ok((table.of_seeds(), note))
}

/// That tasks have names that can be shown.
fn check_tasks(tasks: &[String], path: &str) -> Result<(), ScoresError> {
    let mut places = tasks.iter().enumerate();
    places.try_for_each(|(m, task)| check_name("a task", task, &format!("{path}: tasks[{m}]")))
}

fn pairs(random: Vec<f64>, reference: Vec<f64>) -> Vec<Reference> {
    let pairs = random.into_iter().zip(reference);
    let pair = |(random, reference)| Reference::between(random, reference);
    pairs.map(pair).collect()
}

/// The scores `[run][task]` under `key`, with the name of each run.
fn rows(
    algorithms: &Named<Vec<Vec<Option<f64>>>>,
    tasks: &[String],
    key: &str,
    name: impl Fn(usize) -> String,
) -> Result<Vec<Row>, ScoresError> {
    let mut rows = Vec::new();
    for (algorithm, runs) in algorithms.iter() {
        let key = format!("{key}.{}", shown(algorithm));
        if runs.is_empty() {
            let problem = "there are no runs; give at least one, or leave the algorithm out";
            return Err(ScoresError::content(key, problem));
        }
        for (run, scores) in runs.iter().enumerate() {
            let place = format!("{key}[{run}]");
            if scores.len() != tasks.len() {
                let problem = format!(
                    "this run has not one score for each task ({} for {}); write null where it is \
                     not there",
                    scores.len(),
                    tasks.len()
                );
                return Err(ScoresError::content(place, problem));
            }
            for (m, (&score, task)) in scores.iter().zip(tasks).enumerate() {
                rows.extend(score.map(|score| Row {
                    algorithm: algorithm.to_owned(),
                    task: task.clone(),
                    run: name(run),
                    score,
                    failed: None,
                    place: format!("{place}[{m}]"),
                }));
            }
        }
    }
    Ok(rows)
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
                    return Err(wrong(format!("`{}` is not one of the tasks", shown(name))));
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
    let message = readable(message.strip_suffix(&suffix).unwrap_or(&message));
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

/// The parser's message in plain words, of a length and letters that can be shown.
fn readable(message: &str) -> String {
    let plain = words::of_message(message);
    let mut shown: String = plain.chars().take(LONGEST_MESSAGE).collect();
    if shown.len() < plain.len() {
        shown.push('…');
    }
    // A key may hold anything.
    let escaped = shown.chars().map(|c| match c.is_control() {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    });
    escaped.collect()
}
