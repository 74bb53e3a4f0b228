//! From scores to results.

use std::ops::RangeInclusive;

use super::results::{AlgorithmResults, Comparison, Profile, Profiles, TaskComparison};
use super::verdict::{
    ALPHA, Case, Diverged, FEWEST_RUNS, Judgement, WANTED_POWER, on_task, over_tasks,
};
use super::{Named, Results, ScoreTable};
use crate::stats::aggregate::{shares_of_wins, task_means};
use crate::stats::{
    Estimate, Matrix, Sample, Stratified, Welch, effect_size_at, holm, pooled_std_at, welch_at,
};

/// Thresholds of a performance profile, at most.
const MOST_THRESHOLDS: f64 = 200.0;

/// Where normalised scores lie: a policy may be far worse than a random one, or
/// several times the reference, but scores outside look raw.
const NORMALISED: RangeInclusive<f64> = -2.0..=5.0;

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

/// One algorithm of a table.
#[derive(Clone, Copy)]
struct Algorithm<'a> {
    sample: Sample<'a>,
    /// How many of its runs were not measured, by task.
    imputed: &'a [usize],
}

impl<'a> Algorithm<'a> {
    fn all(table: &'a ScoreTable) -> Vec<Self> {
        let algorithms = table.algorithms().iter().zip(table.imputed().iter());
        let of = |((name, scores), (_, imputed)): ((&'a str, &'a Matrix), (_, &'a Vec<usize>))| {
            let sample = Sample { name, scores };
            Self { sample, imputed }
        };
        algorithms.map(of).collect()
    }

    fn runs(&self, m: usize) -> &'a [f64] {
        self.sample.scores.task(m)
    }

    /// Whether no run on task `m` was measured.
    fn is_imputed(&self, m: usize) -> bool {
        self.imputed[m] == self.runs(m).len()
    }
}

/// All estimates of all algorithms, and every pair of them compared. Holm's
/// correction is over all tests that are made: every pair on every task.
pub fn assess(table: &ScoreTable, settings: &Settings) -> Results {
    let algorithms = Algorithm::all(table);
    let pairs: Vec<_> = (0..algorithms.len())
        .flat_map(|i| (i + 1..algorithms.len()).map(move |j| (i, j)))
        .map(|(i, j)| [algorithms[i], algorithms[j]])
        .collect();
    let comparisons = comparisons(table.tasks(), &pairs, settings);
    let samples: Vec<Sample<'_>> = algorithms.iter().map(|one| one.sample).collect();
    let bootstrap = &settings.bootstrap;
    let (algorithms, performance_profiles) = estimates(&samples, bootstrap);
    Results {
        notes: looks_raw(table).into_iter().collect(),
        tasks: table.tasks().to_vec(),
        references: table.references().map(<[_]>::to_vec),
        repetitions: bootstrap.repetitions,
        confidence: bootstrap.confidence,
        seed: bootstrap.seed,
        alpha: ALPHA,
        wanted_power: WANTED_POWER,
        smallest_difference: settings.smallest_difference,
        algorithms,
        probability_of_improvement: comparisons.iter().flat_map(both_ways).collect(),
        performance_profiles,
        comparisons,
    }
}

/// Algorithm `x` against `y` of a table. Holm's correction is over the tasks
/// of this one pair. `None` if the table lacks either, or they are the same.
pub fn compare(table: &ScoreTable, x: &str, y: &str, settings: &Settings) -> Option<Comparison> {
    let algorithms = Algorithm::all(table);
    let of = |name| {
        algorithms
            .iter()
            .find(|one| one.sample.name == name)
            .copied()
    };
    let pair = [of(x)?, of(y)?];
    let mut made = comparisons(table.tasks(), &[pair], settings);
    made.pop().filter(|_| x != y)
}

