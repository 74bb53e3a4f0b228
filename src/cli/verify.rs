//! `trpo-lab verify`: runs made again, their digests compared.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use super::{CliError, Jobs, Out, at_least_one, results, signals, study, whole_number};
use crate::env::gym::About;
use crate::experiment::manifest::Manifest;
use crate::experiment::runner::{self, Making, RunError};
use crate::experiment::store::Store;
use crate::experiment::verify;
use crate::lab::Lab;
use crate::{say, warn};

/// Make runs again and compare their digests with those of the manifest.
///
/// The configurations are those in DIR/EXPERIMENT/manifest.json, the records
/// go to a temporary folder, and results are never touched. For a run that
/// differs, says which updates are the first that do. Exits with 1 unless all
/// are equal.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab verify                                every run of the main experiment
  trpo-lab verify --sample 12                    twelve of them
  trpo-lab verify smoke --sample 4 --seed 1 --jobs 1 --out elsewhere")]
pub struct Args {
    /// Names of experiments.
    #[arg(value_name = "EXPERIMENT", default_value = "classic")]
    experiments: Vec<String>,
    /// Make only N runs of each experiment, drawn at random.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    sample: Option<NonZeroUsize>,
    /// Draws the sample: another seed, other runs.
    #[arg(long, value_name = "S", default_value_t = 0, requires = "sample",
        value_parser = whole_number)]
    seed: u64,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    // All manifests first: a damaged one must not come after an hour.
    let is_study = |name: &&String| study::is_made(&args.out.root.join(name.as_str()));
    let (studies, names): (Vec<&String>, Vec<&String>) =
        args.experiments.iter().partition(is_study);
    let manifests = names
        .into_iter()
        .map(|name| Ok(verify::manifest(lab, &results(&args.out.root, name)?)?))
        .collect::<Result<Vec<_>, CliError>>()?;
    let count = args.sample.map_or(usize::MAX, NonZeroUsize::get);
    let mut all_equal = true;
    for name in studies {
        all_equal &= study::verify(lab, &args.out.root, name, count)?;
    }
    for manifest in &manifests {
        all_equal &= is_reproduced(lab, manifest, count, args)?;
    }
    Ok(if all_equal {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Makes `count` runs of an experiment again, and says what differs.
fn is_reproduced(
    lab: &Lab,
    manifest: &Manifest,
    count: usize,
    args: &Args,
) -> Result<bool, CliError> {
    let (listed, runs): (Vec<_>, Vec<_>) = verify::sample(manifest, count, args.seed)
        .into_iter()
        .unzip();
    // First of all: what stops early must still remove its folder.
    let interrupt = signals::listen();
    let folder = tempfile::Builder::new()
        .prefix("trpo-lab-verify-")
        .tempdir()
        .map_err(|error| CliError::Failure(format!("no temporary folder: {error}")))?;
    interrupt.remove_on_leaving(folder.path());
    let store = Store::new(folder.path(), "made");
    let made = runner::complete_runs(
        &runs,
        &store,
        Making::new(lab, args.jobs.workers(lab.kernel())).without_policies(),
        interrupt,
    );
    let outcome = match made {
        // Its advice, to give the command again, is for records that stay.
        Err(RunError::Interrupted { done, runs }) => {
            let name = &manifest.experiment;
            let message = format!("{name}: stopped after {done} of {runs} runs, none compared");
            return Err(CliError::Interrupted(message));
        }
        made => made?,
    };
    for failure in &outcome.failures {
        warn!("failed: {failure}");
    }
    let mut equal = 0;
    for ((listed, run), made) in listed.iter().zip(&runs).zip(&outcome.entries) {
        match verify::difference(listed, made, run.config.updates()) {
            None => equal += 1,
            Some(difference) => say!("{}: {difference}", run.label()),
        }
    }
    say!("{}", verdict(manifest, equal, listed.len()));
    for line in gymnasium(lab, manifest) {
        say!("{line}");
    }
    Ok(equal == listed.len())
}

/// What the digests of tasks of Gymnasium can be expected to say here.
fn gymnasium(lab: &Lab, manifest: &Manifest) -> Vec<String> {
    let line = |(task, then): (&String, &About)| {
        let cell = manifest.cells.iter().find(|cell| cell.env == *task)?;
        let now = lab.task_of(&cell.config).ok()?;
        let (_, now) = now.gymnasium()?;
        let rule = "digests of this task hold for one machine and equal versions";
        Some(match **now == *then {
            true => format!("{task}: {rule}; those are equal"),
            false => format!(
                "{task}: {rule}; the runs were made with {}, here are {}{}",
                then.versions(),
                now.versions(),
                match now.module_sha256 == then.module_sha256 {
                    true => String::new(),
                    false => format!("; the file of `{}` has changed", now.module),
                }
            ),
        })
    };
    manifest.gymnasium.iter().filter_map(line).collect()
}

/// `classic: 12 of 12 digests equal (a sample of the 200 runs)`.
fn verdict(manifest: &Manifest, equal: usize, compared: usize) -> String {
    let mut text = format!(
        "{}: {equal} of {compared} digests equal",
        manifest.experiment
    );
    let all = manifest.runs.len();
    if compared < all {
        text += &format!(" (a sample of the {all} runs)");
    }
    if equal < compared {
        text += &format!("; those listed are of commit {}", manifest.commit);
    }
    text
}
