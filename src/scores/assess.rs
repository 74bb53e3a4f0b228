//! From scores to results.

use super::results::{AlgorithmResults, Comparison, Profile, Profiles, TaskComparison};
use super::verdict::{ALPHA, Case, Judgement, WANTED_POWER, on_task, over_tasks};
use super::{Named, Results, ScoreTable};
use crate::stats::aggregate::{share_of_wins, task_means};
use crate::stats::{Estimate, Sample, Stratified, Welch, effect_size, holm, pooled_std, welch};

/// Thresholds of a performance profile, at most.
const MOST_THRESHOLDS: f64 = 200.0;

/// How scores are assessed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The bootstrap behind every interval.
    pub bootstrap: Stratified,
    /// The smallest difference of scores worth knowing, above 0.
    pub smallest_difference: f64,
}

impl Default for Settings {
    /// 10,000 resamples of seed 0, and a difference of 0.1.
    fn default() -> Self {
        Self {
            bootstrap: Stratified::new(0),
            smallest_difference: 0.1,
        }
    }
}

/// All estimates of all algorithms, and every pair of them compared. Holm's
/// correction is over all tests that are made: every pair on every task.
pub fn assess(table: &ScoreTable, settings: &Settings) -> Results {
    let samples: Vec<Sample<'_>> = table
        .algorithms()
        .iter()
        .map(|(name, scores)| Sample { name, scores })
        .collect();
    let pairs: Vec<_> = (0..samples.len())
        .flat_map(|i| (i + 1..samples.len()).map(move |j| (i, j)))
        .map(|(i, j)| (samples[i], samples[j]))
        .collect();
    let comparisons = comparisons(table.tasks(), &pairs, settings);
    let bootstrap = &settings.bootstrap;
    let algorithm = |sample: &Sample<'_>| {
        let results = AlgorithmResults {
            runs: sample.scores.runs(),
            task_means: task_means(sample.scores).collect(),
            aggregates: bootstrap.aggregates(*sample),
        };
        (sample.name.to_owned(), results)
    };
    Results {
        tasks: table.tasks().to_vec(),
        references: table.references().map(<[_]>::to_vec),
        repetitions: bootstrap.repetitions,
        confidence: bootstrap.confidence,
        seed: bootstrap.seed,
        alpha: ALPHA,
        wanted_power: WANTED_POWER,
        smallest_difference: settings.smallest_difference,
        algorithms: samples.iter().map(algorithm).collect(),
        probability_of_improvement: comparisons.iter().flat_map(both_ways).collect(),
        performance_profiles: profiles(&samples, bootstrap),
        comparisons,
    }
}

/// Algorithm `x` against `y` of a table. Holm's correction is over the tasks
/// of this one pair. `None` if the table lacks either, or they are the same.
pub fn compare(table: &ScoreTable, x: &str, y: &str, settings: &Settings) -> Option<Comparison> {
    let sample = |name| {
        let (name, scores) = table
            .algorithms()
            .iter()
            .find(|(known, _)| *known == name)?;
        Some(Sample { name, scores })
    };
    let pair = (sample(x)?, sample(y)?);
    let mut made = comparisons(table.tasks(), &[pair], settings);
    made.pop().filter(|_| x != y)
}

/// Every pair compared, with Holm's correction over all tests that are made.
fn comparisons(
    tasks: &[String],
    pairs: &[(Sample<'_>, Sample<'_>)],
    settings: &Settings,
) -> Vec<Comparison> {
    let tests: Vec<Option<Welch>> = pairs
        .iter()
        .flat_map(|(x, y)| x.scores.by_task().zip(y.scores.by_task()))
        .map(|(x, y)| welch(x, y))
        .collect();
    let p_values: Vec<f64> = tests.iter().flatten().map(|test| test.p).collect();
    let mut adjusted = holm(&p_values).into_iter();
    let tests: Vec<Option<(Welch, f64)>> = tests
        .into_iter()
        .map(|test| test.zip(test.and_then(|_| adjusted.next())))
        .collect();
    let made = pairs.iter().zip(tests.chunks_exact(tasks.len()));
    made.map(|(&(x, y), tests)| comparison(tasks, x, y, tests, settings))
        .collect()
}

