//! CartPoleForce-v0: CartPole-v1 with a force of any size instead of two pushes. Ours,
//! not Gymnasium's: a stand-in for the cart-pole of Schulman et al. (2015), on which a
//! linear Gaussian policy has six parameters.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::cartpole::CartPole;
use super::{Action, ActionSpace, Env, EnvError, Spec, Transition, exactly};
use crate::rng::Rng;

/// Newton.
const MAX_FORCE: f32 = 10.0;

/// What is fixed about the task.
pub fn spec() -> &'static Spec {
    static SPEC: LazyLock<Spec> = LazyLock::new(|| Spec {
        id: Cow::Borrowed("CartPoleForce-v0"),
        observation_dim: 4,
        actions: ActionSpace::Box {
            low: vec![-MAX_FORCE],
            high: vec![MAX_FORCE],
        },
        time_limit: 500,
    });
    &SPEC
}

/// The task. The action is the force on the cart \[N\], from -10 to 10; all else is
/// that of [`CartPole`].
#[derive(Debug, Clone, Default)]
pub struct CartPoleForce(CartPole);

impl Env for CartPoleForce {
    fn spec(&self) -> Spec {
        spec().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.0.reset(rng);
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        self.0.push(f64::from(action.components(spec())[0]))
    }

    fn observe(&self, observation: &mut [f64]) {
        self.0.observe(observation);
    }

    fn state(&self) -> Vec<f64> {
        self.0.state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        let state: [f64; 4] = exactly(state, spec(), "4: x, velocity, angle, angular velocity")?;
        self.0.set_state(&state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_forces_are_the_pushes_of_cart_pole() {
        for (index, force) in [(0, -10.0), (1, 10.0)] {
            let mut pushed = CartPole::default();
            pushed.set_state(&[0.1, -0.2, 0.03, 0.4]).unwrap();
            let mut forced = CartPoleForce(pushed.clone());
            for _ in 0..5 {
                let expected = pushed.step(Action::Discrete(index));
                assert_eq!(forced.step(Action::Continuous(&[force])), expected);
                assert_eq!(forced.state(), pushed.state());
            }
        }
    }

    #[test]
    fn no_force_lets_the_pole_fall() {
        let mut env = CartPoleForce::default();
        env.set_state(&[0.0, 0.0, 0.05, 0.0]).unwrap();
        let ended = (0..200).find(|_| env.step(Action::Continuous(&[0.0])).terminated);
        assert!(ended.is_some_and(|step| step > 20), "{ended:?}");
    }
}
