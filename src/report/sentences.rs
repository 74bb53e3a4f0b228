//! The five sentences at the head of the report, made from its numbers.

use super::chapter::Chapter;
use super::claim::{Answer, Judged};
use super::subjects::{HELD_AGAINST_THE_RADIUS, PPO, TRPO, VPG};
use crate::format::{count, list, number};
use crate::record::Ending;
use crate::scores::results::Comparison;
use crate::stats::Estimate;
use crate::stats::statistic::IQM;
use crate::summary::shares::OUTSIDE;

/// The summary of the experiment `main` and of the claims.
pub(super) fn of(main: &Chapter, chapters: &[Chapter], claims: &[Judged]) -> [String; 5] {
    [
        sample(main),
        ranking(main),
        pair(main),
        answers(claims),
        steps(main, chapters),
    ]
}

/// Who ran, how often, and what is scored.
fn sample(main: &Chapter) -> String {
    let manifest = &main.manifest;
    let of = |ending| {
        let runs = manifest.runs.iter();
        runs.filter(|run| run.status == ending).count()
    };
    let ended = match (of(Ending::Diverged), of(Ending::Failed)) {
        (0, 0) => "all of which were completed".to_owned(),
        (diverged, 0) => format!("of which {diverged} diverged"),
        (0, failed) => format!("of which {failed} failed"),
        (diverged, failed) => format!("of which {diverged} diverged and {failed} failed"),
    };
    format!(
        "The experiment `{}` ran {} on {} with {} each, {}, {ended}; its score, named before \
         running, is {}.",
        manifest.experiment,
        list(&manifest.variants),
        list(&manifest.tasks),
        main.seeds(),
        count(manifest.runs.len(), "run"),
        main.headline()
    )
}

/// The highest and the lowest interquartile mean.
fn ranking(main: &Chapter) -> String {
    let Some(results) = main.statistics.headline() else {
        return "None of its tasks has a reference, so its scores cannot be put on one scale."
            .to_owned();
    };
    let of = |name: &str, iqm: Estimate| {
        let show = |value: f64| number(value, 3);
        let interval = iqm.interval();
        let interval = interval.map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
        format!(
            "{name}, {}{}",
            show(iqm.point),
            interval.unwrap_or_default()
        )
    };
    let mut order: Vec<(&str, Estimate)> = results
        .algorithms
        .iter()
        .map(|(name, algorithm)| (name, algorithm.aggregates.get(&IQM)))
        .collect();
    order.sort_by(|a, b| b.1.point.total_cmp(&a.1.point));
    let tasks = count(results.tasks.len(), "task");
    match order.as_slice() {
        [only] => format!(
            "Over {tasks} its interquartile mean is that of {}.",
            of(only.0, only.1)
        ),
        [best, .., worst] if best.1.point == worst.1.point => format!(
            "Over {tasks}, between 0 for a random policy and 1 for the reference, every variant \
             has the same interquartile mean of the score, {}.",
            number(best.1.point, 3)
        ),
        [best, .., worst] => format!(
            "Over {tasks}, between 0 for a random policy and 1 for the reference, the highest \
             interquartile mean of the score is that of {} and the lowest that of {}.",
            of(best.0, best.1),
            of(worst.0, worst.1)
        ),
        [] => "No variant has a score.".to_owned(),
    }
}

/// TRPO against PPO, or else the first two variants.
fn pair(main: &Chapter) -> String {
    let results = main.statistics.headline();
    let pairs = || results.iter().flat_map(|results| &results.comparisons);
    let names = [TRPO, PPO].map(|name| main.steps_of(name).map(|s| s.variant.as_str()));
    let is_theirs = |pair: &&Comparison| {
        let pair = [Some(pair.x.as_str()), Some(pair.y.as_str())];
        pair == names || pair == [names[1], names[0]]
    };
    let found = pairs().find(is_theirs).or_else(|| pairs().next());
    let Some(pair) = found else {
        return "There is nothing to compare it with.".to_owned();
    };
    format!(
        "Between {} and {}: {}.",
        pair.x, pair.y, pair.judgement.words
    )
}

/// How many claims hold.
fn answers(claims: &[Judged]) -> String {
    if claims.is_empty() {
        return "The claims of the literature below need TRPO beside PPO, VPG or NPG.".to_owned();
    }
    // `2 hold: the trust region (1) and the line search (6)`, or `0 hold`.
    let of = |answer: Answer, words: &str| {
        let found = claims
            .iter()
            .filter(|judged| judged.finding.answer == answer);
        let names: Vec<String> = found
            .map(|c| format!("{} ({})", c.claim.short, c.number))
            .collect();
        let which = match names.is_empty() {
            true => String::new(),
            false => format!(": {}", list(&names)),
        };
        format!("{} {words}{which}", names.len())
    };
    format!(
        "Of {} checked below {}; {}; {}.",
        count(claims.len(), "claim"),
        of(Answer::Holds, "hold"),
        of(Answer::DoesNotHold, "do not hold"),
        of(Answer::CannotTell, "cannot be told with these seeds")
    )
}

/// What the largest steps did: in a sweep if there is one, else to the trust
/// region.
fn steps(main: &Chapter, chapters: &[Chapter]) -> String {
    let swept = chapters.iter().find_map(|chapter| {
        let ends = |algorithm: &str| {
            let sweeps = chapter.statistics.sweeps.iter();
            let of = sweeps.filter(|sweep| chapter.algorithm_of(sweep) == Some(algorithm));
            let last: Vec<_> = of.filter_map(|sweep| sweep.points.last()).collect();
            let collapsed: usize = last.iter().map(|point| point.collapsed).sum();
            let runs: usize = last.iter().map(|point| point.runs).sum();
            let value = last.first()?.value;
            let runs = count(runs, "run");
            Some((value, format!("{collapsed} of {runs}")))
        };
        let ((rate, of_vpg), (delta, of_trpo)) = (ends(VPG)?, ends(TRPO)?);
        Some(format!(
            "At the largest step sizes of `{}`, VPG (learning rate {rate}) collapsed in {of_vpg} \
             and TRPO (δ = {delta}) in {of_trpo}.",
            chapter.manifest.experiment
        ))
    });
    let outside = || {
        let of = |name: &str, algorithm: &str| {
            let share = main.steps_of(algorithm)?.share(&OUTSIDE);
            share.estimate?;
            let (count, of) = (number(share.count as f64, 0), number(share.of as f64, 0));
            Some(format!("{name} in {count} of {of}"))
        };
        let parts = HELD_AGAINST_THE_RADIUS.iter();
        let parts: Vec<String> = parts.filter_map(|(n, a)| of(n, a)).collect();
        (!parts.is_empty()).then(|| {
            format!(
                "Updates whose mean KL divergence is above the trust radius: {}.",
                list(&parts)
            )
        })
    };
    swept.or_else(outside).unwrap_or_else(|| {
        "Without TRPO or NPG there is no trust radius to hold its updates against.".to_owned()
    })
}
