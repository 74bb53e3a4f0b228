//! The runs of an experiment, as measures ask for them.

use std::collections::BTreeMap;

use crate::algo::Schedule;
use crate::env::Reference;
use crate::experiment::claims::Part;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::record::{Ending, RunRecord};
use crate::summary::shares::Updates;
use crate::summary::steps::radii;
use crate::summary::{DiagnosticRow, ScoreRow, SummaryError, score_rows};

/// The runs, their scores, and by what they are judged.
pub(super) struct Evidence<'a> {
    pub manifest: &'a Manifest,
    references: References,
    rows: Vec<ScoreRow>,
    records: BTreeMap<(&'a str, &'a str, u64), &'a RunRecord>,
    radii: BTreeMap<String, Schedule>,
    diagnosed: &'a [DiagnosticRow],
}

impl<'a> Evidence<'a> {
    pub fn of(
        records: &'a [(String, RunRecord)],
        manifest: &'a Manifest,
        diagnosed: &'a [DiagnosticRow],
    ) -> Result<Self, SummaryError> {
        Ok(Self {
            diagnosed,
            rows: score_rows(records, manifest)?,
            references: References::of(manifest)?,
            radii: radii(manifest),
            records: (records.iter())
                .map(|(variant, record)| {
                    let key = (record.config.env.as_str(), variant.as_str(), record.seed);
                    (key, record)
                })
                .collect(),
            manifest,
        })
    }

    /// Environment steps that the shortest run was to make.
    pub fn steps(&self) -> usize {
        let all = self.records.values();
        let steps = all.map(|record| record.config.common.steps);
        steps.min().unwrap_or(0)
    }

    /// The tasks that a part is asked of.
    pub fn tasks(&self, part: &Part) -> Vec<String> {
        match part.tasks.is_empty() {
            true => self.manifest.tasks.clone(),
            false => part.tasks.clone(),
        }
    }

    /// By what returns on a task are judged.
    pub fn judge(&self, task: &str) -> Option<&Reference> {
        self.references.get(task).map(|found| &found.returns)
    }

    /// [`Evidence::judge`], for measures that cannot do without.
    ///
    /// # Errors
    /// If the task has none.
    pub fn reference(&self, task: &str) -> Result<&Reference, String> {
        let judge = self.judge(task);
        judge.ok_or_else(|| format!("{task} has no reference"))
    }

    /// The margin on a task, or over tasks.
    pub fn margin(&self, task: Option<&str>) -> f64 {
        let smallest = self.manifest.analysis.smallest_difference;
        let own = task.and_then(|task| self.judge(task));
        own.map_or(smallest, |judge| judge.margin_or(smallest))
    }

    /// The score of every run of a variant on a task, by seed.
    pub fn scores(&self, variant: &str, task: &str, metric: Metric) -> Vec<(u64, f64)> {
        let random = self.judge(task).map(|judge| judge.random);
        let rows = self.rows.iter();
        rows.filter(|row| row.env == task && row.variant == variant)
            .filter_map(|row| Some((row.seed, row.estimated(metric, random)?)))
            .collect()
    }

    /// The same as a part asks for them: its score, normalised where it is over tasks.
    ///
    /// # Errors
    /// If they are normalised and the task has no reference.
    pub fn asked(&self, part: &Part, variant: &str, task: &str) -> Result<Vec<(u64, f64)>, String> {
        let mut scores = self.scores(variant, task, self.metric(part));
        if part.over {
            let reference = self.reference(task)?;
            for (_, score) in &mut scores {
                *score = reference.normalised(*score);
            }
        }
        Ok(scores)
    }

    /// Every run of a variant on a task that was not stopped by an error, with its
    /// seed and what its updates can be held against.
    pub fn updates(
        &self,
        variant: &'a str,
        task: &'a str,
    ) -> impl Iterator<Item = (u64, Updates<'a>)> {
        let radius = self.radii.get(task).copied();
        let all = (task, variant, 0)..=(task, variant, u64::MAX);
        let records = self.records.range(all);
        records
            .filter(|(_, record)| record.status.ending() != Ending::Failed)
            .map(move |((.., seed), record)| (*seed, Updates { record, radius }))
    }

    /// What diagnostics found of a quantity in a run.
    pub fn diagnosed(
        &self,
        variant: &str,
        task: &str,
        seed: u64,
        quantity: &str,
    ) -> impl Iterator<Item = &DiagnosticRow> {
        let rows = self.diagnosed.iter();
        rows.filter(move |row| {
            (row.variant.as_str(), row.env.as_str(), row.seed) == (variant, task, seed)
                && row.quantity == quantity
        })
    }

    /// The metric of a part.
    pub fn metric(&self, part: &Part) -> Metric {
        part.score.unwrap_or(self.manifest.headline)
    }
}
