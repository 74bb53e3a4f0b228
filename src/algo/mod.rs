//! The algorithms. Each is one file and one line of the [`registry`].
//!
//! | file | what it holds |
//! |---|---|
//! | [`registry`] | the list of them |
//! | [`config`] | one of them with its settings |
//! | [`trpo`], [`vine`], [`npg`], [`vpg`], [`ppo`], [`a2c`], [`rwr`], [`cem`], [`cma_es`], [`equal_kl`] | one each |
//! | [`natural`] | the natural gradient, of TRPO and NPG |
//! | [`population`] | a generation of parameter vectors, of CEM and CMA-ES |
//! | [`on_policy`] | the iteration that they share: batch, policy step, critic fit |
//! | [`mod@kind`] | what an algorithm says of itself, and how it begins |
//! | [`algorithm`] | what an algorithm is |
//! | [`bench`](mod@bench) | what it works with: batches, fits, episodes, branches |
//! | [`part`] | the parts of an update, and who is told of them |
//! | [`step`] | what a policy step records, and how it can fail |
//! | [`objective`] | what a trust-region step improves |
//! | [`surrogate`], [`losses`], [`minibatch`], [`critic`] | parts of steps and fits |

pub mod config;
pub mod critic_settings;
pub mod schedule;

pub use config::AlgorithmConfig;
pub use schedule::Schedule;

/// What trains.
#[cfg(feature = "train")]
mod training {
    pub use super::algorithm::Algorithm;
    pub use super::bench::{Bench, Part, Watch};
    pub use super::error::UpdateError;
    pub use super::kind::{AnyKind, Kind, Look, StepLimit, kind};
    pub use super::registry::ALGORITHMS;
    pub use super::step::{Diverged, PolicyStep};
}
#[cfg(feature = "train")]
pub use training::*;

#[cfg(feature = "train")]
pub mod a2c;
#[cfg(feature = "train")]
pub mod algorithm;
#[cfg(feature = "train")]
pub mod bench;
#[cfg(feature = "train")]
pub mod cem;
#[cfg(feature = "train")]
pub mod cma_es;
#[cfg(feature = "train")]
pub mod critic;
#[cfg(feature = "train")]
pub mod equal_kl;
#[cfg(feature = "train")]
pub mod error;
#[cfg(feature = "train")]
pub mod kind;
#[cfg(feature = "train")]
pub mod losses;
#[cfg(feature = "train")]
pub mod minibatch;
#[cfg(feature = "train")]
pub mod natural;
#[cfg(feature = "train")]
pub mod npg;
#[cfg(feature = "train")]
pub mod objective;
#[cfg(feature = "train")]
pub mod on_policy;
#[cfg(feature = "train")]
pub mod part;
#[cfg(feature = "train")]
pub mod population;
#[cfg(feature = "train")]
pub mod ppo;
#[cfg(feature = "train")]
pub mod registry;
#[cfg(feature = "train")]
pub mod rwr;
#[cfg(feature = "train")]
pub mod step;
#[cfg(feature = "train")]
pub mod surrogate;
#[cfg(feature = "train")]
pub mod trpo;
#[cfg(feature = "train")]
pub mod vine;
#[cfg(feature = "train")]
pub mod vine_objective;
#[cfg(feature = "train")]
pub mod vpg;
