//! Why an update ends a run.

use super::step::Diverged;
use crate::env::EnvFailed;
use crate::env::vector::BeginError;
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
    /// Copies of the task could not be begun.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// There are no branches.
    #[error(transparent)]
    Branch(#[from] BranchError),
}
