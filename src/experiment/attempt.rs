//! Makes one run: from where it was left to its record on disk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::checkpoint;
use super::disk::StoreError;
use super::fingerprint;
use super::interrupt::UnderWay;
use super::progress::grouped;
use super::watch::Watch;
use super::work::{Run, Shared};
use crate::env::gym::About;
use crate::exec::Exec;
use crate::record::{RunRecord, Status};
use crate::train::{Finished, failed};

/// The record of a run, or nothing if it was interrupted.
pub(super) type Made = Result<Option<RunRecord>, StoreError>;

/// Makes one run and stores its record. A panic becomes a failed run.
pub(super) fn make(shared: &Shared<'_>, run: &Run<'_>, exec: &Exec) -> Made {
    let (env, variant, seed) = run.place();
    let path = shared.store.checkpoint_path(env, variant, seed);
    let under_way = shared.interrupt.enter(path);
    let attempt = || attempt(shared, run, exec, &under_way);
    let finished = match catch_unwind(AssertUnwindSafe(attempt)) {
        Ok(None) => return Ok(None),
        Ok(Some(finished)) => finished,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or(panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic");
            let record = failed(run.config, run.seed, format!("internal error: {text}"));
            shared
                .progress
                .note(&format!("{}: failed: {text}", run.label()));
            without_policies(record)
        }
    };
    let Finished {
        record,
        policy,
        best,
    } = finished;
    under_way.close(|| {
        // A record says that the run is whole: its policies stand before it.
        if shared.policies {
            let policies = [policy.as_ref(), best.as_ref()];
            shared.store.save_policies(variant, &record, policies)?;
        }
        shared.store.save_record(variant, &record)?;
        checkpoint::remove(shared.store, variant, env, seed);
        Ok(Some(record))
    })
}

fn without_policies(record: RunRecord) -> Finished {
    Finished {
        record,
        policy: None,
        best: None,
    }
}

/// A run to its end, `None` if it was interrupted.
fn attempt(
    shared: &Shared<'_>,
    run: &Run<'_>,
    exec: &Exec,
    under_way: &UnderWay<'_>,
) -> Option<Finished> {
    let say = |line: &str| shared.progress.note(line);
    let started = checkpoint::resume_or_start(
        shared.lab,
        shared.store,
        run.variant,
        run.config,
        run.seed,
        shared.from,
        say,
    );
    let mut trainer = match started {
        Ok(trainer) => trainer.with_exec(exec),
        Err(error) => {
            let record = failed(run.config, run.seed, error.to_string());
            return Some(without_policies(record));
        }
    };
    let before = trainer.steps();
    let total = run.config.total_steps();
    let progress = shared.progress.run(run.label(), total, before);
    let mut watch = Watch::new(shared, run, under_way, progress);
    if trainer.run(&mut watch).is_break() {
        return None;
    }
    let made = trainer.steps() - before;
    let gymnasium = trainer
        .task()
        .gymnasium()
        .map(|(_, about)| About::clone(about));
    let mut finished = trainer.finish(&mut watch);
    let record = &mut finished.record;
    let (stopwatch, progress) = watch.end();
    record.provenance = stopwatch.finish(&shared.machine, made);
    record.provenance.gymnasium = gymnasium;
    record.provenance.program = fingerprint::of(&record.config);
    progress.finish(&outcome(record));
    Some(finished)
}

/// How it went, for the line of progress that ends it.
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
