//! What the line search of TRPO changes: at every update of a run the step that it takes,
//! and the full step beta x that it would have taken without, from the same policy and
//! the same batch.
//!
//! Where both are the same policy nothing is played. Elsewhere theta_old, the full step
//! and the accepted one are played in the same episodes, observations normalised as
//! those of the batch were.

use std::ops::ControlFlow;

use super::kind::{Diagnostic, DiagnosticError, Finding, Quantity, Rerun};
use super::paired::{Pairing, differences};
use crate::algo::Kind;
use crate::algo::UpdateError;
use crate::algo::natural::{along, linear_change, natural_step};
use crate::algo::objective::Objective as _;
use crate::algo::surrogate::Surrogate;
use crate::algo::trpo::{Refusal, Trpo, TrpoSettings};
use crate::config::RunConfig;
use crate::policy::Policy;
use crate::policy::normalise::ObservationNormaliser;
use crate::rollout::batch::Batch;
use crate::settings::at_least_ten;
use crate::stats::mean;
use crate::train::{Observer, Trainer};

const TAKEN: Quantity = Quantity {
    name: "full_step_taken",
    meaning: "share of updates that take the full step",
    unit: "share",
};
const TOO_FAR: Quantity = Quantity {
    name: "full_step_too_far",
    meaning: "share of updates whose full step leaves the trust region",
    unit: "share",
};
const NO_BETTER: Quantity = Quantity {
    name: "full_step_no_better",
    meaning: "share of updates whose full step is refused for want of improvement",
    unit: "share",
};
const GAIN: Quantity = Quantity {
    name: "search_gain",
    meaning: "normalised return of the policy that the search takes less that of the full step, \
              mean over all updates",
    unit: "",
};
const GAIN_WHERE_REFUSED: Quantity = Quantity {
    name: "search_gain_where_refused",
    meaning: "the same, mean over the updates whose full step is refused",
    unit: "",
};
const FULL: Quantity = Quantity {
    name: "full_step_effect",
    meaning: "normalised return after a refused full step less that before it, mean over them",
    unit: "",
};
const DIFFERS: Quantity = Quantity {
    name: "full_step_ever_refused",
    meaning: "share of runs in which a full step is refused: until then a run is that of NPG \
              with the same radius and damping",
    unit: "share",
};
const FIRST: Quantity = Quantity {
    name: "first_refusal",
    meaning: "share of the updates that are made before a full step is refused, of the runs \
              where one is",
    unit: "share",
};

crate::settings! {
    /// Settings of the diagnostic.
    pub struct FullStepsSettings {
        /// Episodes of every policy.
        episodes: usize = 100, at_least_ten();
    }
}

/// The diagnostic, of runs of TRPO.
#[derive(Debug)]
pub struct FullSteps;

impl Diagnostic for FullSteps {
    type Settings = FullStepsSettings;
    const NAME: &'static str = "full-steps";
    const MEANING: &'static str = "of a run of TRPO: at every update the step that its line \
         search takes beside the full step, played in the same episodes where they differ";
    const QUANTITIES: &'static [Quantity] = &[
        TAKEN,
        TOO_FAR,
        NO_BETTER,
        GAIN,
        GAIN_WHERE_REFUSED,
        FULL,
        DIFFERS,
        FIRST,
    ];
    const DRAWN: &'static [Quantity] = &[TAKEN, GAIN_WHERE_REFUSED, FULL];
    const NORMALISES: bool = true;

    fn fits(_: &FullStepsSettings, config: &RunConfig) -> Result<(), String> {
        let searches = |settings: &TrpoSettings| settings.line_search;
        match config.algorithm.settings_of::<Trpo>().is_some_and(searches) {
            true => Ok(()),
            false => Err(format!(
                "`full-steps` is measured of runs of `{}` with its line search, not of `{}`; \
                 name the variants",
                Trpo::NAME,
                config.algorithm.name()
            )),
        }
    }

    fn most_steps(settings: &FullStepsSettings, config: &RunConfig, longest: usize) -> usize {
        let updates = config.common.steps.div_ceil(config.common.batch);
        (3 * updates)
            .saturating_mul(settings.episodes)
            .saturating_mul(longest)
    }

    fn measure(
        settings: &FullStepsSettings,
        run: &mut Rerun<'_>,
    ) -> Result<Vec<Finding>, DiagnosticError> {
        let trainer = run.trainer();
        let config = trainer.config();
        let task = run.trainer().task().clone();
        let gamma = config.common.gamma;
        let mut watching = Watching {
            pairing: Pairing::new(task, trainer.seed(), settings.episodes, gamma),
            before: Before::of(trainer),
            batch: None,
            unit: run.range()?,
            made: 0,
            steps: Vec::new(),
            failed: None,
        };
        run.go_on(&mut watching);
        if let Some(error) = watching.failed {
            return Err(error);
        }
        let found = found(&watching.steps);
        Ok(Finding::all(run.trainer().updates(), found))
    }
}

/// One update.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    /// Why the search did not take the full step, and what that changed; none where it
    /// took it, or where there was no step to take.
    refused: Option<(Refusal, Effect)>,
    taken: bool,
}

/// Normalised returns in the same episodes, mean differences.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Effect {
    /// The accepted step less the full one.
    gain: f64,
    /// The full step less theta_old.
    full: f64,
}

