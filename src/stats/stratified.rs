//! The stratified percentile bootstrap (Efron 1979; Agarwal et al. 2021).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::aggregate;
use super::bootstrap::{Interval, draw, percentiles};
use super::matrix::Matrix;
use super::resample::Ascending;
use super::statistic::{AGGREGATES, Aggregates, COUNT, Resample, means_into};
use crate::rng::{Purpose, Rng, Streams};

/// Repetitions that share one random stream, and are computed by one thread.
pub(super) const BLOCK: usize = 250;

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate from the sample itself.
    pub point: f64,
    /// Lower end of the interval; `None` if a task has fewer than two runs.
    pub low: Option<f64>,
    /// Upper end of the interval; `None` if a task has fewer than two runs.
    pub high: Option<f64>,
}

impl Estimate {
    /// The interval, if there is one.
    pub fn interval(&self) -> Option<Interval> {
        let (low, high) = (self.low?, self.high?);
        Some(Interval { low, high })
    }
}

/// The scores of one algorithm, with the name under which they are resampled.
///
/// Resamples depend on the name, the scores and the bootstrap's seed, so the
/// intervals of an algorithm do not depend on what it is compared with. Two
/// algorithms in one comparison must have different names, or they would share
/// their draws and not be independent.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The name, which chooses the random stream.
    pub name: &'a str,
    /// The scores.
    pub scores: &'a Matrix,
}

/// What [`Stratified::algorithm`] estimates of one algorithm.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimates {
    /// Mean, median, IQM and optimality gap.
    pub aggregates: Aggregates<Estimate>,
    /// Performance profile over runs, at each threshold.
    pub run_profile: Vec<Estimate>,
    /// Performance profile on task means, at each threshold.
    pub task_profile: Vec<Estimate>,
}

/// One resample of each sample.
struct Drawn {
    /// The scores, in the order in which they were drawn.
    scores: Vec<Matrix>,
    /// How often each score was drawn, in its place in the sample.
    times: Vec<Vec<u32>>,
}

/// What keeps its allocation from resample to resample.
#[derive(Default)]
struct Workspace {
    numbers: Vec<f64>,
    sums: Vec<u32>,
}

/// How to resample: in every task independently, as many runs as it has, with
/// replacement; two algorithms independently of each other.
///
/// The same settings give the same bits for any number of threads. Percentile
/// intervals under-cover with few runs: a nominal 95% for the IQM of normal
/// data covers 90% with 5 runs and 93% with 10.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratified {
    /// Number of resamples, at least 1.
    pub repetitions: usize,
    /// Share of the resampled estimates inside the interval.
    pub confidence: f64,
    /// Seed of the random streams.
    pub seed: u64,
}

impl Stratified {
    /// 95% intervals from 10,000 resamples.
    pub fn new(seed: u64) -> Self {
        Self {
            repetitions: 10_000,
            confidence: 0.95,
            seed,
        }
    }

    /// Mean, median, IQM and optimality gap.
    pub fn aggregates(&self, sample: Sample<'_>) -> Aggregates<Estimate> {
        self.algorithm(sample, &[]).aggregates
    }

    /// Performance profiles at the thresholds `tau`: over runs, and on task
    /// means. The intervals hold at each threshold, not for the whole curve.
    pub fn profiles(&self, sample: Sample<'_>, tau: &[f64]) -> (Vec<Estimate>, Vec<Estimate>) {
        let Estimates {
            run_profile,
            task_profile,
            ..
        } = self.algorithm(sample, tau);
        (run_profile, task_profile)
    }

