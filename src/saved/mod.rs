//! Policies as files: what a completed run leaves to act with, to go on from, and to
//! hand to other programs.
//!
//! A file holds the policy, the statistics by which it normalises observations, the box
//! of its actions and the critic, as tensors of the safetensors format, and what run they
//! are of. The same run gives the same bytes.
//!
//! | tensor | shape | type |
//! |---|---|---|
//! | `layers.<i>.weight`, `layers.<i>.bias` | \[in\]\[out\], \[out\] | f32 |
//! | `log_std` | \[actions\], with a box of actions | f32 |
//! | `action.low`, `action.high` | \[actions\], with a box of actions | f32 |
//! | `observation.mean`, `observation.variance` | \[in\], where observations are normalised | f64 |
//! | `observation.count` | \[\], likewise | f64 |
//! | `critic.layers.<i>.weight`, `critic.layers.<i>.bias` | \[in\]\[out\], \[out\] | f32 |
//!
//! Between layers stands the activation of the run, by default tanh. An observation x is seen as
//! clip((x - mean) / sqrt(variance + 1e-8), -10, 10), in float64.

mod agent;
mod error;
mod file;
mod tensors;

pub use agent::{Agent, WrongObservation};
pub use error::{Damage, SavedError};

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::config::RunConfig;
use crate::env::ActionSpace;
use crate::nn::{Architecture, Hidden};
use crate::policy::normalise::ObservationNormaliser;

/// Version of the layout of files; those of every earlier one are read.
pub const FORMAT: u32 = 1;

/// A policy with the run that it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedPolicy {
    /// Its run.
    pub about: About,
    /// Its space of actions.
    pub actions: ActionSpace,
    /// Sizes of its hidden layers.
    pub hidden: Vec<usize>,
    /// Its parameters: \[weights, biases\] by layer, then the log standard deviations.
    pub theta: Vec<f32>,
    /// How it sees observations.
    pub normaliser: ObservationNormaliser,
    /// Components of an observation.
    pub observation_dim: usize,
    /// Sizes of the critic's hidden layers.
    pub critic_hidden: Vec<usize>,
    /// The critic's parameters, \[weights, biases\] by layer.
    pub critic: Vec<f32>,
}

/// The run that a policy is of: what stands in the file's one key of metadata, `trpo_lab`,
/// as compact JSON in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// [`FORMAT`].
    pub format: u32,
    /// Configuration of the run.
    pub config: RunConfig,
    /// Its seed.
    pub seed: u64,
    /// The evaluation while training after which the policy is the run's best; left out of
    /// the final one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<BestPoint>,
    /// [`NUMERICS`](crate::record::NUMERICS) of the run.
    pub numerics: u32,
    /// Digest of its record.
    pub record: String,
    /// BLAKE3 of all this and of the tensors.
    pub content: String,
}

/// An evaluation while training. Its return is the highest of all points, and so a biased
/// estimate of what the policy gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestPoint {
    /// Updates made before.
    pub update: usize,
    /// Environment steps made before.
    pub step: u64,
    /// Mean return of its episodes.
    pub mean_return: f64,
}

impl SavedPolicy {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is of a newer format, or damaged.
    pub fn read(path: &Path) -> Result<Self, SavedError> {
        Ok(Self::read_hashed(path)?.0)
    }

    /// Reads a file, and gives its BLAKE3 in hexadecimal too.
    ///
    /// # Errors
    /// As [`SavedPolicy::read`].
    pub fn read_hashed(path: &Path) -> Result<(Self, String), SavedError> {
        let named = |problem| SavedError {
            path: path.to_owned(),
            problem,
        };
        let bytes = std::fs::read(path).map_err(|source| named(Damage::Unreadable(source)))?;
        let policy = Self::from_bytes(&bytes).map_err(named)?;
        Ok((policy, blake3::hash(&bytes).to_hex().to_string()))
    }

    /// The shape of the policy's network.
    pub(crate) fn architecture(&self) -> Architecture {
        crate::policy::architecture(self.observation_dim, &self.actions, self.layers())
    }

    /// The shape of the critic's network.
    pub(crate) fn critic_architecture(&self) -> Architecture {
        let hidden = Hidden {
            sizes: &self.critic_hidden,
            activation: self.activation(),
        };
        Architecture::new(self.observation_dim, hidden, 1, 0)
    }

    /// What stands between its layers: what its run was told.
    pub fn activation(&self) -> Activation {
        self.about.config.common.activation
    }

    /// The hidden layers of the policy.
    pub(crate) fn layers(&self) -> Hidden<'_> {
        Hidden {
            sizes: &self.hidden,
            activation: self.activation(),
        }
    }
}
