//! An experiment file is refused, or gives a plan that a manifest holds as it is.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::lab::Lab;

static LAB: LazyLock<Lab> = LazyLock::new(Lab::standard);

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Those start a process.
    if text.contains("gym:") {
        return;
    }
    let path = Path::new("/nowhere/experiments/fuzz.toml");
    match Experiment::parse(&LAB, path, "fuzz", text, &Overrides::default()) {
        Ok(experiment) => {
            let manifest = Manifest::new(&experiment.plan, String::new(), Vec::new());
            let written = serde_json::to_vec(&manifest).expect("plain data");
            let again: Manifest =
                serde_json::from_slice(&written).expect("a manifest that was written");
            assert_eq!(again, manifest);
        }
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
});
