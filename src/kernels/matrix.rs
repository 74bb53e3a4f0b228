//! Products of matrices whose every element is one chain of fused
//! multiply-adds.

#[cfg(target_arch = "x86_64")]
use super::vector::blocks::{self, Last, Matrix, Output, Product};
use super::{Finish, Kernel, Term, View, kernel};
#[cfg(target_arch = "x86_64")]
use super::{Instructions, LANES};
#[cfg(target_arch = "x86_64")]
use crate::activation::Activation;
use crate::math::Real;

/// Terms that a product adds at most.
pub(crate) const MAX_TERMS: usize = 2;

/// Matrices that it fetches at most.
pub(crate) const MAX_SOON: usize = 3;

/// What [`affine`] computes: bias + sum over `terms` of x w.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Affine<'a, E> {
    /// \[columns\]
    pub bias: Option<&'a [E]>,
    /// At most [`MAX_TERMS`].
    pub terms: &'a [Term<'a, E>],
}

/// y\[r\]\[c\] = finish(bias\[c\] + sum over k of x\[r\]\[k\] w\[k\]\[c\]), one
/// chain in ascending k for every output, one term after the other.
///
/// The rows of every w and of `y` are `stride` apart. As many rows of every matrix of `soon`, which
/// may have fewer, are on their way into a cache when it returns.
///
/// # Panics
/// If something is too small, or there are more than [`MAX_TERMS`] terms or [`MAX_SOON`] matrices to
/// fetch.
// Inlined, as `dots` is: what a pass says of its operands would go through memory from function
// to function, which took a sixth of the time of a forward pass of one row.
#[inline(always)]
pub(crate) fn affine<E: Real>(
    kernel: Kernel,
    rows: usize,
    stride: usize,
    sum: Affine<E>,
    finish: Finish<E>,
    soon: &[View<E>],
    y: &mut [E],
) {
    let y = &mut y[..rows * stride];
    #[cfg(target_arch = "x86_64")]
    if vector_affine(kernel, rows, stride, sum, finish, soon, y) {
        return;
    }
    affine_in_steps(kernel, stride, sum, finish, y);
}

/// [`affine`] of any number type.
#[inline(never)]
fn affine_in_steps<E: Real>(
    kernel: Kernel,
    stride: usize,
    sum: Affine<E>,
    finish: Finish<E>,
    y: &mut [E],
) {
    let Affine { bias, terms } = sum;
    affine_by_definition(kernel, stride, bias, terms, y);
    match finish {
        Finish::Nothing => {}
        Finish::Activate(activation) => super::activate(kernel, activation, y),
        Finish::TimesDerivative(activation, h) => {
            super::times_derivative(kernel, activation, y, h);
        }
    }
}

kernel! {
    /// [`affine`] before it finishes, of any number type.
    fn affine_by_definition<E: Real>(kernel: Kernel, stride: usize, bias: Option<&[E]>, terms: &[Term<E>], y: &mut [E]) {
        for (row, y) in y.chunks_exact_mut(stride).enumerate() {
            match bias {
                Some(bias) => y.copy_from_slice(&bias[..stride]),
                None => y.fill(E::ZERO),
            }
            for term in terms {
                for (k, &x) in term.x.row(row, 0, term.inner).iter().enumerate() {
                    for (y, &w) in y.iter_mut().zip(term.w.row(k, 0, stride)) {
                        *y = x.mul_add(w, *y);
                    }
                }
            }
        }
    }
}

/// w\[k\]\[c\] = sum over r of x\[r\]\[k\] y\[r\]\[c\], one chain in ascending r
/// for every element: the gradient of the weights. With `bias`, a last row of w
/// gets the sums of y\[r\]\[c\]: the gradient of the bias.
///
/// `inner` is the width of `x`; the rows of w have the stride of `y`.
///
/// # Panics
/// If something is too small.
pub(crate) fn outer_sum<E: Real>(
    kernel: Kernel,
    rows: usize,
    inner: usize,
    x: View<E>,
    y: View<E>,
    bias: bool,
    w: &mut [E],
) {
    let w = &mut w[..(inner + usize::from(bias)) * y.stride];
    #[cfg(target_arch = "x86_64")]
    if vector_outer_sum(kernel, rows, inner, x, y, bias, w) {
        return;
    }
    outer_sum_by_definition(kernel, rows, inner, x, y, w);
}

