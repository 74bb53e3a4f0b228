//! Learning curves against the Q-values that were used, for variants that estimate few
//! of them well beside those that estimate one for every step.

use super::curves::CurvePoint;
use super::{BandRow, QValueRow, Run, frames};
use crate::algo::step::SURROGATE_BEFORE;
use crate::algo::vine::Q_VALUES;
use crate::experiment::references::References;

/// A row for every task, variant and point of its learning curve; none unless some run
/// records how many Q-values it uses. An algorithm with a surrogate that
/// does not say uses one for every step; one without a surrogate uses none and has no
/// row.
pub(super) fn rows(runs: &[Run<'_>], references: &References) -> Vec<QValueRow> {
    let mut runs = frames::without_failed(runs);
    let says = |run: &&Run<'_>| run.record.curve.numbers(Q_VALUES.name).is_some();
    if !runs.iter().any(says) {
        return Vec::new();
    }
    runs.retain(|run| run.record.curve.numbers(SURROGATE_BEFORE.name).is_some());
    let curves = frames::rows_of(runs, |run| {
        let points = run.curve(references).points.into_iter();
        let at = |point: CurvePoint| CurvePoint {
            at: used(run, point.at),
            ..point
        };
        points.map(at).collect()
    });
    let by_q_values = |band: BandRow| QValueRow {
        env: band.env,
        variant: band.variant,
        q_values: band.step,
        n: band.n,
        mean: band.mean,
        low: band.low,
        high: band.high,
    };
    frames::bands(&curves)
        .into_iter()
        .map(by_q_values)
        .collect()
}

/// Q-values that a run has used when it has made `steps` steps.
fn used(run: &Run<'_>, steps: u64) -> u64 {
    let curve = &run.record.curve;
    let Some(used) = curve.numbers(Q_VALUES.name) else {
        return steps;
    };
    let made = curve.numbers("step").unwrap_or_default();
    let by_then = used.iter().zip(made);
    let by_then = by_then.filter(|(_, step)| step.is_some_and(|step| step <= steps as f64));
    by_then.filter_map(|(used, _)| *used).sum::<f64>() as u64
}
