//! The anatomy of one collapse: a run that loses what it had learnt, beside one of
//! TRPO from the same initial parameters.

use super::Run;
use super::curves::RunCurve;
use super::files::{CollapseRow, ScoreRow};
use crate::algo::StepLimit;
use crate::env::Reference;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;
use crate::record::{Ending, RunRecord};
use crate::stats::{Interval, t_interval};

/// The normalised return that a run must have reached to have something to lose.
pub const LEARNT: f64 = 0.25;

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
            let judge = &references.get(run.env)?.returns;
            let fall = Fall::of(run.record, row.last, judge)?;
            is_shown(run, &fall).then_some((fall.size(), run))
        });
        median(found.collect())
    };
    let Some(fallen) = falls(StepLimit::Nothing, &|_, fall| {
        fall.peak >= HALF && fall.is_collapse()
    }) else {
        return Vec::new();
    };
    let same =
        |run: &Run<'_>, _: &Fall| run.env == fallen.env && run.record.seed == fallen.record.seed;
    match falls(StepLimit::TrustRegion, &same) {
        Some(beside) => [fallen, beside].into_iter().flat_map(updates).collect(),
        None => Vec::new(),
    }
}

/// How far a run fell from its peak to its end, in normalised returns.
///
/// The peak is the highest median of three neighbouring points of its curve, the end its
/// final evaluation, or without one the return at the end of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    peak: f64,
    end: f64,
    /// The upper end of the 95% t interval of the end, over its episodes.
    at_most: f64,
    diverged: bool,
}

impl Fall {
    /// The fall of a run whose return at the end of training is `last`; `None` if it is not
    /// known.
    pub fn of(record: &RunRecord, last: Option<f64>, judge: &Reference) -> Option<Self> {
        let evaluated = record.evaluation.as_ref();
        let diverged = record.status.ending() == Ending::Diverged;
        let end = evaluated.map(|made| made.mean_return()).or(last);
        let end = end.or(diverged.then_some(judge.random))?;
        let ends = evaluated.and_then(|made| t_interval(&made.returns, 0.025));
        // The end that is better.
        let better = |ends: Interval| judge.normalised(ends.high).max(judge.normalised(ends.low));
        Some(Self {
            peak: judge.normalised(RunCurve::of(record, Some(judge)).peak().unwrap_or(end)),
            end: judge.normalised(end),
            at_most: ends.map_or_else(|| judge.normalised(end), better),
            diverged,
        })
    }

    /// Whether the run diverged, or lost half of what it had gained over the random policy
    /// at its peak, the interval of its end included. One that had come less than
    /// [`LEARNT`] of the way to the reference had nothing to lose: its fall is noise.
    pub fn is_collapse(self) -> bool {
        self.diverged || (self.peak >= LEARNT && self.at_most < 0.5 * self.peak)
    }

    fn size(self) -> f64 {
        self.peak - self.end
    }
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
