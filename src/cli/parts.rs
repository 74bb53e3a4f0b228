//! What parts have made, gathered: for `trpo-lab merge`, of experiments and of searches.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::CliError;
use crate::experiment::disk::StoreError;
use crate::experiment::file::Experiment;
use crate::experiment::manifest::Manifest;
use crate::experiment::merge::{Gathered, gather, wait};
use crate::experiment::plan::Plan;
use crate::experiment::provenance::git_commit;
use crate::experiment::runner::{self, Run};
use crate::experiment::shard::{self, Marker, ShardError};
use crate::experiment::store::{Lock, Store};
use crate::format::{count, list};
use crate::say;

/// Problems and runs that are named; the rest is counted.
const NAMED: usize = 10;

/// Where records are taken, and which.
#[derive(Debug, clap::Args)]
pub(super) struct Taking {
    /// Another folder of results, out of which records are taken; may be given several times.
    #[arg(long, value_name = "DIR")]
    from: Vec<PathBuf>,
    /// Take records that different commits made.
    #[arg(long)]
    accept_commits: bool,
    /// Remove the marks of the parts; their records stay, and `run` goes on with them.
    #[arg(long)]
    pub close: bool,
    /// How long missing records are looked for: network file systems show new files late.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
}

impl Taking {
    /// The folders of the experiment or search `name` out of which records are taken.
    ///
    /// # Errors
    /// If one holds no results of it.
    pub fn folders(&self, name: &str) -> Result<Vec<Store>, CliError> {
        let folder = |root: &PathBuf| {
            let folder = Store::new(root, name);
            match folder.directory().is_dir() {
                true => Ok(folder),
                false => {
                    let message =
                        format!("--from {}: it holds no results of {name}", root.display());
                    Err(CliError::Usage(message))
                }
            }
        };
        self.from.iter().map(folder).collect()
    }
}

/// What is made in parts: an experiment, or a rung of a search.
pub(super) struct Parts<'a> {
    /// Of the experiment or search.
    pub name: &'a str,
    /// The folder into which records are taken.
    pub store: &'a Store,
    /// Where else parts may have been made.
    from: Vec<Store>,
    /// Of the parts in all folders.
    pub markers: Vec<(PathBuf, Marker)>,
    /// What is to be made, without runs.
    planned: Manifest,
}

impl<'a> Parts<'a> {
    /// Those of `plan` in `store` and in `from`.
    ///
    /// # Errors
    /// If a marker is damaged.
    pub fn read(
        name: &'a str,
        plan: &Plan,
        store: &'a Store,
        from: Vec<Store>,
    ) -> Result<Self, StoreError> {
        let mut markers = Vec::new();
        for folder in std::iter::once(store).chain(&from) {
            markers.extend(shard::markers(folder)?);
        }
        Ok(Self {
            name,
            store,
            from,
            markers,
            planned: Manifest::new(plan, git_commit(), Vec::new()),
        })
    }

    /// The records of all runs of `experiment`, of which none may be missing, double and
    /// different, or damaged; the commit that made them; and the lock that was asked for
    /// before the first was taken. `again`: the command that makes runs.
    ///
    /// # Errors
    /// If something is not as it must be: all of it.
    pub fn gather(
        &self,
        experiment: &Experiment,
        taking: &Taking,
        again: &str,
    ) -> Result<(Gathered, String, Lock), CliError> {
        self.check()?;
        let runs = runner::all_runs(experiment);
        let folders: Vec<&Store> = std::iter::once(self.store).chain(&self.from).collect();
        wait(&runs, &folders, Duration::from_secs(taking.wait));
        let lock = self.store.lock()?;
        let found = gather(&runs, self.store, &self.from)?;
        say!(
            "{}: {} of {} runs, {} taken from other folders, {} there twice",
            self.name,
            found.entries.len(),
            runs.len(),
            found.taken,
            found.double
        );
        if let Some(message) = incomplete(&found, &runs, &self.markers, again) {
            return Err(CliError::Failure(message));
        }
        let commit = commit(&found, taking.accept_commits)?;
        // A life of a part that was killed beside another may have left files that no part
        // looks for any more.
        runner::tidy(&runs, self.store, |_| true);
        Ok((found, commit, lock))
    }

    /// Refuses markers of another plan, or of different numbers of parts.
    fn check(&self) -> Result<(), CliError> {
        let plan = shard::plan_digest(&self.planned);
        let of = self.markers.first().map(|(_, marker)| marker.of);
        for (path, marker) in &self.markers {
            if let Some(problem) = marker.problem(&plan, of) {
                let another = ShardError::Another {
                    path: path.clone(),
                    problem,
                    experiment: self.name.to_owned(),
                };
                return Err(another.into());
            }
        }
        Ok(())
    }
}

/// What keeps the parts from being put together. `again`: the command that makes runs.
fn incomplete(
    found: &Gathered,
    runs: &[Run<'_>],
    markers: &[(PathBuf, Marker)],
    again: &str,
) -> Option<String> {
    let mut lines: Vec<String> = found.problems.iter().take(NAMED).cloned().collect();
    let of = markers.first().map_or(1, |(_, marker)| marker.of);
    let parts = shard::parts(runs, of);
    let mut by_part: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &place in &found.missing {
        let labels = by_part.entry(parts[place]).or_default();
        labels.push(runs[place].label());
    }
    for (part, labels) in by_part {
        let remedy = match markers.is_empty() {
            true => format!("`{again}` makes them"),
            false => format!("`{again} --shard {part}/{of}` makes them"),
        };
        let mut named = labels[..labels.len().min(NAMED)].to_vec();
        if labels.len() > NAMED {
            named.push(format!("{} more", labels.len() - NAMED));
        }
        lines.push(format!("missing: {}; {remedy}", list(&named)));
    }
    if found.problems.len() > NAMED {
        lines.push(format!(
            "and {} more problems",
            found.problems.len() - NAMED
        ));
    }
    (!lines.is_empty()).then(|| format!("not complete\n  {}", lines.join("\n  ")))
}

/// The commit of the records: one, or several that the user takes.
fn commit(found: &Gathered, are_accepted: bool) -> Result<String, CliError> {
    let commits: Vec<&String> = found.commits.keys().collect();
    match (commits.as_slice(), are_accepted) {
        ([], _) => Ok(git_commit()),
        ([only], _) => Ok((*only).clone()),
        (several, true) => Ok(list(several)),
        (_, false) => {
            let each = found.commits.iter();
            let each = each.map(|(commit, runs)| format!("{commit} ({})", count(*runs, "run")));
            Err(CliError::Failure(format!(
                "records of several commits: {}; --accept-commits takes them together",
                list(&each.collect::<Vec<_>>())
            )))
        }
    }
}
