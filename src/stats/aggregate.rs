//! Estimates over all tasks of a benchmark (Agarwal et al. 2021).
//!
//! Scores are x\[m\]\[n\], run n of N_m on task m of M, normalised so that 0
//! is a random policy and 1 the reference.

use super::estimates::{iqm_in_place, quantile_in_place};
use super::matrix::Matrix;
use super::resample;
use super::scale::Scale;

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
    quantile_in_place(&mut task_means(scores).collect::<Vec<_>>(), 0.5).expect("a matrix has tasks")
}

/// Interquartile mean of all scores: sorted, the mean of those at g .. K - g
/// of K, with g = floor(K / 4).
pub fn iqm(scores: &Matrix) -> f64 {
    iqm_in_place(&mut scores.scores().to_vec()).expect("a matrix has scores")
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
    shares_above(&mut scores.scores().to_vec(), tau, &mut shares);
    shares
}

/// Performance profile on task means: for every threshold tau, the share of
/// tasks on which the mean over runs is strictly greater.
pub fn task_profile(scores: &Matrix, tau: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; tau.len()];
    shares_above(
        &mut task_means(scores).collect::<Vec<_>>(),
        tau,
        &mut shares,
    );
    shares
}

/// The shares of `values`, which are left in ascending order, above `tau`.
pub(super) fn shares_above(values: &mut [f64], tau: &[f64], shares: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
    for (share, tau) in shares.iter_mut().zip(tau) {
        let above = values.len() - values.partition_point(|value| value <= tau);
        *share = above as f64 / values.len() as f64;
    }
}

/// P(X > Y) on one task: the share of pairs of runs in which the run of X has
/// the higher score, ties counting half; scores that differ by rounding are a
/// tie ([`Scale`]). This is the statistic of Mann and Whitney, U / (N_x N_y).
///
/// # Panics
/// If either has no run.
pub fn share_of_wins(x: &[f64], y: &[f64]) -> f64 {
    assert!(!x.is_empty() && !y.is_empty(), "runs to compare");
    resample::share_of_wins(Scale::of(&[x, y]), x, y)
}

/// [`share_of_wins`] on every task in turn.
///
/// # Panics
/// If the two have different numbers of tasks.
pub fn shares_of_wins(x: &Matrix, y: &Matrix) -> impl Iterator<Item = f64> {
    assert_eq!(x.tasks(), y.tasks(), "scores of the same tasks");
    let tasks = x.by_task().zip(y.by_task()).enumerate();
    tasks.map(|(m, (of_x, of_y))| resample::share_of_wins(x.scale(y, m), of_x, of_y))
}

/// Probability of improvement P(X > Y): mean over tasks of
/// [`share_of_wins`].
///
/// # Panics
/// If the two have different numbers of tasks.
pub fn probability_of_improvement(x: &Matrix, y: &Matrix) -> f64 {
    shares_of_wins(x, y).sum::<f64>() / x.tasks() as f64
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

    #[test]
    fn scores_that_differ_by_rounding_are_a_tie() {
        for size in [1.0, 1e15, 1e-170] {
            let (x, y) = ([(0.1 + 0.2) * size; 3], [0.3 * size; 3]);
            assert_eq!(share_of_wins(&x, &y), 0.5, "{size}");
            assert_eq!(share_of_wins(&y, &x), 0.5, "{size}");
            let (x, y) = (matrix(&[&x]), matrix(&[&y]));
            assert_eq!(probability_of_improvement(&x, &y), 0.5);
        }
    }
}
