//! Covariance matrix adaptation (Hansen 2016, arXiv 1604.00772), which maximises
//! a function of which it only ranks values.
//!
//! Constants are those of its table 1 with the positive weights alone. With a
//! diagonal covariance it is sep-CMA-ES (Ros and Hansen 2008). Everything is in
//! `f64`, added in a fixed order, with the functions of [`libm`].

use serde::{Deserialize, Serialize};

use super::jacobi::eigen;
use crate::kernels::{dot, norm};
use crate::rng::Rng;

/// What of the covariance matrix is adapted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Covariance {
    /// All of it: O(n^2) memory, O(n^3) time now and then.
    Full,
    /// Its diagonal: O(n) of both.
    Diagonal,
}

/// 4 + floor(3 ln n): the population where none is given.
pub fn default_population(n: usize) -> usize {
    4 + (3.0 * libm::log(n as f64)).floor() as usize
}

/// The constants of table 1.
#[derive(Debug, Clone, PartialEq)]
struct Constants {
    /// Of the better half, best first; they add to 1.
    weights: Vec<f64>,
    mu_eff: f64,
    c_sigma: f64,
    d_sigma: f64,
    c_c: f64,
    c_1: f64,
    c_mu: f64,
    /// Mean length of a standard normal vector.
    chi: f64,
}

impl Constants {
    fn new(n: usize, population: usize, covariance: Covariance) -> Self {
        let half = population / 2;
        let middle = libm::log((population as f64 + 1.0) / 2.0);
        let mut weights: Vec<f64> = (1..=half)
            .map(|rank| middle - libm::log(rank as f64))
            .collect();
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        let mu_eff = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();

        let n = n as f64;
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        let excess = ((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0;
        let c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + mu_eff);
        let numerator = 2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0);
        let c_mu = numerator / ((n + 2.0) * (n + 2.0) + mu_eff);
        // n numbers are learnt faster than n (n + 1) / 2.
        let faster = match covariance {
            Covariance::Full => 1.0,
            Covariance::Diagonal => (n + 2.0) / 3.0,
        };
        let c_1 = (c_1 * faster).min(1.0);
        Self {
            mu_eff,
            c_sigma,
            d_sigma: 1.0 + 2.0 * excess.max(0.0) + c_sigma,
            c_c: (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n),
            c_1,
            c_mu: (c_mu * faster).min(1.0 - c_1),
            chi: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
            weights,
        }
    }

    /// Generations from one decomposition to the next, so that they take O(n^2)
    /// for each vector.
    fn lag(&self, n: usize) -> u64 {
        (1.0 / (10.0 * n as f64 * (self.c_1 + self.c_mu))).max(1.0) as u64
    }
}

/// The search distribution N(mean, sigma^2 C) between two generations, with the
/// paths by which it is adapted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CmaEs {
    population: usize,
    kind: Covariance,
    mean: Vec<f64>,
    sigma: f64,
    /// C, \[n\]\[n\], or its diagonal, \[n\].
    covariance: Vec<f64>,
    /// p_sigma and p_c.
    path_sigma: Vec<f64>,
    path_c: Vec<f64>,
    generation: u64,
    /// The eigenvectors of C, as rows, as they were after generation
    /// `decomposed`; none where it is diagonal.
    basis: Vec<f64>,
    /// The roots of its eigenvalues, at that time.
    scales: Vec<f64>,
    decomposed: u64,
}

impl CmaEs {
    /// The distribution N(`mean`, `sigma`^2 I), from which generations of
    /// `population` vectors are drawn.
    ///
    /// # Panics
    /// If there is no number in `mean`, or `population` is below 2.
    pub fn new(mean: Vec<f64>, sigma: f64, population: usize, kind: Covariance) -> Self {
        assert!(!mean.is_empty() && population >= 2, "nothing to rank");
        let n = mean.len();
        let identity = || (0..n * n).map(|at| f64::from(u8::from(at / n == at % n)));
        let (covariance, basis) = match kind {
            Covariance::Full => (identity().collect(), identity().collect()),
            Covariance::Diagonal => (vec![1.0; n], Vec::new()),
        };
        Self {
            population,
            kind,
            mean,
            sigma,
            covariance,
            path_sigma: vec![0.0; n],
            path_c: vec![0.0; n],
            generation: 0,
            basis,
            scales: vec![1.0; n],
            decomposed: 0,
        }
    }

    /// The middle of the distribution.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// What of the covariance is adapted.
    pub fn covariance(&self) -> Covariance {
        self.kind
    }

    /// Mean of the standard deviations of the coordinates.
    pub fn deviation(&self) -> f64 {
        let n = self.mean.len();
        let stride = self.covariance.len() / n + usize::from(self.kind == Covariance::Full);
        let diagonal = self.covariance.iter().step_by(stride);
        self.sigma * diagonal.map(|c| c.sqrt()).sum::<f64>() / n as f64
    }

    /// A generation of vectors x = mean + sigma B D z, z standard normal from
    /// `rng`.
    pub fn ask(&self, rng: &mut Rng) -> Vec<Vec<f64>> {
        (0..self.population).map(|_| self.draw(rng)).collect()
    }

    fn draw(&self, rng: &mut Rng) -> Vec<f64> {
        let steps = self.scales.iter().map(|scale| scale * rng.normal());
        let steps: Vec<f64> = steps.collect();
        let y = match self.kind {
            Covariance::Full => self.combined(&steps),
            Covariance::Diagonal => steps,
        };
        let moved = self.mean.iter().zip(&y);
        moved.map(|(mean, y)| mean + self.sigma * y).collect()
    }

