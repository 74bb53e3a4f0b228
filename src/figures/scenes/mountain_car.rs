//! A car between two hills, and the flag that it should reach.

use super::{BODY, LIMB, Scene, Stage, part};
use crate::figures::canvas::{Painted, Point};
use crate::figures::style::{INK, SOFT_INK};

pub(super) const SCENE: Scene = Scene {
    tasks: &["MountainCar-v0"],
    window: [-1.25, 0.65, -0.05, 1.25],
    every: 1,
    delay: 3,
    draw: |stage, observation| draw(stage, observation, 0.5),
};

pub(super) const CONTINUOUS: Scene = Scene {
    tasks: &["MountainCarContinuous-v0"],
    draw: |stage, observation| draw(stage, observation, 0.45),
    ..SCENE
};

fn height(x: f64) -> f64 {
    0.45 * (3.0 * x).sin() + 0.55
}

fn draw(stage: &Stage<'_>, observation: &[f64], goal: f64) -> Painted {
    let ground: Vec<Point> = (0..=90)
        .map(|i| -1.2 + 0.02 * f64::from(i))
        .map(|x| (x, height(x)))
        .collect();
    stage.line(&ground, 0.015, SOFT_INK)?;
    let (foot, top) = (height(goal), height(goal) + 0.2);
    stage.line(&[(goal, foot), (goal, top)], 0.015, INK)?;
    stage.polygon(
        &[(goal, top), (goal + 0.09, top - 0.04), (goal, top - 0.08)],
        LIMB,
    )?;
    // The car stands on the slope.
    let x = part(observation, 0);
    let slope = (1.35 * (3.0 * x).cos()).atan();
    let (sin, cos) = slope.sin_cos();
    let at = |along: f64, up: f64| {
        let base = (x, height(x));
        (
            base.0 + along * cos - up * sin,
            base.1 + along * sin + up * cos,
        )
    };
    let body = [(-0.09, 0.03), (0.09, 0.03), (0.08, 0.1), (-0.08, 0.1)];
    stage.polygon(&body.map(|(along, up)| at(along, up)), BODY)?;
    for wheel in [-0.05, 0.05] {
        stage.dot(at(wheel, 0.03), 0.028, INK)?;
    }
    Ok(())
}
