//! The Gaussian with a diagonal covariance.

use super::Distribution;
use crate::math::Real;
use crate::nn::kernels::{Kernel, kernel};
use crate::rng::Rng;

/// ln(2 pi) / 2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// A Gaussian in `dims` dimensions; the parameters of a row are the mean and
/// the logarithms of the standard deviations, \[2 dims\].
#[derive(Debug, Clone)]
pub struct DiagonalGaussian {
    dims: usize,
}

impl DiagonalGaussian {
    /// A distribution over vectors of `dims` numbers.
    pub fn new(dims: usize) -> Self {
        Self { dims }
    }
}

kernel! {
    /// - sum of z^2 / 2 + log sigma + ln(2 pi) / 2, with z = (a - mean) / sigma.
    pub fn log_prob<E: Real>(dims: usize, params: &[E], actions: &[E], out: &mut [E]) {
        let rows = params.chunks_exact(2 * dims).zip(actions.chunks_exact(dims));
        for ((params, action), out) in rows.zip(out) {
            let (mean, log_std) = params.split_at(dims);
            let mut sum = E::ZERO;
            for ((&a, &mean), &log_std) in action.iter().zip(mean).zip(log_std) {
                let z = (a - mean) * (-log_std).exp();
                sum -= E::of(0.5) * z * z + log_std + E::of(HALF_LN_TWO_PI);
            }
            *out = sum;
        }
    }
}

kernel! {
    /// z / sigma on the mean, z^2 - 1 on log sigma.
    pub fn log_prob_gradient<E: Real>(dims: usize, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = params.chunks_exact(2 * dims).zip(actions.chunks_exact(dims));
        let outs = cotangent.iter().zip(gradient.chunks_exact_mut(2 * dims));
        for ((params, action), (&cotangent, gradient)) in rows.zip(outs) {
            for d in 0..dims {
                let inverse = (-params[dims + d]).exp();
                let z = (action[d] - params[d]) * inverse;
                gradient[d] += cotangent * z * inverse;
                gradient[dims + d] += cotangent * (z * z - E::ONE);
            }
        }
    }
}

kernel! {
    /// (mean_new - mean_old)^2 and the ratio of variances give
    /// sum of log sigma_new - log sigma_old + (sigma_old^2 + difference^2) / (2 sigma_new^2) - 1/2.
    pub fn kl_old_new<E: Real>(dims: usize, old: &[E], new: &[E], out: &mut [E]) {
        let rows = old.chunks_exact(2 * dims).zip(new.chunks_exact(2 * dims));
        for ((old, new), out) in rows.zip(out) {
            let mut sum = E::ZERO;
            for d in 0..dims {
                let log_ratio = old[dims + d] - new[dims + d];
                let z = (old[d] - new[d]) * (-new[dims + d]).exp();
                let variances = (log_ratio + log_ratio).exp();
                sum += E::of(0.5) * (variances - E::ONE + z * z) - log_ratio;
            }
            *out = sum;
        }
    }
}

kernel! {
    /// (mean_new - mean_old) / sigma_new^2 on the mean, 1 minus
    /// (sigma_old^2 + difference^2) / sigma_new^2 on log sigma.
    pub fn kl_old_new_gradient<E: Real>(dims: usize, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = old.chunks_exact(2 * dims).zip(new.chunks_exact(2 * dims));
        let outs = cotangent.iter().zip(gradient.chunks_exact_mut(2 * dims));
        for ((old, new), (&cotangent, gradient)) in rows.zip(outs) {
            for d in 0..dims {
                let log_ratio = old[dims + d] - new[dims + d];
                let inverse = (-new[dims + d]).exp();
                let z = (new[d] - old[d]) * inverse;
                let variances = (log_ratio + log_ratio).exp();
                gradient[d] += cotangent * z * inverse;
                gradient[dims + d] += cotangent * (E::ONE - variances - z * z);
            }
        }
    }
}

kernel! {
    /// u / sigma^2 on the mean, 2 u on log sigma.
    pub fn fisher_product<E: Real>(dims: usize, params: &[E], tangents: &mut [E]) {
        let rows = params.chunks_exact(2 * dims).zip(tangents.chunks_exact_mut(2 * dims));
        for (params, u) in rows {
            for d in 0..dims {
                let inverse = (-params[dims + d]).exp();
                u[d] *= inverse * inverse;
                u[dims + d] += u[dims + d];
            }
        }
    }
}

impl<E: Real> Distribution<E> for DiagonalGaussian {
    fn params(&self) -> usize {
        2 * self.dims
    }

    fn action_width(&self) -> usize {
        self.dims
    }

    fn log_prob(&self, params: &[E], actions: &[E], out: &mut [E]) {
        log_prob(self.dims, params, actions, out);
    }

    fn log_prob_gradient(&self, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        log_prob_gradient(self.dims, params, actions, cotangent, gradient);
    }

    /// Sum of log sigma + (ln(2 pi) + 1) / 2.
    fn entropy(&self, params: &[E], out: &mut [E]) {
        let constant = E::of(HALF_LN_TWO_PI + 0.5);
        for (params, out) in params.chunks_exact(2 * self.dims).zip(out) {
            let log_std = params[self.dims..].iter();
            *out = log_std.fold(E::ZERO, |sum, &log_std| sum + log_std + constant);
        }
    }

    /// 1 on every log sigma.
    fn entropy_gradient(&self, _params: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = gradient.chunks_exact_mut(2 * self.dims);
        for (gradient, &cotangent) in rows.zip(cotangent) {
            for gradient in &mut gradient[self.dims..] {
                *gradient += cotangent;
            }
        }
    }

    fn kl_old_new(&self, old: &[E], new: &[E], out: &mut [E]) {
        kl_old_new(self.dims, old, new, out);
    }

    fn kl_old_new_gradient(&self, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        kl_old_new_gradient(self.dims, old, new, cotangent, gradient);
    }

    fn fisher_product(&self, params: &[E], tangents: &mut [E]) {
        fisher_product(self.dims, params, tangents);
    }

    fn sample(&self, params: &[E], rng: &mut Rng, action: &mut [E]) {
        let (mean, log_std) = params.split_at(self.dims);
        for ((action, &mean), &log_std) in action.iter_mut().zip(mean).zip(log_std) {
            *action = mean + log_std.exp() * E::of(rng.normal());
        }
    }

    fn mode(&self, params: &[E], action: &mut [E]) {
        action.copy_from_slice(&params[..self.dims]);
    }
}
