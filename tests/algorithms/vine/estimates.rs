//! What the vine estimates.

use std::sync::Arc;

use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::vine_objective::{Tried, VineObjective};
use trpo_lab::env::registry::standard;
use trpo_lab::env::{ActionSpace, Task};
use trpo_lab::policy::Policy;
use trpo_lab::policy::normalise::ObservationNormaliser;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::branch::{Acts, Fork, walk};
use trpo_lab::rollout::vine::{Estimates, Means, Shape, estimate};
use trpo_lab::threads::Team;

use super::mean_and_error;
use super::rooms::{GAMMA, LENGTH, exact, forks, policy, probabilities, rooms};
use crate::common::{assert_close, continuous, normals, stream};

/// The rollouts of iteration `index` in all rooms, of both actions.
fn rollouts(scene: &Scene, forks: &[Fork], first: &[f32], index: u64) -> Estimates {
    let means = Means {
        task: &scene.task,
        actor: scene.policy.actor(),
        normaliser: &scene.normaliser,
        streams: &scene.streams,
        team: &Team::default(),
    };
    let shape = Shape {
        actions: first.len() / forks.len(),
        rollouts: 1,
        length: LENGTH,
        gamma: GAMMA,
    };
    estimate(&means, forks, first, shape, index).unwrap()
}

struct Scene {
    task: Task,
    policy: Policy<f32>,
    normaliser: ObservationNormaliser,
    streams: Streams,
    forks: Vec<Fork>,
}

fn scene() -> Scene {
    let (task, policy) = (rooms(), policy());
    let (forks, normaliser) = forks(&task, &policy);
    Scene {
        task,
        policy,
        normaliser,
        streams: Streams::new(9, "Rooms-v0"),
        forks,
    }
}

#[test]
fn vine_equation_15_is_unbiased_for_the_value_of_so_many_steps() {
    let scene = scene();
    let pi = probabilities(&scene.policy);
    let moved: Vec<f32> = scene
        .policy
        .theta()
        .iter()
        .map(|theta| theta + 0.3)
        .rev()
        .collect();
    let mut other = scene.policy.clone();
    other.set_theta(&moved);
    let new = probabilities(&other);
    let first = [0.0, 1.0].repeat(3);
    let observations: Vec<f32> = scene
        .forks
        .iter()
        .flat_map(|fork| fork.shown.clone())
        .collect();
    let found: Vec<f64> = (0..10_000)
        .map(|iteration| {
            let q = rollouts(&scene, &scene.forks, &first, 3 * iteration).q;
            let tried = Tried {
                observations: &observations,
                actions: &first,
                count: 2,
                is_exhaustive: true,
                q: &q,
            };
            // L is measured from the mean of Q in a state, which the sum of all
            // probabilities gives back.
            let level = q.iter().sum::<f64>() / 6.0;
            VineObjective::at(&scene.policy, tried)
                .measure(&moved)
                .surrogate
                + level
        })
        .collect();
    let value = |room: usize| -> f64 {
        let of = |action: usize| new[room][action] * exact(&pi, room, action, LENGTH);
        of(0) + of(1)
    };
    let expected = (value(0) + value(1) + value(2)) / 3.0;
    let (mean, error) = mean_and_error(&found);
    assert!(
        (mean - expected).abs() < 3.0 * error,
        "{mean} +- {error}: {expected}"
    );
    assert!(error < 0.01 * expected, "{error} tells nothing");
}

#[test]
fn vine_common_random_numbers_lower_the_variance_of_differences() {
    let task = standard("Pendulum-v1").unwrap();
    let space = &task.spec().actions;
    let policy = Policy::<f32>::new(3, space, &[], 0.0, &mut stream(4));
    let normaliser = ObservationNormaliser::new(3, false);
    let streams = Streams::new(9, "Pendulum-v1");
    let acts = Acts {
        actor: &mut policy.actor(),
        normaliser: &normaliser,
    };
    let rng = |purpose| streams.stream(purpose, 0);
    let (_, forks) = walk(
        &task,
        1,
        acts,
        rng(Purpose::Trial),
        rng(Purpose::TrialAction),
    )
    .unwrap();
    let scene = Scene {
        task: Arc::into_inner(task).unwrap(),
        policy,
        normaliser,
        streams,
        forks,
    };
    let variance = |apart: u64| {
        let differences: Vec<f64> = (0..2_000)
            .map(|iteration| {
                let q = |action: f32, index| rollouts(&scene, &scene.forks, &[action], index).q[0];
                q(0.5, iteration) - q(-0.5, iteration + apart)
            })
            .collect();
        mean_and_error(&differences).1.powi(2)
    };
    let (common, own) = (variance(0), variance(1_000_000));
    assert!(common < 0.2 * own, "{common} {own}");
    // And that is what the two actions of one call have.
    let both = rollouts(&scene, &scene.forks, &[0.5, -0.5], 77).q;
    let alone = [0.5, -0.5].map(|action| rollouts(&scene, &scene.forks, &[action], 77).q[0]);
    assert_eq!(both, alone);
}

