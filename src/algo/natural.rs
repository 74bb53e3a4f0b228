//! The natural gradient: what TRPO and NPG have in common.

use super::Diverged;
use super::surrogate::Surrogate;
use crate::kernels::{dot, norm};
use crate::math::Real;
use crate::optim::conjugate_gradient::conjugate_gradient;
use crate::policy::Policy;
use crate::record::Value;
use crate::rng::Rng;
use crate::rollout::batch::{Batch, gather};

/// How the natural gradient is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NaturalSettings {
    /// Trust radius.
    pub delta: f64,
    /// c.
    pub damping: f64,
    /// Iterations of the conjugate gradient.
    pub cg_iterations: usize,
    /// Its relative residual.
    pub cg_tolerance: f64,
    /// Every how many-th row the Fisher matrix is estimated on.
    pub fisher_subsample: usize,
}

/// [`NaturalSettings`] from those of an algorithm, which names the keys alike.
macro_rules! natural_settings {
    ($settings:expr) => {
        $crate::algo::natural::NaturalSettings {
            delta: $settings.delta,
            damping: $settings.damping,
            cg_iterations: $settings.cg_iterations,
            cg_tolerance: $settings.cg_tolerance,
            fisher_subsample: $settings.fisher_subsample,
        }
    };
}
pub(super) use natural_settings;

/// The direction x = (F + c I)^-1 g and the length that the trust radius
/// allows.
#[derive(Debug, Clone, PartialEq)]
pub struct NaturalStep<E> {
    /// g.
    pub gradient: Vec<E>,
    /// x.
    pub direction: Vec<E>,
    /// Iterations of the conjugate gradient.
    pub cg_iterations: usize,
    /// Its relative residual.
    pub cg_residual: f64,
    /// x^T F x.
    pub x_f_x: f64,
    /// x^T (F + c I) x.
    pub x_fc_x: f64,
    /// beta = sqrt(2 delta / x^T (F + c I) x); `None` if there is no step.
    pub beta: Option<f64>,
}

impl<E: Real> NaturalStep<E> {
    /// ||g||.
    pub fn gradient_norm(&self) -> f64 {
        norm(&self.gradient)
    }

    /// Why there is no step, where there is none.
    pub fn reason(&self) -> &'static str {
        if self.gradient.iter().all(|g| *g == E::ZERO) {
            "zero_gradient"
        } else {
            "non_positive_curvature"
        }
    }

    /// The improvement of L, as it is reported, that the gradient promises for
    /// the step from `theta_old` to `theta`.
    pub fn expected_improvement(
        &self,
        surrogate: &Surrogate<'_, E>,
        theta_old: &[E],
        theta: &[E],
    ) -> f64 {
        if surrogate.reports_what_it_uses() {
            linear_change(&self.gradient, theta_old, theta)
        } else {
            linear_change(&surrogate.reported_gradient(), theta_old, theta)
        }
    }

    /// The columns that TRPO and NPG record.
    pub fn columns(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("cg_iterations", (self.cg_iterations as f64).into()),
            ("cg_residual", self.cg_residual.into()),
            ("x_f_x", self.x_f_x.into()),
            ("x_fc_x", self.x_fc_x.into()),
            ("beta", self.beta.into()),
        ]
    }
}

/// Computes g, solves (F + c I) x = g by conjugate gradients on Fisher-vector
/// products, and finds beta. F is never formed.
pub fn natural_step<E: Real>(
    policy: &Policy<E>,
    batch: &Batch<E>,
    surrogate: &Surrogate<'_, E>,
    settings: NaturalSettings,
    stream: &mut Rng,
) -> Result<NaturalStep<E>, Diverged> {
    let g = surrogate.gradient();
    Diverged::unless_finite("gradient_norm", norm(&g))?;

    // From a batch of fewer rows than k, one row.
    let k = settings.fisher_subsample.min(batch.rows());
    let subsample = (k > 1).then(|| {
        let offset = stream.below(k as u64) as usize;
        let rows: Vec<usize> = (offset..batch.rows()).step_by(k).collect();
        let mut observations = Vec::new();
        gather(
            &batch.observations,
            batch.observation_dim(),
            &rows,
            &mut observations,
        );
        policy.linearise(&observations)
    });
    let here = subsample.as_ref().unwrap_or(surrogate.here());
    let fisher = policy.fisher(here);

    let c = E::from_double(settings.damping);
    let damped = |v: &[E]| {
        let mut product = fisher.product(v);
        for (product, &v) in product.iter_mut().zip(v) {
            *product += c * v;
        }
        product
    };
    let solution = conjugate_gradient(damped, &g, settings.cg_iterations, settings.cg_tolerance);
    let x = solution.x;
    let x_f_x = dot(&x, &fisher.product(&x));
    let x_fc_x = x_f_x + settings.damping * dot(&x, &x);
    Diverged::unless_finite("x_fc_x", x_fc_x)?;
    Ok(NaturalStep {
        gradient: g,
        direction: x,
        cg_iterations: solution.iterations,
        cg_residual: solution.relative_residual,
        x_f_x,
        x_fc_x,
        beta: (x_fc_x > 0.0).then(|| (2.0 * settings.delta / x_fc_x).sqrt()),
    })
}

/// theta_old + share beta x, projected.
pub fn along<E: Real>(policy: &Policy<E>, theta_old: &[E], length: f64, x: &[E]) -> Vec<E> {
    let length = E::from_double(length);
    let mut theta: Vec<E> = theta_old
        .iter()
        .zip(x)
        .map(|(&theta, &x)| theta + length * x)
        .collect();
    policy.project(&mut theta);
    theta
}

/// g^T (theta - theta_old).
pub fn linear_change<E: Real>(g: &[E], theta_old: &[E], theta: &[E]) -> f64 {
    let differences = theta.iter().zip(theta_old);
    g.iter()
        .zip(differences)
        .map(|(g, (theta, old))| g.to_double() * (theta.to_double() - old.to_double()))
        .sum()
}
