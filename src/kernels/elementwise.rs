//! What is done to every element, or every column, by itself.

use super::{Kernel, View, kernel};
use crate::math::Real;

kernel! {
    /// The sums over all rows of the columns from `first` on, added to `sums`.
    pub fn column_sums<E: Real>(rows: usize, y: View<E>, first: usize, sums: &mut [E]) {
        for (column, sum) in sums.iter_mut().enumerate() {
            // Four chains, so that additions need not wait for each other.
            let mut chains = [E::ZERO; 4];
            for r in 0..rows {
                chains[r % 4] += y.data[r * y.stride + first + column];
            }
            *sum += (chains[0] + chains[2]) + (chains[1] + chains[3]);
        }
    }
}

kernel! {
    /// tanh in place.
    pub fn tanh<E: Real>(values: &mut [E]) {
        for value in values {
            *value = value.tanh();
        }
    }
}

kernel! {
    /// Multiplies by the derivative of tanh, 1 - h^2, where h = tanh.
    pub fn times_tanh_derivative<E: Real>(values: &mut [E], h: &[E]) {
        for (value, &h) in values.iter_mut().zip(h) {
            *value *= (-h).mul_add(h, E::ONE);
        }
    }
}

kernel! {
    /// exp of every element.
    pub fn exp<E: Real>(values: &mut [E]) {
        for value in values {
            *value = value.exp();
        }
    }
}

kernel! {
    /// sums + values, element by element.
    pub fn add_wide<E: Real>(sums: &mut [f64], values: &[E]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value.wide();
        }
    }
}
