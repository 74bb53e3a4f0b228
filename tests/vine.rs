//! The vine: what equations 15 and 16 estimate, what common random numbers are worth,
//! and that branching disturbs neither the trunk nor reproducible bits.

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use assert_cmd::Command;
use common::{assert_close, continuous, normals, stream};
use rayon::ThreadPoolBuilder;
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::algo::vine::{Vine, VineSettings};
use trpo_lab::algo::vine_objective::{Tried, VineObjective};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::registry::standard;
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, Env, EnvError, Spec, Task, Transition};
use trpo_lab::exec::Exec;
use trpo_lab::lab::Lab;
use trpo_lab::policy::Policy;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::branch::{Acts, Fork, walk};
use trpo_lab::rollout::collector::Collector;
use trpo_lab::rollout::normalise::ObservationNormaliser;
use trpo_lab::rollout::vine::{Estimates, Means, Shape, estimate};
use trpo_lab::rollout::whole::WholeEpisodes;
use trpo_lab::threads::Team;
use trpo_lab::train::{Checkpoint, Observer, Trainer};

/// Three rooms in a row. An action leads on or back, and fails in one of four steps;
/// behind the last room the episode ends. A step pays by the room that it leaves.
struct Rooms {
    room: usize,
    noise: Rng,
}

const PAYS: [f64; 3] = [0.0, 1.0, 5.0];
const FAILS: f64 = 0.25;

impl Default for Rooms {
    fn default() -> Self {
        Self {
            room: 0,
            noise: stream(0),
        }
    }
}

/// Where an action leads from a room, if it does not fail; `None`: out.
fn leads(room: usize, action: usize) -> Option<usize> {
    match action {
        0 => Some(room.saturating_sub(1)),
        _ => (room < 2).then_some(room + 1),
    }
}

impl Env for Rooms {
    fn spec(&self) -> Spec {
        // Short, so that a branch which knew the limit would be cut.
        Spec::new("Rooms-v0", 3, ActionSpace::Discrete(2), 4)
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.room = 0;
        self.noise = rng.clone();
        rng.uniform();
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let pay = PAYS[self.room];
        if self.noise.uniform() < FAILS {
            return Transition::new(pay, false);
        }
        let Action::Discrete(action) = action else {
            unreachable!("the space is discrete");
        };
        match leads(self.room, action) {
            Some(room) => {
                self.room = room;
                Transition::new(pay, false)
            }
            None => Transition::new(pay, true),
        }
    }

    fn observe(&self, observation: &mut [f64]) {
        observation.fill(0.0);
        observation[self.room] = 1.0;
    }

    fn state(&self) -> Vec<f64> {
        vec![self.room as f64]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        self.room = state[0] as usize;
        Ok(())
    }

    fn reseed(&mut self, rng: &Rng) {
        self.noise = rng.clone();
    }
}

const GAMMA: f64 = 0.9;
const LENGTH: usize = 6;

fn rooms() -> Task {
    Task::new(Rooms::default)
}

/// A linear policy in the rooms, well away from uniform.
fn policy() -> Policy<f32> {
    let theta = normals::<f32>(8, &mut stream(1));
    Policy::with_theta(3, &ActionSpace::Discrete(2), &[], theta)
}

/// Probabilities of the actions in every room.
fn probabilities(policy: &Policy<f32>) -> [[f64; 2]; 3] {
    let eye: Vec<f32> = (0..9).map(|i| f32::from(i % 4 == 0)).collect();
    let logits = policy.linearise(&eye).outputs();
    std::array::from_fn(|room| {
        let weights = [0, 1].map(|action| f64::from(logits[2 * room + action]).exp());
        weights.map(|weight| weight / (weights[0] + weights[1]))
    })
}

/// Q of an action and then the policy, over `length` steps, by dynamic programming.
fn exact(pi: &[[f64; 2]; 3], room: usize, action: usize, length: usize) -> f64 {
    if length == 0 {
        return 0.0;
    }
    let value = |room: usize| -> f64 {
        let q = [0, 1].map(|action| exact(pi, room, action, length - 1));
        pi[room][0] * q[0] + pi[room][1] * q[1]
    };
    let moved = leads(room, action).map_or(0.0, value);
    PAYS[room] + GAMMA * (FAILS * value(room) + (1.0 - FAILS) * moved)
}

