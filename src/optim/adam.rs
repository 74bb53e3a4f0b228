//! Adam (Kingma and Ba 2015).

use serde::{Deserialize, Serialize};

use crate::math::{Real, norm};
use crate::nn::kernels::{Kernel, kernel};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;

/// Adam's state: the moments of the gradient so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: Real"))]
pub struct Adam<E: Real> {
    epsilon: f64,
    first: Vec<E>,
    second: Vec<E>,
    /// beta1^t and beta2^t.
    powers: (f64, f64),
}

kernel! {
    /// m and v are updated, then theta -= rate m / (sqrt(v / correction) + epsilon).
    pub fn step<E: Real>(theta: &mut [E], gradient: &[E], first: &mut [E], second: &mut [E], rate: E, root: E, epsilon: E) {
        let moments = first.iter_mut().zip(second);
        for ((theta, &g), (m, v)) in theta.iter_mut().zip(gradient).zip(moments) {
            *m = *m + (g - *m) * E::of(1.0 - BETA1);
            *v = *v * E::of(BETA2) + g * g * E::of(1.0 - BETA2);
            *theta -= rate * *m / (v.sqrt() * root + epsilon);
        }
    }
}

impl<E: Real> Adam<E> {
    /// Adam for `parameters` parameters, before its first step.
    pub fn new(parameters: usize, epsilon: f64) -> Self {
        Self {
            epsilon,
            first: vec![E::ZERO; parameters],
            second: vec![E::ZERO; parameters],
            powers: (1.0, 1.0),
        }
    }

    /// One step of descent on `theta` along `gradient`.
    pub fn descend(&mut self, theta: &mut [E], gradient: &[E], learning_rate: f64) {
        self.powers.0 *= BETA1;
        self.powers.1 *= BETA2;
        let rate = learning_rate / (1.0 - self.powers.0);
        let root = 1.0 / (1.0 - self.powers.1).sqrt();
        step(
            theta,
            gradient,
            &mut self.first,
            &mut self.second,
            E::of(rate),
            E::of(root),
            E::of(self.epsilon),
        );
    }
}

/// Scales `gradient` to the norm `limit` if it is longer; a limit of 0 is
/// none. Gives the norm before.
pub fn clip_norm<E: Real>(gradient: &mut [E], limit: f64) -> f64 {
    let norm = norm(gradient);
    if limit > 0.0 && norm > limit {
        let scale = E::of(limit / norm);
        gradient.iter_mut().for_each(|g| *g *= scale);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_length_of_the_learning_rate() {
        let mut theta = vec![1.0f64, -1.0];
        Adam::new(2, 1e-12).descend(&mut theta, &[0.5, -20.0], 0.1);
        assert!((theta[0] - 0.9).abs() < 1e-9 && (theta[1] + 0.9).abs() < 1e-9);
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut gradient = vec![3.0f64, 4.0];
        assert_eq!(clip_norm(&mut gradient, 0.0), 5.0);
        assert_eq!(gradient, [3.0, 4.0]);
        assert_eq!(clip_norm(&mut gradient, 1.0), 5.0);
        assert!((gradient[0] - 0.6).abs() < 1e-15 && (gradient[1] - 0.8).abs() < 1e-15);
    }
}
