//! Vanilla policy gradient (Williams 1992): one first-order step per batch on
//! the mean of log pi(a|s) A, with a fixed learning rate or one that follows
//! the KL divergence (the "vanilla PG, adaptive" of Schulman et al. 2017).

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::objective::Objective;
use super::on_policy::OnPolicy;
use super::schedule::Schedule;
use super::step::{Diverged, GRADIENT_NORM, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use crate::columns::{Column, Row};
use crate::kernels::norm;
use crate::optim::adam::{Adam, scale_to};
use crate::policy::Policy;
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::settings::{Described, any, not_negative, positive};

/// Learning rate of the step.
pub const LEARNING_RATE: Column = Column::number("learning_rate", "Learning rate");

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// Kingma and Ba (2015).
    Adam,
    /// The gradient times the learning rate.
    Sgd,
}

impl Described for Optimizer {
    const SCHEMA: &'static str = r#"{"enum": ["adam", "sgd"]}"#;
}

crate::settings! {
    /// Settings of the vanilla policy gradient.
    pub struct VpgSettings {
        /// Learning rate; with `kl_adaptive`, its initial value.
        learning_rate: f64 = 3e-3, positive();
        /// `adam` or `sgd`.
        optimizer: Optimizer = Optimizer::Adam, any();
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive();
        /// Whether the learning rate follows the KL divergence of the last step:
        /// halved above 1.5 `target_kl`, doubled below `target_kl` / 1.5.
        kl_adaptive: bool = false, any();
        /// The mean KL divergence that `kl_adaptive` steers to.
        target_kl: f64 = 0.01, positive();
        /// Smallest learning rate of `kl_adaptive`.
        min_learning_rate: f64 = 1e-6, positive();
        /// Largest learning rate of `kl_adaptive`.
        max_learning_rate: f64 = 1.0, positive();
        /// Whether the learning rate, or with `kl_adaptive` the divergence that it
        /// steers to, falls linearly to 0 over the run.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        anneal: bool = false, any();
        /// Largest norm of a gradient, to which longer ones are scaled; 0: no limit.
        max_gradient_norm: f64 = 0.0, not_negative();
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any();
    }
}

/// The learning rate after a step of divergence `kl`: halved above 1.5 target,
/// doubled below target / 1.5, within the bounds.
fn adapted(settings: &VpgSettings, learning_rate: f64, target: f64, kl: f64) -> f64 {
    let factor = if kl > 1.5 * target {
        0.5
    } else if kl < target / 1.5 {
        2.0
    } else {
        1.0
    };
    (learning_rate * factor)
        .max(settings.min_learning_rate)
        .min(settings.max_learning_rate)
}

/// VPG as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vpg {
    settings: VpgSettings,
    learning_rate: f64,
    adam: Adam<f32>,
}

impl Vpg {
    /// The learning rate of this step, and the divergence by which that of the
    /// next is adapted: one of them falls where the run is annealed.
    fn rate_and_target(&self, done: f64) -> (f64, f64) {
        let VpgSettings {
            anneal,
            kl_adaptive,
            target_kl,
            ..
        } = self.settings;
        let scheduled = |start, anneal| Schedule { start, anneal }.at(done);
        (
            scheduled(self.learning_rate, anneal && !kl_adaptive),
            scheduled(target_kl, anneal && kl_adaptive),
        )
    }
}

impl Kind for Vpg {
    type Settings = VpgSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "vpg";
    const SUMMARY: &'static str =
        "Vanilla policy gradient (Williams 1992), with a fixed or KL-adaptive step";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "vpg",
            label: "VPG",
            color: [0x00, 0x9E, 0x73],
            dash: 3,
        },
        Look {
            variant: "vpg-kl",
            label: "VPG, KL-adaptive",
            color: [0xB8, 0x7A, 0x00],
            dash: 2,
        },
    ];

    fn new(settings: &VpgSettings, parameters: usize, _streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            learning_rate: settings.learning_rate,
            adam: Adam::new(parameters, settings.adam_epsilon),
            settings: settings.clone(),
        })
    }

    fn departure(settings: &VpgSettings) -> Option<&'static str> {
        settings
            .kl_adaptive
            .then_some("step adapted to the KL divergence")
    }

    fn step_limit(settings: &VpgSettings) -> StepLimit {
        if settings.kl_adaptive {
            StepLimit::Indirect
        } else {
            StepLimit::Nothing
        }
    }
}

impl PolicyStep for Vpg {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let (learning_rate, target_kl) = self.rate_and_target(done);
        let theta_old = policy.theta();
        let surrogate = Surrogate::at(policy, batch, self.settings.normalize_advantages);
        let start = surrogate.measure_here();
        let gradient = surrogate.log_likelihood_gradient();
        let length = norm(&gradient);
        Diverged::unless_finite(GRADIENT_NORM, length)?;

        // Ascent.
        let scale = -scale_to(length, self.settings.max_gradient_norm);
        let mut theta = theta_old.clone();
        match self.settings.optimizer {
            Optimizer::Adam => {
                self.adam
                    .descend(policy.kernel(), &mut theta, &gradient, scale, learning_rate)
            }
            Optimizer::Sgd => {
                let rate = (learning_rate * scale) as f32;
                for (theta, g) in theta.iter_mut().zip(&gradient) {
                    *theta -= rate * g;
                }
            }
        }
        policy.project(&mut theta);
        policy.set_theta(&theta);

        let measured = surrogate.measure(&theta);
        if self.settings.kl_adaptive {
            let kl = measured.kl_mean;
            self.learning_rate = adapted(&self.settings, learning_rate, target_kl, kl);
        }
        let moved = Moved {
            outcome: "full_step",
            before: start,
            after: measured,
            gradient_norm: length,
            step_norm: distance(&theta_old, &theta),
        };
        Ok(moved.row().with(LEARNING_RATE, learning_rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_follows_the_divergence_within_bounds() {
        let settings = VpgSettings {
            max_learning_rate: 0.015,
            min_learning_rate: 0.004,
            ..VpgSettings::default()
        };
        let adapted = |rate, kl| adapted(&settings, rate, 0.01, kl);
        assert_eq!(adapted(0.01, 0.016), 0.005);
        assert_eq!(adapted(0.01, 0.012), 0.01);
        assert_eq!(adapted(0.01, 0.001), 0.015);
        assert_eq!(adapted(0.005, 1.0), 0.004);
    }
}
