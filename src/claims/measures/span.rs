//! Over how many decades of step sizes a sweep is as good as at its best.

use super::super::Measured;
use super::super::evidence::Evidence;
use super::halves::{ends, halvings, highest, mean_on};
use super::{Measure, Partner};
use crate::algo::step::KL_MEAN;
use crate::experiment::claims::Part;
use crate::experiment::plan::{Plan, Sweep};
use crate::format::list;
use crate::stats::{mean, median};

pub(super) const MEASURE: Measure = Measure {
    name: "span",
    meaning: "of a sweep x: decades of the realised step, sqrt(2 median KL), over the longest run \
              of neighbouring settings whose mean score is less than a margin below that of the \
              best one; the best is chosen on one half of the seeds and the rest measured on the \
              other, 200 times: median and percentiles",
    partner: Partner::None,
    keys: &["score"],
    check,
    words: |part| {
        format!(
            "decades of steps over which `{}` is as good as at its best",
            part.x
        )
    },
    unit: |_, _| "decades",
    estimate,
};

/// Refuses what names no sweep.
pub(super) fn check(plan: &Plan, part: &Part) -> Result<(), String> {
    let sweeps = &plan.analysis.sweeps;
    if sweeps.iter().any(|sweep| sweep.name == part.x) {
        return Ok(());
    }
    let names: Vec<&str> = sweeps.iter().map(|sweep| sweep.name.as_str()).collect();
    Err(match names.is_empty() {
        true => "`x` names a sweep, and this experiment has none".to_owned(),
        false => format!("`x` names a sweep: {}, not `{}`", list(&names), part.x),
    })
}

/// One setting of the sweep on one task.
struct Setting {
    /// log10 of its realised step; none where no update moved.
    step: Option<f64>,
    /// Score by seed.
    scores: Vec<(u64, f64)>,
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let sweeps = &evidence.manifest.analysis.sweeps;
    let sweep = sweeps.iter().find(|sweep| sweep.name == part.x);
    let sweep = sweep.ok_or_else(|| format!("there is no sweep `{}`", part.x))?;
    let halves = halvings(evidence.manifest.seeds.as_slice(), "span");
    let mut spans = vec![0.0; halves.len()];
    let mut reaches_end = false;
    for task in tasks {
        let margin = evidence.margin(Some(task));
        let settings = settings(evidence, part, sweep, task);
        let (found, at_end) = over_halves(&settings, margin, &halves)?;
        reaches_end |= at_end;
        for (sum, span) in spans.iter_mut().zip(found) {
            *sum += span / tasks.len() as f64;
        }
    }
    let found = ends(&spans, 0.025).zip(ends(&spans, tail));
    let found = found.zip(median(&spans));
    let ((interval, mut strict), value) = found.ok_or("there are no runs")?;
    if reaches_end {
        // The sweep ends before the span does: it says how small it is, not how large.
        strict.high = f64::INFINITY;
    }
    Ok(Measured {
        value,
        interval,
        strict,
        note: match reaches_end {
            true => "reaches an end of the sweep, so it may be more".to_owned(),
            false => String::new(),
        },
    })
}

fn settings(evidence: &Evidence<'_>, part: &Part, sweep: &Sweep, task: &str) -> Vec<Setting> {
    let metric = evidence.metric(part);
    let mut steps: Vec<_> = sweep.steps.iter().collect();
    steps.sort_by(|a, b| a.value.total_cmp(&b.value));
    let setting = |variant: &str| {
        let runs = evidence.updates(variant, task);
        let divergences = runs.flat_map(|(_, updates)| {
            let kl = updates.numbers(KL_MEAN.name).unwrap_or_default();
            kl.iter().flatten().copied().collect::<Vec<f64>>()
        });
        let kl = median(&divergences.collect::<Vec<f64>>());
        let step = kl.map(|kl| (2.0 * kl).sqrt().log10());
        Setting {
            step: step.filter(|step| step.is_finite()),
            scores: evidence.scores(variant, task, metric),
        }
    };
    steps.iter().map(|step| setting(&step.variant)).collect()
}

/// The span of every halving, and whether one reaches an end of the sweep.
fn over_halves(
    settings: &[Setting],
    margin: f64,
    halves: &[[Vec<u64>; 2]],
) -> Result<(Vec<f64>, bool), String> {
    let (mut spans, mut at_end) = (Vec::new(), false);
    for [chosen_on, measured_on] in halves {
        let means = settings.iter().map(|s| mean_on(&s.scores, chosen_on));
        let best = highest(means).ok_or("there are no runs")?;
        let is_as_good = |setting: &Setting| {
            let reference = &settings[best].scores;
            let differences = setting.scores.iter().filter_map(|(seed, score)| {
                let partner = reference.iter().find(|(other, _)| other == seed)?;
                measured_on.contains(seed).then_some(score - partner.1)
            });
            mean(&differences.collect::<Vec<f64>>()).is_some_and(|d| d > -margin)
        };
        let good: Vec<bool> = settings.iter().map(is_as_good).collect();
        let (first, last) = longest(&good);
        at_end |= first == 0 || last + 1 == settings.len();
        let steps: Vec<f64> = (settings[first..=last].iter())
            .filter_map(|setting| setting.step)
            .collect();
        let low = steps.iter().copied().fold(f64::INFINITY, f64::min);
        let high = steps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        spans.push(if steps.is_empty() { 0.0 } else { high - low });
    }
    Ok((spans, at_end))
}

/// First and last of the longest run of `true`, of which there is one: the best
/// setting is as good as itself.
fn longest(good: &[bool]) -> (usize, usize) {
    let (mut longest, mut start): (Option<(usize, usize)>, _) = (None, None);
    for (place, &is_good) in good.iter().enumerate() {
        if !is_good {
            start = None;
            continue;
        }
        let first = *start.get_or_insert(place);
        if longest.is_none_or(|(from, to)| place - first > to - from) {
            longest = Some((first, place));
        }
    }
    longest.unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(step: f64, score: f64) -> Setting {
        Setting {
            step: Some(step),
            scores: (0..10)
                .map(|seed| (seed, score + 0.01 * seed as f64))
                .collect(),
        }
    }

    #[test]
    fn the_span_is_that_of_neighbours_that_are_as_good() {
        let scores = [10.0, 95.0, 100.0, 97.0, 20.0, 99.0];
        let settings: Vec<Setting> = (scores.iter().enumerate())
            .map(|(place, &score)| setting(place as f64 * 0.5 - 3.0, score))
            .collect();
        let halves = halvings(&(0..10).collect::<Vec<u64>>(), "span");
        let (spans, at_end) = over_halves(&settings, 10.0, &halves).unwrap();
        assert!(
            spans.iter().all(|&span| span == 1.0) && !at_end,
            "{spans:?}"
        );
        // One setting alone spans nothing, wherever it stands.
        assert_eq!(longest(&[false, true, false]), (1, 1));
        let (spans, at_end) = over_halves(&settings[2..], 10.0, &halves).unwrap();
        assert!(spans.iter().all(|&span| span == 0.5) && at_end, "{spans:?}");
    }
}
