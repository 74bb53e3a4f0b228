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
//! or CSV, with a line for each run and task, and names of columns that
//! `columns.rs` knows:
//!
//! ```csv
//! algorithm,task,run,score
//! TRPO,CartPole-v1,0,0.97
//! ```
//!
//! Scores are taken as normalised unless the file gives `random` and
//! `reference` for each task: in JSON as lists in the order of the tasks, or as
//! objects by their names; in CSV as two more columns.
//!
//! What this program writes is read too: `scores.csv` of an experiment, and
//! `rliable.json` and `csv/scores.csv` of an export. Where a file holds several
//! scores, one is chosen by its name.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::path::Path;

use csv::StringRecord;

use super::columns::{Columns, separator};
use super::rows::WITHOUT_SCORE;
use super::text::{Numbers, check_name, decoded, shown};
use super::{Reference, Row, ScoreTable, ScoresError, json};
use crate::format::count;

/// What messages call [`read_input`].
pub const INPUT: &str = "standard input";

/// The scores of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// They themselves.
    pub table: ScoreTable,
    /// What to know of them: which score was taken, what was not read.
    pub notes: Vec<String>,
}

/// Reads a file, as CSV if its name ends in `.csv`, else as JSON if that ends in
/// `.json` or the text begins with a brace, else as CSV. `score` names the score
/// to take of several.
///
/// # Errors
/// If it cannot be read or does not give a [`ScoreTable`]; the message names
/// the line or the key, and what to write there.
pub fn read(path: &Path, score: Option<&str>) -> Result<Scores, ScoresError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| unreadable(&name, source))?;
    parse(&bytes, &name, score)
}

/// Reads what `input` holds, as JSON if it begins with a brace, else as CSV.
///
/// # Errors
/// Those of [`read`].
pub fn read_input(mut input: impl Read, score: Option<&str>) -> Result<Scores, ScoresError> {
    let mut bytes = Vec::new();
    let read = input.read_to_end(&mut bytes);
    read.map_err(|source| unreadable(INPUT, source))?;
    parse(&bytes, INPUT, score)
}

fn unreadable(path: &str, source: io::Error) -> ScoresError {
    let path = path.to_owned();
    ScoresError::Unreadable { path, source }
}

/// The scores of a file called `name` that holds `bytes`.
///
/// # Errors
/// Those of [`read`].
pub fn parse(bytes: &[u8], name: &str, score: Option<&str>) -> Result<Scores, ScoresError> {
    let text = decoded(bytes, name)?;
    let extension = Path::new(name).extension();
    let has_extension = |wanted| extension.is_some_and(|e| e.eq_ignore_ascii_case(wanted));
    let is_json = has_extension("json") || text.trim_start().starts_with('{');
    if text.trim().is_empty() {
        let problem = "the file is empty; give scores as JSON or CSV";
        Err(ScoresError::content(name, problem))
    } else if is_json && !has_extension("csv") {
        let (table, note) = json::parse(text, name, score)?;
        let notes = note.into_iter().collect();
        Ok(Scores { table, notes })
    } else {
        parse_csv(text, name, score)
    }
}

/// A line of CSV, with its number.
struct Line {
    number: u64,
    fields: StringRecord,
}

