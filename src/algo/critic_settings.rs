//! What is asked of the critic's fit.

use crate::settings::{any, at_least_one, not_negative, positive};

crate::settings! {
    /// Settings of the critic's fit.
    pub struct CriticSettings {
        /// Learning rate of Adam.
        learning_rate: f64 = 1e-3, positive();
        /// Passes over the batch in every update.
        epochs: usize = 10, at_least_one();
        /// Rows of a minibatch; the last, smaller one is kept.
        minibatch: usize = 64, at_least_one();
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive();
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.5, not_negative();
        /// Half-width of the interval around the old value to which a new
        /// value is clipped in the loss; 0: no clipping.
        value_clip: f64 = 0.0, not_negative();
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any();
    }
}
