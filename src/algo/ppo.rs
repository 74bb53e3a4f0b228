//! Proximal policy optimisation (Schulman et al. 2017,
//! [arXiv:1707.06347](https://arxiv.org/abs/1707.06347)).
//!
//! Its details, and the function that holds each:
//!
//! 1. min(ratio A, clip(ratio) A) on dfdx's tape, equation 7:
//!    [`Rows::clipped_surrogate`].
//! 2. Epochs of shuffled minibatches, the last and smaller one kept:
//!    [`shuffled_minibatches`].
//! 3. Advantages normalised over each minibatch, gradient clipped by its norm,
//!    learning rate annealed, epochs stopped by their divergence:
//!    [`Ppo::policy_step`](PolicyStep::policy_step).
//! 4. The penalised objectives and their adaptive coefficient, equation 8:
//!    [`adapted`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::losses::Rows;
use super::minibatch::{Minibatch, Shuffled, shuffled_minibatches};
use super::objective::Objective as _;
use super::on_policy::OnPolicy;
use super::schedule::Schedule;
use super::step::{Diverged, GRADIENT_NORM, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use crate::columns::{Column, OverSeeds, Row};
use crate::kernels::{norm, sum};
use crate::nn::ops::branch;
use crate::nn::{Linearisation, Loss, Outputs};
use crate::optim::adam::{Adam, scale_to};
use crate::policy::{Distribution, Policy};
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::{Batch, normalise};
use crate::settings::{Described, any, at_least_one, not_negative, positive};

/// Share of ratios outside of the clipping interval, in the last epoch.
pub const CLIP_FRACTION: Column = Column::number("clip_fraction", "Clip fraction");
/// Passes over the batch that were made.
pub const EPOCHS: Column = Column::number("epochs", "Epochs").over_seeds(OverSeeds::Mean);
/// Coefficient of the penalty.
pub const KL_COEFFICIENT: Column = Column::number("kl_coefficient", "KL coefficient");

/// The objective of PPO's policy step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The clipped surrogate.
    Clip,
    /// The surrogate minus `kl_coefficient` times the KL divergence.
    FixedPenalty,
    /// The same, the coefficient following the KL divergence.
    AdaptivePenalty,
    /// The surrogate alone.
    Unconstrained,
}

impl Described for Objective {
    const SCHEMA: &'static str =
        r#"{"enum": ["clip", "fixed-penalty", "adaptive-penalty", "unconstrained"]}"#;
}

crate::settings! {
    /// Settings of PPO.
    pub struct PpoSettings {
        /// `clip`, `fixed-penalty`, `adaptive-penalty` or `unconstrained`.
        objective: Objective = Objective::Clip, any();
        /// eps: half-width of the interval around 1 to which the probability ratio is clipped.
        clip: f64 = 0.2, positive();
        /// Coefficient of the KL divergence; with `adaptive-penalty`, its initial value.
        kl_coefficient: f64 = 1.0, not_negative();
        /// Mean KL divergence that `adaptive-penalty` steers to.
        kl_target: f64 = 0.01, positive();
        /// Passes over the batch in every update.
        epochs: usize = 10, at_least_one();
        /// Rows of a minibatch; the last, smaller one is kept.
        minibatch: usize = 64, at_least_one();
        /// Learning rate of Adam.
        learning_rate: f64 = 3e-4, positive();
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive();
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any();
        /// Weight of the entropy bonus.
        entropy_coefficient: f64 = 0.0, not_negative();
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.5, not_negative();
        /// Mean KL divergence of an epoch after which no further epoch is run; 0: never stop early.
        stop_kl: f64 = 0.0, not_negative();
        /// Whether advantages are normalised, over each minibatch.
        normalize_advantages: bool = true, any();
    }
}

