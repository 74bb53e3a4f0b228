//! `trpo-lab merge`: parts of an experiment, put together.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use super::parts::{Parts, Taking};
use super::reproduce::show;
use super::run::OverrideArgs;
use super::summarize::command;
use super::{CliError, Jobs, Out, merge_search, read_experiment, search};
use crate::experiment::file::Experiment;
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::provenance::git_commit;
use crate::experiment::shard::{self, Marker};
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::experiment::{ledger, source};
use crate::format::count;
use crate::lab::Lab;
use crate::record::Ending;
use crate::{say, warn};

/// Put together what `run --shard` made, in one folder or in several.
///
/// Checks every record against its digest, says what is missing, double or different, and
/// when nothing is writes the manifest, tables and figures. May be given again at any time.
/// Of a search it closes the rung that is open, and after the last writes what was chosen.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab run classic --shard 1/2; trpo-lab run classic --shard 2/2; trpo-lab merge classic
  trpo-lab merge classic --from /mnt/a/results --from /mnt/b/results
  trpo-lab merge classic --close     keeps the records, and lets it be cut anew")]
pub struct Args {
    /// The experiment or search: a TOML file, or the name of one of experiments/.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    #[command(flatten)]
    overrides: OverrideArgs,
    #[command(flatten)]
    taking: Taking,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    if let Some(search) = search::read(lab, &args.experiment)? {
        if !args.overrides.overrides().is_empty() {
            let problem = "a search takes no --seeds, --steps or --set; change its file";
            return Err(CliError::Usage(problem.to_owned()));
        }
        return merge_search::run(lab, &search, &args.out.root, &args.taking);
    }
    let experiment = read_experiment(lab, &args.experiment, &args.overrides.overrides())?;
    let (plan, name) = (&experiment.plan, &experiment.plan.name);
    let store = Store::new(&args.out.root, name);
    source::check(&store, &experiment.path)?;
    let parts = Parts::read(name, plan, &store, args.taking.folders(name)?)?;
    if args.taking.close {
        let _lock = store.lock()?;
        settle(&experiment, &store, &parts.markers)?;
        let planned = Manifest::new(plan, git_commit(), Vec::new());
        store.begin(&planned, plan)?;
        shard::close(&store)?;
        say!(
            "{name}: {} of {} runs have records; `{}` makes the others",
            store.count_records(plan),
            planned.planned(),
            command(&store, "run", name)
        );
        return Ok(ExitCode::SUCCESS);
    }
    let again = command(&store, "run", name);
    let (found, commit, _lock) = parts.gather(&experiment, &args.taking, &again)?;
    settle(&experiment, &store, &parts.markers)?;
    source::claim(&store, &experiment)?;
    ledger::enter(&experiment.path, &plan.usage())?;
    let is_failed = |entry: &&RunEntry| entry.status == Ending::Failed;
    let failed = found.entries.iter().filter(is_failed).count();
    let manifest = store.update_manifest(Manifest::new(plan, commit, found.entries))?;
    store.end()?;
    shard::close(&store)?;
    show(lab, &experiment, &store, &manifest, &args.jobs, started)?;
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        failed => {
            warn!("{} failed; the records say why", count(failed, "run"));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Writes down what the parts stated before their runs, or, where there are none, what is
/// stated now.
fn settle(
    experiment: &Experiment,
    store: &Store,
    markers: &[(PathBuf, Marker)],
) -> Result<(), CliError> {
    let statements = markers.iter().flat_map(|(_, marker)| &marker.statements);
    Stated::add(store.directory(), statements.cloned().collect())?;
    Ok(Stated::settle(store, &experiment.plan)?)
}
