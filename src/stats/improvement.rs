//! P(X > Y), the probability that a run of X is above one of Y, with its interval.

use rayon::prelude::*;

use super::bootstrap::{draw, percentiles};
use super::resample::TaskWins;
use super::scale::Scale;
use super::stratified::{BLOCK, Estimate, Stratified};
use crate::rng::{Purpose, Streams};

/// The scores of X and of Y on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Opponents {
    /// Scores of X.
    pub x: Vec<f64>,
    /// Scores of Y.
    pub y: Vec<f64>,
    /// Whether run n of X and run n of Y belong together, and are drawn together.
    pub are_paired: bool,
    /// Which differences are rounding.
    pub scale: Scale,
}

/// Opponents on one task, ready to be resampled.
struct Ranked {
    wins: TaskWins,
    /// Rank of each run among those of its side.
    ranks: [Vec<usize>; 2],
    are_paired: bool,
}

impl Ranked {
    fn of(task: &Opponents) -> Self {
        let (x, of_x) = ranked(&task.x);
        let (y, of_y) = ranked(&task.y);
        Self {
            wins: TaskWins::of(task.scale, &x, &y),
            ranks: [of_x, of_y],
            are_paired: task.are_paired && task.x.len() == task.y.len(),
        }
    }
}

/// The values in ascending order, and where each of them stands there.
fn ranked(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    for (rank, &place) in order.iter().enumerate() {
        ranks[place] = rank;
    }
    (order.iter().map(|&place| values[place]).collect(), ranks)
}

impl Stratified {
    /// P(X > Y) on every task, ties counting half, and the mean over tasks. Runs
    /// that are paired are resampled in pairs, others independently of each
    /// other. `name` chooses the random streams. There is no interval where a
    /// task has fewer than two runs of either; that of fewer than ten covers far
    /// less than it says.
    ///
    /// # Panics
    /// If there is no task, or one without runs of either.
    pub fn improvement(&self, name: &str, tasks: &[Opponents]) -> (Vec<Estimate>, Estimate) {
        let ranked: Vec<Ranked> = tasks.iter().map(Ranked::of).collect();
        let points: Vec<f64> = ranked.iter().map(|task| task.wins.observed()).collect();
        let enough: Vec<bool> = (tasks.iter())
            .map(|task| task.x.len().min(task.y.len()) >= 2)
            .collect();
        let mut columns = match enough.contains(&true) {
            true => self.shares(name, &ranked),
            false => vec![Vec::new(); tasks.len() + 1],
        };
        let mut estimate = |place: usize, point: f64, is_enough: bool| {
            let column = &mut columns[place];
            let interval = percentiles(column, self.confidence).filter(|_| is_enough);
            Estimate {
                point,
                low: interval.map(|interval| interval.low),
                high: interval.map(|interval| interval.high),
            }
        };
        let by_task = points.iter().zip(&enough).enumerate();
        let by_task = by_task.map(|(m, (&point, &is_enough))| estimate(m, point, is_enough));
        let by_task: Vec<Estimate> = by_task.collect();
        let mean = points.iter().sum::<f64>() / points.len() as f64;
        let is_enough = enough.iter().all(|&is_enough| is_enough);
        (by_task, estimate(tasks.len(), mean, is_enough))
    }

    /// The resampled shares: a column for each task, and one of their means.
    fn shares(&self, name: &str, tasks: &[Ranked]) -> Vec<Vec<f64>> {
        let streams = Streams::new(self.seed, &format!("improvement, {name}"));
        // Blocks have streams of their own, so that threads change nothing.
        let block = |block: usize| -> Vec<f64> {
            let mut rng = streams.stream(Purpose::Bootstrap, block as u32);
            let mut times = [Vec::new(), Vec::new()];
            let mut sums = Vec::new();
            let repetitions = BLOCK.min(self.repetitions - block * BLOCK);
            let mut rows = Vec::with_capacity(repetitions * (tasks.len() + 1));
            for _ in 0..repetitions {
                let mut total = 0.0;
                for task in tasks {
                    for (times, ranks) in times.iter_mut().zip(&task.ranks) {
                        times.clear();
                        times.resize(ranks.len(), 0);
                    }
                    let [of_x, of_y] = &mut times;
                    let [x, y] = &task.ranks;
                    for _ in 0..x.len() {
                        let run = draw(&mut rng, x.len());
                        match task.are_paired {
                            true => {
                                of_x[x[run]] += 1;
                                of_y[y[run]] += 1;
                            }
                            // By rank, whatever order they came in.
                            false => of_x[run] += 1,
                        }
                    }
                    for _ in 0..y.len() {
                        if !task.are_paired {
                            of_y[draw(&mut rng, y.len())] += 1;
                        }
                    }
                    let share = task.wins.drawn(of_x, of_y, &mut sums);
                    total += share;
                    rows.push(share);
                }
                rows.push(total / tasks.len() as f64);
            }
            rows
        };
        let blocks: Vec<Vec<f64>> = (0..self.repetitions.div_ceil(BLOCK))
            .into_par_iter()
            .map(block)
            .collect();
        let width = tasks.len() + 1;
        let rows = || blocks.iter().flat_map(|rows| rows.chunks_exact(width));
        (0..width)
            .map(|k| rows().map(|row| row[k]).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opponents(x: &[f64], y: &[f64], are_paired: bool) -> Opponents {
        Opponents {
            x: x.to_vec(),
            y: y.to_vec(),
            are_paired,
            scale: Scale::of(&[x, y]),
        }
    }

    #[test]
    fn pairs_that_move_together_leave_less_open() {
        let x: Vec<f64> = (0..20).map(|k| f64::from(k * 7 % 20)).collect();
        let y: Vec<f64> = x.iter().map(|x| x - 0.5).collect();
        let of = |are_paired| {
            let task = opponents(&x, &y, are_paired);
            Stratified::new(0).improvement("a, b", &[task]).1
        };
        let (paired, apart) = (of(true), of(false));
        assert_eq!(paired.point, apart.point);
        let width = |estimate: Estimate| {
            let ends = estimate.interval().unwrap();
            ends.high - ends.low
        };
        assert!(3.0 * width(paired) < width(apart), "{paired:?} {apart:?}");
        // All of them win against their own, by half a step.
        assert!(paired.low.unwrap() > 0.5, "{paired:?}");
    }

    #[test]
    fn single_runs_have_no_interval_and_ties_count_half() {
        let single = opponents(&[1.0; 1], &[1.0; 12], false);
        let (by_task, over) = Stratified::new(0).improvement("a, b", &[single]);
        assert_eq!((over.point, over.low), (0.5, None));
        assert_eq!(by_task, [over]);
    }

    #[test]
    fn threads_change_nothing() {
        let task = opponents(
            &[1.0, 2.0, 3.0].repeat(4),
            &[2.0, 2.5, 0.0].repeat(5),
            false,
        );
        let of = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let all = || Stratified::new(3).improvement("a, b", &[task.clone(), task.clone()]);
            pool.unwrap().install(all)
        };
        assert_eq!(of(1), of(3));
    }
}
