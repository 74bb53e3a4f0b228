//! Trust-region policy optimisation (Schulman et al. 2015,
//! [arXiv:1502.05477](https://arxiv.org/abs/1502.05477)).
//!
//! The step, [`policy_step`], reads like section 6 and appendix C of the paper.
//! Its details, and the function that holds each:
//!
//! 1. L and KL are relative to what pi_old gave as it acted, so that the ratio at
//!    theta_old is 1 and the divergence 0: [`Surrogate::at`].
//! 2. F v = mean of J^T M J v, without F: [`Fisher::product`](crate::policy::Fisher::product).
//! 3. x = (F + c I)^-1 g by conjugate gradients:
//!    [`conjugate_gradient`](crate::optim::conjugate_gradient::conjugate_gradient).
//! 4. beta = sqrt(2 delta / x^T (F + c I) x): [`natural_step`].
//! 5. The first of beta, alpha beta, alpha^2 beta, ... that improves L inside
//!    the trust region, or theta_old bit for bit: [`backtrack`].

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::natural::{
    Direction, EXPECTED_IMPROVEMENT, NaturalSettings, NaturalStep, Point, TRUST_RADIUS, along,
    linear_change, natural_settings, natural_step,
};
use super::objective::{Measured, Objective};
use super::on_policy::OnPolicy;
use super::schedule::Schedule;
use super::step::{Diverged, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use crate::columns::{Column, OverSeeds, Row};
use crate::kernels::norm;
use crate::math::Real;
use crate::optim::line_search::backtrack;
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::settings::{Described, any, at_least_one, is_default, is_true, open_share, share};

/// How often the step was shortened; none where none was accepted.
pub const BACKTRACKS: Column = Column::number("accepted", "Backtracks").over_seeds(OverSeeds::Mean);

natural_settings! {
    /// Settings of TRPO.
    pub struct TrpoSettings {
        delta: "Trust radius: largest mean KL divergence between the old and the new policy.";
        /// Largest number of step lengths that the line search tries.
        backtracks: usize = 10, at_least_one();
        /// alpha: factor from one step length to the next.
        backtrack_factor: f64 = 0.5, open_share();
        /// Smallest accepted ratio of actual to expected improvement; 0: any improvement will do.
        accept_ratio: f64 = 0.0, share();
        /// What must be at most delta: the `mean` KL divergence over the states of the batch, or
        /// the `max`, the largest of a state. Direction and first length are those of the mean.
        #[serde(skip_serializing_if = "is_default")]
        constraint: Constraint = Constraint::Mean, any();
        /// Along what the step goes: the `natural` gradient, or the plain `gradient`.
        #[serde(skip_serializing_if = "is_default")]
        direction: Direction = Direction::Natural, any();
        /// Whether lengths are tried; else the full step is taken, whatever it does.
        #[serde(skip_serializing_if = "is_true")]
        line_search: bool = true, any();
    }
}

/// Which divergence the trust region bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Constraint {
    /// The mean over the states of the batch, equation 12.
    #[default]
    Mean,
    /// The largest of a state of the batch, equation 11.
    Max,
}

impl Described for Constraint {
    const SCHEMA: &'static str = r#"{"enum": ["mean", "max"]}"#;
}

/// Why the line search does not take a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// What is measured there is not finite.
    NotFinite,
    /// Its mean KL divergence, or with `constraint = "max"` the largest of a state, is
    /// above delta.
    KlAboveDelta,
    /// L is no larger than at theta_old.
    NoImprovement,
    /// The improvement is less than `accept_ratio` times the expected one.
    TooLittleImprovement,
}

impl TrpoSettings {
    /// How the direction and the first length are found.
    pub fn natural(&self) -> NaturalSettings {
        NaturalSettings {
            direction: self.direction,
            ..self.shared()
        }
    }

    /// Why the line search does not take a candidate where `measured` was
    /// measured, whose L is larger by `improvement`, of which the gradient
    /// promised `expected`; `None` if it does.
    pub fn refusal(&self, measured: &Measured, improvement: f64, expected: f64) -> Option<Refusal> {
        if !self.line_search {
            return None;
        }
        let kl = match self.constraint {
            Constraint::Mean => measured.kl_mean,
            Constraint::Max => measured.kl_max,
        };
        // What must hold, so that a NaN refuses.
        let conditions = [
            (measured.is_finite(), Refusal::NotFinite),
            (kl <= self.delta, Refusal::KlAboveDelta),
            (improvement > 0.0, Refusal::NoImprovement),
            (
                improvement >= self.accept_ratio * expected,
                Refusal::TooLittleImprovement,
            ),
        ];
        let broken = conditions.into_iter().find(|(holds, _)| !holds);
        broken.map(|(_, refusal)| refusal)
    }
}

/// One trust-region step on `policy`: maximises L(theta) subject to mean
/// KL(pi_old || pi_theta) <= delta (equation 12) along the natural gradient.
/// `stream` gives the offset of a Fisher subsample.
///
/// # Errors
/// If the gradient or the curvature stopped being finite.
pub fn policy_step<E: Real>(
    policy: &mut Policy<E>,
    batch: &Batch<E>,
    settings: &TrpoSettings,
    stream: &mut Rng,
) -> Result<TrpoStep<E>, Diverged> {
    let surrogate = Surrogate::at(policy, batch, settings.normalize_advantages); // L, equation 14
    step_on(policy, &surrogate, settings, stream)
}

