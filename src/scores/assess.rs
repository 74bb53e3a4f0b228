//! From scores to results.

use super::judge::Question;
use super::results::{AlgorithmResults, Comparison, Profile, Profiles, TaskEstimate, Trimmed};
use super::table::{ScoredRun, looks_raw};
use super::verdict::{ALPHA, FEWEST_RUNS, Judgement};
use super::{Named, Results, ScoreTable};
use crate::stats::aggregate::task_means;
use crate::stats::{
    Estimate, Interval, Matrix, Sample, Stratified, clopper_pearson, mean, moments, t_interval,
    unseen,
};

/// Thresholds of a performance profile, at most.
const MOST_THRESHOLDS: f64 = 200.0;

/// How scores are assessed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The bootstrap behind intervals of aggregates and of P(X > Y).
    pub bootstrap: Stratified,
    /// The smallest difference of normalised scores, over tasks, worth knowing;
    /// above 0. On a task without a margin of its own it is that too.
    pub smallest_difference: f64,
    /// Pairs that are asked about. Where none are declared: the first algorithm
    /// against each other.
    pub declared: Vec<[String; 2]>,
    /// How often the results were looked at before they were complete, this time
    /// included: the number of answers is multiplied by it.
    pub looks: usize,
    /// Whether every answer is exploratory, since it rests on what was set after
    /// the runs.
    pub is_exploratory: bool,
}

impl Default for Settings {
    /// 10,000 resamples of seed 0, a difference of 0.05, and one look.
    fn default() -> Self {
        Self {
            bootstrap: Stratified::new(0),
            smallest_difference: SMALLEST_DIFFERENCE,
            declared: Vec::new(),
            looks: 1,
            is_exploratory: false,
        }
    }
}

pub use crate::env::SMALLEST_DIFFERENCE;

/// All estimates of all algorithms, and every pair of them compared.
pub fn assess(table: &ScoreTable, settings: &Settings) -> Results {
    let names: Vec<&str> = table.algorithms().iter().map(|(name, _)| name).collect();
    let samples: Vec<Sample<'_>> = (table.algorithms().iter())
        .map(|(name, scores)| Sample { name, scores })
        .collect();
    let asked = Asked::of(&names, settings);
    let comparisons: Vec<Comparison> = (asked.questions.iter())
        .filter_map(|&question| {
            table.judged(question, settings.smallest_difference, &settings.bootstrap)
        })
        .collect();
    let best = best(table, &names, settings);
    let bootstrap = &settings.bootstrap;
    let (algorithms, performance_profiles) = estimates(table, &samples, &best, bootstrap);
    Results {
        notes: note_on_raw(table).into_iter().collect(),
        tasks: table.tasks().to_vec(),
        references: table.references().map(|_| {
            let tasks = 0..table.tasks().len();
            tasks.map(|m| table.judge(m)).collect()
        }),
        repetitions: bootstrap.repetitions,
        confidence: bootstrap.confidence,
        seed: bootstrap.seed,
        alpha: ALPHA,
        smallest_difference: settings.smallest_difference,
        declared: asked
            .declared
            .iter()
            .map(|pair| pair.map(str::to_owned))
            .collect(),
        algorithms,
        probability_of_improvement: comparisons.iter().flat_map(both_ways).collect(),
        performance_profiles,
        comparisons,
    }
}

/// Algorithm `x` against `y` of a table, asked as `settings` declare among `all`
/// of which the table may hold only these two. `None` if the table lacks either, or
/// they are the same.
pub fn compare(
    table: &ScoreTable,
    all: &[String],
    (x, y): (&str, &str),
    settings: &Settings,
) -> Option<Comparison> {
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let asked = Asked::of(&names, settings);
    let is_theirs = |question: &&Question<'_>| question.names == [x, y] || question.names == [y, x];
    let found = asked.questions.iter().find(is_theirs)?;
    let question = Question {
        names: [x, y],
        ..*found
    };
    table.judged(question, settings.smallest_difference, &settings.bootstrap)
}

/// What is asked of a table.
struct Asked<'a> {
    declared: Vec<[&'a str; 2]>,
    /// Every unordered pair, the declared ones first.
    questions: Vec<Question<'a>>,
}

