//! A small curve of text.

use std::io::IsTerminal;

/// Columns of a curve.
const WIDTH: usize = 60;

/// Rows of a curve.
const HEIGHT: usize = 8;

/// What a curve is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Blocks of eight heights.
    Blocks,
    /// ASCII letters.
    Letters,
}

/// Whether somebody looks at standard output.
pub(super) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

impl Ink {
    /// Blocks on a terminal that shows them, letters everywhere else.
    pub fn of_output() -> Self {
        // The first that is set decides, as in setlocale(3).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of(is_terminal(), locale.as_deref().unwrap_or_default())
    }

    fn of(is_terminal: bool, locale: &str) -> Self {
        let locale = locale.to_lowercase().replace('-', "");
        match is_terminal && locale.contains("utf8") {
            true => Ink::Blocks,
            false => Ink::Letters,
        }
    }

    /// A cell of which so many eighths are full.
    fn cell(self, eighths: usize) -> char {
        const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        match self {
            Ink::Blocks => BLOCKS[eighths.min(8)],
            Ink::Letters if eighths >= 4 => '#',
            Ink::Letters => ' ',
        }
    }
}

/// The lines of a curve through `points`, (x, y) by ascending x, as bars from the
/// lowest value up; linear between points. Its ends are named by `label`. Nothing
/// of fewer than two points.
pub(super) fn lines(points: &[(f64, f64)], label: impl Fn(f64) -> String, ink: Ink) -> Vec<String> {
    let ([(first, _), .., (last, _)], Some(range)) = (points, range(points)) else {
        return Vec::new();
    };
    let (low, high) = range;
    let heights: Vec<usize> = (0..WIDTH)
        .map(|column| {
            let share = column as f64 / (WIDTH - 1) as f64;
            let y = at(points, first + share * (last - first));
            // One eighth at least, so that the lowest is seen too.
            let share = if high > low {
                (y - low) / (high - low)
            } else {
                0.5
            };
            1 + (share * (8 * HEIGHT - 1) as f64).round() as usize
        })
        .collect();
    let (top, bottom) = (label(high), label(low));
    let margin = top.chars().count().max(bottom.chars().count());
    let rows = (0..HEIGHT).rev().map(|row| {
        let name = match row {
            _ if row + 1 == HEIGHT => top.as_str(),
            0 => bottom.as_str(),
            _ => "",
        };
        // A letter has one height: in the lowest row it always stands.
        let floor = if row == 0 { 4 } else { 0 };
        let cells = heights.iter().map(|height| {
            let eighths = height.saturating_sub(8 * row);
            match ink {
                Ink::Blocks => ink.cell(eighths),
                Ink::Letters => ink.cell(eighths.max(floor)),
            }
        });
        let cells: String = cells.collect();
        format!("{name:>margin$} |{}", cells.trim_end())
    });
    rows.collect()
}

/// The lowest and the highest value.
fn range(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let values = points.iter().map(|(_, y)| *y);
    let all = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
        (low.min(y), high.max(y))
    });
    (all.0.is_finite() && all.1.is_finite()).then_some(all)
}

/// The value at `x`, linear between two points.
fn at(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|(known, _)| *known < x);
    let (Some(&(right, above)), Some(before)) = (points.get(after), after.checked_sub(1)) else {
        let nearest = after.min(points.len().saturating_sub(1));
        return points[nearest].1;
    };
    let (left, below) = points[before];
    below + (above - below) * (x - left) / (right - left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rising() -> Vec<(f64, f64)> {
        (0..=10)
            .map(|i| (f64::from(i), f64::from(i) - 5.0))
            .collect()
    }

    #[test]
    fn a_rising_line_rises_from_one_corner_to_the_other() {
        let lines = lines(&rising(), |y| format!("{y:.1}"), Ink::Blocks);
        assert_eq!(lines.len(), HEIGHT);
        assert!(lines[0].starts_with(" 5.0 |"), "{lines:#?}");
        assert!(lines[HEIGHT - 1].starts_with("-5.0 |▁"), "{lines:#?}");
        let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|&width| width == 6 + WIDTH), "{widths:?}");
        // How far from the right each row begins: later the higher it is.
        let begins = |line: &String| line.chars().skip(6).position(|cell| cell != ' ');
        let begins: Vec<_> = lines.iter().map(begins).collect();
        assert!(
            begins.windows(2).all(|pair| pair[0] > pair[1]),
            "{begins:?}"
        );
    }

    #[test]
    fn letters_are_ascii_and_the_lowest_row_is_seen() {
        let lines = lines(&rising(), |y| format!("{y:.1}"), Ink::Letters);
        assert!(lines.iter().all(|line| line.is_ascii()), "{lines:#?}");
        assert!(
            lines[HEIGHT - 1].ends_with(&"#".repeat(WIDTH)),
            "{lines:#?}"
        );
        assert!(lines[0].ends_with('#'), "{lines:#?}");
    }

    #[test]
    fn equal_and_too_few_values_are_no_error() {
        let label = |y: f64| y.to_string();
        let level = lines(&[(0.0, 3.0), (0.0, 3.0), (9.0, 3.0)], label, Ink::Blocks);
        assert!(level[HEIGHT - 1].ends_with('█'), "{level:#?}");
        assert!(lines(&[(0.0, 3.0)], label, Ink::Blocks).is_empty());
        assert!(lines(&[], label, Ink::Letters).is_empty());
        let far = lines(&[(0.0, -1e308), (1.0, 1e308)], label, Ink::Letters);
        assert_eq!(far.len(), HEIGHT);
    }

    #[test]
    fn blocks_are_for_terminals_that_show_them() {
        assert_eq!(Ink::of(true, "C.UTF-8"), Ink::Blocks);
        assert_eq!(Ink::of(true, "de_DE.utf8"), Ink::Blocks);
        assert_eq!(Ink::of(false, "C.UTF-8"), Ink::Letters);
        assert_eq!(Ink::of(true, "POSIX"), Ink::Letters);
    }
}
