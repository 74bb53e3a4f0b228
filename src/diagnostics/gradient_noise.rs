//! The noise of the policy gradient by single path and by the vine, at policies of a run
//! (Schulman et al. 2015, section 5.3: the vine estimates better with as many Q-values,
//! and takes more steps of the simulation).
//!
//! At a policy, R estimates of each kind are made from episodes that no other has. What
//! one is worth is the gradient noise scale of McCandlish, Kaplan et al. 2018
//! ([arXiv:1812.06162](https://arxiv.org/abs/1812.06162)), tr(Sigma) / |G|^2: how many
//! samples an estimate needs until its noise is as large as the gradient. A sample is
//! a Q-value, or a step.

use super::kind::{Diagnostic, DiagnosticError, Finding, Quantity, Rerun};
use crate::algo::Kind;
use crate::algo::bench::{Bench, Part};
use crate::algo::critic::Critic;
use crate::algo::objective::Objective as _;
use crate::algo::part::Watch;
use crate::algo::surrogate::Surrogate;
use crate::algo::vine::{Vine, VineSettings};
use crate::algo::vine_objective::VineObjective;
use crate::config::{Estimator, RunConfig};
use crate::nn::Hidden;
use crate::policy::Policy;
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::rollout::collector::Collector;
use crate::settings::{Limit, at_least_ten, require};

/// Noise scale of single path.
const SINGLE_PATH: Quantity = Quantity {
    name: "single_path_noise",
    meaning: "gradient noise scale of single path",
    unit: "Q-values",
};
/// Noise scale of the vine.
const VINE: Quantity = Quantity {
    name: "vine_noise",
    meaning: "gradient noise scale of the vine",
    unit: "Q-values",
};
/// log10 of their ratio.
const BY_Q_VALUES: Quantity = Quantity {
    name: "log10_noise_by_q_values",
    meaning: "log10 of the vine's noise over that of single path, with as many Q-values",
    unit: "",
};
/// The same, where a sample is a step.
const BY_STEPS: Quantity = Quantity {
    name: "log10_noise_by_steps",
    meaning: "log10 of the vine's noise over that of single path, with as many steps",
    unit: "",
};

crate::settings! {
    /// Settings of the diagnostic.
    pub struct GradientNoiseSettings {
        /// Policies: those after so many updates, ascending.
        updates: Vec<usize> = vec![0], ascending();
        /// R: estimates of each kind at a policy.
        estimates: usize = 300, at_least_ten();
    }
}

const fn ascending() -> Limit<Vec<usize>> {
    Limit {
        check: |value| {
            let holds = !value.is_empty() && value.windows(2).all(|pair| pair[0] < pair[1]);
            let shown = crate::settings::written(value);
            require(holds, &shown, "a list of numbers of updates, ascending")
        },
        schema: r#"{"type": "array", "items": {"type": "integer", "minimum": 0}}"#,
    }
}

/// The diagnostic, of runs of the vine.
#[derive(Debug)]
pub struct GradientNoise;

impl Diagnostic for GradientNoise {
    type Settings = GradientNoiseSettings;
    const NAME: &'static str = "gradient-noise";
    const MEANING: &'static str = "of a run of the vine: the noise of its gradient, and of single path's at the same \
         policies";
    const QUANTITIES: &'static [Quantity] = &[SINGLE_PATH, VINE, BY_Q_VALUES, BY_STEPS];
    const DRAWN: &'static [Quantity] = &[BY_Q_VALUES, BY_STEPS];

    fn fits(_: &GradientNoiseSettings, config: &RunConfig) -> Result<(), String> {
        match config.algorithm.settings_of::<Vine>() {
            Some(_) => Ok(()),
            None => Err(format!(
                "`gradient-noise` is measured of runs of `{}`, not of `{}`; name the variants",
                Vine::NAME,
                config.algorithm.name()
            )),
        }
    }

    fn most_steps(settings: &GradientNoiseSettings, config: &RunConfig, longest: usize) -> usize {
        let common = &config.common;
        let vine = config.algorithm.settings_of::<Vine>();
        let rollouts = vine.map_or(0, |vine| {
            let shape = [vine.actions, vine.rollouts, vine.length];
            shape.into_iter().fold(vine.states, usize::saturating_mul)
        });
        let of_path = common.copies.saturating_mul(longest);
        let of_one = (2 * common.batch).saturating_add(of_path);
        (settings.updates.len())
            .saturating_mul(settings.estimates)
            .saturating_mul(of_one.saturating_add(rollouts))
    }

    fn measure(
        settings: &GradientNoiseSettings,
        run: &mut Rerun<'_>,
    ) -> Result<Vec<Finding>, DiagnosticError> {
        let mut found = Vec::new();
        for &update in &settings.updates {
            if !run.reach(update) {
                break;
            }
            found.extend(at_policy(run, update, settings.estimates)?);
        }
        Ok(found)
    }
}

/// What is found at the policy of the run as it stands.
fn at_policy(
    run: &Rerun<'_>,
    update: usize,
    estimates: usize,
) -> Result<Vec<Finding>, DiagnosticError> {
    let [single, vine] = Scene::of(run, update)?.estimates(estimates)?;
    let ratio = |own: Option<f64>, other: Option<f64>| Some((own? / other?).log10());
    let by_q_values = [&single, &vine].map(|one| one.scale(one.q_values));
    let by_steps = [&single, &vine].map(|one| one.scale(one.steps));
    let found = [
        (SINGLE_PATH, by_q_values[0]),
        (VINE, by_q_values[1]),
        (BY_Q_VALUES, ratio(by_q_values[1], by_q_values[0])),
        (BY_STEPS, ratio(by_steps[1], by_steps[0])),
    ];
    Ok(Finding::all(update, found))
}

