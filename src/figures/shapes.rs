//! Shapes that stand for sources of published scores: hollow, so that lines and
//! other marks are seen through them.

use plotters::style::{Color, RGBAColor, WHITE};

use super::canvas::{Canvas, Painted, Pen, Point};
use super::style::SOFT_INK;
use crate::summary::published::Mark;

/// Size of a mark, from its centre.
pub(super) const RADIUS: f64 = 3.7;

/// A mark with its place on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub shape: Mark,
    pub center: Point,
    pub radius: f64,
    pub color: RGBAColor,
}

impl Placed {
    /// Draws it, white inside.
    pub fn paint(&self, canvas: &Canvas<'_>) -> Painted {
        let mut outline = corners(self.shape, self.center, self.radius);
        canvas.polygon(&outline, WHITE.to_rgba())?;
        // Beyond the first point, so that the corner there is round as well.
        outline.extend_from_within(..2);
        let pen = Pen {
            color: self.color,
            width: 1.3,
            dash: &[],
        };
        canvas.line(&outline, pen)
    }
}

/// A shape in the legend.
pub(super) fn sample(canvas: &Canvas<'_>, shape: Mark, center: Point) -> Painted {
    let mark = Placed {
        shape,
        center,
        radius: RADIUS,
        color: SOFT_INK.to_rgba(),
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
