//! What tasks look like: plain shapes, drawn from one observation.

mod acrobot;
mod cart_pole;
mod mountain_car;
mod pendulum;

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Canvas, Painted, Pen, Point};
use super::panel::Frame;
use super::style::{GRID, INK};

/// What moves by itself.
pub(super) const BODY: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// What hangs or stands on it.
pub(super) const LIMB: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// All colours of scenes, beside the paper.
pub(super) const COLORS: [RGBColor; 5] = [BODY, LIMB, INK, super::style::SOFT_INK, GRID];

/// How tasks are drawn.
pub(super) struct Scene {
    /// Names of the tasks that look so.
    pub tasks: &'static [&'static str],
    /// What is seen of the world: left, right, bottom and top.
    pub window: [f64; 4],
    /// Steps from one picture of a film to the next.
    pub every: usize,
    /// Hundredths of a second for which each is seen.
    pub delay: u16,
    /// Draws an observation.
    pub draw: fn(&Stage<'_>, &[f64]) -> Painted,
}

/// The tasks that can be drawn, a line each.
const SCENES: [Scene; 5] = [
    cart_pole::SCENE,
    acrobot::SCENE,
    pendulum::SCENE,
    mountain_car::SCENE,
    mountain_car::CONTINUOUS,
];

/// The scene of a task.
pub(super) fn of(task: &str) -> Option<&'static Scene> {
    const ALL: &[Scene] = &SCENES;
    ALL.iter().find(|scene| scene.tasks.contains(&task))
}

/// Names of the tasks that have one.
pub(super) fn tasks() -> Vec<&'static str> {
    let scenes = SCENES.iter();
    scenes
        .flat_map(|scene| scene.tasks.iter().copied())
        .collect()
}

/// A part of a canvas that shows a window of the world, of one scale in both directions.
pub(super) struct Stage<'a> {
    canvas: &'a Canvas,
    /// Points in a unit of the world.
    unit: f64,
    /// Where the middle of the window lies.
    middle: Point,
    center: Point,
}

impl<'a> Stage<'a> {
    pub fn new(canvas: &'a Canvas, frame: Frame, [left, right, bottom, top]: [f64; 4]) -> Self {
        let (width, height) = (frame.right - frame.left, frame.bottom - frame.top);
        Self {
            canvas,
            unit: (width / (right - left)).min(height / (top - bottom)),
            middle: (
                0.5 * (frame.left + frame.right),
                0.5 * (frame.top + frame.bottom),
            ),
            center: (0.5 * (left + right), 0.5 * (bottom + top)),
        }
    }

    fn at(&self, (x, y): Point) -> Point {
        (
            self.middle.0 + self.unit * (x - self.center.0),
            self.middle.1 - self.unit * (y - self.center.1),
        )
    }

    /// A line through points of the world, so wide in its units.
    fn line(&self, points: &[Point], width: f64, color: RGBColor) -> Painted {
        let points: Vec<Point> = points.iter().map(|&point| self.at(point)).collect();
        self.canvas.line(&points, self.pen(width, color.to_rgba()))
    }

    fn pen(&self, width: f64, color: RGBAColor) -> Pen {
        Pen {
            color,
            width: width * self.unit,
            dash: &[],
        }
    }

    fn polygon(&self, points: &[Point], color: RGBColor) -> Painted {
        let points: Vec<Point> = points.iter().map(|&point| self.at(point)).collect();
        self.canvas.polygon(&points, color.to_rgba())
    }

    fn dot(&self, center: Point, radius: f64, color: RGBColor) -> Painted {
        let radius = radius * self.unit;
        self.canvas.dot(self.at(center), radius, color.to_rgba())
    }

    /// A rod with round ends.
    fn rod(&self, from: Point, to: Point, width: f64, color: RGBColor) -> Painted {
        self.line(&[from, to], width, color)?;
        self.dot(from, 0.5 * width, color)?;
        self.dot(to, 0.5 * width, color)
    }
}

/// Element `i` of an observation; 0 where there is none.
fn part(observation: &[f64], i: usize) -> f64 {
    observation.get(i).copied().unwrap_or(0.0)
}
