//! CMA-ES (Hansen 2016) on the parameters of the policy: an update is a
//! generation of vectors, judged by whole episodes.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::bench::Bench;
use super::error::UpdateError;
use super::kind::{Kind, Look, StepLimit};
use super::population::{self, Judged};
use crate::columns::Row;
use crate::common::CommonSettings;
use crate::optim::cma_es::{CmaEs as Distribution, Covariance, default_population};
use crate::rng::{Purpose, Rng, Streams};
use crate::settings::{Described, Invalid, Limit, any, at_least_one, positive, require};

/// Most parameters whose whole covariance is adapted where the settings leave it
/// open.
const MOST_FULL: usize = 1000;

/// What of the covariance is adapted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adapted {
    /// All of it for at most 1,000 parameters, above that its diagonal.
    Auto,
    /// All of it.
    Full,
    /// Its diagonal (Ros and Hansen 2008).
    Diagonal,
}

impl Described for Adapted {
    const SCHEMA: &'static str = r#"{"enum": ["auto", "full", "diagonal"]}"#;
}

crate::settings! {
    /// Settings of CMA-ES.
    pub struct CmaEsSettings {
        /// Parameter vectors of a generation; 0: 4 + floor(3 ln n) for n parameters.
        population: usize = 0, none_or_several();
        /// Standard deviation of every parameter in the first generation.
        sigma: f64 = 0.5, positive();
        /// What of the covariance is adapted: `full`, `diagonal`, or with `auto` all
        /// of it for at most 1,000 parameters and above that its diagonal. A full one
        /// of n parameters takes n^2 numbers and time n^3.
        covariance: Adapted = Adapted::Auto, any();
        /// Episodes by which a vector is judged.
        episodes: usize = 1, at_least_one();
    }
}

const fn none_or_several() -> Limit<usize> {
    Limit {
        check: |&value| require(value != 1, &value, "0 or at least 2"),
        schema: r#"{"anyOf": [{"const": 0}, {"type": "integer", "minimum": 2}]}"#,
    }
}

/// CMA-ES as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CmaEs {
    settings: CmaEsSettings,
    stream: Rng,
    /// None before the first update, when it begins around the first policy.
    distribution: Option<Distribution>,
}

/// The distribution around `center` before the first generation.
fn begun(settings: &CmaEsSettings, center: Vec<f64>) -> Distribution {
    let n = center.len();
    let population = match settings.population {
        0 => default_population(n),
        given => given,
    };
    let covariance = match settings.covariance {
        Adapted::Full => Covariance::Full,
        Adapted::Auto if n <= MOST_FULL => Covariance::Full,
        Adapted::Auto | Adapted::Diagonal => Covariance::Diagonal,
    };
    Distribution::new(center, settings.sigma, population, covariance)
}

impl Kind for CmaEs {
    type Settings = CmaEsSettings;
    type Algorithm = Self;
    const NAME: &'static str = "cma-es";
    const SUMMARY: &'static str = "CMA-ES (Hansen 2016) on the parameters, without a gradient";
    const LOOKS: &'static [Look] = &[
        Look {
            variant: "cma-es",
            label: "CMA-ES",
            color: [0x8C, 0x51, 0x0A],
            dash: 6,
        },
        Look {
            variant: "cma-es-diagonal",
            label: "CMA-ES, diagonal covariance",
            color: [0xB3, 0x5C, 0x44],
            dash: 3,
        },
    ];

    fn new(settings: &CmaEsSettings, _parameters: usize, streams: &Streams) -> Self {
        Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::Algorithm, 0),
            distribution: None,
        }
    }

    fn fits(_: &CmaEsSettings, common: &CommonSettings) -> Result<(), Invalid> {
        population::fits(Self::NAME, common)
    }

    fn departure(settings: &CmaEsSettings) -> Option<&'static str> {
        match settings.covariance {
            Adapted::Full => None,
            Adapted::Auto => Some("above 1,000 parameters with a diagonal covariance"),
            Adapted::Diagonal => Some("with a diagonal covariance"),
        }
    }

    fn step_limit(_: &CmaEsSettings) -> StepLimit {
        StepLimit::Nothing
    }

    /// Episodes vary in length, and so do updates.
    fn updates(_: &CmaEsSettings, _steps: usize, _batch: usize) -> Option<usize> {
        None
    }
}

impl Algorithm for CmaEs {
    fn update(&mut self, bench: &mut Bench<'_>, _done: f64) -> Result<Row, UpdateError> {
        let distribution = self
            .distribution
            .get_or_insert_with(|| begun(&self.settings, population::center(bench)));
        let drawn = distribution.ask(&mut self.stream);
        let Judged { vectors, fitness } = population::judge(bench, drawn, self.settings.episodes)?;
        distribution.tell(&vectors, &fitness);
        population::settle(bench, distribution.mean());
        Ok(population::row(bench, &fitness, distribution.deviation()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_covariance_of_many_parameters_is_diagonal_and_it_is_said() {
        let begun = |covariance, n| {
            let settings = CmaEsSettings {
                covariance,
                ..CmaEsSettings::default()
            };
            begun(&settings, vec![0.0; n]).covariance()
        };
        assert_eq!(begun(Adapted::Auto, 1000), Covariance::Full);
        assert_eq!(begun(Adapted::Auto, 1001), Covariance::Diagonal);
        assert_eq!(begun(Adapted::Full, 1001), Covariance::Full);
        assert_eq!(begun(Adapted::Diagonal, 2), Covariance::Diagonal);
        let said = CmaEs::departure(&CmaEsSettings::default()).unwrap();
        assert!(
            said.contains("diagonal") && said.contains("1,000"),
            "{said}"
        );
    }
}
