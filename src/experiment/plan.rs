//! What an experiment is: what it asks, of which runs.
//!
//! The experiment file says it, and the manifest of the results repeats it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::SearchedBy;
use super::claims::Claim;
use super::design::Design;
use super::diagnostic::Asked;
pub use super::metric::Metric;
use super::purpose::Purpose;
use crate::config::RunConfig;
use crate::env::gym::About;
use crate::env::{Reference, SMALLEST_DIFFERENCE};

/// An experiment with every configuration complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its name: that of its file without `.toml`, and of its folder of results.
    pub name: String,
    /// What it asks.
    pub title: String,
    /// The score named before running.
    pub headline: Metric,
    /// What else it asks of its runs.
    pub analysis: Analysis,
    /// By task, what environments of Gymnasium said of themselves.
    pub gymnasium: BTreeMap<String, About>,
    /// Tasks, in the order of the file.
    pub tasks: Vec<String>,
    /// Variants, in the order of the file.
    pub variants: Vec<String>,
    /// Seeds, ascending.
    pub seeds: Vec<u64>,
    /// Every task under every variant, tasks outermost.
    pub cells: Vec<Cell>,
}

/// One task under one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Task.
    pub env: String,
    /// Variant.
    pub variant: String,
    /// Complete configuration.
    pub config: RunConfig,
}

/// What the statistics of an experiment need to know beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// The smallest difference of normalised scores worth knowing: runs needed
    /// are named for it.
    pub smallest_difference: f64,
    /// By task, the return from which on it counts as learnt; where none is given
    /// it is [`Reference::learnt`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub thresholds: BTreeMap<String, f64>,
    /// By task, the raw scores that become 0 and 1, where the experiment file or
    /// the task itself gives some: they win over those that are built in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, Reference>,
    /// Pairs of variants that are asked about; where there are none, the first
    /// variant against each other. All other pairs are exploratory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compare: Vec<Pair>,
    /// Variants that differ in one setting only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<Sweep>,
    /// Variants that are the rows of a factorial design.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub design: Option<Design>,
    /// What the experiment is made for; left out of a report.
    #[serde(skip_serializing_if = "Purpose::is_report")]
    pub purpose: Purpose,
    /// The searches that chose its settings; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub searched_by: Vec<SearchedBy>,
    /// The experiment that asks the same with settings from another search: where
    /// its verdict is another one, it depends on the tuning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retuned: Option<String>,
    /// What is claimed of the runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// What is measured of the runs beside what they record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Asked>,
    /// By task and variant, what the author expects of the headline score.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub predictions: BTreeMap<String, BTreeMap<String, Prediction>>,
    /// A table that a paper published, whose rows variants stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_table: Option<PublishedTable>,
}

/// A published table of one number for each setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedTable {
    /// Where it was published.
    pub source: String,
    /// Its numbers, by the variant that stands for the row.
    pub rows: BTreeMap<String, f64>,
}

/// What somebody expects of the mean of a score, before the runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The mean over runs.
    pub mean: f64,
    /// It is expected to be no lower.
    pub low: f64,
    /// It is expected to be no higher.
    pub high: f64,
}

/// Two variants that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// X, of which it is asked whether it is better.
    pub x: String,
    /// Y.
    pub y: String,
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
            smallest_difference: SMALLEST_DIFFERENCE,
            thresholds: BTreeMap::new(),
            references: BTreeMap::new(),
            compare: Vec::new(),
            sweeps: Vec::new(),
            design: None,
            purpose: Purpose::Report,
            searched_by: Vec::new(),
            retuned: None,
            claims: Vec::new(),
            diagnostics: Vec::new(),
            predictions: BTreeMap::new(),
            published_table: None,
        }
    }
}

impl Analysis {
    /// Whether the experiment file says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
