//! What is measured of the runs of an experiment beside what they record, as data of
//! its file.
//!
//! ```toml
//! [[diagnostic]]
//! name = "gradient-noise"
//! variants = ["vine"]              # all, where none are named
//! settings.updates = [0, 8]
//! ```

use serde::{Deserialize, Serialize};

use crate::ordered::Ordered;

/// A diagnostic that is asked of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Of which variants; of all if none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// On which tasks; on all if none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Its own keys.
    #[serde(default = "nothing", skip_serializing_if = "is_nothing")]
    pub settings: Ordered,
}

fn nothing() -> Ordered {
    Ordered::Object(Vec::new())
}

fn is_nothing(settings: &Ordered) -> bool {
    *settings == nothing()
}

impl Asked {
    /// Whether it is asked of the runs of a variant on a task.
    pub fn is_of(&self, variant: &str, task: &str) -> bool {
        let holds =
            |all: &[String], name: &str| all.is_empty() || all.iter().any(|one| one == name);
        holds(&self.variants, variant) && holds(&self.tasks, task)
    }
}
