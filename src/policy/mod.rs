//! Stochastic policies: a network whose outputs are the parameters of a
//! distribution over actions.

pub mod categorical;
pub mod gaussian;

use std::fmt::Debug;
use std::sync::Arc;

use categorical::Categorical;
use gaussian::DiagonalGaussian;

use crate::env::ActionSpace;
use crate::exec::Exec;
use crate::kernels::Kernel;
use crate::math::Real;
use crate::nn::{Architecture, Forward, Linearisation, Network, initialise};
use crate::rng::Rng;

/// Interval onto which log standard deviations are projected after every step.
/// A nearly deterministic policy makes the Fisher matrix ill-conditioned.
pub const LOG_STD_RANGE: (f64, f64) = (-5.0, 2.0);

/// Gain of the last layer of a policy: first actions are almost uniform.
const HEAD_GAIN: f64 = 0.01;

/// A family of distributions over actions, for many rows at once.
///
/// Rows of `params` are \[[`Distribution::params`]\] wide, rows of actions
/// \[[`Distribution::action_width`]\]; what is per row has one element for
/// each. Gradients are with respect to `params` and are added to `gradient`,
/// each row times its `cotangent`.
pub trait Distribution<E: Real>: Debug + Send + Sync {
    /// The same family, computed with `kernel`.
    fn with_kernel(&self, kernel: Kernel) -> Arc<dyn Distribution<E>>;

    /// Number of parameters of a row.
    fn params(&self) -> usize;

    /// Elements of an action; one, its index, for a discrete action.
    fn action_width(&self) -> usize;

    /// log pi(a).
    fn log_prob(&self, params: &[E], actions: &[E], out: &mut [E]);

    /// Gradient of log pi(a).
    fn log_prob_gradient(&self, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]);

    /// Entropy, in nats.
    fn entropy(&self, params: &[E], out: &mut [E]);

    /// Gradient of the entropy.
    fn entropy_gradient(&self, params: &[E], cotangent: &[E], gradient: &mut [E]);

    /// KL(old || new), in nats; exactly 0 where the parameters are equal.
    fn kl_old_new(&self, old: &[E], new: &[E], out: &mut [E]);

    /// Gradient of KL(old || new) with respect to `new`.
    fn kl_old_new_gradient(&self, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]);

    /// Replaces `params` by what [`Distribution::fisher_product`] needs of
    /// them.
    fn fisher_metric(&self, params: &mut [E]);

    /// Multiplies `tangents`, rows like `metric`, by M, the Fisher matrix with
    /// respect to the parameters of the distribution.
    fn fisher_product(&self, metric: &[E], tangents: &mut [E]);

    /// Draws an action for one row.
    fn sample(&self, params: &[E], rng: &mut Rng, action: &mut [E]);

    /// The most likely action of one row.
    fn mode(&self, params: &[E], action: &mut [E]);
}

/// A stochastic policy pi_theta.
#[derive(Debug, Clone)]
pub struct Policy<E: Real> {
    network: Network<E>,
    distribution: Arc<dyn Distribution<E>>,
}

impl<E: Real> Policy<E> {
    /// A policy with initial parameters drawn from `rng`.
    pub fn new(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: &[usize],
        log_std: f64,
        rng: &mut Rng,
    ) -> Self {
        let architecture = Self::architecture(observation_dim, actions, hidden);
        let theta = initialise::orthogonal(&architecture, HEAD_GAIN, log_std, rng);
        Self::with_theta(observation_dim, actions, hidden, theta)
    }

    /// A policy with given parameters, in the order of [`Network::theta`].
    ///
    /// # Panics
    /// If their number does not fit.
    pub fn with_theta(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: &[usize],
        theta: Vec<E>,
    ) -> Self {
        let architecture = Self::architecture(observation_dim, actions, hidden);
        let distribution: Arc<dyn Distribution<E>> = match actions {
            ActionSpace::Discrete(n) => Arc::new(Categorical::new(*n)),
            ActionSpace::Box { low, .. } => Arc::new(DiagonalGaussian::new(low.len())),
        };
        Self {
            network: Network::new(architecture, theta),
            distribution,
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

    fn architecture(inputs: usize, actions: &ActionSpace, hidden: &[usize]) -> Architecture {
        let (head, log_std) = match actions {
            ActionSpace::Discrete(n) => (*n, 0),
            ActionSpace::Box { low, .. } => (low.len(), low.len()),
        };
        Architecture::new(inputs, hidden, head, log_std)
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
        let (low, high) = (
            E::from_double(LOG_STD_RANGE.0),
            E::from_double(LOG_STD_RANGE.1),
        );
        for log_std in &mut theta[self.network.architecture().free_offset()..] {
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
            metric,
        }
    }

    /// A snapshot to act with.
    pub fn actor(&self) -> Actor<E> {
        Actor {
            forward: self.network.forward(),
            distribution: self.distribution.clone(),
        }
    }
}

/// The Fisher matrix F of a policy on a batch: never formed, but multiplied with.
#[derive(Debug)]
pub struct Fisher<'a, E: Real> {
    here: &'a Linearisation<E>,
    distribution: Arc<dyn Distribution<E>>,
    metric: Vec<E>,
}

impl<E: Real> Fisher<'_, E> {
    /// F v, the mean over rows of J^T M J v, where J is the Jacobian of a row's
    /// distribution parameters and M their own Fisher matrix.
    pub fn product(&self, v: &[E]) -> Vec<E> {
        let width = self.distribution.params();
        self.here.gauss_newton(v, |rows, tangents| {
            let metric = &self.metric[rows.start * width..rows.end * width];
            self.distribution.fisher_product(metric, tangents);
        })
    }
}

/// A snapshot of a policy that acts.
#[derive(Debug, Clone)]
pub struct Actor<E: Real> {
    forward: Forward<E>,
    distribution: Arc<dyn Distribution<E>>,
}

impl<E: Real> Actor<E> {
    /// Samples one action per row of `observations`, row i from `rngs[i]`.
    pub fn sample(&mut self, observations: &[E], rngs: &mut [Rng], actions: &mut [E]) {
        let params = self.forward.run(observations);
        let rows = params.chunks_exact(self.distribution.params());
        let actions = actions.chunks_exact_mut(self.distribution.action_width());
        for ((params, rng), action) in rows.zip(rngs).zip(actions) {
            self.distribution.sample(params, rng, action);
        }
    }

    /// The most likely action for every row of `observations`.
    pub fn mode(&mut self, observations: &[E], actions: &mut [E]) {
        let params = self.forward.run(observations);
        let rows = params.chunks_exact(self.distribution.params());
        let actions = actions.chunks_exact_mut(self.distribution.action_width());
        for (params, action) in rows.zip(actions) {
            self.distribution.mode(params, action);
        }
    }
}
