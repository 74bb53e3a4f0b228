//! A task small enough for exact values.

use trpo_lab::env::{Action, ActionSpace, Env, EnvError, Spec, Task, Transition};
use trpo_lab::policy::Policy;
use trpo_lab::policy::normalise::ObservationNormaliser;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::branch::{Acts, Fork, walk};

use crate::common::{normals, stream};

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

pub const GAMMA: f64 = 0.9;
pub const LENGTH: usize = 6;

pub fn rooms() -> Task {
    Task::new(Rooms::default)
}

/// A linear policy in the rooms, well away from uniform.
pub fn policy() -> Policy<f32> {
    let theta = normals::<f32>(8, &mut stream(1));
    Policy::with_theta(3, &ActionSpace::Discrete(2), &[], theta)
}

/// Probabilities of the actions in every room.
pub fn probabilities(policy: &Policy<f32>) -> [[f64; 2]; 3] {
    let eye: Vec<f32> = (0..9).map(|i| f32::from(i % 4 == 0)).collect();
    let logits = policy.linearise(&eye).outputs();
    std::array::from_fn(|room| {
        let weights = [0, 1].map(|action| f64::from(logits[2 * room + action]).exp());
        weights.map(|weight| weight / (weights[0] + weights[1]))
    })
}

/// Q of an action and then the policy, over `length` steps, by dynamic programming.
pub fn exact(pi: &[[f64; 2]; 3], room: usize, action: usize, length: usize) -> f64 {
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
pub fn forks(task: &Task, policy: &Policy<f32>) -> (Vec<Fork>, ObservationNormaliser) {
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
