//! Everything that is computed from scores, as it is written with `--json`.
//!
//! A number that is undefined is `null`; each field says when. There is no NaN.

use serde::{Deserialize, Serialize};

use super::verdict::Judgement;
use super::{Named, Reference};
use crate::stats::{Aggregates, Estimate, Interval};

/// What scores come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// What to know before reading the numbers: that scores look raw, which
    /// score of a file was taken. Left out if there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Names of the tasks, in the order of everything by task.
    pub tasks: Vec<String>,
    /// By what raw scores were judged, by task; `null` if scores were taken as
    /// they are.
    pub references: Option<Vec<Reference>>,
    /// Resamples behind intervals of the bootstrap.
    pub repetitions: usize,
    /// Share of the resampled estimates inside those intervals.
    pub confidence: f64,
    /// Seed of the resamples.
    pub seed: u64,
    /// Level of all answers to a question together.
    pub alpha: f64,
    /// The smallest difference of normalised scores, over tasks, worth knowing.
    pub smallest_difference: f64,
    /// Pairs that were declared beforehand; all others are exploratory.
    pub declared: Vec<[String; 2]>,
    /// The estimates of each algorithm.
    pub algorithms: Named<AlgorithmResults>,
    /// P(X > Y) for every ordered pair, by the name `X>Y`.
    pub probability_of_improvement: Named<Estimate>,
    /// Performance profiles.
    pub performance_profiles: Profiles,
    /// Every unordered pair: those that were declared, then all others in the
    /// order of the algorithms.
    pub comparisons: Vec<Comparison>,
}

/// One algorithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlgorithmResults {
    /// Number of its runs, by task.
    pub runs: Vec<usize>,
    /// Mean normalised score over its runs, by task.
    pub task_means: Vec<f64>,
    /// Raw returns, by task.
    pub tasks: Vec<TaskEstimate>,
    /// By the names of [`AGGREGATES`](crate::stats::AGGREGATES): `mean`, `median`,
    /// `iqm` and `optimality_gap`. The ends of their intervals
    /// are `null` if it has fewer than five runs on some task.
    #[serde(flatten)]
    pub aggregates: Aggregates<Estimate>,
    /// What the IQM leaves out.
    pub trimmed: Vec<Trimmed>,
    /// The lowest and the highest mean over all tasks but one; `null` of one task.
    pub leave_one_task_out: Option<[f64; 2]>,
    /// The task that makes more than half of the variance of the mean; `null` if
    /// none does.
    pub dominant_task: Option<String>,
}

/// The raw returns of one algorithm on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskEstimate {
    /// Number of runs.
    pub runs: usize,
    /// Their mean.
    pub mean: f64,
    /// Its 95% t interval, cut at the best return that there is; `null` of fewer
    /// than five runs, or if all runs are equal.
    pub interval: Option<Interval>,
    /// All runs have the mean: with 95% confidence fewer than this share of runs
    /// differ. `null` if they do not, or are fewer than five.
    pub fewer_differ_than: Option<f64>,
    /// Runs that failed: diverged, or ended below the return that the reference
    /// of the task says.
    pub failed: usize,
    /// 95% interval of their share (Clopper and Pearson).
    pub failed_share: Interval,
    /// Mean of the runs that did not fail; `null` if none or all did.
    pub mean_of_others: Option<f64>,
    /// Whether it is better than every other algorithm on the task, equivalent to
    /// it or at the ceiling with it, all pairs being asked for together.
    pub is_best: bool,
}

/// Runs on one task that the interquartile mean leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trimmed {
    /// The task.
    pub task: String,
    /// How many of its runs are among the lowest quarter of all.
    pub low: usize,
    /// How many are among the highest.
    pub high: usize,
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
    /// The verdict over all tasks.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The verdict on each task.
    pub tasks: Vec<TaskComparison>,
}

/// Two algorithms on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskComparison {
    /// Name of the task.
    pub task: String,
    /// The verdict on this task.
    #[serde(flatten)]
    pub judgement: Judgement,
}
