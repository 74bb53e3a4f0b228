//! `trpo-lab export`: records for other programs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;

use super::summarize::{manifest, records};
use super::{CliError, Out, results};
use crate::export;
use crate::lab::Lab;
use crate::say;

/// Write the records of an experiment for other programs.
///
/// rliable: rliable.json, scores and curves as arrays of runs x tasks.
/// csv: tidy tables, csv/scores.csv, curves.csv, updates.csv, episodes.csv.
/// tensorboard: a folder for every run, for tensorboard --logdir.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab export --format rliable               the main experiment
  trpo-lab export smoke --format csv --out elsewhere
  trpo-lab export --format tensorboard --to logs && tensorboard --logdir logs")]
pub struct Args {
    /// Name of the experiment.
    #[arg(value_name = "EXPERIMENT", default_value = "classic")]
    experiment: String,
    /// For which program.
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    out: Out,
    /// Where the export goes [default: DIR/EXPERIMENT/export].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Rliable,
    Csv,
    Tensorboard,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let store = results(&args.out.root, &args.experiment)?;
    let mut manifest = manifest(&store)?;
    for cell in &mut manifest.cells {
        lab.resolve(&mut cell.config.algorithm);
    }
    let records = records(&store, &manifest)?;
    let format = match args.format {
        Format::Rliable => export::Format::Rliable,
        Format::Csv => export::Format::Csv,
        Format::Tensorboard => export::Format::Tensorboard,
    };
    let to = args.to.clone();
    let to = to.unwrap_or_else(|| store.directory().join("export"));
    for path in export::write(format, &records, &manifest, &to)? {
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
