//! Makes the runs of an experiment, in parallel.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

use super::attempt::{Made, make};
use super::checkpoint;
use super::disk::StoreError;
use super::file::Experiment;
use super::fingerprint::OfOthers;
use super::interrupt::Interrupt;
use super::manifest::RunEntry;
use super::memory::{self, TooLarge};
use super::pool::Pool;
use super::progress::Progress;
use super::provenance::{Machine, git_commit};
use super::store::Store;
use super::work::Shared;
pub use super::work::{CHECKPOINT_EVERY, Making, Run, Workers};
use crate::config::RunConfig;
use crate::env::gym;
use crate::exec::Exec;
use crate::record::{NUMERICS, RunRecord, Status};
use crate::warn;

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
         from their checkpoints, and begin anew where a task cannot keep its state, when the same \
         command is given again"
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
    /// The runs do not fit into memory.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Completes every run of `experiment`. They are made seed by seed; entries have
/// tasks outermost, then variants, then seeds. See [`complete_runs`].
pub fn complete(
    experiment: &Experiment,
    store: &Store,
    making: Making<'_>,
    interrupt: &Interrupt,
) -> Result<Outcome, RunError> {
    complete_runs(&all_runs(experiment), store, making, interrupt)
}

/// Refuses an experiment of which runs without a record do not fit into the
/// memory of this machine, before anything is done. [`complete_runs`] looks
/// again, when it knows which records can be used.
pub fn check_memory(
    experiment: &Experiment,
    store: &Store,
    making: Making<'_>,
) -> Result<(), RunError> {
    check_memory_of(&all_runs(experiment), store, making)
}

/// The same of some runs.
pub fn check_memory_of(
    runs: &[Run<'_>],
    store: &Store,
    making: Making<'_>,
) -> Result<(), RunError> {
    let missing = missing(runs, store, making);
    Ok(memory::check(making.lab, missing, making.workers.jobs)?)
}

/// Environment steps of the runs of `experiment` without a record.
pub fn missing_steps(experiment: &Experiment, store: &Store, making: Making<'_>) -> u64 {
    let runs = all_runs(experiment);
    let steps = missing(&runs, store, making).map(|run| run.config.total_steps());
    steps.fold(0, u64::saturating_add)
}

fn missing<'r>(
    runs: &'r [Run<'r>],
    store: &'r Store,
    making: Making<'r>,
) -> impl Iterator<Item = &'r Run<'r>> {
    runs.iter().filter(move |run| {
        let (env, variant, seed) = run.place();
        making.again || !store.record_path(env, variant, seed).exists()
    })
}

