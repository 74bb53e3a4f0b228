//! What one resample comes to, in time linear in the number of its scores.
//!
//! A resample is known by how often it draws each score of the sample. Where the
//! order of scores matters, that of the sample serves for all resamples: none is
//! sorted again, and sums run over the same numbers in the same ascending order
//! as if it were.

use super::matrix::Matrix;
use super::scale::Scale;

/// All scores of a sample in ascending order.
pub(super) struct Ascending {
    scores: Vec<f64>,
    /// Where each of them stands in the matrix.
    places: Vec<u32>,
}

impl Ascending {
    pub(super) fn of(sample: &Matrix) -> Self {
        let all = sample.scores();
        let mut places: Vec<u32> = (0..all.len() as u32).collect();
        places.sort_by(|&a, &b| all[a as usize].total_cmp(&all[b as usize]));
        let scores = places.iter().map(|&place| all[place as usize]).collect();
        Self { scores, places }
    }

    /// Interquartile mean of the resample that draws the scores of the matrix so
    /// many `times`.
    pub(super) fn iqm(&self, times: &[u32]) -> f64 {
        let count = self.scores.len();
        let (start, end) = (count / 4, count - count / 4);
        let (mut seen, mut sum) = (0, 0.0);
        for (&score, &place) in self.scores.iter().zip(&self.places) {
            let next = seen + times[place as usize] as usize;
            for _ in seen.max(start)..next.min(end) {
                sum += score;
            }
            if next >= end {
                break;
            }
            seen = next;
        }
        sum / (end - start) as f64
    }

    /// How many scores of the sample are at most each of the thresholds `tau`.
    pub(super) fn at_most(&self, tau: &[f64]) -> Vec<usize> {
        let count = |tau| self.scores.partition_point(|score| score <= tau);
        tau.iter().map(count).collect()
    }

    /// The shares of the resample that are above thresholds, given how many
    /// scores of the sample are [`at_most`](Self::at_most) each.
    pub(super) fn shares_above(
        &self,
        at_most: &[usize],
        times: &[u32],
        sums: &mut Vec<u32>,
        shares: &mut [f64],
    ) {
        let in_order = self.places.iter().map(|&place| times[place as usize]);
        running_sums(in_order, sums);
        let count = self.scores.len();
        for (share, &at_most) in shares.iter_mut().zip(at_most) {
            *share = (count - sums[at_most] as usize) as f64 / count as f64;
        }
    }
}

/// Which runs of Y each run of X beats, on one task.
pub(super) struct TaskWins {
    /// For each run of X, how many of the lowest runs of Y it beats, and how
    /// many do not beat it.
    against: Vec<[u32; 2]>,
    runs_of_y: usize,
}

impl TaskWins {
    /// Those of runs in ascending order.
    pub(super) fn of(scale: Scale, x: &[f64], y: &[f64]) -> Self {
        let (mut beaten, mut not_above) = (0, 0);
        let against = |&x: &f64| {
            // A higher run beats no fewer.
            while y.get(beaten).is_some_and(|&y| scale.is_above(x, y)) {
                beaten += 1;
            }
            while y.get(not_above).is_some_and(|&y| !scale.is_above(y, x)) {
                not_above += 1;
            }
            [beaten as u32, not_above as u32]
        };
        Self {
            against: x.iter().map(against).collect(),
            runs_of_y: y.len(),
        }
    }

    /// The share of pairs of which X wins, ties counting half.
    pub(super) fn observed(&self) -> f64 {
        let against = self.against.iter().flatten();
        self.share(against.map(|&count| u64::from(count)).sum())
    }

    /// The same share where runs of X and of Y are drawn so many times.
    pub(super) fn drawn(&self, of_x: &[u32], of_y: &[u32], sums: &mut Vec<u32>) -> f64 {
        running_sums(of_y.iter().copied(), sums);
        let half_wins = |(&times, against): (&u32, &[u32; 2])| {
            let [beaten, not_above] = against.map(|count| u64::from(sums[count as usize]));
            u64::from(times) * (beaten + not_above)
        };
        self.share(of_x.iter().zip(&self.against).map(half_wins).sum())
    }

