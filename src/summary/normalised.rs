//! Normalised headline scores, run by run.

use super::{ScoreRow, SummaryError};
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;

/// The scores of an experiment between the random policy and the reference.
pub(super) struct Normalised<'a> {
    rows: &'a [ScoreRow],
    references: References,
    manifest: &'a Manifest,
}

impl<'a> Normalised<'a> {
    /// Those of `rows`.
    ///
    /// # Errors
    /// If the references of the experiment make no sense.
    pub fn of(manifest: &'a Manifest, rows: &'a [ScoreRow]) -> Result<Self, SummaryError> {
        Ok(Self {
            rows,
            references: References::of(manifest)?,
            manifest,
        })
    }

    /// The tasks of the experiment, in its order.
    pub fn tasks(&self) -> &'a [String] {
        &self.manifest.tasks
    }

    /// The score of every run of a variant that has one, by seed; `None` if the task has no
    /// reference. Runs that diverged score as the random policy.
    pub fn by_seed(&self, task: &str, variant: &str) -> Option<Vec<(u64, f64)>> {
        let returns = self.references.get(task)?.returns;
        let rows = self.rows.iter();
        let its = rows.filter(|row| (row.env.as_str(), row.variant.as_str()) == (task, variant));
        let score = |row: &ScoreRow| row.estimated(self.manifest.headline, Some(returns.random));
        let scores = its.filter_map(|row| Some((row.seed, returns.normalised(score(row)?))));
        Some(scores.collect())
    }
}
