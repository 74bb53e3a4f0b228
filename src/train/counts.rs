//! How often a row passes through the networks in one update, of each algorithm: no more often
//! than the mathematics needs, where a pass that only a recorded column needs is one that is
//! needed, and one whose activations a derivative needs is not spared by its outputs.

use std::collections::BTreeMap;

use crate::algo::AlgorithmConfig;
use crate::algo::npg::Npg;
use crate::algo::ppo::{Ppo, PpoSettings};
use crate::algo::trpo::Trpo;
use crate::algo::vpg::Vpg;
use crate::config::RunConfig;
use crate::lab::Lab;
use crate::nn::counted::Pass::{self, Forward, Reverse, Tangent};
use crate::nn::counted::tests::during;
use crate::record::RunRecord;
use crate::train::Trainer;

const ROWS: usize = 64;
const EPOCHS: usize = 3;

/// The outputs of the policy, of the mean and of the standard deviation of a torque, and that of
/// the critic.
const POLICY: usize = 2;
const CRITIC: usize = 1;

/// One update on Pendulum, of which no episode ends in a batch: its rows by pass, in batches,
/// and its record.
fn passes(algorithm: AlgorithmConfig) -> (BTreeMap<(usize, Pass), f64>, RunRecord) {
    let mut config = RunConfig::new("Pendulum-v1", algorithm);
    config.common.steps = ROWS;
    config.common.batch = ROWS;
    config.common.copies = 2;
    config.common.hidden = vec![8];
    config.critic.epochs = EPOCHS;
    config.critic.minibatch = 16;
    let mut trainer = Trainer::new(&Lab::standard(), &config, 0).unwrap();
    let (made, mut rows) = during(|| trainer.run(&mut ()));
    assert!(made.is_continue());
    // Where a batch ends, each copy has a state outside of it.
    *rows.get_mut(&(CRITIC, Forward)).unwrap() -= config.common.copies;
    let batches = |rows: usize| rows as f64 / ROWS as f64;
    let rows = rows.into_iter().map(|(pass, rows)| (pass, batches(rows)));
    (rows.collect(), trainer.into_record(&mut ()))
}

/// The critic: V(s), a fit, and the loss after it, which is recorded.
fn with_critic(policy: [f64; 3]) -> BTreeMap<(usize, Pass), f64> {
    let [forward, tangent, reverse] = policy;
    let fit = EPOCHS as f64;
    let passes = [
        ((POLICY, Forward), forward),
        ((POLICY, Tangent), tangent),
        ((POLICY, Reverse), reverse),
        ((CRITIC, Forward), 1.0 + fit + 1.0),
        ((CRITIC, Reverse), fit),
    ];
    passes
        .into_iter()
        .filter(|(_, count)| *count > 0.0)
        .collect()
}

fn last(record: &RunRecord, column: &str) -> f64 {
    let cells = record.curve.numbers(column).expect("a recorded column");
    cells.last().copied().flatten().expect("a number")
}

#[test]
fn ppo_passes_forward_to_act_for_every_minibatch_and_for_what_it_records() {
    let settings = PpoSettings {
        epochs: 4,
        minibatch: 16,
        ..PpoSettings::default()
    };
    let (passes, _) = passes(AlgorithmConfig::new::<Ppo>(settings));
    assert_eq!(passes, with_critic([1.0 + 4.0 + 1.0, 0.0, 4.0]));
}

#[test]
fn vpg_and_npg_pass_forward_to_act_for_the_gradient_and_for_what_they_record() {
    let (of_vpg, _) = passes(AlgorithmConfig::new::<Vpg>(Default::default()));
    assert_eq!(of_vpg, with_critic([3.0, 0.0, 1.0]));
    let (of_npg, record) = passes(AlgorithmConfig::new::<Npg>(Default::default()));
    // The products of the conjugate gradient, and the one of x^T F x, which is recorded.
    let products = last(&record, "cg_iterations") + 1.0;
    assert_eq!(of_npg, with_critic([3.0, products, 1.0 + products]));
}

#[test]
fn trpo_passes_forward_once_for_each_length_that_it_tries() {
    let (passes, record) = passes(AlgorithmConfig::new::<Trpo>(Default::default()));
    let products = last(&record, "cg_iterations") + 1.0;
    let tried = last(&record, "accepted") + 1.0;
    assert_eq!(passes, with_critic([2.0 + tried, products, 1.0 + products]));
}
