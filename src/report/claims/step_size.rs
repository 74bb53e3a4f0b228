//! How returns depend on the step size, from sweeps over one setting each.

use super::super::chapter::Chapter;
use super::super::claim::{Answer, Claim, Evidence, Finding, interval_cell};
use super::super::subjects::{TRPO, VPG};
use crate::format::number;
use crate::stats::Estimate;
use crate::summary::sweeps::{LEARNT, SweepResults};

pub(super) const CLAIM: Claim = Claim {
    short: "step sizes",
    text: "Too small a step is slow, too large a step collapses VPG; TRPO is robust to δ.",
    figures: &["step_size", "collapse_seen"],
    judge,
};

/// How far a setting must reach to be robust: a decade.
const WIDE: f64 = 10.0;

fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    evidence.chapters.iter().find_map(judge_sweeps)
}

/// `None` without sweeps of TRPO and of VPG.
fn judge_sweeps(chapter: &Chapter) -> Option<Finding> {
    let of = |algorithm: &str| -> Vec<&SweepResults> {
        let sweeps = chapter.statistics.sweeps.iter();
        sweeps
            .filter(|sweep| chapter.algorithm_of(sweep) == Some(algorithm))
            .filter(|sweep| sweep.points.len() > 1)
            .collect()
    };
    let (trpo, vpg) = (of(TRPO), of(VPG));
    if trpo.is_empty() || vpg.is_empty() {
        return None;
    }
    let margin = chapter.statistics.smallest_difference;
    let answer =
        |sweep: &&SweepResults, rule: fn(&[Standing], &SweepResults) -> Answer| match learns(
            chapter, sweep,
        ) {
            true => rule(&standings(chapter, sweep), sweep),
            false => Answer::CannotTell,
        };
    let answers = trpo.iter().map(|sweep| answer(sweep, robust));
    let answers = answers.chain(vpg.iter().map(|sweep| answer(sweep, destroyed)));
    let answer = Answer::all(answers);
    let spans = trpo.iter().map(|sweep| span_row(chapter, sweep));
    let ends = trpo
        .iter()
        .chain(&vpg)
        .flat_map(|sweep| rows(chapter, sweep));
    Some(Finding {
        answer,
        rule: format!(
            "Final returns along each sweep. A value is as good as the best if the interval of \
             its IQM lies no more than {margin} (normalised) below the best IQM of the sweep, and \
             worse if it lies wholly further below. Holds if on every task VPG's smallest and \
             largest learning rates are worse, and neighbouring values of δ that are as good span \
             a decade; does not hold if on some task one of VPG's two is as good, or TRPO's \
             values that are not worse span less than a decade. A sweep that nowhere gains more \
             than {margin} over the random policy cannot tell. A run has collapsed if it ends \
             with less than half of what it had gained at its peak (the highest median of three \
             neighbouring points of its curve), where that was at least {LEARNT} of the way to the reference, or diverged."
        ),
        rows: spans.chain(ends).collect(),
        experiment: chapter.folder.clone(),
    })
}

/// How a value of a sweep stands to the best one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    AsGood,
    Worse,
    Open,
}

/// Whether the best value of a sweep gains more than the margin over the random
/// policy: where nothing is learnt, nothing can be lost.
fn learns(chapter: &Chapter, sweep: &SweepResults) -> bool {
    let mut references = chapter.statistics.references.iter();
    let Some(task) = references.find(|task| task.task == sweep.env) else {
        return false;
    };
    let scores = sweep
        .points
        .iter()
        .map(|point| task.returns.normalised(point.iqm.point));
    scores.fold(f64::MIN, f64::max) > chapter.statistics.smallest_difference
}

