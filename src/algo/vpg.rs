//! Vanilla policy gradient: one first-order step per batch.

use serde::{Deserialize, Serialize};

use crate::settings::{any, not_negative, positive};

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// Kingma and Ba (2015).
    Adam,
    /// The gradient times the learning rate.
    Sgd,
}

crate::settings! {
    /// Settings of the vanilla policy gradient.
    pub struct VpgSettings {
        /// Learning rate; with `kl_adaptive`, its initial value.
        learning_rate: f64 = 3e-3, positive;
        /// `adam` or `sgd`.
        optimizer: Optimizer = Optimizer::Adam, any;
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive;
        /// Whether the learning rate follows the KL divergence of the last step:
        /// halved above 1.5 `target_kl`, doubled below `target_kl` / 1.5.
        kl_adaptive: bool = false, any;
        /// The mean KL divergence that `kl_adaptive` steers to.
        target_kl: f64 = 0.01, positive;
        /// Smallest learning rate of `kl_adaptive`.
        min_learning_rate: f64 = 1e-6, positive;
        /// Largest learning rate of `kl_adaptive`.
        max_learning_rate: f64 = 1.0, positive;
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.0, not_negative;
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any;
    }
}
