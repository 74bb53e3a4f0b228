//! A ledger of seeds is refused with its place, or knows afterwards what is entered in it.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use trpo_lab::experiment::ledger::{Ledger, Usage};
use trpo_lab::experiment::purpose::Purpose;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let path = Path::new("/nowhere/experiments/seeds.toml");
    let ledger = match Ledger::parse(path, text) {
        Ok(ledger) => ledger,
        Err(problem) => return assert!(!problem.to_string().is_empty()),
    };
    let tasks = ["CartPole-v1".to_owned(), "Pendulum-v1".to_owned()];
    for (experiment, purpose) in [
        ("classic", Purpose::Report),
        ("classic-search", Purpose::Search),
    ] {
        let seeds: Vec<u64> = ledger.free(&tasks, 3).collect();
        // None where the numbers end.
        if seeds.is_empty() {
            continue;
        }
        let usage = Usage {
            experiment,
            purpose,
            tasks: &tasks,
            seeds: &seeds,
        };
        ledger.check(&usage).expect("seeds that are free");
        match ledger.with(&usage, "c", "2026-01-01") {
            Ok(entered) => {
                let again = Ledger::parse(path, &entered).expect("a ledger that was written");
                assert!(again.holds(&usage));
            }
            Err(problem) => assert!(problem.to_string().contains("[[used]]")),
        }
    }
});
