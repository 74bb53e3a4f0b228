//! A part of an experiment's runs, made by a process of its own, perhaps on another
//! machine.
//!
//! The parts are a function of the configurations and of how many parts there are: the
//! longest run first, each to the part that has least to do. A part says what it makes
//! before its first run, in `shards/<I>-of-<N>.json` in the folder of the results; parts of
//! another plan or another number are not begun beside it. Nothing is locked, since shared
//! file systems often cannot: each part writes files of its own runs alone, and two lives of
//! one part write the same bytes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::disk::{StoreError, read_json, remove, write};
use super::manifest::Manifest;
use super::runner::cost;
use super::stated::Statement;
use super::store::Store;
use super::work::Run;

/// The folder of the markers, in that of the experiment.
const FOLDER: &str = "shards";

/// More parts than this no experiment is cut into.
const MOST: usize = 100_000;

/// Part `index` of `of`, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<usize>().ok();
        let parts = text.split_once('/');
        let parts = parts.and_then(|(index, of)| Some((number(index)?, number(of)?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) && of <= MOST => Ok(Self { index, of }),
            _ => Err(format!(
                "write I/N with I from 1 to N, and N at most {MOST}, such as 2/8"
            )),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Shard {
    /// Those of `all` that are its own, in their order.
    pub fn runs<'a>(self, all: Vec<Run<'a>>) -> Vec<Run<'a>> {
        let its = parts(&all, self.of);
        let own = all.into_iter().zip(its);
        let own = own.filter(|(_, part)| *part == self.index);
        own.map(|(run, _)| run).collect()
    }

    fn path(self, store: &Store) -> PathBuf {
        let name = format!("{}-of-{}.json", self.index, self.of);
        store.directory().join(FOLDER).join(name)
    }
}

/// To which of `of` parts, from 1, each of `runs` belongs.
pub fn parts(runs: &[Run<'_>], of: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    // Stable: equally long ones stay in the order of the file.
    order.sort_by_key(|&i| Reverse(cost(runs[i].config)));
    // Work so far, then the number of the part: the first is the next.
    let mut loads: BTreeSet<(u128, usize)> = (1..=of).map(|part| (0, part)).collect();
    let mut parts = vec![0; runs.len()];
    for i in order {
        let (load, part) = loads.pop_first().unwrap_or((0, 1));
        parts[i] = part;
        loads.insert((load + u128::from(cost(runs[i].config).max(1)), part));
    }
    parts
}

/// What a part says of itself before its first run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Its number, from 1.
    pub shard: usize,
    /// How many there are.
    pub of: usize,
    /// Digest of what is to be made: seeds, every configuration, and what is asked of them.
    pub plan: String,
    /// What was stated, and when, as in `stated.json`.
    pub statements: Vec<Statement>,
    /// The command that began it.
    pub command: String,
    /// Commit of the code.
    pub commit: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub process: u32,
}

/// Why a part is not begun.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// Others are parts of something else.
    #[error(
        "{}: it is {problem}; give its command, or `trpo-lab merge --close {experiment}`, which keeps \
         the records and lets the experiment be cut anew",
        path.display()
    )]
    Another {
        /// The marker of the other part.
        path: PathBuf,
        /// How it differs.
        problem: String,
        /// Name of the experiment.
        experiment: String,
    },
    /// Files.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The digest of what `planned`, a manifest without runs, says is to be made.
pub fn plan_digest(planned: &Manifest) -> String {
    crate::digest::digest_of(&Manifest {
        commit: String::new(),
        runs: Vec::new(),
        ..planned.clone()
    })
}

