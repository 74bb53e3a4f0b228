//! The Gaussian with a diagonal covariance.

use std::sync::Arc;

use super::Distribution;
use crate::kernels::{Kernel, in_blocks, kernel, lanes};
use crate::math::Real;
use crate::rng::Rng;

/// ln(2 pi) / 2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// A Gaussian in `dims` dimensions; the parameters of a row are the mean and
/// the logarithms of the standard deviations, \[2 dims\].
#[derive(Debug, Clone)]
pub struct DiagonalGaussian {
    dims: usize,
    kernel: Kernel,
}

impl DiagonalGaussian {
    /// A distribution over vectors of `dims` numbers.
    pub fn new(dims: usize) -> Self {
        Self {
            dims,
            kernel: Kernel::best(),
        }
    }
}

/// Element `column` of `N` rows of `width` elements.
#[inline(always)]
fn column_of<E: Real, const N: usize>(rows: &[E], width: usize, column: usize) -> [E; N] {
    lanes!(lane => rows[lane * width + column])
}

/// Adds to element `column` of `N` rows of `width` elements.
#[inline(always)]
fn add<E: Real, const N: usize>(rows: &mut [E], width: usize, column: usize, values: [E; N]) {
    for (lane, value) in values.into_iter().enumerate() {
        rows[lane * width + column] += value;
    }
}

kernel! {
    /// - sum of z^2 / 2 + log sigma + ln(2 pi) / 2, with z = (a - mean) / sigma.
    fn log_prob<E: Real>(kernel: Kernel, dims: usize, params: &[E], actions: &[E], out: &mut [E]) {
        let width = 2 * dims;
        in_blocks!(at, N in 0..out.len() => {
            let (params, actions) = (&params[at * width..], &actions[at * dims..]);
            let mut sum = [E::ZERO; N];
            for d in 0..dims {
                let (mean, a): ([E; N], [E; N]) = (column_of(params, width, d), column_of(actions, dims, d));
                let log_std: [E; N] = column_of(params, width, dims + d);
                sum = lanes!(lane => {
                    let z = (a[lane] - mean[lane]) * (-log_std[lane]).exp();
                    sum[lane] - (E::from_double(0.5) * z * z + log_std[lane] + E::from_double(HALF_LN_TWO_PI))
                });
            }
            out[at..at + N].copy_from_slice(&sum);
        });
    }
}

kernel! {
    /// z / sigma on the mean, z^2 - 1 on log sigma.
    fn log_prob_gradient<E: Real>(kernel: Kernel, dims: usize, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        let width = 2 * dims;
        in_blocks!(at, N in 0..cotangent.len() => {
            let (params, actions) = (&params[at * width..], &actions[at * dims..]);
            let (gradient, cotangent) = (&mut gradient[at * width..], &cotangent[at..at + N]);
            for d in 0..dims {
                let (mean, a): ([E; N], [E; N]) = (column_of(params, width, d), column_of(actions, dims, d));
                let log_std: [E; N] = column_of(params, width, dims + d);
                let inverse: [E; N] = lanes!(lane => (-log_std[lane]).exp());
                let z: [E; N] = lanes!(lane => (a[lane] - mean[lane]) * inverse[lane]);
                let of_mean: [E; N] =
                    lanes!(lane => cotangent[lane] * z[lane] * inverse[lane]);
                let of_log_std: [E; N] =
                    lanes!(lane => cotangent[lane] * (z[lane] * z[lane] - E::ONE));
                add(gradient, width, d, of_mean);
                add(gradient, width, dims + d, of_log_std);
            }
        });
    }
}

kernel! {
    /// (mean_new - mean_old)^2 and the ratio of variances give
    /// sum of log sigma_new - log sigma_old + (sigma_old^2 + difference^2) / (2 sigma_new^2) - 1/2.
    fn kl_old_new<E: Real>(kernel: Kernel, dims: usize, old: &[E], new: &[E], out: &mut [E]) {
        let width = 2 * dims;
        in_blocks!(at, N in 0..out.len() => {
            let (old, new) = (&old[at * width..], &new[at * width..]);
            let mut sum = [E::ZERO; N];
            for d in 0..dims {
                let means: [[E; N]; 2] = [column_of(old, width, d), column_of(new, width, d)];
                let log_std: [[E; N]; 2] = [column_of(old, width, dims + d), column_of(new, width, dims + d)];
                sum = lanes!(lane => {
                    let log_ratio = log_std[0][lane] - log_std[1][lane];
                    let z = (means[0][lane] - means[1][lane]) * (-log_std[1][lane]).exp();
                    let variances = (log_ratio + log_ratio).exp();
                    sum[lane] + (E::from_double(0.5) * (variances - E::ONE + z * z) - log_ratio)
                });
            }
            out[at..at + N].copy_from_slice(&sum);
        });
    }
}

