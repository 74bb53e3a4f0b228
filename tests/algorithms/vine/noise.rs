//! What the vine's Q-values are worth, and what they cost.

use std::sync::Arc;

use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::algo::vine_objective::{Tried, VineObjective};
use trpo_lab::env::registry::standard;
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{ActionSpace, Task};
use trpo_lab::lab::Lab;
use trpo_lab::policy::Policy;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::branch::Fork;
use trpo_lab::rollout::collector::{Collector, CollectorSettings};
use trpo_lab::rollout::normalise::ObservationNormaliser;
use trpo_lab::rollout::vine::{Means, Shape, estimate};
use trpo_lab::rollout::whole::WholeEpisodes;
use trpo_lab::threads::Team;
use trpo_lab::train::Trainer;

use super::{LeaveAfter, config, mean_and_error};
use crate::common::stream;

/// States of a vine, and the steps of its trunk and of a batch of single path.
const STATES: usize = 20;
const STEPS: usize = 1000;

/// An estimate of the gradient of a policy, and what it took.
struct Estimate {
    gradient: Vec<f32>,
    q_values: f64,
    steps: f64,
}

/// What an estimate is worth: the sum of the variances of its components over the
/// squared norm of its mean, times what `cost` says one takes on average.
fn noise(estimates: &[Estimate], cost: impl Fn(&Estimate) -> f64) -> f64 {
    let count = estimates.len() as f64;
    let cost = estimates.iter().map(cost).sum::<f64>() / count;
    let (mut variance, mut square) = (0.0, 0.0);
    for i in 0..estimates[0].gradient.len() {
        let component = estimates.iter().map(|one| f64::from(one.gradient[i]));
        let (mean, error) = mean_and_error(&component.collect::<Vec<_>>());
        variance += error * error * count;
        square += mean * mean;
    }
    cost * variance / square
}

/// A policy on a task.
struct Scene<'a> {
    task: Arc<Task>,
    policy: &'a Policy<f32>,
    normaliser: ObservationNormaliser,
    streams: Streams,
}

impl Scene<'_> {
    /// The gradient of TRPO's surrogate on whole episodes.
    fn single_path(&self, round: u32) -> Estimate {
        let of = |purpose| {
            let streams = (0..4).map(|i| self.streams.stream(purpose, 4 * round + i));
            streams.collect::<Vec<Rng>>()
        };
        let mut envs = VecEnv::with_streams(&self.task, of(Purpose::Trial)).unwrap();
        let (actor, mut draws) = (&mut self.policy.actor(), of(Purpose::TrialAction));
        let whole = WholeEpisodes::play(&mut envs, actor, &self.normaliser, &mut draws, STEPS);
        let batch = whole.unwrap().batch(0.99);
        Estimate {
            gradient: Surrogate::at(self.policy, &batch, true).gradient(),
            q_values: batch.rows() as f64,
            steps: batch.rows() as f64,
        }
    }

    /// Every action of a discrete task, or four draws of the policy, in each state.
    fn first(&self, forks: &[Fork], round: u32) -> (Vec<f32>, usize) {
        if let ActionSpace::Discrete(count) = self.task.spec().actions {
            let all: Vec<f32> = (0..count).map(|action| action as f32).collect();
            return (all.repeat(forks.len()), count);
        }
        let shown: Vec<f32> = forks.iter().flat_map(|fork| fork.shown.repeat(4)).collect();
        let mut first = vec![0.0; 4 * forks.len()];
        let count = first.len() as u32;
        let mut draws: Vec<Rng> = (0..count).map(|i| stream(count * round + i)).collect();
        self.policy.actor().sample(&shown, &mut draws, &mut first);
        (first, 4)
    }

    /// The gradient of the vine's objective.
    fn vine(&self, collector: &mut Collector, round: u32) -> Estimate {
        let rows: Vec<usize> = (0..STATES).map(|n| n * STEPS / STATES + 7).collect();
        let trunk = collector.collect(&mut self.policy.actor(), STEPS / 4, &rows);
        let forks = trunk.unwrap().forks;
        let (first, count) = self.first(&forks, round);
        let means = Means {
            task: &self.task,
            actor: self.policy.actor(),
            normaliser: &self.normaliser,
            streams: &self.streams,
            team: &Team::default(),
        };
        let shape = Shape {
            actions: count,
            rollouts: 1,
            length: 100,
            gamma: 0.99,
        };
        let index = u64::from(round) * STATES as u64;
        let found = estimate(&means, &forks, &first, shape, index).unwrap();
        let observations: Vec<f32> = forks.iter().flat_map(|fork| fork.shown.clone()).collect();
        let tried = Tried {
            observations: &observations,
            actions: &first,
            count,
            is_exhaustive: matches!(self.task.spec().actions, ActionSpace::Discrete(_)),
            q: &found.q,
        };
        Estimate {
            gradient: VineObjective::at(self.policy, tried).gradient(),
            q_values: found.q.len() as f64,
            steps: STEPS as f64 + found.steps as f64,
        }
    }
}

/// The claim of section 5.3 of the paper: fewer Q-values for the same noise, and more
/// steps of the simulation. At the first policy, and at one that has learnt for a while.
#[test]
fn vine_gradients_have_less_noise_for_the_same_number_of_q_values() {
    for env in ["CartPole-v1", "CartPoleForce-v0"] {
        for updates in [0, 8] {
            let mut config = config(env, 30_000);
            config.common.hidden = vec![];
            config.common.batch = STEPS;
            config.common.log_std = 1.0;
            config.common.normalize_observations = false;
            let mut trainer = Trainer::new(&Lab::standard(), &config, 3).unwrap();
            if updates > 0 {
                assert!(trainer.run(&mut LeaveAfter(updates)).is_break());
            }
            let scene = Scene {
                task: standard(env).unwrap(),
                policy: trainer.policy(),
                normaliser: ObservationNormaliser::new(4, false),
                streams: Streams::new(77, env),
            };
            let settings: CollectorSettings = config.common.collection();
            let mut collector = Collector::new(&scene.task, settings, &scene.streams).unwrap();
            let single: Vec<Estimate> = (0..60).map(|round| scene.single_path(round)).collect();
            let vine: Vec<Estimate> = (0..60)
                .map(|round| scene.vine(&mut collector, round))
                .collect();

            let [own, other] = [&vine, &single].map(|all| noise(all, |one| one.q_values));
            let [dear, cheap] = [&vine, &single].map(|all| noise(all, |one| one.steps));
            let share = if updates == 0 { 0.95 } else { 0.6 };
            assert!(
                own < share * other && dear > 5.0 * cheap,
                "{env}, {updates} updates: {own:.0} and {other:.0} a Q-value, {dear:.0} and \
                 {cheap:.0} a step"
            );
        }
    }
}
