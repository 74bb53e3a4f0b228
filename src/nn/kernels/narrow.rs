//! Products for layers with few outputs.

#[cfg(target_arch = "x86_64")]
use super::Kernel;
use super::lanes::Lanes;
#[cfg(target_arch = "x86_64")]
use super::vector_dots as vector;
use super::{LANES, Start, View};
use crate::math::Real;

/// y\[r\]\[j\] = start + sum over k of x\[r\]\[k\] w\[j\]\[k\] for the few outputs
/// j < `outputs`: sixteen chains over k, added by halves, then to the start.
///
/// `x` and `w` have one stride; rows of `y` are `y_stride` apart.
pub fn dots<E: Real>(
    rows: usize,
    outputs: usize,
    x: View<E>,
    w: View<E>,
    start: Start<E>,
    y: &mut [E],
    y_stride: usize,
) {
    let mut put = |row: usize, j: usize, sum: E| {
        let y = &mut y[row * y_stride + j];
        let from = match start {
            Start::Zero => E::ZERO,
            Start::Bias(bias) => bias[j],
            Start::Output => *y,
        };
        *y = from + sum;
    };
    #[cfg(target_arch = "x86_64")]
    if vector_dots(rows, outputs, x, w, &mut put) {
        return;
    }
    for row in 0..rows {
        for j in 0..outputs {
            let mut sum = Lanes::ZERO;
            let (x, w) = (x.row(row, 0, w.stride), w.row(j, 0, w.stride));
            for (x, w) in x.chunks_exact(LANES).zip(w.chunks_exact(LANES)) {
                sum.add_product(&Lanes::load(x), &Lanes::load(w));
            }
            put(row, j, sum.tree_sum());
        }
    }
}

/// [`dots`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
fn vector_dots<E: Real>(
    rows: usize,
    outputs: usize,
    x: View<E>,
    w: View<E>,
    put: &mut impl FnMut(usize, usize, E),
) -> bool {
    let (Some(x), Some(weights)) = (E::as_f32(x.data), E::as_f32(w.data)) else {
        return false;
    };
    let stride = w.stride;
    assert!(stride.is_multiple_of(LANES));
    assert!(x.len() >= rows * stride && weights.len() >= outputs * stride);
    let at = vector::Operands {
        x: x.as_ptr(),
        w: weights.as_ptr(),
        stride,
    };
    let put = |row: usize, j: usize, sum: f32| put(row, j, E::of(f64::from(sum)));
    match Kernel::current() {
        // SAFETY, here and below: a kernel is current only if the CPU has its
        // features, and `in_groups` names rows of x below `rows` and rows of w
        // below `outputs`, which the slices hold.
        Kernel::Avx512 => in_groups(
            (rows, outputs),
            |row, j| unsafe { vector::rows_avx512(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx512(at, row, first, count) },
            put,
        ),
        Kernel::Avx2 => in_groups(
            (rows, outputs),
            |row, j| unsafe { vector::rows_avx2(at, row, j) },
            |row, first, count| unsafe { vector::outputs_avx2(at, row, first, count) },
            put,
        ),
        Kernel::Portable => return false,
    }
    true
}

/// Groups of `N` rows for one output after the other, then what rows are left,
/// each for groups of at most `N` outputs.
#[cfg(target_arch = "x86_64")]
fn in_groups<const N: usize>(
    (rows, outputs): (usize, usize),
    of_rows: impl Fn(usize, usize) -> [f32; N],
    of_outputs: impl Fn(usize, usize, usize) -> [f32; N],
    mut put: impl FnMut(usize, usize, f32),
) {
    let whole = rows - rows % N;
    for row in (0..whole).step_by(N) {
        for j in 0..outputs {
            for (r, sum) in of_rows(row, j).into_iter().enumerate() {
                put(row + r, j, sum);
            }
        }
    }
    for row in whole..rows {
        for first in (0..outputs).step_by(N) {
            let count = N.min(outputs - first);
            let sums = of_outputs(row, first, count);
            for (j, &sum) in sums[..count].iter().enumerate() {
                put(row, first + j, sum);
            }
        }
    }
}