    /// [`aggregates`](Self::aggregates) and [`profiles`](Self::profiles) of the
    /// same resamples.
    pub fn algorithm(&self, sample: Sample<'_>, tau: &[f64]) -> Estimates {
        let ascending = Ascending::of(sample.scores);
        let at_most = ascending.at_most(tau);
        let mut point = Aggregates::of(sample.scores).0.to_vec();
        point.extend(aggregate::run_profile(sample.scores, tau));
        point.extend(aggregate::task_profile(sample.scores, tau));
        let mut estimates = self.estimates(&[sample], &point, |drawn, workspace, out| {
            let (aggregates, profiles) = out.split_at_mut(COUNT);
            let (runs, means) = profiles.split_at_mut(tau.len());
            let (scores, times) = (&drawn.scores[0], &drawn.times[0]);
            let task_means = &mut workspace.numbers;
            means_into(scores, task_means);
            let mut resample = Resample {
                scores,
                task_means,
                ascending: &ascending,
                times,
            };
            for (value, statistic) in aggregates.iter_mut().zip(AGGREGATES) {
                *value = statistic.of_drawn(&mut resample);
            }
            if !tau.is_empty() {
                ascending.shares_above(&at_most, times, &mut workspace.sums, runs);
                aggregate::shares_above(task_means, tau, means);
            }
        });
        let task_profile = estimates.split_off(COUNT + tau.len());
        let run_profile = estimates.split_off(COUNT);
        Estimates {
            aggregates: Aggregates(std::array::from_fn(|place| estimates[place])),
            run_profile,
            task_profile,
        }
    }

    /// The sample-efficiency curve: the IQM at every point of a grid of steps,
    /// `points[k]` being the scores there. Each interval is for its point alone.
    pub fn iqm_curve(&self, name: &str, points: &[Matrix]) -> Vec<Estimate> {
        let at = |scores| {
            let sample = Sample { name, scores };
            let point = [aggregate::iqm(scores)];
            let ascending = Ascending::of(scores);
            self.estimates(&[sample], &point, |drawn, _, out| {
                out[0] = ascending.iqm(&drawn.times[0]);
            })[0]
        };
        points.iter().map(at).collect()
    }

