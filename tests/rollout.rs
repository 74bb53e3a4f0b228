//! What is collected, against a replay of the same actions: observations and
//! their true successors, episodes that cross batches, and advantages summed
//! by their definition.

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use common::{assert_close, normals};
use rayon::ThreadPoolBuilder;
use trpo_lab::algo::objective::Objective as _;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, Outcome, registry};
use trpo_lab::exec::Exec;
use trpo_lab::kernels::{Kernel, mean_and_variance};
use trpo_lab::policy::Policy;
use trpo_lab::policy::normalise::ObservationNormaliser;
use trpo_lab::rng::{Purpose, Streams};
use trpo_lab::rollout::collector::{Collector, CollectorSettings, Rollout};
use trpo_lab::rollout::episodes::evaluate;
use trpo_lab::threads::Team;

const COPIES: usize = 3;
const HORIZON: usize = 150;
const GAMMA: f64 = 0.97;
const LAMBDA: f64 = 0.9;

/// Some function of the observation.
fn values(observations: &[f32], dim: usize) -> Vec<f32> {
    let value = |row: &[f32]| {
        let terms = row.iter().enumerate();
        terms.map(|(i, x)| (i as f32 + 1.0) * x).sum::<f32>().sin()
    };
    observations.chunks_exact(dim).map(value).collect()
}

/// One row, as a replay saw it.
struct Step {
    seen: Vec<f32>,
    next: Vec<f32>,
    reward: f64,
    terminated: bool,
    ended: bool,
}

fn as_seen(normaliser: &ObservationNormaliser, raw: &[f64]) -> Vec<f32> {
    let mut seen = vec![0.0; raw.len()];
    normaliser.apply(raw, &mut seen);
    seen
}

/// Steps a copy with an action as the policy chose it.
fn act(envs: &mut VecEnv, copy: usize, action: f32) -> Outcome {
    match envs.spec().actions.clone() {
        ActionSpace::Discrete(_) => envs.step(copy, Action::Discrete(action as usize)).unwrap(),
        ActionSpace::Box { low, high } => {
            let clipped = action.clamp(low[0], high[0]);
            envs.step(copy, Action::Continuous(&[clipped])).unwrap()
        }
    }
}

/// Takes the actions of `rollout` in `envs`.
fn replay(envs: &mut VecEnv, rollout: &Rollout, normaliser: &ObservationNormaliser) -> Vec<Step> {
    let dim = envs.spec().observation_dim;
    let width = rollout.actions.len() / rollout.rewards.len();
    let rows = rollout.actions.chunks_exact(width).enumerate();
    rows.map(|(row, action)| {
        let copy = row % COPIES;
        let seen = as_seen(normaliser, &envs.observations()[copy * dim..][..dim]);
        let outcome = act(envs, copy, action[0]);
        Step {
            seen,
            next: as_seen(normaliser, envs.next_observation(copy)),
            reward: outcome.reward,
            terminated: outcome.terminated,
            ended: outcome.ended(),
        }
    })
    .collect()
}

/// The advantage of a row: the sum of (gamma lambda)^l d over the steps of its
/// copy, up to the end of the episode or of the batch.
fn advantage(steps: &[Step], row: usize, rewards: &[f64]) -> f64 {
    let v = |observation: &[f32]| f64::from(values(observation, observation.len())[0]);
    let (mut sum, mut weight) = (0.0, 1.0);
    for at in (row..steps.len()).step_by(COPIES) {
        let step = &steps[at];
        let next = if step.terminated { 0.0 } else { v(&step.next) };
        sum += weight * (rewards[at] + GAMMA * next - v(&step.seen));
        weight *= GAMMA * LAMBDA;
        if step.ended {
            break;
        }
    }
    sum
}

/// Rewards over the deviation of all discounted returns so far.
struct Scaler {
    running: [f64; COPIES],
    all: Vec<f64>,
}

