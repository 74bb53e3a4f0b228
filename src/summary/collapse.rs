//! The anatomy of one collapse: a run that loses what it had learnt, beside one of
//! TRPO from the same initial parameters.

use super::Run;
use super::files::{CollapseRow, ScoreRow};
use super::sweeps::{collapsed, peak};
use crate::algo::StepLimit;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;

/// The share of the way to the reference that a run must have come to be shown.
const HALF: f64 = 0.5;

/// Which runs are shown, for captions: both by the middle of what there is, neither
/// by the worst or the best.
pub const RULE: &str = "The first is, of the runs of VPG that had come at least half of the way \
     to the reference and collapsed, the one with the median fall from its peak to its final \
     return; the other, of TRPO's runs with the same task and seed, the one with the median fall (of \
     an even number, the smaller of both in the middle).";

/// Every update of the two runs of [`RULE`]; nothing if no run of VPG has collapsed,
/// or TRPO has none with the same task and seed.
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
    let falls = |limit: StepLimit, is_shown: &dyn Fn(&Run<'_>, &Fall) -> bool| {
        let all = runs.iter().zip(rows).filter(|(run, _)| {
            let of = run.record.config.algorithm.step_limit();
            swept(run.variant) && !run.failed() && of == Some(limit)
        });
        let found = all.filter_map(|(run, row)| {
            let fall = fall(run, row, references)?;
            is_shown(run, &fall).then_some((fall.size, run))
        });
        median(found.collect())
    };
    let Some(fallen) = falls(StepLimit::Nothing, &|_, fall| fall.is_collapse) else {
        return Vec::new();
    };
    let same =
        |run: &Run<'_>, _: &Fall| run.env == fallen.env && run.record.seed == fallen.record.seed;
    match falls(StepLimit::TrustRegion, &same) {
        Some(beside) => [fallen, beside].into_iter().flat_map(updates).collect(),
        None => Vec::new(),
    }
}

/// How far a run fell from its peak to its end.
struct Fall {
    /// In normalised returns.
    size: f64,
    /// Whether it had come [`HALF`] of the way and lost more than half of that.
    is_collapse: bool,
}

/// The fall of a run; `None` if it is not known.
fn fall(run: &Run<'_>, row: &ScoreRow, references: &References) -> Option<Fall> {
    let (reference, last) = (references.get(run.env)?, row.last?);
    let peak = peak(run, reference)?;
    let size = reference.normalised(peak) - reference.normalised(last);
    let has_learnt = reference.normalised(peak) >= HALF;
    Some(Fall {
        size,
        is_collapse: has_learnt && collapsed(row, Some(peak), reference, HALF),
    })
}

/// The run in the middle by its fall; of those that tie, the first in the manifest.
fn median<'r, 'a>(mut falls: Vec<(f64, &'r Run<'a>)>) -> Option<&'r Run<'a>> {
    falls.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = falls.len().checked_sub(1)? / 2;
    falls.get(middle).map(|(_, run)| *run)
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