/// A state in every room, from a walk through them.
fn forks(task: &Task, policy: &Policy<f32>) -> (Vec<Fork>, ObservationNormaliser) {
    let normaliser = ObservationNormaliser::new(3, false);
    let mut found: Vec<Option<Fork>> = vec![None; 3];
    for trial in 0.. {
        let acts = Acts {
            actor: &mut policy.actor(),
            normaliser: &normaliser,
        };
        let streams = Streams::new(trial, "walk");
        let rng = |purpose| streams.stream(purpose, 0);
        let (_, forks) = walk(
            task,
            4,
            acts,
            rng(Purpose::Trial),
            rng(Purpose::TrialAction),
        )
        .unwrap();
        for fork in forks {
            let room = fork.shown.iter().position(|x| *x == 1.0).unwrap();
            found[room] = Some(fork);
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    (found.into_iter().flatten().collect(), normaliser)
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (mean, (squares.sum::<f64>() / (count - 1.0) / count).sqrt())
}

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

fn config(env: &str, steps: usize) -> RunConfig {
    let settings = VineSettings {
        states: 12,
        actions: 3,
        rollouts: 2,
        length: 15,
        ..VineSettings::default()
    };
    RunConfig {
        common: CommonSettings {
            steps,
            batch: 256,
            copies: 4,
            hidden: vec![8],
            evaluation_episodes: 2,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, AlgorithmConfig::new::<Vine>(settings))
    }
}

#[test]
fn vine_trunks_are_the_same_with_and_without_branching() {
    let task = standard("Pendulum-v1").unwrap();
    let streams = Streams::new(3, "Pendulum-v1");
    let policy = Policy::<f32>::new(3, &task.spec().actions, &[8], 0.0, &mut stream(4));
    let settings = config("Pendulum-v1", 1).common.collection();
    let batches = |forks: &[usize]| {
        let mut collector = Collector::new(&task, settings, &streams).unwrap();
        let mut first = collector.collect(&mut policy.actor(), 64, forks).unwrap();
        let kept = std::mem::take(&mut first.forks);
        if !kept.is_empty() {
            let means = Means {
                task: &task,
                actor: policy.actor(),
                normaliser: collector.normaliser(),
                streams: &streams,
                team: &Team::default(),
            };
            let shape = Shape {
                actions: 1,
                rollouts: 3,
                length: 20,
                gamma: 0.9,
            };
            estimate(&means, &kept, &vec![0.5; kept.len()], shape, 0).unwrap();
        }
        let rows: Vec<f32> = kept.iter().flat_map(|fork| fork.shown.clone()).collect();
        let second = collector.collect(&mut policy.actor(), 64, &[]).unwrap();
        (
            [first, second].map(|r| (r.observations, r.actions, r.rewards)),
            rows,
        )
    };
    let (plain, _) = batches(&[]);
    let chosen = [0, 5, 6, 130, 255];
    let (branched, rows) = batches(&chosen);
    assert_eq!(plain, branched);
    let expected: Vec<f32> = chosen
        .iter()
        .flat_map(|row| &plain[0].0[3 * row..3 * row + 3])
        .copied()
        .collect();
    assert_eq!(rows, expected, "a state is the one before its row");
}

/// What an estimate of the gradient is worth: the sum of the variances of its
/// components over the squared norm of its mean, in `estimates` of the same, times what
/// one of them costs on average.
fn noise(estimates: &[(Vec<f32>, f64)]) -> f64 {
    let count = estimates.len() as f64;
    let cost = estimates.iter().map(|(_, cost)| cost).sum::<f64>() / count;
    let (mut variance, mut square) = (0.0, 0.0);
    for i in 0..estimates[0].0.len() {
        let component: Vec<f64> = estimates.iter().map(|(g, _)| f64::from(g[i])).collect();
        let (mean, error) = mean_and_error(&component);
        variance += error * error * count;
        square += mean * mean;
    }
    cost * variance / square
}

/// The claim of section 5.3 of the paper: fewer Q-values for the same noise, and more
/// steps of the simulation. At the first policy, and at one that has learnt for a while.
#[test]
fn vine_gradients_have_less_noise_for_the_same_number_of_q_values() {
    for env in ["CartPole-v1", "CartPoleForce-v0"] {
        for updates in [0, 8] {
            let mut config = config(env, 30_000);
            config.common.hidden = vec![];
            config.common.batch = 1000;
            config.common.log_std = 1.0;
            config.common.normalize_observations = false;
            let mut trainer = Trainer::new(&Lab::standard(), &config, 3).unwrap();
            let mut until = LeaveAfter(updates);
            if updates > 0 {
                assert!(trainer.run(&mut until).is_break());
            }
            let policy = trainer.policy();
            let (task, streams) = (standard(env).unwrap(), Streams::new(77, env));
            let normaliser = ObservationNormaliser::new(4, false);
            let mut settings = config.common.collection();
            settings.horizon = 250;
            let mut collector = Collector::new(&task, settings, &streams).unwrap();

            let single: Vec<(Vec<f32>, f64)> = (0..60)
                .map(|round| {
                    let of = |purpose| {
                        (0..4)
                            .map(|i| streams.stream(purpose, 4 * round + i))
                            .collect()
                    };
                    let mut envs = VecEnv::with_streams(&task, of(Purpose::Trial)).unwrap();
                    let mut draws: Vec<Rng> = of(Purpose::TrialAction);
                    let actor = &mut policy.actor();
                    let whole =
                        WholeEpisodes::play(&mut envs, actor, &normaliser, &mut draws, 1000);
                    let batch = whole.unwrap().batch(0.99);
                    let gradient = Surrogate::at(policy, &batch, true).gradient();
                    (gradient, batch.rows() as f64)
                })
                .collect();
            let mut steps = Vec::new();
            let vine: Vec<(Vec<f32>, f64)> = (0..60)
                .map(|round| {
                    let rows: Vec<usize> = (0..20).map(|n| 50 * n + 7).collect();
                    let trunk = collector.collect(&mut policy.actor(), 250, &rows).unwrap();
                    let observations: Vec<f32> = trunk
                        .forks
                        .iter()
                        .flat_map(|fork| fork.shown.clone())
                        .collect();
                    let is_exhaustive = env == "CartPole-v1";
                    let count = if is_exhaustive { 2 } else { 4 };
                    let first = if is_exhaustive {
                        [0.0, 1.0].repeat(20)
                    } else {
                        let seen: Vec<f32> = (trunk.forks.iter())
                            .flat_map(|fork| fork.shown.repeat(count))
                            .collect();
                        let mut first = vec![0.0; 80];
                        let mut draws: Vec<Rng> = (0..80).map(|i| stream(80 * round + i)).collect();
                        policy.actor().sample(&seen, &mut draws, &mut first);
                        first
                    };
                    let means = Means {
                        task: &task,
                        actor: policy.actor(),
                        normaliser: &normaliser,
                        streams: &streams,
                        team: &Team::default(),
                    };
                    let shape = Shape {
                        actions: count,
                        rollouts: 1,
                        length: 100,
                        gamma: 0.99,
                    };
                    let index = u64::from(20 * round);
                    let found = estimate(&means, &trunk.forks, &first, shape, index).unwrap();
                    steps.push(1000.0 + found.steps as f64);
                    let tried = Tried {
                        observations: &observations,
                        actions: &first,
                        count,
                        is_exhaustive,
                        q: &found.q,
                    };
                    (
                        VineObjective::at(policy, tried).gradient(),
                        found.q.len() as f64,
                    )
                })
                .collect();
            let by_steps: Vec<(Vec<f32>, f64)> = vine
                .iter()
                .zip(steps)
                .map(|((g, _), steps)| (g.clone(), steps))
                .collect();
            let (own, other, dear) = (noise(&vine), noise(&single), noise(&by_steps));
            let said = format!(
                "{env}, {updates} updates: {own:.0} and {other:.0} a Q-value, {dear:.0} and \
                 {other:.0} a step"
            );
            let share = if updates == 0 { 0.95 } else { 0.6 };
            assert!(own < share * other && dear > 5.0 * other, "{said}");
        }
    }
}

#[test]
fn vine_counts_every_step_and_records_what_it_tried() {
    for (env, count) in [("CartPole-v1", 2.0), ("Pendulum-v1", 3.0)] {
        let mut trainer = Trainer::new(&Lab::standard(), &config(env, 3000), 1).unwrap();
        assert!(trainer.run(&mut ()).is_continue());
        let column = |name: &str| -> Vec<f64> {
            let numbers = trainer.curve().numbers(name).unwrap();
            numbers.iter().flatten().copied().collect()
        };
        assert!(column("q_values").iter().all(|q| *q == 12.0 * count));
        let steps = column("step");
        let mut before = 0.0;
        for (step, branch) in steps.iter().zip(column("branch_steps")) {
            assert_eq!(*step, before + 256.0 + branch);
            before = *step;
        }
        assert!(steps.len() > 1 && before >= 3000.0);
        if env == "Pendulum-v1" {
            // Nothing ends there but by the time limit, which branches do not know.
            assert_eq!(column("branch_steps")[0], 12.0 * 3.0 * 2.0 * 15.0);
        }
        assert!(trainer.curve().numbers("critic_loss_before").is_none());
    }
}

#[test]
fn vine_is_the_same_on_any_number_of_threads_and_resumed() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        let config = config(env, 4000);
        let digest = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let exec = Exec {
                team: Team::new(Arc::new(pool.unwrap()), Arc::new(AtomicUsize::new(threads))),
                ..Exec::default()
            };
            let trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
            let mut trainer = trainer.with_exec(&exec);
            assert!(trainer.run(&mut ()).is_continue());
            trainer.into_record(&mut ()).digest
        };
        let one = digest(1);
        assert_eq!([digest(2), digest(4)], [one.clone(), one.clone()]);

        let mut trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
        assert!(trainer.run(&mut LeaveAfter(1)).is_break());
        let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
        drop(trainer);
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        let mut resumed = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
        assert!(resumed.run(&mut ()).is_continue());
        assert_eq!(resumed.into_record(&mut ()).digest, one);
    }
}

