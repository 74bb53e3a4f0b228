//! Whether runs, made again, are those that a manifest lists.

use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;

use super::disk::{StoreError, is_plain, read_json};
use super::manifest::{Manifest, RunEntry};
use super::store::Store;
use super::work::Run;
use crate::lab::Lab;
use crate::record::{CHAIN_INTERVAL, Ending, NUMERICS};
use crate::rng::{Purpose, Streams};

/// A manifest whose runs cannot be made again.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read, or does not make sense.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is none.
    #[error("{0}: there is none; `trpo-lab run` makes it")]
    Missing(String),
    /// It was made by other arithmetic.
    #[error(
        "{path}: its results have numerics version {found}, this program computes version \
         {NUMERICS}, so that no digest can be equal; check out the commit that made them, or \
         make them again with `trpo-lab reproduce`"
    )]
    Numerics {
        /// The file.
        path: String,
        /// Its version.
        found: u32,
    },
}

/// The manifest of `store`, if this program should reproduce its digests.
pub fn manifest(lab: &Lab, store: &Store) -> Result<Manifest, ManifestError> {
    /// Read by itself: with the version, the layout may have changed too.
    #[derive(Deserialize)]
    struct Version {
        numerics: u32,
    }
    let path = store.manifest_path();
    let shown = || path.display().to_string();
    let version: Option<Version> = read_json(&path)?;
    match version {
        Some(Version { numerics: NUMERICS }) => {}
        Some(Version { numerics: found }) => {
            return Err(ManifestError::Numerics {
                path: shown(),
                found,
            });
        }
        None => return Err(ManifestError::Missing(shown())),
    }
    let mut manifest = store
        .manifest()?
        .ok_or_else(|| ManifestError::Missing(shown()))?;
    for cell in &mut manifest.cells {
        lab.resolve(&mut cell.config.algorithm);
    }
    check(lab, &manifest).map_err(|message| StoreError::Damaged { path, message })?;
    Ok(manifest)
}

/// Refuses what no experiment file can give.
fn check(lab: &Lab, manifest: &Manifest) -> Result<(), String> {
    for cell in &manifest.cells {
        let (env, variant) = (&cell.env, &cell.variant);
        lab.task_of(&cell.config)
            .map_err(|error| error.to_string())?;
        let invalid = |problem: String| format!("the configuration of {env} {variant}: {problem}");
        cell.config
            .check()
            .map_err(|error| invalid(error.to_string()))?;
        if cell.config.env != *env {
            return Err(invalid(format!("its task is {}", cell.config.env)));
        }
        if !is_plain(variant) {
            return Err(format!("`{variant}` cannot be the name of a variant"));
        }
    }
    if manifest.runs.is_empty() {
        return Err("it lists no run".to_owned());
    }
    let mut seen = HashSet::new();
    for run in &manifest.runs {
        let label = format!("{} {} seed {}", run.env, run.variant, run.seed);
        if manifest.config(&run.env, &run.variant).is_none() {
            return Err(format!("{label} has no configuration"));
        }
        if !seen.insert((&run.env, &run.variant, run.seed)) {
            return Err(format!("{label} stands twice"));
        }
    }
    Ok(())
}

/// `count` of the runs that `manifest` lists, drawn without replacement by
/// `seed`, in the order of the manifest; all of them if there are no more.
/// Each with what makes it again.
pub fn sample(manifest: &Manifest, count: usize, seed: u64) -> Vec<(&RunEntry, Run<'_>)> {
    let mut drawn: Vec<usize> = (0..manifest.runs.len()).collect();
    Streams::new(seed, &manifest.experiment)
        .stream(Purpose::Verification, 0)
        .shuffle(&mut drawn);
    drawn.truncate(count);
    drawn.sort_unstable();
    let with_run = |index: usize| {
        let entry = &manifest.runs[index];
        let run = Run {
            variant: &entry.variant,
            config: manifest.config(&entry.env, &entry.variant)?,
            seed: entry.seed,
        };
        Some((entry, run))
    };
    drawn.into_iter().filter_map(with_run).collect()
}

/// How a run that was made again differs from the one that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How the run was to end and how it ended, where that is not the same.
    pub status: Option<(Ending, Ending)>,
    /// The first updates, counted from 0, that hold a difference; `None` where
    /// the whole curve is equal.
    pub updates: Option<RangeInclusive<usize>>,
}

