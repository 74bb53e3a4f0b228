//! Reference trajectories are refused, or replayed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trpo_lab::env::check::check_text;
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
    if let Err(problem) = check_text(text, &|id| LAB.find_task(id)) {
        assert!(!problem.to_string().is_empty());
    }
});
