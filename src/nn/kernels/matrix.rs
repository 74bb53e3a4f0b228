//! Products of matrices whose every element is one chain of fused
//! multiply-adds.

use super::lanes::Lanes;
use super::{Kernel, LANES, Start, View, kernel};
use crate::math::Real;

/// Rows of a register block.
const BLOCK: usize = 6;

/// Calls `$call` with the largest constant block height that fits what is
/// left, until all of `$count` is done.
macro_rules! in_blocks {
    ($at:ident in 0..$count:expr, $height:ident => $call:expr) => {{
        let mut $at = 0;
        while $at + BLOCK <= $count {
            const $height: usize = BLOCK;
            $call;
            $at += BLOCK;
        }
        while $at + 2 <= $count {
            const $height: usize = 2;
            $call;
            $at += 2;
        }
        while $at < $count {
            const $height: usize = 1;
            $call;
            $at += 1;
        }
    }};
}

/// Calls `$call` for column blocks of `$vectors` vectors, then of single ones.
macro_rules! in_columns {
    ($column:ident in 0..$stride:expr, $wide:expr, $vectors:ident => $call:expr) => {{
        let mut $column = 0;
        if $wide == 4 {
            while $column + 4 * LANES <= $stride {
                const $vectors: usize = 4;
                $call;
                $column += 4 * LANES;
            }
        }
        while $column + LANES <= $stride {
            const $vectors: usize = 1;
            $call;
            $column += LANES;
        }
    }};
}

kernel! {
    /// y\[r\]\[c\] = start + sum over k of x\[r\]\[k\] w\[k\]\[c\], one chain in
    /// ascending k for every output.
    ///
    /// `rows` rows of `x` with `inner` elements, `inner` rows of `w`; `y` has
    /// the stride of `w`.
    pub fn affine<E: Real, wide>(rows: usize, inner: usize, x: View<E>, w: View<E>, start: Start<E>, y: &mut [E]) {
        in_columns!(column in 0..w.stride, wide, VECTORS => {
            in_blocks!(row in 0..rows, HEIGHT => {
                affine_block::<E, HEIGHT, VECTORS>(row, column, inner, x, w, start, y)
            })
        })
    }
}

#[inline(always)]
fn affine_block<E: Real, const HEIGHT: usize, const VECTORS: usize>(
    row: usize,
    column: usize,
    inner: usize,
    x: View<E>,
    w: View<E>,
    start: Start<E>,
    y: &mut [E],
) {
    let mut sums = [[Lanes::ZERO; VECTORS]; HEIGHT];
    for (r, sums) in sums.iter_mut().enumerate() {
        let from = match start {
            Start::Zero => continue,
            Start::Bias(bias) => &bias[column..],
            Start::Output => &y[(row + r) * w.stride + column..],
        };
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = Lanes::load(&from[v * LANES..]);
        }
    }
    let x: [&[E]; HEIGHT] = std::array::from_fn(|r| x.row(row + r, 0, inner));
    for k in 0..inner {
        let weights = w.row(k, column, VECTORS * LANES);
        let weights: [Lanes<E>; VECTORS] =
            std::array::from_fn(|v| Lanes::load(&weights[v * LANES..]));
        for (x, sums) in x.iter().zip(&mut sums) {
            for (sum, weight) in sums.iter_mut().zip(&weights) {
                sum.add_scaled(x[k], weight);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(&mut y[(row + r) * w.stride + column + v * LANES..]);
        }
    }
}

kernel! {
    /// w\[k\]\[c\] += sum over r of x\[r\]\[k\] y\[r\]\[c\], one chain in ascending
    /// r for every element: the gradient of the weights.
    ///
    /// `inner` is the width of `x` and the number of rows of `w`, which has
    /// the stride of `y`.
    pub fn outer_sum<E: Real, wide>(rows: usize, inner: usize, x: View<E>, y: View<E>, w: &mut [E]) {
        in_columns!(column in 0..y.stride, wide, VECTORS => {
            in_blocks!(k in 0..inner, HEIGHT => {
                outer_block::<E, HEIGHT, VECTORS>(k, column, rows, x, y, w)
            })
        })
    }
}

#[inline(always)]
fn outer_block<E: Real, const HEIGHT: usize, const VECTORS: usize>(
    k: usize,
    column: usize,
    rows: usize,
    x: View<E>,
    y: View<E>,
    w: &mut [E],
) {
    let mut sums: [[Lanes<E>; VECTORS]; HEIGHT] = std::array::from_fn(|i| {
        std::array::from_fn(|v| Lanes::load(&w[(k + i) * y.stride + column + v * LANES..]))
    });
    for r in 0..rows {
        let x = x.row(r, k, HEIGHT);
        let y = y.row(r, column, VECTORS * LANES);
        let y: [Lanes<E>; VECTORS] = std::array::from_fn(|v| Lanes::load(&y[v * LANES..]));
        for (i, sums) in sums.iter_mut().enumerate() {
            for (sum, y) in sums.iter_mut().zip(&y) {
                sum.add_scaled(x[i], y);
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(&mut w[(k + i) * y.stride + column + v * LANES..]);
        }
    }
}
