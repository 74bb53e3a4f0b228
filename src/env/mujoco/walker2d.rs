//! Walker2d-v5: two legs that walk in a plane.

use super::model::asset;
use super::sums::control_cost;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "Walker2d-v5",
    xml: asset!("walker2d_v5.xml"),
    frame_skip: 4,
    observation_dim: 17,
    action_dim: 6,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Uniform(5e-3),
    reads_forces: false,
});

/// The task. Action: torques of the six joints. Reward: forward velocity + 1
/// while healthy - 1e-3 |action|^2. It ends unless the torso is between 0.8 and
/// 2 m high and leans by less than 1 rad.
pub struct Walker2d;

impl Task for Walker2d {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(simulation: &Simulation, action: &[f32], velocity: f64) -> Transition {
        let (height, angle) = (simulation.qpos()[1], simulation.qpos()[2]);
        let is_healthy = 0.8 < height && height < 2.0 && -1.0 < angle && angle < 1.0;
        let alive = f64::from(u8::from(is_healthy));
        let reward = (velocity + alive) - control_cost(1e-3, action);
        Transition::new(reward, !is_healthy)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, velocities) = observation.split_at_mut(8);
        positions.copy_from_slice(&simulation.qpos()[1..]);
        for (observed, velocity) in velocities.iter_mut().zip(simulation.qvel()) {
            *observed = velocity.clamp(-10.0, 10.0);
        }
    }
}
