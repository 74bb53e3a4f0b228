//! What an experiment file asks of its runs beyond the scores.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the statistics of an experiment need to know beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// The smallest difference of normalised scores worth knowing: runs needed
    /// are named for it.
    pub smallest_difference: f64,
    /// By task, the return from which on it counts as learnt; where none is
    /// given it is the task's reference.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub thresholds: BTreeMap<String, f64>,
    /// Variants that differ in one setting only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<Sweep>,
}

/// Variants that differ in one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Its name.
    pub name: String,
    /// The setting, such as `trpo.delta`.
    pub over: String,
    /// Its variants, in the order of the file.
    pub steps: Vec<Step>,
}

/// One variant of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The variant.
    pub variant: String,
    /// Its value of the setting.
    pub value: f64,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            smallest_difference: 0.1,
            thresholds: BTreeMap::new(),
            sweeps: Vec::new(),
        }
    }
}

impl Analysis {
    /// Whether the experiment file says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
