//! Shapes that stand for sources of published scores, filled in ways that stand for
//! algorithms.

use plotters::style::{Color, RGBAColor};

use super::canvas::{Canvas, Painted, Pen, Point};
use super::style::{SOFT_INK, Type};
use super::theme::PAPER;
use crate::summary::published::Mark;

/// Size of a mark, from its centre, in points.
pub(super) const RADIUS: f64 = 2.8;

/// How a shape is filled: colours alone are alike in grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    Full,
    Hollow,
    Dotted,
}

impl Fill {
    /// All of them with what they are called.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Full, "filled"),
        (Self::Hollow, "hollow"),
        (Self::Dotted, "dotted"),
    ];
}

/// A mark with its place on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub shape: Mark,
    pub center: Point,
    pub radius: f64,
    pub color: RGBAColor,
    pub fill: Fill,
}

impl Placed {
    /// Draws it.
    pub fn paint(&self, canvas: &Canvas) -> Painted {
        let mut outline = corners(self.shape, self.center, self.radius);
        let inside = match self.fill {
            Fill::Full => self.color,
            Fill::Hollow | Fill::Dotted => PAPER.to_rgba(),
        };
        canvas.polygon(&outline, inside)?;
        if self.fill == Fill::Dotted {
            canvas.dot(self.center, 0.4 * self.radius, self.color)?;
        }
        // Beyond the first point, so that the corner there is round as well.
        outline.extend_from_within(..2);
        let pen = Pen {
            color: self.color,
            width: 0.95,
            dash: &[],
        };
        canvas.line(&outline, pen)
    }
}

/// A shape in the legend.
pub(super) fn sample(canvas: &Canvas, shape: Mark, center: Point, size: Type) -> Painted {
    let mark = Placed {
        shape,
        center,
        radius: RADIUS * size.scale,
        color: SOFT_INK.to_rgba(),
        fill: Fill::Hollow,
    };
    mark.paint(canvas)
}

/// The outline of a shape; all of about one area.
fn corners(shape: Mark, (x, y): Point, radius: f64) -> Vec<Point> {
    let (number, from, size) = match shape {
        Mark::Circle => (24, 0.0, radius),
        Mark::Square => (4, 0.5, 1.22 * radius),
        Mark::Diamond => (4, 0.0, 1.28 * radius),
    };
    let corner = |k: usize| {
        let angle = std::f64::consts::TAU * (k as f64 + from) / number as f64;
        (x + size * angle.cos(), y + size * angle.sin())
    };
    (0..number).map(corner).collect()
}
