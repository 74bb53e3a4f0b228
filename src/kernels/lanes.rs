//! Sixteen numbers at a time.

use std::ops::{Deref, DerefMut};

use super::LANES;
use crate::math::Real;

/// Sixteen numbers, the unit of vectorisation.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Lanes<E>(pub [E; LANES]);

impl<E: Real> Lanes<E> {
    pub const ZERO: Self = Self([E::ZERO; LANES]);

    #[inline(always)]
    pub fn load(from: &[E]) -> Self {
        let mut lanes = Self::ZERO;
        lanes.0.copy_from_slice(&from[..LANES]);
        lanes
    }

    /// self + a * b, lane by lane.
    #[inline(always)]
    pub fn add_product(&mut self, a: &Self, b: &Self) {
        for ((lane, &a), &b) in self.0.iter_mut().zip(&a.0).zip(&b.0) {
            *lane = a.mul_add(b, *lane);
        }
    }

    /// The sum of all lanes, by halves.
    #[inline(always)]
    pub fn tree_sum(self) -> E {
        let [a, b]: [[E; 8]; 2] = halves(self.0);
        let [a, b]: [[E; 4]; 2] = halves(add(a, b));
        let [a, b]: [[E; 2]; 2] = halves(add(a, b));
        let [a, b] = add(a, b);
        a + b
    }
}

#[inline(always)]
fn halves<E: Real, const N: usize, const H: usize>(lanes: [E; N]) -> [[E; H]; 2] {
    [
        std::array::from_fn(|i| lanes[i]),
        std::array::from_fn(|i| lanes[i + H]),
    ]
}

#[inline(always)]
fn add<E: Real, const N: usize>(a: [E; N], b: [E; N]) -> [E; N] {
    std::array::from_fn(|i| a[i] + b[i])
}

/// Numbers whose first one, and with it every padded row, begins a cache
/// line; their count is a multiple of [`LANES`].
#[derive(Debug, Clone, Default)]
pub struct Buffer<E> {
    lanes: Vec<Lanes<E>>,
}

impl<E: Real> Buffer<E> {
    /// `count` zeros, rounded up to a multiple of [`LANES`].
    pub fn zeros(count: usize) -> Self {
        Self {
            lanes: vec![Lanes::ZERO; count.div_ceil(LANES)],
        }
    }

    /// Makes it hold at least `count` numbers, of any value.
    pub fn reserve(&mut self, count: usize) {
        if self.len() < count {
            *self = Self::zeros(count);
        }
    }
}

impl<E> Deref for Buffer<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        // SAFETY: `Lanes` is an array of `LANES` numbers without padding.
        unsafe { std::slice::from_raw_parts(self.lanes.as_ptr().cast(), self.lanes.len() * LANES) }
    }
}

impl<E> DerefMut for Buffer<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        let count = self.lanes.len() * LANES;
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lanes.as_mut_ptr().cast(), count) }
    }
}
