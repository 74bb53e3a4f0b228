//! The complete configuration of a run.
//!
//! This is what is hashed, stored in the record and printed by `--dry-run`.
//! How it is put together from an experiment file is the business of
//! [`experiment`](crate::experiment).

use serde::{Deserialize, Serialize};

use crate::algo::AlgorithmConfig;
use crate::algo::critic::CriticSettings;
use crate::settings::{Invalid, any, at_least_one, require, share};

crate::settings! {
    /// What is shared by every algorithm.
    pub struct CommonSettings {
        /// Environment steps to train for; ceil(steps / batch) updates are made.
        steps: usize = 200_000, at_least_one;
        /// Environment steps in the batch of one update, over all copies.
        batch: usize = 2048, at_least_one;
        /// Copies of the environment that are stepped side by side; divides `batch`.
        copies: usize = 8, numbered;
        /// Discount.
        gamma: f64 = 0.99, open_or_one;
        /// lambda of generalised advantage estimation.
        lambda: f64 = 0.95, share;
        /// Sizes of the tanh layers, of the policy and of the critic.
        hidden: Vec<usize> = vec![64, 64], widths;
        /// Initial logarithm of the standard deviation of continuous actions.
        log_std: f64 = 0.0, log_std_range;
        /// Whether observations are normalised by their running mean and deviation.
        normalize_observations: bool = true, any;
        /// Whether rewards are divided by the running deviation of the discounted return.
        scale_rewards: bool = false, any;
        /// Episodes of the evaluation of the final policy.
        evaluation_episodes: usize = 20, numbered;
    }
}

/// Most environment steps of a run: records hold them as f64, which counts so
/// far and no further.
const MOST_STEPS: u64 = 1 << 53;

/// Copies and episodes each have random streams, numbered with 32 bits.
fn numbered(value: &usize) -> Result<(), String> {
    require(
        (1..=u32::MAX as usize).contains(value),
        value,
        "from 1 to 4294967295",
    )
}

fn open_or_one(value: &f64) -> Result<(), String> {
    require(
        *value > 0.0 && *value <= 1.0,
        value,
        "above 0 and at most 1",
    )
}

fn log_std_range(value: &f64) -> Result<(), String> {
    require((-5.0..=2.0).contains(value), value, "from -5 to 2")
}

fn widths(value: &Vec<usize>) -> Result<(), String> {
    let shown = crate::settings::written(value);
    require(
        value.iter().all(|&width| (1..=4096).contains(&width)),
        &shown,
        "a list of sizes from 1 to 4096",
    )
}

/// Everything that, with a seed, determines a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The task, by Gymnasium's name.
    pub env: String,
    /// What is shared by every algorithm.
    pub common: CommonSettings,
    /// The critic's fit.
    pub critic: CriticSettings,
    /// The algorithm and its settings.
    pub algorithm: AlgorithmConfig,
}

impl RunConfig {
    /// Refuses values that make no sense by themselves or together.
    pub fn check(&self) -> Result<(), Invalid> {
        self.common.check()?;
        self.critic
            .check()
            .map_err(|error| error.inside("critic"))?;
        self.algorithm.check()?;
        let CommonSettings { batch, copies, .. } = self.common;
        if batch % copies != 0 {
            return Err(Invalid::new(
                "batch",
                format!("must be a multiple of `copies` ({copies}), not {batch}"),
            ));
        }
        let most = MOST_STEPS as usize;
        if batch > most {
            return Err(Invalid::new(
                "batch",
                format!("must be at most 2^53, not {batch}"),
            ));
        }
        if self.common.steps > most - (batch - 1) {
            return Err(Invalid::new(
                "steps",
                format!(
                    "must be at most 2^53 when rounded up to a multiple of `batch` ({batch}), not {}",
                    self.common.steps
                ),
            ));
        }
        Ok(())
    }

    /// Number of updates: ceil(steps / batch).
    pub fn updates(&self) -> usize {
        self.common.steps.div_ceil(self.common.batch)
    }

    /// Environment steps that are really made; no more than 2^53 in a
    /// configuration that passes [`RunConfig::check`].
    pub fn total_steps(&self) -> u64 {
        (self.updates() as u64).saturating_mul(self.common.batch as u64)
    }

    /// BLAKE3 of the configuration, in hexadecimal.
    pub fn digest(&self) -> String {
        crate::record::digest_of(self)
    }
}
