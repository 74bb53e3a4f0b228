//! The cross-entropy method with a diagonal Gaussian and decreasing noise (Szita
//! and Lorincz 2006), which maximises a function.
//!
//! Everything is in `f64`, added in a fixed order.

use serde::{Deserialize, Serialize};

use super::cma_es::best_first;
use crate::rng::Rng;

/// The search distribution: independent normal coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossEntropy {
    mean: Vec<f64>,
    deviations: Vec<f64>,
}

impl CrossEntropy {
    /// Normal coordinates around `mean`, all with deviation `sigma`.
    pub fn new(mean: Vec<f64>, sigma: f64) -> Self {
        Self {
            deviations: vec![sigma; mean.len()],
            mean,
        }
    }

    /// The middle of the distribution.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Mean of the standard deviations of the coordinates.
    pub fn deviation(&self) -> f64 {
        self.deviations.iter().sum::<f64>() / self.deviations.len().max(1) as f64
    }

    /// `population` vectors, drawn from `rng`.
    pub fn ask(&self, population: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
        let draw = |_| {
            let both = self.mean.iter().zip(&self.deviations);
            both.map(|(mean, deviation)| mean + deviation * rng.normal())
                .collect()
        };
        (0..population).map(draw).collect()
    }

    /// Fits the distribution to the `elite` of `vectors` whose `values` are
    /// greatest, by mean and variance over them, and adds `noise`^2 to every
    /// variance. Of equal values the first is the better.
    ///
    /// # Panics
    /// If there are not as many values as vectors, or less than `elite`, which is
    /// at least 1.
    pub fn tell(&mut self, vectors: &[Vec<f64>], values: &[f64], elite: usize, noise: f64) {
        assert_eq!(vectors.len(), values.len(), "values");
        assert!(elite >= 1, "an elite of nobody");
        let chosen = &best_first(values)[..elite];
        let over = |of: &dyn Fn(&[f64]) -> f64| {
            let sum: f64 = chosen.iter().map(|&index| of(&vectors[index])).sum();
            sum / elite as f64
        };
        for coordinate in 0..self.mean.len() {
            let mean = over(&|x| x[coordinate]);
            let variance = over(&|x| (x[coordinate] - mean) * (x[coordinate] - mean));
            self.mean[coordinate] = mean;
            self.deviations[coordinate] = (variance + noise * noise).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    /// Greatest, 0, where all coordinates are 1.
    fn sphere(x: &[f64]) -> f64 {
        -x.iter().map(|x| (x - 1.0) * (x - 1.0)).sum::<f64>()
    }

    fn after(generations: usize, noise: f64) -> CrossEntropy {
        let mut rng = Streams::new(1, "cem").stream(Purpose::Algorithm, 0);
        let mut cem = CrossEntropy::new(vec![0.0; 5], 1.0);
        for _ in 0..generations {
            let vectors = cem.ask(100, &mut rng);
            let values: Vec<f64> = vectors.iter().map(|x| sphere(x)).collect();
            cem.tell(&vectors, &values, 10, noise);
        }
        cem
    }

    #[test]
    fn cem_finds_the_top_of_a_sphere() {
        let cem = after(60, 0.0);
        assert!(sphere(cem.mean()) > -1e-9, "{cem:?}");
        assert!(cem.deviation() < 1e-5, "{cem:?}");
    }

    #[test]
    fn noise_keeps_cem_from_converging() {
        let kept = after(60, 0.1).deviation();
        assert!((0.1..0.2).contains(&kept), "{kept}");
    }

    #[test]
    fn the_elite_is_fitted_by_its_mean_and_variance() {
        let mut cem = CrossEntropy::new(vec![0.0], 1.0);
        let vectors = [vec![5.0], vec![1.0], vec![3.0], vec![-9.0]];
        cem.tell(&vectors, &[0.0, 7.0, 8.0, f64::NEG_INFINITY], 2, 2.0);
        // Of 3 and 1: mean 2, variance 1, and 4 more.
        assert_eq!((cem.mean[0], cem.deviations[0]), (2.0, 5f64.sqrt()));
    }
}
