//! Dot products of padded rows: sixteen rows, or eight, are reduced side by
//! side. The tree of additions is that of `Lanes::tree_sum`, the shuffles only
//! bring its halves together.

use std::arch::x86_64::*;

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

    /// The block of sixteen elements `block` of row `row` of x.
    #[inline(always)]
    unsafe fn x(self, row: usize, block: usize) -> *const f32 {
        // SAFETY: the caller names a row and a block that exist.
        unsafe { self.x.add(row * self.stride + block * LANES) }
    }

    /// The same of w.
    #[inline(always)]
    unsafe fn w(self, row: usize, block: usize) -> *const f32 {
        // SAFETY: the caller names a row and a block that exist.
        unsafe { self.w.add(row * self.stride + block * LANES) }
    }
}

/// Products of rows `row` .. `row + 16` of x with row `output` of w.
///
/// # Safety
/// These rows must lie inside what each of `terms` points to.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn rows_avx512(
    terms: &[Operands],
    row: usize,
    output: usize,
) -> [f32; 16] {
    let mut sums = [_mm512_setzero_ps(); 16];
    for at in terms {
        for block in 0..at.stride / LANES {
            // SAFETY: the caller vouches for the rows; blocks end at the stride.
            unsafe {
                let w = _mm512_loadu_ps(at.w(output, block));
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = _mm512_fmadd_ps(_mm512_loadu_ps(at.x(row + r, block)), w, *sum);
                }
            }
        }
    }
    tree_sums_avx512(sums)
}

/// Products of row `row` of x with rows `first` .. `first + count` of w, at
/// most sixteen; what is behind them in the result has no meaning.
///
/// # Safety
/// These rows must lie inside what each of `terms` points to.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn outputs_avx512(
    terms: &[Operands],
    row: usize,
    first: usize,
    count: usize,
) -> [f32; 16] {
    let mut sums = [_mm512_setzero_ps(); 16];
    for at in terms {
        for (j, sum) in sums[..count].iter_mut().enumerate() {
            for block in 0..at.stride / LANES {
                // SAFETY: the caller vouches for the rows; blocks end at the stride.
                unsafe {
                    let x = _mm512_loadu_ps(at.x(row, block));
                    *sum = _mm512_fmadd_ps(x, _mm512_loadu_ps(at.w(first + j, block)), *sum);
                }
            }
        }
    }
    tree_sums_avx512(sums)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn tree_sums_avx512(v: [__m512; 16]) -> [f32; 16] {
    let by8: [__m512; 8] = std::array::from_fn(|i| {
        let (a, b) = (v[2 * i], v[2 * i + 1]);
        _mm512_add_ps(
            _mm512_shuffle_f32x4(a, b, 0x44),
            _mm512_shuffle_f32x4(a, b, 0xEE),
        )
    });
    let by4: [__m512; 4] = std::array::from_fn(|i| {
        let (a, b) = (by8[2 * i], by8[2 * i + 1]);
        _mm512_add_ps(
            _mm512_shuffle_f32x4(a, b, 0x88),
            _mm512_shuffle_f32x4(a, b, 0xDD),
        )
    });
    let by2: [__m512; 2] = std::array::from_fn(|i| {
        let (a, b) = (by4[2 * i], by4[2 * i + 1]);
        _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xEE))
    });
    let [a, b] = by2;
    let sums = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x88), _mm512_shuffle_ps(a, b, 0xDD));
    let mut shuffled = [0.0; 16];
    // SAFETY: the array has room for sixteen elements.
    unsafe { _mm512_storeu_ps(shuffled.as_mut_ptr(), sums) };
    // The last two rounds work within quarters: vector r ends there.
    std::array::from_fn(|r| shuffled[r % 4 * 4 + r / 4])
}

/// As [`rows_avx512`], for eight rows.
///
/// # Safety
/// These rows must lie inside what each of `terms` points to.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn rows_avx2(
    terms: &[Operands],
    row: usize,
    output: usize,
) -> [f32; 8] {
    let mut sums = [[_mm256_setzero_ps(); 2]; 8];
    for at in terms {
        for block in 0..at.stride / LANES {
            // SAFETY: the caller vouches for the rows; blocks end at the stride.
            unsafe {
                let w = at.w(output, block);
                let w = [_mm256_loadu_ps(w), _mm256_loadu_ps(w.add(8))];
                for (r, sum) in sums.iter_mut().enumerate() {
                    let x = at.x(row + r, block);
                    sum[0] = _mm256_fmadd_ps(_mm256_loadu_ps(x), w[0], sum[0]);
                    sum[1] = _mm256_fmadd_ps(_mm256_loadu_ps(x.add(8)), w[1], sum[1]);
                }
            }
        }
    }
    tree_sums_avx2(sums)
}

/// As [`outputs_avx512`], for at most eight outputs.
///
/// # Safety
/// These rows must lie inside what each of `terms` points to.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn outputs_avx2(
    terms: &[Operands],
    row: usize,
    first: usize,
    count: usize,
) -> [f32; 8] {
    let mut sums = [[_mm256_setzero_ps(); 2]; 8];
    for at in terms {
        for (j, sum) in sums[..count].iter_mut().enumerate() {
            for block in 0..at.stride / LANES {
                // SAFETY: the caller vouches for the rows; blocks end at the stride.
                unsafe {
                    let (x, w) = (at.x(row, block), at.w(first + j, block));
                    sum[0] = _mm256_fmadd_ps(_mm256_loadu_ps(x), _mm256_loadu_ps(w), sum[0]);
                    let (x, w) = (_mm256_loadu_ps(x.add(8)), _mm256_loadu_ps(w.add(8)));
                    sum[1] = _mm256_fmadd_ps(x, w, sum[1]);
                }
            }
        }
    }
    tree_sums_avx2(sums)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn tree_sums_avx2(v: [[__m256; 2]; 8]) -> [f32; 8] {
    let by8 = v.map(|[low, high]| _mm256_add_ps(low, high));
    let by4: [__m256; 4] = std::array::from_fn(|i| {
        let (a, b) = (by8[2 * i], by8[2 * i + 1]);
        _mm256_add_ps(
            _mm256_permute2f128_ps(a, b, 0x20),
            _mm256_permute2f128_ps(a, b, 0x31),
        )
    });
    let by2: [__m256; 2] = std::array::from_fn(|i| {
        let (a, b) = (by4[2 * i], by4[2 * i + 1]);
        _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x44), _mm256_shuffle_ps(a, b, 0xEE))
    });
    let [a, b] = by2;
    let sums = _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x88), _mm256_shuffle_ps(a, b, 0xDD));
    let mut shuffled = [0.0; 8];
    // SAFETY: the array has room for eight elements.
    unsafe { _mm256_storeu_ps(shuffled.as_mut_ptr(), sums) };
    // The last two rounds work within halves: vector r ends there.
    std::array::from_fn(|r| shuffled[r % 2 * 4 + r / 2])
}
