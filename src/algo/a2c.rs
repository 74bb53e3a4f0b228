//! Advantage actor-critic, the synchronous form of A3C (Mnih et al. 2016): a step
//! of the policy after every few environment steps. With a trust region around a
//! running average of the policies, as Wang et al. 2016
//! ([arXiv:1611.01224](https://arxiv.org/abs/1611.01224), section 3.3) have it.
//!
//! One update of the laboratory collects `batch` environment steps, as that of
//! every other algorithm, and is made of many small ones: `horizon` steps of each
//! copy, one step of RMSprop on the mean of log pi(a|s) A + c H(pi), one fit of
//! the critic. With lambda = 1 the advantages are A2C's own n-step ones; with
//! another they are those of GAE over the same few steps. Statistics of
//! observations change after the whole update, as everywhere.
//!
//! The published program descends policy and value on one loss, in which the
//! value's counts half, with one RMSprop and one limit on the gradient's norm.
//! Here the critic has the fit of all algorithms: with `critic.epochs = 1` and a
//! `critic.minibatch` of at least `copies` x `horizon`, one step of Adam for every
//! step of the policy.
//!
//! A row of the record is the mean over the small updates: its divergence is that
//! of one of them, not of the whole row. The largest divergence is the largest of
//! all, and the log standard deviation that after the last.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::bench::{Bench, Part};
use super::error::UpdateError;
use super::kind::{Kind, Look, StepLimit};
use super::objective::Objective;
use super::schedule::Schedule;
use super::step::{Diverged, GRADIENT_NORM, KL_MAX, LOG_STD, Moved, distance};
use super::surrogate::Surrogate;
use crate::columns::{Column, Row};
use crate::common::{CommonSettings, Estimator};
use crate::kernels::norm;
use crate::math::Real;
use crate::nn::ops::scalar;
use crate::optim::adam::scale_to;
use crate::optim::rmsprop::RmsProp;
use crate::policy::{Distribution, Policy};
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::settings::{Invalid, any, at_least_one, not_negative, open_share, positive};

/// Share of the rows whose gradient the trust region shortened.
pub const SHORTENED: Column = Column::number("shortened", "Gradients shortened");

crate::settings! {
    /// Settings of A2C.
    pub struct A2cSettings {
        /// Environment steps of each copy between two steps of the policy; divides
        /// `batch` / `copies`. With `lambda` = 1 advantages are sums over as many steps.
        horizon: usize = 5, at_least_one();
        /// Learning rate of RMSprop.
        learning_rate: f64 = 7e-4, positive();
        /// By what RMSprop's running mean of the squared gradient is multiplied in every step.
        decay: f64 = 0.99, open_share();
        /// RMSprop's epsilon, inside the root.
        epsilon: f64 = 1e-5, positive();
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any();
        /// Weight of the entropy bonus.
        entropy_coefficient: f64 = 0.01, not_negative();
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.5, not_negative();
        /// Whether advantages are normalised over each small batch.
        normalize_advantages: bool = false, any();
        /// Whether gradients are shortened where they lead away from the average policy.
        trust_region: bool = false, any();
        /// How fast the divergence from the average policy may grow along the
        /// gradient of a row before it is shortened, with `trust_region`.
        delta: f64 = 1.0, positive();
        /// By what the average policy's parameters are multiplied after every step, before
        /// the rest of the new ones is added, with `trust_region`.
        average: f64 = 0.99, open_share();
    }
}

/// A2C as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct A2c {
    settings: A2cSettings,
    rmsprop: RmsProp<f32>,
    /// theta of the average policy; empty before the first step, and without a
    /// trust region.
    average: Vec<f32>,
}

/// A bound on what rows pass back.
#[derive(Debug, Clone, Copy)]
pub struct TrustRegion<'a, E> {
    /// Parameters of the average policy's distributions, \[rows\]\[params\].
    pub average: &'a [E],
    /// delta.
    pub delta: f64,
}

/// What some rows pass back to the network, \[rows\]\[params\], and how many of
/// them the trust region shortened.
///
/// g is the gradient of log pi(a|s) A + c H(pi) with respect to a row's `params`
/// (logits; or means and log standard deviations). Within a trust region the row
/// passes back z, the nearest to g with k^T z <= delta: z = g - max(0, (k^T g - delta) / ||k||^2) k, where k is the gradient of
/// KL(average || pi) with respect to the same.
pub fn passed_back<E: Real>(
    distribution: &Arc<dyn Distribution<E>>,
    (params, actions, advantages): (&[E], &[E], &[E]),
    entropy_coefficient: f64,
    region: Option<TrustRegion<'_, E>>,
) -> (Vec<E>, usize) {
    let mut g = vec![E::ZERO; params.len()];
    distribution.log_prob_gradient(params, actions, advantages, &mut g);
    let bonus = vec![E::from_double(entropy_coefficient); advantages.len()];
    distribution.entropy_gradient(params, &bonus, &mut g);
    let Some(TrustRegion { average, delta }) = region else {
        return (g, 0);
    };
    let mut k = vec![E::ZERO; params.len()];
    let ones = vec![E::ONE; advantages.len()];
    distribution.kl_old_new_gradient(average, params, &ones, &mut k);
    let width = distribution.params();
    let rows = g.chunks_exact_mut(width).zip(k.chunks_exact(width));
    let shortened = rows.filter_map(|(g, k)| shorten(g, k, delta)).count();
    (g, shortened)
}