fn found(steps: &[Step]) -> Vec<(Quantity, Option<f64>)> {
    let share = |count: usize| (!steps.is_empty()).then(|| count as f64 / steps.len() as f64);
    let refused: Vec<(Refusal, Effect)> = steps.iter().filter_map(|step| step.refused).collect();
    let too_far = |refusal: &Refusal| matches!(refusal, Refusal::KlAboveDelta | Refusal::NotFinite);
    let far = refused
        .iter()
        .filter(|(refusal, _)| too_far(refusal))
        .count();
    let gains: Vec<f64> = refused.iter().map(|(_, effect)| effect.gain).collect();
    let effects: Vec<f64> = refused.iter().map(|(_, effect)| effect.full).collect();
    let first = steps.iter().position(|step| step.refused.is_some());
    let some = |number: f64| (!steps.is_empty()).then_some(number);
    vec![
        (TAKEN, share(steps.iter().filter(|step| step.taken).count())),
        (TOO_FAR, share(far)),
        (NO_BETTER, share(refused.len() - far)),
        (GAIN, some(gains.iter().sum::<f64>() / steps.len() as f64)),
        (GAIN_WHERE_REFUSED, mean(&gains)),
        (FULL, mean(&effects)),
        (DIFFERS, some(f64::from(first.is_some()))),
        (FIRST, first.and_then(share)),
    ]
}

/// The full step of an update.
struct FullStep {
    theta: Vec<f32>,
    /// Why the search does not take it; none where it does.
    refusal: Option<Refusal>,
}

/// A run before an update.
struct Before {
    policy: Policy<f32>,
    normaliser: ObservationNormaliser,
    trpo: Option<Trpo>,
    done: f64,
}

impl Before {
    fn of(trainer: &Trainer) -> Self {
        // Plain data: writing it to memory cannot fail.
        let state = serde_json::to_string(&trainer.algorithm_state()).unwrap_or_default();
        Self {
            policy: trainer.policy().clone(),
            normaliser: trainer.normaliser().clone(),
            trpo: serde_json::from_str(&state).ok(),
            done: trainer.done(),
        }
    }

    /// The full step on `batch`, and why the search would not take it; none where there
    /// is no step.
    fn full_step(&self, batch: &Batch<f32>) -> Result<Option<FullStep>, UpdateError> {
        let Some(trpo) = &self.trpo else {
            return Ok(None);
        };
        let settings = trpo.settings_at(self.done);
        let surrogate = Surrogate::at(&self.policy, batch, settings.normalize_advantages);
        let start = surrogate.measure_here();
        let mut stream = trpo.stream().clone();
        let natural = natural_step(&self.policy, &surrogate, settings.natural(), &mut stream)?;
        let Some(beta) = natural.beta else {
            return Ok(None);
        };
        let theta_old = self.policy.theta();
        let theta = along(&self.policy, &theta_old, beta, &natural.x);
        let measured = surrogate.measure(&theta);
        let improvement = measured.surrogate - start.surrogate;
        let expected = linear_change(&natural.g, &theta_old, &theta);
        let refusal = settings.refusal(&measured, improvement, expected);
        Ok(Some(FullStep { theta, refusal }))
    }
}

/// Makes the full step of every update of a run as it is made.
struct Watching {
    pairing: Pairing,
    before: Before,
    batch: Option<Batch<f32>>,
    unit: f64,
    made: usize,
    steps: Vec<Step>,
    failed: Option<DiagnosticError>,
}

impl Watching {
    fn step(&self, trainer: &Trainer) -> Result<Step, DiagnosticError> {
        let Before {
            policy, normaliser, ..
        } = &self.before;
        let full = match &self.batch {
            Some(batch) => self.before.full_step(batch)?,
            None => None,
        };
        let (theta, refusal) = match full {
            Some(FullStep {
                theta,
                refusal: Some(refusal),
            }) => (theta, refusal),
            taken => {
                return Ok(Step {
                    refused: None,
                    taken: taken.is_some(),
                });
            }
        };
        let mut full = policy.clone();
        full.set_theta(&theta);
        let play = |policy: &Policy<f32>| self.pairing.play(policy, normaliser);
        let [old, full, taken] = [play(policy)?, play(&full)?, play(trainer.policy())?];
        let effect =
            |from: &[f64], to: &[f64]| mean(&differences(from, to)).unwrap_or(f64::NAN) / self.unit;
        Ok(Step {
            refused: Some((
                refusal,
                Effect {
                    gain: effect(&full.raw, &taken.raw),
                    full: effect(&old.raw, &full.raw),
                },
            )),
            taken: false,
        })
    }
}

impl Observer for Watching {
    fn collected(&mut self, batch: &Batch<f32>) {
        self.batch = Some(batch.clone());
    }

    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        // The update at which a run diverged made no policy.
        if trainer.updates() == self.made {
            return ControlFlow::Continue(());
        }
        match self.step(trainer) {
            Ok(step) => self.steps.push(step),
            Err(error) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.made = trainer.updates();
        self.before = Before::of(trainer);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_updates_and_gains_of_those_that_differ_too() {
        let refused = |refusal, gain, full| Step {
            refused: Some((refusal, Effect { gain, full })),
            taken: false,
        };
        let taken = Step {
            refused: None,
            taken: true,
        };
        let none = Step {
            refused: None,
            taken: false,
        };
        let steps = [
            taken,
            none,
            refused(Refusal::KlAboveDelta, 0.5, -0.2),
            refused(Refusal::NoImprovement, 0.1, 0.0),
        ];
        let values: Vec<Option<f64>> = found(&steps).into_iter().map(|(_, value)| value).collect();
        let expected = [0.25, 0.25, 0.25, 0.15, 0.3, -0.1, 1.0, 0.5];
        assert_eq!(values, expected.map(Some));
        let values: Vec<Option<f64>> = found(&[taken])
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        assert_eq!(values[3..], [Some(0.0), None, None, Some(0.0), None]);
    }
}
