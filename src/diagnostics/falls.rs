//! Whether updates make a policy worse: its return before and after every update, in the
//! same episodes.
//!
//! An update moves the parameters theta and the statistics S by which observations are
//! normalised. Of each, eta(theta, S), eta(theta', S) and eta(theta', S') are estimated from
//! the same first states and random numbers, actions drawn: the first difference is the
//! step's, the second that of the statistics. A *fall* by more than m is a step
//! of which the one-sided upper 95% t limit of the mean difference lies below -m; a *rise*
//! is its mirror image. m is in normalised returns.

use std::ops::ControlFlow;

use super::kind::{Diagnostic, DiagnosticError, Finding, Quantity, Rerun};
use super::paired::{Pairing, Returns, differences};
use crate::config::RunConfig;
use crate::env::vector::BeginError;
use crate::policy::normalise::ObservationNormaliser;
use crate::settings::at_least_ten;
use crate::stats::{mean, t_interval};
use crate::train::{Observer, Trainer};

/// What a one-sided 95% limit leaves out.
const TAIL: f64 = 0.05;

/// m of the headline, and those beside it.
const MARGINS: [f64; 3] = [0.05, 0.01, 0.1];

/// From this share of its gain on, a run no longer learns: its plateau.
const PLATEAU: f64 = 0.95;

macro_rules! quantities {
    ($($constant:ident = $name:literal, $meaning:literal, $unit:literal;)*) => {
        $(const $constant: Quantity = Quantity {
            name: $name,
            meaning: $meaning,
            unit: $unit,
        };)*
        const ALL: &[Quantity] = &[$($constant),*];
    };
}

quantities! {
    FALLS = "falls", "share of steps that lose more than 0.05", "share";
    RISES = "rises", "share of steps that gain more than 0.05", "share";
    RATIO = "falls_of_changes", "falls among falls and rises by more than 0.05", "share";
    FALLS_1 = "falls_by_0_01", "share of steps that lose more than 0.01", "share";
    RISES_1 = "rises_by_0_01", "share of steps that gain more than 0.01", "share";
    FALLS_10 = "falls_by_0_1", "share of steps that lose more than 0.1", "share";
    RISES_10 = "rises_by_0_1", "share of steps that gain more than 0.1", "share";
    LEARNING = "falls_while_learning", "share of steps before the plateau that lose more than 0.05", "share";
    AT_PLATEAU = "falls_at_plateau", "share of steps on the plateau that lose more than 0.05", "share";
    SIZE = "fall_size", "mean loss of a fall, found in one half of the episodes and measured in the other", "";
    DRAWDOWN = "drawdown", "largest loss from one policy to a later one", "";
    BY_STATISTICS = "falls_by_statistics", "share of updates whose statistics alone lose more than 0.05", "share";
    DISCOUNTED = "falls_discounted", "share of steps that lose more than 0.05 of what the run gains, discounted", "share";
}

crate::settings! {
    /// Settings of the diagnostic.
    pub struct FallsSettings {
        /// Episodes of every policy.
        episodes: usize = 100, at_least_ten();
    }
}

/// The diagnostic.
#[derive(Debug)]
pub struct Falls;

impl Diagnostic for Falls {
    type Settings = FallsSettings;
    const NAME: &'static str = "falls";
    const MEANING: &'static str = "how often an update makes the policy worse, by its return in the same episodes before and after";
    const QUANTITIES: &'static [Quantity] = ALL;
    const DRAWN: &'static [Quantity] = &[FALLS, RISES, DRAWDOWN];
    const NORMALISES: bool = true;

    fn fits(_: &FallsSettings, _: &RunConfig) -> Result<(), String> {
        Ok(())
    }

    fn most_steps(settings: &FallsSettings, config: &RunConfig, longest: usize) -> usize {
        let updates = config.common.steps.div_ceil(config.common.batch);
        (2 * updates + 1)
            .saturating_mul(settings.episodes)
            .saturating_mul(longest)
    }

