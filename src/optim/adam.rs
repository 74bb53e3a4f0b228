//! Adam (Kingma and Ba 2015).

use serde::{Deserialize, Serialize};

use crate::kernels::{Kernel, kernel};
use crate::math::Real;

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

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
struct Rates<E> {
    /// What the gradient is multiplied by.
    scale: E,
    /// The learning rate over 1 - beta1^t.
    rate: E,
    /// 1 over the square root of 1 - beta2^t.
    root: E,
    epsilon: E,
}

kernel! {
    /// m and v are updated by the scaled gradient, then
    /// theta -= rate m / (root sqrt(v) + epsilon).
    fn step<E: Real>(kernel: Kernel, theta: &mut [E], gradient: &[E], first: &mut [E], second: &mut [E], rates: Rates<E>) {
        let Rates { scale, rate, root, epsilon } = rates;
        let moments = first.iter_mut().zip(second);
        for ((theta, &g), (m, v)) in theta.iter_mut().zip(gradient).zip(moments) {
            let g = g * scale;
            *m = *m + (g - *m) * E::from_double(1.0 - BETA1);
            *v = *v * E::from_double(BETA2) + g * g * E::from_double(1.0 - BETA2);
            *theta -= rate * *m * v.sqrt().mul_add(root, epsilon).reciprocal();
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

    /// One step of descent on `theta` along `scale` times `gradient`, computed
    /// with `kernel`.
    pub fn descend(
        &mut self,
        kernel: Kernel,
        theta: &mut [E],
        gradient: &[E],
        scale: f64,
        learning_rate: f64,
    ) {
        self.begin(scale, learning_rate)
            .descend(kernel, 0, theta, gradient);
    }

    /// Begins a step of descent along `scale` times a gradient, to be made for one part of the
    /// parameters after the other.
    pub fn begin(&mut self, scale: f64, learning_rate: f64) -> Step<'_, E> {
        self.powers.0 *= BETA1;
        self.powers.1 *= BETA2;
        let rates = Rates {
            scale: E::from_double(scale),
            rate: E::from_double(learning_rate / (1.0 - self.powers.0)),
            root: E::from_double(1.0 / (1.0 - self.powers.1).sqrt()),
            epsilon: E::from_double(self.epsilon),
        };
        Step { adam: self, rates }
    }
}

/// A step that has begun.
#[derive(Debug)]
pub struct Step<'a, E: Real> {
    adam: &'a mut Adam<E>,
    rates: Rates<E>,
}

impl<E: Real> Step<'_, E> {
    /// Makes it for `theta`, the parameters from `from` on, along their part of `gradient`, that
    /// of all parameters.
    pub fn descend(&mut self, kernel: Kernel, from: usize, theta: &mut [E], gradient: &[E]) {
        let part = from..from + theta.len();
        let first = &mut self.adam.first[part.clone()];
        let second = &mut self.adam.second[part.clone()];
        step(kernel, theta, &gradient[part], first, second, self.rates);
    }
}

/// By what a gradient of this norm must be multiplied, so that it is not
/// longer than `limit`; a limit of 0 is none.
pub fn scale_to(norm: f64, limit: f64) -> f64 {
    if limit > 0.0 && norm > limit {
        limit / norm
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_length_of_the_learning_rate() {
        let mut theta = vec![1.0f64, -1.0];
        Adam::new(2, 1e-12).descend(Kernel::best(), &mut theta, &[0.5, -20.0], 1.0, 0.1);
        assert!((theta[0] - 0.9).abs() < 1e-9 && (theta[1] + 0.9).abs() < 1e-9);
    }

    #[test]
    fn only_longer_gradients_are_scaled() {
        assert_eq!(scale_to(5.0, 0.0), 1.0);
        assert_eq!(scale_to(5.0, 1.0), 0.2);
        assert_eq!(scale_to(0.5, 1.0), 1.0);
        let (mut scaled, mut short) = (vec![0.0f64; 2], vec![0.0f64; 2]);
        Adam::new(2, 1.0).descend(Kernel::best(), &mut scaled, &[3.0, 4.0], 0.2, 0.1);
        Adam::new(2, 1.0).descend(Kernel::best(), &mut short, &[0.6, 0.8], 1.0, 0.1);
        assert!((scaled[0] - short[0]).abs() < 1e-15 && (scaled[1] - short[1]).abs() < 1e-15);
    }
}
