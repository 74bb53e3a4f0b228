//! How far the order of some means agrees with an order that is given.

use super::bootstrap::{Interval, draw, percentiles};
use super::difference::Difference;
use super::estimates::quantile;
use super::scale::Scale;
use crate::rng::{Purpose, Streams};

/// Resamples from which intervals come.
const REPETITIONS: usize = 10_000;

/// Scores of all rows on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedTask {
    /// The score that becomes 0.
    pub zero: f64,
    /// \[rows\]\[runs\]; run i of every row belongs together.
    pub scores: Vec<Vec<f64>>,
}

/// Means over tasks beside numbers that were given for the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Tasks that were used.
    pub tasks: usize,
    /// For each row the mean over tasks and runs of (score - zero) / (best - zero),
    /// `best` being the greatest mean of a row on the task.
    pub means: Vec<f64>,
    /// Their 95% intervals.
    pub intervals: Vec<Interval>,
    /// Kendall's tau-b of the means and the given numbers; none where all of
    /// either are equal.
    pub tau: Option<f64>,
    /// It of every resample that has an order.
    taus: Vec<f64>,
    /// Pairs of rows.
    pub pairs: usize,
    /// Those whose simultaneous 95% interval of the difference leaves out 0.
    pub told: usize,
    /// Those of them in which the given numbers differ to the same side.
    pub agreed: usize,
    /// Those of them in which the given numbers are equal.
    pub tied: usize,
}

impl Agreement {
    /// Of `given` with the scores on `tasks`, every one of which has as many rows
    /// and at least two runs. Tasks on which no row is above `zero` are left out.
    ///
    /// Intervals of means and of tau are percentiles of 10,000 resamples, in which
    /// every task draws its runs anew, the same of all rows, and is normalised anew.
    /// Differences are paired by run, tasks being fixed (Student's t), and hold
    /// for all pairs at once (Bonferroni). `None` if no task is left.
    pub fn of(given: &[f64], tasks: &[PairedTask]) -> Option<Self> {
        let has_order = |task: &&PairedTask| {
            let runs: Vec<usize> = (0..task.runs()).collect();
            task.runs() >= 2 && task.normalised(&runs).is_some()
        };
        let tasks: Vec<&PairedTask> = tasks.iter().filter(has_order).collect();
        let all = tasks.iter().map(|task| (0..task.runs()).collect());
        let means = over_tasks(&tasks, all.collect())?;
        let mut rng = Streams::new(0, "agreement").stream(Purpose::Bootstrap, 0);
        let mut resampled = vec![Vec::with_capacity(REPETITIONS); given.len()];
        let mut taus = Vec::with_capacity(REPETITIONS);
        for _ in 0..REPETITIONS {
            let draws = tasks.iter().map(|task| {
                let n = task.runs();
                (0..n).map(|_| draw(&mut rng, n)).collect()
            });
            let Some(means) = over_tasks(&tasks, draws.collect()) else {
                continue;
            };
            taus.extend(kendall(given, &means));
            for (all, mean) in resampled.iter_mut().zip(means) {
                all.push(mean);
            }
        }
        let intervals = resampled.iter_mut().map(|all| percentiles(all, 0.95));
        let mut found = Self {
            tasks: tasks.len(),
            intervals: intervals.collect::<Option<_>>()?,
            tau: kendall(given, &means),
            pairs: given.len() * given.len().saturating_sub(1) / 2,
            means,
            taus,
            told: 0,
            agreed: 0,
            tied: 0,
        };
        found.tell(given, &tasks);
        Some(found)
    }

    /// The interval of tau that leaves out the share `tail` at each end.
    pub fn tau_interval(&self, tail: f64) -> Option<Interval> {
        Some(Interval {
            low: quantile(&self.taus, tail)?,
            high: quantile(&self.taus, 1.0 - tail)?,
        })
    }

    /// Counts the pairs that the scores tell apart.
    fn tell(&mut self, given: &[f64], tasks: &[&PairedTask]) {
        let tail = 0.025 / self.pairs.max(1) as f64;
        for x in 0..given.len() {
            for y in 0..x {
                let Some(difference) = difference(tasks, x, y) else {
                    continue;
                };
                let Interval { low, high } = difference.interval(tail);
                if low <= 0.0 && high >= 0.0 {
                    continue;
                }
                self.told += 1;
                let side = (given[x] - given[y]) * difference.point;
                self.agreed += usize::from(side > 0.0);
                self.tied += usize::from(given[x] == given[y]);
            }
        }
    }
}

impl PairedTask {
    /// Of the seeds that have a score in every row; `None` of fewer than two of them.
    pub fn of(
        zero: f64,
        rows: usize,
        seeds: impl IntoIterator<Item = u64>,
        score: impl Fn(usize, u64) -> Option<f64>,
    ) -> Option<Self> {
        let all = |seed| (0..rows).map(|row| score(row, seed)).collect();
        let complete: Vec<Vec<f64>> = seeds.into_iter().filter_map(all).collect();
        let of_row = |row: usize| complete.iter().map(|scores| scores[row]).collect();
        (complete.len() >= 2).then(|| Self {
            zero,
            scores: (0..rows).map(of_row).collect(),
        })
    }

