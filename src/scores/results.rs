//! Everything that is computed from scores, as it is written with `--json`.
//!
//! A number that is undefined is `null`; each field says when. There is no NaN.

use serde::{Deserialize, Serialize};

use super::verdict::{Diverged, Judgement};
use super::{Named, Reference};
use crate::stats::{Aggregates, Estimate, Welch};

/// What scores come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// What to know before reading the numbers: that scores look raw, which
    /// score of a file was taken. Left out if there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Names of the tasks, in the order of everything by task.
    pub tasks: Vec<String>,
    /// What raw scores were normalised by, by task; `null` if scores were taken
    /// as they are.
    pub references: Option<Vec<Reference>>,
    /// Resamples behind every interval.
    pub repetitions: usize,
    /// Share of the resampled estimates inside every interval.
    pub confidence: f64,
    /// Seed of the resamples.
    pub seed: u64,
    /// Level of the tests.
    pub alpha: f64,
    /// The power for which the runs needed are named.
    pub wanted_power: f64,
    /// The smallest difference of scores worth knowing.
    pub smallest_difference: f64,
    /// The estimates of each algorithm.
    pub algorithms: Named<AlgorithmResults>,
    /// P(X > Y) for every ordered pair, by the name `X>Y`.
    pub probability_of_improvement: Named<Estimate>,
    /// Performance profiles.
    pub performance_profiles: Profiles,
    /// Every unordered pair, in the order of the algorithms.
    pub comparisons: Vec<Comparison>,
}

/// One algorithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlgorithmResults {
    /// Number of its runs, by task.
    pub runs: Vec<usize>,
    /// Mean over its runs, by task.
    pub task_means: Vec<f64>,
    /// By the names of [`AGGREGATES`](crate::stats::AGGREGATES): `mean`, `median`,
    /// `iqm` and `optimality_gap`. The ends of their intervals
    /// are `null` if it has fewer than two runs on some task.
    #[serde(flatten)]
    pub aggregates: Aggregates<Estimate>,
}

/// Performance profiles of all algorithms: shares above thresholds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profiles {
    /// The thresholds, ascending: they cover 0 to 1.5 and all scores.
    pub tau: Vec<f64>,
    /// The share of runs whose score is above each, by algorithm.
    pub run_score: Named<Profile>,
    /// The share of tasks whose mean over runs is above each, by algorithm.
    pub average_score: Named<Profile>,
}

/// One profile: a number for each threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The shares.
    pub point: Vec<f64>,
    /// Lower ends of their intervals, each for its threshold alone; `null` if
    /// the algorithm has fewer than two runs on some task.
    pub low: Option<Vec<f64>>,
    /// Upper ends of their intervals.
    pub high: Option<Vec<f64>>,
}

impl From<Vec<Estimate>> for Profile {
    fn from(estimates: Vec<Estimate>) -> Self {
        Self {
            point: estimates.iter().map(|estimate| estimate.point).collect(),
            low: estimates.iter().map(|estimate| estimate.low).collect(),
            high: estimates.iter().map(|estimate| estimate.high).collect(),
        }
    }
}

/// Two algorithms, X and Y.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of X.
    pub x: String,
    /// Name of Y.
    pub y: String,
    /// How many runs of X and of Y, on all tasks together, diverged and have the
    /// random policy's score. Left out if none did.
    #[serde(default, skip_serializing_if = "is_none")]
    pub imputed: [usize; 2],
    /// P(X > Y). The ends are `null` if either has fewer than two runs on some
    /// task.
    pub probability_of_improvement: Estimate,
    /// IQM of X less IQM of Y. The ends as above.
    pub iqm_difference: Estimate,
    /// The verdict over all tasks.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The comparison on each task.
    pub tasks: Vec<TaskComparison>,
}

/// Two algorithms on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskComparison {
    /// Name of the task.
    pub task: String,
    /// Numbers of runs of X and of Y.
    pub runs: [usize; 2],
    /// How many of them diverged and have the random policy's score. Left out if
    /// none did.
    #[serde(default, skip_serializing_if = "is_none")]
    pub imputed: [usize; 2],
    /// P(X > Y) here.
    pub probability_of_improvement: f64,
    /// Welch's test; `null` if either has fewer than two runs, or all runs of
    /// both diverged. Its `t` and `df`
    /// are `null` if the runs of neither vary: see [`Welch`].
    pub welch: Option<Welch>,
    /// Its p-value after Holm's correction over all tests of these results;
    /// `null` with the test.
    pub p_holm: Option<f64>,
    /// Difference of means in pooled standard deviations; `null` if either has
    /// fewer than two runs, all of its runs diverged, or the runs of neither vary.
    pub effect_size: Option<f64>,
    /// The verdict on this task.
    #[serde(flatten)]
    pub judgement: Judgement,
}

fn is_none(imputed: &[usize; 2]) -> bool {
    *imputed == [0; 2]
}

impl Comparison {
    /// `2 of 15 runs of vpg diverged and score as the random policy`; nothing if
    /// none did.
    pub fn diverged(&self) -> Option<String> {
        let of = |side: usize| self.tasks.iter().map(|task| task.runs[side]).sum();
        let diverged = Diverged {
            runs: self.imputed,
            of: [of(0), of(1)],
            everywhere_on: Default::default(),
        };
        diverged.in_words([&self.x, &self.y])
    }
}
