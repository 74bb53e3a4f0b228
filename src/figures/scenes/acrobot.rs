//! Two links that hang; the tip should come above the line.

use super::{BODY, LIMB, Scene, Stage, part};
use crate::figures::canvas::Painted;
use crate::figures::style::{GRID, INK};

pub(super) const SCENE: Scene = Scene {
    tasks: &["Acrobot-v1"],
    window: [-2.9, 2.9, -2.2, 2.2],
    every: 1,
    delay: 8,
    draw,
};

fn draw(stage: &Stage<'_>, observation: &[f64]) -> Painted {
    let first = part(observation, 1).atan2(part(observation, 0));
    let second = first + part(observation, 3).atan2(part(observation, 2));
    // Angles are counted from straight down.
    let elbow = (first.sin(), -first.cos());
    let tip = (elbow.0 + second.sin(), elbow.1 - second.cos());
    stage.line(&[(-2.9, 1.0), (2.9, 1.0)], 0.04, GRID)?;
    stage.rod((0.0, 0.0), elbow, 0.2, BODY)?;
    stage.rod(elbow, tip, 0.2, LIMB)?;
    for joint in [(0.0, 0.0), elbow] {
        stage.dot(joint, 0.06, INK)?;
    }
    Ok(())
}
