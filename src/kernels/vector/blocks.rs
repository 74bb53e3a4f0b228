//! Products of matrices in register blocks: the sums of up to 6 rows and 4
//! registers of columns stay in registers while the inner dimension passes.

// Loops over constant indices are what keeps sums in registers.
#![allow(clippy::needless_range_loop)]

use std::arch::x86_64::*;
use std::ops::Range;

use super::Register;
use crate::kernels::LANES;

/// Rows of a block.
const HEIGHT: usize = 6;

/// How many rows ahead of its use h is fetched: it was written long before, and may have to come
/// from memory.
const AHEAD: usize = 2 * HEIGHT;

/// A matrix.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Matrix {
    pub data: *const f32,
    pub stride: usize,
}

impl Matrix {
    /// Nothing.
    pub const NONE: Self = Self {
        data: std::ptr::null(),
        stride: 0,
    };

    /// # Safety
    /// The element must exist, or be one behind the last.
    #[inline(always)]
    unsafe fn at(self, row: usize, column: usize) -> *const f32 {
        // SAFETY: the caller vouches for it.
        unsafe { self.data.add(row * self.stride + column) }
    }
}

/// A product x w.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Product {
    pub x: Matrix,
    pub w: Matrix,
    pub inner: usize,
}

impl Product {
    /// Nothing.
    pub const NONE: Self = Self {
        x: Matrix::NONE,
        w: Matrix::NONE,
        inner: 0,
    };
}

/// Where sums go, and what is done to them.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Output {
    pub y: *mut f32,
    /// Of y and h.
    pub stride: usize,
    /// Null: nothing is added.
    pub bias: *const f32,
    /// What is done to sums before they are stored.
    pub finish: Last,
}

/// What is done to a sum at last; h is laid out as y.
#[derive(Clone, Copy)]
pub(in crate::kernels) enum Last {
    Nothing,
    Tanh,
    Relu,
    /// Times 1 - h^2.
    TimesTanhDerivative(*const f32),
    /// Times 1 where h is above 0, else 0.
    TimesReluDerivative(*const f32),
}

/// Calls `$block` for columns in blocks of up to `$most` registers, whose
/// number `$columns` is a constant in it.
macro_rules! in_columns {
    ($column:ident in 0..$width:expr, $columns:ident <= $most:expr, $register:ty => $block:expr) => {{
        let mut $column = 0;
        while $column < $width {
            let left = ($width - $column) / <$register>::LANES;
            if $most == 4 && left >= 4 {
                const $columns: usize = 4;
                $block;
                $column += 4 * <$register>::LANES;
            } else if left >= 2 {
                const $columns: usize = 2;
                $block;
                $column += 2 * <$register>::LANES;
            } else {
                const $columns: usize = 1;
                $block;
                $column += <$register>::LANES;
            }
        }
    }};
}

/// Calls `$block` for rows in blocks of [`HEIGHT`], then for what is left;
/// their number `$rows` is a constant in it.
macro_rules! in_rows {
    ($row:ident in 0..$height:expr, $rows:ident => $block:expr) => {{
        let mut $row = 0;
        while $row + HEIGHT <= $height {
            const $rows: usize = HEIGHT;
            $block;
            $row += HEIGHT;
        }
        in_rows!(@exactly $height - $row, $rows => $block; 1 2 3 4 5);
    }};
    (@exactly $count:expr, $rows:ident => $block:expr; $($size:literal)+) => {
        match $count {
            $( $size => {
                const $rows: usize = $size;
                $block;
            } )+
            _ => {}
        }
    };
}

#[inline(always)]
unsafe fn affine<R: Register, const WIDE: usize>(
    rows: usize,
    terms: &[Product],
    out: Output,
    soon: &[Matrix],
) {
    in_columns!(column in 0..out.stride, COLUMNS <= WIDE, R => {
        in_rows!(row in 0..rows, ROWS => {
            if column == 0 {
                fetch(row..row + ROWS, soon);
            }
            // SAFETY: blocks end at the sizes for which the caller vouches.
            unsafe { affine_block::<R, ROWS, COLUMNS>(row, column, terms, out) }
        })
    });
}

/// Fetches rows of `matrices`, which need not exist, into the second cache, whose lines hold
/// [`LANES`] numbers.
#[inline(always)]
fn fetch(rows: Range<usize>, matrices: &[Matrix]) {
    for matrix in matrices {
        for at in (rows.start * matrix.stride..rows.end * matrix.stride).step_by(LANES) {
            // SAFETY: it reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(matrix.data.wrapping_add(at).cast()) };
        }
    }
}

