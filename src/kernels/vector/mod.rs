//! Vector instructions, where the compiler does not find good ones by itself.
//!
//! Nothing here checks a length or a feature of the CPU: the safe functions of
//! the modules above do, and say at the call what they checked. `tests/rules.rs`
//! lists the few other files that hold unsafe code.

pub(super) mod blocks;
pub(super) mod dots;
pub(super) mod peak;
pub(super) mod transpose;

use std::arch::x86_64::*;

use crate::math::{TANH_LIMIT, TANH_P, TANH_Q};

/// A register of `f32`.
///
/// # Safety
/// The methods may be called only where the CPU has the features of the
/// implementing type, inside a function that enables them.
pub(super) trait Register: Copy {
    /// Numbers that it holds.
    const LANES: usize;
    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// self + a b, rounded once.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// self (1 - h^2).
    unsafe fn times_tanh_derivative(self, h: Self) -> Self;
    /// self where h is above 0 or NaN, else 0.
    unsafe fn times_relu_derivative(self, h: Self) -> Self;
    /// The larger of self and `low`; NaN stays NaN.
    unsafe fn at_least(self, low: f32) -> Self;
    /// The smaller of self and `high`; NaN stays NaN.
    unsafe fn at_most(self, high: f32) -> Self;
    /// self times `factor`.
    unsafe fn times(self, factor: Self) -> Self;
    /// self over `divisor`.
    unsafe fn over(self, divisor: Self) -> Self;

    /// The polynomial with these coefficients, constant first.
    #[inline(always)]
    unsafe fn polynomial<const N: usize>(self, coefficients: &[f32; N]) -> Self {
        // SAFETY, here and below: the caller vouches for the CPU's features.
        unsafe {
            let mut value = Self::splat(coefficients[N - 1]);
            for &coefficient in coefficients[..N - 1].iter().rev() {
                value = Self::splat(coefficient).add_product(value, self);
            }
            value
        }
    }

    /// tanh, operation by operation what [`Real::tanh`](crate::math::Real::tanh) is of `f32`.
    #[inline(always)]
    unsafe fn tanh(self) -> Self {
        unsafe {
            let x = self.at_least(-TANH_LIMIT).at_most(TANH_LIMIT);
            let u = x.times(x);
            let quotient = x.times(u.polynomial(&TANH_P)).over(u.polynomial(&TANH_Q));
            quotient.at_least(-1.0).at_most(1.0)
        }
    }
}

macro_rules! register {
    ($type:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $fnma:ident, $mul:ident,
     $div:ident, $max:ident, $min:ident, $above:expr) => {
        // SAFETY: the caller vouches for the CPU's features, and for pointers.
        impl Register for $type {
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn zero() -> Self {
                unsafe { $zero() }
            }
            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                unsafe { $splat(value) }
            }
            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                unsafe { $load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                unsafe { $store(to, self) }
            }
            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                unsafe { $fma(a, b, self) }
            }
            #[inline(always)]
            unsafe fn times_tanh_derivative(self, h: Self) -> Self {
                unsafe { $mul(self, $fnma(h, h, $splat(1.0))) }
            }
            #[inline(always)]
            unsafe fn times_relu_derivative(self, h: Self) -> Self {
                unsafe { $above(self, h) }
            }
            // These give their second operand where one is NaN.
            #[inline(always)]
            unsafe fn at_least(self, low: f32) -> Self {
                unsafe { $max($splat(low), self) }
            }
            #[inline(always)]
            unsafe fn at_most(self, high: f32) -> Self {
                unsafe { $min($splat(high), self) }
            }
            #[inline(always)]
            unsafe fn times(self, factor: Self) -> Self {
                unsafe { $mul(self, factor) }
            }
            #[inline(always)]
            unsafe fn over(self, divisor: Self) -> Self {
                unsafe { $div(self, divisor) }
            }
        }
    };
}

register!(
    __m512,
    16,
    _mm512_setzero_ps,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    |x, h| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLE_UQ>(h, _mm512_setzero_ps()), x)
);
register!(
    __m256,
    8,
    _mm256_setzero_ps,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    |x, h| _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLE_UQ>(h, _mm256_setzero_ps()), x)
);
