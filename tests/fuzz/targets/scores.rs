//! A file of scores is refused, or gives finite numbers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trpo_lab::scores::file::parse;

fuzz_target!(|bytes: &[u8]| {
    for name in ["scores.csv", "scores.json"] {
        match parse(bytes, name, None) {
            Ok(scores) => {
                let runs = scores.table.runs().iter();
                let mut all = runs.flat_map(|(_, tasks)| tasks.iter().flatten());
                assert!(all.all(|run| run.raw.is_finite()), "{name}");
            }
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
    }
});
