//! Why an update ends a run.

use super::step::Diverged;
use crate::env::vector::BeginError;
use crate::env::{EnvError, EnvFailed, Unavailable};
use crate::rollout::branch::BranchError;

/// Why no update can follow.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// A quantity stopped being finite.
    #[error(transparent)]
    Diverged(#[from] Diverged),
    /// The task could not make a step.
    #[error(transparent)]
    Env(#[from] EnvFailed),
    /// The task cannot be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A state of the task cannot be kept or gone on from.
    #[error(transparent)]
    State(#[from] EnvError),
}

impl From<BeginError> for UpdateError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Unavailable(error) => error.into(),
            BeginError::Failed(error) => error.into(),
        }
    }
}

impl From<BranchError> for UpdateError {
    fn from(error: BranchError) -> Self {
        match error {
            BranchError::Unavailable(error) => error.into(),
            BranchError::Failed(error) => error.into(),
            BranchError::State(error) => error.into(),
        }
    }
}
