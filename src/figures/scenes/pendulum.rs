//! A rod that should stand upright.

use super::{LIMB, Scene, Stage, part};
use crate::figures::canvas::Painted;
use crate::figures::style::{GRID, INK};

pub(super) const SCENE: Scene = Scene {
    tasks: &["Pendulum-v1"],
    window: [-1.75, 1.75, -1.25, 1.25],
    every: 1,
    delay: 5,
    draw,
};

fn draw(stage: &Stage<'_>, observation: &[f64]) -> Painted {
    let (cos, sin) = (part(observation, 0), part(observation, 1));
    stage.line(&[(0.0, 0.0), (0.0, 1.15)], 0.02, GRID)?;
    // Angles are counted from straight up, against the clock.
    stage.rod((0.0, 0.0), (-sin, cos), 0.18, LIMB)?;
    stage.dot((0.0, 0.0), 0.05, INK)
}
