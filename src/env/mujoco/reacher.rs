//! Reacher-v5: an arm of two links that reaches for a target.

use super::model::asset;
use super::sums::control_cost;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;
use crate::rng::Rng;

static MODEL: Model = Model::new(Settings {
    id: "Reacher-v5",
    xml: asset!("reacher.xml"),
    frame_skip: 2,
    observation_dim: 10,
    action_dim: 2,
    action_bound: 1.0,
    time_limit: 50,
    noise: Noise::Uniform(0.1),
    reads_forces: false,
});

/// The task. Action: torques of the two joints. Reward: - distance of the
/// fingertip from the target - |action|^2. It never ends by itself.
pub struct Reacher;

impl Task for Reacher {
    fn model() -> &'static Model {
        &MODEL
    }

    /// The target uniform in the disc of radius 0.2 m, at rest.
    fn draw(qpos: &mut [f64], qvel: &mut [f64], rng: &mut Rng) {
        for position in &mut *qpos {
            *position += rng.uniform_in(-0.1, 0.1);
        }
        loop {
            let target = [rng.uniform_in(-0.2, 0.2), rng.uniform_in(-0.2, 0.2)];
            if norm(target[0], target[1], 0.0) < 0.2 {
                qpos[2..].copy_from_slice(&target);
                break;
            }
        }
        for velocity in &mut qvel[..2] {
            *velocity += rng.uniform_in(-5e-3, 5e-3);
        }
    }

    fn transition(simulation: &Simulation, action: &[f32], _: f64) -> Transition {
        let [x, y, z] = offset(simulation);
        Transition::new(-norm(x, y, z) - control_cost(1.0, action), false)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (qpos, qvel) = (simulation.qpos(), simulation.qvel());
        let (sin_0, cos_0) = libm::sincos(qpos[0]);
        let (sin_1, cos_1) = libm::sincos(qpos[1]);
        let [x, y, _] = offset(simulation);
        observation.copy_from_slice(&[
            cos_0, cos_1, sin_0, sin_1, qpos[2], qpos[3], qvel[0], qvel[1], x, y,
        ]);
    }
}

/// From the target to the fingertip, in m.
fn offset(simulation: &Simulation) -> [f64; 3] {
    // The bodies of the model: world, two links, fingertip, target.
    let places = simulation.data().xpos();
    let (fingertip, target) = (places[3], places[4]);
    [0, 1, 2].map(|axis| fingertip[axis] - target[axis])
}

/// The length of a vector as the reference's library rounds it.
fn norm(x: f64, y: f64, z: f64) -> f64 {
    libm::fma(z, z, libm::fma(y, y, x * x)).sqrt()
}