/// Makes z of g where it is another.
fn shorten<E: Real>(g: &mut [E], k: &[E], delta: f64) -> Option<()> {
    let dot = |a: &[E]| -> f64 {
        let products = a.iter().zip(k).map(|(a, k)| a.to_double() * k.to_double());
        products.sum()
    };
    let (along, square) = (dot(g), dot(k));
    // A NaN is left to be noticed in the gradient.
    if !(square > 0.0 && along > delta) {
        return None;
    }
    let factor = (along - delta) / square;
    for (g, k) in g.iter_mut().zip(k) {
        *g = E::from_double(g.to_double() - factor * k.to_double());
    }
    Some(())
}

impl Kind for A2c {
    type Settings = A2cSettings;
    type Algorithm = Self;
    const NAME: &'static str = "a2c";
    const SUMMARY: &'static str = "Advantage actor-critic (Mnih et al. 2016), with the trust region of Wang et al. 2016 if asked";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "a2c",
            label: "A2C",
            color: [0x4D, 0x6A, 0x00],
            dash: 3,
        },
        Look {
            variant: "a2c-tr",
            label: "A2C, trust region",
            color: [0x8A, 0x4B, 0x2A],
            dash: 4,
        },
    ];

    fn new(settings: &A2cSettings, parameters: usize, _streams: &Streams) -> Self {
        Self {
            rmsprop: RmsProp::new(parameters, settings.decay, settings.epsilon),
            average: Vec::new(),
            settings: settings.clone(),
        }
    }

    fn fits(settings: &A2cSettings, common: &CommonSettings) -> Result<(), Invalid> {
        if common.estimator == Estimator::Returns {
            return Err(Invalid::new(
                "estimator",
                "must be \"gae\" with `a2c`, whose advantages end after `a2c.horizon` steps",
            ));
        }
        let (own, whole) = (settings.horizon, common.batch / common.copies);
        if whole.is_multiple_of(own) {
            return Ok(());
        }
        let nearest = (whole / own).max(1) * own * common.copies;
        Err(Invalid::new(
            "a2c.horizon",
            format!(
                "must divide the {whole} steps of each copy in a batch (`batch` / `copies`), not \
                 {own}; it does with `batch` = {nearest}"
            ),
        ))
    }

    fn departure(settings: &A2cSettings) -> Option<&'static str> {
        settings.trust_region.then_some("trust region")
    }

    fn step_limit(settings: &A2cSettings) -> StepLimit {
        if settings.trust_region {
            StepLimit::Indirect
        } else {
            StepLimit::Nothing
        }
    }
}

impl Algorithm for A2c {
    fn update(&mut self, bench: &mut Bench<'_>, done: f64) -> Result<Row, UpdateError> {
        let horizon = self.settings.horizon;
        let (mut steps, mut fits) = (Vec::new(), Vec::new());
        for _ in 0..bench.horizon() / horizon {
            let batch = bench.batch_of(horizon)?;
            bench.begin(Part::Policy);
            steps.push(self.step(bench.policy, &batch, done)?);
            fits.push(bench.fit(&batch, done).row());
        }
        let mut row = Row::mean_of(&steps, &[KL_MAX]);
        if let Some(log_std) = bench.policy.mean_log_std() {
            row.set(LOG_STD, log_std);
        }
        row.extend(Row::mean_of(&fits, &[]));
        Ok(row)
    }
}

impl A2c {
    /// One step of RMSprop.
    fn step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let settings = &self.settings;
        let theta_old = policy.theta();
        let surrogate = Surrogate::at(policy, batch, settings.normalize_advantages);
        let before = surrogate.measure_here();
        let average = self.average_params(policy, batch);
        let region = average.as_ref().map(|average| TrustRegion {
            average,
            delta: settings.delta,
        });
        let rows = (
            surrogate.old_params(),
            &batch.actions[..],
            surrogate.advantages(),
        );
        let bonus = settings.entropy_coefficient;
        let (z, shortened) = passed_back(policy.distribution(), rows, bonus, region);
        let gradient = mean_gradient(&surrogate, &z);
        let length = norm(&gradient);
        Diverged::unless_finite(GRADIENT_NORM, length)?;

        let learning_rate = Schedule {
            start: settings.learning_rate,
            anneal: settings.anneal,
        };
        // Ascent.
        let scale = -scale_to(length, settings.max_gradient_norm);
        let (mut theta, kernel) = (theta_old.clone(), policy.kernel());
        let rate = learning_rate.at(done);
        self.rmsprop
            .descend(kernel, &mut theta, &gradient, scale, rate);
        policy.project(&mut theta);
        policy.set_theta(&theta);
        self.follow(&theta_old, &theta);

