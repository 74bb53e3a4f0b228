//! A trust radius that falls over a run is the one that updates are held against.

use std::fs;

use tempfile::TempDir;
use trpo_lab::record::RunRecord;
use trpo_lab::summary::Steps;

use crate::SMALL;
use crate::stored::printed;

const DELTA: f64 = 0.004;

/// The largest mean divergence of the runs of `variant`, in units of what `radius`
/// gives for the share of the run that is done.
fn largest(folder: &TempDir, variant: &str, radius: impl Fn(f64) -> f64) -> f64 {
    let mut largest: f64 = 0.0;
    for seed in 0..2 {
        let file = format!("results/small/runs/CartPole-v1/{variant}/seed-{seed}.json");
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let record: RunRecord = serde_json::from_str(&text).unwrap();
        let divergences = record.curve.numbers("kl_mean").unwrap();
        let updates = divergences.len() as f64;
        for (update, kl) in divergences.iter().enumerate() {
            largest = largest.max(kl.unwrap() / radius(update as f64 / updates));
        }
    }
    largest
}

#[test]
fn updates_are_held_against_the_radius_that_falls() {
    let folder = tempfile::tempdir().unwrap();
    let text = SMALL.replace("steps = 256", "steps = 1024").replace(
        "critic.epochs",
        "trpo.delta = 0.004\ntrpo.anneal = true\ncritic.epochs",
    );
    fs::write(folder.path().join("small.toml"), text).unwrap();
    printed(folder.path(), &["reproduce", "small.toml"]);
    let steps = Steps::read(&folder.path().join("results/small")).unwrap();
    // What the file gives of the task is the radius at the beginning.
    assert_eq!(steps.deltas["CartPole-v1"], DELTA);
    for (place, variant) in ["trpo", "ppo"].into_iter().enumerate() {
        let found = steps.variants[place].largest.unwrap();
        let falling = largest(&folder, variant, |done| DELTA * (1.0 - done));
        let standing = largest(&folder, variant, |_| DELTA);
        assert!(
            (found / falling - 1.0).abs() < 1e-9,
            "{variant}: {found}, {falling}"
        );
        assert!(
            falling > 1.01 * standing,
            "{variant}: the test shows nothing"
        );
    }
}
