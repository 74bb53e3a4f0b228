//! Numbers of runs, of one variant or of two that are compared seed by seed.

use super::Measured;
use crate::format::count;
use crate::stats::{Difference, Interval, Scale, unseen};

/// Runs below which nothing is said.
const FEWEST: usize = 5;

/// One number a run, by task.
pub(super) struct Contrast {
    /// By task, `[x, y]` of each seed; y is 0 where x stands alone.
    tasks: Vec<Vec<[f64; 2]>>,
    /// Whether they are of two variants.
    is_pair: bool,
    /// Whether numbers are shares, from 0 to 1.
    are_shares: bool,
}

impl Contrast {
    /// Of the variant `x`, and of `y` if there is one, on `tasks`. `runs` gives the
    /// numbers of a variant on a task, each with its seed.
    ///
    /// # Errors
    /// Those of `runs`.
    pub fn between(
        x: &str,
        y: Option<&str>,
        tasks: &[String],
        are_shares: bool,
        runs: impl Fn(&str, &str) -> Result<Vec<(u64, f64)>, String>,
    ) -> Result<Self, String> {
        let of = |variant: &str| -> Result<Vec<_>, String> {
            tasks.iter().map(|task| runs(variant, task)).collect()
        };
        let y = y.map(of).transpose()?;
        Ok(Self::new(of(x)?, y, are_shares))
    }

    /// From the numbers of X, and of Y if there is one, on each task.
    fn new(x: Vec<Vec<(u64, f64)>>, y: Option<Vec<Vec<(u64, f64)>>>, are_shares: bool) -> Self {
        let is_pair = y.is_some();
        let tasks = match y {
            None => {
                let alone = |runs: Vec<(u64, f64)>| runs.into_iter().map(|(_, x)| [x, 0.0]);
                x.into_iter().map(|runs| alone(runs).collect()).collect()
            }
            Some(y) => (x.into_iter().zip(y))
                .map(|(x, y)| {
                    let partner = |seed| y.iter().find(|(other, _)| *other == seed);
                    let pairs = x.into_iter();
                    pairs
                        .filter_map(|(seed, x)| Some([x, partner(seed)?.1]))
                        .collect()
                })
                .collect(),
        };
        Self {
            tasks,
            is_pair,
            are_shares,
        }
    }

    /// The number of runs on the task that has the fewest.
    pub fn fewest(&self) -> usize {
        self.tasks.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// The mean over tasks of the mean over runs, with its t intervals.
    ///
    /// # Errors
    /// Why nothing can be said.
    pub fn measured(&self, tail: f64) -> Result<Measured, String> {
        let fewest = self.fewest();
        if fewest < FEWEST {
            return Err(format!(
                "there are {} on some task, and it takes {FEWEST}",
                count(fewest, "run")
            ));
        }
        let sizes = self.tasks.iter().flatten().flatten().map(|x| x.abs());
        let scale = Scale::new(sizes.fold(0.0, f64::max));
        let differences: Option<Vec<Difference>> = (self.tasks.iter())
            .map(|pairs| Difference::paired(scale, pairs))
            .collect();
        let found = differences.and_then(|all| Difference::over_tasks(&all));
        let found = found.ok_or("there are no runs")?;
        let ends = |tail: f64| self.ends(found, fewest, tail);
        let runs = match self.tasks.len() {
            1 => count(fewest, "run"),
            tasks => format!(
                "{} on each of {}",
                count(fewest, "run"),
                count(tasks, "task")
            ),
        };
        Ok(Measured {
            value: found.point,
            interval: ends(0.025),
            strict: ends(tail),
            note: runs,
        })
    }

    fn ends(&self, found: Difference, runs: usize, tail: f64) -> Interval {
        let Interval { low, high } = found.interval(tail);
        if !self.are_shares {
            return Interval { low, high };
        }
        // What was never seen may be there all the same.
        let open = match found.varies() {
            true => 0.0,
            false => unseen(runs, tail),
        };
        let lowest = if self.is_pair { -1.0 } else { 0.0 };
        Interval {
            low: (low - open).max(lowest),
            high: (high + open).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(values: &[f64]) -> Vec<Vec<(u64, f64)>> {
        vec![
            values
                .iter()
                .enumerate()
                .map(|(seed, &x)| (seed as u64, x))
                .collect(),
        ]
    }

    #[test]
    fn a_share_that_was_never_seen_is_open_by_the_number_of_runs() {
        let none = Contrast::new(runs(&[0.0; 10]), None, true)
            .measured(0.025)
            .unwrap();
        assert_eq!((none.value, none.interval.low), (0.0, 0.0));
        assert!((none.interval.high - (1.0 - 0.025_f64.powf(0.1))).abs() < 1e-12);
        // Of two variants that never show it, either may.
        let both = Contrast::new(runs(&[0.0; 10]), Some(runs(&[0.0; 10])), true);
        let both = both.measured(0.025).unwrap();
        assert_eq!(both.interval.low, -both.interval.high);
        let some = Contrast::new(runs(&[0.0, 0.1, 0.2, 0.1, 0.1]), None, true);
        let some = some.measured(0.005).unwrap();
        // t(0.975; 4) = 2.776, s = 0.0707: 0.1 +- 0.0878.
        assert!((some.interval.high - 0.1878).abs() < 1e-4, "{some:?}");
        assert!(some.strict.low < some.interval.low && some.strict.low >= 0.0);
    }

    #[test]
    fn pairs_are_of_one_seed_and_four_are_too_few() {
        let x = runs(&[1.0, 2.0, 3.0, 4.0, 9.0]);
        let mut y = x.clone();
        y[0].iter_mut().for_each(|(_, value)| *value -= 0.5);
        y[0].rotate_left(2);
        let found = Contrast::new(x.clone(), Some(y.clone()), false).measured(0.025);
        let found = found.unwrap();
        assert_eq!((found.value, found.interval.low), (0.5, 0.5));
        y[0].pop();
        let few = Contrast::new(x, Some(y), false).measured(0.025);
        assert!(few.unwrap_err().contains("4 runs"));
    }
}