/// Begins `shard` of `planned`, a manifest without runs, of the experiment `name`: writes
/// its marker unless one stands, and looks at the others.
///
/// # Errors
/// If others are of another plan or another number of parts; its own marker is then not
/// there.
pub fn begin(
    store: &Store,
    shard: Shard,
    (name, planned): (&str, &Manifest),
    statements: Vec<Statement>,
) -> Result<(), ShardError> {
    let path = shard.path(store);
    let plan = plan_digest(planned);
    let is_first = !path.is_file();
    if is_first {
        let marker = Marker {
            shard: shard.index,
            of: shard.of,
            plan: plan.clone(),
            statements,
            command: std::env::args().collect::<Vec<_>>().join(" "),
            commit: planned.commit.clone(),
            host: host(),
            process: std::process::id(),
        };
        let text = serde_json::to_string_pretty(&marker).unwrap_or_default();
        write(&path, format!("{text}\n").as_bytes())?;
    }
    for (other, marker) in markers(store)? {
        if let Some(problem) = marker.problem(&plan, Some(shard.of)) {
            if is_first {
                // Whoever came first goes on.
                remove(&path)?;
            }
            return Err(ShardError::Another {
                path: other,
                problem,
                experiment: name.to_owned(),
            });
        }
    }
    Ok(())
}

impl Marker {
    /// How it differs from a part of this plan, and of so many parts.
    pub fn problem(&self, plan: &str, of: Option<usize>) -> Option<String> {
        if of.is_some_and(|of| of != self.of) {
            return Some(format!("part {} of {}", self.shard, self.of));
        }
        (self.plan != plan).then(|| {
            "a part of the experiment with other settings, seeds or questions than the file has \
             now"
            .to_owned()
        })
    }
}

/// The markers that stand, in the order of their numbers.
///
/// # Errors
/// If one is damaged, or the folder cannot be read.
pub fn markers(store: &Store) -> Result<Vec<(PathBuf, Marker)>, StoreError> {
    let folder = store.directory().join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io(&folder, "read")(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::io(&folder, "read"))?.path();
        // Files that another process is writing have other names.
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
            && let Some(marker) = read_json::<Marker>(&path)?
        {
            found.push((path, marker));
        }
    }
    found.sort_by_key(|(_, marker)| (marker.of, marker.shard));
    Ok(found)
}

/// Removes the markers.
///
/// # Errors
/// If one cannot be removed.
pub fn close(store: &Store) -> Result<(), StoreError> {
    for (path, _) in markers(store)? {
        remove(&path)?;
    }
    // Empty but for what a killed process left of writing.
    let _ = fs::remove_dir(store.directory().join(FOLDER));
    Ok(())
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::trpo::{Trpo, TrpoSettings};
    use crate::config::RunConfig;

    fn config(steps: usize) -> RunConfig {
        let algorithm = AlgorithmConfig::new::<Trpo>(TrpoSettings::default());
        let mut config = RunConfig::new("CartPole-v1", algorithm);
        config.common.steps = steps;
        config
    }

    fn run(config: &RunConfig, seed: u64) -> Run<'_> {
        Run {
            variant: "trpo",
            config,
            seed,
        }
    }

    #[test]
    fn every_run_is_in_one_part_and_no_part_has_much_more_to_do() {
        let (short, long) = (config(4096), config(40_960));
        let mut all: Vec<Run<'_>> = (0..30).map(|seed| run(&short, seed)).collect();
        all.extend((0..7).map(|seed| run(&long, seed)));
        for of in [1, 2, 3, 5, 40] {
            let parts = parts(&all, of);
            let work = |part| {
                let its = all.iter().zip(&parts).filter(|(_, its)| **its == part);
                its.map(|(run, _)| cost(run.config)).sum::<u64>()
            };
            let work: Vec<u64> = (1..=of).map(work).collect();
            let total: u64 = all.iter().map(|run| cost(run.config)).sum();
            assert_eq!(work.iter().sum::<u64>(), total);
            // Longest first: no part exceeds its share by more than one long run.
            let most = work.iter().max().unwrap();
            assert!(*most <= total / of as u64 + cost(&long), "{of}: {work:?}");
            let shard = |index| Shard { index, of };
            let seen = (1..=of).flat_map(|index| shard(index).runs(all.clone()));
            assert_eq!(seen.count(), all.len());
        }
    }

    #[test]
    fn parts_are_written_as_two_numbers() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, of: 8 }));
        for wrong in [
            "", "2", "0/8", "9/8", "2/", "a/b", "1/0", "-1/2", "1/200000",
        ] {
            assert!(
                wrong.parse::<Shard>().unwrap_err().contains("such as 2/8"),
                "{wrong}"
            );
        }
    }
}
