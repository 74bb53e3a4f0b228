//! Natural policy gradient (Kakade 2002): the full step of TRPO, its length
//! from the trust radius, without the line search.

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::natural::{
    EXPECTED_IMPROVEMENT, NaturalSettings, NaturalStep, Point, TRUST_RADIUS, along,
    natural_settings, natural_step,
};
use super::objective::{Measured, Objective};
use super::on_policy::OnPolicy;
use super::schedule::Schedule;
use super::step::{Diverged, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use crate::columns::Row;
use crate::kernels::norm;
use crate::math::Real;
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::settings::{is_default, not_negative};

natural_settings! {
    /// Settings of the natural policy gradient.
    pub struct NpgSettings {
        delta: "Trust radius of the quadratic model, which sets the length of the step.";
        /// lambda: the step is x / lambda, whatever its divergence; 0: its length follows from
        /// delta. The natural gradient with a fixed penalty of Schulman et al. (2015).
        #[serde(skip_serializing_if = "is_default")]
        penalty: f64 = 0.0, not_negative();
    }
}

impl NpgSettings {
    /// How the direction and the length are found.
    pub fn natural(&self) -> NaturalSettings {
        NaturalSettings {
            penalty: self.penalty,
            ..self.shared()
        }
    }
}

/// One natural-gradient step on `policy`: theta_old + beta x.
///
/// # Errors
/// If the gradient or the curvature stopped being finite.
pub fn policy_step<E: Real>(
    policy: &mut Policy<E>,
    batch: &Batch<E>,
    settings: &NpgSettings,
    stream: &mut Rng,
) -> Result<NpgStep<E>, Diverged> {
    let theta_old = policy.theta();
    let surrogate = Surrogate::at(policy, batch, settings.normalize_advantages);
    let start = surrogate.measure_here();
    let natural = natural_step(policy, &surrogate, settings.natural(), stream)?;

    let end = natural.beta.map(|beta| {
        let theta = along(policy, &theta_old, beta, &natural.x);
        let measured = surrogate.measure(&theta);
        Point { theta, measured }
    });
    let mut expected_improvement = 0.0;
    if let Some(end) = &end {
        policy.set_theta(&end.theta);
        let g = &natural.g;
        expected_improvement = surrogate.expected_improvement(g, &theta_old, &end.theta);
    }
    Ok(NpgStep {
        theta_old,
        start,
        natural,
        end,
        expected_improvement,
    })
}

/// What a natural-gradient step found and did.
#[derive(Debug, Clone, PartialEq)]
pub struct NpgStep<E> {
    /// theta_old.
    pub theta_old: Vec<E>,
    /// The policy at theta_old.
    pub start: Measured,
    /// The direction and the length.
    pub natural: NaturalStep<E>,
    /// Where it led; `None`: the policy is as it was.
    pub end: Option<Point<E>>,
    /// [`EXPECTED_IMPROVEMENT`].
    pub expected_improvement: f64,
}

impl<E: Real> NpgStep<E> {
    /// As columns.
    pub fn row(&self) -> Row {
        let end = self.end.as_ref();
        let moved = Moved {
            outcome: end.map_or_else(|| self.natural.reason(), |_| "full_step"),
            before: self.start,
            after: end.map_or(self.start, |end| end.measured),
            gradient_norm: norm(&self.natural.g),
            step_norm: end.map_or(0.0, |end| distance(&self.theta_old, &end.theta)),
        };
        let mut row = moved.row();
        row.extend(self.natural.row());
        row.set(EXPECTED_IMPROVEMENT, self.expected_improvement);
        row
    }
}

/// NPG as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Npg {
    settings: NpgSettings,
    stream: Rng,
}

impl Kind for Npg {
    type Settings = NpgSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "npg";
    const SUMMARY: &'static str =
        "Natural policy gradient (Kakade 2002), with a step length from the trust radius";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "npg",
            label: "NPG",
            color: [0xB9, 0x5C, 0x92],
            dash: 4,
        },
        Look {
            variant: "npg-penalty",
            label: "NPG, fixed penalty",
            color: [0x9C, 0x3F, 0x76],
            dash: 1,
        },
    ];

    fn new(settings: &NpgSettings, _parameters: usize, streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::FisherSubsample, 0),
        })
    }

    fn trust_radius(settings: &NpgSettings) -> Option<Schedule> {
        (settings.penalty == 0.0).then(|| settings.radius())
    }

    fn departure(settings: &NpgSettings) -> Option<&'static str> {
        if settings.penalty > 0.0 {
            Some("fixed penalty")
        } else {
            (settings.fisher != Default::default()).then_some("empirical Fisher matrix")
        }
    }

    fn step_limit(settings: &NpgSettings) -> StepLimit {
        if settings.penalty > 0.0 {
            StepLimit::Nothing
        } else {
            StepLimit::Indirect
        }
    }

    fn passes(settings: &NpgSettings) -> f64 {
        settings.passes()
    }
}

impl Npg {
    /// The settings of the step that is made when the share `done` of the run has
    /// been: delta is that of the moment.
    pub fn settings_at(&self, done: f64) -> NpgSettings {
        NpgSettings {
            delta: self.settings.radius().at(done),
            ..self.settings.clone()
        }
    }

    /// What the next step draws the offset of its Fisher subsample from.
    pub fn stream(&self) -> &Rng {
        &self.stream
    }
}

impl PolicyStep for Npg {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let settings = self.settings_at(done);
        let mut row = policy_step(policy, batch, &settings, &mut self.stream)?.row();
        if settings.anneal && settings.penalty == 0.0 {
            row.set(TRUST_RADIUS, settings.delta);
        }
        Ok(row)
    }
}
