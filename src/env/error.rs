//! What can go wrong with a task.

use crate::suggest::did_you_mean;

/// A task that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No task has this name.
    #[error("there is no task `{id}`{}; the tasks are {known}", did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The name given.
        id: String,
        /// The task that was probably meant.
        nearest: Option<String>,
        /// Every task, in words.
        known: String,
    },
    /// The task is one of MuJoCo's and this build has none.
    #[error(
        "the task `{id}` needs MuJoCo, which this build leaves out: `make mujoco` fetches it, and \
         `cargo build --release --features mujoco` builds it in"
    )]
    NotBuiltIn {
        /// The task.
        id: String,
    },
    /// MuJoCo refuses the model of the task.
    #[error(
        "MuJoCo cannot load the model of `{id}`: {problem}; fetch it again: rm -r .mujoco; make mujoco"
    )]
    Model {
        /// The task.
        id: String,
        /// What MuJoCo says.
        problem: String,
    },
    /// The task says so itself.
    #[error("the task `{id}` cannot be had: {problem}")]
    Task {
        /// The task.
        id: String,
        /// Why, in its own words.
        problem: String,
    },
}

/// A step that a task could not make: it ends the run, as failed. What the
/// task's rules end, or a simulation that leaves the finite numbers, is an
/// outcome instead ([`Transition`](super::Transition)).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {problem}")]
pub struct EnvFailed {
    /// The task.
    pub id: String,
    /// Why, in its own words.
    pub problem: String,
}

/// A state that does not fit the task.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvError {
    /// The vector has the wrong length.
    #[error("{id}: a state of {given} numbers was given; the task has {expected}")]
    StateLength {
        /// Task.
        id: String,
        /// Numbers given.
        given: usize,
        /// What the task takes, in words.
        expected: String,
    },
    /// The task cannot go on from a state.
    #[error("{id}: its state cannot be kept")]
    Unkept {
        /// Task.
        id: String,
    },
    /// The simulation cannot be in this state.
    #[error("{id}: a state that cannot be simulated was given: {problem}")]
    State {
        /// Task.
        id: String,
        /// What the simulation met.
        problem: String,
    },
}
