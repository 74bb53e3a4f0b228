//! HalfCheetah-v5: a running animal of seven links, cut in half.

use super::model::asset;
use super::sums::control_cost;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "HalfCheetah-v5",
    xml: asset!("half_cheetah.xml"),
    frame_skip: 5,
    observation_dim: 17,
    action_dim: 6,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Normal(0.1),
    reads_forces: false,
});

/// The task. Action: torques of the six joints. Reward: forward velocity -
/// 0.1 |action|^2. It never ends by itself.
pub struct HalfCheetah;

impl Task for HalfCheetah {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(_: &Simulation, action: &[f32], velocity: f64) -> Transition {
        Transition::new(velocity - control_cost(0.1, action), false)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, velocities) = observation.split_at_mut(8);
        positions.copy_from_slice(&simulation.qpos()[1..]);
        velocities.copy_from_slice(simulation.qvel());
    }
}