impl Scaler {
    fn scaled(&mut self, steps: &[Step]) -> Vec<f64> {
        for (row, step) in steps.iter().enumerate() {
            let running = &mut self.running[row % COPIES];
            *running = GAMMA * *running + step.reward;
            self.all.push(*running);
            if step.ended {
                *running = 0.0;
            }
        }
        let deviation = (mean_and_variance(&self.all).1 + 1e-8).sqrt();
        let scale = |step: &Step| (step.reward / deviation).clamp(-10.0, 10.0);
        steps.iter().map(scale).collect()
    }
}

fn check(env: &str, normalize_observations: bool, scale_rewards: bool, reward_factor: f64) {
    let streams = Streams::new(3, env);
    let task = registry::standard(env).unwrap();
    let mut envs = VecEnv::new(&task, COPIES, &streams).unwrap();
    let spec = task.spec();
    let dim = spec.observation_dim;
    let rng = &mut streams.stream(Purpose::Initialisation, 0);
    // Wide enough that actions leave their box.
    let policy = Policy::<f32>::new(dim, &spec.actions, &[8], 1.0, rng);
    let settings = CollectorSettings {
        copies: COPIES,
        horizon: HORIZON,
        gamma: GAMMA,
        lambda: LAMBDA,
        normalize_observations,
        scale_rewards,
        reward_factor,
        whole_episodes: false,
    };
    let mut collector = Collector::new(&task, settings, &streams).unwrap();
    let (mut returns, mut lengths) = ([0.0; COPIES], [0; COPIES]);
    let mut scaler = Scaler {
        running: [0.0; COPIES],
        all: Vec::new(),
    };
    let mut ends = 0;
    for round in 0..4 {
        let frozen = collector.normaliser().clone();
        let rollout = collector
            .collect(&mut policy.actor(), HORIZON, &[])
            .unwrap();
        let steps = replay(&mut envs, &rollout, &frozen);
        let seen: Vec<f32> = steps.iter().flat_map(|step| step.seen.clone()).collect();
        assert_eq!(rollout.observations, seen);
        let raw: Vec<f64> = steps.iter().map(|step| step.reward).collect();
        assert_eq!(rollout.rewards, raw);
        if matches!(spec.actions, ActionSpace::Box { .. }) {
            assert!(rollout.actions.iter().any(|a| a.abs() > 2.0), "clipped");
        }

        // Episodes, with what they brought from earlier batches.
        let mut episodes = rollout.episodes.iter();
        for (row, step) in steps.iter().enumerate() {
            let copy = row % COPIES;
            returns[copy] += step.reward;
            lengths[copy] += 1;
            if step.ended {
                let episode = episodes.next().unwrap();
                assert_eq!(episode.return_, std::mem::take(&mut returns[copy]));
                assert_eq!(episode.length, std::mem::take(&mut lengths[copy]));
                let end = (round * HORIZON + row / COPIES + 1) * COPIES;
                assert_eq!(episode.end_step, end as u64);
                ends += 1;
            }
        }
        assert!(episodes.next().is_none());

        let batch = collector.batch(&rollout, |observations| values(observations, dim));
        let scaled = scaler.scaled(&steps);
        let times: Vec<f64> = raw.iter().map(|reward| reward * reward_factor).collect();
        let rewards = if scale_rewards { &scaled } else { &times };
        let expected: Vec<f64> = (0..steps.len())
            .map(|row| advantage(&steps, row, rewards))
            .collect();
        assert_close("A", &batch.advantages, &expected, 1e-6);
        assert_eq!(batch.actions, rollout.actions);
        assert_eq!(batch.values, values(&seen, dim));
        let sums: Vec<f32> = (batch.advantages.iter().zip(&batch.values))
            .map(|(a, v)| a + v)
            .collect();
        assert_close("R", &batch.targets, &sums, 1e-6);

        assert_eq!(collector.normaliser(), &frozen, "learnt too early");
        collector.learn_statistics(&rollout.raw_observations);
        assert_eq!(collector.normaliser() != &frozen, normalize_observations);
    }
    assert!(ends > 2, "{env}: {ends} episodes ended");
}

