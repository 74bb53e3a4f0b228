//! Acrobot-v1: swing a two-link pendulum above a height by the torque on its
//! second joint (Sutton, 1996), with the equations of Sutton and Barto's book.

use std::borrow::Cow;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, exactly, single};
use crate::rng::Rng;

const GRAVITY: f64 = 9.8;
/// Of each link, like the next three.
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
/// From a link's joint to its centre of mass.
const CENTRE: f64 = 0.5;
const INERTIA: f64 = 1.0;
/// Seconds per step, which is one step of Runge and Kutta.
const DT: f64 = 0.2;
/// Bounds of the two angular velocities.
const MAX_SPEED: [f64; 2] = [4.0 * PI, 9.0 * PI];

static SPEC: Spec = Spec {
    id: Cow::Borrowed("Acrobot-v1"),
    observation_dim: 6,
    actions: ActionSpace::Discrete(3),
    time_limit: 500,
};

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    &SPEC
}

/// The task. Actions: torque -1, 0, +1. The state is the angle of the first
/// link from hanging, that of the second relative to the first (both in
/// [-pi, pi]), and their velocities (within 4 pi and 9 pi); the observation
/// cos and sin of the first angle, of the second, and the velocities. Reward
/// -1, and 0 on the step that ends the episode with the tip more than one
/// length above the first joint.
#[derive(Debug, Clone, Default)]
pub struct Acrobot {
    state: [f64; 4],
}

impl Env for Acrobot {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    /// The first state is rounded to `float32`; later ones are not.
    fn reset(&mut self, rng: &mut Rng) {
        self.state = std::array::from_fn(|_| single(rng.uniform_in(-0.1, 0.1)));
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let torque = [-1.0, 0.0, 1.0][action.index(spec())];
        let [angle1, angle2, w1, w2] = runge_kutta(self.state, torque);
        let (angle1, angle2) = (wrap(angle1), wrap(angle2));
        self.state = [
            angle1,
            angle2,
            w1.clamp(-MAX_SPEED[0], MAX_SPEED[0]),
            w2.clamp(-MAX_SPEED[1], MAX_SPEED[1]),
        ];
        let terminated = -libm::cos(angle1) - libm::cos(angle1 + angle2) > 1.0;
        Transition::new(if terminated { 0.0 } else { -1.0 }, terminated)
    }

    fn observe(&self, observation: &mut [f64]) {
        let [angle1, angle2, w1, w2] = self.state;
        let (sin1, cos1) = libm::sincos(angle1);
        let (sin2, cos2) = libm::sincos(angle2);
        observation.copy_from_slice(&[cos1, sin1, cos2, sin2, w1, w2].map(single));
    }

    fn state(&self) -> Vec<f64> {
        self.state.to_vec()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        self.state = exactly(state, spec(), "4: two angles, their velocities")?;
        Ok(())
    }
}

/// One step of the classic fourth-order method.
fn runge_kutta(y: [f64; 4], torque: f64) -> [f64; 4] {
    let along = |k: [f64; 4], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
    let k1 = derivative(y, torque);
    let k2 = derivative(along(k1, DT / 2.0), torque);
    let k3 = derivative(along(k2, DT / 2.0), torque);
    let k4 = derivative(along(k3, DT), torque);
    std::array::from_fn(|i| y[i] + DT / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

/// The time derivative of the state. Squares are plain products, with which
/// the reference trajectories are met to the bit.
fn derivative([angle1, angle2, w1, w2]: [f64; 4], torque: f64) -> [f64; 4] {
    let (sin2, cos2) = libm::sincos(angle2);
    let d1 = MASS * CENTRE * CENTRE
        + MASS * (LENGTH * LENGTH + CENTRE * CENTRE + 2.0 * LENGTH * CENTRE * cos2)
        + INERTIA
        + INERTIA;
    let d2 = MASS * (CENTRE * CENTRE + LENGTH * CENTRE * cos2) + INERTIA;
    let phi2 = MASS * CENTRE * GRAVITY * libm::cos(angle1 + angle2 - FRAC_PI_2);
    let phi1 = -MASS * LENGTH * CENTRE * (w2 * w2) * sin2
        - 2.0 * MASS * LENGTH * CENTRE * w2 * w1 * sin2
        + (MASS * CENTRE + MASS * LENGTH) * GRAVITY * libm::cos(angle1 - FRAC_PI_2)
        + phi2;
    let a2 = (torque + d2 / d1 * phi1 - MASS * LENGTH * CENTRE * (w1 * w1) * sin2 - phi2)
        / (MASS * CENTRE * CENTRE + INERTIA - d2 * d2 / d1);
    let a1 = -(d2 * a2 + phi1) / d1;
    [w1, w2, a1, a2]
}

/// The angle in [-pi, pi]. Turns are taken off one by one, as the reference
/// does; only angles that no episode reaches need the remainder first.
fn wrap(mut angle: f64) -> f64 {
    if angle.abs() > 1e3 {
        angle %= TAU;
    }
    while angle > PI {
        angle -= TAU;
    }
    while angle < -PI {
        angle += TAU;
    }
    angle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn first_states_are_single_and_later_ones_double() {
        let is_single = |x: &f64| *x == single(*x);
        let mut env = Acrobot::default();
        env.reset(&mut Streams::new(0, &SPEC.id).stream(Purpose::Environment, 0));
        assert!(env.state.iter().all(is_single));
        env.step(Action::Discrete(1));
        assert!(!env.state.iter().any(is_single));
    }

    #[test]
    fn speeds_stop_at_their_bounds() {
        let mut env = Acrobot::default();
        for (w1, w2) in [(50.0, 100.0), (-50.0, -100.0)] {
            env.set_state(&[0.0, 0.0, w1, w2]).unwrap();
            env.step(Action::Discrete(1));
            assert_eq!(env.state[2].abs(), MAX_SPEED[0]);
            assert_eq!(env.state[3].abs(), MAX_SPEED[1]);
        }
    }

    #[test]
    fn wrap_ends_for_every_number() {
        for angle in [0.0, 3.0, -3.2, 50.0, -999.0, 1e17, -1e300] {
            assert!(wrap(angle).abs() <= PI, "{angle}");
        }
        assert!(wrap(f64::INFINITY).is_nan());
        assert_eq!(wrap(4.0), 4.0 - TAU);
    }
}
