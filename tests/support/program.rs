//! The program itself on a tiny experiment, in a folder of its own.
#![allow(dead_code)] // No test file uses all of it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;
use trpo_lab::experiment::checkpoint;
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::experiment::store::Store;
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;
use trpo_lab::train::{Observer, Trainer};

/// The name of the experiment.
pub const NAME: &str = "determinism";

/// Its text.
pub const EXPERIMENT: &str = include_str!("../determinism.toml");

/// How many runs it has.
pub const RUNS: usize = 16;

/// A new folder with `text` as the file of the experiment.
pub fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("determinism.toml"), text).unwrap();
    folder
}

/// The program in `folder`, not yet started.
pub fn trpo_lab(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("trpo-lab").unwrap();
    command
        .current_dir(folder.path())
        .env_remove("TRPO_LAB_KERNEL")
        .args(arguments);
    command
}

/// What was printed.
pub fn output(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What was printed on standard error.
pub fn errors(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Every record in `folder`, by its path.
pub fn records(folder: &TempDir) -> BTreeMap<String, RunRecord> {
    let root = folder.path().join("results").join(NAME).join("runs");
    let records = files(&root).into_iter().map(|(path, bytes)| {
        let record = serde_json::from_slice(&bytes).unwrap();
        (path, record)
    });
    records.collect()
}

/// Every file below `root`, by its path from there; none if there is no such
/// folder.
pub fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    open.retain(|root| root.exists());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// Leaves a run after its first update.
pub struct LeaveEarly;

impl Observer for LeaveEarly {
    fn updated(&mut self, _: &Trainer) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// Leaves every run of the experiment `text` at a checkpoint after its first
/// update.
pub fn interrupt(folder: &TempDir, text: &str) {
    let store = Store::new(&folder.path().join("results"), NAME);
    let path = Path::new("determinism.toml");
    let experiment =
        Experiment::parse(&Lab::standard(), path, NAME, text, &Overrides::default()).unwrap();
    for cell in &experiment.plan.cells {
        for &seed in &experiment.plan.seeds {
            let mut trainer = Trainer::new(&Lab::standard(), &cell.config, seed).unwrap();
            assert!(trainer.run(&mut LeaveEarly).is_break());
            checkpoint::save(&store, &cell.variant, &trainer).unwrap();
        }
    }
}
