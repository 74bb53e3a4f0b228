//! `trpo-lab slurm`: an experiment in parts, as jobs of Slurm.

use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use super::outline::update_seconds;
use super::slurm_script::{Asks, Words, notice};
use super::{CliError, Out, at_least_one, read_experiment, search};
use crate::experiment::disk::write;
use crate::experiment::file::Overrides;
use crate::experiment::plan::Plan;
use crate::experiment::progress::shown;
use crate::experiment::runner::cost;
use crate::experiment::store::Store;
use crate::experiment::{ledger, source};
use crate::format::count;
use crate::lab::Lab;
use crate::say;
use crate::train::{Observer, Trainer};

const ARRAY: &str = include_str!("slurm.sh");
const MERGE: &str = include_str!("slurm_merge.sh");

/// What an estimate is multiplied with: evaluations come on top of it, and nodes differ.
const MARGIN: f64 = 2.0;

/// How long a pilot run takes.
const PILOT: Duration = Duration::from_secs(5);

/// Write the jobs that make an experiment on a cluster with Slurm, and submit them.
///
/// An array of jobs makes the parts, each of which goes on after its time is over or it was
/// preempted; a last job puts them together, or says what is missing. A search has both for each
/// rung, which begins when the one before it is closed. The scripts stand in the
/// folder of the results and can be read, changed and submitted by hand.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab slurm classic --partition short --time 60 --cpus 4
  trpo-lab slurm classic --shards 100 --max-parallel 20 --submit")]
pub struct Args {
    /// The experiment: a TOML file, or the name of one of experiments/.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    /// Into how many parts it is cut [default: as many as keep each within its time, by the
    /// times of earlier runs, or of a pilot run of seconds].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    shards: Option<NonZeroUsize>,
    #[command(flatten)]
    asks: Asks,
    /// The most tasks of an array that the cluster takes (its MaxArraySize, less 1): more
    /// parts become several arrays.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "1000")]
    array_size: NonZeroUsize,
    /// A script of your own instead of ours for the parts, with the same `{words}` in braces.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Submit the jobs with sbatch.
    #[arg(long)]
    submit: bool,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let seconds = args.asks.seconds()?;
    let template = match &args.template {
        None => ARRAY.to_owned(),
        Some(path) => fs::read_to_string(path)
            .map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?,
    };
    let search = search::read(lab, &args.experiment)?;
    let (experiment, command) = match &search {
        Some(search) => (search.experiment.clone(), "search"),
        None => {
            let overrides = Overrides::default();
            (read_experiment(lab, &args.experiment, &overrides)?, "run")
        }
    };
    let name = &experiment.plan.name;
    let store = Store::new(&args.out.root, name);
    source::check(&store, &experiment.path)?;
    let plans = match &search {
        Some(search) => {
            ledger::check(&experiment.path, &search.usage(&search.seeds()))?;
            let rungs = 0..search.rungs.len();
            let expected = rungs.map(|rung| search.plan(rung, &search.expected(rung)));
            expected.collect()
        }
        None => {
            ledger::check(&experiment.path, &experiment.plan.usage())?;
            vec![experiment.plan.clone()]
        }
    };
    let shards = match args.shards {
        Some(shards) => vec![usize::from(shards); plans.len()],
        None => parts(lab, name, &plans, &store, (seconds, args.asks.cpus.get()))?,
    };
    let folder = store.directory().join("slurm");
    let words = Words {
        asks: &args.asks,
        name,
        command,
        experiment: &args.experiment,
        out: &args.out.root,
        notice: notice(seconds),
        folder: &folder,
    };
    let mut stages = Vec::new();
    for (plan, shards) in plans.iter().zip(shards) {
        // The scripts of a rung have its name.
        let prefix = match &search {
            Some(_) => format!("{}-", plan.name),
            None => String::new(),
        };
        stages.push(Stage::write(
            &words,
            &template,
            &prefix,
            (shards, args.array_size),
        )?);
        say!(
            "{}: {} in {}, {} at most each; scripts in {}",
            plan.name,
            count(plan.cells.len() * plan.seeds.len(), "run"),
            count(shards, "part"),
            shown(seconds as f64),
            folder.display()
        );
    }
    match args.submit {
        true => say!("submitted: {}", submit(&stages)?.join(", then ")),
        false => stages.iter().enumerate().for_each(print),
    }
    Ok(ExitCode::SUCCESS)
}

/// Jobs of which the last waits for the others: those of an experiment, or of a rung.
struct Stage {
    arrays: Vec<PathBuf>,
    merge: PathBuf,
}

impl Stage {
    /// Writes the scripts of so many parts, in arrays of at most so many, their names after
    /// `prefix`.
    fn write(
        words: &Words<'_>,
        template: &str,
        prefix: &str,
        (shards, most): (usize, NonZeroUsize),
    ) -> Result<Self, CliError> {
        let most = usize::from(most);
        let mut arrays = Vec::new();
        for (number, first) in (0..shards).step_by(most).enumerate() {
            let path = words
                .folder
                .join(format!("{prefix}array-{}.sh", number + 1));
            let text = words.fill(template, shards, (first, most.min(shards - first)))?;
            write(&path, text.as_bytes())?;
            arrays.push(path);
        }
        let merge = words.folder.join(format!("{prefix}merge.sh"));
        write(&merge, words.fill(MERGE, shards, (0, 1))?.as_bytes())?;
        Ok(Self { arrays, merge })
    }
}

