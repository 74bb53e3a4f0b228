//! Every algorithm solves CartPole-v1: its final policy, acting
//! deterministically, balances the pole for 475 of 500 steps on average.

mod common;

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::npg::Npg;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::train::train;

/// Trains on `updates` batches of 2048 steps.
fn solves(algorithm: AlgorithmConfig, updates: usize) {
    let mut config = common::config("CartPole-v1", algorithm, updates, 2048);
    config.common.evaluation_episodes = 20;
    let evaluation = train(&config, 1).evaluation.expect("a run that completed");
    let score = evaluation.mean_return();
    assert!(score >= 475.0, "{score}");
}

#[test]
fn trpo() {
    solves(AlgorithmConfig::new::<Trpo>(Default::default()), 30);
}

#[test]
fn npg() {
    solves(AlgorithmConfig::new::<Npg>(Default::default()), 30);
}

#[test]
fn vpg() {
    solves(AlgorithmConfig::new::<Vpg>(Default::default()), 40);
}

#[test]
fn ppo() {
    solves(AlgorithmConfig::new::<Ppo>(Default::default()), 30);
}
