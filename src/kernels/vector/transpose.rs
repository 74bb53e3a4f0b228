//! Transposition of square blocks.

use std::arch::x86_64::*;

/// Writes the 16 x 16 block at `from` transposed to `to`.
///
/// # Safety
/// Both must hold sixteen rows of sixteen elements at their strides.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn transpose_avx512(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
) {
    // SAFETY: the caller vouches for the rows.
    let rows: [__m512; 16] =
        std::array::from_fn(|r| unsafe { _mm512_loadu_ps(from.add(r * from_stride)) });
    let pairs: [__m512; 16] = std::array::from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        match i & 1 {
            0 => _mm512_unpacklo_ps(a, b),
            _ => _mm512_unpackhi_ps(a, b),
        }
    });
    // Quarter q of element 4 g + c: column 4 q + c of rows 4 g to 4 g + 3.
    let fours: [__m512; 16] = std::array::from_fn(|i| {
        let first = i & !3 | (i & 2) >> 1;
        let (a, b) = (
            _mm512_castps_pd(pairs[first]),
            _mm512_castps_pd(pairs[first + 2]),
        );
        _mm512_castpd_ps(match i & 1 {
            0 => _mm512_unpacklo_pd(a, b),
            _ => _mm512_unpackhi_pd(a, b),
        })
    });
    for c in 0..4 {
        let even = [0, 8].map(|g| _mm512_shuffle_f32x4(fours[g + c], fours[g + 4 + c], 0x88));
        let odd = [0, 8].map(|g| _mm512_shuffle_f32x4(fours[g + c], fours[g + 4 + c], 0xDD));
        let columns = [
            _mm512_shuffle_f32x4(even[0], even[1], 0x88),
            _mm512_shuffle_f32x4(odd[0], odd[1], 0x88),
            _mm512_shuffle_f32x4(even[0], even[1], 0xDD),
            _mm512_shuffle_f32x4(odd[0], odd[1], 0xDD),
        ];
        for (quarter, column) in columns.into_iter().enumerate() {
            // SAFETY: as above.
            unsafe { _mm512_storeu_ps(to.add((4 * quarter + c) * to_stride), column) };
        }
    }
}

/// Writes the 8 x 8 block at `from` transposed to `to`.
///
/// # Safety
/// Both must hold eight rows of eight elements at their strides.
#[target_feature(enable = "avx2")]
pub(in crate::kernels) unsafe fn transpose_avx2(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
) {
    // SAFETY: the caller vouches for the rows.
    let rows: [__m256; 8] =
        std::array::from_fn(|r| unsafe { _mm256_loadu_ps(from.add(r * from_stride)) });
    let pairs: [__m256; 8] = std::array::from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        match i & 1 {
            0 => _mm256_unpacklo_ps(a, b),
            _ => _mm256_unpackhi_ps(a, b),
        }
    });
    // Half h of element 4 g + c: column 4 h + c of rows 4 g to 4 g + 3.
    let fours: [__m256; 8] = std::array::from_fn(|i| {
        let first = i & !3 | (i & 2) >> 1;
        let (a, b) = (pairs[first], pairs[first + 2]);
        match i & 1 {
            0 => _mm256_shuffle_ps(a, b, 0x44),
            _ => _mm256_shuffle_ps(a, b, 0xEE),
        }
    });
    for c in 0..4 {
        let (a, b) = (fours[c], fours[4 + c]);
        let columns = [
            _mm256_permute2f128_ps(a, b, 0x20),
            _mm256_permute2f128_ps(a, b, 0x31),
        ];
        for (half, column) in columns.into_iter().enumerate() {
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(to.add((4 * half + c) * to_stride), column) };
        }
    }
}
