//! Stochastic policies: a network whose outputs are the parameters of a
//! distribution over actions.

pub mod categorical;
pub mod gaussian;
pub mod normalise;
#[cfg(feature = "train")]
mod trainable;

#[cfg(feature = "train")]
pub use trainable::{Fisher, Policy};

use std::fmt::Debug;
use std::sync::Arc;

use categorical::Categorical;
use gaussian::DiagonalGaussian;

use crate::env::ActionSpace;
use crate::exec::Exec;
use crate::kernels::Kernel;
use crate::math::Real;
use crate::nn::{Architecture, Forward, Hidden, Packed};
use crate::rng::Rng;

/// Interval onto which log standard deviations are projected after every step.
/// A nearly deterministic policy makes the Fisher matrix ill-conditioned.
pub const LOG_STD_RANGE: (f64, f64) = (-5.0, 2.0);

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

    /// Elements of an action; of a discrete action one, its index, a whole number below
    /// [`Distribution::params`].
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

/// A snapshot of a policy that acts.
#[derive(Debug, Clone)]
pub struct Actor<E: Real> {
    forward: Forward<E>,
    distribution: Arc<dyn Distribution<E>>,
}

/// The network behind a policy on observations of `inputs` components.
pub(crate) fn architecture(
    inputs: usize,
    actions: &ActionSpace,
    hidden: Hidden<'_>,
) -> Architecture {
    let (head, log_std) = match actions {
        ActionSpace::Discrete(n) => (*n, 0),
        ActionSpace::Box { low, .. } => (low.len(), low.len()),
    };
    Architecture::new(inputs, hidden, head, log_std)
}

/// The family of distributions over `actions`.
fn distribution<E: Real>(actions: &ActionSpace) -> Arc<dyn Distribution<E>> {
    match actions {
        ActionSpace::Discrete(n) => Arc::new(Categorical::new(*n)),
        ActionSpace::Box { low, .. } => Arc::new(DiagonalGaussian::new(low.len())),
    }
}

impl<E: Real> Actor<E> {
    /// The policy with parameters `theta`, \[weights, biases\] by layer and then
    /// the log standard deviations, which acts on observations as it saw them in
    /// training.
    ///
    /// # Panics
    /// If the number of parameters does not fit the sizes of the layers.
    pub fn new<'a>(
        observation_dim: usize,
        actions: &ActionSpace,
        hidden: impl Into<Hidden<'a>>,
        theta: &[E],
        exec: &Exec,
    ) -> Self {
        let architecture = Arc::new(architecture(observation_dim, actions, hidden.into()));
        assert_eq!(
            theta.len(),
            architecture.parameters(),
            "number of parameters"
        );
        let packed = Packed::new(exec.kernel, &architecture, theta);
        Self {
            forward: Forward::new(Arc::new(packed)),
            distribution: distribution(actions).with_kernel(exec.kernel),
        }
    }

    /// Samples one action per row of `observations`, row i from `rngs[i]`.
    pub fn sample(&mut self, observations: &[E], rngs: &mut [Rng], actions: &mut [E]) {
        let params = self.forward.run(observations);
        let rows = params.chunks_exact(self.distribution.params());
        let actions = actions.chunks_exact_mut(self.distribution.action_width());
        for ((params, rng), action) in rows.zip(rngs).zip(actions) {
            self.distribution.sample(params, rng, action);
        }
    }

    /// The parameters of the distribution for every row of the observations that it saw last,
    /// \[rows\]\[params\].
    pub fn params(&self) -> &[E] {
        self.forward.outputs()
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
