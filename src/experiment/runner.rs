//! Makes the runs of an experiment, in parallel.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::checkpoint;
use super::file::Experiment;
use super::manifest::RunEntry;
use super::progress::{Progress, RunProgress, grouped, warn};
use super::provenance::{Machine, Stopwatch, git_commit};
use super::store::{Store, StoreError};
use crate::config::RunConfig;
use crate::crew::Crew;
use crate::record::{NUMERICS, RunRecord, Status};
use crate::train::{Observer, Part, Trainer, failed};

/// Wall time between two checkpoints of a run.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(20);

/// One run of an experiment.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Name of the variant.
    pub variant: &'a str,
    /// Complete configuration, with the task.
    pub config: &'a RunConfig,
    /// Seed.
    pub seed: u64,
}

impl Run<'_> {
    /// Its task, its variant and its seed: where its files stand.
    fn place(&self) -> (&str, &str, u64) {
        (&self.config.env, self.variant, self.seed)
    }

    /// `CartPole-v1 trpo seed 3`.
    pub fn label(&self) -> String {
        format!("{} {} seed {}", self.config.env, self.variant, self.seed)
    }
}

/// The threads that make runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Runs made at a time, at least 1.
    pub jobs: usize,
    /// Threads inside each run; `None`: its share of the cores, which is more
    /// than one when fewer runs are left than cores.
    pub threads_per_run: Option<usize>,
}

/// What became of an experiment's runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// One entry per run, in the order in which they were asked for.
    pub entries: Vec<RunEntry>,
    /// The commit of the code, from [`git_commit`].
    pub commit: String,
    /// Runs that were made now.
    pub made: usize,
    /// Runs whose records stood already.
    pub reused: usize,
    /// Runs that failed, each with its error.
    pub failures: Vec<String>,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user asked to stop.
    #[error(
        "stopped: {done} of {runs} runs are complete and kept, the others go on \
         from their checkpoints when the same command is given again"
    )]
    Interrupted {
        /// Runs that are complete.
        done: usize,
        /// All runs.
        runs: usize,
    },
    /// Records could not be written.
    #[error("{} of {runs} runs could not be stored, the first because of {}", errors.len(), errors[0])]
    Unstored {
        /// What the system said.
        errors: Vec<String>,
        /// All runs.
        runs: usize,
    },
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Completes every run of `experiment`: tasks outermost, then variants, then
/// seeds. See [`complete_runs`].
pub fn complete(
    experiment: &Experiment,
    store: &Store,
    workers: Workers,
    stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    complete_runs(&all_runs(experiment), store, workers, stop)
}

