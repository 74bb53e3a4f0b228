//! The critic's fit: where it leads, and every step of it.

mod common;

use common::{Shape, assert_close};
use trpo_lab::algo::critic::{Critic, CriticSettings};
use trpo_lab::algo::losses::value_loss;
use trpo_lab::env::ActionSpace;
use trpo_lab::kernels::{Kernel, norm};
use trpo_lab::nn::{Architecture, Network};
use trpo_lab::optim::adam::Adam;
use trpo_lab::rng::Streams;
use trpo_lab::rollout::batch::Batch;

const HIDDEN: [usize; 2] = [64, 64];

/// Targets that a network can learn.
fn batch() -> Batch<f32> {
    let shape = Shape::new(4, &HIDDEN, ActionSpace::Discrete(2));
    let mut batch = common::problem::<f32>(&shape, 500, 1).batch;
    for (row, target) in batch.observations.chunks_exact(4).zip(&mut batch.targets) {
        *target = row[0] - 0.5 * row[3];
    }
    batch
}

fn critic(settings: &CriticSettings) -> Critic {
    Critic::new(settings, 4, &HIDDEN, &Streams::new(0, "critic"))
}

fn parameters(critic: &Critic) -> Vec<f32> {
    let state = serde_json::to_value(critic.state()).unwrap();
    serde_json::from_value(state["w"].clone()).unwrap()
}

#[test]
fn a_critic_learns_its_targets() {
    let mut batch = batch();
    let mut critic = critic(&CriticSettings::default());
    batch.values = critic.values(&batch.observations);
    let fits: Vec<_> = (0..5).map(|_| critic.fit(&batch, 0.0)).collect();
    assert!(
        fits[4].loss_after.unwrap() < 0.02 * fits[0].loss_before.unwrap(),
        "{fits:?}"
    );
    // The record is of the values at the time of acting.
    assert_eq!(fits[0].loss_before, fits[4].loss_before);
    batch.values = critic.values(&batch.observations);
    let fit = critic.fit(&batch, 1.0);
    assert!(fit.explained_variance.unwrap() > 0.95);
}

/// Full batches make the epochs steps of Adam that can be told beforehand.
#[test]
fn a_fit_descends_the_value_loss() {
    let batch = batch();
    for (max_gradient_norm, value_clip) in [(0.0, 0.0), (1e-3, 0.0), (0.01, 0.3)] {
        let settings = CriticSettings {
            epochs: 3,
            minibatch: 500,
            learning_rate: 0.01,
            max_gradient_norm,
            value_clip,
            anneal: true,
            ..CriticSettings::default()
        };
        let mut critic = critic(&settings);
        let mut network = Network::new(Architecture::new(4, &HIDDEN, 1, 0), parameters(&critic));
        let mut w = network.theta();
        let mut adam = Adam::new(w.len(), settings.adam_epsilon);
        for _ in 0..3 {
            let here = network.linearise(&batch.observations);
            let (_, mut gradient) = here.gradient(|rows, outputs| {
                let (targets, old) = (&batch.targets[rows.clone()], &batch.values[rows]);
                value_loss(outputs, targets, old, value_clip, 500)
            });
            let norm = norm(&gradient);
            assert!(norm > max_gradient_norm, "there is something to clip");
            let scale = if max_gradient_norm > 0.0 {
                max_gradient_norm / norm
            } else {
                1.0
            };
            gradient.iter_mut().for_each(|g| *g *= scale as f32);
            adam.descend(Kernel::best(), &mut w, &gradient, 1.0, 0.01 * 0.75);
            network.set_theta(&w);
        }
        critic.fit(&batch, 0.25);
        assert_close("w", &parameters(&critic), &w, 1e-6);
    }
}
