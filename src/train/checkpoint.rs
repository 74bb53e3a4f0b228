//! Where a run was left, and how it goes on from there.

use serde::{Deserialize, Serialize};

use super::{Progress, StartError, Trainer};
use crate::algo::critic::{CriticState, ParameterCount};
use crate::config::RunConfig;
use crate::env::vector::RestoreError;
use crate::lab::Lab;
use crate::ordered::Ordered;
use crate::record::NUMERICS;
use crate::rollout::collector::CollectorSnapshot;
use crate::words;

/// Everything from which a run goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checkpoint {
    config: RunConfig,
    seed: u64,
    numerics: u32,
    theta: Vec<f32>,
    critic: CriticState,
    algorithm: Ordered,
    collector: CollectorSnapshot,
    progress: Progress,
}

impl Checkpoint {
    /// Whether it is of the run of `config` with `seed`.
    pub fn is_of(&self, config: &RunConfig, seed: u64) -> bool {
        self.config == *config && self.seed == seed
    }

    /// Environment steps that were made before it.
    pub fn steps(&self) -> u64 {
        self.collector.steps()
    }
}

/// Why a run cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The run cannot begin either.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The copies of the task cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// It was made by other code.
    #[error("the checkpoint has numerics version {0}, this program has {NUMERICS}")]
    Numerics(u32),
    /// It does not fit its own configuration.
    #[error("the checkpoint has {0}")]
    Parameters(#[from] ParameterCount),
    /// The algorithm cannot go on from its state.
    #[error("the checkpoint has no state of its algorithm: {}", words::of_json(.0))]
    Algorithm(#[from] serde_json::Error),
}

impl Trainer {
    /// A run as it stood when `checkpoint` was made.
    ///
    /// # Errors
    /// If the checkpoint is not one of this program, or not whole.
    pub fn resume(lab: &Lab, checkpoint: Checkpoint) -> Result<Self, ResumeError> {
        if checkpoint.numerics != NUMERICS {
            return Err(ResumeError::Numerics(checkpoint.numerics));
        }
        let mut trainer = Self::fresh(lab, &checkpoint.config, checkpoint.seed)?;
        ParameterCount::check(checkpoint.theta.len(), trainer.policy.theta().len())?;
        trainer.policy.set_theta(&checkpoint.theta);
        trainer.critic.restore(checkpoint.critic)?;
        if let Some(settings) = trainer.config.algorithm.settings() {
            trainer.algorithm = settings.restore(&checkpoint.algorithm)?;
        }
        trainer.collector.restore(checkpoint.collector)?;
        trainer.progress = checkpoint.progress;
        Ok(trainer)
    }

    /// Everything from which the run goes on; `None` where the task cannot keep
    /// its state.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint {
            collector: self.collector.snapshot()?,
            config: self.config.clone(),
            seed: self.seed,
            numerics: NUMERICS,
            theta: self.policy.theta(),
            critic: self.critic.state(),
            algorithm: self.algorithm.save(),
            progress: self.progress.clone(),
        })
    }
}