        let moved = Moved {
            outcome: "full_step",
            before,
            after: surrogate.measure(&theta),
            gradient_norm: length,
            step_norm: distance(&theta_old, &theta),
        };
        let mut row = moved.row();
        if self.settings.trust_region {
            row.set(SHORTENED, shortened as f64 / batch.rows() as f64);
        }
        Ok(row)
    }

    /// Parameters of the average policy's distributions on a batch, with a trust
    /// region. Before the first step it is the policy itself.
    fn average_params(&self, policy: &Policy<f32>, batch: &Batch<f32>) -> Option<Vec<f32>> {
        if !self.settings.trust_region {
            return None;
        }
        let mut average = policy.network().clone();
        if !self.average.is_empty() {
            average.set_theta(&self.average);
        }
        Some(average.outputs(&batch.observations))
    }

    /// theta_a <- average theta_a + (1 - average) theta, where theta_a begins at
    /// the first policy of the run.
    fn follow(&mut self, theta_old: &[f32], theta: &[f32]) {
        if !self.settings.trust_region {
            return;
        }
        if self.average.is_empty() {
            self.average = theta_old.to_vec();
        }
        let kept = self.settings.average as f32;
        let rest = (1.0 - self.settings.average) as f32;
        for (average, &theta) in self.average.iter_mut().zip(theta) {
            *average = kept * *average + rest * theta;
        }
    }
}

/// The gradient of a mean over the batch of which `z` is what rows pass back.
pub fn mean_gradient<E: Real>(surrogate: &Surrogate<'_, E>, z: &[E]) -> Vec<E> {
    let rows = surrogate.here().rows();
    let share = E::from_double(1.0 / rows as f64);
    let width = z.len() / rows;
    let here = surrogate.here();
    let (_, gradient) = here.gradient(|range, outputs| {
        let z = &z[range.start * width..range.end * width];
        // No one asks for the value.
        scalar(outputs, 0.0, z.iter().map(|&z| z * share).collect())
    });
    gradient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::categorical::Categorical;
    use crate::policy::gaussian::DiagonalGaussian;

    fn close(found: &[f64], expected: &[f64]) {
        let pairs = found.iter().zip(expected);
        let near = pairs.map(|(a, b)| (a - b).abs()).all(|error| error < 1e-12);
        assert!(near && found.len() == expected.len(), "{found:?}");
    }

    fn row(delta: f64, average: &[f64]) -> Option<TrustRegion<'_, f64>> {
        Some(TrustRegion { average, delta })
    }

    /// p = (3/4, 1/4), the average policy (1/2, 1/2), action 0, A = 8, no entropy:
    /// g = 8 (1 - 3/4, -1/4) = (2, -2); k = p - average = (1/4, -1/4); k.g = 1,
    /// |k|^2 = 1/8; with delta = 1/2 the factor is 4, and z = (1, -1).
    #[test]
    fn a2c_trust_region_on_one_row_of_logits_by_hand() {
        let two: Arc<dyn Distribution<f64>> = Arc::new(Categorical::new(2));
        let (params, average) = ([libm::log(3.0), 0.0], [0.0, 0.0]);
        let rows = (&params[..], &[0.0][..], &[8.0][..]);
        let z = |region| passed_back(&two, rows, 0.0, region);
        close(&z(None).0, &[2.0, -2.0]);
        let (found, shortened) = z(row(0.5, &average));
        close(&found, &[1.0, -1.0]);
        assert_eq!(shortened, 1);
        // k.g = delta at most: nothing happens.
        assert_eq!(z(row(1.0 + 1e-9, &average)), z(None));
        // The average policy itself: k = 0.
        assert_eq!(z(row(1e-9, &params)), z(None));
    }

    /// mean 2, sigma 1, action 3, A = 4: g = (4, 0) + c (0, 1). The average policy is
    /// mean 0, sigma 1: k = (2, 1 - (1 + 4)) = (2, -4). With c = 1: k.g = 8 - 4 = 4,
    /// |k|^2 = 20; with delta = 2 the factor is 1/10 and z = (3.8, 1.4).
    #[test]
    fn a2c_trust_region_on_one_row_of_a_gaussian_by_hand() {
        let one: Arc<dyn Distribution<f64>> = Arc::new(DiagonalGaussian::new(1));
        let rows = (&[2.0, 0.0][..], &[3.0][..], &[4.0][..]);
        let z = |region| passed_back(&one, rows, 1.0, region);
        close(&z(None).0, &[4.0, 1.0]);
        close(&z(row(2.0, &[0.0, 0.0])).0, &[3.8, 1.4]);
    }

    #[test]
    fn a2c_batches_are_whole_horizons() {
        let settings = A2cSettings::default();
        let check = |horizon: usize| {
            let common = CommonSettings {
                batch: 8 * horizon,
                copies: 8,
                ..CommonSettings::default()
            };
            A2c::fits(&settings, &common)
        };
        assert!(check(250).is_ok() && check(5).is_ok());
        for (horizon, batch) in [(256, 2040), (3, 40)] {
            let message = check(horizon).unwrap_err().to_string();
            assert!(
                message.starts_with("`a2c.horizon` must divide"),
                "{message}"
            );
            assert!(
                message.ends_with(&format!("`batch` = {batch}")),
                "{message}"
            );
        }
    }
}