    /// Half wins are whole numbers, so their sum is exact.
    fn share(&self, half_wins: u64) -> f64 {
        half_wins as f64 / (2 * self.against.len() * self.runs_of_y) as f64
    }
}

/// The share of pairs in which the run of `x` is above that of `y`, ties counting
/// half.
pub(super) fn share_of_wins(scale: Scale, x: &[f64], y: &[f64]) -> f64 {
    let ascending = |runs: &[f64]| {
        let mut runs = runs.to_vec();
        runs.sort_unstable_by(f64::total_cmp);
        runs
    };
    TaskWins::of(scale, &ascending(x), &ascending(y)).observed()
}

/// 0, the first number, the sum of the first two and so on.
fn running_sums(numbers: impl Iterator<Item = u32>, sums: &mut Vec<u32>) {
    sums.clear();
    sums.push(0);
    let mut sum = 0;
    sums.extend(numbers.map(|number| {
        sum += number;
        sum
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use crate::stats::aggregate;

    /// Ties within and between tasks included.
    fn matrix(seed: u64, runs: &[usize]) -> Matrix {
        let mut rng = Streams::new(seed, "resample").stream(Purpose::Bootstrap, 0);
        let mut task = |&runs: &usize| -> Vec<f64> {
            (0..runs)
                .map(|_| (rng.normal() * 4.0).round() / 8.0 + 0.1)
                .collect()
        };
        Matrix::new(&runs.iter().map(&mut task).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn counting_gives_every_digit_that_sorting_gives() {
        let (x, y) = (matrix(0, &[5, 1, 12, 40]), matrix(1, &[7, 3, 2, 31]));
        let of_x = Ascending::of(&x);
        let wins: Vec<TaskWins> = (0..x.tasks())
            .map(|m| TaskWins::of(x.scale(&y, m), x.task(m), y.task(m)))
            .collect();
        let tau: Vec<f64> = (-8..12).map(|k| f64::from(k) / 8.0 + 0.1).collect();
        let at_most = of_x.at_most(&tau);
        let mut rng = Streams::new(2, "resample").stream(Purpose::Bootstrap, 0);
        let (mut drawn_x, mut drawn_y) = (x.clone(), y.clone());
        let mut times = [&x, &y].map(|sample| vec![0; sample.scores().len()]);
        let (mut sums, mut shares) = (Vec::new(), vec![0.0; tau.len()]);
        for _ in 0..200 {
            let mut draw = |runs: usize| rng.below(runs as u64) as usize;
            drawn_x.fill_from(&x, &mut times[0], &mut draw);
            drawn_y.fill_from(&y, &mut times[1], &mut draw);
            let iqm = of_x.iqm(&times[0]);
            assert_eq!(iqm.to_bits(), aggregate::iqm(&drawn_x).to_bits());
            of_x.shares_above(&at_most, &times[0], &mut sums, &mut shares);
            assert_eq!(shares, aggregate::run_profile(&drawn_x, &tau));
            let half_wins = |(x, y): (&[f64], &[f64])| {
                let pairs = x.iter().flat_map(|x| y.iter().map(move |y| (x, y)));
                let all: u64 = pairs
                    .map(|(x, y)| u64::from(x > y) + u64::from(x >= y))
                    .sum();
                all as f64 / (2 * x.len() * y.len()) as f64
            };
            let tasks = drawn_x.by_task().zip(drawn_y.by_task());
            let expected = tasks.map(half_wins).sum::<f64>() / 4.0;
            let (mut of_x, mut of_y) = (&times[0][..], &times[1][..]);
            let mut share = |(task, (x, y)): (&TaskWins, (&[f64], &[f64]))| {
                let (now_x, now_y);
                (now_x, of_x) = of_x.split_at(x.len());
                (now_y, of_y) = of_y.split_at(y.len());
                task.drawn(now_x, now_y, &mut sums)
            };
            let tasks = wins.iter().zip(drawn_x.by_task().zip(drawn_y.by_task()));
            let found = tasks.map(&mut share).sum::<f64>() / 4.0;
            assert_eq!(found.to_bits(), expected.to_bits());
        }
    }
}
