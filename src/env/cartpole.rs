//! CartPole-v1: balance a pole on a cart (Barto, Sutton and Anderson, 1983).

use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, exactly, single};
use crate::rng::Rng;
use std::borrow::Cow;

const GRAVITY: f64 = 9.8;
const POLE_MASS: f64 = 0.1;
const TOTAL_MASS: f64 = 1.0 + POLE_MASS;
/// From the joint to the pole's centre.
const HALF_LENGTH: f64 = 0.5;
const MASS_LENGTH: f64 = POLE_MASS * HALF_LENGTH;
const FORCE: f64 = 10.0;
/// Seconds per step.
const TAU: f64 = 0.02;
const MAX_POSITION: f64 = 2.4;
const MAX_ANGLE: f64 = 12.0 * 2.0 * std::f64::consts::PI / 360.0;

static SPEC: Spec = Spec {
    id: Cow::Borrowed("CartPole-v1"),
    observation_dim: 4,
    actions: ActionSpace::Discrete(2),
    time_limit: 500,
};

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    &SPEC
}

/// The task. Actions: push left, push right. The state and the observation
/// are x \[m\], its velocity, the angle from upright \[rad\], its velocity.
/// Reward 1 for every step, the last one included. It ends once |x| > 2.4 or
/// the angle leaves 12 degrees; velocities have no bound.
#[derive(Debug, Clone, Default)]
pub struct CartPole {
    state: [f64; 4],
}

impl Env for CartPole {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.state = std::array::from_fn(|_| rng.uniform_in(-0.05, 0.05));
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        self.push([-FORCE, FORCE][action.index(spec())])
    }

    fn observe(&self, observation: &mut [f64]) {
        observation.copy_from_slice(&self.state.map(single));
    }

    fn state(&self) -> Vec<f64> {
        self.state.to_vec()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        self.state = exactly(state, spec(), "4: x, velocity, angle, angular velocity")?;
        Ok(())
    }
}

impl CartPole {
    /// One step under `force` \[N\].
    pub(super) fn push(&mut self, force: f64) -> Transition {
        let [x, v, angle, w] = self.state;
        let (sin, cos) = libm::sincos(angle);
        let push = (force + MASS_LENGTH * (w * w) * sin) / TOTAL_MASS;
        let angular = (GRAVITY * sin - cos * push)
            / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS));
        let linear = push - MASS_LENGTH * angular * cos / TOTAL_MASS;

        // Explicit Euler: positions move with the old velocities.
        self.state = [
            x + TAU * v,
            v + TAU * linear,
            angle + TAU * w,
            w + TAU * angular,
        ];
        Transition::new(
            1.0,
            self.state[0].abs() > MAX_POSITION || self.state[2].abs() > MAX_ANGLE,
        )
    }
}
