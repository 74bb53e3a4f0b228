//! The records of an experiment that several processes made, perhaps in several folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::disk::{StoreError, write};
use super::manifest::RunEntry;
use super::store::Store;
use super::verify::difference;
use super::work::Run;
use crate::record::{NUMERICS, RunRecord};

/// How often it is looked whether a file has come.
const PAUSE: Duration = Duration::from_secs(1);

/// What the folders hold of some runs.
#[derive(Debug, Default)]
pub struct Gathered {
    /// An entry for each run that has a record, in their order.
    pub entries: Vec<RunEntry>,
    /// The places, among the runs, of those without one.
    pub missing: Vec<usize>,
    /// Records taken from other folders.
    pub taken: usize,
    /// Runs that stand in several folders, with one digest.
    pub double: usize,
    /// What is wrong, each with its files: records of one run that differ, damaged ones, those
    /// of other numerics.
    pub problems: Vec<String>,
    /// How many records each commit made.
    pub commits: BTreeMap<String, usize>,
}

/// Waits until every one of `runs` has a record in one of the folders, or `patience` is
/// over: network file systems show new files late.
pub fn wait(runs: &[Run<'_>], folders: &[&Store], patience: Duration) {
    let begun = Instant::now();
    let is_there = |run: &Run<'_>| {
        let (env, variant, seed) = run.place();
        let mut paths = folders
            .iter()
            .map(|folder| folder.record_path(env, variant, seed));
        paths.any(|path| path.is_file())
    };
    let mut missing: Vec<&Run<'_>> = runs.iter().collect();
    loop {
        missing.retain(|run| !is_there(run));
        if missing.is_empty() || begun.elapsed() >= patience {
            return;
        }
        sleep(PAUSE.min(patience));
    }
}

/// Reads the records of `runs`, one after the other, from `store` and from other folders,
/// out of which those that it lacks are taken.
///
/// # Errors
/// If a file cannot be read or written. A damaged record is a problem, not an error.
pub fn gather(runs: &[Run<'_>], store: &Store, from: &[Store]) -> Result<Gathered, StoreError> {
    let mut found = Gathered::default();
    for (place, run) in runs.iter().enumerate() {
        let mut standing: Vec<(usize, PathBuf, RunRecord)> = Vec::new();
        for (number, folder) in std::iter::once(store).chain(from).enumerate() {
            let (env, variant, seed) = run.place();
            let path = folder.record_path(env, variant, seed);
            match folder.record(env, variant, seed) {
                Ok(None) => {}
                Ok(Some(record)) if record.numerics != NUMERICS => {
                    found.problems.push(format!(
                        "{}: of numerics version {}, this program has {NUMERICS}",
                        path.display(),
                        record.numerics
                    ));
                }
                Ok(Some(record)) if record.config != *run.config || record.seed != seed => {
                    let problem = format!("{}: a run with other settings", path.display());
                    found.problems.push(problem);
                }
                Ok(Some(record)) => standing.push((number, path, record)),
                Err(StoreError::Damaged { path, message }) => {
                    let problem = format!("{}: damaged ({message})", path.display());
                    found.problems.push(problem);
                }
                Err(error) => return Err(error),
            }
        }
        let Some((number, path, record)) = standing.first() else {
            found.missing.push(place);
            continue;
        };
        let mut others = standing[1..].iter();
        if let Some((_, other, differing)) =
            others.find(|(.., other)| other.digest != record.digest)
        {
            found.problems.push(format!(
                "{} and {} are one run and differ{}; both are kept: remove the wrong one",
                path.display(),
                other.display(),
                parting(run, record, differing)
            ));
            continue;
        }
        found.double += usize::from(standing.len() > 1);
        if *number > 0 {
            take(run, &from[number - 1], store)?;
            found.taken += 1;
        }
        let commit = record.provenance.versions.get("commit");
        let commit = commit.cloned().unwrap_or_else(|| "unknown".to_owned());
        *found.commits.entry(commit).or_default() += 1;
        found.entries.push(RunEntry::new(run.variant, record));
    }
    Ok(found)
}

/// How two records of one run differ, as after a colon.
fn parting(run: &Run<'_>, one: &RunRecord, other: &RunRecord) -> String {
    let [one, other] = [one, other].map(|record| RunEntry::new(run.variant, record));
    let found = difference(&one, &other, run.config.updates());
    found.map_or_else(String::new, |found| format!(": {found}"))
}

/// Takes the files of a run from another folder, its record last.
fn take(run: &Run<'_>, from: &Store, to: &Store) -> Result<(), StoreError> {
    let (env, variant, seed) = run.place();
    let paths = |store: &Store| {
        [
            store.policy_path(env, variant, seed),
            store.best_policy_path(env, variant, seed),
            store.record_path(env, variant, seed),
        ]
    };
    for (source, target) in paths(from).into_iter().zip(paths(to)) {
        match fs::read(&source) {
            Ok(bytes) => write(&target, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io(&source, "read")(error)),
        }
    }
    Ok(())
}
