//! Sums over vectors, accumulated in `f64`: element i in chain i modulo 16, the
//! chains added by halves.

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
            chains[lane] += term(a[lane].wide(), b[lane].wide());
        }
    }
    for (chain, (a, b)) in chains.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *chain += term(a.wide(), b.wide());
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
    /// Dot product.
    pub fn dot<E: Real>(a: &[E], b: &[E]) -> f64 {
        chained(a, b, |a, b| a * b)
    }
}

kernel! {
    /// Sum.
    pub fn sum<E: Real>(values: &[E]) -> f64 {
        chained(values, values, |value, _| value)
    }
}

kernel! {
    /// Sum of the squared differences from `centre`.
    pub fn squares_around<E: Real>(values: &[E], centre: f64) -> f64 {
        chained(values, values, |value, _| (value - centre) * (value - centre))
    }
}

kernel! {
    /// Euclidean norm.
    pub fn norm<E: Real>(values: &[E]) -> f64 {
        chained(values, values, |value, _| value * value).sqrt()
    }
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
    (mean, squares_around(values, mean) / values.len() as f64)
}
