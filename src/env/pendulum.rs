//! Pendulum-v1: swing a pendulum up and hold it there.

use std::borrow::Cow;
use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, exactly, single};
use crate::rng::Rng;

/// 3 g / (2 l), with g = 10 and l = 1.
const WEIGHT: f64 = 15.0;
/// 3 / (m l^2), with m = l = 1.
const LEVER: f32 = 3.0;
/// Seconds per step.
const DT: f64 = 0.05;
const MAX_SPEED: f64 = 8.0;
const MAX_TORQUE: f32 = 2.0;

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    static SPEC: LazyLock<Spec> = LazyLock::new(|| Spec {
        id: Cow::Borrowed("Pendulum-v1"),
        observation_dim: 3,
        actions: ActionSpace::Box {
            low: vec![-MAX_TORQUE],
            high: vec![MAX_TORQUE],
        },
        time_limit: 200,
    });
    &SPEC
}

/// The task. Action: a torque, clipped to [-2, 2]. The state is the angle from
/// upright, which is never wrapped, and its velocity in [-8, 8]; the
/// observation cos and sin of the angle and the velocity. Reward minus the
/// cost of the state before the step: angle^2 (wrapped to [-pi, pi]) +
/// 0.1 velocity^2 + 0.001 torque^2. It never ends by itself.
#[derive(Debug, Clone, Default)]
pub struct Pendulum {
    angle: f64,
    velocity: f64,
}

impl Env for Pendulum {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.angle = rng.uniform_in(-PI, PI);
        self.velocity = rng.uniform_in(-1.0, 1.0);
    }

    /// What depends on the torque alone is `float32` arithmetic, as in the
    /// reference. Squares are plain products: `libm::pow`, which is nearer to
    /// what NumPy calls, comes no closer on the reference trajectories.
    fn step(&mut self, action: Action<'_>) -> Transition {
        let torque = action.components(spec())[0].clamp(-MAX_TORQUE, MAX_TORQUE);
        let lean = (self.angle + PI).rem_euclid(TAU) - PI;
        let effort = 0.001 * (torque * torque);
        let cost = lean * lean + 0.1 * (self.velocity * self.velocity) + f64::from(effort);

        // Semi-implicit Euler: the angle moves with the new velocity.
        let acceleration = WEIGHT * libm::sin(self.angle) + f64::from(LEVER * torque);
        self.velocity = (self.velocity + acceleration * DT).clamp(-MAX_SPEED, MAX_SPEED);
        self.angle += self.velocity * DT;
        Transition::new(-cost, false)
    }

    fn observe(&self, observation: &mut [f64]) {
        let (sin, cos) = libm::sincos(self.angle);
        observation.copy_from_slice(&[cos, sin, self.velocity].map(single));
    }

    fn state(&self) -> Vec<f64> {
        vec![self.angle, self.velocity]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        [self.angle, self.velocity] = exactly(state, spec(), "2: angle, velocity")?;
        Ok(())
    }
}
