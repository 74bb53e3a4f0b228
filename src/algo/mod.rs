//! The algorithms. Each owns its policy step and nothing else.

use serde::{Deserialize, Serialize};

use crate::kernels::norm;
use crate::math::Real;
use crate::policy::Policy;
use crate::record::Value;
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::settings::{Invalid, KeyDoc};

pub mod critic;
pub mod losses;
pub mod minibatch;
pub mod natural;
pub mod npg;
pub mod ppo;
pub mod surrogate;
pub mod trpo;
pub mod vpg;

use surrogate::Measured;

/// What an algorithm is: a policy step with some state.
pub trait Algorithm: Sized {
    /// Its settings.
    type Settings;

    /// The algorithm before its first step, for a policy with this number of
    /// parameters.
    fn new(settings: &Self::Settings, parameters: usize, streams: &Streams) -> Self;

    /// Improves the policy on a batch. `progress` is the share of updates
    /// already made. An error ends the run.
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        progress: f64,
    ) -> Result<PolicyStep, Diverged>;
}

/// A quantity stopped being finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{quantity} is not finite")]
pub struct Diverged {
    /// The quantity, by the name of its column.
    pub quantity: String,
}

impl Diverged {
    /// An error if `value` is not finite.
    pub fn unless_finite(quantity: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Self {
                quantity: quantity.to_owned(),
            })
        }
    }
}

/// What a policy step did, as columns of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyStep {
    columns: Vec<(&'static str, Value)>,
}

impl PolicyStep {
    /// A step from `theta_old` to `theta`. `gradient_norm` is the norm of the
    /// gradient that was followed; of many, the mean.
    pub fn taken<E: Real>(
        before: Measured,
        after: Measured,
        gradient_norm: f64,
        theta_old: &[E],
        theta: &[E],
        outcome: &'static str,
    ) -> Self {
        let difference: Vec<E> = theta.iter().zip(theta_old).map(|(&a, &b)| a - b).collect();
        let columns = vec![
            ("outcome", outcome.into()),
            ("surrogate_before", before.reported_surrogate.into()),
            ("surrogate_after", after.reported_surrogate.into()),
            (
                "improvement",
                (after.reported_surrogate - before.reported_surrogate).into(),
            ),
            ("kl_mean", after.kl_mean.into()),
            ("kl_max", after.kl_max.into()),
            ("entropy", after.entropy.into()),
            ("gradient_norm", gradient_norm.into()),
            ("step_norm", norm(&difference).into()),
        ];
        Self { columns }
    }

    /// No step, for the reason `outcome`.
    pub fn none(here: Measured, gradient_norm: f64, outcome: &'static str) -> Self {
        Self::taken::<f64>(here, here, gradient_norm, &[], &[], outcome)
    }

    /// The same with further columns.
    pub fn with(mut self, columns: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// Names and values.
    pub fn columns(&self) -> &[(&'static str, Value)] {
        &self.columns
    }

    /// A numeric column.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.columns.iter().find_map(|(found, value)| match value {
            Value::Number(number) if *found == name => *number,
            _ => None,
        })
    }
}

/// The registry: a line for each algorithm gives its name, its settings and
/// what it is.
macro_rules! algorithms {
    ($( $variant:ident, $name:literal, $algorithm:ty, $settings:ty, $summary:literal; )+) => {
        /// An algorithm with its settings.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum AlgorithmConfig {
            $( #[doc = $summary] #[serde(rename = $name)] $variant($settings), )+
        }

        impl AlgorithmConfig {
            /// Name of every algorithm.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name, which is also that of its table of settings.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant(_) => $name, )+ }
            }

            /// Reads the settings of the algorithm called `name`; `None` if
            /// there is no such algorithm.
            pub fn deserialize_settings<'de, D: serde::Deserializer<'de>>(
                name: &str,
                settings: D,
            ) -> Option<Result<Self, D::Error>> {
                match name {
                    $( $name => Some(<$settings>::deserialize(settings).map(Self::$variant)), )+
                    _ => None,
                }
            }

            /// Refuses values that make no sense.
            pub fn check(&self) -> Result<(), Invalid> {
                match self {
                    $( Self::$variant(settings) => settings.check().map_err(|e| e.inside($name)), )+
                }
            }

            /// The algorithm before its first step.
            pub fn build(&self, parameters: usize, streams: &Streams) -> AnyAlgorithm {
                match self {
                    $( Self::$variant(settings) => AnyAlgorithm::$variant(
                        <$algorithm>::new(settings, parameters, streams),
                    ), )+
                }
            }

            /// Name, summary and keys of every algorithm.
            pub fn documentation() -> Vec<(&'static str, &'static str, Vec<KeyDoc>)> {
                vec![$( ($name, $summary, <$settings>::documentation()), )+]
            }
        }

        /// Any of the algorithms, with its state.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub enum AnyAlgorithm {
            $( #[doc = $summary] $variant($algorithm), )+
        }

        impl AnyAlgorithm {
            /// See [`Algorithm::policy_step`].
            pub fn policy_step(
                &mut self,
                policy: &mut Policy<f32>,
                batch: &Batch<f32>,
                progress: f64,
            ) -> Result<PolicyStep, Diverged> {
                match self {
                    $( Self::$variant(algorithm) => algorithm.policy_step(policy, batch, progress), )+
                }
            }
        }
    };
}

algorithms! {
    Trpo, "trpo", trpo::Trpo, trpo::TrpoSettings, "Trust-region policy optimisation (Schulman et al. 2015)";
    Npg, "npg", npg::Npg, npg::NpgSettings, "Natural policy gradient (Kakade 2002), with a step length from the trust radius";
    Vpg, "vpg", vpg::Vpg, vpg::VpgSettings, "Vanilla policy gradient (Williams 1992), with a fixed or KL-adaptive step";
    Ppo, "ppo", ppo::Ppo, ppo::PpoSettings, "Proximal policy optimisation (Schulman et al. 2017), clipped or with a KL penalty";
}
