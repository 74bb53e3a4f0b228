//! MountainCarContinuous-v0: the mountain car with a real-valued push.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, single};
use crate::rng::Rng;

const POWER: f64 = 0.0015;
const GRAVITY: f64 = 0.0025;
const MAX_FORCE: f32 = 1.0;
const MAX_SPEED: f64 = 0.07;
const MIN_POSITION: f64 = -1.2;
const MAX_POSITION: f64 = 0.6;
const GOAL: f64 = 0.45;

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    static SPEC: LazyLock<Spec> = LazyLock::new(|| Spec {
        id: Cow::Borrowed("MountainCarContinuous-v0"),
        observation_dim: 2,
        actions: ActionSpace::Box {
            low: vec![-MAX_FORCE],
            high: vec![MAX_FORCE],
        },
        time_limit: 999,
    });
    &SPEC
}

/// The task. Action: a push, clipped to [-1, 1]. The observation is the
/// position in [-1.2, 0.6] and the velocity in [-0.07, 0.07]. Reward
/// -0.1 action^2 (before clipping), and 100 more on the step that ends the
/// episode: at position 0.45, unless the car moves backwards.
///
/// In the reference, position and velocity are `float64` until the first step
/// and `float32` from then on. The state is therefore position, velocity, and
/// 1 while they are as drawn, else 0; two numbers alone mean as drawn.
#[derive(Debug, Clone, Default)]
pub struct MountainCarContinuous {
    position: f64,
    velocity: f64,
    as_drawn: bool,
}

impl Env for MountainCarContinuous {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.position = rng.uniform_in(-0.6, -0.4);
        self.velocity = 0.0;
        self.as_drawn = true;
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let action = action.components(spec())[0];
        // Rounding to the precision of the state. Sums of two `float32`
        // rounded once from `float64` are the `float32` sums.
        let stored: fn(f64) -> f64 = if self.as_drawn { |x| x } else { single };
        let slope = GRAVITY * libm::cos(stored(3.0 * self.position));
        let push = if action.abs() <= MAX_FORCE {
            f64::from(action * POWER as f32 - slope as f32)
        } else {
            stored(f64::from(action.clamp(-MAX_FORCE, MAX_FORCE)) * POWER - slope)
        };

        let max_speed = stored(MAX_SPEED);
        let (left, right) = (stored(MIN_POSITION), stored(MAX_POSITION));
        let mut velocity = stored(self.velocity + push).clamp(-max_speed, max_speed);
        let position = stored(self.position + velocity).clamp(left, right);
        if position == left && velocity < 0.0 {
            velocity = 0.0;
        }
        let terminated = position >= stored(GOAL) && velocity >= 0.0;

        self.position = single(position);
        self.velocity = single(velocity);
        self.as_drawn = false;
        let effort = f64::from(action) * f64::from(action) * 0.1;
        Transition::new(if terminated { 100.0 } else { 0.0 } - effort, terminated)
    }

    fn observe(&self, observation: &mut [f64]) {
        observation.copy_from_slice(&[self.position, self.velocity].map(single));
    }

    fn state(&self) -> Vec<f64> {
        vec![
            self.position,
            self.velocity,
            f64::from(u8::from(self.as_drawn)),
        ]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        let (position, velocity, as_drawn) = match *state {
            [position, velocity] => (position, velocity, true),
            [position, velocity, as_drawn] => (position, velocity, as_drawn != 0.0),
            _ => {
                return Err(EnvError::StateLength {
                    id: spec().id.to_string(),
                    given: state.len(),
                    expected: "2: position, velocity; or 3: also 1 before the first step, else 0"
                        .to_owned(),
                });
            }
        };
        *self = Self {
            position,
            velocity,
            as_drawn,
        };
        Ok(())
    }
}
