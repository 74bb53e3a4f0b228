//! Hopper-v5: a leg that hops.

use super::model::asset;
use super::sums::control_cost;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "Hopper-v5",
    xml: asset!("hopper.xml"),
    frame_skip: 4,
    observation_dim: 11,
    action_dim: 3,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Uniform(5e-3),
    reads_forces: false,
});

/// The task. Action: torques of hip, knee and ankle. Reward: forward velocity +
/// 1 while healthy - 1e-3 |action|^2. It ends when the torso is lower than
/// 0.7 m or leans by more than 0.2 rad, or any other number leaves (-100, 100).
pub struct Hopper;

impl Task for Hopper {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(simulation: &Simulation, action: &[f32], velocity: f64) -> Transition {
        let (qpos, qvel) = (simulation.qpos(), simulation.qvel());
        let is_bounded = |x: &f64| -100.0 < *x && *x < 100.0;
        let is_healthy = qpos[2..].iter().chain(qvel).all(is_bounded)
            && qpos[1] > 0.7
            && -0.2 < qpos[2]
            && qpos[2] < 0.2;
        let alive = f64::from(u8::from(is_healthy));
        let reward = (velocity + alive) - control_cost(1e-3, action);
        Transition::new(reward, !is_healthy)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, velocities) = observation.split_at_mut(5);
        positions.copy_from_slice(&simulation.qpos()[1..]);
        for (observed, velocity) in velocities.iter_mut().zip(simulation.qvel()) {
            *observed = velocity.clamp(-10.0, 10.0);
        }
    }
}
