//! `trpo-lab slurm`: an experiment in parts, as jobs of Slurm.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use super::outline::update_seconds;
use super::{CliError, Out, at_least_one, read_experiment};
use crate::experiment::disk::write;
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::plan::Plan;
use crate::experiment::progress::shown;
use crate::experiment::runner::{self, cost};
use crate::experiment::store::Store;
use crate::experiment::{ledger, source};
use crate::format::count;
use crate::lab::Lab;
use crate::say;
use crate::train::{Observer, Trainer};

const ARRAY: &str = include_str!("slurm.sh");
const MERGE: &str = include_str!("slurm_merge.sh");

/// Seconds before the end of its time that a task is told; less where it has little.
const NOTICE: u64 = 120;

/// What an estimate is multiplied with: evaluations come on top of it, and nodes differ.
const MARGIN: f64 = 2.0;

/// How long a pilot run takes.
const PILOT: Duration = Duration::from_secs(5);

/// Write the jobs that make an experiment on a cluster with Slurm, and submit them.
///
/// An array of jobs makes the parts, each of which goes on after its time is over or it was
/// preempted; a last job puts them together, or says what is missing. The scripts stand in the
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
    /// The partition [default: the cluster's].
    #[arg(long, value_name = "P")]
    partition: Option<String>,
    /// The time of a part, as Slurm writes it: minutes, H:MM:SS, D-HH:MM:SS.
    #[arg(long, value_name = "T", default_value = "60")]
    time: String,
    /// CPUs of a part, of which each makes a run.
    #[arg(long, value_name = "C", value_parser = at_least_one, default_value = "1")]
    cpus: NonZeroUsize,
    /// Memory of a part, as Slurm writes it: 4G.
    #[arg(long, value_name = "M")]
    mem: Option<String>,
    /// Parts that are made at a time.
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    max_parallel: Option<NonZeroUsize>,
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
    let seconds = seconds(&args.time).ok_or_else(|| {
        CliError::Usage(format!(
            "--time {}: write it as Slurm does: minutes, H:MM:SS or D-HH:MM:SS",
            args.time
        ))
    })?;
    let template = match &args.template {
        None => ARRAY.to_owned(),
        Some(path) => fs::read_to_string(path)
            .map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?,
    };
    let experiment = read_experiment(lab, &args.experiment, &Overrides::default())?;
    let plan = &experiment.plan;
    let store = Store::new(&args.out.root, &plan.name);
    source::check(&store, &experiment.path)?;
    ledger::check(&experiment.path, &plan.usage())?;
    let runs = plan.cells.len() * plan.seeds.len();
    let shards = match args.shards {
        Some(shards) => usize::from(shards),
        None => parts(lab, &experiment, &store, seconds, args.cpus.get())?,
    };
    let folder = store.directory().join("slurm");
    let words = Words {
        args,
        name: &plan.name,
        shards,
        notice: notice(seconds),
        folder: &folder,
    };
    let mut arrays = Vec::new();
    let most = usize::from(args.array_size);
    for (number, first) in (0..shards).step_by(most).enumerate() {
        let path = folder.join(format!("array-{}.sh", number + 1));
        let tasks = most.min(shards - first);
        let text = words.fill(&template, first, tasks)?;
        write(&path, text.as_bytes())?;
        arrays.push(path);
    }
    let merge = folder.join("merge.sh");
    write(&merge, words.fill(MERGE, 0, 1)?.as_bytes())?;
    say!(
        "{}: {} in {}, {} at most each; scripts in {}",
        plan.name,
        count(runs, "run"),
        count(shards, "part"),
        shown(seconds as f64),
        folder.display()
    );
    if args.submit {
        submit(&arrays, &merge)?;
    } else {
        for path in &arrays {
            say!("sbatch {}", path.display());
        }
        say!("sbatch --dependency=afterany:JOB[:JOB] {}", merge.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Into how many parts an experiment is cut, so that each is made by so many CPUs within
/// `seconds`.
fn parts(
    lab: &Lab,
    experiment: &Experiment,
    store: &Store,
    seconds: u64,
    cpus: usize,
) -> Result<usize, CliError> {
    let plan = &experiment.plan;
    let runs = runner::all_runs(experiment);
    let known = update_seconds(plan, store.directory());
    let total = match known {
        Some(total) => total,
        None => pilot(lab, plan, runs.iter().map(|run| cost(run.config)).sum())?,
    };
    let total = MARGIN * total;
    say!(
        "{}: about {} of one CPU, doubled for evaluations and slower nodes",
        plan.name,
        shown(total)
    );
    let each = seconds.saturating_sub(notice(seconds)).max(1) as f64;
    let parts = (total / (each * cpus as f64)).ceil();
    Ok((parts as usize).clamp(1, runs.len().max(1)))
}

/// Seconds of a time as Slurm writes it; `None` of none, and of 0.
fn seconds(text: &str) -> Option<u64> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(days.parse::<u64>().ok()?), rest),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = rest.split(':').map(|part| part.parse().ok()).collect();
    let seconds = match (days, parts?.as_slice()) {
        (None, [minutes]) => minutes * 60,
        (None, [minutes, seconds]) => minutes * 60 + seconds,
        (days, [hours, rest @ ..]) if rest.len() <= 2 => {
            let of = |place: usize| rest.get(place).copied().unwrap_or(0);
            (days.unwrap_or(0) * 24 + hours) * 3600 + of(0) * 60 + of(1)
        }
        _ => return None,
    };
    (seconds > 0).then_some(seconds)
}