/// Between which values TRPO is as good as at its best.
fn span_row(chapter: &Chapter, sweep: &SweepResults) -> [String; 3] {
    let standings = standings(chapter, sweep);
    let (ratio, low, high) = longest(&standings, sweep, |s| s == Standing::AsGood);
    let (most, ..) = longest(&standings, sweep, |s| s != Standing::Worse);
    let factor = |ratio: f64| format!("{}\u{d7}", number(ratio, if ratio < 10.0 { 1 } else { 0 }));
    let what = format!(
        "{}, {}: span of {} as good as the best",
        sweep.env, sweep.name, sweep.over
    );
    match ratio > 0.0 {
        true => [
            what,
            format!("{low} to {high}"),
            format!("{} to {}", factor(ratio), factor(most)),
        ],
        false => [
            what,
            "none surely".to_owned(),
            format!("at most {}", factor(most)),
        ],
    }
}

fn standings(chapter: &Chapter, sweep: &SweepResults) -> Vec<Standing> {
    let mut references = chapter.statistics.references.iter();
    let reference = references.find(|task| task.task == sweep.env);
    let range = reference.map_or(1.0, |task| (task.returns.reference - task.returns.random).abs());
    let margin = chapter.statistics.smallest_difference * range;
    let points = sweep.points.iter().map(|point| point.iqm);
    let best = points.clone().map(|iqm| iqm.point).fold(f64::MIN, f64::max);
    let standing = |iqm: Estimate| match iqm.interval() {
        Some(ends) if ends.low >= best - margin => Standing::AsGood,
        Some(ends) if ends.high < best - margin => Standing::Worse,
        _ => Standing::Open,
    };
    points.map(standing).collect()
}

/// Whether values that are as good as the best span a decade.
fn robust(standings: &[Standing], sweep: &SweepResults) -> Answer {
    let (surely, ..) = longest(standings, sweep, |standing| standing == Standing::AsGood);
    let (perhaps, ..) = longest(standings, sweep, |standing| standing != Standing::Worse);
    if surely >= WIDE * (1.0 - 1e-9) {
        Answer::Holds
    } else if perhaps < WIDE * (1.0 - 1e-9) {
        Answer::DoesNotHold
    } else {
        Answer::CannotTell
    }
}

/// The largest ratio of two values between which, ends included, all others
/// `fit`, and the two; 0 if none does.
fn longest(
    standings: &[Standing],
    sweep: &SweepResults,
    fit: impl Fn(Standing) -> bool,
) -> (f64, f64, f64) {
    let mut values: Vec<(f64, bool)> = sweep
        .points
        .iter()
        .zip(standings)
        .map(|(point, &standing)| (point.value, fit(standing)))
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let runs = values.chunk_by(|a, b| a.1 == b.1).filter(|run| run[0].1);
    let spans = runs.map(|run| {
        (
            run[run.len() - 1].0 / run[0].0,
            run[0].0,
            run[run.len() - 1].0,
        )
    });
    spans.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
}

/// Whether both ends of the sweep are worse than its best.
fn destroyed(standings: &[Standing], _: &SweepResults) -> Answer {
    let ends = [standings.first(), standings.last()];
    Answer::all(ends.into_iter().flatten().map(|standing| match standing {
        Standing::Worse => Answer::Holds,
        Standing::AsGood => Answer::DoesNotHold,
        Standing::Open => Answer::CannotTell,
    }))
}

/// The two ends and the best value of a sweep.
fn rows(chapter: &Chapter, sweep: &SweepResults) -> Vec<[String; 3]> {
    let standings = standings(chapter, sweep);
    let best = sweep
        .points
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.iqm.point.total_cmp(&b.1.iqm.point))
        .map_or(0, |(place, _)| place);
    let mut places = vec![0, best, sweep.points.len() - 1];
    places.dedup();
    let row = |place: usize| {
        let point = &sweep.points[place];
        let standing = match standings[place] {
            _ if place == best => "best",
            Standing::AsGood => "as good",
            Standing::Worse => "worse",
            Standing::Open => "open",
        };
        let show = |value: f64| number(value, 1);
        [
            format!(
                "{}, {}: {} = {} ({standing}), final return; {} of {} runs collapsed",
                sweep.env, sweep.name, sweep.over, point.value, point.collapsed, point.runs
            ),
            show(point.iqm.point),
            interval_cell(point.iqm, show),
        ]
    };
    places.into_iter().map(row).collect()
}
