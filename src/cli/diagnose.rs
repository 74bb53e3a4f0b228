//! `trpo-lab diagnose`: what is measured of runs beside what they record.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{CliError, Jobs, Out, each, results, signals};
use crate::diagnostics;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Plan;
use crate::experiment::progress::{grouped, shown};
use crate::experiment::store::Store;
use crate::experiment::verify;
use crate::lab::Lab;
use crate::{say, warn};

/// Measure what experiments ask of their runs beside what they record.
///
/// The runs that the manifest lists are made again up to the updates that are asked
/// for. Writes DIR/EXPERIMENT/diagnostics/NAME/TASK/VARIANT/seed-N.json for those of which
/// no such file stands; `trpo-lab summarize` makes diagnostics.csv of them. Exits with
/// 1 if a run is not the one that the manifest lists.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab diagnose vine-noise                   goes on where it was interrupted
  trpo-lab summarize vine-noise                  tables and claims with what it found")]
pub struct Args {
    /// Names of experiments.
    #[arg(required = true, value_name = "EXPERIMENT")]
    experiments: Vec<String>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    each(&args.experiments, |name| {
        let store = results(&args.out.root, name)?;
        let manifest = verify::manifest(lab, &store)?;
        if manifest.analysis.diagnostics.is_empty() {
            say!("{}: nothing is asked of its runs", manifest.experiment);
        }
        complete(lab, &store, &manifest, &args.jobs)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Says what the diagnostics of `plan` will cost, where it has some.
pub(super) fn announce(lab: &Lab, plan: &Plan) {
    if plan.analysis.diagnostics.is_empty() {
        return;
    }
    let training = plan.cells.iter().map(|cell| cell.config.total_steps());
    let training = training.sum::<u64>() * plan.seeds.len() as u64;
    let [most, training] = [diagnostics::most_steps(lab, plan) as u64, training].map(grouped);
    say!(
        "{}: diagnostics make at most {most} steps beside {training} of training",
        plan.name
    );
}

/// Measures what is missing of what `manifest` asks.
pub(super) fn complete(
    lab: &Lab,
    store: &Store,
    manifest: &Manifest,
    jobs: &Jobs,
) -> Result<(), CliError> {
    let missing = diagnostics::missing(store, manifest).map_err(CliError::Usage)?;
    if missing.is_empty() {
        return Ok(());
    }
    let interrupt = signals::listen();
    let threads = jobs.workers(lab.kernel()).jobs;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| CliError::Failure(format!("no threads: {error}")))?;
    let (started, done) = (Instant::now(), AtomicUsize::new(0));
    let make = |one: &diagnostics::Missing<'_>| {
        if interrupt.is_asked() {
            return Ok(());
        }
        one.make(lab, store)?;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let left = missing.len() - done;
        let seconds = started.elapsed().as_secs_f64() / done as f64 * left as f64;
        warn!(
            "[{done}/{}] {}, {} left",
            missing.len(),
            one.label(),
            shown(seconds)
        );
        Ok(())
    };
    let failed: Vec<String> = pool.install(|| {
        let made = missing.par_iter().map(make);
        made.filter_map(Result::err).collect()
    });
    if interrupt.is_asked() {
        let message = format!("stopped; {} are made", done.load(Ordering::Relaxed));
        return Err(CliError::Interrupted(message));
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(CliError::Failure(failed.join("\n"))),
    }
}
