//! What stands between the layers of a network.

use serde::{Deserialize, Serialize};

use crate::settings::Described;

/// The function that is applied to what a hidden layer gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// The hyperbolic tangent.
    #[default]
    Tanh,
    /// The larger of 0 and x; its derivative at 0 is 0.
    Relu,
    /// x itself: with it a network of any depth is linear.
    Identity,
}

impl Activation {
    /// All of them.
    pub const ALL: [Activation; 3] = [Activation::Tanh, Activation::Relu, Activation::Identity];

    /// Its name, as settings write it.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Tanh => "tanh",
            Activation::Relu => "relu",
            Activation::Identity => "identity",
        }
    }
}

impl Described for Activation {
    const SCHEMA: &'static str = r#"{"enum": ["tanh", "relu", "identity"]}"#;
}
