//! Environments: Gymnasium's tasks with their exact dynamics, and anybody's.
//!
//! A task is one file that implements [`Env`]; a [`Task`] makes its copies.
//! Those that the laboratory brings stand in the [`registry`], a line each; those
//! of MuJoCo are there with the feature `mujoco`.

pub mod about;
pub mod acrobot;
pub mod cartpole;
pub mod cartpole_force;
pub mod check;
pub mod copies;
mod error;
mod finite;
pub mod gym;
mod lanes;
mod limit;
pub mod mountain_car;
pub mod mountain_car_continuous;
#[cfg(feature = "mujoco")]
pub mod mujoco;
mod noisy;
pub mod pendulum;
mod reference;
pub mod registry;
mod task;
mod trajectory;
pub mod vector;

pub use copies::{Actions, Copies, Saved, Transitions};
pub use error::{EnvError, EnvFailed, Unavailable};
pub use limit::Outcome;
pub use reference::{Reference, SMALLEST_DIFFERENCE};
pub use task::Task;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// The space of actions of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ActionSpace {
    /// Actions 0 .. n.
    Discrete(usize),
    /// A box of real vectors. The harness clips actions to it on their way
    /// into the environment.
    Box {
        /// Smallest value of each component.
        low: Vec<f32>,
        /// Largest value of each component.
        high: Vec<f32>,
    },
}

/// What is fixed about a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Its name, with the version; Gymnasium's where it has one.
    pub id: Cow<'static, str>,
    /// Number of components of an observation.
    pub observation_dim: usize,
    /// The space of actions.
    pub actions: ActionSpace,
    /// Steps after which an episode is truncated.
    pub time_limit: u32,
}

impl Spec {
    /// A task called `id`, with observations of `observation_dim` components,
    /// whose episodes are truncated after `time_limit` steps.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        observation_dim: usize,
        actions: ActionSpace,
        time_limit: u32,
    ) -> Self {
        Self {
            id: id.into(),
            observation_dim,
            actions,
            time_limit,
        }
    }
}

impl ActionSpace {
    /// Every real vector of `dim` components from `low` to `high`.
    pub fn between(low: f32, high: f32, dim: usize) -> Self {
        ActionSpace::Box {
            low: vec![low; dim],
            high: vec![high; dim],
        }
    }

    /// Numbers that an action is written with: its components, or 1 for an
    /// index.
    pub fn width(&self) -> usize {
        match self {
            ActionSpace::Discrete(_) => 1,
            ActionSpace::Box { low, .. } => low.len(),
        }
    }
}

/// One action.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action<'a> {
    /// An index into a [`ActionSpace::Discrete`].
    Discrete(usize),
    /// A point of a [`ActionSpace::Box`].
    Continuous(&'a [f32]),
}

impl<'a> Action<'a> {
    /// Whether the action is of the kind and the size that `spec` asks for.
    /// The range of real components is not looked at: tasks take any.
    pub fn fits(self, spec: &Spec) -> bool {
        match (self, &spec.actions) {
            (Action::Discrete(index), ActionSpace::Discrete(count)) => index < *count,
            (Action::Continuous(components), ActionSpace::Box { low, .. }) => {
                components.len() == low.len()
            }
            _ => false,
        }
    }

    /// The index of a discrete action.
    ///
    /// # Panics
    /// If the action does not fit `spec`.
    pub fn index(self, spec: &Spec) -> usize {
        match self {
            Action::Discrete(index) if self.fits(spec) => index,
            _ => misfit(self, spec),
        }
    }

    /// The components of a continuous action.
    ///
    /// # Panics
    /// If the action does not fit `spec`.
    pub fn components(self, spec: &Spec) -> &'a [f32] {
        match self {
            Action::Continuous(components) if self.fits(spec) => components,
            _ => misfit(self, spec),
        }
    }
}

/// Actions are built from the spec, so one that does not fit it is an error
/// of the program.
#[cold]
fn misfit(action: Action<'_>, spec: &Spec) -> ! {
    panic!("{}: {action:?} is not in {:?}", spec.id, spec.actions)
}

/// The nearest `float32`, widened again.
fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// `state` as the `N` numbers, in words `expected`, that the task takes.
///
/// # Errors
/// If there are more or fewer.
pub fn exactly<const N: usize>(
    state: &[f64],
    spec: &Spec,
    expected: &str,
) -> Result<[f64; N], EnvError> {
    state.try_into().map_err(|_| EnvError::StateLength {
        id: spec.id.to_string(),
        given: state.len(),
        expected: expected.to_owned(),
    })
}

/// What one step of the dynamics gave, before any time limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// The reward of the step.
    pub reward: f64,
    /// Whether the task ended by its own rules (not by the time limit), or by a
    /// fault.
    pub terminated: bool,
    /// What went wrong in the simulation, which ended the episode.
    pub fault: Option<Fault>,
}

impl Transition {
    /// A step in which nothing went wrong.
    pub fn new(reward: f64, terminated: bool) -> Self {
        Self {
            reward,
            terminated,
            fault: None,
        }
    }
}

/// Why a simulation could not go on, in words. The step that met it has the
/// reward 0 and ends the episode; the observation after it is finite and means
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(pub &'static str);

/// The dynamics of one copy of a task: no time limit, no automatic reset, no
/// clipping of actions.
pub trait Env: Send {
    /// What is fixed about the task; asked for once, when the copy is made.
    fn spec(&self) -> Spec;

    /// Draws a first state from `rng`.
    fn reset(&mut self, rng: &mut Rng);

    /// Advances the state by one step.
    ///
    /// # Panics
    /// If the action does not fit the spec ([`Action::fits`]).
    fn step(&mut self, action: Action<'_>) -> Transition;

    /// Writes the observation of the present state
    /// (`observation.len() == spec().observation_dim`). Components that
    /// Gymnasium rounds to `float32` are rounded so, then widened.
    fn observe(&self, observation: &mut [f64]);

    /// The complete state, such that [`Env::set_state`] continues from it bit
    /// for bit.
    fn state(&self) -> Vec<f64>;

    /// Replaces the state by one from [`Env::state`] or from a reference
    /// trajectory's `init`.
    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError>;

    /// Lets noise inside an episode be drawn from `rng` from here on, as a branch
    /// does; a task without such noise has nothing to do.
    fn reseed(&mut self, _rng: &Rng) {}
}
