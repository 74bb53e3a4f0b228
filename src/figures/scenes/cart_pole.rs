//! A cart on its track with a pole; the episode ends beyond the marks.

use super::{BODY, LIMB, Scene, Stage, part};
use crate::figures::canvas::Painted;
use crate::figures::style::{GRID, INK};

pub(super) const SCENE: Scene = Scene {
    tasks: &["CartPole-v1", "CartPoleForce-v0"],
    window: [-2.75, 2.75, -0.75, 1.5],
    every: 2,
    delay: 4,
    draw,
};

/// Where the track ends.
const END: f64 = 2.4;
/// Length of the pole.
const LENGTH: f64 = 1.0;

fn draw(stage: &Stage<'_>, observation: &[f64]) -> Painted {
    let (x, theta) = (part(observation, 0), part(observation, 2));
    stage.line(&[(-2.75, -0.2), (2.75, -0.2)], 0.03, GRID)?;
    for end in [-END, END] {
        stage.line(&[(end, -0.35), (end, -0.05)], 0.03, INK)?;
    }
    let cart = [
        (x - 0.3, -0.15),
        (x + 0.3, -0.15),
        (x + 0.3, 0.15),
        (x - 0.3, 0.15),
    ];
    stage.polygon(&cart, BODY)?;
    for wheel in [-0.18, 0.18] {
        stage.dot((x + wheel, -0.15), 0.07, INK)?;
    }
    let tip = (x + LENGTH * theta.sin(), 0.1 + LENGTH * theta.cos());
    stage.rod((x, 0.1), tip, 0.11, LIMB)?;
    stage.dot((x, 0.1), 0.035, INK)
}