/// Seconds before its end at which a task of so many is told.
fn notice(seconds: u64) -> u64 {
    match seconds < 3 * 60 {
        true => seconds * 2 / 3,
        false => NOTICE,
    }
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
fn pilot(lab: &Lab, plan: &Plan, total: u64) -> Result<f64, CliError> {
    let dearest = plan.cells.iter().max_by_key(|cell| cost(&cell.config));
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

/// What stands for the words in braces.
struct Words<'a> {
    args: &'a Args,
    name: &'a str,
    shards: usize,
    notice: u64,
    folder: &'a Path,
}

impl Words<'_> {
    /// `template` for `tasks` parts after the first `first`.
    fn fill(&self, template: &str, first: usize, tasks: usize) -> Result<String, CliError> {
        let args = self.args;
        let here = std::env::current_dir().map_err(here_failed)?;
        let program = std::env::current_exe().map_err(here_failed)?;
        let throttle = args.max_parallel.map(|most| format!("%{most}"));
        let options = [("partition", &args.partition), ("mem", &args.mem)];
        let options = options.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!("#SBATCH --{name}={value}\n"))
        });
        let log = |name: &str| self.folder.join(name).display().to_string();
        let words = [
            ("job", format!("trpo-lab-{}", self.name)),
            (
                "array",
                format!("1-{tasks}{}", throttle.unwrap_or_default()),
            ),
            ("cpus", args.cpus.to_string()),
            ("time", args.time.clone()),
            ("notice", self.notice.to_string()),
            ("log", log("%A_%a.log")),
            ("merge_log", log("merge-%j.log")),
            ("options", options.collect()),
            ("first", first.to_string()),
            ("shards", self.shards.to_string()),
            ("folder", quoted(&here.display().to_string())),
            ("program", quoted(&program.display().to_string())),
            ("experiment", quoted(&args.experiment)),
            ("out", quoted(&args.out.root.display().to_string())),
        ];
        let mut text = template.to_owned();
        for (word, value) in &words {
            text = text.replace(&format!("{{{word}}}"), value);
        }
        Ok(text)
    }
}

fn here_failed(error: io::Error) -> CliError {
    CliError::Failure(format!(
        "the program or its folder cannot be found: {error}"
    ))
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Submits the arrays, and after them what puts their parts together.
fn submit(arrays: &[PathBuf], merge: &Path) -> Result<(), CliError> {
    let jobs: Result<Vec<String>, CliError> =
        arrays.iter().map(|path| sbatch(path, None)).collect();
    let jobs = jobs?;
    let last = sbatch(merge, Some(&jobs.join(":")))?;
    say!("submitted: {}, then {last}", jobs.join(", "));
    Ok(())
}

/// The number of the job.
fn sbatch(script: &Path, after: Option<&str>) -> Result<String, CliError> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable");
    if let Some(jobs) = after {
        command.arg(format!("--dependency=afterany:{jobs}"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        for (text, expected) in [
            ("5", Some(300)),
            ("5:30", Some(330)),
            ("1:00:05", Some(3605)),
            ("2-3", Some(51 * 3600)),
            ("1-00:10:00", Some(87_000)),
            ("0", None),
            ("", None),
            ("1:2:3:4", None),
            ("soon", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!((notice(60), notice(180), notice(86_400)), (40, 120, 120));
    }

    #[test]
    fn a_shell_reads_what_was_quoted() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
