//! The critic and its fit, the same for every algorithm: minibatch Adam on
//! the mean of (V(s) - R)^2, after the policy step.

use serde::{Deserialize, Serialize};

use super::losses::value_loss;
use super::minibatch::shuffled_minibatches;
use crate::exec::Exec;
use crate::kernels::{mean_and_variance, norm};
use crate::nn::{Architecture, Network, initialise};
use crate::optim::adam::{Adam, scale_to};
use crate::record::Value;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::{Batch, gather};
use crate::settings::{any, at_least_one, not_negative, positive};

crate::settings! {
    /// Settings of the critic's fit.
    pub struct CriticSettings {
        /// Learning rate of Adam.
        learning_rate: f64 = 1e-3, positive;
        /// Passes over the batch in every update.
        epochs: usize = 10, at_least_one;
        /// Rows of a minibatch; the last, smaller one is kept.
        minibatch: usize = 64, at_least_one;
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive;
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.5, not_negative;
        /// Half-width of the interval around the old value to which a new
        /// value is clipped in the loss; 0: no clipping.
        value_clip: f64 = 0.0, not_negative;
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any;
    }
}

/// Gain of the last layer of a critic.
const HEAD_GAIN: f64 = 1.0;

/// V_w with its optimiser.
#[derive(Debug, Clone)]
pub struct Critic {
    settings: CriticSettings,
    network: Network<f32>,
    adam: Adam<f32>,
    stream: Rng,
}

/// What of a [`Critic`] must survive an interruption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticState {
    w: Vec<f32>,
    adam: Adam<f32>,
    stream: Rng,
}

/// What a fit did.
#[derive(Debug, Clone, PartialEq)]
pub struct CriticFit {
    /// Mean of (V - R)^2 over the batch before the fit.
    pub loss_before: f64,
    /// And after it.
    pub loss_after: f64,
    /// 1 - Var(R - V) / Var(R) before the fit; `None` where R is constant.
    pub explained_variance: Option<f64>,
}

impl CriticFit {
    /// As columns of the record.
    pub fn columns(&self) -> [(&'static str, Value); 3] {
        [
            ("critic_loss_before", self.loss_before.into()),
            ("critic_loss_after", self.loss_after.into()),
            ("explained_variance", self.explained_variance.into()),
        ]
    }
}

impl Critic {
    /// A critic with initial parameters from the run's streams.
    pub fn new(
        settings: &CriticSettings,
        observation_dim: usize,
        hidden: &[usize],
        streams: &Streams,
    ) -> Self {
        let architecture = Architecture::new(observation_dim, hidden, 1, 0);
        let mut rng = streams.stream(Purpose::Initialisation, 1);
        let w = initialise::orthogonal(&architecture, HEAD_GAIN, 0.0, &mut rng);
        Self {
            adam: Adam::new(w.len(), settings.adam_epsilon),
            network: Network::new(architecture, w),
            stream: streams.stream(Purpose::CriticShuffle, 0),
            settings: settings.clone(),
        }
    }

    /// The same critic, which computes with `exec`.
    pub fn with_exec(self, exec: &Exec) -> Self {
        Self {
            network: self.network.with_exec(exec),
            ..self
        }
    }

    /// Its state.
    pub fn state(&self) -> CriticState {
        CriticState {
            w: self.network.theta(),
            adam: self.adam.clone(),
            stream: self.stream.clone(),
        }
    }

    /// Goes on from `state`; refuses one of another number of parameters, which
    /// it gives back with the number expected.
    pub fn restore(&mut self, state: CriticState) -> Result<(), (usize, usize)> {
        let expected = self.network.architecture().parameters();
        if state.w.len() != expected {
            return Err((state.w.len(), expected));
        }
        self.network.set_theta(&state.w);
        self.adam = state.adam;
        self.stream = state.stream;
        Ok(())
    }

    /// V(s) of every row of `observations`.
    pub fn values(&self, observations: &[f32]) -> Vec<f32> {
        self.network.outputs(observations)
    }

    /// Fits V to the targets of a batch. `progress` is the share of updates
    /// already made.
    pub fn fit(&mut self, batch: &Batch<f32>, progress: f64) -> CriticFit {
        let CriticSettings {
            epochs,
            minibatch,
            max_gradient_norm,
            value_clip,
            ..
        } = self.settings;
        let anneal = if self.settings.anneal {
            1.0 - progress
        } else {
            1.0
        };
        let learning_rate = self.settings.learning_rate * anneal;
        let (mut observations, mut targets, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut w = self.network.theta();
        let kernel = self.network.kernel();
        let mut here = self.network.linearise(&[]);
        let mut gradient = Vec::new();
        for _ in 0..epochs {
            let order = shuffled_minibatches(batch.rows(), minibatch, &mut self.stream);
            for indices in order.chunks(minibatch) {
                gather(
                    &batch.observations,
                    batch.observation_dim(),
                    indices,
                    &mut observations,
                );
                gather(&batch.targets, 1, indices, &mut targets);
                gather(&batch.values, 1, indices, &mut values);
                here.reevaluate(&w, &observations);
                here.gradient_into(&mut gradient, |range, outputs| {
                    let (targets, values) = (&targets[range.clone()], &values[range]);
                    value_loss(outputs, targets, values, value_clip, indices.len())
                });
                let scale = scale_to(norm(&gradient), max_gradient_norm);
                self.adam
                    .descend(kernel, &mut w, &gradient, scale, learning_rate);
            }
        }
        self.network.set_theta(&w);
        CriticFit {
            loss_before: mean_square(&batch.values, &batch.targets),
            loss_after: mean_square(&self.values(&batch.observations), &batch.targets),
            explained_variance: explained_variance(&batch.values, &batch.targets),
        }
    }
}

fn mean_square(values: &[f32], targets: &[f32]) -> f64 {
    let errors = values
        .iter()
        .zip(targets)
        .map(|(&v, &r)| f64::from(v) - f64::from(r));
    errors.map(|error| error * error).sum::<f64>() / values.len() as f64
}

fn explained_variance(values: &[f32], targets: &[f32]) -> Option<f64> {
    let residuals: Vec<f32> = targets.iter().zip(values).map(|(r, v)| r - v).collect();
    let (_, total) = mean_and_variance(targets);
    let (_, left) = mean_and_variance(&residuals);
    (total > 0.0).then(|| 1.0 - left / total)
}
