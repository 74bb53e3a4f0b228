//! InvertedPendulum-v5: a pole on a cart, held up by a real-valued push.

use super::model::asset;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "InvertedPendulum-v5",
    xml: asset!("inverted_pendulum.xml"),
    frame_skip: 2,
    observation_dim: 4,
    action_dim: 1,
    action_bound: 3.0,
    time_limit: 1000,
    noise: Noise::Uniform(0.01),
    reads_forces: false,
});

/// The task. Action: the push on the cart. Reward 1, and 0 on the step that ends
/// the episode: when the pole leans by more than 0.2 rad.
pub struct InvertedPendulum;

impl Task for InvertedPendulum {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(simulation: &Simulation, _: &[f32], _: f64) -> Transition {
        let numbers = simulation.qpos().iter().chain(simulation.qvel());
        let is_finite = numbers.into_iter().all(|x| x.is_finite());
        let has_fallen = !is_finite || simulation.qpos()[1].abs() > 0.2;
        Transition::new(f64::from(u8::from(!has_fallen)), has_fallen)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let (positions, velocities) = observation.split_at_mut(2);
        positions.copy_from_slice(&simulation.qpos()[0..]);
        velocities.copy_from_slice(simulation.qvel());
    }
}