/// One pair, given its tests with their adjusted p-values.
fn comparison(
    tasks: &[String],
    x: Sample<'_>,
    y: Sample<'_>,
    tests: &[Option<(Welch, f64)>],
    settings: &Settings,
) -> Comparison {
    let (probability_of_improvement, iqm_difference) = settings.bootstrap.comparison(x, y);
    let made = tasks.iter().zip(tests).enumerate();
    let made: Vec<TaskComparison> = made
        .map(|(m, (task, &test))| {
            let (of_x, of_y) = (x.scores.task(m), y.scores.task(m));
            let runs = [of_x.len(), of_y.len()];
            let case = Case {
                names: [x.name, y.name],
                runs,
                std: pooled_std(of_x, of_y),
                smallest: settings.smallest_difference,
                place: &format!("on {task}"),
                grounds: &grounds_on_task(test),
            };
            TaskComparison {
                task: task.clone(),
                runs,
                probability_of_improvement: share_of_wins(of_x, of_y),
                welch: test.map(|(test, _)| test),
                p_holm: test.map(|(_, p)| p),
                effect_size: effect_size(of_x, of_y),
                judgement: Judgement::new(on_task(test), &case),
            }
        })
        .collect();
    let interval = iqm_difference.interval();
    let variances = made
        .iter()
        .map(|task| Some(task.judgement.pooled_std?.powi(2)));
    let variance: Option<f64> = variances.sum();
    let case = Case {
        names: [x.name, y.name],
        runs: [x, y].map(|sample| sample.scores.runs().into_iter().min().unwrap_or(0)),
        std: variance.map(|sum| sum.sqrt() / tasks.len() as f64),
        smallest: settings.smallest_difference,
        place: &match tasks.len() {
            1 => "over 1 task".to_owned(),
            many => format!("over {many} tasks"),
        },
        grounds: &grounds_over_tasks(iqm_difference),
    };
    Comparison {
        x: x.name.to_owned(),
        y: y.name.to_owned(),
        probability_of_improvement,
        iqm_difference,
        judgement: Judgement::new(over_tasks(interval, size(&[x, y])), &case),
        tasks: made,
    }
}

fn grounds_on_task(test: Option<(Welch, f64)>) -> String {
    test.map_or_else(String::new, |(test, p)| {
        format!(
            "means differ by {:.3}, adjusted p = {p:.2e}",
            test.difference.abs()
        )
    })
}

fn grounds_over_tasks(difference: Estimate) -> String {
    difference.interval().map_or_else(String::new, |interval| {
        // Said of the better one, whichever it is.
        let ends = [interval.low.abs(), interval.high.abs()];
        format!(
            "IQMs differ by {:.3} [{:.3}, {:.3}]",
            difference.point.abs(),
            ends[0].min(ends[1]),
            ends[0].max(ends[1])
        )
    })
}

/// The largest score in size.
fn size(samples: &[Sample<'_>]) -> f64 {
    let scores = samples.iter().flat_map(|sample| sample.scores.scores());
    scores.fold(0.0, |largest, score| score.abs().max(largest))
}

/// P(X > Y) and P(Y > X) = 1 - P(X > Y), by the names `X>Y` and `Y>X`.
fn both_ways(comparison: &Comparison) -> [(String, Estimate); 2] {
    let Comparison { x, y, .. } = comparison;
    let forward = comparison.probability_of_improvement;
    let backward = Estimate {
        point: 1.0 - forward.point,
        low: forward.high.map(|high| 1.0 - high),
        high: forward.low.map(|low| 1.0 - low),
    };
    [
        (format!("{x}>{y}"), forward),
        (format!("{y}>{x}"), backward),
    ]
}

fn profiles(samples: &[Sample<'_>], bootstrap: &Stratified) -> Profiles {
    let tau = thresholds(samples);
    let (mut run_score, mut average_score) = (Named(Vec::new()), Named(Vec::new()));
    for &sample in samples {
        let (runs, means) = bootstrap.profiles(sample, &tau);
        let name = || sample.name.to_owned();
        run_score.0.push((name(), Profile::from(runs)));
        average_score.0.push((name(), Profile::from(means)));
    }
    Profiles {
        tau,
        run_score,
        average_score,
    }
}

/// Multiples of 0.01, 0.02, 0.05, 0.1 and so on, of the first that covers 0 to
/// 1.5 and all scores with about 200 thresholds.
fn thresholds(samples: &[Sample<'_>]) -> Vec<f64> {
    let scores = || samples.iter().flat_map(|sample| sample.scores.scores());
    let low = scores().copied().fold(0.0, f64::min);
    let high = scores().copied().fold(1.5, f64::max);
    let mut scale = 0.01;
    let step = loop {
        let fits = |step: &f64| (high - low) / step <= MOST_THRESHOLDS;
        if let Some(step) = [1.0, 2.0, 5.0]
            .map(|step| step * scale)
            .into_iter()
            .find(fits)
        {
            break step;
        }
        scale *= 10.0;
    };
    // Below 1 by dividing, so that 0.3 is the number that one writes so.
    let per_one = (1.0 / step).round();
    let multiple = |k: i64| match step < 1.0 {
        true => k as f64 / per_one,
        false => k as f64 * step,
    };
    ((low / step).floor() as i64..=(high / step).ceil() as i64)
        .map(multiple)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Matrix;

    #[test]
    fn thresholds_cover_scores_with_numbers_that_people_write() {
        let of = |scores: &[f64]| {
            let scores = &Matrix::new(&[scores]).unwrap();
            thresholds(&[Sample { name: "a", scores }])
        };
        let normalised = of(&[0.2, 1.0]);
        assert_eq!(normalised.len(), 151);
        assert_eq!(
            (normalised[0], normalised[30], normalised[150]),
            (0.0, 0.3, 1.5)
        );
        let raw = of(&[-1651.0, -12.5]);
        assert_eq!(
            (raw[0], raw[1], raw.last()),
            (-1660.0, -1650.0, Some(&10.0))
        );
        let wide = of(&[-0.4, 3.9]);
        assert_eq!((wide[0], wide[1] - wide[0] < 0.051), (-0.4, true));
        let huge = of(&[-1e100, 1e100]);
        assert!(huge.len() <= 203 && huge.iter().all(|tau| tau.is_finite()));
    }
}
