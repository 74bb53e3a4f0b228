//! A policy that acts.

use std::path::Path;

use super::{SavedError, SavedPolicy};
use crate::env::{Action, ActionSpace};
use crate::exec::Exec;
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::Rng;

/// A policy of a file, which acts on one observation at a time.
///
/// ```no_run
/// use std::path::Path;
/// use trpo_lab::env::Action;
/// use trpo_lab::saved::Agent;
///
/// let mut agent = Agent::read(Path::new("seed-0.safetensors"))?;
/// match agent.act(&[0.0, 0.1, 0.02, -0.1])? {
///     Action::Discrete(index) => println!("action {index}"),
///     Action::Continuous(point) => println!("action {point:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Agent {
    actor: Actor<f32>,
    normaliser: ObservationNormaliser,
    actions: ActionSpace,
    shown: Vec<f32>,
    chosen: Vec<f32>,
}

/// An observation that a policy cannot act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an observation of {given} components, where the policy takes {expected}")]
pub struct WrongObservation {
    /// Components given.
    pub given: usize,
    /// Components that the policy takes.
    pub expected: usize,
}

impl Agent {
    /// The policy in the file at `path`.
    ///
    /// # Errors
    /// As [`SavedPolicy::read`].
    pub fn read(path: &Path) -> Result<Self, SavedError> {
        Ok(SavedPolicy::read(path)?.agent(&Exec::default()))
    }

    /// Components of an observation.
    pub fn observation_dim(&self) -> usize {
        self.shown.len()
    }

    /// The most likely action on an observation as the task gives it; in a box of actions
    /// the nearest point of the box.
    ///
    /// # Errors
    /// If the observation is of another size.
    pub fn act(&mut self, observation: &[f64]) -> Result<Action<'_>, WrongObservation> {
        self.see(observation)?;
        self.actor.mode(&self.shown, &mut self.chosen);
        Ok(self.action())
    }

    /// An action drawn from the policy.
    ///
    /// # Errors
    /// If the observation is of another size.
    pub fn sample(
        &mut self,
        observation: &[f64],
        rng: &mut Rng,
    ) -> Result<Action<'_>, WrongObservation> {
        self.see(observation)?;
        let rngs = std::slice::from_mut(rng);
        self.actor.sample(&self.shown, rngs, &mut self.chosen);
        Ok(self.action())
    }

    fn see(&mut self, observation: &[f64]) -> Result<(), WrongObservation> {
        let (given, expected) = (observation.len(), self.shown.len());
        if given != expected {
            return Err(WrongObservation { given, expected });
        }
        self.normaliser.apply(observation, &mut self.shown);
        Ok(())
    }

    fn action(&mut self) -> Action<'_> {
        match &self.actions {
            ActionSpace::Discrete(_) => Action::Discrete(self.chosen[0] as usize),
            ActionSpace::Box { low, high } => {
                let ends = low.iter().zip(high);
                for (chosen, (low, high)) in self.chosen.iter_mut().zip(ends) {
                    *chosen = chosen.clamp(*low, *high);
                }
                Action::Continuous(&self.chosen)
            }
        }
    }
}

impl SavedPolicy {
    /// The policy, which computes with `exec`, on any number of rows at once.
    pub fn actor(&self, exec: &Exec) -> Actor<f32> {
        Actor::new(
            self.observation_dim,
            &self.actions,
            self.layers(),
            &self.theta,
            exec,
        )
    }

    /// The policy, which acts on one observation at a time.
    pub fn agent(&self, exec: &Exec) -> Agent {
        Agent {
            actor: self.actor(exec),
            normaliser: self.normaliser.clone(),
            actions: self.actions.clone(),
            shown: vec![0.0; self.observation_dim],
            chosen: vec![0.0; self.actions.width()],
        }
    }
}
