//! Sample efficiency: steps until a task counts as learnt.

use serde::{Deserialize, Serialize};

use super::Run;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;
use crate::record::Ending;
use crate::stats::efficiency::{Reached, Span, steps_for_share, steps_to};
use crate::stats::mean;

/// Steps until the learning curves of the runs of one task and variant are at
/// least at a threshold, at two neighbouring points.
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
    /// Steps in which a quarter of the runs had reached it; `null` if so many
    /// never did.
    pub q25: Option<Span>,
    /// Steps in which half of them had.
    pub median: Option<Span>,
    /// Steps in which three quarters of them had.
    pub q75: Option<Span>,
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
        let threshold = given.or_else(|| Some(references.get(env)?.returns.learnt()))?;
        let cell = runs
            .iter()
            .filter(|r| r.env == env && r.variant == variant && !r.failed());
        let reached: Vec<Reached> = cell
            .filter_map(|run| steps(run, references, threshold))
            .collect();
        (!reached.is_empty()).then(|| Efficiency {
            env: env.to_owned(),
            variant: variant.to_owned(),
            threshold,
            reached: reached
                .iter()
                .filter(|run| matches!(run, Reached::Within(_)))
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

/// When a run reached the threshold. After the last point of its curve comes the
/// evaluation of the final policy. One that diverged has what it has from then on:
/// it could have reached the threshold before.
fn steps(run: &Run<'_>, references: &References, threshold: f64) -> Option<Reached> {
    let curve = run.curve(references);
    let points: Vec<(Span, Option<f64>)> = curve
        .points
        .iter()
        .map(|point| {
            let (after, by) = (point.after as f64, point.by as f64);
            (Span { after, by }, point.value)
        })
        .collect();
    let last = match run.record.status.ending() {
        Ending::Diverged => curve.since_divergence,
        _ => run
            .record
            .evaluation
            .as_ref()
            .and_then(|e| mean(&e.returns)),
    };
    steps_to(&points, last, threshold)
}
