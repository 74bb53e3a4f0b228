//! Smoothed curves, and the scores that are read off them.

use crate::experiment::plan::Metric;
use crate::record::{Episodes, RunRecord};
use crate::stats::mean;

/// Points of a curve, evenly spaced over the steps of the run.
pub const POINTS: usize = 100;

/// Points by which the window of the smoothing reaches back: 10% of the steps.
pub const WINDOW: usize = 10;

/// The smoothing rule, as captions state it.
pub const RULE: &str = "At each of 100 points evenly spaced over the steps stands the mean raw \
     return of the episodes that ended in the window before it, 10% of the steps wide; an empty \
     window carries the last value, and there is none before the first episode ends.";

/// Step of point `k` (1 ..= [`POINTS`]) of a run of `total_steps`.
pub fn grid_step(total_steps: u64, k: usize) -> u64 {
    total_steps * k as u64 / POINTS as u64
}

/// The smoothed return at every point of the grid.
///
/// At point k stands the mean return of the episodes that ended after point
/// k - [`WINDOW`] and not after point k. An empty window carries the last
/// value; there is none before the first episode ends.
pub fn smooth(episodes: &Episodes, total_steps: u64) -> Vec<Option<f64>> {
    let ended_by = |k| {
        let step = grid_step(total_steps, k);
        episodes.end_step.partition_point(|&end| end <= step)
    };
    let mut last = None;
    (1..=POINTS)
        .map(|k| {
            let window = ended_by(k.saturating_sub(WINDOW))..ended_by(k);
            last = mean(&episodes.returns[window]).or(last);
            last
        })
        .collect()
}

/// The scores of one run; each is missing if no episode ever ended.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// Mean return of the episodes that ended in the last 10% of the steps:
    /// the last point of the curve.
    pub last: Option<f64>,
    /// Highest point of the curve.
    pub best: Option<f64>,
    /// Mean over the points of the curve that have a value.
    pub area: Option<f64>,
    /// Mean return of the evaluation; missing unless the run was completed.
    pub evaluation: Option<f64>,
}

impl Scores {
    /// One of them.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Final => self.last,
            Metric::Best => self.best,
            Metric::Area => self.area,
            Metric::Evaluation => self.evaluation,
        }
    }

    /// The scores of a run.
    pub fn of(record: &RunRecord) -> Self {
        let curve = smooth(&record.episodes, record.config.total_steps());
        let values: Vec<f64> = curve.into_iter().flatten().collect();
        Self {
            last: values.last().copied(),
            best: values.iter().copied().max_by(f64::total_cmp),
            area: mean(&values),
            evaluation: record
                .evaluation
                .as_ref()
                .and_then(|evaluation| mean(&evaluation.returns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Episodes with these ends and returns.
    fn episodes(ended: &[(u64, f64)]) -> Episodes {
        Episodes {
            end_step: ended.iter().map(|e| e.0).collect(),
            returns: ended.iter().map(|e| e.1).collect(),
            length: vec![1; ended.len()],
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_window_is_open_at_its_start_and_closed_at_its_end() {
        // 1000 steps: point k stands at step 10 k, its window is 100 steps wide.
        let curve = smooth(&episodes(&[(20, 1.0), (30, 3.0), (31, 8.0)]), 1000);
        assert_eq!(curve[0], None, "before the first episode ends");
        assert_eq!(curve[1], Some(1.0), "an episode that ends at the point");
        assert_eq!(curve[2], Some(2.0));
        assert_eq!(curve[3], Some(4.0));
        assert_eq!(curve[10], Some(4.0), "(10, 110] still holds all three");
        assert_eq!(curve[11], Some(5.5), "(20, 120] has lost the one at 20");
        assert_eq!(curve[12], Some(8.0), "(30, 130] has lost the one at 30");
        assert_eq!(curve[13], Some(8.0), "(40, 140] is empty: carried");
        assert_eq!(curve[99], Some(8.0));
    }

    #[test]
    fn steps_that_the_grid_does_not_divide_are_rounded_down() {
        assert_eq!(grid_step(250, 1), 2);
        assert_eq!(grid_step(250, 100), 250);
        // Point 1 stands at 2.5: an episode that ends at 3 comes after it.
        let curve = smooth(&episodes(&[(3, 7.0), (250, 9.0)]), 250);
        assert_eq!(curve[..2], [None, Some(7.0)]);
        assert_eq!(curve[99], Some(9.0));
    }

    #[test]
    fn without_episodes_there_are_no_values() {
        assert_eq!(smooth(&Episodes::default(), 1000), vec![None; POINTS]);
    }
}
