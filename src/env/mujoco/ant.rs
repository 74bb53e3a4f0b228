//! Ant-v5: a four-legged animal in three dimensions.

use super::model::asset;
use super::sums::{control_cost, sum};
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "Ant-v5",
    xml: asset!("ant.xml"),
    frame_skip: 5,
    observation_dim: 105,
    action_dim: 8,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Normal(0.1),
    reads_forces: true,
});

/// The task. Action: torques of the eight joints. Reward: forward velocity of the
/// torso + 1 while healthy - 0.5 |action|^2 - 5e-4 of the squared contact
/// forces, each clipped to [-1, 1]. It ends unless the torso is between 0.2 and
/// 1 m high.
pub struct Ant;

impl Task for Ant {
    fn model() -> &'static Model {
        &MODEL
    }

    fn progress(simulation: &Simulation) -> f64 {
        simulation.data().xpos()[1][0]
    }

    fn transition(simulation: &Simulation, action: &[f32], velocity: f64) -> Transition {
        let (qpos, qvel) = (simulation.qpos(), simulation.qvel());
        let is_finite = qpos.iter().chain(qvel).all(|x| x.is_finite());
        let is_healthy = is_finite && (0.2..=1.0).contains(&qpos[2]);
        let alive = f64::from(u8::from(is_healthy));
        let forces = simulation.data().cfrc_ext().iter().flatten();
        let contact = 5e-4 * sum(forces.map(|force| force.clamp(-1.0, 1.0)).map(|f| f * f));
        let cost = control_cost(0.5, action) + contact;
        Transition::new((velocity + alive) - cost, !is_healthy)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, rest) = observation.split_at_mut(13);
        let (velocities, contacts) = rest.split_at_mut(14);
        positions.copy_from_slice(&simulation.qpos()[2..]);
        velocities.copy_from_slice(simulation.qvel());
        // All bodies but the world.
        let forces = simulation.data().cfrc_ext()[1..].iter().flatten();
        for (observed, force) in contacts.iter_mut().zip(forces) {
            *observed = force.clamp(-1.0, 1.0);
        }
    }
}
