//! Proximal policy optimisation.

use serde::{Deserialize, Serialize};

use crate::settings::{any, at_least_one, not_negative, positive};

/// The objective of PPO's policy step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The clipped surrogate.
    Clip,
    /// The surrogate minus `kl_coefficient` times the KL divergence.
    FixedPenalty,
    /// The same, the coefficient following the KL divergence.
    AdaptivePenalty,
    /// The surrogate alone.
    Unconstrained,
}

crate::settings! {
    /// Settings of PPO.
    pub struct PpoSettings {
        /// `clip`, `fixed-penalty`, `adaptive-penalty` or `unconstrained`.
        objective: Objective = Objective::Clip, any;
        /// eps: half-width of the interval around 1 to which the probability ratio is clipped.
        clip: f64 = 0.2, positive;
        /// Coefficient of the KL divergence; with `adaptive-penalty`, its initial value.
        kl_coefficient: f64 = 1.0, not_negative;
        /// Mean KL divergence that `adaptive-penalty` steers to.
        kl_target: f64 = 0.01, positive;
        /// Passes over the batch in every update.
        epochs: usize = 10, at_least_one;
        /// Rows of a minibatch; the last, smaller one is kept.
        minibatch: usize = 64, at_least_one;
        /// Learning rate of Adam.
        learning_rate: f64 = 3e-4, positive;
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive;
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any;
        /// Weight of the entropy bonus.
        entropy_coefficient: f64 = 0.0, not_negative;
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.5, not_negative;
        /// Mean KL divergence of an epoch after which no further epoch is run; 0: never stop early.
        stop_kl: f64 = 0.0, not_negative;
        /// Whether advantages are normalised, over each minibatch.
        normalize_advantages: bool = true, any;
    }
}
