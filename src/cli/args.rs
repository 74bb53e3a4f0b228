//! Arguments that commands share.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::experiment::runner::{Making, Workers};
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
