//! The anatomy of one collapse: the run of the vanilla policy gradient that
//! loses most, beside TRPO from the same initial parameters.

use super::Run;
use super::files::{CollapseRow, ScoreRow};
use super::sweeps::{collapsed, peak};
use crate::algo::StepLimit;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;

/// The normalised return that the run must have reached to be shown.
const HALF: f64 = 0.5;

/// Every update of the two runs; nothing if no run of VPG has collapsed, or
/// TRPO has none with the same task and seed.
///
/// The first is, of the runs of VPG that had come at least half of the way to
/// the reference and have collapsed, that with the largest fall from its peak to
/// its final normalised return; the other the run of TRPO
/// with the highest area under its curve, of those with the same task and seed.
/// Ties go to the first in the manifest.
pub(super) fn seen(
    runs: &[Run<'_>],
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
) -> Vec<CollapseRow> {
    let swept = |variant: &str| {
        let mut sweeps = manifest.analysis.sweeps.iter();
        sweeps.any(|sweep| sweep.steps.iter().any(|step| step.variant == variant))
    };
    let both = || {
        runs.iter()
            .zip(rows)
            .filter(|(run, _)| swept(run.variant) && !run.failed())
    };
    let mut worst: Option<(f64, &Run<'_>)> = None;
    for (run, row) in both() {
        let limit = run.record.config.algorithm.step_limit();
        let (Some(reference), Some(last)) = (references.get(run.env), row.last) else {
            continue;
        };
        let Some(peak) = peak(run, reference) else {
            continue;
        };
        let fall = reference.normalised(peak) - reference.normalised(last);
        let fell = limit == Some(StepLimit::Nothing) && reference.normalised(peak) >= HALF;
        let fell = fell && collapsed(row, Some(peak), reference, HALF);
        if fell && worst.is_none_or(|(most, _)| fall > most) {
            worst = Some((fall, run));
        }
    }
    let Some((_, fallen)) = worst else {
        return Vec::new();
    };
    let mut beside: Option<(f64, &Run<'_>)> = None;
    for (run, row) in both() {
        let limit = run.record.config.algorithm.step_limit();
        let is_held = limit == Some(StepLimit::TrustRegion);
        let same = run.env == fallen.env && run.record.seed == fallen.record.seed;
        let Some(area) = row.area.filter(|_| is_held && same) else {
            continue;
        };
        if beside.is_none_or(|(most, _)| area > most) {
            beside = Some((area, run));
        }
    }
    let runs = beside.map(|(_, run)| [fallen, run]);
    runs.into_iter().flatten().flat_map(updates).collect()
}

fn updates(run: &Run<'_>) -> Vec<CollapseRow> {
    let curve = &run.record.curve;
    let at = |column: &str, update: usize| *curve.numbers(column)?.get(update)?;
    let row = |update| {
        Some(CollapseRow {
            env: run.env.to_owned(),
            variant: run.variant.to_owned(),
            seed: run.record.seed,
            step: at("step", update)? as u64,
            return_mean: at("return_mean", update),
            kl_mean: at("kl_mean", update),
            entropy: at("entropy", update),
        })
    };
    (0..curve.len()).filter_map(row).collect()
}