/// The same on any objective at the parameters of `policy`.
///
/// # Errors
/// If the gradient or the curvature stopped being finite.
pub fn step_on<E: Real>(
    policy: &mut Policy<E>,
    surrogate: &impl Objective<E>,
    settings: &TrpoSettings,
    stream: &mut Rng,
) -> Result<TrpoStep<E>, Diverged> {
    let theta_old = policy.theta();
    let start = surrogate.measure_here();
    // g, x and beta, appendix C
    let natural = natural_step(policy, surrogate, settings.natural(), stream)?;

    // theta_old + alpha^j beta x for j = 0, 1, ..., appendix C
    let accepted = natural.beta.and_then(|beta| {
        backtrack(settings.backtrack_factor, settings.backtracks, |share| {
            let theta = along(policy, &theta_old, share * beta, &natural.x);
            let measured = surrogate.measure(&theta);
            let improvement = measured.surrogate - start.surrogate;
            let expected = linear_change(&natural.g, &theta_old, &theta);
            let refusal = settings.refusal(&measured, improvement, expected);
            refusal.is_none().then_some(Point { theta, measured })
        })
    });
    let mut expected_improvement = 0.0;
    if let Some((_, end)) = &accepted {
        policy.set_theta(&end.theta);
        let g = &natural.g;
        expected_improvement = surrogate.expected_improvement(g, &theta_old, &end.theta);
    }
    Ok(TrpoStep {
        theta_old,
        start,
        natural,
        accepted,
        expected_improvement,
    })
}

/// What a trust-region step found and did.
#[derive(Debug, Clone, PartialEq)]
pub struct TrpoStep<E> {
    /// theta_old.
    pub theta_old: Vec<E>,
    /// The policy at theta_old.
    pub start: Measured,
    /// The direction and the full length.
    pub natural: NaturalStep<E>,
    /// How often the length was shortened, and where that led; `None`: the
    /// policy is as it was.
    pub accepted: Option<(usize, Point<E>)>,
    /// [`EXPECTED_IMPROVEMENT`].
    pub expected_improvement: f64,
}

impl<E: Real> TrpoStep<E> {
    /// As columns.
    pub fn row(&self) -> Row {
        let end = self.accepted.as_ref().map(|(_, end)| end);
        let moved = Moved {
            outcome: match (self.natural.beta, end) {
                (None, _) => self.natural.reason(),
                (Some(_), None) => "line_search_failed",
                (Some(_), Some(_)) => "accepted",
            },
            before: self.start,
            after: end.map_or(self.start, |end| end.measured),
            gradient_norm: norm(&self.natural.g),
            step_norm: end.map_or(0.0, |end| distance(&self.theta_old, &end.theta)),
        };
        let mut row = moved.row();
        row.extend(self.natural.row());
        row.set(EXPECTED_IMPROVEMENT, self.expected_improvement);
        row.set(BACKTRACKS, self.accepted.as_ref().map(|(j, _)| *j as f64));
        row
    }
}

/// TRPO as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trpo {
    settings: TrpoSettings,
    stream: Rng,
}

impl Kind for Trpo {
    type Settings = TrpoSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "trpo";
    const SUMMARY: &'static str = "Trust-region policy optimisation (Schulman et al. 2015)";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "trpo",
            label: "TRPO",
            color: [0x00, 0x72, 0xB2],
            dash: 0,
        },
        Look {
            variant: "max-kl",
            label: "TRPO, max KL",
            color: [0xC2, 0x3B, 0x5A],
            dash: 3,
        },
        Look {
            variant: "empirical-fisher",
            label: "TRPO, empirical Fisher",
            color: [0x2E, 0x8F, 0xC8],
            dash: 4,
        },
    ];

    fn new(settings: &TrpoSettings, _parameters: usize, streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::FisherSubsample, 0),
        })
    }

    fn trust_radius(settings: &TrpoSettings) -> Option<Schedule> {
        Some(settings.radius())
    }

    fn departure(settings: &TrpoSettings) -> Option<&'static str> {
        let is_natural = settings.direction == Direction::Natural;
        match (settings.constraint, is_natural, settings.line_search) {
            (Constraint::Max, _, true) => Some(
                "bound on the largest KL of a state, with direction and first length as for the \
                 mean (ours)",
            ),
            (_, false, _) => Some("along the plain gradient"),
            (_, _, false) => Some("without a line search"),
            _ if settings.fisher != Default::default() => Some("empirical Fisher matrix"),
            _ => None,
        }
    }

    fn step_limit(settings: &TrpoSettings) -> StepLimit {
        if settings.line_search {
            StepLimit::TrustRegion
        } else {
            StepLimit::Indirect
        }
    }

    fn passes(settings: &TrpoSettings) -> f64 {
        settings.passes()
    }
}

impl Trpo {
    /// The settings of the step that is made when the share `done` of the run has
    /// been: delta is that of the moment.
    pub fn settings_at(&self, done: f64) -> TrpoSettings {
        TrpoSettings {
            delta: self.settings.radius().at(done),
            ..self.settings.clone()
        }
    }

    /// What the next step draws the offset of its Fisher subsample from.
    pub fn stream(&self) -> &Rng {
        &self.stream
    }
}

impl PolicyStep for Trpo {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let settings = self.settings_at(done);
        let mut row = policy_step(policy, batch, &settings, &mut self.stream)?.row();
        if settings.anneal {
            row.set(TRUST_RADIUS, settings.delta);
        }
        Ok(row)
    }
}
