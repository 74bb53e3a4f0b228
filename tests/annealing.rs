//! Steps that shorten over a run.

mod common;

use common::{Problem, small_shapes};
use serde_json::{Value, json};
use trpo_lab::algo::npg::Npg;
use trpo_lab::algo::on_policy::OnPolicy;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::algo::{ALGORITHMS, AlgorithmConfig, Kind, PolicyStep};
use trpo_lab::columns::Row;
use trpo_lab::rng::Streams;

fn algorithm(name: &str, settings: &Value) -> AlgorithmConfig {
    let config = AlgorithmConfig::read(ALGORITHMS, name, &settings.to_string());
    config.unwrap().unwrap()
}

/// The parameters after two steps on `problem`, both made when the share
/// `progress` of the updates is done, and the second of them.
fn stepped(
    problem: &Problem<f32>,
    (name, settings): (&str, &Value),
    progress: f64,
) -> (Vec<f32>, Row) {
    match name {
        "trpo" => stepped_by::<Trpo>(problem, settings, progress),
        "npg" => stepped_by::<Npg>(problem, settings, progress),
        "vpg" => stepped_by::<Vpg>(problem, settings, progress),
        _ => stepped_by::<Ppo>(problem, settings, progress),
    }
}

fn stepped_by<A: PolicyStep + Kind<Algorithm = OnPolicy<A>>>(
    problem: &Problem<f32>,
    settings: &Value,
    progress: f64,
) -> (Vec<f32>, Row) {
    let Problem { mut policy, batch } = problem.clone();
    let streams = Streams::new(0, "tests");
    let settings = serde_json::from_value(settings.clone()).unwrap();
    let OnPolicy(mut algorithm) = A::new(&settings, policy.theta().len(), &streams);
    let mut step = || algorithm.policy_step(&mut policy, &batch, progress);
    step().unwrap();
    let second = step().unwrap();
    (policy.theta(), second)
}

/// Share of the updates to come: so small that VPG, whose rate follows a target,
/// cannot but tell the annealed one from the other. A power of two, for exact products.
const TO_COME: f64 = 1.0 / 4096.0;

/// A radius, a target or a learning rate is multiplied by the share to come.
#[test]
fn an_annealed_step_is_that_of_smaller_settings() {
    for (name, annealed, smaller) in [
        (
            "trpo",
            json!({"delta": 0.04, "anneal": true}),
            json!({"delta": 0.04 * TO_COME}),
        ),
        (
            "npg",
            json!({"delta": 0.04, "anneal": true}),
            json!({"delta": 0.04 * TO_COME}),
        ),
        (
            "vpg",
            json!({"kl_adaptive": true, "target_kl": 0.4, "anneal": true}),
            json!({"kl_adaptive": true, "target_kl": 0.4 * TO_COME}),
        ),
        (
            "vpg",
            json!({"learning_rate": 0.04, "anneal": true}),
            json!({"learning_rate": 0.04 * TO_COME}),
        ),
        (
            "ppo",
            json!({"learning_rate": 0.04, "anneal": true}),
            json!({"learning_rate": 0.04 * TO_COME}),
        ),
    ] {
        let (annealed, smaller) = ((name, &annealed), (name, &smaller));
        for problem in small_shapes().map(|shape| common::problem(&shape, 400, 1)) {
            let (theta, step) = stepped(&problem, annealed, 1.0 - TO_COME);
            let (expected, plain) = stepped(&problem, smaller, 1.0 - TO_COME);
            assert!(theta == expected, "{annealed:?}");
            assert!(theta != stepped(&problem, annealed, 0.0).0, "{annealed:?}");
            let radius = ["trpo", "npg"].contains(&name).then_some(0.04 * TO_COME);
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
