//! What an update learns from.

use crate::kernels::mean_and_variance;
use crate::math::Real;

/// One batch, \[steps\]\[copies\] flattened to rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<E> {
    /// What the policy saw, \[rows\]\[observation\].
    pub observations: Vec<E>,
    /// What it chose, unclipped, \[rows\]\[action width\].
    pub actions: Vec<E>,
    /// Parameters of pi_old's distribution as it acted, \[rows\]\[params\]: a network gives
    /// a row the same bits whichever rows are beside it. Empty where nobody kept them.
    pub old_params: Vec<E>,
    /// A, raw, \[rows\].
    pub advantages: Vec<E>,
    /// R = A + V(s), \[rows\].
    pub targets: Vec<E>,
    /// V(s) before the critic's fit, \[rows\].
    pub values: Vec<E>,
}

impl<E: Real> Batch<E> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.advantages.len()
    }

    /// Width of an observation.
    pub fn observation_dim(&self) -> usize {
        self.observations.len() / self.rows()
    }
}

/// Subtracts the mean and divides by the standard deviation + 1e-8. Fewer than
/// two numbers stay as they are.
pub fn normalise<E: Real>(values: &mut [E]) {
    if values.len() < 2 {
        return;
    }
    let (mean, variance) = mean_and_variance(values);
    let scale = 1.0 / (variance.sqrt() + 1e-8);
    for value in values {
        *value = E::from_double((value.to_double() - mean) * scale);
    }
}

/// The same numbers after [`normalise`].
pub fn normalised<E: Real>(values: &[E]) -> Vec<E> {
    let mut values = values.to_vec();
    normalise(&mut values);
    values
}
