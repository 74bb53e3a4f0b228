//! Natural policy gradient: the full step of TRPO without its line search.

use crate::settings::{any, at_least_one, not_negative, positive};

crate::settings! {
    /// Settings of the natural policy gradient.
    pub struct NpgSettings {
        /// Trust radius of the quadratic model, which sets the length of the step.
        delta: f64 = 0.01, positive;
        /// c: multiple of the identity added to the Fisher matrix.
        damping: f64 = 0.1, not_negative;
        /// Largest number of conjugate-gradient iterations.
        cg_iterations: usize = 10, at_least_one;
        /// Relative residual at which the conjugate gradient stops; 0: never.
        cg_tolerance: f64 = 1e-5, not_negative;
        /// The Fisher matrix is estimated on every k-th row, from an offset drawn anew; 1: on all.
        fisher_subsample: usize = 1, at_least_one;
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any;
    }
}
