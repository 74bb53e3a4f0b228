//! MountainCar-v0: rock an underpowered car out of a valley (Moore, 1990).

use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, exactly, single};
use crate::rng::Rng;
use std::borrow::Cow;

const FORCE: f64 = 0.001;
const GRAVITY: f64 = 0.0025;
const MAX_SPEED: f64 = 0.07;
const MIN_POSITION: f64 = -1.2;
const MAX_POSITION: f64 = 0.6;
const GOAL: f64 = 0.5;

static SPEC: Spec = Spec {
    id: Cow::Borrowed("MountainCar-v0"),
    observation_dim: 2,
    actions: ActionSpace::Discrete(3),
    time_limit: 200,
};

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    &SPEC
}

/// The task. Actions: push left, coast, push right. The state and the
/// observation are the position in [-1.2, 0.6] and the velocity in
/// [-0.07, 0.07]. Reward -1 for every step, the last one included. It ends at
/// position 0.5, unless the car moves backwards.
#[derive(Debug, Clone, Default)]
pub struct MountainCar {
    position: f64,
    velocity: f64,
}

impl Env for MountainCar {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.position = rng.uniform_in(-0.6, -0.4);
        self.velocity = 0.0;
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let direction = action.index(spec()) as f64 - 1.0;
        let push = direction * FORCE - libm::cos(3.0 * self.position) * GRAVITY;
        self.velocity = (self.velocity + push).clamp(-MAX_SPEED, MAX_SPEED);
        self.position = (self.position + self.velocity).clamp(MIN_POSITION, MAX_POSITION);
        if self.position == MIN_POSITION && self.velocity < 0.0 {
            self.velocity = 0.0;
        }
        Transition::new(-1.0, self.position >= GOAL && self.velocity >= 0.0)
    }

    fn observe(&self, observation: &mut [f64]) {
        observation.copy_from_slice(&[self.position, self.velocity].map(single));
    }

    fn state(&self) -> Vec<f64> {
        vec![self.position, self.velocity]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        [self.position, self.velocity] = exactly(state, spec(), "2: position, velocity")?;
        Ok(())
    }
}
