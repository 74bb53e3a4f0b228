//! Reward-weighted regression: its gradient, what a fit does, and that a run
//! learns by it.

use crate::common::{Problem, assert_close, log_prob, objective, small_shapes};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::rwr::{Rwr, RwrSettings, fitted, weights};
use trpo_lab::kernels::dot;
use trpo_lab::rollout::batch::Batch;
use trpo_lab::train::train;

/// The batch with weights in the place of advantages, and these.
fn weighted(batch: &Batch<f64>) -> (Batch<f64>, Vec<f64>) {
    let weights = weights(&batch.targets).unwrap();
    let advantages = weights.clone();
    (
        Batch {
            advantages,
            ..batch.clone()
        },
        weights,
    )
}

#[test]
fn rwr_gradient_of_the_weighted_likelihood() {
    const H: f64 = 1e-5;
    for shape in small_shapes() {
        let Problem { policy, batch } = crate::common::problem::<f64>(&shape, 40, 1);
        let (batch, _) = weighted(&batch);
        let at = |theta: &[f64]| {
            let there = shape.policy(theta.to_vec());
            objective(&policy, &there, &batch, |rows, o| rows.log_likelihood(o))
        };
        let theta = policy.theta();
        let along = |i: usize, h: f64| {
            let mut theta = theta.clone();
            theta[i] += h;
            at(&theta).0
        };
        let differences: Vec<f64> = (0..theta.len())
            .map(|i| (along(i, H) - along(i, -H)) / (2.0 * H))
            .collect();
        assert_close("gradient", &at(&theta).1, &differences, 1e-8);
    }
}

#[test]
fn rwr_raises_the_weighted_likelihood_and_no_constant_of_q_matters() {
    for shape in small_shapes() {
        let Problem { policy, batch } = crate::common::problem::<f64>(&shape, 300, 2);
        let (_, w) = weighted(&batch);
        let settings = RwrSettings::default();
        let (theta, _) = fitted(&policy, &batch, &w, &settings).unwrap();
        let likelihood = |theta: Vec<f64>| dot(&log_prob(&shape.policy(theta), &batch), &w) / 300.0;
        let (before, after) = (likelihood(policy.theta()), likelihood(theta.clone()));
        assert!(after > before + 1e-2, "{before} {after}");

        let mut other = batch.clone();
        for target in &mut other.targets {
            *target += 1000.0;
        }
        let w = weights(&other.targets).unwrap();
        let (moved, _) = fitted(&policy, &other, &w, &settings).unwrap();
        assert_close("theta", &moved, &theta, 1e-9);
    }
}

#[test]
fn rwr_learns_cart_pole() {
    let algorithm = AlgorithmConfig::new::<Rwr>(Default::default());
    let score = |updates: usize| {
        let mut config = crate::common::config("CartPole-v1", algorithm.clone(), updates, 2048);
        config.common.evaluation_episodes = 20;
        let record = train(&config, 3);
        let kl = record.curve.numbers("kl_mean").unwrap();
        assert!(kl.iter().all(|kl| kl.is_some_and(|kl| kl > 0.0)));
        record.evaluation.unwrap().mean_return()
    };
    let (early, late) = (score(1), score(12));
    assert!(early < 200.0 && late >= 400.0, "{early} {late}");
}
