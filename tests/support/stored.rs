//! A synthetic experiment on disk, as the program would leave it, and the
//! program in its folder.
#![allow(dead_code)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use trpo_lab::experiment::store::Store;

use crate::support::{Experiment, summarized};

/// Records, manifest and summary of `made` in `folder/results`.
pub fn stored(folder: &Path, made: &Experiment) -> Store {
    let results = folder.join("results");
    summarized(&results, made);
    let store = Store::new(&results, &made.1.experiment);
    for (variant, record) in &made.0 {
        store.save_record(variant, record).unwrap();
    }
    store
}

/// The program in `folder`.
pub fn trpo_lab(folder: &Path, arguments: &[&str]) -> Assert {
    Command::cargo_bin("trpo-lab")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .assert()
}

/// What it printed, after success.
pub fn printed(folder: &Path, arguments: &[&str]) -> String {
    let assert = trpo_lab(folder, arguments).success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What it complained of, with this exit code.
pub fn refused(folder: &Path, arguments: &[&str], code: i32) -> String {
    let assert = trpo_lab(folder, arguments).code(code);
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Writes `from` as `to` in a file that holds it.
pub fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} holds no {from}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}
