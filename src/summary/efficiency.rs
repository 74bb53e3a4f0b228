//! Sample efficiency: steps until a task counts as learnt.

use serde::{Deserialize, Serialize};

use super::Run;
use super::curves::{POINTS, grid_step, smooth};
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;
use crate::stats::efficiency::{Reached, steps_for_share, steps_to};

/// Steps until the smoothed return of the runs of one task and variant first
/// is at least a threshold, on the grid of the curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Efficiency {
    /// Task.
    pub env: String,
    /// Variant.
    pub variant: String,
    /// The raw return to be reached.
    pub threshold: f64,
    /// Number of runs that reached it.
    pub reached: usize,
    /// Steps by which a quarter of the runs had reached it; `null` if so many
    /// never did.
    pub q25: Option<f64>,
    /// Steps by which half of them had.
    pub median: Option<f64>,
    /// Steps by which three quarters of them had.
    pub q75: Option<f64>,
    /// Every run, in the order of the seeds.
    pub runs: Vec<Reached>,
}

/// Of every task that has a threshold and every variant with a run.
pub(super) fn of(
    runs: &[Run<'_>],
    manifest: &Manifest,
    references: &References,
) -> Vec<Efficiency> {
    let of_cell = |env: &str, variant: &str| {
        let given = manifest.analysis.thresholds.get(env).copied();
        let threshold = given.or_else(|| Some(references.get(env)?.returns.reference))?;
        let cell = runs
            .iter()
            .filter(|r| r.env == env && r.variant == variant && !r.failed());
        let reached: Vec<Reached> = cell.filter_map(|run| steps(run, threshold)).collect();
        (!reached.is_empty()).then(|| Efficiency {
            env: env.to_owned(),
            variant: variant.to_owned(),
            threshold,
            reached: reached
                .iter()
                .filter(|run| matches!(run, Reached::After(_)))
                .count(),
            q25: steps_for_share(&reached, 0.25),
            median: steps_for_share(&reached, 0.5),
            q75: steps_for_share(&reached, 0.75),
            runs: reached,
        })
    };
    let cells = manifest.cells.iter();
    cells
        .filter_map(|cell| of_cell(&cell.env, &cell.variant))
        .collect()
}

/// When a run reached the threshold. One that diverged is watched to its end:
/// it could have reached it before.
fn steps(run: &Run<'_>, threshold: f64) -> Option<Reached> {
    let total = run.record.config.total_steps();
    let steps: Vec<f64> = (1..=POINTS).map(|k| grid_step(total, k) as f64).collect();
    steps_to(&steps, &smooth(&run.record.episodes, total), threshold)
}
