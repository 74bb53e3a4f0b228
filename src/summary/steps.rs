//! `steps.json`: what the updates of each variant did, over tasks and runs.
//!
//! Of every run, the share of its updates of which something is true; of a
//! variant, the mean over tasks of the mean over runs, with its 95% interval
//! from the stratified bootstrap over runs. Updates of one run depend on each
//! other; runs do not.

use std::collections::BTreeMap;
use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::digits;
use super::frames::BOOTSTRAP_SEED;
use super::shares::{OUTSIDE, SHARES, ShareOf, Updates};
use super::{Run, SummaryError};
use crate::algo::{Schedule, StepLimit};
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Cell;
use crate::scores::Named;
use crate::stats::statistic::MEAN;
use crate::stats::{Estimate, Matrix, Sample, Stratified};

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "steps.json";

/// What the updates of an experiment did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Digest of the manifest of the runs.
    pub manifest: String,
    /// Trust radius by task, at the beginning of a run: that of the first variant
    /// with a trust region, or else of one whose steps have its length; none where
    /// there is neither.
    pub deltas: BTreeMap<String, f64>,
    /// The variants, in the order of the manifest.
    pub variants: Vec<VariantSteps>,
}

/// What the updates of one variant did.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VariantSteps {
    /// The variant.
    pub variant: String,
    /// Name of its algorithm.
    pub algorithm: String,
    /// Runs that did not fail.
    pub runs: usize,
    /// Their updates.
    pub updates: usize,
    /// The largest mean KL divergence of any update, in trust radii.
    pub largest: Option<f64>,
    /// Shares of updates by the names of [`SHARES`].
    #[serde(flatten)]
    shares: Named<Share>,
}

impl VariantSteps {
    /// The share of its updates of which something is true.
    pub fn share(&self, of: &ShareOf) -> Share {
        self.shares.get(of.name).cloned().unwrap_or_default()
    }
}

impl Serialize for VariantSteps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("variant", &self.variant)?;
        map.serialize_entry("algorithm", &self.algorithm)?;
        map.serialize_entry("runs", &self.runs)?;
        map.serialize_entry("updates", &self.updates)?;
        for (name, share) in self.shares.iter() {
            map.serialize_entry(name, share)?;
            // Beside the share to which it belongs.
            if name == OUTSIDE.name {
                map.serialize_entry("largest", &self.largest)?;
            }
        }
        map.end()
    }
}

/// A share of updates. Its estimate is `null` if some task has no run of which it
/// can be said, or no trust radius.
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
    let radii = radii(manifest);
    let variants = manifest.variants.iter();
    Steps {
        manifest: manifest.digest(),
        variants: variants
            .map(|variant| variant_steps(variant, runs, manifest, &radii))
            .collect(),
        deltas: radii
            .into_iter()
            .map(|(env, radius)| (env, radius.start))
            .collect(),
    }
}

/// The trust radius of every task that has one: that of the first variant with a
/// trust region, or else of one whose steps have its length.
pub fn radii(manifest: &Manifest) -> BTreeMap<String, Schedule> {
    let of = |env: &str| {
        let cells = || manifest.cells.iter().filter(|cell| cell.env == env);
        let holds =
            |cell: &&Cell| cell.config.algorithm.step_limit() == Some(StepLimit::TrustRegion);
        let radius = |cell: &Cell| cell.config.algorithm.trust_radius();
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
    radii: &BTreeMap<String, Schedule>,
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
            Stratified::new(BOOTSTRAP_SEED)
                .aggregates(sample)
                .get(&MEAN)
        });
        share
    };
    let largest = of_variant().filter_map(|run| {
        let kl = updates_of(run, radii).kl_in_radii()?;
        kl.into_iter().max_by(f64::total_cmp)
    });
    let cell = manifest.cells.iter().find(|cell| cell.variant == variant);
    VariantSteps {
        variant: variant.to_owned(),
        algorithm: cell
            .map_or("", |cell| cell.config.algorithm.name())
            .to_owned(),
        runs: of_variant().count(),
        updates: of_variant().map(|run| run.record.curve.len()).sum(),
        largest: largest.max_by(f64::total_cmp),
        shares: SHARES
            .iter()
            .map(|of| {
                (
                    of.name.to_owned(),
                    share(of.name, &|run| (of.count)(&updates_of(run, radii))),
                )
            })
            .collect(),
    }
}

fn updates_of<'a>(run: &Run<'a>, radii: &BTreeMap<String, Schedule>) -> Updates<'a> {
    Updates {
        record: run.record,
        radius: radii.get(run.env).copied(),
    }
}
