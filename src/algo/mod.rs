//! The algorithms. Each owns its policy step and nothing else.

use serde::{Deserialize, Serialize};

use crate::settings::{Invalid, KeyDoc};

pub mod critic;
pub mod npg;
pub mod ppo;
pub mod trpo;
pub mod vpg;

/// The registry: a line for each algorithm gives its name, its settings and
/// what it is.
macro_rules! algorithms {
    ($( $variant:ident, $name:literal, $settings:ty, $summary:literal; )+) => {
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

            /// Name, summary and keys of every algorithm.
            pub fn documentation() -> Vec<(&'static str, &'static str, Vec<KeyDoc>)> {
                vec![$( ($name, $summary, <$settings>::documentation()), )+]
            }
        }
    };
}

algorithms! {
    Trpo, "trpo", trpo::TrpoSettings, "Trust-region policy optimisation (Schulman et al. 2015)";
    Npg, "npg", npg::NpgSettings, "Natural policy gradient (Kakade 2002), with a step length from the trust radius";
    Vpg, "vpg", vpg::VpgSettings, "Vanilla policy gradient (Williams 1992), with a fixed or KL-adaptive step";
    Ppo, "ppo", ppo::PpoSettings, "Proximal policy optimisation (Schulman et al. 2017), clipped or with a KL penalty";
}
