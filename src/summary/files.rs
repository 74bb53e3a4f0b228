//! The files of a summary: written at once or not at all, and read back with
//! the line and the column of whatever is wrong.

use std::path::{Path, PathBuf};

use polars::prelude::{AnyValue, DataFrame};

use super::SummaryError;
use super::rows::Field;
pub use super::rows::{
    BandRow, CollapseRow, CostRow, CurveRow, DiagnosticRow, QValueRow, Row, ScoreRow, StudyRow,
    UpdateRow,
};
use crate::experiment::disk;
use crate::experiment::manifest::Manifest;
use crate::words;

/// Writes a table into the folder `dir`.
pub fn write_rows<R: Row>(dir: &Path, rows: &[R]) -> Result<(), SummaryError> {
    write_rows_at(&dir.join(R::FILE), rows)
}

/// Writes a table to a file.
pub(super) fn write_rows_at<R: Row>(path: &Path, rows: &[R]) -> Result<(), SummaryError> {
    let header = R::COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let lines = rows.iter().map(Row::fields);
    write_csv(path, std::iter::once(header).chain(lines))
}

/// Writes a frame of texts, whole numbers and floats to `path`.
pub(super) fn write_frame(path: &Path, frame: &DataFrame) -> Result<(), SummaryError> {
    let names = frame.get_column_names();
    let mut lines = vec![names.into_iter().map(|name| name.to_string()).collect()];
    for row in 0..frame.height() {
        let line: Result<Vec<String>, _> = frame
            .columns()
            .iter()
            .map(|c| c.get(row).map(show))
            .collect();
        lines.push(line?);
    }
    write_csv(path, lines.into_iter())
}

fn show(value: AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::Float64(number) => number.show(),
        AnyValue::String(text) => text.to_owned(),
        other => other.to_string(),
    }
}

fn write_csv(path: &Path, lines: impl Iterator<Item = Vec<String>>) -> Result<(), SummaryError> {
    let failed = |source: csv::Error| file_error(path, std::io::Error::other(source));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| file_error(path, error.into_error()))?;
    write(path, &bytes)
}

/// Writes `bytes` to `path` so that readers find the old file or the new one,
/// never a part. Makes the folder if there is none.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), SummaryError> {
    disk::replace(path, bytes).map_err(|source| file_error(path, source))
}

/// Reads a table from the folder `dir`.
pub fn read_rows<R: Row>(dir: &Path) -> Result<Vec<R>, SummaryError> {
    read_rows_at(&dir.join(R::FILE))
}

/// Reads a table from a file.
pub fn read_rows_at<R: Row>(path: &Path) -> Result<Vec<R>, SummaryError> {
    let text = read(path)?;
    let damaged = |line, column, problem| SummaryError::Damaged {
        path: path.to_owned(),
        line,
        column,
        problem,
    };
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        damaged(line, None, describe(&error))
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(unreadable)?;
    let Some(places) = places::<R>(header) else {
        let found: Vec<&str> = header.iter().collect();
        let expected = R::COLUMNS.join(",");
        let problem = format!("the header is `{}`, not `{expected}`", found.join(","));
        return Err(damaged(1, None, problem));
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let mut record = record.map_err(unreadable)?;
        if let Some(places) = &places {
            let field = |place: &Option<usize>| place.and_then(|place| record.get(place));
            let fields = places.iter().map(|place| field(place).unwrap_or_default());
            let mut ordered: csv::StringRecord = fields.collect();
            ordered.set_position(record.position().cloned());
            record = ordered;
        }
        rows.push(R::parse(&record).map_err(|(place, expected)| {
            let line = record.position().map_or(0, csv::Position::line);
            let found = record.get(place).unwrap_or_default();
            let problem = format!("`{found}` is not {expected}");
            damaged(line, R::COLUMNS.get(place).copied(), problem)
        })?);
    }
    Ok(rows)
}

/// Columns that summaries of older rules lack, and those that only they have.
const ADDED: [&str; 3] = ["training", "load", "stolen"];
const GONE: [&str; 1] = ["best"];

/// Where the columns of a table stand: nothing where they stand in order. `None` of a
/// header that is not that of the table, nor an older one.
fn places<R: Row>(header: &csv::StringRecord) -> Option<Option<Vec<Option<usize>>>> {
    if header == R::COLUMNS {
        return Some(None);
    }
    let is_known = |name: &str| R::COLUMNS.contains(&name) || GONE.contains(&name);
    if !header.iter().all(is_known) {
        return None;
    }
    let place = |name: &&str| header.iter().position(|found| found == *name);
    let places: Vec<Option<usize>> = R::COLUMNS.iter().map(place).collect();
    let missing = R::COLUMNS
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none());
    missing
        .into_iter()
        .all(|(name, _)| ADDED.contains(name))
        .then_some(Some(places))
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} fields, where the header has {expected_len}")
        }
        _ => error.to_string(),
    }
}

/// Reads the manifest in the folder `dir`.
pub fn read_manifest(dir: &Path) -> Result<Manifest, SummaryError> {
    let path = dir.join("manifest.json");
    let text = read(&path)?;
    serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
        line: error.line() as u64,
        column: None,
        problem: words::of_json(&error),
        path,
    })
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String, SummaryError> {
    std::fs::read_to_string(path).map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: std::io::Error) -> SummaryError {
    SummaryError::File {
        path: PathBuf::from(path),
        source,
    }
}