/// The coefficient of the penalty after an update of divergence `kl`.
pub fn adapted(coefficient: f64, target: f64, kl: f64) -> f64 {
    if kl < target / 1.5 {
        coefficient / 2.0
    } else if kl > target * 1.5 {
        coefficient * 2.0
    } else {
        coefficient
    }
}

/// PPO as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ppo {
    settings: PpoSettings,
    kl_coefficient: f64,
    adam: Adam<f32>,
    stream: Rng,
}

/// The parameters on their way down, and memory that every step uses again.
struct Descent {
    here: Linearisation<f32>,
    gradient: Vec<f32>,
}

/// What is averaged over the minibatches of an epoch.
#[derive(Default)]
struct Epoch {
    kl: f64,
    clipped: f64,
}

impl Ppo {
    /// The negated objective of a minibatch.
    fn loss(&self, rows: Rows<'_, f32>, outputs: Outputs<f32>) -> Loss<f32> {
        let entropy_weight = self.settings.entropy_coefficient as f32;
        let bonus = (entropy_weight > 0.0).then(|| rows.entropy(branch(&outputs)) * entropy_weight);
        let objective = match self.settings.objective {
            Objective::Clip => rows.clipped_surrogate(outputs, self.settings.clip),
            Objective::FixedPenalty | Objective::AdaptivePenalty => {
                rows.penalised_surrogate(outputs, self.kl_coefficient)
            }
            Objective::Unconstrained => rows.surrogate(outputs),
        };
        match bonus {
            Some(bonus) => -(objective + bonus),
            None => -objective,
        }
    }

    /// One step of Adam for one minibatch, the norm of whose gradient it gives;
    /// adds statistics to `epoch` where they are asked for.
    fn minibatch_step(
        &mut self,
        policy: &Policy<f32>,
        descent: &mut Descent,
        minibatch: &Minibatch<'_>,
        learning_rate: f64,
        epoch: Option<&mut Epoch>,
    ) -> Result<f64, Diverged> {
        let distribution = policy.distribution();
        let Descent { here, gradient } = descent;
        here.evaluate_rows(minibatch.observations, minibatch.indices);
        here.gradient_into(gradient, |range, outputs| {
            self.loss(minibatch.rows(range, distribution), outputs)
        });
        let norm = norm(gradient);
        Diverged::unless_finite(GRADIENT_NORM, norm)?;
        let scale = scale_to(norm, self.settings.max_gradient_norm);
        let mut step = self.adam.begin(scale, learning_rate);
        here.change(|from, theta| {
            step.descend(policy.kernel(), from, theta, gradient);
            policy.project_part(from, theta);
        });
        if let Some(epoch) = epoch {
            epoch.add(minibatch, distribution, &here.outputs(), self.settings.clip);
        }
        Ok(norm)
    }
}

impl Epoch {
    /// Adds a minibatch on which the network gave `outputs`.
    fn add(
        &mut self,
        minibatch: &Minibatch<'_>,
        distribution: &Arc<dyn Distribution<f32>>,
        outputs: &[f32],
        clip: f64,
    ) {
        let rows = minibatch.rows(0..minibatch.indices.len(), distribution);
        let mut per_row = vec![0.0f32; rows.count];
        distribution.kl_old_new(rows.old_params, outputs, &mut per_row);
        self.kl += sum(&per_row);
        distribution.log_prob(outputs, rows.actions, &mut per_row);
        // |ln ratio| decides as |ratio - 1| does, at both ends of the interval.
        let low = libm::log(1.0 - clip.min(1.0));
        let high = libm::log(1.0 + clip);
        let outside = per_row.iter().zip(rows.old_log_prob).filter(|(new, old)| {
            let log_ratio = f64::from(*new - *old);
            log_ratio < low || log_ratio > high
        });
        self.clipped += outside.count() as f64;
    }
}

