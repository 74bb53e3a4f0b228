//! A policy whose parameters can be improved, and its Fisher matrix.

use std::sync::Arc;

use super::{Actor, Distribution, LOG_STD_RANGE, architecture, distribution};
use crate::env::ActionSpace;
use crate::exec::Exec;
use crate::kernels::Kernel;
use crate::math::Real;
use crate::nn::{Hidden, Linearisation, Network, initialise};
use crate::rng::Rng;

/// Gain of the last layer of a policy: first actions are almost uniform.
const HEAD_GAIN: f64 = 0.01;

/// A stochastic policy pi_theta.
#[derive(Debug, Clone)]
pub struct Policy<E: Real> {
    network: Network<E>,
    distribution: Arc<dyn Distribution<E>>,
}

impl<E: Real> Policy<E> {
    /// A policy with orthogonal initial weights drawn from `rng`.
    pub fn new<'a>(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: impl Into<Hidden<'a>>,
        log_std: f64,
        rng: &mut Rng,
    ) -> Self {
        let hidden = hidden.into();
        let architecture = architecture(observation_dim, actions, hidden);
        let theta = initialise::orthogonal(&architecture, HEAD_GAIN, log_std, rng);
        Self::with_theta(observation_dim, actions, hidden, theta)
    }

    /// A policy with uniform initial weights drawn from `rng`.
    pub fn uniform<'a>(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: impl Into<Hidden<'a>>,
        log_std: f64,
        rng: &mut Rng,
    ) -> Self {
        let hidden = hidden.into();
        let architecture = architecture(observation_dim, actions, hidden);
        let theta = initialise::uniform(&architecture, log_std, rng);
        Self::with_theta(observation_dim, actions, hidden, theta)
    }

    /// A policy with given parameters, in the order of [`Network::theta`].
    ///
    /// # Panics
    /// If their number does not fit.
    pub fn with_theta<'a>(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: impl Into<Hidden<'a>>,
        theta: Vec<E>,
    ) -> Self {
        let architecture = architecture(observation_dim, actions, hidden.into());
        Self {
            network: Network::new(architecture, theta),
            distribution: distribution(actions),
        }
    }

    /// The same policy, which computes with `exec`.
    pub fn with_exec(self, exec: &Exec) -> Self {
        Self {
            network: self.network.with_exec(exec),
            distribution: self.distribution.with_kernel(exec.kernel),
        }
    }

    /// The instructions with which it computes.
    pub fn kernel(&self) -> Kernel {
        self.network.kernel()
    }

    /// How it computes.
    pub fn exec(&self) -> &Exec {
        self.network.exec()
    }

    /// The network that gives the parameters of the distribution.
    pub fn network(&self) -> &Network<E> {
        &self.network
    }

    /// The family of distributions.
    pub fn distribution(&self) -> &Arc<dyn Distribution<E>> {
        &self.distribution
    }

    /// The parameters.
    pub fn theta(&self) -> Vec<E> {
        self.network.theta()
    }

    /// Replaces the parameters by `theta`, which must be projected.
    pub fn set_theta(&mut self, theta: &[E]) {
        self.network.set_theta(theta);
    }

    /// Projects the log standard deviations in `theta` onto
    /// [`LOG_STD_RANGE`].
    pub fn project(&self, theta: &mut [E]) {
        self.project_part(0, theta);
    }

    /// [`Policy::project`] of a part of the parameters, those from `from` on.
    pub fn project_part(&self, from: usize, theta: &mut [E]) {
        let before = self.network.architecture().free_offset();
        let before = before.saturating_sub(from).min(theta.len());
        let (low, high) = (
            E::from_double(LOG_STD_RANGE.0),
            E::from_double(LOG_STD_RANGE.1),
        );
        for log_std in &mut theta[before..] {
            // Comparisons, so that a NaN stays one and is noticed.
            if *log_std < low {
                *log_std = low;
            } else if *log_std > high {
                *log_std = high;
            }
        }
    }

    /// Mean of the log standard deviations; `None` for discrete actions.
    pub fn mean_log_std(&self) -> Option<f64> {
        let free = &self.theta()[self.network.architecture().free_offset()..];
        (!free.is_empty()).then(|| crate::kernels::mean(free))
    }

    /// One forward pass over `observations` that keeps what derivatives need.
    pub fn linearise(&self, observations: &[E]) -> Linearisation<E> {
        self.network.linearise(observations)
    }

    /// The Fisher matrix at `here`, a linearisation of this policy.
    pub fn fisher<'a>(&self, here: &'a Linearisation<E>) -> Fisher<'a, E> {
        let mut metric = here.outputs();
        self.distribution.fisher_metric(&mut metric);
        Fisher {
            here,
            distribution: self.distribution.clone(),
            metric: Metric::Exact(metric),
        }
    }

    /// The empirical Fisher matrix at `here`, the mean of s s^T with the scores
    /// s = grad log pi(a|s) of `actions`, \[rows\]\[action width\]. The mean of s
    /// over actions of the policy is 0, so that this is their covariance.
    pub fn empirical_fisher<'a>(&self, here: &'a Linearisation<E>, actions: &[E]) -> Fisher<'a, E> {
        let params = here.outputs();
        let mut scores = vec![E::ZERO; params.len()];
        let ones = vec![E::from_double(1.0); here.rows()];
        self.distribution
            .log_prob_gradient(&params, actions, &ones, &mut scores);
        Fisher {
            here,
            distribution: self.distribution.clone(),
            metric: Metric::Scores(scores),
        }
    }

    /// A snapshot to act with.
    pub fn actor(&self) -> Actor<E> {
        Actor {
            forward: self.network.forward(),
            distribution: self.distribution.clone(),
        }
    }

    /// The same policy with other parameters, which acts.
    ///
    /// # Panics
    /// If their number differs.
    pub fn actor_with(&self, theta: &[E]) -> Actor<E> {
        Actor {
            forward: self.network.forward_with(theta),
            distribution: self.distribution.clone(),
        }
    }
}

