//! `trpo-lab dissect`: one step of a run, seen whole.

use std::process::ExitCode;

use super::{CliError, Out, results, whole_number};
use crate::dissect::{self, DissectError, Dissection, Interpolation};
use crate::experiment::manifest::Manifest;
use crate::experiment::selection::Selection;
use crate::experiment::store::Store;
use crate::experiment::verify::{self, ManifestError};
use crate::format::short;
use crate::lab::Lab;
use crate::{say, warn};

/// Make a run again up to one update, and measure the step that it makes there.
///
/// Writes DIR/EXPERIMENT/dissect/TASK-VARIANT-SEED-UPDATE.json: along the full step
/// of TRPO or NPG, from 0 to 1.5 of its length, the surrogate and the mean KL
/// divergence with their models, every candidate of the line search, the true
/// return, and what the conjugate gradient did. Of PPO it writes
/// DIR/EXPERIMENT/interpolate/TASK-VARIANT-SEED-UPDATE.json: from the old parameters
/// past the new ones, to 2.5 of the way, the surrogates and the mean KL divergence.
/// Results are never touched. Exits with 1 if the run is not the one that the
/// manifest lists.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab dissect classic --task CartPole-v1 --variant trpo --seed 200 --update 10
  trpo-lab plot classic                          draws it")]
pub struct Args {
    /// The experiment, whose manifest lists the run.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    /// The task.
    #[arg(long)]
    task: String,
    /// The variant, of TRPO, NPG or PPO.
    #[arg(long)]
    variant: String,
    /// The seed.
    #[arg(long, value_parser = whole_number)]
    seed: u64,
    /// The update, from 1: the step after which so many updates have been made.
    #[arg(long, value_name = "U", value_parser = whole_number)]
    update: u64,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let store = results(&args.out.root, &args.experiment)?;
    let manifest = verify::manifest(lab, &store).map_err(|error| match error {
        ManifestError::Missing(_) => CliError::Usage(error.to_string()),
        error => error.into(),
    })?;
    let selection = Selection {
        task: args.task.clone(),
        variant: args.variant.clone(),
        seed: args.seed,
        // No run has so many updates that the difference could be seen.
        update: usize::try_from(args.update).unwrap_or(usize::MAX),
    };
    make(lab, &store, &manifest, &selection)?;
    Ok(ExitCode::SUCCESS)
}

/// Dissects the updates that an experiment file asks for, but for those of which a
/// file of the same run stands. An update that there is not, as of a run that
/// diverged before it, is said and stops nothing.
pub(super) fn complete(
    lab: &Lab,
    store: &Store,
    manifest: &Manifest,
    asked: &[Selection],
) -> Result<(), CliError> {
    for selection in asked {
        if stands(store, manifest, selection) {
            say!("{}: {selection} is dissected already", manifest.experiment);
            continue;
        }
        match make(lab, store, manifest, selection) {
            Err(CliError::Usage(problem)) => warn!("{}: {problem}", manifest.experiment),
            made => made?,
        }
    }
    Ok(())
}

/// Whether a file of the run that `manifest` lists stands.
fn stands(store: &Store, manifest: &Manifest, selection: &Selection) -> bool {
    let Selection {
        task,
        variant,
        seed,
        update,
    } = selection;
    if dissect::is_interpolated(manifest, selection) {
        let path = Interpolation::path(store.directory(), selection);
        let standing = Interpolation::read(&path).ok();
        return standing.is_some_and(|standing| standing.is_of(manifest));
    }
    let path = dissect::path(store.directory(), task, variant, *seed, *update);
    // A damaged one is made again.
    let standing = Dissection::read(&path).ok();
    standing.is_some_and(|standing| standing.is_of(manifest))
}

fn make(
    lab: &Lab,
    store: &Store,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<(), CliError> {
    dissect::check(manifest, selection)?;
    warn!("{}: making {selection} again", manifest.experiment);
    if dissect::is_interpolated(manifest, selection) {
        let made = dissect::interpolate(lab, manifest, selection)?;
        let path = made.write(store.directory())?;
        let kl = made.taken().map_or(0.0, |taken| taken.kl_mean);
        say!("{}: a step of mean KL {}", path.display(), short(kl));
        return Ok(());
    }
    let made = dissect::dissect(lab, manifest, selection)?;
    let path = made.write(store.directory())?;
    let step = match made.accepted() {
        Some(taken) if taken.share < 1.0 => format!("{} of the full step is taken", taken.share),
        Some(_) => "the full step is taken".to_owned(),
        None => "no candidate is taken".to_owned(),
    };
    say!("{}: {step}", path.display());
    Ok(())
}

impl From<DissectError> for CliError {
    fn from(error: DissectError) -> Self {
        let message = error.to_string();
        match error {
            DissectError::Usage(_) | DissectError::NoStep(_) => CliError::Usage(message),
            _ => CliError::Failure(message),
        }
    }
}
