//! Trust-region policy optimisation.

use crate::settings::{any, at_least_one, not_negative, open_share, positive, share};

crate::settings! {
    /// Settings of TRPO.
    pub struct TrpoSettings {
        /// Trust radius: largest mean KL divergence between the old and the new policy.
        delta: f64 = 0.01, positive;
        /// c: multiple of the identity added to the Fisher matrix.
        damping: f64 = 0.1, not_negative;
        /// Largest number of conjugate-gradient iterations.
        cg_iterations: usize = 10, at_least_one;
        /// Relative residual at which the conjugate gradient stops; 0: never.
        cg_tolerance: f64 = 1e-5, not_negative;
        /// Largest number of step lengths that the line search tries.
        backtracks: usize = 10, at_least_one;
        /// alpha: factor from one step length to the next.
        backtrack_factor: f64 = 0.5, open_share;
        /// Smallest accepted ratio of actual to expected improvement; 0: any improvement will do.
        accept_ratio: f64 = 0.0, share;
        /// The Fisher matrix is estimated on every k-th row, from an offset drawn anew; 1: on all.
        fisher_subsample: usize = 1, at_least_one;
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any;
    }
}
