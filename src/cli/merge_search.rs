//! `trpo-lab merge` of a search: closes the rung that is open, and opens the next.

use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::parts::{Parts, Taking};
use super::search::say_chosen;
use super::summarize::command;
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::store::Store;
use crate::experiment::{ledger, shard, source};
use crate::format::count;
use crate::lab::Lab;
use crate::record::Ending;
use crate::say;
use crate::search::{Ladder, Search, write_all};

/// Puts together what the parts of the rung that is open have made. A rung is closed by its
/// manifest; after the last one the tables are written, and what was chosen.
pub(super) fn run(
    lab: &Lab,
    search: &Search,
    root: &Path,
    taking: &Taking,
) -> Result<ExitCode, CliError> {
    let name = &search.experiment.plan.name;
    let store = Store::new(root, name);
    source::check(&store, &search.experiment.path)?;
    let from = taking.folders(name)?;
    let mut ladder = Ladder::standing(search, &store)?;
    if let Some(rung) = ladder.open() {
        let (plan, folder) = (&rung.experiment.plan, rung.folder(&store));
        let from = from.iter().map(|store| rung.folder(store)).collect();
        let parts = Parts::read(name, plan, &folder, from)?;
        say!("{}", ladder.headline(&rung));
        if taking.close {
            let _lock = folder.lock()?;
            shard::close(&folder)?;
            say!(
                "{name}: {} of {} runs of the rung have records; `{}` makes the others",
                folder.count_records(plan),
                plan.cells.len() * plan.seeds.len(),
                command(&store, "search", name)
            );
            return Ok(ExitCode::SUCCESS);
        }
        let again = command(&store, "search", name);
        let (found, commit, _lock) = parts.gather(&rung.experiment, taking, &again)?;
        let _whole = store.lock()?;
        let failed = |entry: &&RunEntry| entry.status == Ending::Failed;
        let failed: Vec<&RunEntry> = found.entries.iter().filter(failed).collect();
        if let Some(first) = failed.first() {
            return Err(CliError::Failure(format!(
                "{} failed, so that nothing is chosen; the first: {} {} seed {}, whose record says \
                 why; its part makes it again",
                count(failed.len(), "run"),
                first.env,
                first.variant,
                first.seed
            )));
        }
        source::claim(&store, &search.experiment)?;
        ledger::enter(&search.experiment.path, &search.usage(&search.seeds()))?;
        ladder.close(&rung, &store)?;
        folder.update_manifest(Manifest::new(plan, commit, found.entries))?;
        shard::close(&folder)?;
        ladder.going_on().iter().for_each(|line| say!("{line}"));
    }
    match ladder.open() {
        Some(next) => say!(
            "{}; `{} --shard I/N` makes a part of it",
            ladder.headline(&next),
            command(&store, "search", name)
        ),
        None => say_chosen(&store, &write_all(lab, search, &store, ladder.rows())?),
    }
    Ok(ExitCode::SUCCESS)
}
