//! Swimmer-v5: three links that swim in a viscous plane.

use super::model::asset;
use super::sums::control_cost;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "Swimmer-v5",
    xml: asset!("swimmer.xml"),
    frame_skip: 4,
    observation_dim: 8,
    action_dim: 2,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Uniform(0.1),
    reads_forces: false,
});

/// The task. Action: torques of the two joints. Reward: forward velocity -
/// 1e-4 |action|^2. It never ends by itself.
pub struct Swimmer;

impl Task for Swimmer {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(_: &Simulation, action: &[f32], velocity: f64) -> Transition {
        Transition::new(velocity - control_cost(1e-4, action), false)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, velocities) = observation.split_at_mut(3);
        positions.copy_from_slice(&simulation.qpos()[2..]);
        velocities.copy_from_slice(simulation.qvel());
    }
}