/// Makes every run of which no record stands in `store`, with `workers`.
/// When `stop` becomes true, runs are left at checkpoints.
pub fn complete_runs(
    runs: &[Run<'_>],
    store: &Store,
    workers: Workers,
    stop: &AtomicBool,
) -> Result<Outcome, RunError> {
    let mut entries: Vec<Option<RunEntry>> = Vec::with_capacity(runs.len());
    for run in runs {
        entries.push(standing(store, run)?.map(|record| RunEntry::new(run.variant, &record)));
    }
    let reused = entries.iter().flatten().count();
    let mut pending: Vec<usize> = (0..runs.len()).filter(|&i| entries[i].is_none()).collect();
    store.sweep(pending.iter().map(|&i| runs[i].place()));
    // Longest first, so that none is left alone at the end.
    pending.sort_by_key(|&i| std::cmp::Reverse(cost(runs[i].config)));

    let commit = git_commit();
    let made = {
        let shared = Shared {
            store,
            machine: Machine::here(&commit),
            progress: Progress::new(
                pending.len(),
                pending.iter().map(|&i| runs[i].config.total_steps()).sum(),
            ),
            stop,
        };
        make_all(&shared, runs, &pending, workers)?
    };

    let mut errors = Vec::new();
    let mut failures = Vec::new();
    for (index, result) in made {
        match result {
            Ok(Some(record)) => {
                if let Status::Failed { error } = &record.status {
                    failures.push(format!("{}: {error}", runs[index].label()));
                }
                entries[index] = Some(RunEntry::new(runs[index].variant, &record));
            }
            Ok(None) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    if !errors.is_empty() {
        return Err(RunError::Unstored {
            errors,
            runs: runs.len(),
        });
    }
    let complete: Vec<RunEntry> = entries.into_iter().flatten().collect();
    if complete.len() < runs.len() {
        return Err(RunError::Interrupted {
            done: complete.len(),
            runs: runs.len(),
        });
    }
    Ok(Outcome {
        entries: complete,
        commit,
        made: pending.len(),
        reused,
        failures,
    })
}

/// Every run: tasks outermost, then variants, then seeds.
fn all_runs(experiment: &Experiment) -> Vec<Run<'_>> {
    let cells = experiment.cells.iter();
    let runs = cells.flat_map(|cell| {
        experiment.seeds.iter().map(|&seed| Run {
            variant: &cell.variant,
            config: &cell.config,
            seed,
        })
    });
    runs.collect()
}

/// The record of a run that need not be made again. A damaged one is set
/// aside.
fn standing(store: &Store, run: &Run<'_>) -> Result<Option<RunRecord>, StoreError> {
    let env = &run.config.env;
    match store.record(env, run.variant, run.seed) {
        Ok(Some(record)) if record.numerics != NUMERICS => {
            warn(&format!(
                "{}: of numerics version {}; made again with version {NUMERICS}",
                store.record_path(env, run.variant, run.seed).display(),
                record.numerics
            ));
            Ok(None)
        }
        Ok(record) => Ok(record.filter(|record| {
            record.config == *run.config
                && record.seed == run.seed
                && !matches!(record.status, Status::Failed { .. })
        })),
        Err(StoreError::Damaged { path, message }) => {
            let aside = store.set_aside(&path)?;
            warn(&format!(
                "{}: damaged ({message}); set aside as {} and run again",
                path.display(),
                aside.display()
            ));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A run's relative length: its steps times its parameters.
fn cost(config: &RunConfig) -> u64 {
    let widths = config.common.hidden.windows(2);
    let weights: usize = widths.map(|pair| pair[0] * pair[1]).sum();
    config.total_steps() * (weights as u64 + 64)
}

/// What all runs share.
struct Shared<'a> {
    store: &'a Store,
    machine: Machine,
    progress: Progress,
    stop: &'a AtomicBool,
}

/// The record of a run, or nothing if it was interrupted.
type Made = Result<Option<RunRecord>, StoreError>;

fn make_all(
    shared: &Shared<'_>,
    runs: &[Run<'_>],
    pending: &[usize],
    workers: Workers,
) -> Result<Vec<(usize, Made)>, RunError> {
    let jobs = workers.jobs.clamp(1, pending.len().max(1));
    let crews = Crews::new(workers, jobs)?;
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    // Each worker takes the next run of the list: rayon's own splitting would
    // not keep its order. And each has its own task: one that waits for the
    // threads inside its run must find no other to begin.
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build()?;
    pool.broadcast(|_| {
        while let Some(&index) = pending.get(next.fetch_add(1, Ordering::Relaxed)) {
            if shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let result = crews.lend(|| make(shared, &runs[index]));
            // A poisoned lock still holds whole results.
            made.lock()
                .unwrap_or_else(|e| e.into_inner())
                .push((index, result));
        }
    });
    Ok(made.into_inner().unwrap_or_else(|e| e.into_inner()))
}

/// The threads inside runs: one pool for all of them, each run at any time
/// using its share.
struct Crews {
    pool: Arc<ThreadPool>,
    share: Arc<AtomicUsize>,
    under_way: AtomicUsize,
    /// `None`: every run has the share that `share` holds.
    cores: Option<usize>,
}

impl Crews {
    fn new(workers: Workers, jobs: usize) -> Result<Self, RunError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = workers
            .threads_per_run
            .map_or(cores, |threads| jobs * threads);
        Ok(Self {
            pool: Arc::new(ThreadPoolBuilder::new().num_threads(threads).build()?),
            share: Arc::new(AtomicUsize::new(workers.threads_per_run.unwrap_or(1))),
            under_way: AtomicUsize::new(0),
            cores: workers.threads_per_run.is_none().then_some(cores),
        })
    }

    /// Makes a run with its share of the threads.
    fn lend<R>(&self, make: impl FnOnce() -> R) -> R {
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.divide_among(under_way);
        let made = Crew::new(self.pool.clone(), self.share.clone()).with(make);
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

/// Makes one run and stores its record. A panic becomes a failed run.
fn make(shared: &Shared<'_>, run: &Run<'_>) -> Made {
    let record = match catch_unwind(AssertUnwindSafe(|| attempt(shared, run))) {
        Ok(None) => return Ok(None),
        Ok(Some(record)) => record,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or(panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic");
            let record = failed(run.config, run.seed, format!("internal error: {text}"));
            shared
                .progress
                .note(&format!("{}: failed: {text}", run.label()));
            record
        }
    };
    shared.store.save_record(run.variant, &record)?;
    checkpoint::remove(shared.store, run.variant, &run.config.env, run.seed);
    Ok(Some(record))
}

fn attempt(shared: &Shared<'_>, run: &Run<'_>) -> Option<RunRecord> {
    let started = checkpoint::resume_or_start(shared.store, run.variant, run.config, run.seed);
    let mut trainer = match started {
        Ok(trainer) => trainer,
        Err(error) => return Some(failed(run.config, run.seed, error.to_string())),
    };
    let before = trainer.steps();
    let total = run.config.total_steps();
    let mut watch = Watch {
        shared,
        run,
        stopwatch: Stopwatch::start(),
        progress: shared.progress.run(run.label(), total, before),
        saved: Instant::now(),
    };
    if trainer.run(&mut watch).is_break() {
        return None;
    }
    let made = trainer.steps() - before;
    let mut record = trainer.into_record(&mut watch);
    let Watch {
        stopwatch,
        progress,
        ..
    } = watch;
    record.provenance = stopwatch.finish(&shared.machine, made);
    progress.finish(&outcome(&record));
    Some(record)
}

fn outcome(record: &RunRecord) -> String {
    let speed = grouped(record.provenance.steps_per_second as u64);
    let outcome = match (&record.status, &record.evaluation) {
        (Status::Completed, Some(evaluation)) => {
            format!(
                "evaluation {:.1}, {speed} steps/s",
                evaluation.mean_return()
            )
        }
        (Status::Diverged { update, quantity }, _) => {
            format!("diverged at update {update}: {quantity} is not finite")
        }
        (status, _) => status.name().to_owned(),
    };
    match record.faults().next() {
        None => outcome,
        Some(first) => {
            let faults = record.faults().count();
            let problem = &first.problem;
            format!("{outcome}; faults of the simulation ended {faults} episodes, first: {problem}")
        }
    }
}

/// Watches one run: clock, progress, checkpoints, and the wish to stop.
struct Watch<'a> {
    shared: &'a Shared<'a>,
    run: &'a Run<'a>,
    stopwatch: Stopwatch,
    progress: RunProgress<'a>,
    saved: Instant,
}

impl Observer for Watch<'_> {
    fn begin(&mut self, part: Part) {
        self.stopwatch.begin(part);
    }

    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        self.progress.set(trainer.steps());
        let stop = self.shared.stop.load(Ordering::Relaxed) && !trainer.is_finished();
        if stop || self.saved.elapsed() > CHECKPOINT_INTERVAL {
            self.saved = Instant::now();
            if let Err(error) = checkpoint::save(self.shared.store, self.run.variant, trainer) {
                // Without it the run begins anew after an interruption: no
                // result is lost.
                self.shared
                    .progress
                    .note(&format!("no checkpoint: {error}"));
            }
        }
        if stop {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
