//! Found while a target for fuzzing was written: where the entries of the ledger of seeds
//! stood in a list, the next one was appended as a table, and the file could not be read any
//! more.

use std::path::Path;

use trpo_lab::experiment::ledger::{Ledger, Usage};
use trpo_lab::experiment::purpose::Purpose;

const LISTED: &str = r#"used = [{ experiment = "a", purpose = "report", tasks = ["X-v0"], seeds = "0..2", commit = "c", date = "d" }]
"#;

const TABLE: &str = r#"[[used]]
experiment = "a"
purpose = "report"
tasks = ["X-v0"]
seeds = "0..2"
commit = "c"
date = "d"
"#;

fn usage<'a>(experiment: &'a str, tasks: &'a [String], seeds: &'a [u64]) -> Usage<'a> {
    Usage {
        experiment,
        purpose: Purpose::Report,
        tasks,
        seeds,
    }
}

fn ledger(text: &str) -> Ledger {
    Ledger::parse(Path::new("seeds.toml"), text).unwrap()
}

#[test]
fn no_entry_follows_a_list_and_one_in_it_grows() {
    let tasks = ["X-v0".to_owned()];
    for text in ["used = []\n", LISTED] {
        let refused = ledger(text).with(&usage("b", &tasks, &[7]), "c", "d");
        let message = refused.unwrap_err().to_string();
        assert!(
            message.starts_with("seeds.toml:1:8: no entry can follow"),
            "{message}"
        );
    }
    let own = usage("a", &tasks, &[2]);
    let grown = ledger(LISTED).with(&own, "c", "d").unwrap();
    assert_eq!(grown, LISTED.replace("0..2", "0..3"));
}

/// Names that Rust would escape otherwise than TOML, and a mark before the text.
#[test]
fn what_is_entered_is_read_again() {
    for text in ["", TABLE, &format!("\u{feff}{TABLE}")] {
        for name in ["X-v0", "\u{fe0f}", "\u{7f}", "a\"b'c\\", "two\nlines"] {
            let tasks = [name.to_owned()];
            for experiment in ["a", "b"] {
                let own = usage(experiment, &tasks, &[2, 3]);
                let entered = ledger(text).with(&own, "c", "d").unwrap();
                assert!(ledger(&entered).holds(&own), "{entered}");
            }
        }
    }
}