#[inline(always)]
unsafe fn affine_block<R: Register, const ROWS: usize, const COLUMNS: usize>(
    row: usize,
    column: usize,
    terms: &[Product],
    out: Output,
) {
    // SAFETY: the caller vouches for the sizes and the CPU.
    unsafe {
        let mut sums = [[R::zero(); COLUMNS]; ROWS];
        if !out.bias.is_null() {
            for c in 0..COLUMNS {
                let bias = R::load(out.bias.add(column + c * R::LANES));
                for r in 0..ROWS {
                    sums[r][c] = bias;
                }
            }
        }
        if let Last::TimesTanhDerivative(h) | Last::TimesReluDerivative(h) = out.finish {
            for r in 0..ROWS {
                for line in 0..(COLUMNS * R::LANES).div_ceil(LANES) {
                    let at = (row + AHEAD + r) * out.stride + column + line * LANES;
                    // There need not be anything.
                    _mm_prefetch::<_MM_HINT_T0>(h.wrapping_add(at).cast());
                }
            }
        }
        for term in terms {
            for k in 0..term.inner {
                let mut w = [R::zero(); COLUMNS];
                for c in 0..COLUMNS {
                    w[c] = R::load(term.w.at(k, column + c * R::LANES));
                }
                for r in 0..ROWS {
                    let x = R::splat(*term.x.at(row + r, k));
                    for c in 0..COLUMNS {
                        sums[r][c] = sums[r][c].add_product(x, w[c]);
                    }
                }
            }
        }
        for r in 0..ROWS {
            for c in 0..COLUMNS {
                let at = (row + r) * out.stride + column + c * R::LANES;
                let sum = sums[r][c];
                let last = match out.finish {
                    Last::Nothing => sum,
                    Last::Tanh => sum.tanh(),
                    Last::Relu => sum.at_least(0.0),
                    Last::TimesTanhDerivative(h) => sum.times_tanh_derivative(R::load(h.add(at))),
                    Last::TimesReluDerivative(h) => sum.times_relu_derivative(R::load(h.add(at))),
                };
                last.store(out.y.add(at));
            }
        }
    }
}

#[inline(always)]
unsafe fn outer_sum<R: Register, const WIDE: usize>(
    rows: usize,
    inner: usize,
    x: Matrix,
    y: Matrix,
    bias: bool,
    w: *mut f32,
) {
    // The sums for the bias go with the last block.
    let plain = if bias { inner - inner % HEIGHT } else { inner };
    in_columns!(column in 0..y.stride, COLUMNS <= WIDE, R => {
        in_rows!(k in 0..plain, ROWS => {
            // SAFETY: blocks end at the sizes for which the caller vouches.
            unsafe { outer_block::<R, ROWS, COLUMNS, false>(k, column, rows, x, y, w) }
        });
        if bias {
            in_rows!(@exactly inner + 1 - plain, ROWS => {
                // SAFETY: as above.
                unsafe { outer_block::<R, ROWS, COLUMNS, true>(plain, column, rows, x, y, w) }
            }; 1 2 3 4 5 6);
        }
    });
}

/// Sums of `ROWS` columns of x; with `BIAS` the last of them is a column of
/// ones.
#[inline(always)]
unsafe fn outer_block<R: Register, const ROWS: usize, const COLUMNS: usize, const BIAS: bool>(
    k: usize,
    column: usize,
    rows: usize,
    x: Matrix,
    y: Matrix,
    w: *mut f32,
) {
    // SAFETY: the caller vouches for the sizes and the CPU.
    unsafe {
        let mut sums = [[R::zero(); COLUMNS]; ROWS];
        for r in 0..rows {
            let mut values = [R::zero(); COLUMNS];
            for c in 0..COLUMNS {
                values[c] = R::load(y.at(r, column + c * R::LANES));
            }
            for i in 0..ROWS {
                let factor = if BIAS && i + 1 == ROWS {
                    1.0
                } else {
                    *x.at(r, k + i)
                };
                let factor = R::splat(factor);
                for c in 0..COLUMNS {
                    sums[i][c] = sums[i][c].add_product(factor, values[c]);
                }
            }
        }
        for i in 0..ROWS {
            for c in 0..COLUMNS {
                sums[i][c].store(w.add((k + i) * y.stride + column + c * R::LANES));
            }
        }
    }
}

/// y = finish(bias + sum over `terms` of x w), for `rows` rows.
///
/// # Safety
/// Every x must have `rows` rows of `inner` elements, every w `inner` rows of
/// the output's stride, a multiple of 16; y and h `rows` rows, and the bias one.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn affine_avx512(
    rows: usize,
    terms: &[Product],
    out: Output,
    soon: &[Matrix],
) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { affine::<__m512, 4>(rows, terms, out, soon) }
}

/// As [`affine_avx512`].
///
/// # Safety
/// The same.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn affine_avx2(
    rows: usize,
    terms: &[Product],
    out: Output,
    soon: &[Matrix],
) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { affine::<__m256, 2>(rows, terms, out, soon) }
}

/// w\[k\]\[c\] = sum over r of x\[r\]\[k\] y\[r\]\[c\]; with `bias`, one more
/// row of w gets the sums of y.
///
/// # Safety
/// x must have `rows` rows of `inner` elements, y `rows` rows of its stride, a
/// multiple of 16, and w `inner` such rows, or one more with `bias`.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn outer_sum_avx512(
    rows: usize,
    inner: usize,
    x: Matrix,
    y: Matrix,
    bias: bool,
    w: *mut f32,
) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { outer_sum::<__m512, 4>(rows, inner, x, y, bias, w) }
}

/// As [`outer_sum_avx512`].
///
/// # Safety
/// The same.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn outer_sum_avx2(
    rows: usize,
    inner: usize,
    x: Matrix,
    y: Matrix,
    bias: bool,
    w: *mut f32,
) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { outer_sum::<__m256, 2>(rows, inner, x, y, bias, w) }
}
