//! Floating-point arithmetic that is the same on every machine.
//!
//! [`Real`] is `f32` (what ships) or `f64` (in which tests check the same
//! code against references). Its `tanh`, `exp` and `ln` never call the
//! platform's libm: those of `f32` are polynomials or rationals of fused
//! multiply-adds, written without branches so that they vectorise; those of
//! `f64` come from the pure-Rust [`libm`].

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::Neg;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What arithmetic asks of a number, and dfdx where that trains.
#[cfg(feature = "train")]
pub use dfdx::dtypes::Dtype as Element;

/// What arithmetic asks of a number.
#[cfg(not(feature = "train"))]
pub trait Element:
    Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + 'static
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::AddAssign
    + std::ops::SubAssign
    + std::ops::MulAssign
    + std::ops::DivAssign
{
    /// 1.
    const ONE: Self;
}

#[cfg(not(feature = "train"))]
impl Element for f32 {
    const ONE: Self = 1.0;
}

#[cfg(not(feature = "train"))]
impl Element for f64 {
    const ONE: Self = 1.0;
}

/// A floating-point number on which networks can run.
pub trait Real:
    Element + Neg<Output = Self> + Sum + Display + Debug + Serialize + DeserializeOwned
{
    /// 0.
    const ZERO: Self;
    /// The nearest number to `value`. (`from_f64` and `to_f64` are taken: dfdx
    /// demands them of its numbers, as conversions that may fail.)
    fn from_double(value: f64) -> Self;
    /// The same number as `f64`.
    fn to_double(self) -> f64;
    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// 1 / self of a positive number. `f32`: by multiplications alone, which are
    /// faster than a division; from 1e-36 to 1e36 the relative error is below
    /// 1.2e-7.
    fn reciprocal(self) -> Self;
    /// Hyperbolic tangent, in [-1, 1]. `f32`: within 5 units in the last place of
    /// the correctly rounded value, relative error below 4e-7.
    fn tanh(self) -> Self;
    /// Exponential. `f32`: within 1 unit in the last place of the correctly
    /// rounded value, relative error below 1.5e-7, where the result is normal; infinite above 88.8, 0 below -103.
    fn exp(self) -> Self;
    /// Natural logarithm of a positive normal number. `f32`: within 1 unit in
    /// the last place of the correctly rounded value.
    fn ln(self) -> Self;
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// The larger of two numbers; `other` if `self` is NaN.
    fn max(self, other: Self) -> Self;
    /// The same numbers if they are `f32`, for which there are vector
    /// instructions.
    fn as_f32(values: &[Self]) -> Option<&[f32]>;
    /// The same, to be written.
    fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]>;
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_double(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_double(self) -> f64 {
        self
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        f64::mul_add(self, factor, addend)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn reciprocal(self) -> Self {
        1.0 / self
    }
    fn tanh(self) -> Self {
        libm::tanh(self)
    }
    fn exp(self) -> Self {
        libm::exp(self)
    }
    fn ln(self) -> Self {
        libm::log(self)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }
    fn as_f32_mut(_: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
}

/// From here on tanh rounds to 1.
pub(crate) const TANH_LIMIT: f32 = 9.0;

/// tanh x = x P(x^2) / Q(x^2), of degree 4, fitted for the smallest relative error on
/// \[0, [`TANH_LIMIT`]\]: P, constant first.
pub(crate) const TANH_P: [f32; 5] = [
    0.999_999_98,
    0.133_810_16,
    3.495_575_2e-3,
    2.060_884_7e-5,
    1.335_430_7e-8,
];

/// Q of [`TANH_P`].
pub(crate) const TANH_Q: [f32; 5] = [
    1.0,
    0.467_143_3,
    2.587_693_5e-2,
    3.285_612_6e-4,
    7.776_418_6e-7,
];

impl Real for f32 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_double(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn to_double(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        f32::mul_add(self, factor, addend)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    /// Newton's iteration from a guess on the bits, which is right to an
    /// eighth: its error is squared every time.
    #[inline(always)]
    fn reciprocal(self) -> Self {
        let mut y = f32::from_bits(0x7ef3_11c7_u32.wrapping_sub(self.to_bits()));
        for _ in 0..3 {
            let error = (-self).mul_add(y, 1.0);
            y = error.mul_add(y, y);
        }
        y
    }

    /// x P(x^2) / Q(x^2) with the coefficients below.
    #[inline(always)]
    fn tanh(self) -> Self {
        let x = clamp(self, -TANH_LIMIT, TANH_LIMIT);
        let u = x * x;
        clamp(x * horner(u, &TANH_P) / horner(u, &TANH_Q), -1.0, 1.0)
    }

    /// 2^n e^r with |r| <= ln 2 / 2 and e^r = 1 + r + r^2 P(r).
    #[inline(always)]
    fn exp(self) -> Self {
        const P: [f32; 5] = [
            0.499_999_93,
            0.166_665_15,
            0.041_668_457,
            8.369_419e-3,
            1.381_314e-3,
        ];
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
        const ROUND: f32 = 12_582_912.0;
        let x = clamp(self, -104.0, 89.0);
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        // ln 2 in two parts, the first with few bits so that n times it is exact.
        let r = (-n).mul_add(0.693_359_4, x);
        let r = (-n).mul_add(-2.121_944_4e-4, r);
        let mantissa = (r * r).mul_add(horner(r, &P), r) + 1.0;
        // n may lie outside the range of one exponent: scale in two steps.
        let n = shifted.to_bits() as i32 - ROUND.to_bits() as i32;
        let half = n >> 1;
        let power = |n: i32| f32::from_bits(((n + 127) << 23) as u32);
        mantissa * power(half) * power(n - half)
    }

    /// k ln 2 + ln(1 + f) with 1 + f in [sqrt(1/2), sqrt 2) and
    /// ln(1 + f) = f - f^2 / 2 + f^3 P(f).
    #[inline(always)]
    fn ln(self) -> Self {
        const P: [f32; 8] = [
            0.333_333_3,
            -0.250_008_2,
            0.200_012_26,
            -0.166_233_54,
            0.142_017_76,
            -0.131_602_35,
            0.127_614_66,
            -0.076_342_2,
        ];
        const SQRT_HALF: u32 = 0x3f35_04f3;
        let bits = self.to_bits();
        let k = (bits.wrapping_sub(SQRT_HALF) as i32) >> 23;
        let f = f32::from_bits(bits.wrapping_sub((k << 23) as u32)) - 1.0;
        let k = k as f32;
        let tail = (f * f * f).mul_add(horner(f, &P), (-0.5 * f).mul_add(f, k * -2.121_944_4e-4));
        k.mul_add(0.693_359_4, f + tail)
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn as_f32(values: &[Self]) -> Option<&[f32]> {
        Some(values)
    }
    #[inline(always)]
    fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]> {
        Some(values)
    }
}

/// `x` limited to [low, high]; NaN stays NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// The polynomial with these coefficients, constant first, by fused
/// multiply-adds.
#[inline(always)]
fn horner<const N: usize>(x: f32, coefficients: &[f32; N]) -> f32 {
    let mut value = coefficients[N - 1];
    for &coefficient in coefficients[..N - 1].iter().rev() {
        value = value.mul_add(x, coefficient);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest relative error of `ours` against `exact` over a grid.
    fn worst(low: f32, high: f32, ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        let n = 400_000;
        (0..=n)
            .map(|i| low + (high - low) * (i as f32 / n as f32))
            .map(|x| {
                let truth = exact(f64::from(x));
                let error = (f64::from(ours(x)) - truth).abs();
                if truth == 0.0 {
                    error
                } else {
                    error / truth.abs()
                }
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn errors_stay_below_what_the_docs_state() {
        let tanh = worst(-12.0, 12.0, Real::tanh, libm::tanh);
        assert!(tanh < 4e-7, "tanh {tanh:e}");
        for decade in -36..36 {
            let low = 10f32.powi(decade);
            let reciprocal = worst(low, 10.0 * low, Real::reciprocal, |x| 1.0 / x);
            assert!(reciprocal < 1.2e-7, "reciprocal at {low}: {reciprocal:e}");
        }
        let small = worst(-1e-3, 1e-3, Real::tanh, libm::tanh);
        assert!(small < 4e-7, "tanh near 0 {small:e}");
        let exp = worst(-87.0, 88.0, Real::exp, libm::exp);
        assert!(exp < 1.5e-7, "exp {exp:e}");
        let ln = worst(1.5, 1e6, Real::ln, libm::log);
        assert!(ln < 1.5e-7, "ln {ln:e}");
        for i in 0..100_000u32 {
            let x = 0.7 + 0.8 * (i as f32 / 100_000.0);
            let error = (f64::from(Real::ln(x)) - libm::log(f64::from(x))).abs();
            assert!(
                error < 1e-8 + 1.5e-7 * f64::from(x).ln().abs(),
                "ln {x}: {error:e}"
            );
        }
    }

    /// Units in the last place between two numbers.
    fn ulps(a: f32, b: f32) -> i64 {
        let place = |x: f32| {
            let bits = i64::from(x.to_bits() as i32);
            if bits < 0 {
                i64::from(i32::MIN) - bits
            } else {
                bits
            }
        };
        (place(a) - place(b)).abs()
    }

    #[test]
    fn results_lie_next_to_the_correctly_rounded_ones() {
        // Of all positive numbers every 997th, and its negative.
        let (mut tanh, mut exp, mut ln) = (0, 0, 0);
        for bits in (0..f32::INFINITY.to_bits()).step_by(997) {
            let x = f32::from_bits(bits);
            for x in [x, -x] {
                let wide = f64::from(x);
                tanh = tanh.max(ulps(Real::tanh(x), libm::tanh(wide) as f32));
                if x.abs() < 87.0 {
                    exp = exp.max(ulps(Real::exp(x), libm::exp(wide) as f32));
                }
            }
            if x >= f32::MIN_POSITIVE {
                ln = ln.max(ulps(Real::ln(x), libm::log(f64::from(x)) as f32));
            }
        }
        assert!(tanh <= 5 && exp <= 1 && ln <= 1, "{tanh} {exp} {ln}");
    }

    #[test]
    fn special_values() {
        assert_eq!(Real::tanh(0.0f32), 0.0);
        assert_eq!(Real::tanh(f32::INFINITY), 1.0);
        assert_eq!(Real::tanh(-1e30f32), -1.0);
        assert!(Real::tanh(f32::NAN).is_nan());
        assert_eq!(Real::exp(0.0f32), 1.0);
        assert_eq!(Real::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Real::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Real::exp(89.0f32), f32::INFINITY);
        assert!(Real::exp(f32::NAN).is_nan());
        assert_eq!(Real::ln(1.0f32), 0.0);
    }
}
