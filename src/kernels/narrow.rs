//! Products for layers with few outputs.

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::lanes::Lanes;
use super::matrix::MAX_TERMS;
#[cfg(target_arch = "x86_64")]
use super::vector::dots as vector;
use super::{Kernel, LANES, Term};
use crate::math::Real;

/// y\[r\]\[j\] = bias\[j\] + sum over terms and over k of x\[r\]\[k\] w\[j\]\[k\] for
/// the few outputs j < `outputs`: sixteen chains over k, one term after the
/// other, added by halves, then to the bias.
///
/// Here w is \[outputs\]\[inner\], with the stride of x, whose padding is zero;
/// rows of `y` are `y_stride` apart.
///
/// # Panics
/// If there are more than [`MAX_TERMS`] terms.
pub(crate) fn dots<E: Real>(
    kernel: Kernel,
    rows: usize,
    outputs: usize,
    bias: &[E],
    terms: &[Term<E>],
    y: &mut [E],
    y_stride: usize,
) {
    let mut put = |row: usize, j: usize, sum: E| y[row * y_stride + j] = bias[j] + sum;
    #[cfg(target_arch = "x86_64")]
    if vector_dots(kernel, rows, outputs, terms, &mut put) {
        return;
    }
    for row in 0..rows {
        for j in 0..outputs {
            let mut sum = Lanes::ZERO;
            for term in terms {
                let stride = term.w.stride;
                let (x, w) = (term.x.row(row, 0, stride), term.w.row(j, 0, stride));
                for (x, w) in x.chunks_exact(LANES).zip(w.chunks_exact(LANES)) {
                    sum.add_product(&Lanes::load(x), &Lanes::load(w));
                }
            }
            put(row, j, sum.tree_sum());
        }
    }
}

/// [`dots`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
fn vector_dots<E: Real>(
    kernel: Kernel,
    rows: usize,
    outputs: usize,
    terms: &[Term<E>],
    put: &mut impl FnMut(usize, usize, E),
) -> bool {
    let mut operands = [vector::Operands::NONE; MAX_TERMS];
    for (term, operands) in terms.iter().zip(&mut operands) {
        let (Some(x), Some(w)) = (E::as_f32(term.x.data), E::as_f32(term.w.data)) else {
            return false;
        };
        let stride = term.w.stride;
        assert!(stride.is_multiple_of(LANES) && term.x.stride == stride);
        assert!(x.len() >= rows * stride && w.len() >= outputs * stride);
        *operands = vector::Operands {
            x: x.as_ptr(),
            w: w.as_ptr(),
            stride,
        };
    }
    let at = &operands[..terms.len()];
    let put = |row: usize, j: usize, sum: f32| put(row, j, E::from_double(f64::from(sum)));
    match kernel.instructions() {
        // SAFETY, here and below: there is a kernel only where the CPU has its
        // features, and `in_groups` names rows of x below `rows` and rows of w
        // below `outputs`, which the slices hold.
        Instructions::Avx512 => in_groups(
            (rows, outputs),
            |row, j| unsafe { vector::rows_avx512(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx512(at, row, first, count) },
            put,
        ),
        Instructions::Avx2 => in_groups(
            (rows, outputs),
            |row, j| unsafe { vector::rows_avx2(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx2(at, row, first, count) },
            put,
        ),
        Instructions::Portable => return false,
    }
    true
}

/// Groups of `N` rows for one output after the other, then what rows are left,
/// each for groups of at most `N` outputs.
#[cfg(target_arch = "x86_64")]
fn in_groups<const N: usize>(
    (rows, outputs): (usize, usize),
    of_rows: impl Fn(usize, usize) -> [f32; N],
    of_outputs: impl Fn(usize, usize, usize) -> [f32; N],
    mut put: impl FnMut(usize, usize, f32),
) {
    let whole = rows - rows % N;
    for row in (0..whole).step_by(N) {
        for j in 0..outputs {
            for (r, sum) in of_rows(row, j).into_iter().enumerate() {
                put(row + r, j, sum);
            }
        }
    }
    for row in whole..rows {
        for first in (0..outputs).step_by(N) {
            let count = N.min(outputs - first);
            let sums = of_outputs(row, first, count);
            for (j, &sum) in sums[..count].iter().enumerate() {
                put(row, first + j, sum);
            }
        }
    }
}
