//! The percentile bootstrap (Efron 1979).

use serde::{Deserialize, Serialize};

use super::estimates::quantile_in_place;
use crate::rng::{Purpose, Rng, Streams};

/// The two ends of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// That of the number with the other sign.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }
}

/// How to resample. The same settings give the same interval of the same
/// sample, whatever was computed before.
///
/// Percentile intervals are too narrow for small samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// Number of samples drawn with replacement.
    pub repetitions: usize,
    /// Share of the resampled estimates inside the interval.
    pub confidence: f64,
    streams: Streams,
}

impl Bootstrap {
    /// 95% intervals from 10,000 samples, drawn from the bootstrap streams of
    /// `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            repetitions: 10_000,
            confidence: 0.95,
            streams: Streams::new(seed, "bootstrap"),
        }
    }

    /// The interval of `statistic`, with draws from stream `index`.
    ///
    /// `None` of fewer than two values, which say nothing about their spread.
    pub fn interval(
        &self,
        index: u32,
        values: &[f64],
        statistic: impl Fn(&[f64]) -> f64,
    ) -> Option<Interval> {
        if values.len() < 2 {
            return None;
        }
        let mut rng = self.rng(index);
        let mut sample = vec![0.0; values.len()];
        let mut estimates: Vec<f64> = (0..self.repetitions)
            .map(|_| {
                sample.fill_with(|| values[draw(&mut rng, values.len())]);
                statistic(&sample)
            })
            .collect();
        percentiles(&mut estimates, self.confidence)
    }

    /// For curves on one grid (`curves[run][point]`, all of one length): at
    /// every point, the interval of `statistic` of the values there.
    ///
    /// Whole curves are drawn, so that every repetition is a bundle of curves
    /// and one set of draws serves all points. A point at which fewer than two
    /// curves have a value has no interval; a repetition without a value at a
    /// point does not count there.
    pub fn bands(
        &self,
        index: u32,
        curves: &[Vec<Option<f64>>],
        statistic: impl Fn(&[f64]) -> f64,
    ) -> Vec<Option<Interval>> {
        let mut rng = self.rng(index);
        let draws: Vec<usize> = match curves.len() {
            0 => return Vec::new(),
            n => (0..n * self.repetitions)
                .map(|_| draw(&mut rng, n))
                .collect(),
        };
        let mut sample = Vec::with_capacity(curves.len());
        let mut estimates = Vec::with_capacity(self.repetitions);
        (0..curves[0].len())
            .map(|point| {
                if curves.iter().filter(|c| c[point].is_some()).count() < 2 {
                    return None;
                }
                estimates.clear();
                for repetition in draws.chunks_exact(curves.len()) {
                    sample.clear();
                    sample.extend(repetition.iter().filter_map(|&run| curves[run][point]));
                    if !sample.is_empty() {
                        estimates.push(statistic(&sample));
                    }
                }
                percentiles(&mut estimates, self.confidence)
            })
            .collect()
    }

    fn rng(&self, index: u32) -> Rng {
        self.streams.stream(Purpose::Bootstrap, index)
    }
}

/// The percentile interval of resampled estimates, which are left in another
/// order: it leaves the same share out at each end. `None` if there are none.
pub(super) fn percentiles(estimates: &mut [f64], confidence: f64) -> Option<Interval> {
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval {
        low: quantile_in_place(estimates, tail)?,
        high: quantile_in_place(estimates, 1.0 - tail)?,
    })
}

/// A uniformly random index below `n`.
pub(super) fn draw(rng: &mut Rng, n: usize) -> usize {
    rng.below(n as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn two_values_give_the_interval_worked_by_hand() {
        // Means of (0, 1) resampled: 0 with 1/4, 1/2 with 1/2, 1 with 1/4. The
        // 10% and 90% points are the values themselves, the 30% and 70% points 1/2.
        let mut bootstrap = Bootstrap::new(0);
        bootstrap.confidence = 0.8;
        let wide = bootstrap.interval(0, &[0.0, 1.0], mean).unwrap();
        assert_eq!((wide.low, wide.high), (0.0, 1.0));
        bootstrap.confidence = 0.4;
        let narrow = bootstrap.interval(0, &[0.0, 1.0], mean).unwrap();
        assert_eq!((narrow.low, narrow.high), (0.5, 0.5));
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_approximation() {
        let values: Vec<f64> = (0..400).map(|k| f64::from(k % 20)).collect();
        let interval = Bootstrap::new(3).interval(0, &values, mean).unwrap();
        // Standard error of the mean: sqrt((20^2 - 1) / 12 / 400).
        let half = 1.96 * (399.0_f64 / 12.0 / 400.0).sqrt();
        assert!((interval.low - (9.5 - half)).abs() < 0.05, "{interval:?}");
        assert!((interval.high - (9.5 + half)).abs() < 0.05, "{interval:?}");
    }

    #[test]
    fn intervals_repeat_and_depend_on_seed_and_index() {
        let values = [1.0, 2.5, 4.0, 8.0, 9.5, 12.0];
        let interval = |seed, index| {
            let mut bootstrap = Bootstrap::new(seed);
            bootstrap.repetitions = 50;
            bootstrap.interval(index, &values, mean).unwrap()
        };
        assert_eq!(interval(0, 0), interval(0, 0));
        assert_ne!(interval(0, 0), interval(1, 0));
        assert_ne!(interval(0, 0), interval(0, 1));
    }

    #[test]
    fn a_single_value_has_no_interval() {
        let bootstrap = Bootstrap::new(0);
        assert_eq!(bootstrap.interval(0, &[3.0], mean), None);
        assert_eq!(bootstrap.interval(0, &[], mean), None);
        assert_eq!(bootstrap.bands(0, &[vec![Some(1.0)]], mean), [None]);
        assert!(bootstrap.bands(0, &[], mean).is_empty());
    }

    #[test]
    fn bands_agree_with_intervals_and_skip_missing_values() {
        let bootstrap = Bootstrap::new(5);
        let values = [2.0, 3.0, 7.0];
        let curves: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(run, &value)| vec![(run == 0).then_some(value), Some(value), Some(-value)])
            .collect();
        let bands = bootstrap.bands(4, &curves, mean);
        let alone = bootstrap.interval(4, &values, mean).unwrap();
        assert_eq!(bands[0], None);
        assert_eq!(bands[1], Some(alone));
        assert_eq!(bands[2].unwrap().low, -alone.high);
    }
}
