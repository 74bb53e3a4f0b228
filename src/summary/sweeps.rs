//! Scores along a sweep, and how many runs collapse.

use serde::{Deserialize, Serialize};

use super::Run;
use super::collapse::Fall;
use super::files::ScoreRow;
use crate::algo::step::KL_MEAN;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::plan::Step;
use crate::experiment::references::{References, Sourced};
use crate::scores::assess::task_estimate;
use crate::scores::table::ScoredRun;
use crate::stats::{Interval, median};

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
    /// Mean of the raw headline scores; runs that diverged have the random policy's.
    pub mean: f64,
    /// Its 95% t interval, cut at the best return that there is; `null` of fewer than
    /// five runs, or if all runs are equal.
    pub interval: Option<Interval>,
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
                    .filter_map(|step| {
                        point((runs, rows), (env, manifest.headline), step, reference)
                    })
                    .collect(),
            });
        }
    }
    all
}

/// `None` if no run of the variant on the task has a score.
fn point(
    (runs, rows): (&[Run<'_>], &[ScoreRow]),
    (env, headline): (&str, Metric),
    step: &Step,
    reference: &Sourced,
) -> Option<SweepPoint> {
    let of_cell = |(run, _): &(&Run<'_>, &ScoreRow)| {
        run.env == env && run.variant == step.variant && !run.failed()
    };
    let cell: Vec<(&Run<'_>, &ScoreRow)> = runs.iter().zip(rows).filter(of_cell).collect();
    let judge = &reference.returns;
    let scored = |(_, row): &(&Run<'_>, &ScoreRow)| {
        let raw = row.estimated(headline, Some(judge.random))?;
        Some(ScoredRun {
            name: row.seed.to_string(),
            raw,
            score: raw,
            is_failure: false,
        })
    };
    let scores: Vec<ScoredRun> = cell.iter().filter_map(scored).collect();
    if scores.is_empty() {
        return None;
    }
    let estimate = task_estimate(&scores, judge.maximum, false);
    Some(SweepPoint {
        variant: step.variant.clone(),
        value: step.value,
        runs: cell.len(),
        collapsed: cell
            .iter()
            .filter(|(run, row)| {
                Fall::of(run.record, row.last, judge).is_some_and(Fall::is_collapse)
            })
            .count(),
        mean: estimate.mean,
        interval: estimate.interval,
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
