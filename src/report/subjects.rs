//! Which algorithms and which experiment the claims and the summary speak of:
//! the one place that names them.

use crate::algo::{AlgorithmConfig, StepLimit};

/// Trust region policy optimisation.
pub(super) const TRPO: &str = "trpo";
/// Proximal policy optimisation.
pub(super) const PPO: &str = "ppo";
/// The natural policy gradient.
pub(super) const NPG: &str = "npg";
/// The vanilla policy gradient.
pub(super) const VPG: &str = "vpg";

/// Algorithms whose updates the summary holds against the trust radius, by the
/// names it gives them.
pub(super) const HELD_AGAINST_THE_RADIUS: [(&str, &str); 4] =
    [("TRPO", TRPO), ("PPO", PPO), ("NPG", NPG), ("VPG", VPG)];

/// The experiment to which the summary and most claims belong.
pub(super) const MAIN: &str = "classic";

/// Whether nothing but a learning rate keeps the steps of it small: the vanilla
/// policy gradient, of those that are built in.
pub(super) fn is_unlimited(algorithm: &AlgorithmConfig) -> bool {
    algorithm.step_limit() == Some(StepLimit::Nothing)
}
