//! Steps that shorten over a run.

mod common;

use common::{Problem, small_shapes};
use serde_json::{Value, json};
use trpo_lab::algo::{AlgorithmConfig, PolicyStep};
use trpo_lab::rng::Streams;

fn algorithm(name: &str, settings: &Value) -> AlgorithmConfig {
    let config = AlgorithmConfig::deserialize_settings(name, settings);
    config.unwrap().unwrap()
}

/// The parameters after two steps on `problem`, both made when the share
/// `progress` of the updates is done, and the second of them.
fn stepped(
    problem: &Problem<f32>,
    algorithm: &AlgorithmConfig,
    progress: f64,
) -> (Vec<f32>, PolicyStep) {
    let Problem { mut policy, batch } = problem.clone();
    let streams = Streams::new(0, "tests");
    let mut algorithm = algorithm.build(policy.theta().len(), &streams);
    let mut step = || algorithm.policy_step(&mut policy, &batch, progress);
    step().unwrap();
    let second = step().unwrap();
    (policy.theta(), second)
}

/// A radius, a target or a learning rate, by the share of updates to come.
#[test]
fn an_annealed_step_is_that_of_smaller_settings() {
    for (name, annealed, smaller) in [
        (
            "trpo",
            json!({"delta": 0.64, "anneal": true}),
            json!({"delta": 0.01}),
        ),
        (
            "npg",
            json!({"delta": 0.64, "anneal": true}),
            json!({"delta": 0.01}),
        ),
        (
            "vpg",
            json!({"kl_adaptive": true, "target_kl": 0.0064, "anneal": true}),
            json!({"kl_adaptive": true, "target_kl": 0.0001}),
        ),
        (
            "vpg",
            json!({"learning_rate": 0.64, "anneal": true}),
            json!({"learning_rate": 0.01}),
        ),
        (
            "ppo",
            json!({"learning_rate": 0.64, "anneal": true}),
            json!({"learning_rate": 0.01}),
        ),
    ] {
        let (annealed, smaller) = (algorithm(name, &annealed), algorithm(name, &smaller));
        for problem in small_shapes().map(|shape| common::problem(&shape, 400, 1)) {
            let (theta, step) = stepped(&problem, &annealed, 63.0 / 64.0);
            let (expected, plain) = stepped(&problem, &smaller, 63.0 / 64.0);
            assert!(theta == expected, "{annealed:?}");
            assert!(theta != stepped(&problem, &annealed, 0.0).0, "{annealed:?}");
            let radius = ["trpo", "npg"].contains(&name).then_some(0.01);
            assert_eq!(step.number("trust_radius"), radius);
            assert_eq!(plain.number("trust_radius"), None);
        }
    }
}

/// Records from before the key have to keep their digests.
#[test]
fn the_key_is_written_only_where_it_is_set() {
    for name in ["trpo", "npg", "vpg"] {
        let written = |settings| serde_json::to_value(algorithm(name, &settings)).unwrap();
        assert_eq!(written(json!({}))[name].get("anneal"), None);
        assert_eq!(written(json!({"anneal": true}))[name]["anneal"], true);
    }
}
