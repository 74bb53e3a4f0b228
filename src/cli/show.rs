//! `trpo-lab show`: a run in the terminal.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::curve::{Ink, lines};
use super::table::{self, Align};
use crate::algo::{natural, step, trpo};
use crate::columns::{Column, Series};
use crate::experiment::disk::{StoreError, read_json};
use crate::experiment::plan::Metric;
use crate::experiment::progress::grouped;
use crate::experiment::store::read_record;
use crate::format::count;
use crate::lab::Lab;
use crate::record::{RunRecord, Status};
use crate::say;
use crate::summary::curves::{RunCurve, Scores};
use crate::train::{RETURN_MEAN, STEP};

/// Updates that the table shows.
const LAST: usize = 5;

/// What the table shows of an update, where its algorithm records it.
const COLUMNS: [Column; 6] = [
    STEP,
    RETURN_MEAN,
    step::KL_MEAN,
    natural::CG_RESIDUAL,
    trpo::BACKTRACKS,
    step::OUTCOME,
];

/// Show a run: how it ended, its scores, its curve and its last updates.
///
/// The curve is that of the evaluations while it trained, or where there were none
/// the training return. Updates are counted from 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab show results/classic/runs/CartPole-v1/trpo/seed-200.json")]
pub struct Args {
    /// The record of the run.
    #[arg(value_name = "RECORD")]
    record: PathBuf,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let mut record = read(&args.record)?;
    lab.resolve(&mut record.config.algorithm);
    let config = &record.config;
    say!(
        "{} {} seed {}: {}",
        config.env,
        config.algorithm.name(),
        record.seed,
        status(&record)
    );
    say!(
        "digest {}, numerics version {}",
        &record.digest,
        record.numerics
    );
    say_scores(&record);
    say_curve(&record);
    say!("");
    write_updates(&record)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the record at `path`, which the user says is one.
fn read(path: &Path) -> Result<RunRecord, CliError> {
    let example = "give the record of a run, such as \
                   results/EXPERIMENT/runs/TASK/VARIANT/seed-N.json";
    let shown = path.display();
    if path.is_dir() {
        let message = format!("{shown}: this is a folder; {example}");
        return Err(CliError::Usage(message));
    }
    match read_record(path) {
        Ok(Some(record)) => Ok(record),
        Ok(None) => Err(CliError::Usage(format!(
            "{shown}: there is no such file; {example}"
        ))),
        Err(StoreError::Damaged { message, .. }) => Err(match read_json::<RunRecord>(path) {
            // A record, but not as it was written.
            Ok(_) => CliError::Failure(format!("{shown}: {message}; make the run again")),
            Err(_) => CliError::Usage(format!("{shown}: no record of a run: {message}; {example}")),
        }),
        Err(error) => Err(error.into()),
    }
}

/// How the run ended, and after how much.
fn status(record: &RunRecord) -> String {
    let steps = record.curve.numbers(STEP.name).and_then(|all| *all.last()?);
    let made = format!(
        "{}, {}",
        count(record.curve.len(), "update"),
        count(steps.unwrap_or(0.0) as usize, "step")
    );
    match &record.status {
        Status::Completed => format!("completed, {made}"),
        Status::Diverged { quantity, .. } => {
            format!("diverged after {made}: {quantity} is not finite")
        }
        Status::Failed { error } => format!("failed after {made}: {error}"),
    }
}

/// Says the scores that the run has.
fn say_scores(record: &RunRecord) {
    // A reference would only give a run that diverged a score that it did not make.
    let scores = Scores::of(record, None);
    for metric in Metric::ALL {
        if let Some(score) = scores.get(metric) {
            say!("{:<10} {score:>9.1}  {}", metric.name(), metric.meaning());
        }
    }
    let faults = record.faults().count();
    if faults > 0 {
        say!("faults of the simulation ended {faults} episodes");
    }
}

/// Says the curve of a run; nothing where it has fewer than two points.
pub(super) fn say_curve(record: &RunRecord) {
    let points = RunCurve::of(record, None).points;
    let points: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((point.at as f64, point.value?)))
        .collect();
    let lines = lines(&points, |value| format!("{value:.1}"), Ink::of_output());
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    if lines.is_empty() {
        return;
    }
    let kind = match record.points.len() {
        0 => "training return",
        _ => "mean return of the evaluations while training",
    };
    let [from, to] = [first, last].map(|point| grouped(point.0 as u64));
    say!("\n{kind}, steps {from} to {to}");
    for line in lines {
        say!("{line}");
    }
}

/// Prints the last updates.
fn write_updates(record: &RunRecord) -> io::Result<()> {
    let curve = &record.curve;
    let columns = COLUMNS.iter().filter_map(|column| {
        let series = curve.columns().find(|(name, _)| *name == column.name)?.1;
        Some((column, series))
    });
    let columns: Vec<(&Column, &Series)> = columns.collect();
    let header = columns.iter().map(|(column, _)| column.label.to_owned());
    let mut rows = vec![std::iter::once("Update".to_owned()).chain(header).collect()];
    for row in curve.len().saturating_sub(LAST)..curve.len() {
        let cells = columns
            .iter()
            .map(|(column, series)| cell(column, series, row));
        rows.push(
            std::iter::once((row + 1).to_string())
                .chain(cells)
                .collect(),
        );
    }
    let align = vec![Align::Right; columns.len() + 1];
    table::write::<Vec<String>>(&mut crate::console::stdout(), align, &rows)
}

/// What a column holds of an update; `-` where it holds nothing.
fn cell(column: &Column, series: &Series, row: usize) -> String {
    match series {
        Series::Words(words) => words.get(row).cloned().unwrap_or_default(),
        Series::Numbers(numbers) => match numbers.get(row).copied().flatten() {
            None => "-".to_owned(),
            Some(number) if column.name == STEP.name => grouped(number as u64),
            Some(number) if column.name == trpo::BACKTRACKS.name => number.to_string(),
            Some(number) if column.name == RETURN_MEAN.name => format!("{number:.1}"),
            Some(number) if number != 0.0 && number.abs() < 1e-3 => format!("{number:.2e}"),
            Some(number) => format!("{number:.5}"),
        },
    }
}
