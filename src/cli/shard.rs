//! `--shard`: a part of an experiment, or of the rung of a search that is open.

use super::summarize::command;
use super::{CliError, signals};
use crate::experiment::file::Experiment;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Plan;
use crate::experiment::provenance::git_commit;
use crate::experiment::runner::{self, Making, Outcome, Run};
use crate::experiment::shard::{self, Shard};
use crate::experiment::stated::{Stated, Statement};
use crate::experiment::store::Store;
use crate::experiment::{ledger, progress, source};
use crate::format::count;
use crate::search::{Ladder, Search};
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
    let work = Work {
        name: &plan.name,
        runs: shard.runs(runner::all_runs(experiment)),
        store,
        shard,
    };
    work.begin(plan, Stated::now(store, plan), making)?;
    source::claim(store, experiment)?;
    ledger::enter(&experiment.path, &plan.usage())?;
    work.make(making, store)
}

/// Makes part `shard` of the rung of `search` that is open: the first that no `merge` has
/// closed.
pub(super) fn make_of_rung(
    search: &Search,
    store: &Store,
    shard: Shard,
    making: Making<'_>,
) -> Result<Outcome, CliError> {
    let plan = &search.experiment.plan;
    source::check(store, &search.experiment.path)?;
    let ladder = Ladder::standing(search, store)?;
    let Some(rung) = ladder.open() else {
        return Err(CliError::Usage(format!(
            "{}: every rung is closed; `{}` writes what was chosen",
            plan.name,
            command(store, "merge", &plan.name)
        )));
    };
    say!("{}", ladder.headline(&rung));
    let folder = rung.folder(store);
    let work = Work {
        name: &plan.name,
        runs: shard.runs(runner::all_runs(&rung.experiment)),
        store: &folder,
        shard,
    };
    work.begin(&rung.experiment.plan, Vec::new(), making)?;
    source::claim(store, &search.experiment)?;
    let seeds = search.seeds();
    ledger::enter(&search.experiment.path, &search.usage(&seeds))?;
    work.make(making, store)
}

/// The runs of one part.
struct Work<'a> {
    /// Of the experiment or search.
    name: &'a str,
    runs: Vec<Run<'a>>,
    /// Of the records.
    store: &'a Store,
    shard: Shard,
}

impl Work<'_> {
    /// Says what is made, unless it does not fit beside what others make.
    fn begin(
        &self,
        plan: &Plan,
        statements: Vec<Statement>,
        making: Making<'_>,
    ) -> Result<(), CliError> {
        runner::check_memory_of(&self.runs, self.store, making)?;
        let planned = Manifest::new(plan, git_commit(), Vec::new());
        shard::begin(self.store, self.shard, (self.name, &planned), statements)?;
        Ok(())
    }

    /// Makes them; `store`: where all parts are put together.
    fn make(&self, making: Making<'_>, store: &Store) -> Result<Outcome, CliError> {
        let outcome = runner::complete_runs(&self.runs, self.store, making, signals::listen())?;
        let (made, reused) = (outcome.made as u64, outcome.reused as u64);
        say!(
            "{}, part {}: {} runs made, {} stood already; when all parts are made, `{}` puts them \
             together",
            self.name,
            self.shard,
            progress::grouped(made),
            progress::grouped(reused),
            command(store, "merge", self.name)
        );
        for failure in &outcome.failures {
            warn!("failed: {failure}");
        }
        Ok(outcome)
    }
}

/// Refuses to make all runs where parts of them are being made. `folder`: of the records,
/// which a rung of a search has below that of the search, `store`.
pub(super) fn refuse(name: &str, store: &Store, folder: &Store) -> Result<(), CliError> {
    match shard::markers(folder)?.first() {
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
