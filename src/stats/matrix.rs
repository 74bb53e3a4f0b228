//! Scores of one algorithm on several tasks.

use super::scale::{Scale, largest};

/// Scores larger than this in size are refused, so that no square or sum of
/// scores can overflow.
pub const LARGEST_SCORE: f64 = 1e100;

/// The scores x\[m\]\[n\] of one algorithm: run n of N_m on task m of M.
///
/// There is at least one task, every task has at least one run, and every
/// score is finite. The number of runs may differ from task to task. Estimates
/// that pool all scores (IQM, optimality gap, performance profile over runs)
/// then give every run the same weight; those that average over tasks first
/// (mean, median, P(X > Y)) give every task the same weight.
///
/// The runs of a task stand in ascending order, whatever order they came in: no
/// estimate depends on it, not even in its last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    scores: Vec<f64>,
    /// Where the scores of each task end.
    ends: Vec<usize>,
    /// How large the scores of each task are, and what they were computed from.
    sizes: Vec<f64>,
}

/// Scores that make no matrix.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MatrixError {
    /// There is no task.
    #[error("there are no tasks; give the scores of at least one")]
    NoTask,
    /// A task without runs.
    #[error("task {task} has no run; give it one or leave the task out")]
    NoRun {
        /// Number of the task, from 0.
        task: usize,
    },
    /// A score that cannot be averaged.
    #[error(
        "task {task}, run {run}: {score} is not a score; it must be finite and at most \
         {LARGEST_SCORE:e} in size"
    )]
    Score {
        /// Number of the task, from 0.
        task: usize,
        /// Number of the run, from 0.
        run: usize,
        /// What stands there.
        score: f64,
    },
}

impl Matrix {
    /// The scores `tasks[m][n]`.
    ///
    /// # Errors
    /// If there is no task, a task has no run, or a score is not finite or
    /// larger than [`LARGEST_SCORE`] in size.
    pub fn new<T: AsRef<[f64]>>(tasks: &[T]) -> Result<Self, MatrixError> {
        if tasks.is_empty() {
            return Err(MatrixError::NoTask);
        }
        let mut matrix = Self {
            scores: Vec::with_capacity(tasks.iter().map(|task| task.as_ref().len()).sum()),
            ends: Vec::with_capacity(tasks.len()),
            sizes: Vec::with_capacity(tasks.len()),
        };
        for (task, runs) in tasks.iter().enumerate() {
            let runs = runs.as_ref();
            if runs.is_empty() {
                return Err(MatrixError::NoRun { task });
            }
            if let Some(run) = runs.iter().position(|&score| !is_score(score)) {
                let score = runs[run];
                return Err(MatrixError::Score { task, run, score });
            }
            let start = matrix.scores.len();
            matrix.scores.extend_from_slice(runs);
            matrix.scores[start..].sort_unstable_by(f64::total_cmp);
            matrix.ends.push(matrix.scores.len());
            matrix.sizes.push(largest(runs));
        }
        Ok(matrix)
    }

    /// The same scores, computed from numbers as large as `sizes`, one for each
    /// task in the unit of its scores: their rounding is that of those numbers.
    #[must_use]
    pub fn computed_from(mut self, sizes: &[f64]) -> Self {
        for (own, &size) in self.sizes.iter_mut().zip(sizes) {
            *own = own.max(size);
        }
        self
    }

    /// The scale on which the scores of task `m` are compared with those of
    /// `other`.
    ///
    /// # Panics
    /// If either has no more than `m` tasks.
    pub fn scale(&self, other: &Matrix, m: usize) -> Scale {
        Scale::new(self.sizes[m].max(other.sizes[m]))
    }

    /// The scale of all scores of the two.
    pub fn scale_over_tasks(&self, other: &Matrix) -> Scale {
        Scale::new(largest(self.sizes.iter().chain(&other.sizes)))
    }

    /// Number of tasks, M.
    pub fn tasks(&self) -> usize {
        self.ends.len()
    }

    /// The scores of task `m`.
    ///
    /// # Panics
    /// If there are no more than `m` tasks.
    pub fn task(&self, m: usize) -> &[f64] {
        let start = if m == 0 { 0 } else { self.ends[m - 1] };
        &self.scores[start..self.ends[m]]
    }

    /// The scores of every task in turn.
    pub fn by_task(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.tasks()).map(|m| self.task(m))
    }

    /// All scores, task after task.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The number of runs on each task, N_m.
    pub fn runs(&self) -> Vec<usize> {
        self.by_task().map(<[f64]>::len).collect()
    }

    /// Whether every task has at least two runs, without which nothing is
    /// known of the spread over runs.
    pub fn has_spread(&self) -> bool {
        self.by_task().all(|runs| runs.len() >= 2)
    }

    /// Replaces every score by `source.task(m)[draw(N_m)]`, the source being
    /// a matrix of the same shape, and counts in `times` how often each score
    /// of the source was drawn.
    pub(super) fn fill_from(
        &mut self,
        source: &Matrix,
        times: &mut [u32],
        mut draw: impl FnMut(usize) -> usize,
    ) {
        times.fill(0);
        let mut start = 0;
        for &end in &source.ends {
            let runs = &source.scores[start..end];
            let times = &mut times[start..end];
            for score in &mut self.scores[start..end] {
                let drawn = draw(runs.len());
                *score = runs[drawn];
                times[drawn] += 1;
            }
            start = end;
        }
    }
}

/// Whether estimates can take this number.
pub fn is_score(score: f64) -> bool {
    // A NaN compares false.
    score.abs() <= LARGEST_SCORE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_keep_their_runs() {
        let matrix = Matrix::new(&[vec![2.0, 1.0], vec![3.0], vec![6.0, 5.0, 4.0]]).unwrap();
        assert_eq!(matrix.runs(), [2, 1, 3]);
        assert_eq!(matrix.task(2), [4.0, 5.0, 6.0]);
        assert!(!matrix.has_spread());
    }

    #[test]
    fn what_is_no_matrix_is_refused() {
        let none: [Vec<f64>; 0] = [];
        assert_eq!(Matrix::new(&none), Err(MatrixError::NoTask));
        let empty = Matrix::new(&[vec![1.0], vec![]]);
        assert_eq!(empty, Err(MatrixError::NoRun { task: 1 }));
        for wrong in [f64::NAN, f64::INFINITY, -1e101] {
            let error = Matrix::new(&[vec![1.0, wrong]]).unwrap_err();
            assert!(matches!(
                error,
                MatrixError::Score {
                    task: 0,
                    run: 1,
                    ..
                }
            ));
        }
    }
}
