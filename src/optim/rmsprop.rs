//! RMSprop (Tieleman and Hinton 2012), as TensorFlow 1 has it.

use serde::{Deserialize, Serialize};

use crate::kernels::{Kernel, kernel};
use crate::math::Real;

/// RMSprop's state: the running mean of the squared gradient.
///
/// The published A2C trains with TensorFlow's, of which two things differ from
/// others': epsilon stands inside the root, and the running mean begins at 1, so
/// that the first steps are short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: Real"))]
pub struct RmsProp<E: Real> {
    decay: f64,
    epsilon: f64,
    square: Vec<E>,
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
struct Rates<E> {
    /// What the gradient is multiplied by.
    scale: E,
    rate: E,
    decay: E,
    /// 1 - decay.
    rest: E,
    epsilon: E,
}

kernel! {
    /// v is updated by the square of the scaled gradient, then
    /// theta -= rate g / sqrt(v + epsilon).
    fn step<E: Real>(kernel: Kernel, theta: &mut [E], gradient: &[E], square: &mut [E], rates: Rates<E>) {
        let Rates { scale, rate, decay, rest, epsilon } = rates;
        for ((theta, &g), v) in theta.iter_mut().zip(gradient).zip(square) {
            let g = g * scale;
            *v = *v * decay + g * g * rest;
            *theta -= rate * g * (*v + epsilon).sqrt().reciprocal();
        }
    }
}

impl<E: Real> RmsProp<E> {
    /// RMSprop for `parameters` parameters, before its first step.
    pub fn new(parameters: usize, decay: f64, epsilon: f64) -> Self {
        Self {
            decay,
            epsilon,
            square: vec![E::ONE; parameters],
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
        let rates = Rates {
            scale: E::from_double(scale),
            rate: E::from_double(learning_rate),
            decay: E::from_double(self.decay),
            rest: E::from_double(1.0 - self.decay),
            epsilon: E::from_double(self.epsilon),
        };
        step(kernel, theta, gradient, &mut self.square, rates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// v = 0.9 + 0.1 x 9 = 1.8 and 0.9 x 1.8 + 0.1 x 9 = 2.52; epsilon 0.45 and
    /// then 0.45 make roots 1.5 and sqrt 2.97.
    #[test]
    fn two_steps_worked_by_hand() {
        let mut theta = vec![1.0f64];
        let mut rmsprop = RmsProp::new(1, 0.9, 0.45);
        rmsprop.descend(Kernel::best(), &mut theta, &[3.0], 1.0, 0.5);
        assert!((theta[0] - (1.0 - 0.5 * 3.0 / 1.5)).abs() < 1e-14);
        // The same gradient, written as twice its half with the other sign.
        rmsprop.descend(Kernel::best(), &mut theta, &[-1.5], -2.0, 0.5);
        let expected = -0.5 * 3.0 / 2.97f64.sqrt();
        assert!((theta[0] - expected).abs() < 1e-14, "{theta:?} {expected}");
    }
}