    fn runs(&self) -> usize {
        self.scores.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// The mean of every row over `runs`, normalised, and by what it was divided.
    fn normalised(&self, runs: &[usize]) -> Option<(Vec<f64>, f64)> {
        let mean = |scores: &Vec<f64>| {
            let sum: f64 = runs.iter().map(|&run| scores[run]).sum();
            sum / runs.len() as f64 - self.zero
        };
        let means: Vec<f64> = self.scores.iter().map(mean).collect();
        let best = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A NaN compares false.
        (best > 0.0).then(|| (means.iter().map(|mean| mean / best).collect(), best))
    }
}

/// The mean of every row over the tasks that have an order with these `runs`.
fn over_tasks(tasks: &[&PairedTask], runs: Vec<Vec<usize>>) -> Option<Vec<f64>> {
    let normalised = tasks.iter().zip(&runs);
    let all: Vec<Vec<f64>> = normalised
        .filter_map(|(task, runs)| Some(task.normalised(runs)?.0))
        .collect();
    let rows = all.first()?.len();
    let mean = |row: usize| all.iter().map(|task| task[row]).sum::<f64>() / all.len() as f64;
    Some((0..rows).map(mean).collect())
}

/// Row `x` less row `y`, in units of the best row of each task.
fn difference(tasks: &[&PairedTask], x: usize, y: usize) -> Option<Difference> {
    let of_task = |task: &&PairedTask| {
        let runs: Vec<usize> = (0..task.runs()).collect();
        let (_, best) = task.normalised(&runs)?;
        let unit = |score: f64| (score - task.zero) / best;
        let pairs = task.scores[x].iter().zip(&task.scores[y]);
        let pairs: Vec<[f64; 2]> = pairs.map(|(&x, &y)| [unit(x), unit(y)]).collect();
        let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&[x, y]| (x, y)).unzip();
        Difference::paired(Scale::of(&[&xs, &ys]), &pairs)
    };
    Difference::over_tasks(&tasks.iter().map(of_task).collect::<Option<Vec<_>>>()?)
}

/// Kendall's tau-b, (C - D) / sqrt((pairs - ties in x) (pairs - ties in y)), C and
/// D being the pairs in the same and in opposite order; `None` where all of either
/// are equal.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let (scale_x, scale_y) = (Scale::of(&[x]), Scale::of(&[y]));
    let (mut balance, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
    for i in 0..x.len().min(y.len()) {
        for j in 0..i {
            let side = |difference: f64| match difference {
                0.0 => 0.0,
                _ => difference.signum(),
            };
            let (a, b) = (
                side(scale_x.difference(x[i] - x[j])),
                side(scale_y.difference(y[i] - y[j])),
            );
            balance += a * b;
            of_x += a * a;
            of_y += b * b;
        }
    }
    let product: f64 = of_x * of_y;
    (product > 0.0).then(|| balance / product.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kendalls_tau_as_worked_by_hand() {
        assert_eq!(kendall(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Some(1.0));
        assert_eq!(kendall(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(kendall(&[1.0, 1.0], &[1.0, 2.0]), None);
        // Of six pairs one is tied in x; of the others four agree and one does not:
        // 3 / sqrt(5 * 6).
        let tau = kendall(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 4.0, 3.0]).unwrap();
        assert!((tau - 3.0 / 30f64.sqrt()).abs() < 1e-12, "{tau}");
    }

    fn task(zero: f64, means: &[f64]) -> PairedTask {
        let noise = [-1.0, 0.0, 1.0, 0.5, -0.5];
        let row = |mean: &f64| noise.iter().map(|x| mean + x).collect();
        PairedTask {
            zero,
            scores: means.iter().map(row).collect(),
        }
    }

    #[test]
    fn what_differs_by_more_than_its_noise_is_told_and_compared() {
        let tasks = [
            task(-100.0, &[0.0, 100.0, 50.0]),
            task(0.0, &[50.0, 100.0, 75.0]),
        ];
        let found = Agreement::of(&[0.1, 0.9, 0.1], &tasks).unwrap();
        assert_eq!(found.means, [0.5, 1.0, 0.75]);
        assert_eq!((found.pairs, found.told), (3, 3));
        // Of 0 and 2 nothing was given to agree with.
        assert_eq!((found.agreed, found.tied), (2, 1));
        let Interval { low, high } = found.intervals[0];
        assert!(low < 0.5 && 0.5 < high && high - low < 0.02, "{low} {high}");
        let turned = Agreement::of(&[0.9, 0.1, 0.5], &tasks).unwrap();
        assert_eq!((turned.told, turned.agreed, turned.tau), (3, 0, Some(-1.0)));
    }

    #[test]
    fn a_task_on_which_nobody_beats_the_zero_says_nothing() {
        assert_eq!(Agreement::of(&[1.0, 2.0], &[task(10.0, &[0.0, 5.0])]), None);
        let both = [task(10.0, &[0.0, 5.0]), task(0.0, &[50.0, 100.0])];
        let found = Agreement::of(&[1.0, 2.0], &both).unwrap();
        assert_eq!((found.tasks, found.means), (1, vec![0.5, 1.0]));
    }
}