    /// Puts intervals around `points`, whose resampled values `statistic`
    /// writes into its last argument.
    fn estimates(
        &self,
        samples: &[Sample<'_>],
        points: &[f64],
        statistic: impl Fn(&Drawn, &mut Workspace, &mut [f64]) + Sync,
    ) -> Vec<Estimate> {
        let has_spread = samples.iter().all(|sample| sample.scores.has_spread());
        let mut columns = if has_spread {
            self.resample_counted(samples, points.len(), statistic)
        } else {
            vec![Vec::new(); points.len()]
        };
        let columns = columns.par_iter_mut().zip(points);
        let estimate = |(column, &point): (&mut Vec<f64>, &f64)| {
            let interval = percentiles(column, self.confidence);
            Estimate {
                point,
                low: interval.map(|interval| interval.low),
                high: interval.map(|interval| interval.high),
            }
        };
        columns.map(estimate).collect()
    }

    /// All repetitions of `width` statistics: one column for each statistic.
    ///
    /// `statistic` gets the resampled matrices in the order of `samples`, a
    /// workspace that keeps its allocation, and the `width` numbers to write.
    pub fn resample(
        &self,
        samples: &[Sample<'_>],
        width: usize,
        statistic: impl Fn(&[Matrix], &mut Vec<f64>, &mut [f64]) + Sync,
    ) -> Vec<Vec<f64>> {
        self.resample_counted(samples, width, |drawn, workspace, out| {
            statistic(&drawn.scores, &mut workspace.numbers, out);
        })
    }

    fn resample_counted(
        &self,
        samples: &[Sample<'_>],
        width: usize,
        statistic: impl Fn(&Drawn, &mut Workspace, &mut [f64]) + Sync,
    ) -> Vec<Vec<f64>> {
        let families: Vec<Streams> = samples
            .iter()
            .map(|sample| {
                Streams::new(self.seed, &format!("stratified bootstrap, {}", sample.name))
            })
            .collect();
        // Blocks have streams of their own, so that threads change nothing.
        let block = |block: usize| {
            let stream = |family: &Streams| family.stream(Purpose::Bootstrap, block as u32);
            let mut rngs: Vec<Rng> = families.iter().map(stream).collect();
            let mut drawn = Drawn {
                scores: samples.iter().map(|s| s.scores.clone()).collect(),
                times: (samples.iter().map(|s| vec![0; s.scores.scores().len()])).collect(),
            };
            let mut workspace = Workspace::default();
            let repetitions = BLOCK.min(self.repetitions - block * BLOCK);
            let mut rows = vec![0.0; repetitions * width];
            for row in rows.chunks_exact_mut(width.max(1)) {
                let Drawn { scores, times } = &mut drawn;
                let drawn_of_each = scores.iter_mut().zip(times).zip(samples);
                for (((scores, times), sample), rng) in drawn_of_each.zip(&mut rngs) {
                    scores.fill_from(sample.scores, times, |runs| draw(rng, runs));
                }
                statistic(&drawn, &mut workspace, row);
            }
            rows
        };
        let blocks: Vec<Vec<f64>> = (0..self.repetitions.div_ceil(BLOCK))
            .into_par_iter()
            .map(block)
            .collect();
        let column = |k| {
            let rows = blocks.iter().flat_map(|rows| rows.chunks_exact(width));
            rows.map(|row| row[k]).collect()
        };
        (0..width).map(column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistic::MEAN;
    use super::*;

    fn scores(seed: u64, runs: usize, tasks: usize) -> Matrix {
        let mut rng = Streams::new(seed, "scores").stream(Purpose::Bootstrap, 0);
        let task = |_| (0..runs).map(|_| rng.normal()).collect();
        Matrix::new(&(0..tasks).map(task).collect::<Vec<Vec<f64>>>()).unwrap()
    }

    #[test]
    fn threads_change_nothing() {
        let (a, b) = (scores(0, 5, 3), scores(1, 4, 3));
        let x = Sample {
            name: "a",
            scores: &a,
        };
        let y = Sample {
            name: "b",
            scores: &b,
        };
        let mut bootstrap = Stratified::new(0);
        bootstrap.repetitions = 1100;
        let all = || (bootstrap.aggregates(x), bootstrap.aggregates(y));
        let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build();
        let one = threads(1).unwrap().install(all);
        assert_eq!(one, threads(3).unwrap().install(all));
    }

    #[test]
    fn the_seed_and_the_name_choose_the_draws() {
        let scores = scores(0, 6, 2);
        let aggregates = |seed, name| {
            Stratified::new(seed).aggregates(Sample {
                name,
                scores: &scores,
            })
        };
        assert_eq!(aggregates(0, "a"), aggregates(0, "a"));
        assert_ne!(
            aggregates(0, "a").get(&MEAN).low,
            aggregates(1, "a").get(&MEAN).low
        );
        assert_ne!(
            aggregates(0, "a").get(&MEAN).low,
            aggregates(0, "b").get(&MEAN).low
        );
    }

    #[test]
    fn one_run_on_a_task_gives_no_interval() {
        let scores = Matrix::new(&[vec![0.25, 0.75], vec![0.5]]).unwrap();
        let sample = Sample {
            name: "a",
            scores: &scores,
        };
        let mean = Stratified::new(0).aggregates(sample).get(&MEAN);
        assert_eq!((mean.point, mean.low, mean.high), (0.5, None, None));
    }

    #[test]
    fn constant_scores_have_intervals_of_no_width() {
        let scores = Matrix::new(&[vec![0.1; 3], vec![0.1; 4]]).unwrap();
        let sample = Sample {
            name: "a",
            scores: &scores,
        };
        let all = Stratified::new(0).aggregates(sample);
        for estimate in AGGREGATES.iter().map(|statistic| all.get(statistic)) {
            assert_eq!(estimate.low, Some(estimate.point));
            assert_eq!(estimate.high, Some(estimate.point));
        }
    }
}
