//! Files of scores.
//!
//! JSON, with the scores of a run on each task in a row; `null` where a run is
//! not there:
//!
//! ```json
//! {"tasks": ["CartPole-v1", "Acrobot-v1"],
//!  "algorithms": {"TRPO": [[0.97, 0.81], [1.0, 0.79]],
//!                 "PPO": [[0.93, 0.85], [0.99, null]]}}
//! ```
//!
//! or CSV, with a line for each run and task:
//!
//! ```csv
//! algorithm,task,run,score
//! TRPO,CartPole-v1,0,0.97
//! ```
//!
//! Scores are taken as normalised unless the file gives `random` and
//! `reference` for each task: in JSON as lists in the order of the tasks, or as
//! objects by their names; in CSV as two more columns.

use std::collections::HashMap;
use std::path::Path;

use super::table::WITHOUT_SCORE;
use super::{Reference, Row, ScoreTable, ScoresError, json};

/// Columns that a CSV must have, and those that it may have.
const COLUMNS: [&str; 4] = ["algorithm", "task", "run", "score"];
const REFERENCES: [&str; 2] = ["random", "reference"];

/// Reads a file, as CSV if its name ends in `.csv`, else as JSON if it begins
/// with a brace, else as CSV.
///
/// # Errors
/// If it cannot be read or does not give a [`ScoreTable`]; the message names
/// the line or the key, and what to write there.
pub fn read(path: &Path) -> Result<ScoreTable, ScoresError> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| ScoresError::Unreadable {
        path: shown.clone(),
        source,
    })?;
    let Ok(text) = String::from_utf8(bytes) else {
        let problem = "this is not text in UTF-8; give scores as JSON or CSV";
        return Err(ScoresError::content(shown, problem));
    };
    // Spreadsheets put a byte order mark before their text.
    let text = text.trim_start_matches('\u{feff}');
    let has_extension = |wanted| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(wanted))
    };
    let is_json = has_extension("json") || text.trim_start().starts_with('{');
    if text.trim().is_empty() {
        let problem = "the file is empty; give scores as JSON or CSV";
        Err(ScoresError::content(shown, problem))
    } else if is_json && !has_extension("csv") {
        json::parse(text, &shown)
    } else {
        parse_csv(text, &shown)
    }
}

fn parse_csv(text: &str, path: &str) -> Result<ScoreTable, ScoresError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| csv_error(path, &e))?.clone();
    let columns = Columns::find(&header, path)?;
    let mut tasks: Vec<String> = Vec::new();
    let mut references: HashMap<String, Reference> = HashMap::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(path, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("{path}, line {line}");
        let number = |column: usize, name: &str| {
            let field = &record[column];
            field.parse::<f64>().map_err(|_| {
                let problem = format!(
                    "column `{name}` holds `{field}`, which is no number; leave the line out for \
                     a run that is not there, and {WITHOUT_SCORE}"
                );
                ScoresError::content(&place, problem)
            })
        };
        let [algorithm, task, run] = [0, 1, 2].map(|k| record[columns.required[k]].to_owned());
        let score = number(columns.required[3], "score")?;
        if let Some([random, reference]) = columns.references {
            let given = Reference {
                random: number(random, "random")?,
                reference: number(reference, "reference")?,
            };
            let first = *references.entry(task.clone()).or_insert(given);
            if first != given {
                let problem = format!(
                    "task `{task}` is normalised between {} and {} here, but between {} and {} \
                     above; a task has one `random` and one `reference`",
                    given.random, given.reference, first.random, first.reference
                );
                return Err(ScoresError::content(place, problem));
            }
        }
        if !tasks.contains(&task) {
            tasks.push(task.clone());
        }
        rows.push(Row {
            algorithm,
            task,
            run,
            score,
            imputed: false,
            place,
        });
    }
    if rows.is_empty() {
        let problem = "there are no scores below the header";
        return Err(ScoresError::content(path, problem));
    }
    let references = columns
        .references
        .map(|_| tasks.iter().map(|task| references[task]).collect());
    ScoreTable::new(tasks, &rows, references, path)
}

/// Where the columns stand.
struct Columns {
    required: [usize; 4],
    references: Option<[usize; 2]>,
}

impl Columns {
    fn find(header: &csv::StringRecord, path: &str) -> Result<Self, ScoresError> {
        let wrong = |problem: String| {
            let place = format!("{path}, line 1");
            let remedy = "the columns are algorithm, task, run, score, and for raw scores also \
                 random and reference";
            ScoresError::content(place, format!("{problem}; {remedy}"))
        };
        let mut places = HashMap::new();
        for (place, name) in header.iter().enumerate() {
            if !COLUMNS
                .iter()
                .chain(&REFERENCES)
                .any(|known| *known == name)
            {
                return Err(wrong(format!("there is no column `{name}`")));
            }
            if places.insert(name, place).is_some() {
                return Err(wrong(format!("column `{name}` stands twice")));
            }
        }
        let find = |name: &str| {
            let place = places.get(name).copied();
            place.ok_or_else(|| wrong(format!("column `{name}` is missing")))
        };
        let mut required = [0; 4];
        for (place, name) in required.iter_mut().zip(COLUMNS) {
            *place = find(name)?;
        }
        let references = match REFERENCES.iter().any(|name| places.contains_key(name)) {
            true => Some([find(REFERENCES[0])?, find(REFERENCES[1])?]),
            false => None,
        };
        Ok(Self {
            required,
            references,
        })
    }
}

fn csv_error(path: &str, error: &csv::Error) -> ScoresError {
    let place = match error.position() {
        Some(position) => format!("{path}, line {}", position.line()),
        None => path.to_owned(),
    };
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{len} fields where the header has {expected_len}; fill or remove the line"),
        _ => error.to_string(),
    };
    ScoresError::content(place, problem)
}
