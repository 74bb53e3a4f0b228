//! A pair of axes with its place on a canvas: lines and areas are given in values
//! of the axes, and cut off at the frame.

use plotters::style::RGBAColor;

use super::canvas::{Align, Canvas, Painted, Pen, Point, TextLook};
use super::scale::Scale;
use super::style::{INK, Type};

/// A rectangle in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// One pair of axes on a canvas.
pub(super) struct Placed<'a> {
    pub canvas: &'a Canvas,
    pub frame: Frame,
    pub x: Scale,
    pub y: Scale,
    /// Sizes of its letters and lines.
    pub size: Type,
}

impl Placed<'_> {
    /// A pen whose lengths, in lines of data, are points.
    pub fn pen(&self, pen: Pen) -> Pen {
        Pen {
            width: pen.width * self.size.line,
            ..pen
        }
    }

    /// A line through `points`; one point is a dot.
    pub fn line(&self, points: &[Point], pen: Pen) -> Painted {
        let placed: Vec<Point> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        if let [only] = placed.as_slice() {
            return self.canvas.dot(*only, 1.2 * self.size.line, pen.color);
        }
        let pieces = clip(&placed, self.frame);
        let mut pieces = pieces.iter();
        pieces.try_for_each(|piece| self.canvas.line(piece, self.pen(pen)))
    }

    /// The area between `(x, low, high)`.
    pub fn band(&self, points: &[(f64, f64, f64)], color: RGBAColor) -> Painted {
        if points.len() < 2 {
            return Ok(());
        }
        let lower = points.iter().map(|&(x, low, _)| self.inside(x, low));
        let upper = points.iter().rev();
        let upper = upper.map(|&(x, _, high)| self.inside(x, high));
        let outline: Vec<Point> = lower.chain(upper).collect();
        self.canvas.polygon(&outline, color)
    }

    /// A bar `half` values of the axis wide to either side of `x`, from 0 to `y`.
    pub fn bar(&self, x: f64, half: f64, y: f64, color: RGBAColor) -> Painted {
        let (left, top) = self.inside(x - half, y);
        let (right, bottom) = self.inside(x + half, 0.0);
        self.canvas.rectangle((left, top), (right, bottom), color)
    }

    /// A filled rectangle between two values of the horizontal axis, `half` points
    /// to either side of the value `y`.
    pub fn span(&self, (from, to): (f64, f64), y: f64, half: f64, color: RGBAColor) -> Painted {
        let ((left, middle), (right, _)) = (self.inside(from, y), self.inside(to, y));
        let corner = (right, middle + half);
        self.canvas.rectangle((left, middle - half), corner, color)
    }

    /// An upright mark at a value of the horizontal axis, `half` points to either
    /// side of the value `y`; none outside of the frame.
    pub fn mark(&self, x: f64, y: f64, half: f64, pen: Pen) -> Painted {
        let (place, middle) = self.at(x, y);
        if !self.contains((place, middle)) {
            return Ok(());
        }
        let ends = [(place, middle - half), (place, middle + half)];
        self.canvas.line(&ends, self.pen(Pen { dash: &[], ..pen }))
    }

    /// A dot; none outside of the frame.
    pub fn dot(&self, x: f64, y: f64, radius: f64, color: RGBAColor) -> Painted {
        let place = self.at(x, y);
        match self.contains(place) {
            true => self.canvas.dot(place, radius, color),
            false => Ok(()),
        }
    }

    /// An upright dashed line at a value of the horizontal axis.
    pub fn upright(&self, x: f64) -> Painted {
        let x = self.at(x, 0.0).0;
        let ends = [(x, self.frame.top), (x, self.frame.bottom)];
        self.canvas.line(&ends, self.pen(LEVEL))
    }

    /// A dashed level from one side of the frame to the other.
    pub fn level(&self, y: f64) -> Painted {
        let y = self.at(0.0, y).1;
        if y < self.frame.top - 0.1 || y > self.frame.bottom + 0.1 {
            return Ok(());
        }
        let ends = [(self.frame.left, y), (self.frame.right, y)];
        self.canvas.line(&ends, self.pen(LEVEL))
    }

    /// A text in the panel that ends at its right side, above the value `y`, or below
    /// it where there is no room above.
    pub fn note(&self, text: &str, y: f64) -> Painted {
        let look = TextLook {
            align: Align::End,
            color: INK,
            ..self.size.detail()
        };
        let line = self.at(0.0, y).1;
        let above = line - 2.0;
        let at = match above - look.size < self.frame.top {
            true => line + look.size,
            false => above,
        };
        self.canvas.text(text, (self.frame.right - 2.0, at), look)
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

    /// Whether a point of the canvas lies in the frame.
    pub fn contains(&self, (x, y): Point) -> bool {
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        (left - 0.5..=right + 0.5).contains(&x) && (top - 0.5..=bottom + 0.5).contains(&y)
    }

    /// The nearest point of the frame.
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

/// The pen of a level.
pub(super) const LEVEL: Pen = Pen {
    color: RGBAColor(INK.0, INK.1, INK.2, 1.0),
    width: 0.65,
    dash: &[2.6, 1.9],
};

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
