//! `trpo-lab reproduce`: everything from runs to report.

use std::process::ExitCode;
use std::time::Instant;

use super::run::{exit_code, make};
use super::summarize::summarize;
use super::{CliError, Jobs, Out, experiment_path, signals};
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::manifest::Manifest;
use crate::experiment::progress;
use crate::experiment::runner;
use crate::experiment::store::Store;
use crate::{figures, report};

/// Make the runs, tables, figures and report of experiments.
///
/// Says how many runs have the digests of the committed manifest before it
/// replaces it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab reproduce
  trpo-lab reproduce smoke --out elsewhere --jobs 1")]
pub struct Args {
    /// Experiments: TOML files, or names of those in experiments/.
    #[arg(value_name = "EXPERIMENT", default_value = "classic")]
    experiments: Vec<String>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let mut code = ExitCode::SUCCESS;
    // All files first: a mistake in the last must not come after hours.
    let experiments = args
        .experiments
        .iter()
        .map(|name| Experiment::read(&experiment_path(name), &Overrides::default()))
        .collect::<Result<Vec<_>, _>>()?;
    for experiment in &experiments {
        let store = Store::new(&args.out.root, &experiment.name);
        runner::check_memory(experiment, &store, args.jobs.workers())?;
    }
    for experiment in &experiments {
        // All runs of the one before may have been complete already.
        if signals::listen().is_asked() {
            let message = format!("stopped before `{}`", experiment.name);
            return Err(CliError::Interrupted(message));
        }
        let started = Instant::now();
        let store = Store::new(&args.out.root, &experiment.name);
        // A damaged manifest is replaced, not obeyed.
        let before = store.manifest().ok().flatten();
        let (manifest, outcome) = make(experiment, &store, args.jobs.workers())?;
        if let Some(before) = before {
            println!("{}", agreement(&before, &outcome.entries));
        }
        summarize(&store, &manifest)?;
        let drawn = figures::draw_all(store.directory())?;
        println!(
            "{}: {} figure files in {}, after {}",
            experiment.name,
            drawn.len(),
            store.directory().join("figures").display(),
            progress::shown(started.elapsed().as_secs_f64())
        );
        if exit_code(&outcome) != ExitCode::SUCCESS {
            code = ExitCode::FAILURE;
        }
    }
    report::write(&args.out.root)?;
    println!("report: {}", args.out.root.join("REPORT.md").display());
    Ok(code)
}

/// How many digests are those of the manifest that stood before.
fn agreement(before: &Manifest, entries: &[crate::experiment::manifest::RunEntry]) -> String {
    let (equal, all) = before.agreement(entries);
    let mut text = format!("{}: {equal} of {all} digests equal", before.experiment);
    if before.numerics != crate::record::NUMERICS {
        text += &format!(
            " (those before have numerics version {}, this program {})",
            before.numerics,
            crate::record::NUMERICS
        );
    }
    text
}