/// One task ends by its rules, two by their limit, one of them with real
/// actions.
#[test]
fn batches_agree_with_a_replay() {
    for env in ["CartPole-v1", "MountainCar-v0", "Pendulum-v1"] {
        for normalize in [false, true] {
            check(env, normalize, false, 1.0);
            check(env, normalize, false, 4.0);
            check(env, normalize, true, 1.0);
        }
    }
}

/// The mode is a function of the state: an episode can be told from its first
/// state alone.
#[test]
fn an_evaluation_acts_by_the_mode() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        let streams = Streams::new(3, env);
        let task = registry::standard(env).unwrap();
        let spec = task.spec();
        let dim = spec.observation_dim;
        let rng = &mut streams.stream(Purpose::Initialisation, 0);
        let policy = Policy::<f32>::new(dim, &spec.actions, &[8], 0.0, rng);
        let mut normaliser = ObservationNormaliser::new(dim, true);
        normaliser.learn(&normals(50 * dim, &mut common::stream(0)));
        let mut actor = policy.actor();
        let starts = (0..4).map(|i| streams.stream(Purpose::Evaluation, i));
        let played = evaluate(&task, &mut actor, &normaliser, starts.collect(), None).unwrap();

        for (episode, &whole) in (0..4).zip(&played) {
            let first = streams.stream(Purpose::Evaluation, episode);
            let mut envs = VecEnv::with_streams(&task, vec![first]).unwrap();
            let (mut sum, mut length, mut action) = (0.0, 0, [0.0]);
            loop {
                actor.mode(&as_seen(&normaliser, envs.observations()), &mut action);
                let outcome = act(&mut envs, 0, action[0]);
                sum += outcome.reward;
                length += 1;
                if outcome.ended() {
                    break;
                }
            }
            assert_eq!((whole.return_, whole.length), (sum, length), "{env}");
        }
    }
}

/// What the policy gave as it acted stands for a pass over the batch: the same bits for
/// every task, kernel, number of threads and number of copies, so that the ratio at theta_old
/// is 1 and the divergence 0.
#[test]
fn what_a_policy_gave_as_it_acted_is_what_a_pass_over_the_batch_gives() {
    for task in registry::all() {
        let spec = task.spec();
        for copies in [1, 2, 5, 16] {
            let streams = Streams::new(3, task.id());
            let rng = &mut streams.stream(Purpose::Initialisation, 0);
            let (dim, actions) = (spec.observation_dim, &spec.actions);
            let policy = Policy::<f32>::new(dim, actions, &[64, 12], -0.5, rng);
            for kernel in Kernel::available() {
                let settings = CollectorSettings {
                    copies,
                    horizon: 320 / copies,
                    gamma: GAMMA,
                    lambda: LAMBDA,
                    normalize_observations: true,
                    scale_rewards: false,
                    reward_factor: 1.0,
                    whole_episodes: false,
                };
                let mut collector = Collector::new(&task, settings, &streams).unwrap();
                let acting = policy.clone().with_exec(&exec(kernel, 1));
                let rollout = collector
                    .collect(&mut acting.actor(), settings.horizon, &[])
                    .unwrap();
                let batch = collector.batch(&rollout, |seen| values(seen, dim));
                for threads in 1..=4 {
                    let policy = policy.clone().with_exec(&exec(kernel, threads));
                    let passed = policy.linearise(&batch.observations).outputs();
                    let case = format!("{}, {kernel:?}, {copies} copies", task.id());
                    assert_eq!(batch.old_params, passed, "{case}, {threads} threads");
                    let there = Surrogate::at(&policy, &batch, false).measure(&policy.theta());
                    assert_eq!((there.kl_mean, there.kl_max), (0.0, 0.0), "{case}");
                }
            }
        }
    }
}

fn exec(kernel: Kernel, threads: usize) -> Exec {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let team = Team::new(Arc::new(pool.unwrap()), Arc::new(AtomicUsize::new(threads)));
    Exec { kernel, team }
}
