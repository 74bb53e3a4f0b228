//! The complete configuration of a run.
//!
//! This is what is hashed, stored in the record and printed by `--dry-run`.
//! How it is put together from an experiment file is the business of
//! [`experiment`](crate::experiment).

use serde::{Deserialize, Serialize};

use crate::algo::AlgorithmConfig;
use crate::algo::critic_settings::CriticSettings;
#[cfg(feature = "train")]
use crate::rollout::collector::CollectorSettings;
#[cfg(feature = "train")]
use crate::settings::Invalid;
use crate::settings::{Limit, any, at_least_one, require, share};

crate::settings! {
    /// What is shared by every algorithm.
    pub struct CommonSettings {
        /// Environment steps to train for; ceil(steps / batch) updates are made.
        steps: usize = 200_000, at_least_one();
        /// Environment steps in the batch of one update, over all copies.
        batch: usize = 2048, at_least_one();
        /// Copies of the environment that are stepped side by side; divides `batch`.
        copies: usize = 8, numbered();
        /// Discount.
        gamma: f64 = 0.99, open_or_one();
        /// lambda of generalised advantage estimation.
        lambda: f64 = 0.95, share();
        /// Sizes of the tanh layers, of the policy and of the critic.
        hidden: Vec<usize> = vec![64, 64], widths();
        /// Initial logarithm of the standard deviation of continuous actions.
        log_std: f64 = 0.0, log_std_range();
        /// Whether observations are normalised by their running mean and deviation.
        normalize_observations: bool = true, any();
        /// Whether rewards are divided by the running deviation of the discounted return.
        scale_rewards: bool = false, any();
        /// Episodes of the evaluation of the final policy.
        evaluation_episodes: usize = 20, numbered();
    }
}

#[cfg(feature = "train")]
impl CommonSettings {
    /// What of them the collection of a batch needs.
    pub fn collection(&self) -> CollectorSettings {
        CollectorSettings {
            copies: self.copies,
            horizon: self.batch / self.copies,
            gamma: self.gamma,
            lambda: self.lambda,
            normalize_observations: self.normalize_observations,
            scale_rewards: self.scale_rewards,
        }
    }
}

/// Most environment steps of a run: records hold them as f64, which counts so
/// far and no further.
#[cfg(feature = "train")]
const MOST_STEPS: u64 = 1 << 53;

/// Copies and episodes each have random streams, numbered with 32 bits.
const fn numbered() -> Limit<usize> {
    Limit {
        check: |value| {
            let holds = (1..=u32::MAX as usize).contains(value);
            require(holds, value, "from 1 to 4294967295")
        },
        schema: r#"{"type": "integer", "minimum": 1, "maximum": 4294967295}"#,
    }
}

const fn open_or_one() -> Limit<f64> {
    Limit {
        check: |&value| {
            let holds = value > 0.0 && value <= 1.0;
            require(holds, &value, "above 0 and at most 1")
        },
        schema: r#"{"type": "number", "exclusiveMinimum": 0, "maximum": 1}"#,
    }
}

const fn log_std_range() -> Limit<f64> {
    Limit {
        check: |value| require((-5.0..=2.0).contains(value), value, "from -5 to 2"),
        schema: r#"{"type": "number", "minimum": -5, "maximum": 2}"#,
    }
}

const fn widths() -> Limit<Vec<usize>> {
    Limit {
        check: |value| {
            let holds = value.iter().all(|&width| (1..=4096).contains(&width));
            let shown = crate::settings::written(value);
            require(holds, &shown, "a list of sizes from 1 to 4096")
        },
        schema: r#"{"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 4096}}"#,
    }
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
    /// Version of a task that the laboratory does not bring; left out for ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_version: Option<u32>,
    /// Version of an algorithm that the laboratory does not bring; left out for
    /// ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm_version: Option<u32>,
}

#[cfg(feature = "train")]
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

    /// A run of `algorithm` on the task `env` that the laboratory brings, with
    /// defaults for the rest.
    pub fn new(env: impl Into<String>, algorithm: AlgorithmConfig) -> Self {
        Self {
            env: env.into(),
            common: CommonSettings::default(),
            critic: CriticSettings::default(),
            algorithm,
            env_version: None,
            algorithm_version: None,
        }
    }

    /// Number of updates: ceil(steps / batch) where every update has a batch;
    /// `None` where updates vary in length.
    pub fn updates(&self) -> Option<usize> {
        let CommonSettings { steps, batch, .. } = self.common;
        self.algorithm.updates(steps, batch)
    }

    /// Environment steps that are really made, where every update has a batch,
    /// and at least are made, where updates vary in length; no more than 2^53 in
    /// a configuration that passes [`RunConfig::check`].
    pub fn total_steps(&self) -> u64 {
        let CommonSettings { steps, batch, .. } = self.common;
        self.updates().map_or(steps as u64, |updates| {
            (updates as u64).saturating_mul(batch as u64)
        })
    }
}

impl RunConfig {
    /// BLAKE3 of the configuration, in hexadecimal.
    pub fn digest(&self) -> String {
        crate::digest::digest_of(self)
    }
}
