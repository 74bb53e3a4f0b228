//! Copies of many short rows. Of a known width a row is a move or two, else a call.

use crate::math::Real;

/// Runs `$known` with `$width` as a constant where it is one of these, else `$any`.
macro_rules! by_width {
    ($width:expr, $constant:ident => $known:block else $any:block; $($value:literal)+) => {
        match $width {
            $( $value => {
                const $constant: usize = $value;
                $known
            } )+
            _ => $any
        }
    };
}

/// The rows `indices` of a matrix \[rows\]\[width\], in the place of what `out`
/// held.
///
/// # Panics
/// If there is no such row.
#[cfg(feature = "train")]
pub fn gather<E: Real>(matrix: &[E], width: usize, indices: &[usize], out: &mut Vec<E>) {
    out.resize(indices.len() * width, E::ZERO);
    by_width!(width, WIDTH => {
        let (rows, _) = matrix.as_chunks::<WIDTH>();
        let (outs, _) = out.as_chunks_mut::<WIDTH>();
        for (out, &index) in outs.iter_mut().zip(indices) {
            *out = rows[index];
        }
    } else {
        for (out, &index) in out.chunks_exact_mut(width).zip(indices) {
            out.copy_from_slice(&matrix[index * width..][..width]);
        }
    }; 1 2 3 4 6 8 11 17)
}

/// Writes `values` into every row of a matrix \[rows\]\[width\], from the column `first` on.
///
/// # Panics
/// If a row ends before them.
pub(crate) fn fill_columns<E: Real>(matrix: &mut [E], width: usize, first: usize, values: &[E]) {
    let last = first + values.len();
    by_width!(values.len(), WIDTH => {
        let values: &[E; WIDTH] = values.try_into().expect("so many values");
        for row in matrix.chunks_exact_mut(width) {
            row[first..last].copy_from_slice(values);
        }
    } else {
        for row in matrix.chunks_exact_mut(width) {
            row[first..last].copy_from_slice(values);
        }
    }; 1 2 3 4 6 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_filled_whatever_their_number() {
        for count in 0..12 {
            let (rows, width, first) = (3, 15, 2);
            let values: Vec<f32> = (0..count).map(|i| 100.0 + i as f32).collect();
            let mut matrix: Vec<f32> = (0..rows * width).map(|i| i as f32).collect();
            let mut expected = matrix.clone();
            for row in 0..rows {
                for (column, &value) in values.iter().enumerate() {
                    expected[row * width + first + column] = value;
                }
            }
            fill_columns(&mut matrix, width, first, &values);
            assert_eq!(matrix, expected, "{count}");
        }
    }

    #[cfg(feature = "train")]
    #[test]
    fn rows_are_gathered_whatever_their_width() {
        let indices = [3, 0, 3, 1];
        for width in 1..20 {
            let matrix: Vec<f32> = (0..4 * width).map(|i| i as f32).collect();
            let mut out = vec![-1.0; 7];
            gather(&matrix, width, &indices, &mut out);
            let rows = indices
                .iter()
                .flat_map(|&row| &matrix[row * width..][..width]);
            assert!(rows.eq(&out), "{width}");
        }
    }
}
