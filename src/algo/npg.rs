//! Natural policy gradient (Kakade 2002): the full step of TRPO, its length
//! from the trust radius, without the line search.

use serde::{Deserialize, Serialize};

use super::natural::{along, natural_settings, natural_step};
use super::surrogate::Surrogate;
use super::{Algorithm, Diverged, PolicyStep};
use crate::math::Real;
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::settings::{any, at_least_one, not_negative, positive};

crate::settings! {
    /// Settings of the natural policy gradient.
    pub struct NpgSettings {
        /// Trust radius of the quadratic model, which sets the length of the step.
        delta: f64 = 0.01, positive;
        /// Whether the trust radius falls linearly to 0 over the run.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        anneal: bool = false, any;
        /// c: multiple of the identity added to the Fisher matrix.
        damping: f64 = 0.1, not_negative;
        /// Largest number of conjugate-gradient iterations.
        cg_iterations: usize = 10, at_least_one;
        /// Relative residual at which the conjugate gradient stops; 0: never.
        cg_tolerance: f64 = 1e-5, not_negative;
        /// The Fisher matrix is estimated on every k-th row, from an offset drawn anew; 1: on all.
        fisher_subsample: usize = 1, at_least_one;
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any;
    }
}

/// One natural-gradient step on `policy`: theta_old + beta x.
pub fn policy_step<E: Real>(
    policy: &mut Policy<E>,
    batch: &Batch<E>,
    settings: &NpgSettings,
    stream: &mut Rng,
) -> Result<PolicyStep, Diverged> {
    let theta_old = policy.theta();
    let surrogate = Surrogate::at(policy, batch, settings.normalize_advantages);
    let start = surrogate.measure_here();
    let natural = natural_step(
        policy,
        batch,
        &surrogate,
        natural_settings!(settings),
        stream,
    )?;
    let Some(beta) = natural.beta else {
        return Ok(
            PolicyStep::none(start, natural.gradient_norm(), natural.reason())
                .with(natural.columns())
                .with([("expected_improvement", 0.0.into())]),
        );
    };
    let theta = along(policy, &theta_old, beta, &natural.direction);
    let measured = surrogate.measure(&theta);
    policy.set_theta(&theta);
    let expected = natural.expected_improvement(&surrogate, &theta_old, &theta);
    let step = PolicyStep::taken(
        start,
        measured,
        natural.gradient_norm(),
        &theta_old,
        &theta,
        "full_step",
    );
    Ok(step
        .with(natural.columns())
        .with([("expected_improvement", expected.into())]))
}

/// NPG as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Npg {
    settings: NpgSettings,
    stream: Rng,
}

impl Algorithm for Npg {
    type Settings = NpgSettings;

    fn new(settings: &NpgSettings, _parameters: usize, streams: &Streams) -> Self {
        Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::FisherSubsample, 0),
        }
    }

    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        progress: f64,
    ) -> Result<PolicyStep, Diverged> {
        let mut settings = self.settings.clone();
        if settings.anneal {
            settings.delta *= 1.0 - progress;
        }
        let step = policy_step(policy, batch, &settings, &mut self.stream)?;
        Ok(match settings.anneal {
            true => step.with([("trust_radius", settings.delta.into())]),
            false => step,
        })
    }
}
