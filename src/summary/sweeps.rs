//! Final returns along a sweep, and how many runs collapse.

use serde::{Deserialize, Serialize};

use super::Run;
use super::curves::RunCurve;
use super::files::ScoreRow;
use super::frames::BOOTSTRAP_SEED;
use crate::algo::step::KL_MEAN;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::plan::Step;
use crate::experiment::references::{References, Sourced};
use crate::record::Ending;
use crate::stats::statistic::IQM;
use crate::stats::{Estimate, Matrix, Sample, Stratified, median};

/// The normalised return that a run must have reached to have something to lose.
pub const LEARNT: f64 = 0.25;

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
    /// How many of them have collapsed: lost half of what they had gained at
    /// their peak.
    pub collapsed: usize,
    /// IQM of the raw final returns; runs that diverged have the random
    /// policy's.
    pub iqm: Estimate,
    /// How far its updates really went: median over runs of the median over updates
    /// of the mean KL divergence, in nats; none where it was not recorded.
    #[serde(default)]
    pub kl_mean: Option<f64>,
}

/// Every sweep on every task that has a reference.
pub(super) fn of(
    runs: &[Run<'_>],
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
) -> Vec<SweepResults> {
    let mut all = Vec::new();
    for sweep in &manifest.analysis.sweeps {
        for env in &manifest.tasks {
            let Some(reference) = references.get(env) else {
                continue;
            };
            let steps = sweep.steps.iter();
            all.push(SweepResults {
                name: sweep.name.clone(),
                over: sweep.over.clone(),
                env: env.clone(),
                points: steps
                    .filter_map(|step| point((runs, rows), env, step, reference))
                    .collect(),
            });
        }
    }
    all
}

/// `None` if no run of the variant on the task has a score.
fn point(
    (runs, rows): (&[Run<'_>], &[ScoreRow]),
    env: &str,
    step: &Step,
    reference: &Sourced,
) -> Option<SweepPoint> {
    let of_cell = |(run, _): &(&Run<'_>, &ScoreRow)| {
        run.env == env && run.variant == step.variant && !run.failed()
    };
    let cell: Vec<(&Run<'_>, &ScoreRow)> = runs.iter().zip(rows).filter(of_cell).collect();
    let counted = |(_, row): &(&Run<'_>, &ScoreRow)| {
        row.estimated(Metric::Final, Some(reference.returns.random))
    };
    let finals: Vec<f64> = cell.iter().filter_map(counted).collect();
    let scores = &Matrix::new(&[finals]).ok()?;
    let name = &format!("{env}, {}", step.variant);
    Some(SweepPoint {
        variant: step.variant.clone(),
        value: step.value,
        runs: cell.len(),
        collapsed: cell
            .iter()
            .filter(|(run, row)| collapsed(row, peak(run, reference), reference, LEARNT))
            .count(),
        iqm: Stratified::new(BOOTSTRAP_SEED)
            .aggregates(Sample { name, scores })
            .get(&IQM),
        kl_mean: realised(&cell),
    })
}

/// See [`SweepPoint::kl_mean`].
fn realised(cell: &[(&Run<'_>, &ScoreRow)]) -> Option<f64> {
    let of_run = |(run, _): &(&Run<'_>, &ScoreRow)| {
        let recorded = run.record.curve.numbers(KL_MEAN.name)?;
        let numbers: Vec<f64> = recorded.iter().flatten().copied().collect();
        median(&numbers)
    };
    let runs: Vec<f64> = cell.iter().filter_map(of_run).collect();
    median(&runs)
}

/// [`RunCurve::peak`](super::curves::RunCurve::peak) of a run.
pub(super) fn peak(run: &Run<'_>, reference: &Sourced) -> Option<f64> {
    RunCurve::of(run.record, Some(&reference.returns)).peak()
}

/// Whether a run ended with less than half of what it had gained at its peak:
/// (final - random) < (peak - random) / 2 in raw returns. A run that diverged
/// has. One whose normalised peak was below `learnt` had nothing to lose: its fall
/// is noise.
pub(super) fn collapsed(
    row: &ScoreRow,
    peak: Option<f64>,
    reference: &Sourced,
    learnt: f64,
) -> bool {
    let gained = |score: Option<f64>| score.map_or(0.0, |score| score - reference.returns.random);
    let lost = gained(row.last) < 0.5 * gained(peak);
    let had_learnt = |peak: f64| reference.normalised(peak) >= learnt;
    row.status == Ending::Diverged || (lost && peak.is_some_and(had_learnt))
}
