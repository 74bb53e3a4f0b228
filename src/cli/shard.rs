//! `trpo-lab run --shard`: a part of an experiment.

use super::summarize::command;
use super::{CliError, signals};
use crate::experiment::file::Experiment;
use crate::experiment::manifest::Manifest;
use crate::experiment::provenance::git_commit;
use crate::experiment::runner::{self, Making, Outcome};
use crate::experiment::shard::{self, Shard};
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::experiment::{ledger, progress, source};
use crate::format::count;
use crate::{say, warn};

/// Makes part `shard` of an experiment. Nothing is locked, and nothing written but the
/// files of its own runs, its marker, and what every part writes alike: the copy of the
/// experiment file, and the entry of its seeds in the ledger.
pub(super) fn make(
    experiment: &Experiment,
    store: &Store,
    shard: Shard,
    making: Making<'_>,
) -> Result<Outcome, CliError> {
    let plan = &experiment.plan;
    source::check(store, &experiment.path)?;
    let runs = shard.runs(runner::all_runs(experiment));
    runner::check_memory_of(&runs, store, making)?;
    let planned = Manifest::new(plan, git_commit(), Vec::new());
    shard::begin(store, shard, &planned, Stated::now(store, plan))?;
    source::claim(store, experiment)?;
    ledger::enter(&experiment.path, &plan.usage())?;
    let outcome = runner::complete_runs(&runs, store, making, signals::listen())?;
    let (made, reused) = (outcome.made as u64, outcome.reused as u64);
    say!(
        "{}, part {shard}: {} runs made, {} stood already; when all parts are made, `{}` puts them \
         together",
        plan.name,
        progress::grouped(made),
        progress::grouped(reused),
        command(store, "merge", &plan.name)
    );
    for failure in &outcome.failures {
        warn!("failed: {failure}");
    }
    Ok(outcome)
}

/// Refuses to make all runs where parts of them are being made.
pub(super) fn refuse(name: &str, store: &Store) -> Result<(), CliError> {
    match shard::markers(store)?.first() {
        None => Ok(()),
        Some((path, marker)) => Err(CliError::Usage(format!(
            "{}: {name} is made in {}, at which others may be at work; `{}` puts them together, and \
             `{}` ends that, keeping the records",
            path.display(),
            count(marker.of, "part"),
            command(store, "merge", name),
            command(store, "merge --close", name),
        ))),
    }
}