    fn measure(
        settings: &FallsSettings,
        run: &mut Rerun<'_>,
    ) -> Result<Vec<Finding>, DiagnosticError> {
        let unit = run.range()?;
        let config = run.trainer().config();
        let task = run.trainer().task().clone();
        let gamma = config.common.gamma;
        let pairing = Pairing::new(task, run.trainer().seed(), settings.episodes, gamma);
        let first = pairing.play(run.trainer().policy(), run.trainer().normaliser())?;
        let mut watching = Watching {
            normaliser: run.trainer().normaliser().clone(),
            policies: vec![first],
            steps: Vec::new(),
            failed: None,
            pairing,
        };
        run.go_on(&mut watching);
        if let Some(error) = watching.failed {
            return Err(error.into());
        }
        let path = Path {
            policies: watching.policies,
            steps: watching.steps,
        };
        Ok(Finding::all(run.trainer().updates(), path.found(unit)))
    }
}

/// Plays every policy of a run as it is made.
struct Watching {
    pairing: Pairing,
    /// S.
    normaliser: ObservationNormaliser,
    /// eta(theta_k, S_k) for k = 0, 1, ...
    policies: Vec<Returns>,
    /// eta(theta_(k+1), S_k).
    steps: Vec<Returns>,
    failed: Option<BeginError>,
}

impl Watching {
    fn play(&mut self, trainer: &Trainer) -> Result<(), BeginError> {
        let step = self.pairing.play(trainer.policy(), &self.normaliser)?;
        let after = match *trainer.normaliser() == self.normaliser {
            true => step.clone(),
            false => self.pairing.play(trainer.policy(), trainer.normaliser())?,
        };
        self.steps.push(step);
        self.policies.push(after);
        self.normaliser = trainer.normaliser().clone();
        Ok(())
    }
}

impl Observer for Watching {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        // The update at which a run diverged made no policy.
        if trainer.updates() == self.steps.len() {
            return ControlFlow::Continue(());
        }
        match self.play(trainer) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// The returns of all policies of a run.
struct Path {
    policies: Vec<Returns>,
    steps: Vec<Returns>,
}

/// What the differences of a step say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Fall,
    Rise,
    Neither,
}

impl Change {
    /// Of differences, by more than `margin`, both in the same unit.
    fn of(differences: &[f64], margin: f64) -> Self {
        match t_interval(differences, TAIL) {
            Some(interval) if interval.high < -margin => Change::Fall,
            Some(interval) if interval.low > margin => Change::Rise,
            _ => Change::Neither,
        }
    }
}