/// Estimates of one gradient, and what they took together.
#[derive(Debug, Default)]
struct Estimates {
    gradients: Vec<Vec<f32>>,
    q_values: f64,
    steps: f64,
}

impl Estimates {
    fn add(&mut self, gradient: Vec<f32>, q_values: usize, steps: u64) {
        self.gradients.push(gradient);
        self.q_values += q_values as f64;
        self.steps += steps as f64;
    }

    /// tr(Sigma) / |G|^2 in the samples of which all of them took `samples`; none where
    /// no gradient is to be told from the noise.
    ///
    /// |mean|^2 is larger than |G|^2 by tr(Sigma) / R in expectation, which is taken off:
    /// else no noise would seem larger than R.
    fn scale(&self, samples: f64) -> Option<f64> {
        let count = self.gradients.len() as f64;
        let (mut variance, mut square) = (0.0, 0.0);
        for i in 0..self.gradients.first()?.len() {
            let component = || self.gradients.iter().map(|one| f64::from(one[i]));
            let mean = component().sum::<f64>() / count;
            let squares = component().map(|x| (x - mean) * (x - mean));
            variance += squares.sum::<f64>() / (count - 1.0);
            square += mean * mean;
        }
        let square = square - variance / count;
        (square > 0.0).then(|| samples / count * variance / square)
    }
}

/// A policy, and what estimates are made with.
struct Scene {
    task: std::sync::Arc<crate::env::Task>,
    streams: Streams,
    policy: Policy<f32>,
    critic: Critic,
    collector: Collector,
    vine: Vine,
}

impl Scene {
    /// The policy of the run as it stands, after `update` updates.
    fn of(run: &Rerun<'_>, update: usize) -> Result<Self, DiagnosticError> {
        let trainer = run.trainer();
        let config = trainer.config();
        let task = run.trainer().task().clone();
        let name = format!("{} at {update}, gradient noise", config.env);
        let streams = Streams::new(trainer.seed(), &name);
        let common = crate::common::CommonSettings {
            estimator: Estimator::Returns,
            ..config.common.clone()
        };
        let dim = task.spec().observation_dim;
        let settings = config.algorithm.settings_of::<Vine>();
        // `fits` refuses all others.
        let settings: VineSettings = settings.cloned().unwrap_or_default();
        let hidden = Hidden {
            sizes: &common.hidden,
            activation: common.activation,
        };
        Ok(Self {
            critic: Critic::new(&config.critic, dim, hidden, &streams),
            collector: Collector::new(&task, common.collection(), &streams)?
                .with_normaliser(trainer.normaliser().clone()),
            policy: trainer.policy().clone(),
            vine: Vine::new(&settings, trainer.policy().theta().len(), &streams),
            task,
            streams,
        })
    }

    /// `count` estimates of single path, and as many of the vine.
    fn estimates(&mut self, count: usize) -> Result<[Estimates; 2], DiagnosticError> {
        let [mut single, mut vine] = [Estimates::default(), Estimates::default()];
        let mut nobody = Unwatched;
        for _ in 0..count {
            let mut bench = Bench::new(
                &mut self.policy,
                &mut self.critic,
                &mut self.collector,
                (&self.task, &self.streams),
                &mut nobody,
            );
            let batch = bench.batch()?;
            let gradient = Surrogate::at(bench.policy, &batch, true).gradient();
            single.add(gradient, batch.rows(), batch.rows() as u64);

            let before = bench.steps();
            let estimated = self.vine.estimate(&mut bench)?;
            let gradient = VineObjective::at(bench.policy, estimated.tried()).gradient();
            let steps = bench.steps() - before;
            vine.add(gradient, estimated.tried().q.len(), steps);
        }
        Ok([single, vine])
    }
}

/// Nobody looks on.
struct Unwatched;

impl Watch for Unwatched {
    fn begin(&mut self, _: Part) {}

    fn collected(&mut self, _: &Batch<f32>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    /// Gradients of a known length with known noise: twenty components of mean 0.1 and
    /// deviation 1, so tr(Sigma) / |G|^2 = 20 / 0.2. Half as much again is the squared
    /// length of the mean of 200 of them.
    #[test]
    fn the_noise_scale_is_that_of_a_known_gradient() {
        let mut rng = Streams::new(1, "noise").stream(Purpose::Trial, 0);
        let mut scales = Vec::new();
        for _ in 0..60 {
            let mut all = Estimates::default();
            for _ in 0..200 {
                let gradient = (0..20).map(|_| (0.1 + rng.normal()) as f32).collect();
                all.add(gradient, 8, 24);
            }
            let q_values = all.scale(all.q_values).unwrap();
            assert!((all.scale(all.steps).unwrap() / q_values - 3.0).abs() < 1e-12);
            scales.push(1.0 / q_values);
        }
        // Of 1 / scale the mean is that of the gradient: 0.2 / 20 / 8.
        let mean = scales.iter().sum::<f64>() / scales.len() as f64;
        assert!((mean * 800.0 - 1.0).abs() < 0.2, "{mean}");
    }

    #[test]
    fn pure_noise_has_no_scale_or_a_large_one() {
        let mut rng = Streams::new(2, "noise").stream(Purpose::Trial, 0);
        let mut all = Estimates::default();
        for _ in 0..100 {
            all.add((0..50).map(|_| rng.normal() as f32).collect(), 1, 1);
        }
        assert!(all.scale(all.q_values).is_none_or(|scale| scale > 300.0));
    }
}
