//! The conjugate gradient method (Hestenes and Stiefel 1952).

use crate::kernels::dot;
use crate::math::Real;

/// An approximate solution of A x = b.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution<E> {
    /// The solution.
    pub x: Vec<E>,
    /// Iterations made, which is the number of products with A.
    pub iterations: usize,
    /// ||b - A x|| / ||b||, as the recurrence has it.
    pub relative_residual: f64,
}

/// What one iteration computed. With those before it, it defines the tridiagonal
/// matrix that Lanczos' method would make of A and b.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iteration {
    /// r^T r / p^T A p: the length of the step along p.
    pub length: f64,
    /// r'^T r' / r^T r, of the residuals after and before it.
    pub ratio: f64,
    /// ||b - A x|| / ||b|| after it, as the recurrence has it.
    pub relative_residual: f64,
}

/// Solves A x = b for a symmetric positive definite A, given by its product
/// with a vector, from x = 0. Stops after `iterations`, when the relative
/// residual is at most `tolerance` (0: only when it is 0), or when A shows
/// itself not to be positive definite. Dot products accumulate in `f64`.
pub fn conjugate_gradient<E: Real>(
    product: impl FnMut(&[E]) -> Vec<E>,
    b: &[E],
    iterations: usize,
    tolerance: f64,
) -> Solution<E> {
    conjugate_gradient_seen(product, b, iterations, tolerance, |_| {})
}

/// The same, which tells `seen` of every iteration.
pub fn conjugate_gradient_seen<E: Real>(
    mut product: impl FnMut(&[E]) -> Vec<E>,
    b: &[E],
    iterations: usize,
    tolerance: f64,
    mut seen: impl FnMut(Iteration),
) -> Solution<E> {
    let mut x = vec![E::ZERO; b.len()];
    let mut r = b.to_vec();
    let mut p = b.to_vec();
    let mut rr = dot(&r, &r);
    let bb = rr;
    let mut done = 0;
    while done < iterations && rr > tolerance * tolerance * bb {
        let ap = product(&p);
        let curvature = dot(&p, &ap);
        if curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        let step = E::from_double(rr / curvature);
        for i in 0..b.len() {
            x[i] += step * p[i];
            r[i] -= step * ap[i];
        }
        let rr_next = dot(&r, &r);
        let ratio = E::from_double(rr_next / rr);
        for (p, &r) in p.iter_mut().zip(&r) {
            *p = r + ratio * *p;
        }
        seen(Iteration {
            length: rr / curvature,
            ratio: rr_next / rr,
            relative_residual: (rr_next / bb).sqrt(),
        });
        rr = rr_next;
        done += 1;
    }
    Solution {
        x,
        iterations: done,
        relative_residual: if bb > 0.0 { (rr / bb).sqrt() } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    /// A = B B^T + I and b, from a fixed stream.
    fn system(n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut rng = Streams::new(0, "cg").stream(Purpose::Bootstrap, n as u32);
        let b: Vec<f64> = (0..n * n).map(|_| rng.normal()).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = dot(&b[i * n..][..n], &b[j * n..][..n]);
            }
            a[i * n + i] += 1.0;
        }
        (a, (0..n).map(|_| rng.normal()).collect())
    }

    fn times(a: &[f64], v: &[f64]) -> Vec<f64> {
        a.chunks_exact(v.len()).map(|row| dot(row, v)).collect()
    }

    #[test]
    fn exact_in_n_steps_within_rounding() {
        for n in [1, 2, 5, 12] {
            let (a, b) = system(n);
            let solution = conjugate_gradient(|v| times(&a, v), &b, n, 0.0);
            for (ax, b) in times(&a, &solution.x).iter().zip(&b) {
                assert!((ax - b).abs() < 1e-7, "n = {n}: {ax} is not {b}");
            }
        }
    }

    #[test]
    fn stops_at_the_tolerance_and_reports_it() {
        let (a, b) = system(12);
        let solution = conjugate_gradient(|v| times(&a, v), &b, 100, 1e-3);
        assert!(solution.iterations < 100);
        assert!(solution.relative_residual <= 1e-3);
    }

    #[test]
    fn zero_and_indefinite_systems_end_at_once() {
        let solution = conjugate_gradient(|v: &[f64]| v.to_vec(), &[0.0; 3], 10, 0.0);
        assert_eq!((solution.iterations, solution.relative_residual), (0, 0.0));
        let negative = |v: &[f64]| v.iter().map(|v| -v).collect();
        assert_eq!(conjugate_gradient(negative, &[1.0; 3], 10, 0.0).x, [0.0; 3]);
    }
}
