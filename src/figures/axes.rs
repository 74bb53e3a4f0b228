//! Panels: a thin grey grid, no box, lines clipped to it.

use plotters::style::{Color, RGBAColor};

use super::canvas::{Align, Canvas, Painted, Pen, Point, TextLook, text_width};
use super::scale::{Name, Scale};
use super::style::{AXIS, GRID, INK, LINE, TICK, TITLE};

/// A rectangle in display pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// One pair of axes on a canvas.
pub(super) struct Panel<'c, 'a> {
    pub canvas: &'c Canvas<'a>,
    pub frame: Frame,
    pub x: Scale,
    pub y: Scale,
}

/// What stands around a panel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labels<'a> {
    /// Above it.
    pub title: Option<&'a str>,
    /// Below it, and whether its numbers are shown.
    pub x: Option<&'a str>,
    pub x_numbers: bool,
    /// How its numbers are written; steps if nothing is said.
    pub x_as: Option<Name>,
    /// The last value at which the horizontal axis is marked.
    pub x_to: Option<f64>,
    /// Left of it, and whether its numbers are shown.
    pub y: Option<&'a str>,
    pub y_numbers: bool,
    /// Ticks of the vertical axis, if not those of its scale.
    pub y_ticks: Option<&'a [(f64, String)]>,
}

/// From the frame to the baseline of the numbers below it.
const X_NUMBERS: f64 = 15.0;
/// From the frame to the baseline of the name of the axis below it.
const X_NAME: f64 = 33.0;
/// From the frame to the end of the numbers left of it.
const Y_NUMBERS: f64 = 6.0;
/// From the frame to the baseline of the name of the axis left of it.
pub(super) const Y_NAME: f64 = 49.0;

impl Panel<'_, '_> {
    /// The grid and the labels.
    pub fn axes(&self, labels: Labels<'_>) -> Painted {
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        let grid = Pen {
            color: GRID.to_rgba(),
            width: 0.8,
            dash: &[],
        };
        let target = ((bottom - top) / 34.0).round().clamp(2.0, 6.0) as usize;
        let own = self.y.ticks(target, Name::Number);
        for (value, name) in labels.y_ticks.unwrap_or(&own) {
            let y = self.at(0.0, *value).1;
            self.canvas.line(&[(left, y), (right, y)], grid)?;
            if labels.y_numbers {
                let look = TextLook {
                    align: Align::End,
                    ..TICK
                };
                self.canvas.text(name, (left - Y_NUMBERS, y + 3.6), look)?;
            }
        }
        let target = ((right - left) / 72.0).round().max(2.0) as usize;
        for (value, name) in self.x.ticks(target, labels.x_as.unwrap_or(Name::Steps)) {
            if labels.x_to.is_some_and(|last| value > last * (1.0 + 1e-9)) {
                continue;
            }
            let x = self.at(value, 0.0).0;
            self.canvas.line(&[(x, top), (x, bottom)], grid)?;
            if labels.x_numbers {
                self.canvas.text(&name, (x, bottom + X_NUMBERS), TICK)?;
            }
        }
        let (center, middle) = ((left + right) / 2.0, (top + bottom) / 2.0);
        if let Some(title) = labels.title {
            let fit = (right - left + 12.0) / text_width(title, TITLE);
            let look = TextLook {
                size: TITLE.size * fit.min(1.0),
                ..TITLE
            };
            self.canvas.text(title, (center, top - 8.0), look)?;
        }
        if let Some(name) = labels.x {
            self.canvas.text(name, (center, bottom + X_NAME), AXIS)?;
        }
        if let Some(name) = labels.y {
            let look = TextLook {
                upward: true,
                ..AXIS
            };
            self.canvas.text(name, (left - Y_NAME, middle), look)?;
        }
        Ok(())
    }

    /// A line through `points`, given in values of the axes; one point is a dot.
    pub fn line(&self, points: &[Point], pen: Pen) -> Painted {
        let placed: Vec<Point> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        if let [only] = placed.as_slice() {
            return self.canvas.dot(*only, 1.2 * LINE, pen.color);
        }
        let pieces = clip(&placed, self.frame);
        pieces
            .iter()
            .try_for_each(|piece| self.canvas.line(piece, pen))
    }

