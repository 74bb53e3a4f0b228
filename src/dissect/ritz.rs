//! Ritz values: what a run of the conjugate gradient knows of the eigenvalues of
//! its matrix.

use crate::optim::conjugate_gradient::Iteration;

/// The eigenvalues, ascending, of the tridiagonal matrix T that the coefficients
/// of the conjugate gradient define (Golub and Van Loan, *Matrix Computations*,
/// section 11.3): with a_k the lengths and b_k the ratios of its iterations,
///
/// T_kk = 1 / a_k + b_(k-1) / a_(k-1), T_(k,k+1) = sqrt(b_k) / a_k.
///
/// They lie between the extreme eigenvalues of the matrix that was solved with,
/// and approach those first.
pub(super) fn ritz_values(iterations: &[Iteration]) -> Vec<f64> {
    let mut before = 0.0;
    let diagonal = iterations.iter().map(|now| {
        let entry = 1.0 / now.length + before;
        before = now.ratio / now.length;
        entry
    });
    let diagonal: Vec<f64> = diagonal.collect();
    let beside = iterations.iter().map(|now| now.ratio.sqrt() / now.length);
    // The last leads out of the matrix.
    let beside: Vec<f64> = beside.take(diagonal.len().saturating_sub(1)).collect();
    eigenvalues(&diagonal, &beside)
}

/// The eigenvalues, ascending, of the symmetric tridiagonal matrix with this
/// `diagonal` and `beside` it one number fewer, by bisection on the number of
/// eigenvalues below a point. Each is exact to rounding.
fn eigenvalues(diagonal: &[f64], beside: &[f64]) -> Vec<f64> {
    let side = |i: Option<usize>| i.and_then(|i| beside.get(i)).map_or(0.0, |b| b.abs());
    // Gershgorin: every eigenvalue lies within such a distance of the diagonal.
    let discs = diagonal.iter().enumerate().map(|(i, centre)| {
        let radius = side(i.checked_sub(1)) + side(Some(i));
        (centre - radius, centre + radius)
    });
    let (low, high) = discs.fold((f64::INFINITY, f64::NEG_INFINITY), |all, disc| {
        (all.0.min(disc.0), all.1.max(disc.1))
    });
    let one = |k: usize| bisect(low, high, |x| below(diagonal, beside, x) <= k);
    (0..diagonal.len()).map(one).collect()
}

/// How many eigenvalues are below `x`: the negative pivots of T - x I (Sylvester's
/// law of inertia).
fn below(diagonal: &[f64], beside: &[f64], x: f64) -> usize {
    let (mut count, mut pivot) = (0, 1.0);
    for (i, entry) in diagonal.iter().enumerate() {
        let square = if i == 0 { 0.0 } else { beside[i - 1].powi(2) };
        pivot = entry - x - square / pivot;
        if pivot == 0.0 {
            // As if x were a little smaller.
            pivot = f64::MIN_POSITIVE.sqrt();
        }
        count += usize::from(pivot < 0.0);
    }
    count
}

/// The largest number from `low` to `high` for which `holds`, to the last bit.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + 0.5 * (high - low);
        // A NaN ends it too.
        if !(low < middle && middle < high) {
            return middle;
        }
        match holds(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::conjugate_gradient::conjugate_gradient_seen;

    fn close(found: &[f64], expected: &[f64], error: f64) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < error * expected.abs().max(1.0),
                "{found} is not {expected}"
            );
        }
    }

    /// 2 on the diagonal, -1 beside it: 2 - 2 cos(k pi / (n + 1)).
    #[test]
    fn a_matrix_with_known_eigenvalues_has_them() {
        for n in [1, 2, 3, 10, 25] {
            let angle = |k: usize| k as f64 * std::f64::consts::PI / (n + 1) as f64;
            let expected: Vec<f64> = (1..=n).map(|k| 2.0 - 2.0 * angle(k).cos()).collect();
            close(
                &eigenvalues(&vec![2.0; n], &vec![-1.0; n - 1]),
                &expected,
                1e-14,
            );
        }
        close(
            &eigenvalues(&[3.0, 3.0, -1.0], &[0.0, 0.0]),
            &[-1.0, 3.0, 3.0],
            1e-14,
        );
        assert_eq!(eigenvalues(&[], &[]), [0.0; 0]);
    }

    /// H D H of a reflection H is a dense matrix with the eigenvalues D.
    fn dense(eigenvalues: &[f64]) -> Vec<Vec<f64>> {
        let n = eigenvalues.len();
        let v: Vec<f64> = (0..n).map(|i| (1.0 + i as f64).sqrt()).collect();
        let vv: f64 = v.iter().map(|v| v * v).sum();
        let h = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * v[i] * v[j] / vv;
        let entry = |i, j| (0..n).map(|k| h(i, k) * eigenvalues[k] * h(k, j)).sum();
        (0..n)
            .map(|i| (0..n).map(|j| entry(i, j)).collect())
            .collect()
    }

    fn seen(a: &[Vec<f64>], b: &[f64], iterations: usize) -> Vec<Iteration> {
        let product = |x: &[f64]| -> Vec<f64> {
            let row = |row: &Vec<f64>| row.iter().zip(x).map(|(a, x)| a * x).sum();
            a.iter().map(row).collect()
        };
        let mut seen = Vec::new();
        conjugate_gradient_seen(product, b, iterations, 0.0, |one| seen.push(one));
        seen
    }

    #[test]
    fn after_n_iterations_ritz_values_are_the_eigenvalues_of_a_dense_matrix() {
        let spectrum = [0.1, 0.5, 1.0, 4.0, 30.0];
        let iterations = seen(&dense(&spectrum), &[1.0, -2.0, 0.5, 3.0, 1.5], 5);
        close(&ritz_values(&iterations), &spectrum, 1e-9);
        assert!(iterations[4].relative_residual < 1e-9, "{iterations:?}");
    }

    /// By less they lie strictly inside, the largest nearest to its eigenvalue.
    #[test]
    fn before_that_they_lie_inside() {
        let spectrum = [0.1, 0.5, 1.0, 4.0, 30.0];
        let found = ritz_values(&seen(&dense(&spectrum), &[1.0, -2.0, 0.5, 3.0, 1.5], 3));
        assert_eq!(found.len(), 3);
        assert!(
            found.iter().all(|value| (0.1..30.0).contains(value)),
            "{found:?}"
        );
        assert!((found[2] - 30.0).abs() < 0.3, "{found:?}");
    }
}
