//! Steps of equal length: what one direction or another is worth, when every step moves
//! the policy by the same mean KL divergence.
//!
//! A proposal theta' is made as another algorithm makes its step, and shortened or
//! lengthened to theta_old + c (theta' - theta_old), where c is found by bisection so
//! that the divergence is kappa. Nothing is searched, annealed or stopped.

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::natural::along;
use super::npg::{Npg, NpgSettings};
use super::objective::{Measured, Objective as _};
use super::on_policy::OnPolicy;
use super::ppo::{Ppo, PpoSettings};
use super::step::{Diverged, GRADIENT_NORM, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use super::vpg::{Optimizer, Vpg, VpgSettings};
use crate::columns::{Column, OverSeeds, Row};
use crate::policy::Policy;
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::settings::{Described, any, at_least_one, not_negative, positive};

/// c; none where there is none.
pub const SCALE: Column = Column::number("scale", "Scale of the proposal");
/// Lengths that the bisection tried.
pub const TRIALS: Column = Column::number("trials", "Trials").over_seeds(OverSeeds::Mean);

/// By how much the divergence may miss kappa, as a share of it.
pub const TOLERANCE: f64 = 0.01;
/// log10 of the largest c; the smallest is its inverse.
const DECADES: f64 = 4.0;
/// Most lengths that are tried.
const MOST_TRIALS: usize = 60;

/// Along what a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Along {
    /// The gradient of the surrogate.
    Gradient,
    /// The step of Adam on it.
    Adam,
    /// The natural gradient.
    Natural,
    /// The displacement of PPO's epochs, which is not PPO: its length is not PPO's.
    Ppo,
}

impl Described for Along {
    const SCHEMA: &'static str = r#"{"enum": ["gradient", "adam", "natural", "ppo"]}"#;
}

crate::settings! {
    /// Settings of steps of equal length.
    pub struct EqualKlSettings {
        /// kappa: mean KL divergence between the old and the new policy, to within 1%.
        kl: f64 = 0.01, positive();
        /// Along what a step goes: the `gradient`, the step of `adam` on it, the `natural`
        /// gradient, or the displacement of the epochs of `ppo`.
        along: Along = Along::Natural, any();
        /// Of `natural`: multiple of the identity added to the Fisher matrix.
        damping: f64 = 0.1, not_negative();
        /// Of `natural`: largest number of conjugate-gradient iterations.
        cg_iterations: usize = 10, at_least_one();
        /// Of `adam` and `ppo`: learning rate of the proposal.
        learning_rate: f64 = 3e-4, positive();
        /// Of `ppo`: half-width of the clipping interval.
        clip: f64 = 0.2, positive();
        /// Of `ppo`: passes over the batch.
        epochs: usize = 10, at_least_one();
        /// Of `ppo`: rows of a minibatch.
        minibatch: usize = 64, at_least_one();
    }
}

/// What proposes a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Proposal {
    First(Vpg),
    Natural(Box<Npg>),
    Epochs(Box<Ppo>),
}

impl Proposal {
    fn new(settings: &EqualKlSettings, parameters: usize, streams: &Streams) -> Self {
        let first = |optimizer, learning_rate| {
            let settings = VpgSettings {
                optimizer,
                learning_rate,
                ..VpgSettings::default()
            };
            Self::First(Vpg::new(&settings, parameters, streams).0)
        };
        let natural = || NpgSettings {
            damping: settings.damping,
            cg_iterations: settings.cg_iterations,
            ..NpgSettings::default()
        };
        let epochs = || PpoSettings {
            learning_rate: settings.learning_rate,
            clip: settings.clip,
            epochs: settings.epochs,
            minibatch: settings.minibatch,
            ..PpoSettings::default()
        };
        match settings.along {
            // A short proposal would be rounded before it is lengthened.
            Along::Gradient => first(Optimizer::Sgd, 1.0),
            Along::Adam => first(Optimizer::Adam, settings.learning_rate),
            Along::Natural => Self::Natural(Box::new(Npg::new(&natural(), parameters, streams).0)),
            Along::Ppo => Self::Epochs(Box::new(Ppo::new(&epochs(), parameters, streams).0)),
        }
    }

    fn step(&mut self) -> &mut dyn PolicyStep {
        match self {
            Self::First(vpg) => vpg,
            Self::Natural(npg) => npg.as_mut(),
            Self::Epochs(ppo) => ppo.as_mut(),
        }
    }
}

/// Steps of equal length as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EqualKl {
    settings: EqualKlSettings,
    proposal: Proposal,
}

