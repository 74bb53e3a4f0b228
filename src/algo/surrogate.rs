//! The surrogate objective of a batch, and what is measured along a step.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::losses::Rows;
use super::natural::linear_change;
use super::objective::{Measured, Objective};
use crate::kernels;
use crate::math::Real;
use crate::nn::linearise::CHUNK;
use crate::nn::{Forward, Linearisation, Loss, Network, Outputs};
use crate::policy::{Distribution, Policy};
use crate::rollout::batch::{Batch, normalised};

/// L(theta) = mean of pi_theta(a|s) / pi_old(a|s) A, at and around theta_old.
#[derive(Debug)]
pub struct Surrogate<'a, E: Real> {
    /// At theta_old.
    network: Network<E>,
    distribution: Arc<dyn Distribution<E>>,
    batch: &'a Batch<E>,
    /// Made when somebody asks for a derivative.
    here: OnceLock<Linearisation<E>>,
    old_params: Cow<'a, [E]>,
    old_log_prob: Vec<E>,
    /// A as the step uses it.
    advantages: Vec<E>,
    /// A normalised over the batch, on which L is reported so that it
    /// compares between algorithms; `None` where the step uses the same.
    reported_advantages: Option<Vec<E>>,
}

impl<'a, E: Real> Surrogate<'a, E> {
    /// What pi_old gave as it acted, or where nobody kept it a forward pass at theta_old:
    /// everything later is relative to it, so that the ratio there is exactly 1 and the
    /// divergence exactly 0.
    pub fn at(policy: &Policy<E>, batch: &'a Batch<E>, normalize_advantages: bool) -> Self {
        let here = OnceLock::new();
        let old_params = match batch.old_params.is_empty() {
            false => Cow::Borrowed(&batch.old_params[..]),
            true => {
                let here = here.get_or_init(|| policy.linearise(&batch.observations));
                Cow::Owned(here.outputs())
            }
        };
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
            network: policy.network().clone(),
            distribution,
            batch,
            here,
            old_params,
            old_log_prob,
            advantages,
            reported_advantages,
        }
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

