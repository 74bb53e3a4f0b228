//! Transposition.

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::vector::transpose as vector;
use crate::math::Real;

/// Writes `from`, \[rows\]\[columns\] without padding, as \[columns\]\[rows\] whose
/// rows are `stride` apart.
///
/// # Panics
/// If `to` is too small.
pub(crate) fn transpose<E: Real>(
    kernel: Kernel,
    from: &[E],
    columns: usize,
    to: &mut [E],
    stride: usize,
) {
    let rows = from.len() / columns;
    assert!(rows <= stride && to.len() >= columns * stride);
    let (whole_rows, whole_columns) = in_blocks(kernel, from, rows, columns, to, stride);
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            to[column * stride + row] = from[row * columns + column];
        }
    }
}

/// Transposes what vector instructions can; the rows and columns done.
fn in_blocks<E: Real>(
    kernel: Kernel,
    from: &[E],
    rows: usize,
    columns: usize,
    to: &mut [E],
    stride: usize,
) -> (usize, usize) {
    #[cfg(target_arch = "x86_64")]
    {
        let size = match kernel.instructions() {
            Instructions::Avx512 => 16,
            Instructions::Avx2 => 8,
            Instructions::Portable => return (0, 0),
        };
        let (Some(from), Some(to)) = (E::as_f32(from), E::as_f32_mut(to)) else {
            return (0, 0);
        };
        let whole = (rows - rows % size, columns - columns % size);
        for row in (0..whole.0).step_by(size) {
            for column in (0..whole.1).step_by(size) {
                let block = &from[row * columns + column..];
                let out = &mut to[column * stride + row..];
                // SAFETY: there is a kernel only where the CPU has its
                // features; the block ends at `row + size <= rows` and
                // `column + size <= columns`, and `to` holds `columns` rows of
                // `stride >= rows`.
                unsafe {
                    let (block, out) = (block.as_ptr(), out.as_mut_ptr());
                    if size == 16 {
                        vector::transpose_avx512(block, columns, out, stride);
                    } else {
                        vector::transpose_avx2(block, columns, out, stride);
                    }
                }
            }
        }
        whole
    }
    #[cfg(not(target_arch = "x86_64"))]
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_transposes() {
        for (rows, columns) in [(1, 1), (16, 16), (37, 50), (64, 64), (8, 24)] {
            let stride = rows + 3;
            let from: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            for kernel in Kernel::available() {
                let mut to = vec![-1.0f32; columns * stride];
                transpose(kernel, &from, columns, &mut to, stride);
                for (i, &value) in to.iter().enumerate() {
                    let (column, row) = (i / stride, i % stride);
                    let expected = if row < rows {
                        (row * columns + column) as f32
                    } else {
                        -1.0
                    };
                    assert_eq!(value, expected, "{kernel:?} {rows} x {columns}");
                }
            }
        }
    }
}