    /// Adapts the distribution to the `values` of `vectors`, the greatest being
    /// the best; none may be NaN. They are those of [`CmaEs::ask`], or what these were repaired
    /// to. Of equal values the first is the better.
    ///
    /// # Panics
    /// If the numbers of vectors and values are not that of the population.
    pub fn tell(&mut self, vectors: &[Vec<f64>], values: &[f64]) {
        assert_eq!(vectors.len(), self.population, "vectors");
        assert_eq!(values.len(), self.population, "values");
        let n = self.mean.len();
        let constants = Constants::new(n, self.population, self.kind);
        self.generation += 1;
        let order = best_first(values);
        // y = (x - mean) / sigma of the better half.
        let steps = order[..constants.weights.len()].iter().map(|&index| {
            let pairs = vectors[index].iter().zip(&self.mean);
            pairs.map(|(x, mean)| (x - mean) / self.sigma).collect()
        });
        let steps: Vec<Vec<f64>> = steps.collect();
        let mut step = vec![0.0; n];
        for (weight, y) in constants.weights.iter().zip(&steps) {
            add(&mut step, *weight, y);
        }
        add(&mut self.mean, self.sigma, &step);
        let is_short = self.follow(&constants, &step);
        self.adapt(&constants, &steps, is_short);
        let length = norm(&self.path_sigma) / constants.chi;
        self.sigma *= libm::exp(constants.c_sigma / constants.d_sigma * (length - 1.0));
    }

    /// Moves both paths along `step`; h_sigma, whether p_sigma is not too long.
    fn follow(&mut self, constants: &Constants, step: &[f64]) -> bool {
        let Constants {
            mu_eff,
            c_sigma,
            c_c,
            chi,
            ..
        } = *constants;
        let n = self.mean.len() as f64;
        let whitened = self.whitened(step);
        let factor = (c_sigma * (2.0 - c_sigma) * mu_eff).sqrt();
        scale(&mut self.path_sigma, 1.0 - c_sigma);
        add(&mut self.path_sigma, factor, &whitened);
        let remembered = libm::pow(1.0 - c_sigma, 2.0 * self.generation as f64);
        let length = norm(&self.path_sigma) / (1.0 - remembered).sqrt();
        let is_short = length < (1.4 + 2.0 / (n + 1.0)) * chi;
        scale(&mut self.path_c, 1.0 - c_c);
        if is_short {
            let factor = (c_c * (2.0 - c_c) * mu_eff).sqrt();
            add(&mut self.path_c, factor, step);
        }
        is_short
    }

    /// The rank-one and rank-mu updates of C.
    fn adapt(&mut self, constants: &Constants, steps: &[Vec<f64>], is_short: bool) {
        let Constants { c_1, c_mu, c_c, .. } = *constants;
        let lost = if is_short { 0.0 } else { c_c * (2.0 - c_c) };
        scale(&mut self.covariance, 1.0 - c_1 - c_mu + c_1 * lost);
        let n = self.mean.len();
        let learnt = constants.weights.iter().map(|weight| c_mu * weight);
        let all = [(c_1, &self.path_c)].into_iter().chain(learnt.zip(steps));
        match self.kind {
            Covariance::Full => {
                for (factor, y) in all {
                    for (row, y_i) in self.covariance.chunks_exact_mut(n).zip(y) {
                        add(row, factor * y_i, y);
                    }
                }
                if self.generation - self.decomposed >= constants.lag(n) {
                    self.decomposed = self.generation;
                    (self.basis, self.scales) = eigen(&self.covariance, n);
                }
            }
            Covariance::Diagonal => {
                for (factor, y) in all {
                    for (c, y) in self.covariance.iter_mut().zip(y) {
                        *c += factor * y * y;
                    }
                }
                self.decomposed = self.generation;
                self.scales = self.covariance.iter().map(|c| c.sqrt()).collect();
            }
        }
    }

    /// C^(-1/2) `y` = B D^-1 B^T y.
    fn whitened(&self, y: &[f64]) -> Vec<f64> {
        let over = |parts: Vec<f64>| -> Vec<f64> {
            let pairs = parts.iter().zip(&self.scales);
            pairs.map(|(part, scale)| part / scale).collect()
        };
        match self.kind {
            Covariance::Full => {
                let rows = self.basis.chunks_exact(self.mean.len());
                self.combined(&over(rows.map(|b| dot(b, y)).collect()))
            }
            Covariance::Diagonal => over(y.to_vec()),
        }
    }

    /// B `parts`: the sum of the eigenvectors, each times its part.
    fn combined(&self, parts: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.mean.len()];
        let rows = self.basis.chunks_exact(self.mean.len());
        for (&part, b) in parts.iter().zip(rows) {
            add(&mut y, part, b);
        }
        y
    }
}

/// The places of `values`, the greatest first, of equal ones the first.
pub(super) fn best_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

fn scale(values: &mut [f64], factor: f64) {
    values.iter_mut().for_each(|value| *value *= factor);
}

fn add(values: &mut [f64], factor: f64, other: &[f64]) {
    for (value, other) in values.iter_mut().zip(other) {
        *value += factor * other;
    }
}

#[cfg(test)]
mod tests;