/// Makes every run of which no record stands in `store`, or every run where
/// that is asked for: all of the lowest seed first, then those of the next. When
/// `interrupt` is asked, runs are left at checkpoints.
pub fn complete_runs(
    runs: &[Run<'_>],
    store: &Store,
    making: Making<'_>,
    interrupt: &Interrupt,
) -> Result<Outcome, RunError> {
    let Making {
        lab,
        workers,
        again,
        policies,
        from,
        checkpoint_every,
        following,
    } = making;
    let mut entries: Vec<Option<RunEntry>> = Vec::with_capacity(runs.len());
    let mut of_others = OfOthers::default();
    for run in runs {
        let standing = if again { None } else { standing(store, run)? };
        if let Some(record) = &standing {
            let task = match gym::is_one(&run.config.env) {
                true => lab.task_of(run.config).ok(),
                false => None,
            };
            let about = task.as_ref().and_then(|task| task.gymnasium());
            of_others.note(record, about.map(|(_, about)| &**about));
        }
        entries.push(standing.map(|record| RunEntry::new(run.variant, &record)));
    }
    of_others.say();
    let reused = entries.iter().flatten().count();
    tidy(runs, store, |place| entries[place].is_some());
    let mut pending: Vec<usize> = (0..runs.len()).filter(|&i| entries[i].is_none()).collect();
    memory::check(lab, pending.iter().map(|&i| &runs[i]), workers.jobs)?;
    order(runs, &mut pending);

    let commit = git_commit();
    let made = {
        let shared = Shared {
            lab,
            store,
            machine: Machine::here(&commit, workers.kernel),
            progress: Progress::new(
                pending.len(),
                pending.iter().fold(0, |sum: u64, &i| {
                    sum.saturating_add(runs[i].config.total_steps())
                }),
                following,
            ),
            interrupt,
            policies,
            checkpoint_every,
            from,
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

/// Removes what killed processes left of `runs`: files that they had begun to write, and the
/// checkpoints of those at whose places `is_made`. One that is killed may have stored a run,
/// or another life of its part does so afterwards.
pub fn tidy(runs: &[Run<'_>], store: &Store, is_made: impl Fn(usize) -> bool) {
    store.sweep(runs.iter().map(Run::place));
    for (_, run) in runs.iter().enumerate().filter(|(place, _)| is_made(*place)) {
        checkpoint::remove(store, run.variant, &run.config.env, run.seed);
    }
}

/// Every run: tasks outermost, then variants, then seeds.
pub fn all_runs(experiment: &Experiment) -> Vec<Run<'_>> {
    let cells = experiment.plan.cells.iter();
    let runs = cells.flat_map(|cell| {
        experiment.plan.seeds.iter().map(|&seed| Run {
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
            warn!(
                "{}: of numerics version {}; made again with version {NUMERICS}",
                store.record_path(env, run.variant, run.seed).display(),
                record.numerics
            );
            Ok(None)
        }
        Ok(record) => Ok(record.filter(|record| {
            record.config == *run.config
                && record.seed == run.seed
                && !matches!(record.status, Status::Failed { .. })
        })),
        Err(StoreError::Damaged { path, message }) => {
            let aside = store.set_aside(&path)?;
            warn!(
                "{}: damaged ({message}); set aside as {} and run again",
                path.display(),
                aside.display()
            );
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Sorts the places `pending` of `runs` into the order in which they are made: seed
/// by seed, so that what an interruption leaves are whole seeds, which can be
/// compared; of one seed the longest first, so that none is left alone at the end.
fn order(runs: &[Run<'_>], pending: &mut [usize]) {
    pending.sort_by_key(|&i| (runs[i].seed, std::cmp::Reverse(cost(runs[i].config))));
}

/// A run's relative length: its steps times its parameters.
pub fn cost(config: &RunConfig) -> u64 {
    let widths = config.common.hidden.windows(2);
    let weights = widths.fold(64u64, |sum, pair| {
        sum.saturating_add((pair[0] * pair[1]) as u64)
    });
    config.total_steps().saturating_mul(weights)
}

/// Makes the runs at the places `pending` of `runs`, in that order, on the threads
/// of `workers`; each with its place, those left out that were never begun.
fn make_all(
    shared: &Shared<'_>,
    runs: &[Run<'_>],
    pending: &[usize],
    workers: Workers,
) -> Result<Vec<(usize, Made)>, RunError> {
    let jobs = workers.jobs.clamp(1, pending.len().max(1));
    let threads = Pool::new(workers, jobs)?;
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    // Each worker takes the next run of the list: rayon's own splitting would
    // not keep its order. And each has its own task: one that waits for the
    // threads inside its run must find no other to begin.
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build()?;
    pool.broadcast(|_| {
        while let Some(&index) = pending.get(next.fetch_add(1, Ordering::Relaxed)) {
            if shared.interrupt.is_asked() {
                break;
            }
            let result = threads.lend(|team| {
                let kernel = workers.kernel;
                make(shared, &runs[index], &Exec { kernel, team })
            });
            // A poisoned lock still holds whole results.
            made.lock()
                .unwrap_or_else(|e| e.into_inner())
                .push((index, result));
        }
    });
    Ok(made.into_inner().unwrap_or_else(|e| e.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::trpo::{Trpo, TrpoSettings};

    /// An interrupted experiment has whole seeds, and no long run waits for the end of
    /// its seed.
    #[test]
    fn runs_are_made_seed_by_seed_and_the_longest_of_a_seed_first() {
        let config = |steps| {
            let algorithm = AlgorithmConfig::new::<Trpo>(TrpoSettings::default());
            let mut config = RunConfig::new("CartPole-v1", algorithm);
            config.common.steps = steps;
            config
        };
        let (short, long) = (config(4096), config(8192));
        let run = |config, seed| Run {
            variant: "trpo",
            config,
            seed,
        };
        let runs = [
            run(&short, 3),
            run(&short, 4),
            run(&long, 3),
            run(&long, 4),
            run(&long, 1),
        ];
        let mut pending = vec![0, 1, 2, 3, 4];
        order(&runs, &mut pending);
        assert_eq!(pending, [4, 2, 0, 3, 1]);
    }
}
