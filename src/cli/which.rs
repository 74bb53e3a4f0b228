//! `trpo-lab which`: where a figure comes from.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::CliError;
use crate::figures;

/// Say which experiment, manifest and commit a figure was drawn from.
///
/// Every SVG and PNG that trpo-lab draws carries the name of its experiment, the
/// digest of the manifest of its runs, and the commit that made them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab which results/classic/figures/learning_curves.png")]
pub struct Args {
    /// The figure: SVG or PNG.
    #[arg(value_name = "FIGURE")]
    figure: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let found = figures::origin(&args.figure)?;
    let mut out = crate::console::stdout();
    for (keyword, text) in found {
        writeln!(out, "{keyword:<10}  {text}")?;
    }
    Ok(ExitCode::SUCCESS)
}