/// What differs between the run of `updates` updates, where that is known, that was `listed` and the
/// one that was `made` now, if anything does.
pub fn difference(
    listed: &RunEntry,
    made: &RunEntry,
    updates: Option<usize>,
) -> Option<Difference> {
    if (&listed.status, &listed.digest) == (&made.status, &made.digest) {
        return None;
    }
    let status = (listed.status != made.status).then(|| {
        let [listed, made] = [listed, made].map(|run| run.status);
        (listed, made)
    });
    // A link covers all updates up to its own: the first that differs, or that
    // only one of the two has, is where they part.
    let links = listed.chain.len().max(made.chain.len());
    let first = (0..links).find(|&link| listed.chain.get(link) != made.chain.get(link));
    let interval = first.map(|link| {
        let start = link * CHAIN_INTERVAL;
        let end = (start + CHAIN_INTERVAL).min(updates.unwrap_or(usize::MAX));
        start..=end.saturating_sub(1)
    });
    Some(Difference {
        status,
        updates: interval,
    })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((listed, made)) = &self.status {
            write!(f, "{made}, not {listed}; ")?;
        }
        match &self.updates {
            Some(updates) => write!(
                f,
                "the first difference lies in updates {} to {}",
                updates.start(),
                updates.end()
            ),
            None => f.write_str("the curve is equal, the episodes or an evaluation differ"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::trpo::Trpo;
    use crate::config::RunConfig;
    use crate::experiment::plan::{Cell, Metric};

    fn entry(seed: u64, digest: &str, chain: &[&str]) -> RunEntry {
        RunEntry {
            env: "CartPole-v1".to_owned(),
            variant: "trpo".to_owned(),
            seed,
            status: Ending::Completed,
            digest: digest.to_owned(),
            chain: chain.iter().map(|link| (*link).to_owned()).collect(),
        }
    }

    fn manifest_of(runs: u64) -> Manifest {
        let algorithm = AlgorithmConfig::new::<Trpo>(Default::default());
        let config = RunConfig::new("CartPole-v1", algorithm);
        Manifest {
            experiment: "x".to_owned(),
            title: String::new(),
            headline: Metric::Final,
            analysis: Default::default(),
            gymnasium: Default::default(),
            commit: String::new(),
            version: String::new(),
            numerics: NUMERICS,
            seeds: (0..runs).collect(),
            tasks: vec![config.env.clone()],
            variants: vec!["trpo".to_owned()],
            cells: vec![Cell {
                env: config.env.clone(),
                variant: "trpo".to_owned(),
                config,
            }],
            runs: (0..runs).map(|seed| entry(seed, "d", &[])).collect(),
        }
    }

    fn shown(listed: &RunEntry, made: &RunEntry) -> String {
        difference(listed, made, Some(45)).unwrap().to_string()
    }

    #[test]
    fn equal_runs_have_no_difference() {
        let run = entry(0, "a", &["1", "2"]);
        assert_eq!(difference(&run, &run, Some(45)), None);
    }

    #[test]
    fn the_first_interval_that_differs_is_named() {
        let listed = entry(0, "a", &["1", "2", "3", "4", "5"]);
        let made = entry(0, "b", &["1", "2", "3", "x", "y"]);
        assert_eq!(
            shown(&listed, &made),
            "the first difference lies in updates 30 to 39"
        );
        let made = entry(0, "b", &["1", "2", "3", "4", "x"]);
        let shown = shown(&listed, &made);
        assert!(shown.ends_with("updates 40 to 44"), "{shown}");
    }

    #[test]
    fn what_is_no_part_of_the_curve_is_told_apart() {
        let shown = shown(&entry(0, "a", &["1"]), &entry(0, "b", &["1"]));
        assert!(shown.contains("the curve is equal"), "{shown}");
    }

    #[test]
    fn a_run_that_ends_earlier_differs_from_there() {
        let listed = entry(0, "a", &["1", "2"]);
        let made = RunEntry {
            status: Ending::Diverged,
            ..entry(0, "b", &["1"])
        };
        assert_eq!(
            shown(&listed, &made),
            "diverged, not completed; the first difference lies in updates 10 to 19"
        );
    }

    #[test]
    fn a_status_alone_is_a_difference() {
        let made = RunEntry {
            status: Ending::Failed,
            ..entry(0, "a", &[])
        };
        assert!(difference(&entry(0, "a", &[]), &made, Some(45)).is_some());
    }

    #[test]
    fn a_sample_is_a_function_of_its_seed_and_without_repetition() {
        let manifest = manifest_of(30);
        let seeds = |count, seed| -> Vec<u64> {
            let runs = sample(&manifest, count, seed);
            runs.iter().map(|(entry, _)| entry.seed).collect()
        };
        let drawn = seeds(12, 0);
        assert_eq!(drawn, seeds(12, 0));
        assert_ne!(drawn, seeds(12, 1));
        assert_eq!(drawn.len(), 12);
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "{drawn:?}");
        assert_eq!(seeds(99, 0), (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn a_manifest_that_no_experiment_gives_is_refused() {
        let refused = |change: fn(&mut Manifest), part: &str| {
            let mut manifest = manifest_of(2);
            assert_eq!(check(&Lab::standard(), &manifest), Ok(()));
            change(&mut manifest);
            let message = check(&Lab::standard(), &manifest).unwrap_err();
            assert!(message.contains(part), "{message}");
        };
        refused(|m| m.runs.clear(), "no run");
        refused(
            |m| m.runs[1].seed = 0,
            "CartPole-v1 trpo seed 0 stands twice",
        );
        refused(
            |m| m.runs[1].env = "Pendulum-v1".to_owned(),
            "no configuration",
        );
        refused(|m| m.cells[0].variant = "../up".to_owned(), "`../up`");
        refused(|m| m.cells[0].env = "Nowhere-v0".to_owned(), "Nowhere-v0");
        refused(|m| m.cells[0].config.common.batch = 0, "batch");
        refused(
            |m| m.cells[0].config.env = "Pendulum-v1".to_owned(),
            "its task",
        );
    }
}
