//! Eigenvectors of a covariance matrix by Jacobi rotations.

use crate::kernels::dot;

/// Most sweeps over all pairs of columns; ten are enough in practice.
const SWEEPS: usize = 40;

/// Two columns whose cosine is smaller are orthogonal.
const TOLERANCE: f64 = 1e-15;

/// A pivot below this share of its diagonal element is what rounding left of 0.
const SMALLEST_PIVOT: f64 = 1e-30;

/// The eigenvectors b of a symmetric positive matrix C, as rows, and the roots d
/// of their eigenvalues, in no order.
///
/// C = L L^T by Cholesky, then the columns of L are rotated in pairs until they
/// are orthogonal (Hestenes 1958): column i is then d_i b_i. Small eigenvalues
/// are as exact as large ones, and what is rotated lies side by side in memory.
/// The order of rotations and additions is fixed.
///
/// `matrix` is \[n\]\[n\], of which the lower triangle is read. Where rounding
/// left it no longer positive, the least pivots stand in for those that are not.
///
/// # Panics
/// If `matrix` is not \[n\]\[n\].
pub fn eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(matrix.len(), n * n, "elements of the matrix");
    let mut columns = cholesky(matrix, n);
    for _ in 0..SWEEPS {
        if !sweep(&mut columns, n) {
            break;
        }
    }
    let mut roots = Vec::with_capacity(n);
    for column in columns.chunks_exact_mut(n.max(1)) {
        let root = dot(column, column).sqrt();
        column.iter_mut().for_each(|x| *x /= root);
        roots.push(root);
    }
    (columns, roots)
}

/// The columns of the lower triangle L with L L^T = `matrix`, one after another.
fn cholesky(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut columns = vec![0.0; n * n];
    for (i, column) in columns.chunks_exact_mut(n.max(1)).enumerate() {
        for row in i..n {
            column[row] = matrix[row * n + i];
        }
    }
    for i in 0..n {
        let (done, rest) = columns.split_at_mut((i + 1) * n);
        let column = &mut done[i * n..];
        let least = (matrix[i * n + i] * SMALLEST_PIVOT).max(f64::MIN_POSITIVE);
        let pivot = column[i].max(least).sqrt();
        column[i] = pivot;
        column[i + 1..].iter_mut().for_each(|x| *x /= pivot);
        for (offset, later) in rest.chunks_exact_mut(n).enumerate() {
            let first = i + 1 + offset;
            let factor = column[first];
            for (x, l) in later[first..].iter_mut().zip(&column[first..]) {
                *x -= factor * l;
            }
        }
    }
    columns
}

/// Rotates every pair of columns once; whether any was not orthogonal before.
fn sweep(columns: &mut [f64], n: usize) -> bool {
    let mut has_rotated = false;
    for i in 1..n {
        let (before, rest) = columns.split_at_mut(i * n);
        let q = &mut rest[..n];
        for p in before.chunks_exact_mut(n) {
            has_rotated |= rotate(p, q);
        }
    }
    has_rotated
}

/// Makes `p` and `q` orthogonal by a rotation in their plane (Rutishauser's
/// formula for its tangent); whether they were not.
fn rotate(p: &mut [f64], q: &mut [f64]) -> bool {
    let (pp, qq, pq) = (dot(p, p), dot(q, q), dot(p, q));
    // A NaN counts as orthogonal: nothing could be made of it.
    let is_oblique = pq.abs() > TOLERANCE * (pp * qq).sqrt();
    if !is_oblique {
        return false;
    }
    let zeta = (qq - pp) / (2.0 * pq);
    let size = 1.0 / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
    let tangent = if zeta < 0.0 { -size } else { size };
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    for (p, q) in p.iter_mut().zip(q) {
        let (a, b) = (*p, *q);
        *p = cosine * a - sine * b;
        *q = sine * a + cosine * b;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn eigenvectors_are_orthonormal_and_give_the_matrix_back() {
        let n = 24;
        let mut rng = Streams::new(5, "jacobi").stream(Purpose::Algorithm, 0);
        let half: Vec<f64> = (0..n * n).map(|_| rng.normal()).collect();
        let of = |a: &dyn Fn(usize) -> f64| -> f64 { (0..n).map(a).sum() };
        let matrix: Vec<f64> = (0..n * n)
            .map(|at| {
                let (i, j) = (at / n, at % n);
                // Conditioned 1e8 to 1 or so.
                let weight = |k: usize| 10f64.powi(k as i32 / 3);
                of(&|k| half[k * n + i] * weight(k) * half[k * n + j])
            })
            .collect();
        let (basis, roots) = eigen(&matrix, n);
        let largest = roots.iter().fold(0.0, |a: f64, &b| a.max(b * b));
        for i in 0..n {
            for j in 0..n {
                let cosine = dot(&basis[i * n..][..n], &basis[j * n..][..n]);
                let expected = f64::from(u8::from(i == j));
                assert!((cosine - expected).abs() < 1e-12, "{i} {j}: {cosine}");
                let again = of(&|k| basis[k * n + i] * roots[k] * roots[k] * basis[k * n + j]);
                assert!((again - matrix[i * n + j]).abs() < 1e-12 * largest);
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_gives_finite_numbers() {
        let (basis, roots) = eigen(&[1.0, 2.0, 2.0, 1.0], 2);
        assert!(basis.iter().chain(&roots).all(|x| x.is_finite()));
        assert!(roots.iter().all(|&root| root > 0.0), "{roots:?}");
        let (_, roots) = eigen(&[4.0, 0.0, 0.0, 9.0], 2);
        assert_eq!(roots, [2.0, 3.0]);
    }
}
