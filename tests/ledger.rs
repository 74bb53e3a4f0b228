//! The ledger of seeds: what it knows cannot be reported by another experiment,
//! and what is committed is in it.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{errors, trpo_lab};
use trpo_lab::experiment::ledger::{FILE, Ledger, Usage};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::purpose::Purpose;

/// Two runs of a moment.
const TEXT: &str = r#"
title = "A moment"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..2"

[settings]
steps = 64
batch = 32
hidden = [4]
evaluation_episodes = 1
critic.epochs = 1

[variant.vpg]
algorithm = "vpg"
"#;

fn folder() -> tempfile::TempDir {
    let folder = program::folder(TEXT);
    fs::create_dir(folder.path().join("experiments")).unwrap();
    for name in ["first", "second"] {
        fs::write(folder.path().join(format!("experiments/{name}.toml")), TEXT).unwrap();
    }
    folder
}

fn ledger(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("experiments").join(FILE)).unwrap_or_default()
}

#[test]
fn a_second_experiment_cannot_report_the_same_seeds() {
    let folder = folder();
    trpo_lab(&folder, &["run", "first"]).assert().success();
    let entered = ledger(&folder);
    for part in [
        "experiment = \"first\"",
        "purpose = \"report\"",
        "seeds = \"0..2\"",
    ] {
        assert!(entered.contains(part), "no `{part}` in {entered}");
    }
    // The same again is no second use, and nothing is written twice.
    trpo_lab(&folder, &["run", "first", "--again"])
        .assert()
        .success();
    assert_eq!(ledger(&folder), entered);

    for command in ["run", "reproduce"] {
        let message = errors(&trpo_lab(&folder, &[command, "second"]).assert().code(2));
        for part in [
            "experiments/seeds.toml:10:",
            "`first` (report)",
            "seeds = \"2..4\"",
        ] {
            assert!(message.contains(part), "no `{part}` in {message}");
        }
    }
    assert!(!folder.path().join("results/second/runs").exists());
    assert_eq!(ledger(&folder), entered);
    // What is really run counts, not what the file says.
    let free = ["run", "second", "--seeds", "7,8"];
    trpo_lab(&folder, &free).assert().success();
    assert!(
        ledger(&folder).contains("seeds = \"7..9\""),
        "{}",
        ledger(&folder)
    );
}

#[test]
fn two_experiments_of_one_command_are_refused_before_the_first_run() {
    let folder = folder();
    let both = ["reproduce", "first", "second"];
    errors(&trpo_lab(&folder, &both).assert().code(2));
    assert!(!folder.path().join("results").exists());
}

#[test]
fn a_pilot_is_free_and_spends_and_a_check_does_neither() {
    let folder = folder();
    let with = |name: &str, purpose: &str| {
        let text = format!("purpose = \"{purpose}\"\n{TEXT}");
        fs::write(folder.path().join(format!("experiments/{name}.toml")), text).unwrap();
    };
    with("first", "check");
    trpo_lab(&folder, &["run", "first"]).assert().success();
    let train = [
        "train",
        "--env",
        "CartPole-v1",
        "--algo",
        "vpg",
        "--steps",
        "64",
    ];
    trpo_lab(&folder, &train)
        .args(["--set", "batch=32"])
        .assert()
        .success();
    assert_eq!(ledger(&folder), "");
    with("first", "pilot");
    trpo_lab(&folder, &["run", "first"]).assert().success();
    let message = errors(&trpo_lab(&folder, &["run", "second"]).assert().code(2));
    assert!(message.contains("`first` (pilot)"), "{message}");
    with("second", "pilot");
    trpo_lab(&folder, &["run", "second"]).assert().success();
    // Reported under its own name it is no less spent.
    fs::write(folder.path().join("experiments/first.toml"), TEXT).unwrap();
    errors(&trpo_lab(&folder, &["run", "first"]).assert().code(2));
    // And nothing of it is reported.
    with("second", "pilot");
    trpo_lab(&folder, &["reproduce", "second"])
        .assert()
        .success();
    assert!(!folder.path().join("results/REPORT.md").exists());
    with("second", "fun");
    let message = errors(&trpo_lab(&folder, &["run", "second"]).assert().code(2));
    assert!(
        message.contains("second.toml:1:11: `fun` is not possible"),
        "{message}"
    );
}

#[test]
fn the_committed_ledger_holds_every_run_of_the_committed_results() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ledger = Ledger::beside(&root.join("experiments/classic.toml")).unwrap();
    let mut held = 0;
    for entry in fs::read_dir(root.join("results")).unwrap() {
        let Ok(text) = fs::read(entry.unwrap().path().join("manifest.json")) else {
            continue;
        };
        let manifest: Manifest = serde_json::from_slice(&text).unwrap();
        let holds = |purpose| {
            let usage = Usage {
                experiment: &manifest.experiment,
                purpose,
                tasks: &manifest.tasks,
                seeds: &manifest.seeds,
            };
            ledger.holds(&usage)
        };
        let is_held = [Purpose::Report, Purpose::Search, Purpose::Pilot].map(holds);
        assert!(
            is_held.contains(&true),
            "{}: not in {FILE}",
            manifest.experiment
        );
        held += 1;
    }
    assert!(held >= 7, "{held} manifests");
}
