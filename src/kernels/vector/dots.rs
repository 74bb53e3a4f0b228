//! Dot products of padded rows: those of a tile of y are summed side by side, and their trees of
//! additions, which are those of `Lanes::tree_sum`, end as the tile lies in y.

// Loops over constant indices are what keeps sums in registers.
#![allow(clippy::needless_range_loop)]

use std::arch::x86_64::*;

use super::Register;
use crate::kernels::LANES;

/// Rows that the callers have checked to lie inside their slices.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Operands {
    /// First row of x.
    pub x: *const f32,
    /// First row of w.
    pub w: *const f32,
    /// Elements of a row of x and of w, a multiple of [`LANES`].
    pub stride: usize,
}

impl Operands {
    /// No rows.
    pub const NONE: Self = Self {
        x: std::ptr::null(),
        w: std::ptr::null(),
        stride: 0,
    };
}

/// Where the sums go.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Outputs {
    /// One for each output.
    pub bias: *const f32,
    /// Outputs of a row.
    pub count: usize,
    /// First row of y.
    pub y: *mut f32,
    /// Distance between its rows.
    pub stride: usize,
}

/// Most dot products of a tile.
const MOST: usize = 16;

/// Registers that hold [`LANES`] sums at most.
const PARTS: usize = 2;

/// How many registers become one, whose every element is the sum of one of them.
trait Tree: Register {
    /// Dot products of a tile.
    const SUMS: usize;

    /// Register `i` of eight with the sums of lanes eight apart.
    unsafe fn by8(sums: &[[Self; PARTS]; MOST], i: usize) -> Self;
    /// From those of `a` and `b`, the sums of lanes four apart.
    unsafe fn by4(a: Self, b: Self) -> Self;
    /// Then those of lanes two apart,
    unsafe fn by2(a: Self, b: Self) -> Self;
    /// and of neighbours.
    unsafe fn by1(a: Self, b: Self) -> Self;

    /// The sum, by halves, of the lanes of each of the first [`Tree::SUMS`] of `sums`; that of
    /// number `i` stands at the `p` for which `i = place(p)`.
    #[inline(always)]
    unsafe fn trees(sums: &[[Self; PARTS]; MOST]) -> [f32; MOST] {
        let mut tile = [0.0; MOST];
        // SAFETY: the caller vouches for the CPU, and the tile has room for a register.
        unsafe {
            let (mut by8, mut by4, mut by2) =
                ([Self::zero(); 8], [Self::zero(); 4], [Self::zero(); 2]);
            for i in 0..8 {
                by8[i] = Self::by8(sums, i);
            }
            for i in 0..4 {
                by4[i] = Self::by4(by8[2 * i], by8[2 * i + 1]);
            }
            for i in 0..2 {
                by2[i] = Self::by2(by4[2 * i], by4[2 * i + 1]);
            }
            Self::by1(by2[0], by2[1]).store(tile.as_mut_ptr());
        }
        tile
    }

    /// Adding by halves takes numbers of the same remainder by 4 apart.
    #[inline(always)]
    fn place(p: usize) -> usize {
        p % 4 * (Self::SUMS / 4) + p / 4
    }
}

/// Both halves that a shuffle of `$a` and `$b` brings together, added.
macro_rules! halves {
    ($add:ident, $shuffle:ident, $a:expr, $b:expr, $first:literal, $second:literal) => {
        unsafe { $add($shuffle($a, $b, $first), $shuffle($a, $b, $second)) }
    };
}

// SAFETY: the caller vouches for the CPU.
impl Tree for __m512 {
    const SUMS: usize = 16;

    #[inline(always)]
    unsafe fn by8(sums: &[[Self; PARTS]; MOST], i: usize) -> Self {
        let ([a, _], [b, _]) = (sums[2 * i], sums[2 * i + 1]);
        halves!(_mm512_add_ps, _mm512_shuffle_f32x4, a, b, 0x44, 0xEE)
    }

    #[inline(always)]
    unsafe fn by4(a: Self, b: Self) -> Self {
        halves!(_mm512_add_ps, _mm512_shuffle_f32x4, a, b, 0x88, 0xDD)
    }

    #[inline(always)]
    unsafe fn by2(a: Self, b: Self) -> Self {
        halves!(_mm512_add_ps, _mm512_shuffle_ps, a, b, 0x44, 0xEE)
    }

    #[inline(always)]
    unsafe fn by1(a: Self, b: Self) -> Self {
        halves!(_mm512_add_ps, _mm512_shuffle_ps, a, b, 0x88, 0xDD)
    }
}