impl Kind for Ppo {
    type Settings = PpoSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "ppo";
    const SUMMARY: &'static str =
        "Proximal policy optimisation (Schulman et al. 2017), clipped or with a KL penalty";
    const LOOKS: &'static [Look] = &[Look {
        variant: "ppo",
        label: "PPO",
        color: [0xD5, 0x5E, 0x00],
        dash: 1,
    }];

    fn new(settings: &PpoSettings, parameters: usize, streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            kl_coefficient: settings.kl_coefficient,
            adam: Adam::new(parameters, settings.adam_epsilon),
            stream: streams.stream(Purpose::PolicyShuffle, 0),
            settings: settings.clone(),
        })
    }

    fn step_limit(settings: &PpoSettings) -> StepLimit {
        if settings.objective == Objective::Unconstrained {
            StepLimit::Nothing
        } else {
            StepLimit::Indirect
        }
    }

    fn passes(settings: &PpoSettings) -> f64 {
        settings.epochs as f64
    }
}

impl PolicyStep for Ppo {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let theta_old = policy.theta();
        // Advantages are normalised below, over minibatches.
        let surrogate = Surrogate::at(policy, batch, false);
        let start = surrogate.measure_here();
        let learning_rate = Schedule {
            start: self.settings.learning_rate,
            anneal: self.settings.anneal,
        };
        let learning_rate = learning_rate.at(done);
        let needs_old_params = matches!(
            self.settings.objective,
            Objective::FixedPenalty | Objective::AdaptivePenalty
        );
        let mut shuffled = Shuffled::default();
        let mut descent = Descent {
            here: policy.linearise(&[]),
            gradient: Vec::new(),
        };
        let mut last = Epoch::default();
        let (mut epochs, mut steps, mut norms) = (0, 0, 0.0);
        while epochs < self.settings.epochs {
            last = Epoch::default();
            let is_measured = self.settings.stop_kl > 0.0 || epochs + 1 == self.settings.epochs;
            let order =
                shuffled_minibatches(batch.rows(), self.settings.minibatch, &mut self.stream);
            shuffled.gather(batch, &surrogate, &order, needs_old_params || is_measured);
            if self.settings.normalize_advantages {
                let minibatches = shuffled.advantages.chunks_mut(self.settings.minibatch);
                minibatches.for_each(normalise);
            }
            for (index, indices) in order.chunks(self.settings.minibatch).enumerate() {
                let minibatch = Minibatch {
                    observations: &batch.observations,
                    indices,
                    shuffled: &shuffled,
                    first: index * self.settings.minibatch,
                };
                norms += self.minibatch_step(
                    policy,
                    &mut descent,
                    &minibatch,
                    learning_rate,
                    is_measured.then_some(&mut last),
                )?;
                steps += 1;
            }
            epochs += 1;
            let kl = last.kl / batch.rows() as f64;
            if self.settings.stop_kl > 0.0 && kl > self.settings.stop_kl {
                break;
            }
        }

        let theta = descent.here.theta();
        policy.set_theta(&theta);
        let measured = surrogate.measure(&theta);
        let used_coefficient = self.kl_coefficient;
        if self.settings.objective == Objective::AdaptivePenalty {
            self.kl_coefficient =
                adapted(used_coefficient, self.settings.kl_target, measured.kl_mean);
        }
        let moved = Moved {
            outcome: "full_step",
            before: start,
            after: measured,
            gradient_norm: norms / f64::from(steps),
            step_norm: distance(&theta_old, &theta),
        };
        let clipped = last.clipped / batch.rows() as f64;
        Ok(moved
            .row()
            .with(CLIP_FRACTION, clipped)
            .with(EPOCHS, epochs as f64)
            .with(KL_COEFFICIENT, used_coefficient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coefficient_follows_the_divergence() {
        assert_eq!(adapted(1.0, 0.01, 0.005), 0.5);
        assert_eq!(adapted(1.0, 0.01, 0.010), 1.0);
        assert_eq!(adapted(1.0, 0.01, 0.016), 2.0);
    }
}
