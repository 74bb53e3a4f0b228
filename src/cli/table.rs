//! Tables of text.

use std::io::{self, Write};

/// Writes `rows`, the first of which is the header, in aligned columns:
/// the first column to the left, numbers to the right.
pub(super) fn write<R: AsRef<[String]>>(
    out: &mut impl Write,
    columns: impl AsRef<[Align]>,
    rows: &[R],
) -> io::Result<()> {
    let columns = columns.as_ref();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for ((cell, &width), align) in row.as_ref().iter().zip(&widths).zip(columns) {
            line += &match align {
                Align::Left => format!("{cell:<width$}  "),
                Align::Right => format!("{cell:>width$}  "),
            };
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The side on which the cells of a column stand.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut out = Vec::new();
        let rows = [["task", "dim"], ["Acrobot-v1", "6"]].map(|row| row.map(String::from));
        write(&mut out, [Align::Left, Align::Right], &rows).unwrap();
        let expected = "task        dim\nAcrobot-v1    6\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
