//! What every policy step on a batch records, and how it can fail.

use super::objective::Measured;
use crate::columns::{Column, Row};
use crate::kernels::norm;
use crate::math::Real;
use crate::policy::Policy;
use crate::rollout::batch::Batch;

/// What became of the step.
pub const OUTCOME: Column = Column::word("outcome", "Outcome");
/// L at theta_old, on batch-normalised advantages.
pub const SURROGATE_BEFORE: Column = Column::number("surrogate_before", "Surrogate before");
/// L at the new theta.
pub const SURROGATE_AFTER: Column = Column::number("surrogate_after", "Surrogate after");
/// By how much L rose.
pub const IMPROVEMENT: Column = Column::number("improvement", "Improvement");
/// Mean over the states of the batch of KL(pi_old || pi).
pub const KL_MEAN: Column = Column::number("kl_mean", "Mean KL").in_unit("nats");
/// The largest KL(pi_old || pi) of a state.
pub const KL_MAX: Column = Column::number("kl_max", "Max KL").in_unit("nats");
/// Mean entropy of the new policy.
pub const ENTROPY: Column = Column::number("entropy", "Entropy").in_unit("nats");
/// Norm of the gradient that was followed; of many, the mean.
pub const GRADIENT_NORM: Column = Column::number("gradient_norm", "Gradient norm");
/// ||theta - theta_old||.
pub const STEP_NORM: Column = Column::number("step_norm", "Step norm");
/// Mean of the log standard deviations of continuous actions.
pub const LOG_STD: Column = Column::number("log_std", "Log std");

/// A step of the policy on a batch, with the state that it needs between steps.
pub trait PolicyStep {
    /// Improves the policy on a batch when the share `done` of the run has been
    /// made, and says what it did.
    ///
    /// # Errors
    /// If a quantity stopped being finite, which ends the run.
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged>;
}

/// A quantity stopped being finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{quantity} is not finite")]
pub struct Diverged {
    /// The quantity, by the name of its column.
    pub quantity: String,
}

impl Diverged {
    /// An error if `value` is not finite.
    pub fn unless_finite(column: Column, value: f64) -> Result<(), Self> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Self {
                quantity: column.name.to_owned(),
            })
        }
    }
}

/// What every algorithm records of a step from theta_old to theta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// [`OUTCOME`].
    pub outcome: &'static str,
    /// The policy at theta_old.
    pub before: Measured,
    /// The policy at theta; the same where no step was made.
    pub after: Measured,
    /// [`GRADIENT_NORM`].
    pub gradient_norm: f64,
    /// [`STEP_NORM`].
    pub step_norm: f64,
}

impl Moved {
    /// As columns.
    pub fn row(&self) -> Row {
        let [before, after] = [self.before, self.after].map(|at| at.reported_surrogate);
        Row::default()
            .with(OUTCOME, self.outcome)
            .with(SURROGATE_BEFORE, before)
            .with(SURROGATE_AFTER, after)
            .with(IMPROVEMENT, after - before)
            .with(KL_MEAN, self.after.kl_mean)
            .with(KL_MAX, self.after.kl_max)
            .with(ENTROPY, self.after.entropy)
            .with(GRADIENT_NORM, self.gradient_norm)
            .with(STEP_NORM, self.step_norm)
    }
}

/// ||theta - theta_old||.
pub fn distance<E: Real>(theta_old: &[E], theta: &[E]) -> f64 {
    let difference: Vec<E> = theta.iter().zip(theta_old).map(|(&a, &b)| a - b).collect();
    norm(&difference)
}
