//! The surrogate objective of a batch, and what is measured along a step.

use std::sync::Arc;

use dfdx::tensor::Cpu;
use dfdx::tensor_ops::Device;

use super::losses::Rows;
use crate::math::Real;
use crate::nn::linearise::CHUNK;
use crate::nn::{Architecture, Forward, Linearisation, Loss, Outputs, Packed};
use crate::policy::{Distribution, Policy};
use crate::rollout::batch::{Batch, normalised};

/// L(theta) = mean of pi_theta(a|s) / pi_old(a|s) A, at and around theta_old.
#[derive(Debug)]
pub struct Surrogate<'a, E: Real> {
    architecture: Arc<Architecture>,
    distribution: Arc<dyn Distribution<E>>,
    batch: &'a Batch<E>,
    here: Linearisation<E>,
    old_params: Vec<E>,
    old_log_prob: Vec<E>,
    /// A as the step uses it.
    advantages: Vec<E>,
    /// A normalised over the batch, on which L is reported so that it
    /// compares between algorithms; `None` where the step uses the same.
    reported_advantages: Option<Vec<E>>,
}

/// A policy near theta_old, seen on the batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// L on the advantages that the step uses.
    pub surrogate: f64,
    /// L on batch-normalised advantages.
    pub reported_surrogate: f64,
    /// Mean KL(pi_old || pi).
    pub kl_mean: f64,
    /// Largest KL(pi_old || pi) of a row.
    pub kl_max: f64,
    /// Mean entropy of pi.
    pub entropy: f64,
}

impl Measured {
    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        [
            self.surrogate,
            self.reported_surrogate,
            self.kl_mean,
            self.kl_max,
            self.entropy,
        ]
        .iter()
        .all(|value| value.is_finite())
    }
}

impl<'a, E: Real> Surrogate<'a, E> {
    /// One forward pass at theta_old: everything later is relative to it, so
    /// that the ratio there is exactly 1 and the divergence exactly 0.
    pub fn at(policy: &Policy<E>, batch: &'a Batch<E>, normalize_advantages: bool) -> Self {
        let here = policy.linearise(&batch.observations);
        let old_params = here.outputs();
        let mut old_log_prob = vec![E::ZERO; batch.rows()];
        let distribution = policy.distribution().clone();
        distribution.log_prob(&old_params, &batch.actions, &mut old_log_prob);
        let standard = normalised(&batch.advantages);
        let (advantages, reported_advantages) = if normalize_advantages {
            (standard, None)
        } else {
            (batch.advantages.clone(), Some(standard))
        };
        Self {
            architecture: policy.network().architecture().clone(),
            distribution,
            batch,
            here,
            old_params,
            old_log_prob,
            advantages,
            reported_advantages,
        }
    }

    /// The policy's network at theta_old.
    pub fn here(&self) -> &Linearisation<E> {
        &self.here
    }

    /// Parameters of pi_old, \[rows\]\[params\].
    pub fn old_params(&self) -> &[E] {
        &self.old_params
    }

    /// log pi_old(a|s), \[rows\].
    pub fn old_log_prob(&self) -> &[E] {
        &self.old_log_prob
    }

    /// A as the step uses it, \[rows\].
    pub fn advantages(&self) -> &[E] {
        &self.advantages
    }

    fn reported(&self) -> &[E] {
        self.reported_advantages
            .as_deref()
            .unwrap_or(&self.advantages)
    }

    /// The gradient at theta_old of a mean over the batch, given by the share
    /// of some rows; their advantages are `advantages`.
    fn gradient_of(
        &self,
        advantages: &[E],
        objective: impl Fn(Rows<'_, E>, Outputs<E>) -> Loss<E>,
    ) -> Vec<E>
    where
        Cpu: Device<E>,
    {
        let width = self.distribution.action_width();
        let params = self.distribution.params();
        let (_, gradient) = self.here.gradient(|range, outputs| {
            let rows = Rows {
                distribution: &self.distribution,
                actions: &self.batch.actions[range.start * width..range.end * width],
                old_log_prob: &self.old_log_prob[range.clone()],
                old_params: &self.old_params[range.start * params..range.end * params],
                advantages: &advantages[range],
                count: self.batch.rows(),
            };
            objective(rows, outputs)
        });
        gradient
    }

    /// g, the gradient of L at theta_old.
    pub fn gradient(&self) -> Vec<E>
    where
        Cpu: Device<E>,
    {
        self.gradient_of(&self.advantages, |rows, outputs| rows.surrogate(outputs))
    }

    /// The gradient of mean log pi(a|s) A at theta_old.
    pub fn log_likelihood_gradient(&self) -> Vec<E>
    where
        Cpu: Device<E>,
    {
        self.gradient_of(&self.advantages, |rows, outputs| {
            rows.log_likelihood(outputs)
        })
    }

    /// The gradient of L at theta_old on batch-normalised advantages.
    pub fn reported_gradient(&self) -> Vec<E>
    where
        Cpu: Device<E>,
    {
        self.gradient_of(self.reported(), |rows, outputs| rows.surrogate(outputs))
    }

    /// Whether the step uses the advantages on which L is reported.
    pub fn reports_what_it_uses(&self) -> bool {
        self.reported_advantages.is_none()
    }

    /// L, KL divergence and entropy at `theta`, in one forward pass.
    pub fn measure(&self, theta: &[E]) -> Measured {
        let mut network = Forward::new(Packed::new(&self.architecture, theta));
        let (inputs, width) = (self.architecture.inputs(), self.distribution.action_width());
        let params = self.distribution.params();
        let mut ratio = Vec::new();
        let mut row_values = Vec::new();
        let (mut surrogate, mut reported, mut kl_sum, mut entropy) = (0.0, 0.0, 0.0, 0.0);
        let mut kl_max = 0.0f64;
        for start in (0..self.batch.rows()).step_by(CHUNK) {
            let rows = start..(start + CHUNK).min(self.batch.rows());
            let observations = &self.batch.observations[rows.start * inputs..rows.end * inputs];
            let new = network.run(observations);
            let actions = &self.batch.actions[rows.start * width..rows.end * width];
            ratio.resize(rows.len(), E::ZERO);
            self.distribution.log_prob(new, actions, &mut ratio);
            for (value, &old) in ratio.iter_mut().zip(&self.old_log_prob[rows.clone()]) {
                *value -= old;
            }
            crate::nn::kernels::exp(&mut ratio);
            let used = &self.advantages[rows.clone()];
            for (ratio, a) in ratio.iter().zip(used) {
                surrogate += ratio.wide() * a.wide();
            }
            for (ratio, a) in ratio.iter().zip(&self.reported()[rows.clone()]) {
                reported += ratio.wide() * a.wide();
            }
            row_values.resize(rows.len(), E::ZERO);
            let old = &self.old_params[rows.start * params..rows.end * params];
            self.distribution.kl_old_new(old, new, &mut row_values);
            for kl in row_values.iter().map(|kl| kl.wide()) {
                kl_sum += kl;
                // A NaN must not be lost, as it would be in f64::max.
                kl_max = if kl > kl_max || kl.is_nan() {
                    kl
                } else {
                    kl_max
                };
            }
            self.distribution.entropy(new, &mut row_values);
            entropy += row_values.iter().map(|h| h.wide()).sum::<f64>();
        }
        let count = self.batch.rows() as f64;
        Measured {
            surrogate: surrogate / count,
            reported_surrogate: reported / count,
            // Rounding can leave a mean of zeros a little below zero.
            kl_mean: if kl_sum < 0.0 { 0.0 } else { kl_sum / count },
            kl_max,
            entropy: entropy / count,
        }
    }
}