/// Every pair compared, with Holm's correction over all tests that are made.
fn comparisons(
    tasks: &[String],
    pairs: &[[Algorithm<'_>; 2]],
    settings: &Settings,
) -> Vec<Comparison> {
    let test = |[x, y]: [Algorithm<'_>; 2], m: usize| {
        // Scores that stand for no measurement on either side test nothing.
        let is_measured = !(x.is_imputed(m) && y.is_imputed(m));
        let scale = x.sample.scores.scale(y.sample.scores, m);
        is_measured.then(|| welch_at(scale, x.runs(m), y.runs(m)))?
    };
    let tests: Vec<Option<Welch>> = pairs
        .iter()
        .flat_map(|&pair| (0..tasks.len()).map(move |m| test(pair, m)))
        .collect();
    let p_values: Vec<f64> = tests.iter().flatten().map(|test| test.p).collect();
    let mut adjusted = holm(&p_values).into_iter();
    let tests: Vec<Option<(Welch, f64)>> = tests
        .into_iter()
        .map(|test| test.zip(test.and_then(|_| adjusted.next())))
        .collect();
    let made = pairs.iter().zip(tests.chunks_exact(tasks.len()));
    made.map(|(&pair, tests)| comparison(tasks, pair, tests, settings))
        .collect()
}

/// One pair, given its tests with their adjusted p-values.
fn comparison(
    tasks: &[String],
    pair: [Algorithm<'_>; 2],
    tests: &[Option<(Welch, f64)>],
    settings: &Settings,
) -> Comparison {
    let [x, y] = pair.map(|one| one.sample);
    let (probability_of_improvement, iqm_difference) = settings.bootstrap.comparison(x, y);
    let shares = shares_of_wins(x.scores, y.scores);
    let made = tasks.iter().zip(tests).zip(shares).enumerate();
    let made: Vec<TaskComparison> = made
        .map(|(m, ((task, &test), share))| {
            let [of_x, of_y] = pair.map(|one| one.runs(m));
            let (runs, imputed) = ([of_x.len(), of_y.len()], pair.map(|one| one.imputed[m]));
            let scale = x.scores.scale(y.scores, m);
            let all_imputed = pair.map(|one| one.is_imputed(m));
            let is_measured = all_imputed == [false; 2];
            let case = Case {
                names: [x.name, y.name],
                runs,
                fewest: 0,
                diverged: Diverged {
                    runs: imputed,
                    of: runs,
                    everywhere_on: all_imputed.map(|all| Vec::from_iter(all.then_some(&**task))),
                },
                std: pooled_std_at(scale, of_x, of_y),
                smallest: settings.smallest_difference,
                place: &format!("on {task}"),
                grounds: &grounds_on_task(test),
            };
            TaskComparison {
                task: task.clone(),
                runs,
                imputed,
                probability_of_improvement: share,
                welch: test.map(|(test, _)| test),
                p_holm: test.map(|(_, p)| p),
                effect_size: effect_size_at(scale, of_x, of_y).filter(|_| is_measured),
                judgement: Judgement::new(on_task(test), &case),
            }
        })
        .collect();
    Comparison {
        x: x.name.to_owned(),
        y: y.name.to_owned(),
        imputed: pair.map(|one| one.imputed.iter().sum()),
        probability_of_improvement,
        iqm_difference,
        judgement: match made.as_slice() {
            // One question has one answer.
            [only] => only.judgement.clone(),
            _ => judgement_over_tasks(pair, &made, iqm_difference, settings),
        },
        tasks: made,
    }
}

fn judgement_over_tasks(
    pair: [Algorithm<'_>; 2],
    tasks: &[TaskComparison],
    iqm_difference: Estimate,
    settings: &Settings,
) -> Judgement {
    let [x, y] = pair.map(|one| one.sample);
    let scale = x.scores.scale_over_tasks(y.scores);
    let stds: Option<Vec<f64>> = (tasks.iter())
        .map(|task| task.judgement.pooled_std)
        .collect();
    let imputed = |side: usize| {
        let all = |task: &&TaskComparison| task.imputed[side] == task.runs[side];
        let tasks = tasks.iter().filter(all);
        tasks.map(|task| task.task.as_str()).collect()
    };
    let case = Case {
        names: [x.name, y.name],
        runs: [x, y].map(|sample| sample.scores.runs().into_iter().min().unwrap_or(0)),
        fewest: FEWEST_RUNS,
        diverged: Diverged {
            runs: pair.map(|one| one.imputed.iter().sum()),
            of: [x, y].map(|sample| sample.scores.scores().len()),
            everywhere_on: [imputed(0), imputed(1)],
        },
        std: stds.map(|stds| scale.root_of_squares(stds.into_iter()) / tasks.len() as f64),
        smallest: settings.smallest_difference,
        place: &format!("over {} tasks", tasks.len()),
        grounds: &grounds_over_tasks(iqm_difference),
    };
    Judgement::new(over_tasks(iqm_difference.interval(), scale), &case)
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

/// The estimates and the performance profiles of every algorithm.
fn estimates(
    samples: &[Sample<'_>],
    bootstrap: &Stratified,
) -> (Named<AlgorithmResults>, Profiles) {
    let tau = thresholds(samples);
    let mut algorithms = Named(Vec::new());
    let (mut run_score, mut average_score) = (Named(Vec::new()), Named(Vec::new()));
    for &sample in samples {
        let made = bootstrap.algorithm(sample, &tau);
        let name = || sample.name.to_owned();
        let results = AlgorithmResults {
            runs: sample.scores.runs(),
            task_means: task_means(sample.scores).collect(),
            aggregates: made.aggregates,
        };
        algorithms.0.push((name(), results));
        run_score.0.push((name(), Profile::from(made.run_profile)));
        let means = Profile::from(made.task_profile);
        average_score.0.push((name(), means));
    }
    let profiles = Profiles {
        tau,
        run_score,
        average_score,
    };
    (algorithms, profiles)
}

/// Says of scores that are taken as normalised that they do not look so.
fn looks_raw(table: &ScoreTable) -> Option<String> {
    if table.references().is_some() {
        return None;
    }
    let all = table.algorithms().iter().flat_map(|(_, scores)| {
        let tasks = table.tasks().iter().zip(scores.by_task());
        tasks.flat_map(|(task, runs)| runs.iter().map(move |&score| (task, score)))
    });
    let (task, score) = all
        .filter(|(_, score)| !NORMALISED.contains(score))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(format!(
        "scores are taken as normalised (0 a random policy, 1 the reference), but {score} on \
         `{task}` looks raw: then optimality gap, power and runs needed mean little; give \
         `random` and `reference` of each task"
    ))
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
