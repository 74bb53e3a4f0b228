//! The critic and its fit, the same for every algorithm: minibatch Adam on
//! the mean of (V(s) - R)^2, after the policy step.

use serde::{Deserialize, Serialize};

pub use super::critic_settings::CriticSettings;
use super::losses::value_loss;
use super::minibatch::shuffled_minibatches;
use super::schedule::Schedule;
use crate::columns::{Column, Row};
use crate::exec::Exec;
use crate::kernels::{gather, mean_and_variance, norm};
use crate::nn::{Architecture, Hidden, Network, initialise};
use crate::optim::adam::{Adam, scale_to};
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;

/// Mean of (V - R)^2 over the batch before the fit.
pub const LOSS_BEFORE: Column = Column::number("critic_loss_before", "Critic loss before");
/// Mean of (V - R)^2 over the batch after the fit.
pub const LOSS_AFTER: Column = Column::number("critic_loss_after", "Critic loss after");
/// 1 - Var(R - V) / Var(R) before the fit.
pub const EXPLAINED_VARIANCE: Column = Column::number("explained_variance", "Explained variance");

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

/// A network with another number of parameters than its configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network of {given} parameters, where its configuration asks for {expected}")]
pub struct ParameterCount {
    /// Parameters given.
    pub given: usize,
    /// Parameters expected.
    pub expected: usize,
}

impl ParameterCount {
    /// An error unless both are the same.
    ///
    /// # Errors
    /// See there.
    pub fn check(given: usize, expected: usize) -> Result<(), Self> {
        if given == expected {
            Ok(())
        } else {
            Err(Self { given, expected })
        }
    }
}

/// What a fit did; nothing where there is no critic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CriticFit {
    /// [`LOSS_BEFORE`].
    pub loss_before: Option<f64>,
    /// [`LOSS_AFTER`].
    pub loss_after: Option<f64>,
    /// [`EXPLAINED_VARIANCE`]; `None` where R is constant.
    pub explained_variance: Option<f64>,
}

impl CriticFit {
    /// As columns of the record.
    pub fn row(&self) -> Row {
        Row::default()
            .with(LOSS_BEFORE, self.loss_before)
            .with(LOSS_AFTER, self.loss_after)
            .with(EXPLAINED_VARIANCE, self.explained_variance)
    }
}

impl Critic {
    /// A critic with orthogonal initial weights from the run's streams.
    pub fn new<'a>(
        settings: &CriticSettings,
        observation_dim: usize,
        hidden: impl Into<Hidden<'a>>,
        streams: &Streams,
    ) -> Self {
        Self::initialised(settings, observation_dim, hidden, streams, |of, rng| {
            initialise::orthogonal(of, HEAD_GAIN, 0.0, rng)
        })
    }

    /// A critic with uniform initial weights from the run's streams.
    pub fn uniform<'a>(
        settings: &CriticSettings,
        observation_dim: usize,
        hidden: impl Into<Hidden<'a>>,
        streams: &Streams,
    ) -> Self {
        Self::initialised(settings, observation_dim, hidden, streams, |of, rng| {
            initialise::uniform(of, 0.0, rng)
        })
    }

    fn initialised<'a>(
        settings: &CriticSettings,
        observation_dim: usize,
        hidden: impl Into<Hidden<'a>>,
        streams: &Streams,
        weights: impl FnOnce(&Architecture, &mut Rng) -> Vec<f32>,
    ) -> Self {
        let architecture = Architecture::new(observation_dim, hidden, 1, 0);
        let w = weights(
            &architecture,
            &mut streams.stream(Purpose::Initialisation, 1),
        );
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

    /// Its parameters.
    pub fn w(&self) -> Vec<f32> {
        self.network.theta()
    }

    /// Goes on with the parameters `w`; the optimiser stays as it is.
    ///
    /// # Errors
    /// If their number differs.
    pub fn set_w(&mut self, w: &[f32]) -> Result<(), ParameterCount> {
        let expected = self.network.architecture().parameters();
        ParameterCount::check(w.len(), expected)?;
        self.network.set_theta(w);
        Ok(())
    }

    /// Goes on from `state`.
    ///
    /// # Errors
    /// If that is of another number of parameters.
    pub fn restore(&mut self, state: CriticState) -> Result<(), ParameterCount> {
        let expected = self.network.architecture().parameters();
        ParameterCount::check(state.w.len(), expected)?;
        self.network.set_theta(&state.w);
        self.adam = state.adam;
        self.stream = state.stream;
        Ok(())
    }

    /// V(s) of every row of `observations`.
    pub fn values(&self, observations: &[f32]) -> Vec<f32> {
        self.network.outputs(observations)
    }

    /// Fits V to the targets of a batch when the share `done` of the run has
    /// been made.
    pub fn fit(&mut self, batch: &Batch<f32>, done: f64) -> CriticFit {
        let CriticSettings {
            epochs,
            minibatch,
            max_gradient_norm,
            value_clip,
            ..
        } = self.settings;
        let learning_rate = Schedule {
            start: self.settings.learning_rate,
            anneal: self.settings.anneal,
        };
        let learning_rate = learning_rate.at(done);
        let (mut targets, mut values) = (Vec::new(), Vec::new());
        let kernel = self.network.kernel();
        let mut here = self.network.linearise(&[]);
        let mut gradient = Vec::new();
        for _ in 0..epochs {
            let order = shuffled_minibatches(batch.rows(), minibatch, &mut self.stream);
            gather(&batch.targets, 1, &order, &mut targets);
            gather(&batch.values, 1, &order, &mut values);
            for (index, indices) in order.chunks(minibatch).enumerate() {
                let first = index * minibatch;
                here.evaluate_rows(&batch.observations, indices);
                here.gradient_into(&mut gradient, |range, outputs| {
                    let range = first + range.start..first + range.end;
                    let (targets, values) = (&targets[range.clone()], &values[range]);
                    value_loss(outputs, targets, values, value_clip, indices.len())
                });
                let scale = scale_to(norm(&gradient), max_gradient_norm);
                let mut step = self.adam.begin(scale, learning_rate);
                here.change(|from, w| step.descend(kernel, from, w, &gradient));
            }
        }
        self.network.set_theta(&here.theta());
        CriticFit {
            loss_before: Some(mean_square(&batch.values, &batch.targets)),
            loss_after: Some(mean_square(
                &self.values(&batch.observations),
                &batch.targets,
            )),
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
