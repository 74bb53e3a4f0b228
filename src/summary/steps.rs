//! `steps.json`: what the updates of each variant did, over tasks and runs.
//!
//! Of every run, the share of its updates of which something is true; of a
//! variant, the mean over tasks of the mean over runs, with its 95% interval
//! from the stratified bootstrap over runs. Updates of one run depend on each
//! other; runs do not.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digits;
use super::frames::BOOTSTRAP_SEED;
use super::{Run, SummaryError};
use crate::algo::StepLimit;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Cell;
use crate::stats::statistic::MEAN;
use crate::stats::welch::Welch;
use crate::stats::{Estimate, Matrix, Sample, Stratified, welch};

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "steps.json";

/// Level of the two-sided test between the returns before and after an update.
pub const LEVEL: f64 = 0.05;

/// What the updates of an experiment did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Digest of the manifest of the runs.
    pub manifest: String,
    /// Trust radius by task: that of the first variant of TRPO, or else of NPG;
    /// none where there is neither.
    pub deltas: BTreeMap<String, f64>,
    /// The variants, in the order of the manifest.
    pub variants: Vec<VariantSteps>,
}

/// What the updates of one variant did. A share is `null` if some task has no
/// run of which it can be said, or no trust radius.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantSteps {
    /// The variant.
    pub variant: String,
    /// Name of its algorithm.
    pub algorithm: String,
    /// Runs that did not fail.
    pub runs: usize,
    /// Their updates.
    pub updates: usize,
    /// Updates whose mean KL divergence is above the trust radius of the task.
    pub outside: Share,
    /// The largest mean KL divergence of any update, in trust radii.
    pub largest: Option<f64>,
    /// Updates after which the return falls significantly: the episodes that
    /// end in the next batch have a lower mean than those that ended in the
    /// batch of the update, with p < 0.05 in Welch's two-sided test; of updates
    /// with two episodes in each. By chance 2.5% do where nothing changes.
    pub falls: Share,
    /// Updates that left the trust region or lowered the surrogate: what the
    /// line search refuses.
    pub broken: Share,
    /// Updates whose full step the line search did not take; of algorithms that
    /// have one.
    pub shortened: Share,
    /// Updates in which it found no step; of algorithms that have one.
    pub refused: Share,
}

/// A share of updates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Updates of which it is true.
    pub count: usize,
    /// Updates of which it could be.
    pub of: usize,
    /// Mean over tasks of the mean over runs of the share of a run.
    pub estimate: Option<Estimate>,
}

impl Steps {
    /// Reads them from the folder of an experiment.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn read(dir: &Path) -> Result<Self, SummaryError> {
        digits::read(&dir.join(FILE))
    }

    /// Writes them into the folder of an experiment.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), SummaryError> {
        digits::write(&dir.join(FILE), self)
    }
}

