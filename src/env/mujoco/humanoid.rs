//! Humanoid-v5: a human figure that walks in three dimensions.

use super::model::asset;
use super::sums::sum;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "Humanoid-v5",
    xml: asset!("humanoid.xml"),
    frame_skip: 5,
    observation_dim: 348,
    action_dim: 17,
    action_bound: 0.4,
    time_limit: 1000,
    noise: Noise::Uniform(0.01),
    reads_forces: true,
});

/// The task. Action: torques of the seventeen joints. Reward: 1.25 forward
/// velocity of the mass centre + 5 while healthy - 0.1 |action|^2 - 5e-7 of the
/// squared contact forces, at most 10. It ends unless the torso is between 1
/// and 2 m high.
pub struct Humanoid;

impl Task for Humanoid {
    fn model() -> &'static Model {
        &MODEL
    }

    /// The mass centre.
    fn progress(simulation: &Simulation) -> f64 {
        let masses = simulation.model().body_mass();
        let places = simulation.data().xipos();
        let moments = masses
            .iter()
            .zip(places)
            .map(|(mass, place)| mass * place[0]);
        moments.sum::<f64>() / sum(masses.iter().copied())
    }

    fn transition(simulation: &Simulation, _: &[f32], velocity: f64) -> Transition {
        let height = simulation.qpos()[2];
        let is_healthy = 1.0 < height && height < 2.0;
        let alive = if is_healthy { 5.0 } else { 0.0 };
        let data = simulation.data();
        let control = 0.1 * sum(data.ctrl().iter().map(|u| u * u));
        let forces = data.cfrc_ext().iter().flatten();
        let contact = (5e-7 * sum(forces.map(|f| f * f))).min(10.0);
        let reward = (1.25 * velocity + alive) - (control + contact);
        Transition::new(reward, !is_healthy)
    }

    /// Of bodies, all but the world; of forces, all but those on the root.
    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let data = simulation.data();
        let parts: [&[f64]; 6] = [
            &simulation.qpos()[2..],
            simulation.qvel(),
            data.cinert()[1..].as_flattened(),
            data.cvel()[1..].as_flattened(),
            &data.qfrc_actuator()[6..],
            data.cfrc_ext()[1..].as_flattened(),
        ];
        let mut rest = observation;
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
    }
}