/// The Fisher matrix F of a policy on a batch: never formed, but multiplied with.
#[derive(Debug)]
pub struct Fisher<'a, E: Real> {
    here: &'a Linearisation<E>,
    distribution: Arc<dyn Distribution<E>>,
    metric: Metric<E>,
}

/// M, by row.
#[derive(Debug)]
enum Metric<E> {
    /// What [`Distribution::fisher_product`] needs.
    Exact(Vec<E>),
    /// u, where M = u u^T: the gradient of log pi(a|s) with respect to the
    /// distribution's parameters.
    Scores(Vec<E>),
}

impl<E: Real> Fisher<'_, E> {
    /// F v, the mean over rows of J^T M J v, where J is the Jacobian of a row's
    /// distribution parameters and M their own Fisher matrix.
    pub fn product(&self, v: &[E]) -> Vec<E> {
        let width = self.distribution.params();
        match &self.metric {
            Metric::Exact(metric) => self.here.gauss_newton(v, metric, |metric, tangents| {
                self.distribution.fisher_product(metric, tangents);
            }),
            Metric::Scores(scores) => self.here.gauss_newton(v, scores, |scores, tangents| {
                outer_products(scores, width, tangents);
            }),
        }
    }
}

/// Multiplies every row t of `tangents` by u u^T, u the row of `scores`.
fn outer_products<E: Real>(scores: &[E], width: usize, tangents: &mut [E]) {
    let rows = scores.chunks_exact(width);
    for (u, t) in rows.zip(tangents.chunks_exact_mut(width)) {
        let dot: f64 = u
            .iter()
            .zip(&*t)
            .map(|(u, t)| u.to_double() * t.to_double())
            .sum();
        for (t, u) in t.iter_mut().zip(u) {
            *t = E::from_double(u.to_double() * dot);
        }
    }
}
