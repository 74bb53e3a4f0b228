//! What the benches of whole runs share.

use std::time::Instant;

use trpo_lab::config::RunConfig;
use trpo_lab::experiment::interrupt::Interrupt;
use trpo_lab::experiment::runner::{Making, Run, Workers, complete_runs};
use trpo_lab::experiment::store::Store;
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;

/// Seconds for `runs` runs of one thread, `jobs` at a time.
pub fn seconds(config: &RunConfig, runs: u64, jobs: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::new(folder.path(), "scaling");
    let runs: Vec<Run<'_>> = (0..runs)
        .map(|seed| Run {
            variant: "trpo",
            config,
            seed,
        })
        .collect();
    let workers = Workers {
        kernel: Kernel::best(),
        jobs,
        threads_per_run: Some(1),
    };
    let lab = Lab::standard();
    let start = Instant::now();
    let making = Making::new(&lab, workers);
    complete_runs(&runs, &store, making, &Interrupt::new()).expect("the runs can be made");
    start.elapsed().as_secs_f64()
}

/// Median, least and most, with so many digits.
pub fn middle(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (median, low, high) = (
        values[values.len() / 2],
        values[0],
        values[values.len() - 1],
    );
    format!("{median:.digits$} [{low:.digits$}, {high:.digits$}]")
}
