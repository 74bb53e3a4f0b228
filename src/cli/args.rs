//! Arguments that commands share.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(unix)]
use crate::env::gym::Interpreter;
use crate::experiment::runner::{self, Making, Workers};
use crate::kernels::Kernel;
use crate::lab::Lab;
use crate::summary::Extent;

/// Reads a number of runs.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    let wrong = |_| "it must be a whole number of at least 1".to_owned();
    text.parse().map_err(wrong)
}

/// Reads a seed or a number of steps.
pub(super) fn whole_number(text: &str) -> Result<u64, String> {
    let wrong = |_| format!("it must be a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(wrong)
}

/// What `--all` asks for.
pub(super) fn extent(all: bool) -> Extent {
    if all {
        Extent::Everything
    } else {
        Extent::Usual
    }
}

/// How many threads make runs.
#[derive(Debug, clap::Args)]
pub(super) struct Jobs {
    /// Runs made at a time; by default one for each core.
    #[arg(long, value_name = "N", value_parser = threads)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    threads: Threads,
}

/// How many threads work inside a run.
#[derive(Debug, clap::Args)]
pub(super) struct Threads {
    /// Threads inside each run, which change no bit of it; by default more than
    /// one only when fewer runs are left than there are cores.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads_per_run: Option<NonZeroUsize>,
}

/// More threads than this no machine gives a process.
const MOST_THREADS: usize = 1024;

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|n: &NonZeroUsize| n.get() <= MOST_THREADS);
    number.ok_or_else(|| format!("it must be a whole number from 1 to {MOST_THREADS}"))
}

impl Jobs {
    pub(super) fn workers(&self, kernel: Kernel) -> Workers {
        let cores = || std::thread::available_parallelism().ok();
        self.threads
            .workers(self.jobs.or_else(cores).map_or(1, usize::from), kernel)
    }
}

impl Threads {
    pub(super) fn workers(&self, jobs: usize, kernel: Kernel) -> Workers {
        Workers {
            jobs,
            threads_per_run: self.threads_per_run.map(usize::from),
            kernel,
        }
    }
}

/// How often the state of a run under way is written.
#[derive(Debug, clap::Args)]
pub(super) struct Checkpoints {
    /// Wall time between two checkpoints of a run: what is lost of it when the process is
    /// killed. Asked to stop, a run writes one and loses nothing. They change no bit; 0: after
    /// every update.
    #[arg(long = "checkpoint-every", value_name = "SECONDS", value_parser = pause)]
    #[arg(default_value_t = runner::CHECKPOINT_EVERY.as_secs())]
    every: u64,
}

fn pause(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|n| *n <= 86_400);
    number.ok_or_else(|| "it must be a whole number from 0 to 86400".to_owned())
}

impl Checkpoints {
    /// What is made so, with checkpoints so often.
    pub(super) fn of<'a>(&self, making: Making<'a>) -> Making<'a> {
        making.with_checkpoints_every(Duration::from_secs(self.every))
    }
}

/// Whether runs that stand are made again.
#[derive(Debug, clap::Args)]
pub(super) struct Again {
    /// Make every run again, also those of which a record stands.
    #[arg(long)]
    again: bool,
}

impl Again {
    pub(super) fn is_wanted(&self) -> bool {
        self.again
    }

    pub(super) fn making<'a>(&self, lab: &'a Lab, jobs: &Jobs) -> Making<'a> {
        Making {
            again: self.again,
            ..Making::new(lab, jobs.workers(lab.kernel()))
        }
    }
}

/// Where results stand.
#[derive(Debug, clap::Args)]
pub(super) struct Out {
    /// The folder of results; an experiment has a folder of its name in it.
    #[arg(long = "out", value_name = "DIR", default_value = "results")]
    pub(super) root: PathBuf,
}

/// The variable that names the Python of tasks of Gymnasium.
const PYTHON_VARIABLE: &str = "TRPO_LAB_PYTHON";

/// How environments of Gymnasium are made.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tasks of Gymnasium")]
pub(super) struct Gymnasium {
    /// The Python with gymnasium that makes tasks `gym:ID` [default: python3].
    #[arg(long, value_name = "PROGRAM", global = true)]
    python: Option<String>,
    /// Seconds within which an environment must have made a step or begun episodes.
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 60, value_parser = seconds)]
    env_timeout: u64,
}

fn seconds(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|n| (1..=86_400).contains(n));
    number.ok_or_else(|| "it must be a whole number from 1 to 86400".to_owned())
}

impl Gymnasium {
    /// The laboratory, whose environments of Gymnasium are made so.
    #[cfg(unix)]
    pub(super) fn of(&self, lab: Lab) -> Lab {
        let variable = || std::env::var(PYTHON_VARIABLE).ok();
        let python = self.python.clone().or_else(variable);
        let standard = Interpreter::default();
        lab.with_interpreter(Interpreter {
            python: python.unwrap_or(standard.python),
            seconds: self.env_timeout,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of(&self, lab: Lab) -> Lab {
        lab
    }
}
