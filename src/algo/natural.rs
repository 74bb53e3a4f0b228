//! The natural gradient: what TRPO and NPG have in common.
//!
//! Equations are those of Schulman et al. 2015
//! ([arXiv:1502.05477](https://arxiv.org/abs/1502.05477)), appendix C.

use serde::{Deserialize, Serialize};

use super::objective::{Measured, Objective};
use super::step::{Diverged, GRADIENT_NORM};
use crate::columns::{Column, OverSeeds, Row};
use crate::kernels::{dot, gather, norm};
use crate::math::Real;
use crate::nn::Linearisation;
use crate::optim::conjugate_gradient::{Iteration, Solution, conjugate_gradient_seen};
use crate::policy::{Fisher, Policy};
use crate::rng::Rng;
use crate::settings::Described;

/// Iterations of the conjugate gradient.
pub const CG_ITERATIONS: Column =
    Column::number("cg_iterations", "CG iterations").over_seeds(OverSeeds::Mean);
/// Its relative residual.
pub const CG_RESIDUAL: Column = Column::number("cg_residual", "CG residual");
/// x^T F x.
pub const X_F_X: Column = Column::number("x_f_x", "x.Fx");
/// x^T (F + c I) x.
pub const X_FC_X: Column = Column::number("x_fc_x", "x.(F + cI)x");
/// Factor from x to the full step.
pub const BETA: Column = Column::number("beta", "Beta");
/// The improvement of L that its gradient promises for the step.
pub const EXPECTED_IMPROVEMENT: Column =
    Column::number("expected_improvement", "Expected improvement");
/// delta of the step, where it falls.
pub const TRUST_RADIUS: Column = Column::number("trust_radius", "Trust radius").in_unit("nats");

/// How F is estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FisherEstimate {
    /// The mean over the states of the batch, exact over actions.
    #[default]
    Exact,
    /// The mean of s s^T over the rows of the batch, s = grad log pi(a|s): the
    /// covariance of the scores of the actions that were taken.
    Empirical,
}

impl Described for FisherEstimate {
    const SCHEMA: &'static str = r#"{"enum": ["exact", "empirical"]}"#;
}

/// Along what a step goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// x = (F + c I)^-1 g.
    #[default]
    Natural,
    /// x = g.
    Gradient,
}

impl Described for Direction {
    const SCHEMA: &'static str = r#"{"enum": ["natural", "gradient"]}"#;
}

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
    /// How it is estimated.
    pub fisher: FisherEstimate,
    /// Along what the step goes.
    pub direction: Direction,
    /// lambda, of which beta is the inverse; 0: beta follows from delta.
    pub penalty: f64,
}

/// Declares the settings of an algorithm that follows the natural gradient: the
/// keys of [`NaturalSettings`], and between them those of its own.
macro_rules! natural_settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            delta: $delta:literal;
            $($own:tt)*
        }
    ) => {
        $crate::settings! {
            $(#[$meta])*
            pub struct $name {
                #[doc = $delta]
                delta: f64 = 0.01, $crate::settings::positive();
                /// Whether the trust radius falls linearly to 0 over the run.
                #[serde(skip_serializing_if = "std::ops::Not::not")]
                anneal: bool = false, $crate::settings::any();
                /// c: multiple of the identity added to the Fisher matrix.
                damping: f64 = 0.1, $crate::settings::not_negative();
                /// Largest number of conjugate-gradient iterations.
                cg_iterations: usize = 10, $crate::settings::at_least_one();
                /// Relative residual at which the conjugate gradient stops; 0: never.
                cg_tolerance: f64 = 1e-5, $crate::settings::not_negative();
                $($own)*
                /// The Fisher matrix is estimated on every k-th row, from an offset drawn anew; 1: on all.
                fisher_subsample: usize = 1, $crate::settings::at_least_one();
                /// How the Fisher matrix is estimated: `exact` over actions, or `empirical`, as the
                /// covariance of the scores of the actions that were taken.
                #[serde(skip_serializing_if = "crate::settings::is_default")]
                fisher: $crate::algo::natural::FisherEstimate =
                    $crate::algo::natural::FisherEstimate::Exact, $crate::settings::any();
                /// Whether advantages are normalised over the batch.
                normalize_advantages: bool = true, $crate::settings::any();
            }
        }

        impl $name {
            /// The trust radius over the run.
            pub fn radius(&self) -> $crate::algo::schedule::Schedule {
                $crate::algo::schedule::Schedule {
                    start: self.delta,
                    anneal: self.anneal,
                }
            }

            /// How often a row goes through the policy, at most: once for g, and
            /// for each product with F, of which the last gives x^T F x.
            pub fn passes(&self) -> f64 {
                1.0 + (self.cg_iterations + 1) as f64 / self.fisher_subsample as f64
            }

            /// How the natural gradient is computed from the shared keys.
            fn shared(&self) -> $crate::algo::natural::NaturalSettings {
                $crate::algo::natural::NaturalSettings {
                    delta: self.delta,
                    damping: self.damping,
                    cg_iterations: self.cg_iterations,
                    cg_tolerance: self.cg_tolerance,
                    fisher_subsample: self.fisher_subsample,
                    fisher: self.fisher,
                    direction: $crate::algo::natural::Direction::Natural,
                    penalty: 0.0,
                }
            }
        }
    };
}
pub(super) use natural_settings;