kernel! {
    /// [`outer_sum`] of any number type; with a row too many in w, that of the
    /// bias.
    fn outer_sum_by_definition<E: Real>(kernel: Kernel, rows: usize, inner: usize, x: View<E>, y: View<E>, w: &mut [E]) {
        w.fill(E::ZERO);
        for r in 0..rows {
            let (x, y_row) = (x.row(r, 0, inner), y.row(r, 0, y.stride));
            for (k, w) in w.chunks_exact_mut(y.stride).enumerate() {
                let factor = x.get(k).copied().unwrap_or(E::ONE);
                for (w, &y) in w.iter_mut().zip(y_row) {
                    *w = factor.mul_add(y, *w);
                }
            }
        }
    }
}

/// Refuses a matrix that does not hold `rows` rows of `width` elements.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn matrix(data: &[f32], stride: usize, rows: usize, width: usize) -> Matrix {
    let is_large_enough = match rows.checked_sub(1) {
        Some(before) => width <= stride && data.len() >= before * stride + width,
        None => true,
    };
    assert!(is_large_enough, "a matrix is smaller than it should be");
    let data = data.as_ptr();
    Matrix { data, stride }
}

/// [`affine`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn vector_affine<E: Real>(
    kernel: Kernel,
    rows: usize,
    stride: usize,
    Affine { bias, terms }: Affine<E>,
    finish: Finish<E>,
    soon: &[View<E>],
    y: &mut [E],
) -> bool {
    let affine = match kernel.instructions() {
        Instructions::Avx512 => blocks::affine_avx512,
        Instructions::Avx2 => blocks::affine_avx2,
        Instructions::Portable => return false,
    };
    let mut products = [Product::NONE; MAX_TERMS];
    for (product, term) in products[..terms.len()].iter_mut().zip(terms) {
        let (Some(x), Some(w)) = (E::as_f32(term.x.data), E::as_f32(term.w.data)) else {
            return false;
        };
        *product = Product {
            x: matrix(x, term.x.stride, rows, term.inner),
            w: matrix(w, term.w.stride, term.inner, stride),
            inner: term.inner,
        };
    }
    let h_of = |h| E::as_f32(h).map(|h| matrix(h, stride, rows, stride).data);
    let finish = match finish {
        Finish::Nothing
        | Finish::Activate(Activation::Identity)
        | Finish::TimesDerivative(Activation::Identity, _) => Some(Last::Nothing),
        Finish::Activate(Activation::Tanh) => Some(Last::Tanh),
        Finish::Activate(Activation::Relu) => Some(Last::Relu),
        Finish::TimesDerivative(Activation::Tanh, h) => h_of(h).map(Last::TimesTanhDerivative),
        Finish::TimesDerivative(Activation::Relu, h) => h_of(h).map(Last::TimesReluDerivative),
    };
    let (Some(finish), Some(numbers)) = (finish, E::as_f32_mut(y)) else {
        return false;
    };
    assert!(stride.is_multiple_of(LANES) && numbers.len() == rows * stride);
    let bias = bias.and_then(E::as_f32);
    let mut upcoming = [Matrix::NONE; MAX_SOON];
    for (upcoming, view) in upcoming[..soon.len()].iter_mut().zip(soon) {
        upcoming.data = view.data.as_ptr().cast();
        upcoming.stride = view.stride;
    }
    let out = Output {
        y: numbers.as_mut_ptr(),
        stride,
        bias: bias.map_or(std::ptr::null(), |bias| {
            matrix(bias, stride, 1, stride).data
        }),
        finish,
    };
    // SAFETY: there is a kernel only where the CPU has its features, and every matrix has been
    // found to be large enough.
    unsafe { affine(rows, &products[..terms.len()], out, &upcoming[..soon.len()]) };
    true
}

/// [`outer_sum`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
fn vector_outer_sum<E: Real>(
    kernel: Kernel,
    rows: usize,
    inner: usize,
    x: View<E>,
    y: View<E>,
    bias: bool,
    w: &mut [E],
) -> bool {
    let outer_sum = match kernel.instructions() {
        Instructions::Avx512 => blocks::outer_sum_avx512,
        Instructions::Avx2 => blocks::outer_sum_avx2,
        Instructions::Portable => return false,
    };
    let (Some(x_data), Some(y_data)) = (E::as_f32(x.data), E::as_f32(y.data)) else {
        return false;
    };
    let width = y.stride;
    let (x, y) = (
        matrix(x_data, x.stride, rows, inner),
        matrix(y_data, y.stride, rows, width),
    );
    let Some(w) = E::as_f32_mut(w) else {
        return false;
    };
    assert!(width.is_multiple_of(LANES));
    assert!(w.len() >= (inner + usize::from(bias)) * width);
    // SAFETY: there is a kernel only where the CPU has its features, and every
    // matrix has been found to be large enough.
    unsafe { outer_sum(rows, inner, x, y, bias, w.as_mut_ptr()) };
    true
}