    /// The gradient at theta_old of a mean over the batch, given by the share
    /// of some rows; their advantages are `advantages`.
    fn gradient_of(
        &self,
        advantages: &[E],
        objective: impl Fn(Rows<'_, E>, Outputs<E>) -> Loss<E> + Sync,
    ) -> Vec<E> {
        let width = self.distribution.action_width();
        let params = self.distribution.params();
        let (_, gradient) = self.here().gradient(|range, outputs| {
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

    /// The gradient of mean log pi(a|s) A at theta_old.
    pub fn log_likelihood_gradient(&self) -> Vec<E> {
        self.gradient_of(&self.advantages, |rows, outputs| {
            rows.log_likelihood(outputs)
        })
    }

    /// The gradient of L at theta_old on batch-normalised advantages.
    pub fn reported_gradient(&self) -> Vec<E> {
        let reported = self.reported_advantages.as_ref();
        let advantages = reported.unwrap_or(&self.advantages);
        self.gradient_of(advantages, |rows, outputs| rows.surrogate(outputs))
    }

    /// Adds up what `sums` gives for the chunks of the batch.
    fn measured(&self, sums: impl Fn(Range<usize>, &mut Scratch<E>) -> Sums + Sync) -> Measured {
        let count = self.batch.rows();
        let mut total = Sums::default();
        self.network.exec().team.in_order(
            count.div_ceil(CHUNK),
            &mut Vec::new(),
            |index, scratch: &mut Scratch<E>| {
                let start = index * CHUNK;
                scratch.sums = sums(start..(start + CHUNK).min(count), scratch);
            },
            |_, scratch| total.add(&scratch.sums),
        );
        let count = count as f64;
        Measured {
            surrogate: total.surrogate / count,
            reported_surrogate: total.reported / count,
            // Rounding can leave a mean of zeros a little below zero.
            kl_mean: if total.kl < 0.0 {
                0.0
            } else {
                total.kl / count
            },
            kl_max: total.kl_max,
            entropy: total.entropy / count,
        }
    }

    /// The sums over some rows, on which the network gives `new`.
    fn sums(&self, rows: Range<usize>, new: &[E], values: &mut Vec<E>) -> Sums {
        let (width, params) = (self.distribution.action_width(), self.distribution.params());
        let actions = &self.batch.actions[rows.start * width..rows.end * width];
        values.clear();
        values.resize(rows.len(), E::ZERO);
        self.distribution.log_prob(new, actions, values);
        for (value, &old) in values.iter_mut().zip(&self.old_log_prob[rows.clone()]) {
            *value -= old;
        }
        let ratio = &mut values[..];
        kernels::exp(ratio);
        let surrogate = kernels::dot(ratio, &self.advantages[rows.clone()]);
        let reported = match &self.reported_advantages {
            Some(advantages) => kernels::dot(ratio, &advantages[rows.clone()]),
            None => surrogate,
        };
        let old = &self.old_params[rows.start * params..rows.end * params];
        self.distribution.kl_old_new(old, new, values);
        let (kl, kl_max) = (kernels::sum(values), largest(values));
        self.distribution.entropy(new, values);
        Sums {
            surrogate,
            reported,
            kl,
            kl_max,
            entropy: kernels::sum(values),
        }
    }
}

impl<E: Real> Objective<E> for Surrogate<'_, E> {
    fn here(&self) -> &Linearisation<E> {
        let linearise = || self.network.linearise(&self.batch.observations);
        self.here.get_or_init(linearise)
    }

    fn observations(&self) -> &[E] {
        &self.batch.observations
    }

    fn actions(&self) -> &[E] {
        &self.batch.actions
    }

    fn gradient(&self) -> Vec<E> {
        self.gradient_of(&self.advantages, |rows, outputs| rows.surrogate(outputs))
    }

    fn measure_here(&self) -> Measured {
        let params = self.distribution.params();
        self.measured(|rows, scratch| {
            let surrogate = kernels::sum(&self.advantages[rows.clone()]);
            let reported = match &self.reported_advantages {
                Some(advantages) => kernels::sum(&advantages[rows.clone()]),
                None => surrogate,
            };
            scratch.values.resize(rows.len(), E::ZERO);
            let outputs = &self.old_params[rows.start * params..rows.end * params];
            self.distribution.entropy(outputs, &mut scratch.values);
            Sums {
                surrogate,
                reported,
                kl: 0.0,
                kl_max: 0.0,
                entropy: kernels::sum(&scratch.values),
            }
        })
    }

    fn measure(&self, theta: &[E]) -> Measured {
        let at_theta = self.network.forward_with(theta);
        let inputs = self.network.architecture().inputs();
        self.measured(|rows, scratch| {
            let network = scratch.network.get_or_insert_with(|| at_theta.clone());
            let observations = &self.batch.observations[rows.start * inputs..rows.end * inputs];
            self.sums(rows, network.run(observations), &mut scratch.values)
        })
    }

    fn expected_improvement(&self, g: &[E], theta_old: &[E], theta: &[E]) -> f64 {
        if self.reported_advantages.is_none() {
            linear_change(g, theta_old, theta)
        } else {
            linear_change(&self.reported_gradient(), theta_old, theta)
        }
    }
}

/// The largest of some numbers and 0, or NaN if there is one, which f64::max
/// would lose.
pub(super) fn largest<E: Real>(values: &[E]) -> f64 {
    let wide = values.iter().map(|value| value.to_double());
    wide.fold(0.0, |most, value| {
        if value > most || value.is_nan() {
            value
        } else {
            most
        }
    })
}

/// Sums over some rows of what [`Measured`] averages.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    surrogate: f64,
    reported: f64,
    kl: f64,
    kl_max: f64,
    entropy: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.surrogate += other.surrogate;
        self.reported += other.reported;
        self.kl += other.kl;
        self.kl_max = largest(&[self.kl_max, other.kl_max]);
        self.entropy += other.entropy;
    }
}

/// Memory of one thread.
#[derive(Debug)]
struct Scratch<E> {
    network: Option<Forward<E>>,
    values: Vec<E>,
    sums: Sums,
}

impl<E> Default for Scratch<E> {
    fn default() -> Self {
        Self {
            network: None,
            values: Vec::new(),
            sums: Sums::default(),
        }
    }
}
