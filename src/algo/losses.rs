//! Losses and objectives as expressions on dfdx's tape.
//!
//! Each takes the outputs of some rows and gives the rows' share of a mean
//! over `count` rows, so that a batch can be processed in chunks.

use std::sync::Arc;

use dfdx::tensor::{Cpu, OwnedTape, Tensor, TensorFromVec, WithEmptyTape};
use dfdx::tensor_ops::Device;

use crate::math::Real;
use crate::nn::ops::{exp, sum_over};
use crate::nn::{Loss, Outputs};
use crate::policy::Distribution;
use crate::policy::ops::{entropy, kl_old_new, log_prob};

/// Some rows of a batch as a policy's losses need them.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a, E: Real> {
    /// The family of distributions.
    pub distribution: &'a Arc<dyn Distribution<E>>,
    /// Actions.
    pub actions: &'a [E],
    /// log pi_old(a|s).
    pub old_log_prob: &'a [E],
    /// Parameters of pi_old.
    pub old_params: &'a [E],
    /// A.
    pub advantages: &'a [E],
    /// Rows of the whole mean.
    pub count: usize,
}

fn vector<E: Real>(values: &[E]) -> Tensor<(usize,), E, Cpu> {
    Cpu::default().tensor_from_vec(values.to_vec(), (values.len(),))
}

impl<E: Real> Rows<'_, E>
where
    Cpu: Device<E>,
{
    /// pi_theta(a|s) / pi_old(a|s).
    fn ratio(&self, outputs: Outputs<E>) -> Tensor<(usize,), E, Cpu, OwnedTape<E, Cpu>> {
        let log_prob = log_prob(self.distribution, outputs, self.actions);
        exp(log_prob - vector(self.old_log_prob))
    }

    /// L = mean of ratio A.
    pub fn surrogate(&self, outputs: Outputs<E>) -> Loss<E> {
        sum_over(self.ratio(outputs) * vector(self.advantages), self.count)
    }

    /// Mean of log pi(a|s) A: the objective of the vanilla policy gradient.
    pub fn log_likelihood(&self, outputs: Outputs<E>) -> Loss<E> {
        let log_prob = log_prob(self.distribution, outputs, self.actions);
        sum_over(log_prob * vector(self.advantages), self.count)
    }

    /// Mean of min(ratio A, clip(ratio, 1 - eps, 1 + eps) A).
    pub fn clipped_surrogate(&self, outputs: Outputs<E>, eps: f64) -> Loss<E> {
        let ratio = self.ratio(outputs);
        let clipped = ratio.with_empty_tape().clamp(1.0 - eps, 1.0 + eps);
        let clipped = clipped * vector(self.advantages);
        sum_over(
            (ratio * vector(self.advantages)).minimum(clipped),
            self.count,
        )
    }

    /// Mean of KL(pi_old || pi).
    pub fn kl(&self, outputs: Outputs<E>) -> Loss<E> {
        sum_over(
            kl_old_new(self.distribution, self.old_params, outputs),
            self.count,
        )
    }

    /// L - beta KL.
    pub fn penalised_surrogate(&self, outputs: Outputs<E>, beta: f64) -> Loss<E> {
        let kl = self.kl(outputs.with_empty_tape());
        self.surrogate(outputs) - kl * E::of(beta)
    }

    /// Mean entropy.
    pub fn entropy(&self, outputs: Outputs<E>) -> Loss<E> {
        sum_over(entropy(self.distribution, outputs), self.count)
    }
}

/// Mean of (V - R)^2. With a `clip` above 0: of the larger of that and
/// (V_old + clip(V - V_old, -clip, clip) - R)^2.
pub fn value_loss<E: Real>(
    outputs: Outputs<E>,
    targets: &[E],
    old_values: &[E],
    clip: f64,
) -> Loss<E>
where
    Cpu: Device<E>,
{
    let count = targets.len();
    let column = |values: &[E]| Cpu::default().tensor_from_vec(values.to_vec(), (values.len(), 1));
    if clip <= 0.0 {
        return sum_over((outputs - column(targets)).square(), count);
    }
    let old = column(old_values);
    let near = (outputs.with_empty_tape() - old.clone()).clamp(-clip, clip) + old;
    let clipped = (near - column(targets)).square();
    sum_over((outputs - column(targets)).square().maximum(clipped), count)
}
