//! Losses and objectives as operations on dfdx's tape.
//!
//! Each takes the outputs of some rows and gives the rows' share of a mean
//! over `count` rows, so that a batch can be processed in chunks. A term
//! computes its value and its gradient in one pass; dfdx adds, scales and
//! differentiates what is made of terms.

use std::sync::Arc;

use crate::kernels::{self, exp};
use crate::math::Real;
use crate::nn::ops::{Combine, branch, elements, scalar};
use crate::nn::{Loss, Outputs};
use crate::policy::Distribution;

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

impl<E: Real> Rows<'_, E> {
    /// The share of one row in a mean.
    fn share(&self) -> E {
        E::from_double(1.0 / self.count as f64)
    }

    fn log_prob(&self, params: &[E]) -> Vec<E> {
        let mut log_prob = vec![E::ZERO; self.advantages.len()];
        self.distribution
            .log_prob(params, self.actions, &mut log_prob);
        log_prob
    }

    /// pi_theta(a|s) / pi_old(a|s).
    fn ratio(&self, params: &[E]) -> Vec<E> {
        let mut ratio = self.log_prob(params);
        for (ratio, &old) in ratio.iter_mut().zip(self.old_log_prob) {
            *ratio -= old;
        }
        exp(&mut ratio);
        ratio
    }

    /// A mean whose derivative with respect to log pi(a|s) is `cotangent`.
    fn through_log_prob(
        &self,
        outputs: Outputs<E>,
        params: &[E],
        sum: f64,
        cotangent: &[E],
    ) -> Loss<E> {
        let mut gradient = vec![E::ZERO; params.len()];
        self.distribution
            .log_prob_gradient(params, self.actions, cotangent, &mut gradient);
        scalar(outputs, sum / self.count as f64, gradient)
    }

    /// L = mean of ratio A.
    pub fn surrogate(&self, outputs: Outputs<E>) -> Loss<E> {
        let params = elements(&outputs);
        let mut ratio = self.ratio(&params);
        let sum = kernels::dot(&ratio, self.advantages);
        let share = self.share();
        for (ratio, &a) in ratio.iter_mut().zip(self.advantages) {
            *ratio *= a * share;
        }
        self.through_log_prob(outputs, &params, sum, &ratio)
    }

    /// Mean of log pi(a|s) A: the objective of the vanilla policy gradient.
    pub fn log_likelihood(&self, outputs: Outputs<E>) -> Loss<E> {
        let params = elements(&outputs);
        let sum = kernels::dot(&self.log_prob(&params), self.advantages);
        let share = self.share();
        let cotangent: Vec<E> = self.advantages.iter().map(|&a| a * share).collect();
        self.through_log_prob(outputs, &params, sum, &cotangent)
    }

    /// Mean of min(ratio A, clip(ratio, 1 - eps, 1 + eps) A).
    pub fn clipped_surrogate(&self, outputs: Outputs<E>, eps: f64) -> Loss<E> {
        let params = elements(&outputs);
        let mut ratio = self.ratio(&params);
        let (low, high) = (E::from_double(1.0 - eps), E::from_double(1.0 + eps));
        let share = self.share();
        let mut terms = Vec::with_capacity(ratio.len());
        for (ratio, &a) in ratio.iter_mut().zip(self.advantages) {
            let whole = *ratio * a;
            let clipped = limited(*ratio, low, high) * a;
            // Comparisons with NaN are false: it stays in the sum.
            let is_clipped = clipped < whole;
            terms.push(if is_clipped { clipped } else { whole });
            *ratio = if is_clipped { E::ZERO } else { whole * share };
        }
        self.through_log_prob(outputs, &params, kernels::sum(&terms), &ratio)
    }

    /// Mean of KL(pi_old || pi).
    pub fn kl(&self, outputs: Outputs<E>) -> Loss<E> {
        let params = elements(&outputs);
        let mut kl = vec![E::ZERO; self.advantages.len()];
        self.distribution
            .kl_old_new(self.old_params, &params, &mut kl);
        let sum = kernels::sum(&kl);
        let mut gradient = vec![E::ZERO; params.len()];
        kl.fill(self.share());
        self.distribution
            .kl_old_new_gradient(self.old_params, &params, &kl, &mut gradient);
        scalar(outputs, sum / self.count as f64, gradient)
    }

    /// L - beta KL.
    pub fn penalised_surrogate(&self, outputs: Outputs<E>, beta: f64) -> Loss<E>
    where
        E: Combine,
    {
        let kl = self.kl(branch(&outputs));
        E::penalised(self.surrogate(outputs), kl, beta)
    }

    /// Mean entropy.
    pub fn entropy(&self, outputs: Outputs<E>) -> Loss<E> {
        let params = elements(&outputs);
        let mut entropy = vec![E::ZERO; self.advantages.len()];
        self.distribution.entropy(&params, &mut entropy);
        let sum = kernels::sum(&entropy);
        let mut gradient = vec![E::ZERO; params.len()];
        entropy.fill(self.share());
        self.distribution
            .entropy_gradient(&params, &entropy, &mut gradient);
        scalar(outputs, sum / self.count as f64, gradient)
    }
}

/// Mean of (V - R)^2 over `count` rows. With a `clip` above 0: of the larger
/// of that and (V_old + clip(V - V_old, -clip, clip) - R)^2.
pub fn value_loss<E: Real>(
    outputs: Outputs<E>,
    targets: &[E],
    old_values: &[E],
    clip: f64,
    count: usize,
) -> Loss<E> {
    let mut values = elements(&outputs);
    let mut terms = Vec::with_capacity(values.len());
    let twice = E::from_double(2.0 / count as f64);
    let clip = (clip > 0.0).then(|| E::from_double(clip));
    for ((value, &target), &old) in values.iter_mut().zip(targets).zip(old_values) {
        let mut error = *value - target;
        let mut slope = twice;
        if let Some(clip) = clip {
            let change = *value - old;
            let clipped = limited(change, -clip, clip) + old - target;
            if clipped * clipped > error * error {
                error = clipped;
                // Where the limit binds, V does not count.
                if change < -clip || change > clip {
                    slope = E::ZERO;
                }
            }
        }
        terms.push(error * error);
        *value = error * slope;
    }
    scalar(outputs, kernels::sum(&terms) / count as f64, values)
}

/// `x` within [low, high]; NaN stays NaN.
fn limited<E: Real>(x: E, low: E, high: E) -> E {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
