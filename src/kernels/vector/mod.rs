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
}

macro_rules! register {
    ($type:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $fnma:ident, $mul:ident) => {
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
    _mm512_mul_ps
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
    _mm256_mul_ps
);