// SAFETY: as above.
impl Tree for __m256 {
    const SUMS: usize = 8;

    #[inline(always)]
    unsafe fn by8(sums: &[[Self; PARTS]; MOST], i: usize) -> Self {
        let [a, b] = sums[i];
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn by4(a: Self, b: Self) -> Self {
        halves!(_mm256_add_ps, _mm256_permute2f128_ps, a, b, 0x20, 0x31)
    }

    #[inline(always)]
    unsafe fn by2(a: Self, b: Self) -> Self {
        halves!(_mm256_add_ps, _mm256_shuffle_ps, a, b, 0x44, 0xEE)
    }

    #[inline(always)]
    unsafe fn by1(a: Self, b: Self) -> Self {
        halves!(_mm256_add_ps, _mm256_shuffle_ps, a, b, 0x88, 0xDD)
    }
}

/// A tile of y from `row` and `first` on.
#[inline(always)]
unsafe fn tile<R: Tree, const ROWS: usize, const OUTPUTS: usize>(
    row: usize,
    first: usize,
    terms: &[Operands],
    out: Outputs,
) {
    // SAFETY: the caller vouches for the sizes and the CPU; blocks end at the stride.
    unsafe {
        let mut sums = [[R::zero(); PARTS]; MOST];
        for at in terms {
            for block in 0..at.stride / LANES {
                for part in 0..LANES / R::LANES {
                    let from = block * LANES + part * R::LANES;
                    let mut w = [R::zero(); OUTPUTS];
                    for j in 0..OUTPUTS {
                        w[j] = R::load(at.w.add((first + j) * at.stride + from));
                    }
                    for r in 0..ROWS {
                        let x = R::load(at.x.add((row + r) * at.stride + from));
                        for j in 0..OUTPUTS {
                            let sum = &mut sums[R::place(r * OUTPUTS + j)][part];
                            *sum = sum.add_product(x, w[j]);
                        }
                    }
                }
            }
        }
        let tile = R::trees(&sums);
        let bias: [f32; OUTPUTS] = out.bias.add(first).cast::<[f32; OUTPUTS]>().read();
        for r in 0..ROWS {
            let mut values = bias;
            for j in 0..OUTPUTS {
                values[j] += tile[r * OUTPUTS + j];
            }
            let y = out.y.add((row + r) * out.stride + first);
            y.cast::<[f32; OUTPUTS]>().write(values);
        }
    }
}

/// `OUTPUTS` columns of y from `first` on, of rows from `row` to `end`. Gives `OUTPUTS`.
#[inline(always)]
unsafe fn columns<R: Tree, const OUTPUTS: usize>(
    mut row: usize,
    end: usize,
    first: usize,
    terms: &[Operands],
    out: Outputs,
) -> usize {
    macro_rules! tiles {
        ($($rows:literal)+) => {$(
            if $rows * OUTPUTS <= R::SUMS {
                while end - row >= $rows {
                    // SAFETY: the tile ends at the sizes for which the caller vouches.
                    unsafe { tile::<R, $rows, OUTPUTS>(row, first, terms, out) };
                    row += $rows;
                }
            }
        )+};
    }
    tiles!(16 8 4 2 1);
    OUTPUTS
}

#[inline(always)]
unsafe fn dots<R: Tree>(rows: usize, terms: &[Operands], out: Outputs) {
    // So few rows that they stay in the cache for all outputs.
    for row in (0..rows).step_by(MOST) {
        let end = rows.min(row + MOST);
        let mut first = 0;
        while first < out.count {
            // SAFETY: the caller vouches for the sizes and the CPU.
            first += unsafe {
                match out.count - first {
                    1 => columns::<R, 1>(row, end, first, terms, out),
                    2 | 3 => columns::<R, 2>(row, end, first, terms, out),
                    _ => columns::<R, 4>(row, end, first, terms, out),
                }
            };
        }
    }
}

/// y\[r\]\[j\] = bias\[j\] + sum over `terms` and over k of x\[r\]\[k\] w\[j\]\[k\].
///
/// # Safety
/// Every x must have `rows` rows and every w as many as there are outputs; y must have `rows`
/// rows that hold the outputs, and a bias must stand for each.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn dots_avx512(rows: usize, terms: &[Operands], out: Outputs) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { dots::<__m512>(rows, terms, out) }
}

/// As [`dots_avx512`].
///
/// # Safety
/// The same.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn dots_avx2(rows: usize, terms: &[Operands], out: Outputs) {
    // SAFETY: the caller vouches for the sizes.
    unsafe { dots::<__m256>(rows, terms, out) }
}
