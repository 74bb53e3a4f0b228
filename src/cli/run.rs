//! `trpo-lab run`: the runs of an experiment file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use super::{
    Again, Checkpoints, CliError, Jobs, outline, read_experiment, shard, signals, study,
    whole_number,
};
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::manifest::Manifest;
use crate::experiment::provenance::git_commit;
use crate::experiment::runner::{self, Making, Outcome};
use crate::experiment::shard::Shard;
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::experiment::{ledger, progress, seeds, source};
use crate::format::count;
use crate::lab::Lab;
use crate::{say, warn};

/// Make the runs of an experiment.
///
/// Every run leaves a record, results/EXPERIMENT/runs/ENV/VARIANT/seed-N.json.
/// A run whose record stands with the same configuration is not made again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab run experiments/smoke.toml
  trpo-lab run experiments/classic.toml --seeds 0..3 --steps 50000 --out quick
  trpo-lab run experiments/classic.toml --dry-run
  trpo-lab run experiments/classic.toml --shard 2/8")]
pub struct Args {
    /// The experiment: a TOML file, or the name of one of experiments/.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    #[command(flatten)]
    overrides: OverrideArgs,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    again: Again,
    #[command(flatten)]
    checkpoints: Checkpoints,
    /// Make part I of N of the runs alone, in a folder that others may share; `trpo-lab merge`
    /// puts all parts together.
    #[arg(long, value_name = "I/N", value_parser = Shard::from_str, conflicts_with = "again")]
    shard: Option<Shard>,
    /// The folder of results [default: results]. Needed to change an
    /// experiment whose results stand.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say what it costs and what it can see, print the complete configuration of every run,
    /// and make none.
    #[arg(long)]
    dry_run: bool,
}

/// What overrides the experiment file.
#[derive(Debug, clap::Args)]
pub(super) struct OverrideArgs {
    /// Seeds instead of the file's: `3`, `0..10` (without 10), `0..=9` or `1,2,5`.
    #[arg(long, value_name = "SEEDS", value_parser = Seeds::parse)]
    seeds: Option<Seeds>,
    /// Environment steps of a run.
    #[arg(long, value_name = "N", value_parser = whole_number)]
    steps: Option<u64>,
    /// Set a key for every run, over what the file says: `trpo.delta=0.02`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Clone)]
struct Seeds(Vec<u64>);

impl Seeds {
    fn parse(text: &str) -> Result<Self, String> {
        seeds::parse(text).map(Self)
    }
}

impl OverrideArgs {
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            seeds: self.seeds.as_ref().map(|seeds| seeds.0.clone()),
            assignments: assignments(self.steps, &self.set),
        }
    }
}

/// `--steps` and `--set` as assignments.
pub(super) fn assignments(steps: Option<u64>, set: &[String]) -> Vec<String> {
    let steps = steps.map(|steps| format!("steps={steps}"));
    set.iter().cloned().chain(steps).collect()
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    if study::is_one(&args.experiment) {
        return make_study(lab, args);
    }
    let experiment = read_experiment(lab, &args.experiment, &args.overrides.overrides())?;
    let root = args.out.clone().unwrap_or_else(|| PathBuf::from("results"));
    if args.dry_run {
        let dir = root.join(&experiment.plan.name);
        print_configurations(&experiment, &outline::lines(lab, &experiment.plan, &dir))?;
        return Ok(ExitCode::SUCCESS);
    }
    let store = Store::new(&root, &experiment.plan.name);
    if experiment.is_changed && args.out.is_none() && has_others(&store, &experiment) {
        return Err(CliError::Usage(format!(
            "{} holds results of the experiment with other settings or seeds; \
             give --out DIR to run it with --seeds, --steps or --set",
            store.directory().display()
        )));
    }
    say_steps(&experiment);
    let making = args.checkpoints.of(args.again.making(lab, &args.jobs));
    let outcome = match args.shard {
        Some(shard) => {
            say_gymnasium(&experiment);
            shard::make(&experiment, &store, shard, making)?
        }
        None => make(&experiment, &store, making)?.1,
    };
    Ok(exit_code(&outcome))
}

