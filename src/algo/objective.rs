//! What a trust-region step improves: an objective beside a divergence.

use crate::math::Real;
use crate::nn::Linearisation;

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

/// An objective L with a divergence KL(pi_old || pi), at and around theta_old.
///
/// TRPO's is [`Surrogate`](super::surrogate::Surrogate), over the rows of a batch; the
/// vine's is over states from which several actions were tried.
pub trait Objective<E: Real> {
    /// The policy's network at theta_old on the states over which the divergence and
    /// F are means.
    fn here(&self) -> &Linearisation<E>;

    /// What the policy saw in those states, \[states\]\[observation\].
    fn observations(&self) -> &[E];

    /// What it chose there, unclipped, \[states\]\[action width\].
    fn actions(&self) -> &[E];

    /// g, the gradient of L at theta_old.
    fn gradient(&self) -> Vec<E>;

    /// What [`Objective::measure`] gives at theta_old, where the ratio is 1 and the
    /// divergence 0.
    fn measure_here(&self) -> Measured;

    /// L, KL divergence and entropy at `theta`.
    fn measure(&self, theta: &[E]) -> Measured;

    /// The improvement of L, as it is reported, that its gradient promises for the step
    /// from `theta_old` to `theta`. `g` is the gradient of L as the step uses it.
    fn expected_improvement(&self, g: &[E], theta_old: &[E], theta: &[E]) -> f64;
}