    /// The area between `(x, low, high)`, cut off at the frame.
    pub fn band(&self, points: &[(f64, f64, f64)], pen: Pen, opacity: f64) -> Painted {
        if points.len() < 2 {
            return Ok(());
        }
        let lower = points.iter().map(|&(x, low, _)| self.inside(x, low));
        let upper = points
            .iter()
            .rev()
            .map(|&(x, _, high)| self.inside(x, high));
        let outline: Vec<Point> = lower.chain(upper).collect();
        self.canvas.polygon(&outline, pen.color.mix(opacity))
    }

    /// A bar `half` values of the axis wide to either side of `x`, from 0 to `y`.
    pub fn bar(&self, x: f64, half: f64, y: f64, pen: Pen) -> Painted {
        let (left, top) = self.inside(x - half, y);
        let (right, bottom) = self.inside(x + half, 0.0);
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom)];
        self.canvas.polygon(&outline, pen.color)
    }

    /// A filled rectangle between two values of the horizontal axis, `half`
    /// display pixels to either side of the value `y`.
    pub fn span(&self, (from, to): (f64, f64), y: f64, half: f64, color: RGBAColor) -> Painted {
        let ((left, middle), (right, _)) = (self.inside(from, y), self.inside(to, y));
        let (top, bottom) = (middle - half, middle + half);
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom)];
        self.canvas.polygon(&outline, color)
    }

    /// An upright mark at a value of the horizontal axis, `half` display pixels
    /// to either side of the value `y`; none outside of the frame.
    pub fn mark(&self, x: f64, y: f64, half: f64, pen: Pen) -> Painted {
        let (place, middle) = self.at(x, y);
        if place < self.frame.left - 0.5 || place > self.frame.right + 0.5 {
            return Ok(());
        }
        let ends = [(place, middle - half), (place, middle + half)];
        self.canvas.line(&ends, Pen { dash: &[], ..pen })
    }

    /// An upright dashed line at a value of the horizontal axis.
    pub fn upright(&self, x: f64) -> Painted {
        let x = self.at(x, 0.0).0;
        let pen = Pen {
            color: INK.to_rgba(),
            width: 1.0,
            dash: &[3.5, 2.5],
        };
        let ends = [(x, self.frame.top), (x, self.frame.bottom)];
        self.canvas.line(&ends, pen)
    }

    /// A level from one side of the frame to the other.
    pub fn level(&self, y: f64) -> Painted {
        let y = self.at(0.0, y).1;
        self.canvas.line(
            &[(self.frame.left, y), (self.frame.right, y)],
            Self::level_pen(),
        )
    }

    /// The pen of a level, for one that is not the same everywhere.
    pub fn level_pen() -> Pen {
        Pen {
            color: INK.to_rgba(),
            width: 1.0,
            dash: &[3.5, 2.5],
        }
    }

    /// The point of the canvas at these values of the axes.
    pub fn at(&self, x: f64, y: f64) -> Point {
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        (
            left + self.x.position(x) * (right - left),
            bottom - self.y.position(y) * (bottom - top),
        )
    }

    fn inside(&self, x: f64, y: f64) -> Point {
        let (x, y) = self.at(x, y);
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        (x.clamp(left, right), y.clamp(top, bottom))
    }
}

/// The parts of a line inside `frame` (Liang and Barsky 1984).
fn clip(points: &[Point], frame: Frame) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (speed, room) in [
            (-dx, from.0 - frame.left),
            (dx, frame.right - from.0),
            (-dy, from.1 - frame.top),
            (dy, frame.bottom - from.1),
        ] {
            if speed == 0.0 && room < 0.0 {
                leave = -1.0;
            } else if speed < 0.0 {
                enter = enter.max(room / speed);
            } else if speed > 0.0 {
                leave = leave.min(room / speed);
            }
        }
        if enter > leave {
            continue;
        }
        let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
        match pieces.last_mut() {
            Some(piece) if enter == 0.0 && piece.last() == Some(&from) => piece.push(at(leave)),
            _ => pieces.push(vec![at(enter), at(leave)]),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_frame() {
        let frame = Frame {
            left: 0.0,
            top: 0.0,
            right: 10.0,
            bottom: 10.0,
        };
        let line = [(1.0, 5.0), (5.0, 5.0), (5.0, 15.0), (9.0, 15.0), (9.0, 5.0)];
        assert_eq!(
            clip(&line, frame),
            [
                vec![(1.0, 5.0), (5.0, 5.0), (5.0, 10.0)],
                vec![(9.0, 10.0), (9.0, 5.0)]
            ]
        );
        assert!(clip(&[(0.0, -1.0), (10.0, -1.0)], frame).is_empty());
    }
}
