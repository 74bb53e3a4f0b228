//! The scores of a run.

use serde::{Deserialize, Serialize};

/// Which number of a run is compared in the first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Mean return of the evaluation of the final policy.
    Evaluation,
    /// Area under the curve of evaluations, or under the training return where
    /// there is none, divided by the steps.
    Area,
    /// Mean training return, of the exploring policy, over the last 10% of the
    /// steps.
    Training,
    /// Mean return of the episodes that ended in the last 10% of the steps: what
    /// published scores are compared with.
    Final,
}

impl Metric {
    /// The four scores, in the order of the tables.
    pub const ALL: [Metric; 4] = [
        Metric::Evaluation,
        Metric::Area,
        Metric::Training,
        Metric::Final,
    ];

    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Evaluation => "evaluation",
            Metric::Area => "area",
            Metric::Training => "training",
            Metric::Final => "final",
        }
    }

    /// What it is.
    pub fn meaning(self) -> &'static str {
        match self {
            Metric::Evaluation => "Mean return of the evaluation of the final policy",
            Metric::Area => {
                "Area under the curve of evaluations (the training return where there is none), \
                 divided by the steps"
            }
            Metric::Training => "Mean training return over the last 10% of the steps",
            Metric::Final => "Mean return of the episodes that ended in the last 10% of the steps",
        }
    }
}
