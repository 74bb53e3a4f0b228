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
/// If there are more than [`MAX_TERMS`] terms, or fewer biases than outputs.
pub(crate) fn dots<E: Real>(
    kernel: Kernel,
    rows: usize,
    outputs: usize,
    bias: &[E],
    terms: &[Term<E>],
    y: &mut [E],
    y_stride: usize,
) {
    let bias = &bias[..outputs];
    #[cfg(target_arch = "x86_64")]
    if vector_dots(kernel, rows, bias, terms, y, y_stride) {
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
            y[row * y_stride + j] = bias[j] + sum.tree_sum();
        }
    }
}

/// [`dots`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
fn vector_dots<E: Real>(
    kernel: Kernel,
    rows: usize,
    bias: &[E],
    terms: &[Term<E>],
    y: &mut [E],
    y_stride: usize,
) -> bool {
    let outputs = bias.len();
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
    let (Some(bias), Some(y)) = (E::as_f32(bias), E::as_f32_mut(y)) else {
        return false;
    };
    let out = (bias, y, y_stride);
    match kernel.instructions() {
        // SAFETY, here and below: there is a kernel only where the CPU has its
        // features, and `in_groups` names rows of x below `rows` and rows of w
        // below `outputs`, which the slices hold.
        Instructions::Avx512 => in_groups(
            rows,
            |row, j| unsafe { vector::rows_avx512(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx512(at, row, first, count) },
            out,
        ),
        Instructions::Avx2 => in_groups(
            rows,
            |row, j| unsafe { vector::rows_avx2(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx2(at, row, first, count) },
            out,
        ),
        Instructions::Portable => return false,
    }
    true
}

/// Groups of `N` rows for one output after the other, then what rows are left,
/// each for groups of at most `N` outputs.
#[cfg(target_arch = "x86_64")]
fn in_groups<const N: usize>(
    rows: usize,
    of_rows: impl Fn(usize, usize) -> [f32; N],
    of_outputs: impl Fn(usize, usize, usize) -> [f32; N],
    (bias, y, y_stride): (&[f32], &mut [f32], usize),
) {
    let whole = rows - rows % N;
    for row in (0..whole).step_by(N) {
        for (j, &bias) in bias.iter().enumerate() {
            let column = y[row * y_stride + j..].iter_mut().step_by(y_stride);
            for (y, sum) in column.zip(of_rows(row, j)) {
                *y = bias + sum;
            }
        }
    }
    for row in whole..rows {
        for (group, bias) in bias.chunks(N).enumerate() {
            let first = group * N;
            let sums = of_outputs(row, first, bias.len());
            let y = y[row * y_stride + first..].iter_mut();
            for ((y, bias), sum) in y.zip(bias).zip(sums) {
                *y = bias + sum;
            }
        }
    }
}