/// Leaves the run after so many updates.
struct LeaveAfter(usize);

impl Observer for LeaveAfter {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        if trainer.updates() == self.0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[test]
fn vine_learns_cart_pole_with_a_linear_policy() {
    let mut config = config("CartPole-v1", 60_000);
    config.common.hidden = vec![];
    config.algorithm = AlgorithmConfig::new::<Vine>(VineSettings {
        states: 50,
        length: 50,
        ..VineSettings::default()
    });
    let mut trainer = Trainer::new(&Lab::standard(), &config, 2).unwrap();
    assert!(trainer.run(&mut ()).is_continue());
    let evaluation = trainer.into_record(&mut ()).evaluation.unwrap();
    assert!(
        evaluation.returns.iter().all(|r| *r >= 475.0),
        "{evaluation:?}"
    );
}

#[test]
fn vine_refuses_what_it_cannot_do() {
    let message = |assignments: &[&str]| {
        let mut command = Command::cargo_bin("trpo-lab").unwrap();
        command.args([
            "train",
            "--env",
            "CartPole-v1",
            "--algo",
            "vine",
            "--seed",
            "0",
        ]);
        for assignment in assignments {
            command.args(["--set", assignment]);
        }
        let output = command.assert().code(2).get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    let said = message(&["vine.states=300", "batch=256"]);
    assert!(
        said.contains("`vine.states` must be at most the rows of the trunk"),
        "{said}"
    );
    let said = message(&["vine.rollouts=100000000"]);
    assert!(
        said.contains("`vine.rollouts` must leave at most 2^32"),
        "{said}"
    );
}
