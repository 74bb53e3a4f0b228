//! Final returns along a sweep, and how many runs collapse.

use serde::{Deserialize, Serialize};

use super::Run;
use super::files::ScoreRow;
use super::frames::BOOTSTRAP_SEED;
use super::references::{References, Sourced};
use super::statistics::scores_random;
use crate::experiment::manifest::Manifest;
use crate::stats::{Estimate, Matrix, Sample, Stratified};

/// One sweep on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepResults {
    /// Name of the sweep.
    pub name: String,
    /// The setting.
    pub over: String,
    /// Task.
    pub env: String,
    /// Its values, in the order of the file.
    pub points: Vec<SweepPoint>,
}

/// One value of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPoint {
    /// The variant.
    pub variant: String,
    /// The value.
    pub value: f64,
    /// Number of runs.
    pub runs: usize,
    /// How many of them have [`collapsed`].
    pub collapsed: usize,
    /// IQM of the raw final returns; runs that diverged have the random
    /// policy's.
    pub iqm: Estimate,
}

/// Every sweep on every task that has a reference.
pub(super) fn of(
    runs: &[Run<'_>],
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
) -> Vec<SweepResults> {
    let smallest = manifest.analysis.smallest_difference;
    let mut all = Vec::new();
    for sweep in &manifest.analysis.sweeps {
        for env in &manifest.tasks {
            let Some(reference) = references.get(env) else {
                continue;
            };
            let point = |variant: &str, value: f64| {
                let cell: Vec<_> = runs
                    .iter()
                    .zip(rows)
                    .filter(|(run, _)| run.env == env && run.variant == variant && !run.failed())
                    .collect();
                let finals: Vec<f64> = cell
                    .iter()
                    .filter_map(|(run, row)| match scores_random(run) {
                        true => Some(reference.random),
                        false => row.last,
                    })
                    .collect();
                let scores = &Matrix::new(&[finals]).ok()?;
                let name = format!("{env}, {variant}");
                let sample = Sample {
                    name: &name,
                    scores,
                };
                let has_collapsed =
                    |(run, row): &&(&Run<'_>, &ScoreRow)| collapsed(run, row, reference, smallest);
                Some(SweepPoint {
                    variant: variant.to_owned(),
                    value,
                    runs: cell.len(),
                    collapsed: cell.iter().filter(has_collapsed).count(),
                    iqm: Stratified::new(BOOTSTRAP_SEED).aggregates(sample).iqm,
                })
            };
            all.push(SweepResults {
                name: sweep.name.clone(),
                over: sweep.over.clone(),
                env: env.clone(),
                points: sweep
                    .steps
                    .iter()
                    .filter_map(|step| point(&step.variant, step.value))
                    .collect(),
            });
        }
    }
    all
}

/// Whether a run ended with less than half of what it had gained at its best:
/// (final - random) < (best - random) / 2 in raw returns. A run that diverged
/// has. One that at its best was not better than random by `smallest`, of
/// normalised scores, had nothing to lose: its fall is noise.
pub(super) fn collapsed(run: &Run<'_>, row: &ScoreRow, reference: &Sourced, smallest: f64) -> bool {
    let gained = |score: Option<f64>| score.map_or(0.0, |score| score - reference.random);
    let lost = gained(row.last) < 0.5 * gained(row.best);
    let diverged = run.record.status.name() == "diverged";
    let had_learnt = |best: f64| reference.normalised(best) >= smallest;
    diverged || (lost && row.best.is_some_and(had_learnt))
}
