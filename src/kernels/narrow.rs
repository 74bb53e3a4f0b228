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
#[inline(always)]
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
    dots_by_definition(rows, bias, terms, y, y_stride);
}

/// [`dots`] of any number type.
#[inline(never)]
fn dots_by_definition<E: Real>(
    rows: usize,
    bias: &[E],
    terms: &[Term<E>],
    y: &mut [E],
    y_stride: usize,
) {
    for row in 0..rows {
        for (j, bias) in bias.iter().enumerate() {
            let mut sum = Lanes::ZERO;
            for term in terms {
                let stride = term.w.stride;
                let (x, w) = (term.x.row(row, 0, stride), term.w.row(j, 0, stride));
                for (x, w) in x.chunks_exact(LANES).zip(w.chunks_exact(LANES)) {
                    sum.add_product(&Lanes::load(x), &Lanes::load(w));
                }
            }
            y[row * y_stride + j] = *bias + sum.tree_sum();
        }
    }
}

/// [`dots`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
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
    let (Some(bias), Some(y)) = (E::as_f32(bias), E::as_f32_mut(y)) else {
        return false;
    };
    let last = rows
        .checked_sub(1)
        .map_or(0, |before| before * y_stride + outputs);
    assert!(outputs <= y_stride && last <= y.len());
    let dots = match kernel.instructions() {
        Instructions::Avx512 => vector::dots_avx512,
        Instructions::Avx2 => vector::dots_avx2,
        Instructions::Portable => return false,
    };
    let out = vector::Outputs {
        bias: bias.as_ptr(),
        count: outputs,
        y: y.as_mut_ptr(),
        stride: y_stride,
    };
    // SAFETY: there is a kernel only where the CPU has its features, and everything has been
    // found to be large enough.
    unsafe { dots(rows, &operands[..terms.len()], out) };
    true
}
