//! The time limit of an episode.

use super::{Action, Env, EnvError, Fault, Spec};
use crate::rng::Rng;

/// What one step gave, time limit included. Both flags are true when the task
/// ends by its own rules on the last step that the limit allows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// The reward of the step.
    pub reward: f64,
    /// Whether the task ended by its own rules.
    pub terminated: bool,
    /// Whether the time limit was reached.
    pub truncated: bool,
    /// What went wrong in the simulation, which is then `terminated`.
    pub fault: Option<Fault>,
}

impl Outcome {
    /// Whether the episode is over.
    pub fn ended(&self) -> bool {
        self.terminated || self.truncated
    }
}

/// A copy of a task that counts the steps of its episode.
pub struct Limited {
    env: Box<dyn Env>,
    spec: Spec,
    elapsed: u32,
    /// Steps after which the episode is truncated.
    limit: u32,
}

impl Limited {
    /// `env` at the beginning of an episode.
    pub fn new(env: Box<dyn Env>) -> Self {
        let spec = env.spec();
        Self {
            limit: spec.time_limit,
            spec,
            env,
            elapsed: 0,
        }
    }

    /// What is fixed about the task.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Begins an episode.
    pub fn reset(&mut self, rng: &mut Rng) {
        self.env.reset(rng);
        self.elapsed = 0;
        self.limit = self.spec.time_limit;
    }

    /// Continues an episode `elapsed` steps after its beginning.
    pub fn set_state(&mut self, state: &[f64], elapsed: u32) -> Result<(), EnvError> {
        self.env.set_state(state)?;
        self.elapsed = elapsed;
        self.limit = self.spec.time_limit;
        Ok(())
    }

    /// Continues from a state of an episode without a time limit, until it is reset.
    /// Noise inside the episode is drawn from `rng`.
    pub fn branch(&mut self, state: &[f64], rng: &Rng) -> Result<(), EnvError> {
        self.set_state(state, 0)?;
        self.env.reseed(rng);
        self.limit = u32::MAX;
        Ok(())
    }

    /// The complete state and the steps made, for [`Limited::set_state`].
    pub fn state(&self) -> (Vec<f64>, u32) {
        (self.env.state(), self.elapsed)
    }

    /// Advances by one step. An episode that has ended goes on until it is
    /// reset.
    ///
    /// # Panics
    /// If the action does not fit the spec ([`Action::fits`]).
    pub fn step(&mut self, action: Action<'_>) -> Outcome {
        let transition = self.env.step(action);
        self.elapsed = self.elapsed.saturating_add(1);
        Outcome {
            reward: transition.reward,
            terminated: transition.terminated,
            truncated: self.elapsed >= self.limit,
            fault: transition.fault,
        }
    }

    /// Writes the observation of the present state; see [`Env::observe`].
    pub fn observe(&self, observation: &mut [f64]) {
        self.env.observe(observation);
    }
}
