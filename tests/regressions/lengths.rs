//! Updates that vary in length.

use std::collections::BTreeMap;
use std::fs;

use crate::program::{folder, trpo_lab};

const WHOLE_EPISODES: &str = r#"title = "Whole episodes"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..5"
purpose = "check"
[settings]
steps = 2000
batch = 60
copies = 2
hidden = []
estimator = "returns"
evaluation_episodes = 1
[variant.trpo]
algorithm = "trpo"
[variant.npg]
algorithm = "npg"
"#;

/// Update, steps and runs of a row.
type Place = (u64, u64, u64);

/// Rows stood at the steps of the first run that had made the update: where that one had
/// ended, the lines of figures went back.
#[test]
fn summarised_updates_never_go_back() {
    let folder = folder(WHOLE_EPISODES);
    trpo_lab(&folder, &["reproduce", "determinism.toml"])
        .assert()
        .success();
    let path = folder
        .path()
        .join("results/determinism/updates_summary.csv");
    let text = fs::read_to_string(path).unwrap();
    let mut lines: BTreeMap<(String, String), Vec<Place>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| fields[place].parse().unwrap();
        lines
            .entry((fields[1].to_owned(), fields[4].to_owned()))
            .or_default()
            .push((number(2), number(3), number(5)));
    }
    assert!(lines.len() > 2, "{text}");
    for (line, rows) in lines {
        let ascends = |pair: &[Place]| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1;
        assert!(rows.windows(2).all(ascends), "{line:?}: {rows:?}");
        assert!(rows.iter().all(|row| row.2 == 5), "{line:?}: {rows:?}");
    }
}
