//! The whole way from an experiment file to the report, on a tiny experiment.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::experiment::interrupt::Interrupt;
use trpo_lab::experiment::runner::{self, Making, RunError, Workers};
use trpo_lab::experiment::store::Store;
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;

const TINY: &str = r#"title = "Tiny"
headline = "final"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "0..2"

[settings]
steps = 1024
batch = 256
copies = 4
hidden = [8, 8]
scale_rewards = true
critic.epochs = 2
evaluation_episodes = 2

[task."Pendulum-v1"]
gamma = 0.9

[variant.trpo]
algorithm = "trpo"
trpo.fisher_subsample = 2

[variant.ppo]
algorithm = "ppo"
ppo.epochs = 2

[variant.vpg-kl]
algorithm = "vpg"
vpg.kl_adaptive = true

[variant.npg]
algorithm = "npg"
"#;

fn experiment() -> Experiment {
    Experiment::parse(
        &Lab::standard(),
        Path::new("tiny.toml"),
        "tiny",
        TINY,
        &Overrides::default(),
    )
    .unwrap()
}

/// Every record of the experiment in `folder`, without its provenance.
fn records(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.join("tiny/runs")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let mut record: RunRecord = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            record.provenance = Default::default();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            found.insert(name, serde_json::to_string(&record).unwrap());
        }
    }
    found
}

fn workers(jobs: usize) -> Workers {
    Workers {
        kernel: Kernel::best(),
        jobs,
        threads_per_run: None,
    }
}

fn complete(folder: &Path, jobs: usize) {
    let store = Store::new(folder, "tiny");
    let lab = Lab::standard();
    let making = Making::new(&lab, workers(jobs));
    let outcome = runner::complete(&experiment(), &store, making, &Interrupt::new()).unwrap();
    assert_eq!((outcome.made, outcome.failures.len()), (16, 0));
}

#[test]
fn later_layers_win() {
    let experiment = experiment();
    let config = |env: &str, variant: &str| {
        let mut cells = experiment.plan.cells.iter();
        cells
            .find(|cell| cell.env == env && cell.variant == variant)
            .unwrap()
            .config
            .clone()
    };
    assert_eq!(config("Pendulum-v1", "trpo").common.gamma, 0.9);
    assert_eq!(config("CartPole-v1", "trpo").common.gamma, 0.99);
    assert_eq!(config("CartPole-v1", "ppo").common.batch, 256);
}

#[test]
fn records_are_the_same_for_any_number_of_jobs() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    complete(one.path(), 1);
    complete(two.path(), 2);
    let records_of_one = records(one.path());
    assert_eq!(records_of_one.len(), 16);
    assert_eq!(records_of_one, records(two.path()));
}

/// Stopped before it starts, an experiment says so; given again, it goes on.
#[test]
fn an_interruption_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path(), "tiny");
    let interrupt = Interrupt::new();
    interrupt.ask();
    let lab = Lab::standard();
    let making = Making::new(&lab, workers(2));
    let stopped = runner::complete(&experiment(), &store, making, &interrupt);
    assert!(matches!(
        stopped,
        Err(RunError::Interrupted { done: 0, runs: 16 })
    ));
    complete(folder.path(), 2);
}

#[test]
fn reproduce_makes_everything_twice_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    let reproduce = || {
        let assert = assert_cmd::Command::cargo_bin("trpo-lab")
            .unwrap()
            .current_dir(folder.path())
            .args(["reproduce", "tiny.toml"])
            .assert()
            .success();
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    };
    let files = || {
        let mut contents = BTreeMap::new();
        let mut open = vec![folder.path().join("results")];
        while let Some(path) = open.pop() {
            if path.is_dir() && !path.ends_with("runs") {
                open.extend(
                    fs::read_dir(path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            } else if path.is_file() {
                contents.insert(path.clone(), fs::read(path).unwrap());
            }
        }
        contents
    };
    reproduce();
    let first = files();
    for name in [
        "tiny/manifest.json",
        "tiny/scores.csv",
        "tiny/cost.csv",
        "tiny/statistics.json",
        "tiny/curves.csv",
        "tiny/updates.csv",
        "tiny/updates_summary.csv",
        "tiny/figures/learning_curves.svg",
        "tiny/figures/score_intervals.svg",
        "tiny/figures/trust_region.png",
        "tiny/figures/inside_trpo.png",
        "REPORT.md",
        "index.html",
    ] {
        let path = folder.path().join("results").join(name);
        assert!(first.contains_key(&path), "{name} is missing");
    }
    fs::remove_dir_all(folder.path().join("results/tiny/runs")).unwrap();
    let printed = reproduce();
    assert!(printed.contains("16 of 16 digests equal"), "{printed}");
    assert_eq!(first, files(), "made again from nothing, something differs");
}
