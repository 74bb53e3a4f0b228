//! The cross-entropy method (Szita and Lorincz 2006) on the parameters of the
//! policy: an update is a generation of vectors, judged by whole episodes.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::bench::Bench;
use super::error::UpdateError;
use super::kind::{Kind, Look, StepLimit};
use super::population::{self, Judged};
use super::schedule::Schedule;
use crate::columns::Row;
use crate::common::CommonSettings;
use crate::optim::cross_entropy::CrossEntropy;
use crate::rng::{Purpose, Rng, Streams};
use crate::settings::{
    Invalid, Limit, at_least_one, at_least_ten, not_negative, positive, require,
};

crate::settings! {
    /// Settings of the cross-entropy method.
    pub struct CemSettings {
        /// Parameter vectors of a generation.
        population: usize = 40, at_least_ten();
        /// Share of them, from 0.05 to 0.2, to which the distribution is fitted:
        /// rounded, and at least two vectors.
        elite: f64 = 0.2, elite_share();
        /// Standard deviation of every parameter in the first generation.
        sigma: f64 = 1.0, positive();
        /// Extra deviation, whose square is added to every fitted variance; it falls
        /// linearly to 0 over the run.
        noise: f64 = 0.5, not_negative();
        /// Episodes by which a vector is judged.
        episodes: usize = 1, at_least_one();
    }
}

const fn elite_share() -> Limit<f64> {
    Limit {
        check: |value| require((0.05..=0.2).contains(value), value, "from 0.05 to 0.2"),
        schema: r#"{"type": "number", "minimum": 0.05, "maximum": 0.2}"#,
    }
}

/// CEM as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cem {
    settings: CemSettings,
    stream: Rng,
    /// None before the first update, when it begins around the first policy.
    distribution: Option<CrossEntropy>,
}

impl Kind for Cem {
    type Settings = CemSettings;
    type Algorithm = Self;
    const NAME: &'static str = "cem";
    const SUMMARY: &'static str =
        "Cross-entropy method (Szita and Lorincz 2006) on the parameters, without a gradient";
    const LOOKS: &'static [Look] = &[Look {
        variant: "cem",
        label: "CEM",
        color: [0x6B, 0x4C, 0x9A],
        dash: 7,
    }];

    fn new(settings: &CemSettings, _parameters: usize, streams: &Streams) -> Self {
        Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::Algorithm, 0),
            distribution: None,
        }
    }

    fn fits(_: &CemSettings, common: &CommonSettings) -> Result<(), Invalid> {
        population::fits(Self::NAME, common)
    }

    fn step_limit(_: &CemSettings) -> StepLimit {
        StepLimit::Nothing
    }

    /// Episodes vary in length, and so do updates.
    fn updates(_: &CemSettings, _steps: usize, _batch: usize) -> Option<usize> {
        None
    }
}

impl Algorithm for Cem {
    fn update(&mut self, bench: &mut Bench<'_>, done: f64) -> Result<Row, UpdateError> {
        let CemSettings {
            population,
            elite,
            sigma,
            noise,
            episodes,
        } = self.settings;
        let distribution = self
            .distribution
            .get_or_insert_with(|| CrossEntropy::new(population::center(bench), sigma));
        let drawn = distribution.ask(population, &mut self.stream);
        let Judged { vectors, fitness } = population::judge(bench, drawn, episodes)?;
        let elite = (elite * population as f64).round().max(2.0) as usize;
        let noise = Schedule {
            start: noise,
            anneal: true,
        };
        distribution.tell(&vectors, &fitness, elite, noise.at(done));
        population::settle(bench, distribution.mean());
        Ok(population::row(bench, &fitness, distribution.deviation()))
    }
}