/// The direction x = (F + c I)^-1 g and the length that the trust radius
/// allows.
#[derive(Debug, Clone, PartialEq)]
pub struct NaturalStep<E> {
    /// g, the gradient of L at theta_old.
    pub g: Vec<E>,
    /// x, the natural gradient.
    pub x: Vec<E>,
    /// [`CG_ITERATIONS`].
    pub cg_iterations: usize,
    /// [`CG_RESIDUAL`]; `None` where nothing was solved for.
    pub cg_residual: Option<f64>,
    /// [`X_F_X`].
    pub x_f_x: f64,
    /// [`X_FC_X`].
    pub x_fc_x: f64,
    /// beta = sqrt(2 delta / x^T (F + c I) x), or 1 / lambda; `None` if there is no
    /// step.
    pub beta: Option<f64>,
}

/// A point at the end of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Point<E> {
    /// Its parameters.
    pub theta: Vec<E>,
    /// The policy there.
    pub measured: Measured,
}

impl<E: Real> NaturalStep<E> {
    /// Why there is no step, where there is none.
    pub fn reason(&self) -> &'static str {
        if self.g.iter().all(|g| *g == E::ZERO) {
            "zero_gradient"
        } else {
            "non_positive_curvature"
        }
    }

    /// The columns that TRPO and NPG record.
    pub fn row(&self) -> Row {
        Row::default()
            .with(CG_ITERATIONS, self.cg_iterations as f64)
            .with(CG_RESIDUAL, self.cg_residual)
            .with(X_F_X, self.x_f_x)
            .with(X_FC_X, self.x_fc_x)
            .with(BETA, self.beta)
    }
}

/// Computes g, solves (F + c I) x = g by conjugate gradients on Fisher-vector
/// products, and finds beta. F is never formed.
///
/// # Errors
/// If the gradient or the curvature stopped being finite.
pub fn natural_step<E: Real>(
    policy: &Policy<E>,
    objective: &impl Objective<E>,
    settings: NaturalSettings,
    stream: &mut Rng,
) -> Result<NaturalStep<E>, Diverged> {
    natural_step_seen(policy, objective, settings, stream, |_| {})
}

/// The same, which tells `seen` of every iteration of the conjugate gradient.
///
/// # Errors
/// If the gradient or the curvature stopped being finite.
pub fn natural_step_seen<E: Real>(
    policy: &Policy<E>,
    objective: &impl Objective<E>,
    settings: NaturalSettings,
    stream: &mut Rng,
    seen: impl FnMut(Iteration),
) -> Result<NaturalStep<E>, Diverged> {
    let g = objective.gradient();
    Diverged::unless_finite(GRADIENT_NORM, norm(&g))?;

    let sample = Sample::drawn(policy, objective, settings.fisher_subsample, stream);
    let here = sample
        .as_ref()
        .map_or(objective.here(), |sample| &sample.here);
    let actions = sample
        .as_ref()
        .map_or(objective.actions(), |sample| &sample.actions);
    let fisher: Fisher<'_, E> = match settings.fisher {
        FisherEstimate::Exact => policy.fisher(here),
        FisherEstimate::Empirical => policy.empirical_fisher(here, actions),
    };

    let c = E::from_double(settings.damping);
    let damped = |v: &[E]| {
        let mut product = fisher.product(v);
        for (product, &v) in product.iter_mut().zip(v) {
            *product += c * v;
        }
        product
    };
    let (iterations, tolerance) = (settings.cg_iterations, settings.cg_tolerance);
    let solution = match settings.direction {
        Direction::Natural => Some(conjugate_gradient_seen(
            damped, &g, iterations, tolerance, seen,
        )),
        Direction::Gradient => None,
    };
    let (cg_iterations, cg_residual) = solution.as_ref().map_or((0, None), |solution| {
        (solution.iterations, Some(solution.relative_residual))
    });
    let x = solution.map_or_else(|| g.clone(), |Solution { x, .. }| x);
    let x_f_x = dot(&x, &fisher.product(&x));
    let x_fc_x = x_f_x + settings.damping * dot(&x, &x);
    Diverged::unless_finite(X_FC_X, x_fc_x)?;
    let beta = match settings.penalty {
        0.0 => (2.0 * settings.delta / x_fc_x).sqrt(),
        lambda => 1.0 / lambda,
    };
    Ok(NaturalStep {
        g,
        x,
        cg_iterations,
        cg_residual,
        x_f_x,
        x_fc_x,
        beta: (x_fc_x > 0.0).then_some(beta),
    })
}

/// Some of the rows of a batch, on which F is estimated.
struct Sample<E: Real> {
    here: Linearisation<E>,
    actions: Vec<E>,
}

impl<E: Real> Sample<E> {
    /// Every k-th row from an offset drawn from `stream`; of fewer rows than k, one.
    /// `None` where all rows are meant.
    fn drawn(
        policy: &Policy<E>,
        objective: &impl Objective<E>,
        k: usize,
        stream: &mut Rng,
    ) -> Option<Self> {
        let count = objective.here().rows();
        let k = k.min(count);
        if k <= 1 {
            return None;
        }
        let offset = stream.below(k as u64) as usize;
        let rows: Vec<usize> = (offset..count).step_by(k).collect();
        let gathered = |values: &[E]| {
            let mut gathered = Vec::new();
            gather(values, values.len() / count, &rows, &mut gathered);
            gathered
        };
        Some(Self {
            here: policy.linearise(&gathered(objective.observations())),
            actions: gathered(objective.actions()),
        })
    }
}

/// theta_old + length x, projected.
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