impl Kind for EqualKl {
    type Settings = EqualKlSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "equal-kl";
    const SUMMARY: &'static str =
        "Steps of one direction or another, all of the same mean KL divergence";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "equal-kl-natural",
            label: "Natural gradient, equal KL",
            color: [0x00, 0x72, 0xB2],
            dash: 0,
        },
        Look {
            variant: "equal-kl-gradient",
            label: "Gradient, equal KL",
            color: [0x00, 0x9E, 0x73],
            dash: 3,
        },
        Look {
            variant: "equal-kl-adam",
            label: "Adam's direction, equal KL",
            color: [0xB8, 0x7A, 0x00],
            dash: 2,
        },
        Look {
            variant: "equal-kl-ppo-displacement",
            label: "Displacement of PPO's epochs, equal KL",
            color: [0xD5, 0x5E, 0x00],
            dash: 1,
        },
    ];

    fn new(settings: &EqualKlSettings, parameters: usize, streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            proposal: Proposal::new(settings, parameters, streams),
            settings: settings.clone(),
        })
    }

    fn departure(settings: &EqualKlSettings) -> Option<&'static str> {
        (settings.along == Along::Ppo).then_some("the displacement of PPO's epochs, rescaled")
    }

    /// A step has the divergence kappa, and may have 1% more: that is no radius which none
    /// leaves.
    fn step_limit(_: &EqualKlSettings) -> StepLimit {
        StepLimit::Indirect
    }

    fn passes(settings: &EqualKlSettings) -> f64 {
        match settings.along {
            Along::Gradient | Along::Adam => 1.0,
            Along::Natural => (settings.cg_iterations + 2) as f64,
            Along::Ppo => settings.epochs as f64,
        }
    }
}

/// A point at the right distance.
struct Found {
    scale: f64,
    theta: Vec<f32>,
    measured: Measured,
}

/// c by bisection on its logarithm, and how many were tried; none where no length
/// within the decades, or in so many trials, comes within the tolerance.
fn bisected(kappa: f64, mut at: impl FnMut(f64) -> (Vec<f32>, Measured)) -> (Option<Found>, usize) {
    let (mut low, mut high) = (-DECADES, DECADES);
    for trial in 1..=MOST_TRIALS {
        let middle = 0.5 * (low + high);
        let scale = libm::pow(10.0, middle);
        let (theta, measured) = at(scale);
        let ratio = measured.kl_mean / kappa;
        if (ratio - 1.0).abs() <= TOLERANCE && measured.is_finite() {
            let found = Found {
                scale,
                theta,
                measured,
            };
            return (Some(found), trial);
        }
        // What is not finite lies too far.
        match ratio < 1.0 {
            true => low = middle,
            false => high = middle,
        }
    }
    (None, MOST_TRIALS)
}

impl PolicyStep for EqualKl {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let theta_old = policy.theta();
        let surrogate = Surrogate::at(policy, batch, true);
        let before = surrogate.measure_here();
        let proposed = self.proposal.step().policy_step(policy, batch, done)?;
        let end = policy.theta();
        let displacement: Vec<f32> = end.iter().zip(&theta_old).map(|(a, b)| a - b).collect();

        let (found, trials) = bisected(self.settings.kl, |scale| {
            let theta = along(policy, &theta_old, scale, &displacement);
            let measured = surrogate.measure(&theta);
            (theta, measured)
        });
        policy.set_theta(found.as_ref().map_or(&theta_old, |found| &found.theta));
        let moved = Moved {
            outcome: match found {
                Some(_) => "scaled",
                None => "no_length",
            },
            before,
            after: found.as_ref().map_or(before, |found| found.measured),
            gradient_norm: proposed.number(GRADIENT_NORM.name).unwrap_or(f64::NAN),
            step_norm: found
                .as_ref()
                .map_or(0.0, |found| distance(&theta_old, &found.theta)),
        };
        Ok(moved
            .row()
            .with(SCALE, found.map(|found| found.scale))
            .with(TRIALS, trials as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(kl: f64) -> (Vec<f32>, Measured) {
        let measured = Measured {
            surrogate: 0.0,
            reported_surrogate: 0.0,
            kl_mean: kl,
            kl_max: kl,
            entropy: 0.0,
        };
        (Vec::new(), measured)
    }

    #[test]
    fn the_length_is_found_by_bisection_over_eight_decades() {
        for factor in [1e-3, 0.37, 1.0, 2e3] {
            // The divergence grows with the square of the length.
            let (found, trials) = bisected(0.01, |c| at(0.01 * (c / factor).powi(2)));
            let scale = found.unwrap().scale;
            assert!((scale / factor - 1.0).abs() < 0.0051, "{scale} {factor}");
            assert!(trials < 15, "{trials}");
        }
    }

    #[test]
    fn where_there_is_no_such_length_there_is_no_step() {
        // Too short at any length, too long at any, a jump over kappa, and no number.
        for kl in [
            |_: f64| 0.0,
            |_: f64| 1.0,
            |c: f64| if c > 0.5 { 1.0 } else { 0.0 },
            |_: f64| f64::NAN,
        ] {
            let (found, trials) = bisected(0.01, |c| at(kl(c)));
            assert!(found.is_none() && trials == MOST_TRIALS);
        }
    }
}
