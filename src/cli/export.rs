//! `trpo-lab export`: records for other programs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;

use super::summarize::{manifest, records};
use super::{CliError, Out, results};
use crate::experiment::disk;
use crate::export;
use crate::lab::Lab;
use crate::saved::SavedPolicy;
use crate::say;

/// Write the records of an experiment, or a policy, for other programs.
///
/// rliable: rliable.json, scores and curves as arrays of runs x tasks.
/// csv: tidy tables, csv/scores.csv, curves.csv, updates.csv, episodes.csv.
/// tensorboard: a folder for every run, for tensorboard --logdir.
/// onnx: of the file of a policy, a model that takes observations as the task gives them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab export --format rliable               the main experiment
  trpo-lab export smoke --format csv --out elsewhere
  trpo-lab export --format tensorboard --to logs && tensorboard --logdir logs
  trpo-lab export --format onnx results/train/policies/CartPole-v1/trpo-0a1b2c3d/seed-0.safetensors")]
pub struct Args {
    /// Name of the experiment; of onnx the file of a policy [default: classic].
    #[arg(value_name = "EXPERIMENT|POLICY")]
    experiment: Option<String>,
    /// For which program.
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    out: Out,
    /// Where the export goes [default: DIR/EXPERIMENT/export; of onnx a file beside the policy].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Rliable,
    Csv,
    Tensorboard,
    Onnx,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let format = match args.format {
        Format::Rliable => export::Format::Rliable,
        Format::Csv => export::Format::Csv,
        Format::Tensorboard => export::Format::Tensorboard,
        Format::Onnx => return write_model(args),
    };
    let experiment = args.experiment.as_deref().unwrap_or("classic");
    let store = results(&args.out.root, experiment)?;
    let mut manifest = manifest(&store)?;
    for cell in &mut manifest.cells {
        lab.resolve(&mut cell.config.algorithm);
    }
    let records = records(&store, &manifest)?;
    let to = args.to.clone();
    let to = to.unwrap_or_else(|| store.directory().join("export"));
    for path in export::write(format, &records, &manifest, &to)? {
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the model of a policy beside its file, or where it should go.
fn write_model(args: &Args) -> Result<ExitCode, CliError> {
    let Some(path) = args.experiment.as_deref().map(Path::new) else {
        let message = "--format onnx takes the file of a policy, such as \
                       results/train/policies/ENV/VARIANT/seed-0.safetensors";
        return Err(CliError::Usage(message.to_owned()));
    };
    let policy = SavedPolicy::read(path)?;
    let to = args
        .to
        .clone()
        .unwrap_or_else(|| path.with_extension("onnx"));
    disk::write(&to, &export::onnx::model(&policy))?;
    say!("{}", to.display());
    Ok(ExitCode::SUCCESS)
}
