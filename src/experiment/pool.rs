//! The threads inside runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::work::Workers;
use crate::threads::Team;

/// One pool of threads for all runs, of which each at any time uses its share.
pub(super) struct Pool {
    threads: Arc<ThreadPool>,
    share: Arc<AtomicUsize>,
    under_way: AtomicUsize,
    /// `None`: every run has the share that `share` holds.
    cores: Option<usize>,
}

impl Pool {
    pub fn new(workers: Workers, jobs: usize) -> Result<Self, ThreadPoolBuildError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = workers
            .threads_per_run
            .map_or(cores, |threads| jobs.saturating_mul(threads));
        Ok(Self {
            threads: Arc::new(ThreadPoolBuilder::new().num_threads(threads).build()?),
            share: Arc::new(AtomicUsize::new(workers.threads_per_run.unwrap_or(1))),
            under_way: AtomicUsize::new(0),
            cores: workers.threads_per_run.is_none().then_some(cores),
        })
    }

    /// Makes a run, to which it lends a share of the threads.
    pub fn lend<R>(&self, make: impl FnOnce(Team) -> R) -> R {
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.divide_among(under_way);
        let made = make(Team::new(self.threads.clone(), self.share.clone()));
        let under_way = self.under_way.fetch_sub(1, Ordering::Relaxed) - 1;
        self.divide_among(under_way);
        made
    }

    fn divide_among(&self, under_way: usize) {
        if let Some(cores) = self.cores {
            let share = (cores / under_way.max(1)).max(1);
            self.share.store(share, Ordering::Relaxed);
        }
    }
}