/// Into how many parts each of `plans` is cut, so that each is made by so many CPUs within so
/// many seconds.
fn parts(
    lab: &Lab,
    name: &str,
    plans: &[Plan],
    store: &Store,
    (seconds, cpus): (u64, usize),
) -> Result<Vec<usize>, CliError> {
    let known = match plans {
        [only] => update_seconds(only, store.directory()),
        _ => None,
    };
    let work = |plan: &Plan| -> u64 {
        let cells: u64 = plan.cells.iter().map(|cell| cost(&cell.config)).sum();
        cells * plan.seeds.len() as u64
    };
    let all: u64 = plans.iter().map(work).sum();
    let total = match known {
        Some(total) => total,
        None => pilot(lab, plans, all)?,
    };
    let total = MARGIN * total;
    say!(
        "{name}: about {} of one CPU, doubled for evaluations and slower nodes",
        shown(total)
    );
    let each = seconds.saturating_sub(notice(seconds)).max(1) as f64;
    let parts = plans.iter().map(|plan| {
        let its = total * work(plan) as f64 / all.max(1) as f64;
        let parts = (its / (each * cpus as f64)).ceil() as usize;
        parts.clamp(1, (plan.cells.len() * plan.seeds.len()).max(1))
    });
    Ok(parts.collect())
}

/// Stops a run after a while.
struct Brief(Instant);

impl Observer for Brief {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        match self.0.elapsed() > PILOT && trainer.updates() > 1 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Seconds of all runs, by the beginning of a run of the dearest cell, of which nothing is
/// kept. `total`: the cost of all of them.
fn pilot(lab: &Lab, plans: &[Plan], total: u64) -> Result<f64, CliError> {
    let cells = plans.iter().flat_map(|plan| &plan.cells);
    let dearest = cells.max_by_key(|cell| cost(&cell.config));
    let Some(cell) = dearest else {
        return Ok(0.0);
    };
    let mut config = cell.config.clone();
    config.common.evaluation_points = 0;
    // Of a seed that nobody reports.
    let trainer = Trainer::new(lab, &config, u64::MAX);
    let mut trainer = trainer.map_err(|error| CliError::Failure(error.to_string()))?;
    let begun = Instant::now();
    let _ = trainer.run(&mut Brief(begun));
    let share = trainer.steps() as f64 / config.total_steps().max(1) as f64;
    let each = begun.elapsed().as_secs_f64() / share.max(f64::MIN_POSITIVE);
    Ok(each * total as f64 / cost(&cell.config).max(1) as f64)
}

/// Prints what submits a stage, the `number`th.
fn print((number, stage): (usize, &Stage)) {
    let condition = match number {
        0 => "",
        // A rung begins when the one before it is closed.
        _ => " --dependency=afterok:MERGE --kill-on-invalid-dep=yes",
    };
    for path in &stage.arrays {
        say!("sbatch{condition} {}", path.display());
    }
    let merge = stage.merge.display();
    say!("sbatch --dependency=afterany:JOB[:JOB] {merge}");
}

/// Submits the stages, each after the one before it has succeeded; of each its arrays, and
/// after them what puts their parts together. Gives the numbers of the jobs.
fn submit(stages: &[Stage]) -> Result<Vec<String>, CliError> {
    let mut numbers = Vec::new();
    let mut merged: Option<String> = None;
    for stage in stages {
        let after = merged.map(|job| format!("afterok:{job}"));
        let jobs = stage.arrays.iter();
        let jobs: Result<Vec<String>, CliError> =
            jobs.map(|path| sbatch(path, after.as_deref())).collect();
        let jobs = jobs?;
        let last = sbatch(&stage.merge, Some(&format!("afterany:{}", jobs.join(":"))))?;
        numbers.push(jobs.join(", "));
        numbers.push(last.clone());
        merged = Some(last);
    }
    Ok(numbers)
}

/// The number of the job.
fn sbatch(script: &Path, after: Option<&str>) -> Result<String, CliError> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable");
    if let Some(condition) = after {
        command.arg(format!("--dependency={condition}"));
        // What waits for a job that failed would wait for ever.
        command.arg("--kill-on-invalid-dep=yes");
    }
    let output = command.arg(script).output().map_err(|error| {
        CliError::Failure(format!(
            "sbatch cannot be started: {error}; the scripts stand in {} and are submitted where \
             Slurm is",
            script.parent().unwrap_or(script).display()
        ))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let message = format!("sbatch refuses {}: {}", script.display(), said.trim());
        return Err(CliError::Failure(message));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.trim().split(';').next().unwrap_or_default().to_owned())
}