/// What the updates of `runs` did.
pub(super) fn of(runs: &[Run<'_>], manifest: &Manifest) -> Steps {
    let deltas = deltas(manifest);
    let variants = manifest.variants.iter();
    Steps {
        manifest: manifest.digest(),
        variants: variants
            .map(|variant| variant_steps(variant, runs, manifest, &deltas))
            .collect(),
        deltas,
    }
}

fn deltas(manifest: &Manifest) -> BTreeMap<String, f64> {
    let of = |env: &str| {
        let cells = || manifest.cells.iter().filter(|cell| cell.env == env);
        let holds =
            |cell: &&Cell| cell.config.algorithm.step_limit() == Some(StepLimit::TrustRegion);
        let radius = |cell: &Cell| Some(cell.config.algorithm.trust_radius()?.start);
        let held = cells().filter(holds).find_map(radius);
        held.or_else(|| cells().find_map(radius))
    };
    let tasks = manifest.tasks.iter();
    tasks
        .filter_map(|env| Some((env.clone(), of(env)?)))
        .collect()
}

fn variant_steps(
    variant: &str,
    runs: &[Run<'_>],
    manifest: &Manifest,
    deltas: &BTreeMap<String, f64>,
) -> VariantSteps {
    let of_variant = || runs.iter().filter(|r| r.variant == variant && !r.failed());
    let share = |what: &str, count: &dyn Fn(&Run<'_>) -> Option<(usize, usize)>| {
        let mut share = Share::default();
        let mut by_task: Vec<Vec<f64>> = Vec::new();
        for env in &manifest.tasks {
            let counts = of_variant().filter(|run| run.env == env).filter_map(count);
            let counts: Vec<(usize, usize)> = counts.filter(|&(_, of)| of > 0).collect();
            share.count += counts.iter().map(|c| c.0).sum::<usize>();
            share.of += counts.iter().map(|c| c.1).sum::<usize>();
            let shares = counts.iter().map(|&(count, of)| count as f64 / of as f64);
            by_task.push(shares.collect());
        }
        share.estimate = Matrix::new(&by_task).ok().map(|scores| {
            let sample = Sample {
                name: &format!("{variant}, {what}"),
                scores: &scores,
            };
            Stratified::new(BOOTSTRAP_SEED).aggregates(sample).get(&MEAN)
        });
        share
    };
    let numbers = |run: &Run<'_>, column: &str| -> Option<Vec<f64>> {
        let numbers = run.record.curve.numbers(column)?;
        Some(numbers.iter().flatten().copied().collect())
    };
    let kl_in_radii = |run: &Run<'_>| -> Option<Vec<f64>> {
        let delta = deltas.get(run.env)?;
        let kl = numbers(run, "kl_mean")?;
        Some(kl.into_iter().map(|kl| kl / delta).collect())
    };
    let largest = of_variant().filter_map(kl_in_radii).flatten();
    let cell = manifest.cells.iter().find(|cell| cell.variant == variant);
    VariantSteps {
        variant: variant.to_owned(),
        algorithm: cell
            .map_or("", |cell| cell.config.algorithm.name())
            .to_owned(),
        runs: of_variant().count(),
        updates: of_variant().map(|run| run.record.curve.len()).sum(),
        outside: share("outside", &|run| {
            let kl = kl_in_radii(run)?;
            Some((kl.iter().filter(|&&kl| kl > 1.0).count(), kl.len()))
        }),
        largest: largest.max_by(f64::total_cmp),
        falls: share("falls", &falls),
        broken: share("broken", &|run| {
            let (kl, gained) = (kl_in_radii(run)?, numbers(run, "improvement")?);
            let broken = kl.iter().zip(&gained);
            let count = broken.filter(|&(&kl, &gained)| kl > 1.0 || gained < 0.0);
            Some((count.count(), kl.len()))
        }),
        shortened: share("shortened", &|run| {
            let accepted = run.record.curve.numbers("accepted")?;
            let shorter = accepted
                .iter()
                .filter(|backtracks| **backtracks != Some(0.0));
            Some((shorter.count(), accepted.len()))
        }),
        refused: share("refused", &|run| {
            let accepted = run.record.curve.numbers("accepted")?;
            let refused = accepted.iter().filter(|backtracks| backtracks.is_none());
            Some((refused.count(), accepted.len()))
        }),
    }
}

/// After how many updates of a run the return falls significantly, and of how
/// many that can be said.
fn falls(run: &Run<'_>) -> Option<(usize, usize)> {
    let steps = run.record.curve.numbers("step")?;
    let episodes = &run.record.episodes;
    let ended_by = |step: f64| episodes.end_step.partition_point(|&end| end as f64 <= step);
    let mut start = 0;
    let batches: Vec<&[f64]> = steps
        .iter()
        .flatten()
        .map(|&step| {
            let end = ended_by(step);
            let batch = &episodes.returns[start..end];
            start = end;
            batch
        })
        .collect();
    let tests: Vec<Welch> = batches
        .windows(2)
        .filter_map(|pair| welch(pair[1], pair[0]))
        .collect();
    let fell = |test: &&Welch| test.difference < 0.0 && test.p < LEVEL;
    Some((tests.iter().filter(fell).count(), tests.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Episodes, RunRecord};

    fn run_of(returns: &[&[f64]]) -> RunRecord {
        let mut record = crate::train::train(
            &crate::config::RunConfig {
                common: crate::config::CommonSettings {
                    steps: 16,
                    batch: 16,
                    copies: 1,
                    hidden: vec![4],
                    evaluation_episodes: 1,
                    ..Default::default()
                },
                ..crate::config::RunConfig::new(
                    "CartPole-v1",
                    crate::algo::AlgorithmConfig::new::<crate::algo::trpo::Trpo>(Default::default()),
                )
            },
            0,
        );
        record.curve = Default::default();
        record.episodes = Episodes::default();
        for (update, batch) in returns.iter().enumerate() {
            let end = 100 * (update as u64 + 1);
            record.curve.push(&[("step", (end as f64).into())]);
            for &value in *batch {
                record.episodes.end_step.push(end);
                record.episodes.returns.push(value);
                record.episodes.length.push(1);
            }
        }
        record
    }

    #[test]
    fn a_fall_is_one_that_chance_does_not_explain() {
        let record = run_of(&[
            &[10.0, 11.0, 12.0, 11.0],
            &[1.0, 2.0, 1.0, 2.0],   // fell
            &[9.0, 10.0, 11.0],      // rose
            &[8.0, 11.0, 10.0, 9.0], // nothing to tell
            &[1.0],                  // one episode: cannot be said,
            &[5.0, 5.0],             // nor here
            &[4.0, 4.0],             // fell, without any spread
            &[4.0, 4.0],             // the same
        ]);
        let run = Run {
            env: "CartPole-v1",
            variant: "trpo",
            record: &record,
        };
        assert_eq!(falls(&run), Some((2, 5)));
    }
}