/// Makes an experiment in which nothing is trained as usual.
fn make_study(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let study = study::read(&args.experiment)?;
    if !args.overrides.overrides().is_empty() {
        return Err(CliError::Usage(format!(
            "{}: a study of kind `{}` takes no --seeds, --steps or --set; change its file",
            study.path.display(),
            study.study.kind()
        )));
    }
    if args.shard.is_some() {
        let problem = "a study is not cut into parts; leave out --shard";
        return Err(CliError::Usage(problem.to_owned()));
    }
    if args.dry_run {
        let settings = serde_json::to_string_pretty(&study.asked.settings()).unwrap_or_default();
        say!(
            "{}: {}, seeds {}\n{settings}",
            study.name,
            count(study.seeds.len(), study.study.repetition()),
            seeds::shown(&study.seeds)
        );
        return Ok(ExitCode::SUCCESS);
    }
    let root = args.out.clone().unwrap_or_else(|| PathBuf::from("results"));
    study::make(lab, &study, &root, args.again.is_wanted())
}

/// Whether results stand that are not of this plan.
fn has_others(store: &Store, experiment: &Experiment) -> bool {
    let standing = store.manifest();
    standing.map_or(true, |standing| {
        standing.is_some_and(|standing| !standing.is_of(&experiment.plan))
    })
}

/// Makes the runs and the manifest, and says so.
pub(super) fn make(
    experiment: &Experiment,
    store: &Store,
    making: Making<'_>,
) -> Result<(Manifest, Outcome), CliError> {
    let _lock = store.lock()?;
    shard::refuse(&experiment.plan.name, store, store)?;
    source::claim(store, experiment)?;
    Stated::settle(store, &experiment.plan)?;
    // A damaged manifest is replaced, not obeyed.
    if let Some(standing) = store.manifest().ok().flatten() {
        for change in experiment.changes_since(&standing) {
            say!("{}: {change}", experiment.plan.name);
        }
    }
    say_gymnasium(experiment);
    // What does not begin looks at no seed.
    runner::check_memory(experiment, store, making)?;
    ledger::enter(&experiment.path, &experiment.plan.usage())?;
    let planned = Manifest::new(&experiment.plan, git_commit(), Vec::new());
    store.begin(&planned, &experiment.plan)?;
    let outcome = runner::complete(experiment, store, making, signals::listen())?;
    let new = Manifest::new(
        &experiment.plan,
        outcome.commit.clone(),
        outcome.entries.clone(),
    );
    let manifest = store.update_manifest(new)?;
    store.end()?;
    let (made, reused) = (outcome.made as u64, outcome.reused as u64);
    say!(
        "{}: {} runs made, {} stood already; records in {}",
        experiment.plan.name,
        progress::grouped(made),
        progress::grouped(reused),
        store.directory().join("runs").display()
    );
    for failure in &outcome.failures {
        warn!("failed: {failure}");
    }
    Ok((manifest, outcome))
}

/// Says how many steps will be made where the command line asks for another
/// number, since an update takes a whole batch.
pub(super) fn say_steps(experiment: &Experiment) {
    let mut said = Vec::new();
    for config in experiment.plan.cells.iter().map(|cell| &cell.config) {
        let (steps, made) = (config.common.steps as u64, config.total_steps());
        let rounding = (steps, made, config.common.batch as u64);
        if experiment.is_changed && steps != made && !said.contains(&rounding) {
            said.push(rounding);
        }
    }
    for (steps, made, batch) in said {
        let [steps, made, batch] = [steps, made, batch].map(progress::grouped);
        say!("steps = {steps}: {made} will be made, in whole batches of {batch}");
    }
    let mut said = Vec::new();
    for config in experiment.plan.cells.iter().map(|cell| &cell.config) {
        said.extend(config.fewer_points().filter(|line| !said.contains(line)));
    }
    for line in said {
        say!("{line}");
    }
}

/// Says what holds of environments of Gymnasium and of no other task, before they are
/// trained on.
pub(super) fn say_gymnasium(experiment: &Experiment) {
    for (task, about) in &experiment.plan.gymnasium {
        say!(
            "{task}: {}; digests hold for this machine and these versions, and a run that is \
             interrupted begins anew",
            about.versions()
        );
        if let Some(warning) = about.warning(task) {
            warn!("{warning}");
        }
    }
}

/// 1 if a run failed.
pub(super) fn exit_code(outcome: &Outcome) -> ExitCode {
    if outcome.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print_configurations(experiment: &Experiment, outline: &[String]) -> Result<(), CliError> {
    use std::io::Write;
    let mut out = crate::console::stdout();
    for line in outline {
        writeln!(out, "# {line}")?;
    }
    writeln!(out)?;
    for cell in &experiment.plan.cells {
        let config =
            toml::to_string(&cell.config).map_err(|error| CliError::Failure(error.to_string()))?;
        writeln!(
            out,
            "# {} {}, seeds {:?}",
            cell.env, cell.variant, experiment.plan.seeds
        )?;
        writeln!(out, "# digest {}\n{config}", cell.config.digest())?;
    }
    Ok(())
}
