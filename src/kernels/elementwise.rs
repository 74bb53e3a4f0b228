//! What is done to every element, or every column, by itself.

use super::{Kernel, LANES, View, kernel};
use crate::activation::Activation;
use crate::math::Real;

kernel! {
    /// The sums over all rows of the columns from `first` on.
    pub(crate) fn column_sums<E: Real>(kernel: Kernel, rows: usize, y: View<E>, first: usize, sums: &mut [E]) {
        // Four chains, so that additions need not wait for each other.
        for (block, sums) in sums.chunks_mut(LANES).enumerate() {
            let first = first + block * LANES;
            let mut chains = [[E::ZERO; LANES]; 4];
            for from in (0..rows).step_by(4) {
                for (chain, r) in chains.iter_mut().zip(from..rows) {
                    let row = &y.data[r * y.stride + first..];
                    match row.first_chunk::<LANES>() {
                        // Behind the width, of no meaning and not used.
                        Some(row) => {
                            for lane in 0..LANES {
                                chain[lane] += row[lane];
                            }
                        }
                        None => {
                            for (chain, &value) in chain.iter_mut().zip(&row[..sums.len()]) {
                                *chain += value;
                            }
                        }
                    }
                }
            }
            let [a, b, c, d] = chains;
            for (lane, sum) in sums.iter_mut().enumerate() {
                // Added to 0, so that a sum of zeros is never a negative one.
                *sum = E::ZERO + ((a[lane] + c[lane]) + (b[lane] + d[lane]));
            }
        }
    }
}

kernel! {
    /// tanh in place.
    pub(crate) fn tanh<E: Real>(kernel: Kernel, values: &mut [E]) {
        for value in values {
            *value = value.tanh();
        }
    }
}

kernel! {
    /// Multiplies by the derivative of tanh, 1 - h^2, where h = tanh.
    pub(crate) fn times_tanh_derivative<E: Real>(kernel: Kernel, values: &mut [E], h: &[E]) {
        for (value, &h) in values.iter_mut().zip(h) {
            *value *= (-h).mul_add(h, E::ONE);
        }
    }
}

kernel! {
    /// The larger of 0 and each, in place. NaN stays NaN, so that it is noticed.
    pub(crate) fn relu<E: Real>(kernel: Kernel, values: &mut [E]) {
        for value in values {
            *value = if *value < E::ZERO { E::ZERO } else { *value };
        }
    }
}

kernel! {
    /// Multiplies by the derivative of [`relu`], where h = relu: 1 where h is above 0.
    pub(crate) fn times_relu_derivative<E: Real>(kernel: Kernel, values: &mut [E], h: &[E]) {
        for (value, &h) in values.iter_mut().zip(h) {
            *value = if h <= E::ZERO { E::ZERO } else { *value };
        }
    }
}

/// The activation of every element, in place.
pub(crate) fn activate<E: Real>(kernel: Kernel, activation: Activation, values: &mut [E]) {
    match activation {
        Activation::Tanh => tanh(kernel, values),
        Activation::Relu => relu(kernel, values),
        Activation::Identity => {}
    }
}

/// Multiplies by the derivative of the activation, where `h` is what it gave.
pub(crate) fn times_derivative<E: Real>(
    kernel: Kernel,
    activation: Activation,
    values: &mut [E],
    h: &[E],
) {
    match activation {
        Activation::Tanh => times_tanh_derivative(kernel, values, h),
        Activation::Relu => times_relu_derivative(kernel, values, h),
        Activation::Identity => {}
    }
}

kernel! {
    /// exp of every element.
    pub(crate) fn exp_with<E: Real>(kernel: Kernel, values: &mut [E]) {
        for value in values {
            *value = value.exp();
        }
    }
}

kernel! {
    /// sums + values, element by element, in `f64`.
    pub(crate) fn accumulate<E: Real>(kernel: Kernel, sums: &mut [f64], values: &[E]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value.to_double();
        }
    }
}

/// exp of every element, with the best kernel of this CPU.
pub fn exp<E: Real>(values: &mut [E]) {
    exp_with(Kernel::best(), values);
}
