//! The files of a summary: written at once or not at all, and read back with
//! the line and the column of whatever is wrong.

use std::path::{Path, PathBuf};

use polars::prelude::{AnyValue, DataFrame};

use super::SummaryError;
use crate::experiment::disk;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::record::Ending;
use crate::words;

/// A table with a fixed header.
pub trait Row: Sized {
    /// Name of its file in the folder of the experiment.
    const FILE: &'static str;
    /// Its header.
    const COLUMNS: &'static [&'static str];
    /// The fields of one line.
    fn fields(&self) -> Vec<String>;
    /// The row with these fields, as many as there are columns; an error is
    /// the number of the wrong field and what was expected there.
    fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)>;
}

/// One field of a row.
trait Field: Sized {
    const EXPECTED: &'static str;
    fn show(&self) -> String;
    fn parse(text: &str) -> Option<Self>;
}

impl Field for String {
    const EXPECTED: &'static str = "a name";
    fn show(&self) -> String {
        self.clone()
    }
    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Field for u64 {
    const EXPECTED: &'static str = "a whole number";
    fn show(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Field for f64 {
    const EXPECTED: &'static str = "a finite number";
    fn show(&self) -> String {
        // The shortest digits that read back to the same bits.
        format!("{self:?}")
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Field for Option<f64> {
    const EXPECTED: &'static str = "a finite number or nothing";
    fn show(&self) -> String {
        self.as_ref().map_or_else(String::new, Field::show)
    }
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(None),
            number => f64::parse(number).map(Some),
        }
    }
}

impl Field for Ending {
    const EXPECTED: &'static str = "`completed`, `diverged` or `failed`";
    fn show(&self) -> String {
        self.name().to_owned()
    }
    fn parse(text: &str) -> Option<Self> {
        Ending::ALL.into_iter().find(|ending| ending.name() == text)
    }
}

/// Declares a table: its file, and a field for every column.
macro_rules! table {
    (
        $(#[$meta:meta])*
        $name:ident in $file:literal {
            $( $(#[$doc:meta])+ $field:ident = $column:literal: $type:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $( $(#[$doc])+ pub $field: $type, )+
        }

        impl Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$($column),+];
            fn fields(&self) -> Vec<String> {
                vec![$( self.$field.show() ),+]
            }
            fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)> {
                let mut next = fields.iter().enumerate();
                $( let (place, text) = next.next().unwrap_or((0, ""));
                   let $field = <$type as Field>::parse(text)
                       .ok_or((place, <$type as Field>::EXPECTED))?; )+
                Ok(Self { $( $field ),+ })
            }
        }
    };
}

table! {
    /// The scores of one run; of one that diverged, what stands for them.
    ScoreRow in "scores.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed.
        seed = "seed": u64,
        /// `completed`, `diverged` or `failed`.
        status = "status": Ending,
        /// Mean return of the evaluation of the final policy.
        evaluation = "evaluation": Option<f64>,
        /// Area under the learning curve, divided by the steps.
        area = "area": Option<f64>,
        /// Mean training return over the last 10% of the steps.
        training = "training": Option<f64>,
        /// Mean return of the episodes that ended in the last 10% of the steps.
        last = "final": Option<f64>,
    }
}

table! {
    /// A point of the learning curve of one run.
    CurveRow in "curves.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed.
        seed = "seed": u64,
        /// Environment steps at the point; of a bin of the training return, in its
        /// middle.
        step = "step": u64,
        /// The return; nothing in a gap.
        value = "return": Option<f64>,
    }
}

table! {
    /// The learning curves of one task and variant at one point.
    BandRow in "curves_summary.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Environment steps at the point.
        step = "step": u64,
        /// Runs that have a value there.
        n = "n": u64,
        /// Their mean.
        mean = "mean": f64,
        /// Lower end of the mean's 95% bootstrap interval; needs two runs.
        low = "low": Option<f64>,
        /// Upper end.
        high = "high": Option<f64>,
    }
}

table! {
    /// Wall time that one part of an update takes, on one task under one
    /// variant. Measured once: not a function of configuration and seed.
    CostRow in "cost.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// `collect`, `advantages`, `policy` or `critic`.
        part = "part": String,
        /// Runs behind the quantiles.
        n = "n": u64,
        /// Seconds an update: first quartile over runs.
        q25 = "q25": f64,
        /// Median.
        median = "median": f64,
        /// Third quartile.
        q75 = "q75": f64,
        /// Model of the CPU.
        cpu = "cpu": String,
        /// Kernels that ran.
        kernel = "kernel": String,
        /// The first 16 digits of the digest of the manifest.
        manifest = "manifest": String,
    }
}

table! {
    /// One update of the two runs that show a collapse beside a run that does
    /// not.
    CollapseRow in "collapse.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed, the same for both.
        seed = "seed": u64,
        /// Environment steps after the update.
        step = "step": u64,
        /// Mean return of the episodes that ended in its batch.
        return_mean = "return_mean": Option<f64>,
        /// Mean KL divergence of the update.
        kl_mean = "kl_mean": Option<f64>,
        /// Entropy of the policy.
        entropy = "entropy": Option<f64>,
    }
}

table! {
    /// One recorded column of one task and variant after one update.
    UpdateRow in "updates_summary.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Number of the update, from 0.
        update = "update": u64,
        /// Environment steps after it.
        step = "step": u64,
        /// The recorded column, or `column:word` for one of words.
        column = "column": String,
        /// Runs that have a value.
        n = "n": u64,
        /// Their mean; for a word, the share of runs that have it.
        mean = "mean": f64,
        /// Smallest value.
        min = "min": Option<f64>,
        /// First quartile.
        q25 = "q25": Option<f64>,
        /// Median.
        median = "median": Option<f64>,
        /// Third quartile.
        q75 = "q75": Option<f64>,
        /// Largest value.
        max = "max": Option<f64>,
    }
}

impl ScoreRow {
    /// One of the four scores.
    pub fn score(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Evaluation => self.evaluation,
            Metric::Area => self.area,
            Metric::Training => self.training,
            Metric::Final => self.last,
        }
    }
}

/// Writes a table into the folder `dir`.
pub fn write_rows<R: Row>(dir: &Path, rows: &[R]) -> Result<(), SummaryError> {
    let header = R::COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let lines = rows.iter().map(Row::fields);
    write_csv(&dir.join(R::FILE), std::iter::once(header).chain(lines))
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
    let path = dir.join(R::FILE);
    let text = read(&path)?;
    let damaged = |line, column, problem| SummaryError::Damaged {
        path: path.clone(),
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
    if header != R::COLUMNS {
        let found: Vec<&str> = header.iter().collect();
        let expected = R::COLUMNS.join(",");
        let problem = format!("the header is `{}`, not `{expected}`", found.join(","));
        return Err(damaged(1, None, problem));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        rows.push(R::parse(&record).map_err(|(place, expected)| {
            let line = record.position().map_or(0, csv::Position::line);
            let found = record.get(place).unwrap_or_default();
            let problem = format!("`{found}` is not {expected}");
            damaged(line, R::COLUMNS.get(place).copied(), problem)
        })?);
    }
    Ok(rows)
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
