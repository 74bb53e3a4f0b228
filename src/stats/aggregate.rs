//! Estimates over all tasks of a benchmark (Agarwal et al. 2021).
//!
//! Scores are x\[m\]\[n\], run n of N_m on task m of M, normalised so that 0
//! is a random policy and 1 the reference.

use serde::{Deserialize, Serialize};

use super::estimates::{iqm_in_place, quantile_in_place};
use super::matrix::Matrix;

/// The four estimates of one algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aggregates<T = f64> {
    /// Mean over tasks of the mean over runs.
    pub mean: T,
    /// Median over tasks of the mean over runs.
    pub median: T,
    /// Interquartile mean of all scores.
    pub iqm: T,
    /// How far scores stay below 1 on average.
    pub optimality_gap: T,
}

impl Aggregates {
    /// The four estimates of `scores`.
    pub fn of(scores: &Matrix) -> Self {
        Self::with(scores, &mut Vec::new())
    }

    /// [`of`](Self::of) without allocation, once `workspace` is large enough.
    pub(super) fn with(scores: &Matrix, workspace: &mut Vec<f64>) -> Self {
        Self {
            mean: mean(scores),
            median: median_with(scores, workspace),
            iqm: iqm_with(scores, workspace),
            optimality_gap: optimality_gap(scores, 1.0),
        }
    }
}

/// The mean over runs on every task in turn.
pub fn task_means(scores: &Matrix) -> impl Iterator<Item = f64> {
    scores
        .by_task()
        .map(|runs| runs.iter().sum::<f64>() / runs.len() as f64)
}

/// Mean over tasks of the mean over runs.
pub fn mean(scores: &Matrix) -> f64 {
    task_means(scores).sum::<f64>() / scores.tasks() as f64
}

/// Median over tasks of the mean over runs.
pub fn median(scores: &Matrix) -> f64 {
    median_with(scores, &mut Vec::new())
}

fn median_with(scores: &Matrix, workspace: &mut Vec<f64>) -> f64 {
    workspace.clear();
    workspace.extend(task_means(scores));
    quantile_in_place(workspace, 0.5).expect("a matrix has tasks")
}

/// Interquartile mean of all scores: sorted, the mean of those at g .. K - g
/// of K, with g = floor(K / 4).
pub fn iqm(scores: &Matrix) -> f64 {
    iqm_with(scores, &mut Vec::new())
}

pub(super) fn iqm_with(scores: &Matrix, workspace: &mut Vec<f64>) -> f64 {
    workspace.clear();
    workspace.extend_from_slice(scores.scores());
    iqm_in_place(workspace).expect("a matrix has scores")
}

/// `target` - mean(min(x, target)) over all scores: 0 if every run reaches the
/// target, which is 1 for normalised scores.
pub fn optimality_gap(scores: &Matrix, target: f64) -> f64 {
    let all = scores.scores();
    target - all.iter().map(|x| x.min(target)).sum::<f64>() / all.len() as f64
}

/// Performance profile over runs: for every threshold tau, the share of all
/// scores that are strictly greater, F(tau) = #{x > tau} / K.
pub fn run_profile(scores: &Matrix, tau: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; tau.len()];
    run_profile_with(scores, tau, &mut Vec::new(), &mut shares);
    shares
}

/// Performance profile on task means: for every threshold tau, the share of
/// tasks on which the mean over runs is strictly greater.
pub fn task_profile(scores: &Matrix, tau: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; tau.len()];
    task_profile_with(scores, tau, &mut Vec::new(), &mut shares);
    shares
}

pub(super) fn run_profile_with(
    scores: &Matrix,
    tau: &[f64],
    workspace: &mut Vec<f64>,
    shares: &mut [f64],
) {
    workspace.clear();
    workspace.extend_from_slice(scores.scores());
    shares_above(workspace, tau, shares);
}

pub(super) fn task_profile_with(
    scores: &Matrix,
    tau: &[f64],
    workspace: &mut Vec<f64>,
    shares: &mut [f64],
) {
    workspace.clear();
    workspace.extend(task_means(scores));
    shares_above(workspace, tau, shares);
}

fn shares_above(values: &mut [f64], tau: &[f64], shares: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
    for (share, tau) in shares.iter_mut().zip(tau) {
        let above = values.len() - values.partition_point(|value| value <= tau);
        *share = above as f64 / values.len() as f64;
    }
}

/// P(X > Y) on one task: the share of pairs of runs in which the run of X has
/// the higher score, ties counting half. This is the statistic of Mann and
/// Whitney, U / (N_x N_y).
///
/// # Panics
/// If either has no run.
pub fn share_of_wins(x: &[f64], y: &[f64]) -> f64 {
    assert!(!x.is_empty() && !y.is_empty(), "runs to compare");
    // Half wins in whole numbers: exact, and without a branch.
    let half_wins = |x: &f64| -> u64 {
        let against = |y: &f64| u64::from(x > y) + u64::from(x >= y);
        y.iter().map(against).sum()
    };
    let total: u64 = x.iter().map(half_wins).sum();
    total as f64 / (2 * x.len() * y.len()) as f64
}

/// Probability of improvement P(X > Y): mean over tasks of
/// [`share_of_wins`].
///
/// # Panics
/// If the two have different numbers of tasks.
pub fn probability_of_improvement(x: &Matrix, y: &Matrix) -> f64 {
    assert_eq!(x.tasks(), y.tasks(), "scores of the same tasks");
    let wins = x.by_task().zip(y.by_task());
    wins.map(|(x, y)| share_of_wins(x, y)).sum::<f64>() / x.tasks() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(tasks: &[&[f64]]) -> Matrix {
        Matrix::new(tasks).unwrap()
    }

    #[test]
    fn tasks_with_more_runs_weigh_more_where_scores_are_pooled() {
        let scores = matrix(&[&[0.0], &[1.0, 1.0, 1.0]]);
        assert_eq!((mean(&scores), median(&scores)), (0.5, 0.5));
        assert_eq!(iqm(&scores), 1.0);
        assert_eq!(optimality_gap(&scores, 1.0), 0.25);
        assert_eq!(run_profile(&scores, &[0.0, 1.0]), [0.75, 0.0]);
        assert_eq!(task_profile(&scores, &[-1.0, 0.0]), [1.0, 0.5]);
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(share_of_wins(&[1.0, 2.0], &[1.0, 0.0]), 0.875);
        // -0 and 0 are a tie too.
        assert_eq!(share_of_wins(&[0.0], &[-0.0]), 0.5);
    }
}