kernel! {
    /// (mean_new - mean_old) / sigma_new^2 on the mean, 1 minus
    /// (sigma_old^2 + difference^2) / sigma_new^2 on log sigma.
    fn kl_old_new_gradient<E: Real>(kernel: Kernel, dims: usize, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        let width = 2 * dims;
        in_blocks!(at, N in 0..cotangent.len() => {
            let (old, new) = (&old[at * width..], &new[at * width..]);
            let (gradient, cotangent) = (&mut gradient[at * width..], &cotangent[at..at + N]);
            for d in 0..dims {
                let means: [[E; N]; 2] = [column_of(old, width, d), column_of(new, width, d)];
                let log_std: [[E; N]; 2] = [column_of(old, width, dims + d), column_of(new, width, dims + d)];
                let inverse: [E; N] = lanes!(lane => (-log_std[1][lane]).exp());
                let z: [E; N] =
                    lanes!(lane => (means[1][lane] - means[0][lane]) * inverse[lane]);
                let of_mean: [E; N] =
                    lanes!(lane => cotangent[lane] * z[lane] * inverse[lane]);
                let of_log_std: [E; N] = lanes!(lane => {
                    let log_ratio = log_std[0][lane] - log_std[1][lane];
                    let variances = (log_ratio + log_ratio).exp();
                    cotangent[lane] * (E::ONE - variances - z[lane] * z[lane])
                });
                add(gradient, width, d, of_mean);
                add(gradient, width, dims + d, of_log_std);
            }
        });
    }
}

kernel! {
    /// 1 / sigma^2 for the mean, 2 for log sigma.
    fn fisher_metric<E: Real>(kernel: Kernel, dims: usize, params: &mut [E]) {
        for params in params.chunks_exact_mut(2 * dims) {
            let (mean, log_std) = params.split_at_mut(dims);
            for (mean, log_std) in mean.iter_mut().zip(log_std) {
                let inverse = (-*log_std).exp();
                *mean = inverse * inverse;
                *log_std = E::ONE + E::ONE;
            }
        }
    }
}

kernel! {
    /// M is diagonal.
    fn fisher_product<E: Real>(kernel: Kernel, metric: &[E], tangents: &mut [E]) {
        for (u, &m) in tangents.iter_mut().zip(metric) {
            *u *= m;
        }
    }
}

kernel! {
    /// mean + sigma times standard normal `noise`, in its place.
    fn spread<E: Real>(kernel: Kernel, dims: usize, params: &[E], noise: &mut [E]) {
        let (mean, log_std) = params.split_at(dims);
        for ((noise, &mean), &log_std) in noise.iter_mut().zip(mean).zip(log_std) {
            *noise = mean + log_std.exp() * *noise;
        }
    }
}

impl<E: Real> Distribution<E> for DiagonalGaussian {
    fn with_kernel(&self, kernel: Kernel) -> Arc<dyn Distribution<E>> {
        Arc::new(Self {
            kernel,
            ..self.clone()
        })
    }

    fn params(&self) -> usize {
        2 * self.dims
    }

    fn action_width(&self) -> usize {
        self.dims
    }

    fn log_prob(&self, params: &[E], actions: &[E], out: &mut [E]) {
        log_prob(self.kernel, self.dims, params, actions, out);
    }

    fn log_prob_gradient(&self, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        log_prob_gradient(self.kernel, self.dims, params, actions, cotangent, gradient);
    }

    /// Sum of log sigma + (ln(2 pi) + 1) / 2.
    fn entropy(&self, params: &[E], out: &mut [E]) {
        let constant = E::from_double(HALF_LN_TWO_PI + 0.5);
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
        kl_old_new(self.kernel, self.dims, old, new, out);
    }

    fn kl_old_new_gradient(&self, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        kl_old_new_gradient(self.kernel, self.dims, old, new, cotangent, gradient);
    }

    fn fisher_metric(&self, params: &mut [E]) {
        fisher_metric(self.kernel, self.dims, params);
    }

    fn fisher_product(&self, metric: &[E], tangents: &mut [E]) {
        fisher_product(self.kernel, metric, tangents);
    }

    fn sample(&self, params: &[E], rng: &mut Rng, action: &mut [E]) {
        for noise in action.iter_mut() {
            *noise = E::from_double(rng.normal());
        }
        spread(self.kernel, self.dims, params, action);
    }

    fn mode(&self, params: &[E], action: &mut [E]) {
        action.copy_from_slice(&params[..self.dims]);
    }
}
