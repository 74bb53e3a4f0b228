//! Trust-region policy optimisation (Schulman et al. 2015).
//!
//! The step reads like the appendix of the paper. Its details, and the
//! function that holds each:
//!
//! 1. L and KL are relative to one forward pass at theta_old, so that the
//!    ratio there is 1 and the divergence 0: [`Surrogate::at`].
//! 2. F v = mean of J^T M J v, without F: [`natural_step`].
//! 3. x = (F + c I)^-1 g by conjugate gradients:
//!    [`conjugate_gradient`](crate::optim::conjugate_gradient::conjugate_gradient).
//! 4. beta = sqrt(2 delta / x^T (F + c I) x): [`natural_step`].
//! 5. The first of beta, alpha beta, alpha^2 beta, ... that improves L inside
//!    the trust region, or theta_old bit for bit: [`policy_step`].

use serde::{Deserialize, Serialize};

use super::natural::{along, linear_change, natural_settings, natural_step};
use super::surrogate::{Measured, Surrogate};
use super::{Algorithm, Diverged, PolicyStep};
use crate::math::Real;
use crate::optim::line_search::backtrack;
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::settings::{any, at_least_one, not_negative, open_share, positive, share};

crate::settings! {
    /// Settings of TRPO.
    pub struct TrpoSettings {
        /// Trust radius: largest mean KL divergence between the old and the new policy.
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
        /// Largest number of step lengths that the line search tries.
        backtracks: usize = 10, at_least_one;
        /// alpha: factor from one step length to the next.
        backtrack_factor: f64 = 0.5, open_share;
        /// Smallest accepted ratio of actual to expected improvement; 0: any improvement will do.
        accept_ratio: f64 = 0.0, share;
        /// The Fisher matrix is estimated on every k-th row, from an offset drawn anew; 1: on all.
        fisher_subsample: usize = 1, at_least_one;
        /// Whether advantages are normalised over the batch.
        normalize_advantages: bool = true, any;
    }
}

/// One trust-region step on `policy`.
///
/// Maximises L(theta) subject to mean KL(pi_old || pi_theta) <= delta along the
/// natural gradient. `stream` gives the offset of a Fisher subsample.
pub fn policy_step<E: Real>(
    policy: &mut Policy<E>,
    batch: &Batch<E>,
    settings: &TrpoSettings,
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
                .with([
                    ("expected_improvement", 0.0.into()),
                    ("accepted", None.into()),
                ]),
        );
    };

    let candidate = |share: f64| {
        let theta = along(policy, &theta_old, share * beta, &natural.direction);
        let measured = surrogate.measure(&theta);
        Candidate { theta, measured }
    };
    let acceptable = |_: f64, candidate: &Candidate<E>| {
        let Measured {
            surrogate, kl_mean, ..
        } = candidate.measured;
        let improvement = surrogate - start.surrogate;
        candidate.measured.is_finite()
            && kl_mean <= settings.delta
            && improvement > 0.0
            && improvement
                >= settings.accept_ratio
                    * linear_change(&natural.gradient, &theta_old, &candidate.theta)
    };
    let mut search = backtrack(
        settings.backtrack_factor,
        settings.backtracks,
        candidate,
        acceptable,
    );

    let Some(j) = search.accepted else {
        return Ok(
            PolicyStep::none(start, natural.gradient_norm(), "line_search_failed")
                .with(natural.columns())
                .with([
                    ("expected_improvement", 0.0.into()),
                    ("accepted", None.into()),
                ]),
        );
    };
    let accepted = search.tried.swap_remove(j);
    policy.set_theta(&accepted.theta);
    let expected = natural.expected_improvement(&surrogate, &theta_old, &accepted.theta);
    let step = PolicyStep::taken(
        start,
        accepted.measured,
        natural.gradient_norm(),
        &theta_old,
        &accepted.theta,
        "accepted",
    );
    Ok(step.with(natural.columns()).with([
        ("expected_improvement", expected.into()),
        ("accepted", (j as f64).into()),
    ]))
}

/// A point of the line search.
struct Candidate<E> {
    theta: Vec<E>,
    measured: Measured,
}

/// TRPO as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trpo {
    settings: TrpoSettings,
    stream: Rng,
}

impl Algorithm for Trpo {
    type Settings = TrpoSettings;

    fn new(settings: &TrpoSettings, _parameters: usize, streams: &Streams) -> Self {
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
