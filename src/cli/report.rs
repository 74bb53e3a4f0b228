//! `trpo-lab report`: the report over all experiments.

use std::process::ExitCode;

use super::{CliError, Out};
use crate::report;
use crate::say;

/// Write REPORT.md and index.html over all experiments in the folder of
/// results.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    report::write(&args.out.root)?;
    say!("{}", args.out.root.join("REPORT.md").display());
    say!("{}", args.out.root.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}
