//! Sums over vectors, accumulated in `f64`: element i in chain i modulo 16, the
//! chains added by halves.
//!
//! They cost little beside a network, so that they are not told a kernel: they
//! use the best one of this CPU.

use super::{Kernel, LANES, kernel};
use crate::math::Real;

/// The sum of `term(a, b)` over two vectors of one length.
#[inline(always)]
fn chained<E: Real>(a: &[E], b: &[E], term: impl Fn(f64, f64) -> f64) -> f64 {
    assert_eq!(a.len(), b.len());
    let mut chains = [0.0; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            chains[lane] += term(a[lane].to_double(), b[lane].to_double());
        }
    }
    for (chain, (a, b)) in chains.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *chain += term(a.to_double(), b.to_double());
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            chains[i] += chains[i + half];
        }
        half /= 2;
    }
    chains[0]
}

kernel! {
    /// [`dot`] with a given kernel.
    pub(super) fn dot_with<E: Real>(kernel: Kernel, a: &[E], b: &[E]) -> f64 {
        chained(a, b, |a, b| a * b)
    }
}

kernel! {
    /// [`sum`] with a given kernel.
    pub(super) fn sum_with<E: Real>(kernel: Kernel, values: &[E]) -> f64 {
        chained(values, values, |value, _| value)
    }
}

kernel! {
    /// Sum of the squared differences from `centre`.
    pub(super) fn squares_around<E: Real>(kernel: Kernel, values: &[E], centre: f64) -> f64 {
        chained(values, values, |value, _| (value - centre) * (value - centre))
    }
}

kernel! {
    /// [`norm`] with a given kernel.
    pub(super) fn norm_with<E: Real>(kernel: Kernel, values: &[E]) -> f64 {
        chained(values, values, |value, _| value * value).sqrt()
    }
}

/// Dot product.
///
/// # Panics
/// If the lengths differ.
pub fn dot<E: Real>(a: &[E], b: &[E]) -> f64 {
    dot_with(Kernel::best(), a, b)
}

/// Sum.
pub fn sum<E: Real>(values: &[E]) -> f64 {
    sum_with(Kernel::best(), values)
}

/// Euclidean norm.
pub fn norm<E: Real>(values: &[E]) -> f64 {
    norm_with(Kernel::best(), values)
}

/// Mean; 0 of nothing.
pub fn mean<E: Real>(values: &[E]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    sum(values) / values.len() as f64
}

/// Mean and population variance, in two passes.
pub fn mean_and_variance<E: Real>(values: &[E]) -> (f64, f64) {
    let mean = mean(values);
    if values.is_empty() {
        return (mean, 0.0);
    }
    let squares = squares_around(Kernel::best(), values, mean);
    (mean, squares / values.len() as f64)
}
