//! What is done to every element, or every column, by itself.

use super::{Kernel, View, kernel};
use crate::math::Real;

kernel! {
    /// The sum of every column over all rows, added to `sums`: the gradient of
    /// the bias.
    pub fn column_sums<E: Real>(rows: usize, y: View<E>, sums: &mut [E]) {
        let width = sums.len();
        for r in 0..rows {
            for (sum, &value) in sums.iter_mut().zip(y.row(r, 0, width)) {
                *sum += value;
            }
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