fn parse_csv(text: &str, path: &str, score: Option<&str>) -> Result<Scores, ScoresError> {
    let separator = separator(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let csv_error = |error: csv::Error| ScoresError::content(path, error.to_string());
    let header = reader.headers().map_err(csv_error)?.clone();
    let mut lines = Vec::new();
    for record in reader.into_records() {
        let fields = record.map_err(csv_error)?;
        let number = fields.position().map_or(0, csv::Position::line);
        // Spreadsheets end in lines of nothing but separators.
        if fields.iter().any(|field| !field.is_empty()) {
            lines.push(Line { number, fields });
        }
    }
    let numbers = Numbers::new(separator);
    let records: Vec<&StringRecord> = lines.iter().map(|line| &line.fields).collect();
    let columns = Columns::find(&header, &records, score, |field| {
        numbers.of(field).is_some()
    })
    .map_err(|problem| {
        let line = header.position().map_or(1, csv::Position::line);
        ScoresError::content(format!("{path}, line {line}"), problem)
    })?;
    let mut made = Rows::default();
    for line in &lines {
        made.push(line, &columns, &numbers, path)?;
    }
    if made.rows.is_empty() {
        let problem = "there are no scores below the header";
        return Err(ScoresError::content(path, problem));
    }
    let references = (columns.references).map(|_| {
        made.tasks
            .iter()
            .map(|task| made.references[task])
            .collect()
    });
    let mut notes: Vec<String> = columns.note.into_iter().collect();
    if made.absent > 0 {
        let runs = count(made.absent, "run");
        let diverged = match made.absent_diverged {
            0 => String::new(),
            some => format!(", {some} of which diverged; {OF_DIVERGED}"),
        };
        notes.push(format!("left out for want of a score: {runs}{diverged}"));
    }
    if made.diverged > 0 {
        let runs = count(made.diverged, "run");
        notes.push(format!(
            "runs that diverged, with the score that stands in the file: {runs}; {OF_DIVERGED}"
        ));
    }
    let table = ScoreTable::new(made.tasks, &made.rows, references, path)?;
    let table = match columns.has_seeds {
        true => table.of_seeds(),
        false => table,
    };
    Ok(Scores { table, notes })
}

/// What experiments do with runs that diverged, for notes.
const OF_DIVERGED: &str = "`trpo-lab compare` gives those the worse of the random policy's return \
                           and their own last point";

/// What the lines of a table come to.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    tasks: Vec<String>,
    known: HashSet<String>,
    references: HashMap<String, Reference>,
    /// Runs without a score, and those of them that diverged.
    absent: usize,
    absent_diverged: usize,
    /// Runs that diverged and have a score.
    diverged: usize,
}

impl Rows {
    fn push(
        &mut self,
        line: &Line,
        columns: &Columns,
        numbers: &Numbers,
        path: &str,
    ) -> Result<(), ScoresError> {
        let place = format!("{path}, line {}", line.number);
        let wrong = |problem: String| ScoresError::content(&place, problem);
        let (fields, width) = (&line.fields, columns.count);
        if let Some(extra) = fields.iter().skip(width).find(|field| !field.is_empty()) {
            return Err(wrong(format!(
                "{} fields where the header has {width}, `{}` in a column without a name; name \
                 the column or remove it",
                fields.len(),
                shown(extra)
            )));
        }
        if fields.len() < width {
            return Err(wrong(format!(
                "{} fields where the header has {width}; fill or remove the line",
                fields.len()
            )));
        }
        let field = |column: usize| fields.get(column).unwrap_or_default();
        let number = |column: usize, name: &str| {
            numbers.read(field(column), line.number).map_err(|problem| {
                wrong(format!(
                    "column `{name}` holds {problem}; leave the line out for a run that is not \
                     there, and {WITHOUT_SCORE}"
                ))
            })
        };
        let task = field(columns.task);
        check_name("a task", task, &place)?;
        // Where a column says how a run ended, one without a score is not there.
        if let Some(status) = columns.status {
            let diverged = usize::from(field(status) == "diverged");
            if field(columns.score).is_empty() {
                self.absent += 1;
                self.absent_diverged += diverged;
                return Ok(());
            }
            self.diverged += diverged;
        }
        let score = number(columns.score, "score")?;
        if let Some([random, reference]) = columns.references {
            let (random, reference) = (number(random, "random")?, number(reference, "reference")?);
            let given = Reference::between(random, reference);
            let first = *self.references.entry(task.to_owned()).or_insert(given);
            if first != given {
                return Err(wrong(format!(
                    "task `{task}` is normalised between {} and {} here, but between {} and {} \
                     above; a task has one `random` and one `reference`",
                    given.random, given.reference, first.random, first.reference
                )));
            }
        }
        if self.known.insert(task.to_owned()) {
            self.tasks.push(task.to_owned());
        }
        self.rows.push(Row {
            algorithm: field(columns.algorithm).to_owned(),
            task: task.to_owned(),
            run: field(columns.run).to_owned(),
            score,
            failed: None,
            place,
        });
        Ok(())
    }
}