/// States with actions drawn from a policy, and Q of each by a formula.
fn tried_in(policy: &Policy<f64>, states: usize, count: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let observations = [0.3, -0.7, 1.1].repeat(states);
    let repeated = [0.3, -0.7, 1.1].repeat(states * count);
    let width = policy.distribution().action_width();
    let mut actions = vec![0.0; states * count * width];
    let mut streams: Vec<Rng> = (0..(states * count) as u32).map(stream).collect();
    policy.actor().sample(&repeated, &mut streams, &mut actions);
    let q = actions
        .chunks_exact(width)
        .map(|a| 3.0 * a[0] - a[width - 1] * a[width - 1]);
    let q = q.collect();
    (observations, actions, q)
}

#[test]
fn vine_equation_16_has_the_gradient_of_15_but_for_one_action_of_k() {
    let theta = normals::<f64>(8, &mut stream(2));
    let policy = Policy::with_theta(3, &ActionSpace::Discrete(2), &[], theta);
    let gradient = |count: usize, states: usize, all: bool| {
        let (observations, mut actions, mut q) = tried_in(&policy, states, count);
        if all {
            actions = [0.0, 1.0].repeat(states);
            q = [0.0, 2.0].repeat(states);
        }
        let tried = Tried {
            observations: &observations,
            actions: &actions,
            count,
            is_exhaustive: all,
            q: &q,
        };
        VineObjective::at(&policy, tried).gradient()
    };
    let exact = gradient(2, 1, true);
    for count in [2, 4] {
        let share = (count as f64 - 1.0) / count as f64;
        let expected: Vec<f64> = exact.iter().map(|g| share * g).collect();
        assert_close("gradient", &gradient(count, 60_000, false), &expected, 0.02);
    }
}

#[test]
fn vine_gradients_are_those_of_the_objective_and_no_constant_moves_them() {
    for space in [ActionSpace::Discrete(2), continuous(2)] {
        let parameters = if matches!(space, ActionSpace::Discrete(_)) {
            8
        } else {
            10
        };
        let theta = normals::<f64>(parameters, &mut stream(3));
        let policy = Policy::with_theta(3, &space, &[], theta.clone());
        let is_exhaustive = matches!(space, ActionSpace::Discrete(_));
        let (observations, actions, mut q) = tried_in(&policy, 300, 2);
        let actions = if is_exhaustive {
            [0.0, 1.0].repeat(300)
        } else {
            actions
        };
        q.iter_mut()
            .enumerate()
            .for_each(|(i, q)| *q += (i as f64).sin());
        let at = |q: &[f64]| {
            let tried = Tried {
                observations: &observations,
                actions: &actions,
                count: 2,
                is_exhaustive,
                q,
            };
            let objective = VineObjective::at(&policy, tried);
            let numeric: Vec<f64> = (0..theta.len())
                .map(|i| {
                    let moved = |by: f64| {
                        let mut theta = theta.clone();
                        theta[i] += by;
                        objective.measure(&theta).surrogate
                    };
                    (moved(1e-5) - moved(-1e-5)) / 2e-5
                })
                .collect();
            (objective.gradient(), numeric, objective.measure_here())
        };
        let (gradient, numeric, here) = at(&q);
        assert_close("gradient", &gradient, &numeric, 1e-6);
        assert_eq!((here.kl_mean, here.kl_max), (0.0, 0.0));
        let shifted: Vec<f64> = (0..600).map(|i| q[i] + 1000.0 * (i / 2) as f64).collect();
        assert_close("shifted", &at(&shifted).0, &gradient, 1e-6);
    }
}
