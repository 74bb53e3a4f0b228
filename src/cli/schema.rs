//! `trpo-lab schema`: the JSON Schema of records.

use std::io::Write;
use std::process::ExitCode;

use super::CliError;
use crate::lab::Lab;
use crate::schema;

/// Print the JSON Schema of the records of runs.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(lab: &Lab, _: &Args) -> Result<ExitCode, CliError> {
    let text = serde_json::to_string_pretty(&schema::of_records(lab));
    let text = text.map_err(|error| CliError::Failure(error.to_string()))?;
    writeln!(crate::console::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
