//! The five classic tasks against trajectories recorded with Gymnasium 1.4.0.

use std::path::Path;

use trpo_lab::env::check::check_file;
use trpo_lab::env::registry;

fn agrees(id: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/env/{id}.json"));
    let report = check_file(&path, &registry::standard).unwrap();
    println!(
        "{id}: {} episodes, {} steps, largest error of observations {:e}, of rewards {:e}",
        report.episodes, report.steps, report.max_observation_error, report.max_reward_error
    );
    assert_eq!(report.env, id);
    assert!(report.steps >= 400, "{report:?}");
    assert!(report.within_tolerance && report.flags_agree, "{report:?}");
    assert!(report.passed(), "{report:?}");
}

#[test]
fn cartpole() {
    agrees("CartPole-v1");
}

#[test]
fn acrobot() {
    agrees("Acrobot-v1");
}

#[test]
fn mountain_car() {
    agrees("MountainCar-v0");
}

#[test]
fn mountain_car_continuous() {
    agrees("MountainCarContinuous-v0");
}

#[test]
fn pendulum() {
    agrees("Pendulum-v1");
}
