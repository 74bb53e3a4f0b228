//! The step of TRPO: what it accepts, what it refuses, and what it records.

mod common;

use common::{Problem, Shape, small_shapes, stream};
use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::algo::trpo::{self, TrpoSettings};
use trpo_lab::columns::{Row, Value};
use trpo_lab::env::ActionSpace;
use trpo_lab::rollout::batch::Batch;

fn problems() -> [Problem<f32>; 2] {
    small_shapes().map(|shape| common::problem(&shape, 400, 1))
}

fn outcome(step: &Row) -> &'static str {
    match step.cells()[0] {
        ("outcome", Value::Word(word)) => word,
        ref other => panic!("{other:?} is not the outcome"),
    }
}

fn bits(theta: &[f32]) -> Vec<u32> {
    theta.iter().map(|theta| theta.to_bits()).collect()
}

fn trpo_step(problem: &mut Problem<f32>, settings: &TrpoSettings) -> Row {
    let Problem { policy, batch } = problem;
    trpo::policy_step(policy, batch, settings, &mut stream(0))
        .unwrap()
        .row()
}

/// Every number of a step is finite.
fn assert_finite(step: &Row) {
    for (name, value) in step.cells() {
        if let Value::Number(Some(number)) = value {
            assert!(number.is_finite(), "{name}: {number}");
        }
    }
}

#[test]
fn an_accepted_step_is_inside_the_trust_region_and_recorded_as_it_is() {
    for mut problem in problems() {
        let before = problem.clone();
        let step = trpo_step(&mut problem, &TrpoSettings::default());
        assert_eq!(outcome(&step), "accepted");
        let theta = problem.policy.theta();
        assert_ne!(theta, before.policy.theta());
        let surrogate = Surrogate::at(&before.policy, &before.batch, true);
        let there = surrogate.measure(&theta);
        let start = surrogate.measure(&before.policy.theta());
        assert!(there.kl_mean <= 0.01);
        assert!(there.surrogate > start.surrogate);
        for (name, expected) in [
            ("kl_mean", there.kl_mean),
            ("kl_max", there.kl_max),
            ("entropy", there.entropy),
            ("surrogate_before", start.surrogate),
            ("surrogate_after", there.surrogate),
            ("improvement", there.surrogate - start.surrogate),
        ] {
            assert_eq!(step.number(name), Some(expected), "{name}");
        }
        let expected = step.number("expected_improvement").unwrap();
        let share = step.number("improvement").unwrap() / expected;
        assert!((0.5..1.5).contains(&share), "{share} of what g promises");
    }
}

#[test]
fn a_failed_search_leaves_the_parameters_bit_for_bit() {
    // One long step, of which the whole linear improvement is demanded.
    let settings = TrpoSettings {
        delta: 1e4,
        backtracks: 1,
        accept_ratio: 1.0,
        ..TrpoSettings::default()
    };
    for mut problem in problems() {
        let before = problem.policy.theta();
        let step = trpo_step(&mut problem, &settings);
        assert_eq!(outcome(&step), "line_search_failed");
        assert_eq!(bits(&problem.policy.theta()), bits(&before));
        for name in ["kl_mean", "kl_max", "improvement", "step_norm"] {
            assert_eq!(step.number(name), Some(0.0), "{name}");
        }
        assert_eq!(step.number("accepted"), None);
        assert_finite(&step);
    }
}

#[test]
fn candidates_that_are_not_finite_are_rejected_like_any_other() {
    // The first step overflows f32; with this factor the second is short.
    let long = TrpoSettings {
        delta: 1e80,
        backtrack_factor: 1e-42,
        ..TrpoSettings::default()
    };
    for problem in problems() {
        let mut twice = problem.clone();
        let step = trpo_step(&mut twice, &long);
        assert_eq!(step.number("accepted"), Some(1.0));
        assert!(twice.policy.theta().iter().all(|theta| theta.is_finite()));
        assert_finite(&step);

        let mut once = problem.clone();
        let settings = TrpoSettings {
            backtracks: 1,
            ..long.clone()
        };
        let step = trpo_step(&mut once, &settings);
        assert_eq!(outcome(&step), "line_search_failed");
        assert_eq!(bits(&once.policy.theta()), bits(&problem.policy.theta()));
        assert_finite(&step);
    }
}

/// Two actions, of which the policy takes the first but for e^-120, and a batch
/// that praises the second.
fn saturated() -> Problem<f32> {
    let rows = 8;
    Problem {
        policy: Shape::new(1, &[], ActionSpace::Discrete(2)).policy(vec![0.0, 0.0, 120.0, 0.0]),
        batch: Batch {
            observations: vec![0.0; rows],
            old_params: Vec::new(),
            actions: vec![1.0; rows],
            advantages: vec![1.0; rows],
            targets: vec![0.0; rows],
            values: vec![0.0; rows],
        },
    }
}

#[test]
fn an_infinite_improvement_is_rejected() {
    // F vanishes, so x = g / c = (-10, 10) and the difference of the logits
    // falls by 20 beta: to 10 first, where the divergence is small but the
    // ratio e^110, then to 65.
    let mut problem = saturated();
    let settings = TrpoSettings {
        delta: 10.0 * 5.5 * 5.5,
        normalize_advantages: false,
        ..TrpoSettings::default()
    };
    let step = trpo_step(&mut problem, &settings);
    assert_eq!(step.number("accepted"), Some(1.0));
    assert_eq!(problem.policy.theta()[2..], [92.5, 27.5]);
    assert_finite(&step);
}

#[test]
fn a_step_that_changes_nothing_is_not_accepted() {
    for mut problem in problems() {
        let settings = TrpoSettings {
            delta: 1e-30,
            ..TrpoSettings::default()
        };
        let step = trpo_step(&mut problem, &settings);
        assert_eq!(outcome(&step), "line_search_failed");
    }
}

#[test]
fn without_a_gradient_there_is_no_step() {
    for mut problem in problems() {
        let before = problem.policy.theta();
        problem.batch.advantages.fill(0.0);
        for normalize_advantages in [false, true] {
            let settings = TrpoSettings {
                normalize_advantages,
                ..TrpoSettings::default()
            };
            let step = trpo_step(&mut problem, &settings);
            assert_eq!(outcome(&step), "zero_gradient");
            assert_eq!(bits(&problem.policy.theta()), bits(&before));
            assert_finite(&step);
        }
    }
}

#[test]
fn an_advantage_that_is_not_finite_ends_the_run() {
    for mut problem in problems() {
        problem.batch.advantages[17] = f32::NAN;
        let Problem { policy, batch } = &mut problem;
        let settings = TrpoSettings::default();
        let error = trpo::policy_step(policy, batch, &settings, &mut stream(0)).unwrap_err();
        assert_eq!(error.quantity, "gradient_norm");
    }
}
