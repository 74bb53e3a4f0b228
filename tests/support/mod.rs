//! Experiments for tests. Every test file uses its part.
#![allow(dead_code)]

pub mod synthetic;

use std::fs;
use std::path::{Path, PathBuf};

use synthetic::{TASKS, VARIANTS, entries, experiment};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::figures;
use trpo_lab::record::RunRecord;
use trpo_lab::summary::Extent;
use trpo_lab::summary::summarize;

/// Records, each with its variant, and their manifest.
pub type Experiment = (Vec<(String, RunRecord)>, Manifest);

/// A small experiment: two tasks, TRPO and PPO, three seeds.
pub fn small() -> Experiment {
    experiment(&TASKS[..2], &VARIANTS[..2], 3, 20_000)
}

/// After a change of the records: digests and manifest that fit them.
pub fn settled((mut records, mut manifest): Experiment) -> Experiment {
    for (_, record) in &mut records {
        record.digest = record.compute_digest();
    }
    manifest.runs = entries(&records);
    (records, manifest)
}

/// Writes the manifest and the summary of an experiment into `results`.
pub fn summarized(results: &Path, (records, manifest): &Experiment) -> PathBuf {
    let dir = results.join(&manifest.experiment);
    fs::create_dir_all(&dir).unwrap();
    let json = serde_json::to_vec_pretty(manifest).unwrap();
    fs::write(dir.join("manifest.json"), json).unwrap();
    summarize(records, manifest, &dir, Extent::Usual, &figures::columns()).unwrap();
    dir
}