fn share(count: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

impl Path {
    /// Every quantity; `unit` is the raw difference that is 1 when it is normalised.
    fn found(&self, unit: f64) -> Vec<(Quantity, Option<f64>)> {
        let n = self.steps.len();
        let by_steps: Vec<Vec<f64>> = (self.steps.iter().zip(&self.policies))
            .map(|(step, before)| differences(&before.raw, &step.raw))
            .collect();
        let changes = |margin: f64| -> Vec<Change> {
            let all = by_steps.iter();
            all.map(|step| Change::of(step, margin * unit)).collect()
        };
        let count = |changes: &[Change], one: Change| {
            changes.iter().filter(|change| **change == one).count()
        };
        let [headline, small, large] = MARGINS.map(changes);
        let means: Vec<f64> = (self.policies.iter())
            .filter_map(|policy| mean(&policy.raw))
            .collect();
        let plateau = plateau(&means).min(n);
        let (learning, flat) = headline.split_at(plateau);
        let (falls, rises) = (
            count(&headline, Change::Fall),
            count(&headline, Change::Rise),
        );
        let statistics = (self.steps.iter().zip(&self.policies[1..]))
            .map(|(step, after)| differences(&step.raw, &after.raw))
            .filter(|step| Change::of(step, MARGINS[0] * unit) == Change::Fall)
            .count();
        vec![
            (FALLS, share(falls, n)),
            (RISES, share(rises, n)),
            (RATIO, share(falls, falls + rises)),
            (FALLS_1, share(count(&small, Change::Fall), n)),
            (RISES_1, share(count(&small, Change::Rise), n)),
            (FALLS_10, share(count(&large, Change::Fall), n)),
            (RISES_10, share(count(&large, Change::Rise), n)),
            (
                LEARNING,
                share(count(learning, Change::Fall), learning.len()),
            ),
            (AT_PLATEAU, share(count(flat, Change::Fall), flat.len())),
            (SIZE, size(&by_steps, unit)),
            (DRAWDOWN, Some(drawdown(&means) / unit)),
            (BY_STATISTICS, share(statistics, n)),
            (DISCOUNTED, self.discounted()),
        ]
    }

    /// Falls of the discounted return, by more than 0.05 of the gain of the run: its best
    /// policy less its first.
    fn discounted(&self) -> Option<f64> {
        let means = self.policies.iter();
        let means: Vec<f64> = means
            .filter_map(|policy| mean(&policy.discounted))
            .collect();
        let best = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let margin = MARGINS[0] * (best - means.first()?);
        let steps = self.steps.iter().zip(&self.policies);
        let falls = steps
            .map(|(step, before)| differences(&before.discounted, &step.discounted))
            .filter(|step| Change::of(step, margin) == Change::Fall)
            .count();
        share(falls, self.steps.len())
    }
}

/// Updates before the first policy that has made so much of the gain of the run.
fn plateau(means: &[f64]) -> usize {
    let Some(&first) = means.first() else {
        return 0;
    };
    let best = means.iter().copied().fold(first, f64::max);
    let level = first + PLATEAU * (best - first);
    means.iter().position(|mean| *mean >= level).unwrap_or(0)
}

/// The largest loss from a policy to a later one.
fn drawdown(means: &[f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    let mut largest: f64 = 0.0;
    for &mean in means {
        highest = highest.max(mean);
        largest = largest.max(highest - mean);
    }
    largest
}

/// Mean loss of the falls that the first half of the episodes finds, in the second:
/// what is found because it is large would else seem larger than it is. None of a run
/// without falls.
fn size(by_steps: &[Vec<f64>], unit: f64) -> Option<f64> {
    let losses = by_steps.iter().filter_map(|step| {
        let (found, measured) = step.split_at(step.len() / 2);
        let is_fall = Change::of(found, MARGINS[0] * unit) == Change::Fall;
        is_fall.then(|| mean(measured).map(|mean| -mean / unit))?
    });
    mean(&losses.collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng, Streams};

    fn rng() -> Rng {
        Streams::new(4, "falls").stream(Purpose::Trial, 0)
    }

    /// Episodes of a policy of the mean return `level`, with noise of which `shared` is
    /// the same in the next policy.
    fn policy(level: f64, shared: &[f64], rng: &mut Rng) -> Returns {
        let raw: Vec<f64> = shared
            .iter()
            .map(|noise| level + noise + 0.1 * rng.normal())
            .collect();
        Returns {
            discounted: raw.iter().map(|raw| 0.1 * raw).collect(),
            raw,
        }
    }

    /// A run whose steps change its mean return by these, with S that changes nothing.
    fn path(changes: &[f64], rng: &mut Rng) -> Path {
        let shared: Vec<f64> = (0..100).map(|_| 0.2 * rng.normal()).collect();
        let mut level = 0.0;
        let mut policies = vec![policy(level, &shared, rng)];
        for change in changes {
            level += change;
            policies.push(policy(level, &shared, rng));
        }
        Path {
            steps: policies[1..].to_vec(),
            policies,
        }
    }

    fn value(path: &Path, wanted: Quantity) -> Option<f64> {
        let found = path.found(1.0);
        found.into_iter().find(|(one, _)| *one == wanted)?.1
    }

    /// Noise of 0.1 an episode, so 0.014 in a mean difference: falls of 0.1 are all found,
    /// of 0.05 at a margin of 0.05 hardly any, of 0.02 at 0.01 a few, and where nothing
    /// changes less than one in twenty.
    #[test]
    fn planted_falls_are_found_at_their_rates() {
        let mut rng = rng();
        let share = |size: f64, wanted: Quantity, rng: &mut Rng| {
            let changes: Vec<f64> = (0..400)
                .map(|i| if i % 2 == 0 { size } else { -size })
                .collect();
            // Every second step falls.
            2.0 * value(&path(&changes, rng), wanted).unwrap()
        };
        assert!(share(0.1, FALLS, &mut rng) > 0.9);
        assert!(share(0.05, FALLS, &mut rng) < 0.12);
        assert!(share(0.05, FALLS_1, &mut rng) > 0.8);
        let small = share(0.02, FALLS_1, &mut rng);
        assert!((0.05..0.5).contains(&small), "{small}");
        for wanted in [FALLS, FALLS_1, RISES_1] {
            assert!(share(0.0, wanted, &mut rng) < 0.06, "{wanted:?}");
        }
    }

    /// How often the rule finds falls of a known size in 100 pairs of episodes, at each
    /// margin, for three spreads of the difference of a pair.
    fn power() -> String {
        let mut text = "planted_fall,sd_of_a_pair,margin,found_falls,found_rises\n".to_owned();
        let mut rng = rng();
        for planted in [0.0, 0.02, 0.05, 0.1] {
            for sd in [0.05, 0.15, 0.5] {
                let mut found = [[0; 2]; MARGINS.len()];
                for _ in 0..2000 {
                    let drawn = (0..100).map(|_| sd * rng.normal() - planted);
                    let pairs: Vec<f64> = drawn.collect();
                    for (found, margin) in found.iter_mut().zip(MARGINS) {
                        let change = Change::of(&pairs, margin);
                        found[0] += usize::from(change == Change::Fall);
                        found[1] += usize::from(change == Change::Rise);
                    }
                }
                for (margin, [falls, rises]) in MARGINS.iter().zip(found) {
                    let share = |count: usize| count as f64 / 2000.0;
                    let (falls, rises) = (share(falls), share(rises));
                    text += &format!("{planted},{sd},{margin},{falls},{rises}\n");
                }
            }
        }
        text
    }

    /// The committed table, made by `TRPO_LAB_WRITE=1 cargo test planted`, comes out again;
    /// where nothing fell by more than the margin, one in twenty is said to have.
    #[test]
    fn the_power_of_the_rule_is_as_committed_for_planted_falls() {
        let made = power();
        if std::env::var_os("TRPO_LAB_WRITE").is_some() {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            std::fs::write(root.join("docs/falls-rule.csv"), &made).unwrap();
        }
        assert_eq!(made, include_str!("../../docs/falls-rule.csv"));
        for line in made.lines().skip(1) {
            let fields: Vec<f64> = line
                .split(',')
                .map(|field| field.parse().unwrap())
                .collect();
            let [planted, _, margin, falls, rises] = fields[..] else {
                panic!("{line}");
            };
            assert!(
                rises <= 0.06 && (planted > margin || falls <= 0.065),
                "{line}"
            );
        }
    }

    #[test]
    fn what_a_run_loses_is_measured_in_other_episodes_than_it_is_found_in() {
        let mut rng = rng();
        let path = path(&[0.5, 0.5, -0.3, 0.3, -0.3, 0.1], &mut rng);
        let size = value(&path, SIZE).unwrap();
        assert!((size - 0.3).abs() < 0.05, "{size}");
        let drawdown = value(&path, DRAWDOWN).unwrap();
        assert!((drawdown - 0.3).abs() < 0.05, "{drawdown}");
        assert_eq!(value(&path, RATIO), Some(2.0 / 6.0));
        assert_eq!(value(&path, LEARNING), Some(0.0));
        // Two of the four steps after the second.
        assert_eq!(value(&path, AT_PLATEAU), Some(0.5));
        assert_eq!(value(&path, BY_STATISTICS), Some(0.0));
        assert_eq!(value(&path, DISCOUNTED), value(&path, FALLS));
    }

    #[test]
    fn a_return_without_noise_falls_where_it_is_lower() {
        assert_eq!(Change::of(&[-1.0; 20], 0.5), Change::Fall);
        assert_eq!(Change::of(&[-0.4; 20], 0.5), Change::Neither);
        assert_eq!(Change::of(&[0.6; 20], 0.5), Change::Rise);
        assert_eq!(Change::of(&[0.0; 20], 0.0), Change::Neither);
    }
}
