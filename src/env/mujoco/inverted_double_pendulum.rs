//! InvertedDoublePendulum-v5: two poles, one on the other, on a cart.

use super::model::asset;
use super::{Model, Noise, Settings, Simulation, Task};
use crate::env::Transition;

static MODEL: Model = Model::new(Settings {
    id: "InvertedDoublePendulum-v5",
    xml: asset!("inverted_double_pendulum.xml"),
    frame_skip: 5,
    observation_dim: 9,
    action_dim: 1,
    action_bound: 1.0,
    time_limit: 1000,
    noise: Noise::Normal(0.1),
    reads_forces: false,
});

/// The task. Action: the push on the cart. Reward: 10 while the tip is higher than
/// 1 m - 0.01 x^2 - (y - 2)^2 of the tip - 0.001 and 0.005 of the squared
/// velocities of the poles. It ends when the tip is lower.
pub struct InvertedDoublePendulum;

impl Task for InvertedDoublePendulum {
    fn model() -> &'static Model {
        &MODEL
    }

    fn transition(simulation: &Simulation, _: &[f32], _: f64) -> Transition {
        let [x, _, y] = simulation.data().site_xpos()[0];
        let [_, w1, w2] = *simulation.qvel() else {
            unreachable!("the model has three joints")
        };
        let distance = 0.01 * (x * x) + (y - 2.0) * (y - 2.0);
        let speed = 1e-3 * (w1 * w1) + 5e-3 * (w2 * w2);
        let has_fallen = y <= 1.0;
        let alive = if has_fallen { 0.0 } else { 10.0 };
        Transition::new(alive - distance - speed, has_fallen)
    }

    fn observe(simulation: &Simulation, observation: &mut [f64]) {
        let qpos = simulation.qpos();
        let (sin_1, cos_1) = libm::sincos(qpos[1]);
        let (sin_2, cos_2) = libm::sincos(qpos[2]);
        observation[..5].copy_from_slice(&[qpos[0], sin_1, sin_2, cos_1, cos_2]);
        let force = &simulation.data().qfrc_constraint()[..1];
        let clipped = simulation.qvel().iter().chain(force);
        for (observed, number) in observation[5..].iter_mut().zip(clipped) {
            *observed = number.clamp(-10.0, 10.0);
        }
    }
}