impl<'a> Asked<'a> {
    fn of(names: &[&'a str], settings: &Settings) -> Self {
        let known = |name: &String| names.iter().copied().find(|known| known == name);
        let given = settings.declared.iter();
        let mut declared: Vec<[&str; 2]> = given
            .filter_map(|[x, y]| Some([known(x)?, known(y)?]))
            .collect();
        if settings.declared.is_empty() {
            let first = names.first().into_iter();
            declared = first
                .flat_map(|first| names.iter().skip(1).map(|other| [*first, *other]))
                .collect();
        }
        let looks = settings.looks.max(1);
        let question = |names, pairs: usize, is_exploratory| Question {
            names,
            pairs: pairs.max(1) * looks,
            is_exploratory: is_exploratory || settings.is_exploratory,
        };
        let mut questions: Vec<Question<'_>> = (declared.iter())
            .map(|&pair| question(pair, declared.len(), false))
            .collect();
        let all = names.len() * names.len().saturating_sub(1) / 2;
        for (place, &x) in names.iter().enumerate() {
            for &y in &names[place + 1..] {
                let is_asked = |pair: &[&str; 2]| *pair == [x, y] || *pair == [y, x];
                if !declared.iter().any(is_asked) {
                    questions.push(question([x, y], all, true));
                }
            }
        }
        Self {
            declared,
            questions,
        }
    }
}

/// By algorithm and task, whether it is no worse than every other there, all pairs
/// being asked for together.
fn best(table: &ScoreTable, names: &[&str], settings: &Settings) -> Vec<Vec<bool>> {
    let tasks = table.tasks().len();
    let mut best = vec![vec![names.len() > 1; tasks]; names.len()];
    let all = names.len() * names.len().saturating_sub(1) / 2;
    // Means alone decide here.
    let few = Stratified {
        repetitions: 1,
        ..settings.bootstrap.clone()
    };
    for (i, &x) in names.iter().enumerate() {
        for (j, &y) in names.iter().enumerate().skip(i + 1) {
            let question = Question {
                names: [x, y],
                pairs: all * settings.looks.max(1),
                is_exploratory: true,
            };
            let found = table.judged(question, settings.smallest_difference, &few);
            for (m, task) in found
                .iter()
                .flat_map(|found| found.tasks.iter().enumerate())
            {
                let verdict = task.judgement.verdict;
                best[i][m] &= verdict.is_no_worse();
                best[j][m] &= verdict.reversed().is_no_worse();
            }
        }
    }
    best
}

/// P(X > Y) and P(Y > X) = 1 - P(X > Y), by the names `X>Y` and `Y>X`.
fn both_ways(comparison: &Comparison) -> [(String, Estimate); 2] {
    let Comparison {
        x, y, judgement, ..
    } = comparison;
    let Judgement {
        improvement: forward,
        ..
    } = *judgement;
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
    table: &ScoreTable,
    samples: &[Sample<'_>],
    best: &[Vec<bool>],
    bootstrap: &Stratified,
) -> (Named<AlgorithmResults>, Profiles) {
    let tau = thresholds(samples);
    let mut algorithms = Named(Vec::new());
    let (mut run_score, mut average_score) = (Named(Vec::new()), Named(Vec::new()));
    for (place, &sample) in samples.iter().enumerate() {
        let runs = sample.scores.runs();
        // Of fewer runs intervals of the bootstrap say far too little.
        let is_enough = runs.iter().all(|&n| n >= FEWEST_RUNS);
        let mut made = bootstrap.algorithm(sample, &tau);
        let profiles = made.run_profile.iter_mut().chain(&mut made.task_profile);
        for estimate in profiles
            .chain(made.aggregates.iter_mut())
            .filter(|_| !is_enough)
        {
            (estimate.low, estimate.high) = (None, None);
        }
        let name = || sample.name.to_owned();
        let of_tasks = table.runs().get(sample.name).map_or(&[][..], Vec::as_slice);
        let tasks = of_tasks.iter().enumerate().map(|(m, runs)| {
            let is_best = best[place][m];
            task_estimate(runs, table.judge(m).maximum, is_best)
        });
        let results = AlgorithmResults {
            task_means: task_means(sample.scores).collect(),
            tasks: tasks.collect(),
            aggregates: made.aggregates,
            trimmed: trimmed(table.tasks(), sample.scores),
            leave_one_task_out: leave_one_out(sample.scores),
            dominant_task: dominant(table.tasks(), sample.scores),
            runs,
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

/// What runs on one task come to, given the best return that there is.
pub fn task_estimate(runs: &[ScoredRun], maximum: Option<f64>, is_best: bool) -> TaskEstimate {
    let raw: Vec<f64> = runs.iter().map(|run| run.raw).collect();
    let failed = runs.iter().filter(|run| run.is_failure).count();
    let others = runs.iter().filter(|run| !run.is_failure);
    let others: Vec<f64> = others.map(|run| run.raw).collect();
    let is_enough = runs.len() >= FEWEST_RUNS;
    let is_equal = raw.windows(2).all(|pair| pair[0] == pair[1]);
    let interval = t_interval(&raw, 0.025).filter(|_| is_enough && !is_equal);
    TaskEstimate {
        runs: runs.len(),
        mean: mean(&raw).unwrap_or(f64::NAN),
        interval: interval.map(|ends| match maximum {
            Some(maximum) => Interval {
                low: ends.low,
                high: ends.high.min(maximum),
            },
            None => ends,
        }),
        fewer_differ_than: (is_equal && is_enough).then(|| unseen(runs.len(), ALPHA)),
        failed,
        failed_share: clopper_pearson(failed, runs.len(), 0.5 * ALPHA),
        mean_of_others: mean(&others).filter(|_| failed > 0),
        is_best,
    }
}

/// Which runs are outside of the middle half of all.
fn trimmed(tasks: &[String], scores: &Matrix) -> Vec<Trimmed> {
    let mut all: Vec<(f64, usize)> = (scores.by_task().enumerate())
        .flat_map(|(m, runs)| runs.iter().map(move |&score| (score, m)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let cut = all.len() / 4;
    let count = |part: &[(f64, usize)], m| part.iter().filter(|(_, task)| *task == m).count();
    let made = tasks.iter().enumerate().map(|(m, task)| Trimmed {
        task: task.clone(),
        low: count(&all[..cut], m),
        high: count(&all[all.len() - cut..], m),
    });
    made.filter(|t| t.low + t.high > 0).collect()
}

/// The lowest and the highest mean over all tasks but one.
fn leave_one_out(scores: &Matrix) -> Option<[f64; 2]> {
    let means: Vec<f64> = task_means(scores).collect();
    let sum: f64 = means.iter().sum();
    let others = means.len().checked_sub(1).filter(|&others| others > 0)?;
    let without = means.iter().map(|mean| (sum - mean) / others as f64);
    Some(
        without.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mean| {
            [low.min(mean), high.max(mean)]
        }),
    )
}

/// The task that makes more than half of the variance of the mean over tasks.
fn dominant(tasks: &[String], scores: &Matrix) -> Option<String> {
    let errors = scores.by_task().map(|runs| {
        let moments = moments(runs)?;
        Some(moments.1 / runs.len() as f64)
    });
    let errors: Vec<f64> = errors.collect::<Option<_>>()?;
    let sum: f64 = errors.iter().sum();
    let place = errors.iter().position(|&error| error > 0.5 * sum)?;
    (tasks.len() > 1).then(|| tasks[place].clone())
}

/// Says of scores that are taken as normalised that they do not look so.
fn note_on_raw(table: &ScoreTable) -> Option<String> {
    if table.references().is_some() {
        return None;
    }
    let all = table.algorithms().iter().flat_map(|(_, scores)| {
        let tasks = table.tasks().iter().zip(scores.by_task());
        tasks.flat_map(|(task, runs)| runs.iter().map(move |&score| (task, score)))
    });
    let (task, score) = all
        .filter(|&(_, score)| looks_raw(&[score]))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(format!(
        "scores are taken as normalised (0 a random policy, 1 the reference), but {score} on \
         `{task}` looks raw: then the optimality gap and margins mean little, and no run counts \
         as failed; give `random` and `reference` of each task"
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
