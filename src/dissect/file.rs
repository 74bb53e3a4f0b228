//! What stands in `results/<experiment>/dissect/<task>-<variant>-<seed>-<update>.json`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use crate::algo::trpo::Refusal;
use crate::experiment::disk::{StoreError, escaped, read_json, write};
use crate::experiment::manifest::Manifest;
use crate::experiment::selection::Selection;
use crate::stats::Interval;

/// The folder of such files in the folder of an experiment.
pub const FOLDER: &str = "dissect";

/// One step of one run along its natural gradient, and what lies beside it.
///
/// theta(s) = theta_old + s beta x, projected, where s is the *share* of the full
/// step, beta x. Everything is measured on the batch of the update as the step
/// itself does: L and KL are relative to the policy that made the batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dissection {
    /// The experiment.
    pub experiment: String,
    /// [`Manifest::digest`] of the manifest that listed the run when this was made.
    pub manifest: String,
    /// Digest of the record of the run, as the manifest has it.
    pub run: String,
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The algorithm, `trpo` or `npg`.
    pub algorithm: String,
    /// The seed.
    pub seed: u64,
    /// The update, from 1: entry `update - 1` of every column of the record, and
    /// the policy before it has made `update - 1` updates.
    pub update: usize,
    /// Updates of the run.
    pub updates: usize,
    /// Environment steps made when the update was over, all copies: the column
    /// `step` of the record.
    pub steps: u64,
    /// Rows of the batch.
    pub rows: usize,
    /// Discount.
    pub gamma: f64,
    /// delta of this update, in nats.
    pub delta: f64,
    /// c of (F + c I) x = g.
    pub damping: f64,
    /// Every how many-th row F was estimated on; 1: all.
    pub fisher_subsample: usize,
    /// beta = sqrt(2 delta / x^T (F + c I) x): factor from x to the full step.
    pub beta: f64,
    /// x^T F x.
    pub x_f_x: f64,
    /// x^T (F + c I) x.
    pub x_fc_x: f64,
    /// Whether the step uses advantages that are normalised over the batch.
    pub normalize_advantages: bool,
    /// The unit of `improvement` and `linear`, in words.
    pub surrogate_unit: String,
    /// What the record holds of the update.
    pub recorded: Recorded,
    /// The shares that the line search tries, the largest first, those too that it
    /// did not come to; of NPG, which has no search, the full step alone.
    pub candidates: Vec<Candidate>,
    /// The line by ascending share: a grid from 0 to 1.5, and every candidate.
    /// Shares where something is not finite are left out.
    pub line: Vec<LinePoint>,
    /// The true return along the line.
    pub returns: Returns,
    /// How x was computed.
    pub conjugate_gradient: Solved,
}

/// The row of the update in the record of the run, under its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What became of the step: `accepted`, `full_step` or `line_search_failed`.
    pub outcome: String,
    /// How often the step was shortened: the number of the accepted candidate, from
    /// 0; none if none was accepted, and for NPG.
    pub accepted: Option<usize>,
    /// By how much L rose, on batch-normalised advantages.
    pub improvement: f64,
    /// Mean KL(pi_old || pi), in nats.
    pub kl_mean: f64,
    /// Largest KL(pi_old || pi) of a state, in nats.
    pub kl_max: f64,
    /// Mean return of the episodes that ended in the batch, if any did.
    pub return_mean: Option<f64>,
}

/// One share that the line search tries: alpha^j of the full step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// j.
    pub j: usize,
    /// alpha^j.
    pub share: f64,
    /// L(theta) - L(theta_old) in `surrogate_unit`; none where it is not finite.
    pub improvement: Option<f64>,
    /// The same on batch-normalised advantages, as records have it.
    pub reported_improvement: Option<f64>,
    /// g^T (theta - theta_old), with which the search compares the improvement.
    pub linear: Option<f64>,
    /// Mean KL(pi_old || pi), in nats.
    pub kl_mean: Option<f64>,
    /// Largest KL(pi_old || pi) of a state, in nats.
    pub kl_max: Option<f64>,
    /// Whether the search came to it.
    pub tried: bool,
    /// Whether it is the policy with which the run went on.
    pub accepted: bool,
    /// Why the search does not take it, or would not if it came to it; none where
    /// it is acceptable.
    pub refused: Option<Refusal>,
}

/// A point of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePoint {
    /// s.
    pub share: f64,
    /// L(theta) - L(theta_old) in `surrogate_unit`.
    pub improvement: f64,
    /// g^T (theta - theta_old), its linear model.
    pub linear: f64,
    /// Mean KL(pi_old || pi), in nats.
    pub kl_mean: f64,
    /// Largest KL(pi_old || pi) of a state, in nats.
    pub kl_max: f64,
    /// s^2 beta^2 x^T F x / 2: the quadratic model of the mean KL.
    pub kl_model: f64,
    /// s^2 beta^2 x^T (F + c I) x / 2 = s^2 delta: the model that sets beta.
    pub kl_model_damped: f64,
}

/// Returns of the policies on the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    /// Episodes of each policy.
    pub episodes: usize,
    /// `same`: the episodes of every policy begin in the same states, those of the
    /// first evaluation of the run, and draw from the same streams.
    pub starts: String,
    /// How the policies act, as in the evaluations of the experiment: `mode` or
    /// `sample`.
    pub acting: String,
    /// By ascending share: 0, 1 and the accepted one among them.
    pub points: Vec<ReturnPoint>,
}

/// The return of one policy: the undiscounted sum of raw rewards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnPoint {
    /// s.
    pub share: f64,
    /// The mean over episodes.
    pub mean: f64,
    /// Its 95% t interval.
    pub interval: Interval,
    /// The mean over episodes of the return less that of the policy at share 0 from
    /// the same state.
    pub difference: f64,
    /// Its 95% t interval.
    pub difference_interval: Interval,
    /// The returns, in the order of the streams.
    pub returns: Vec<f64>,
}

/// What the conjugate gradient did on (F + c I) x = g.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solved {
    /// Iterations allowed.
    pub allowed: usize,
    /// The relative residual at which it stops.
    pub tolerance: f64,
    /// ||g - (F + c I) x|| / ||g|| after iterations 0, 1, ..., by the recurrence.
    pub residuals: Vec<f64>,
    /// Ritz values, ascending: the eigenvalues of the tridiagonal matrix of its
    /// coefficients, which approximate those of F + c I, extreme ones first.
    pub ritz_values: Vec<f64>,
}

impl Dissection {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        read_json(path)?.ok_or_else(|| StoreError::Damaged {
            path: path.to_owned(),
            message: "there is no such file".to_owned(),
        })
    }

    /// Every one in the folder `dir` of an experiment, by the names of their files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all(dir: &Path) -> Result<Vec<Self>, StoreError> {
        read_all(&dir.join(FOLDER), Self::read)
    }

    /// Writes it into the folder `dir` of its experiment, whole or not at all.
    /// Gives the path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, StoreError> {
        let path = path(dir, &self.task, &self.variant, self.seed, self.update);
        // Plain data: writing it to memory cannot fail.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write(&path, format!("{text}\n").as_bytes())?;
        Ok(path)
    }

    /// Whether it is of a run that `manifest` lists: nothing else of a manifest,
    /// such as claims and margins, reaches it.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        let run = (&self.task, &self.variant, self.seed, &self.run);
        is_listed(manifest, &self.experiment, run)
    }

    /// The accepted candidate.
    pub fn accepted(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.accepted)
    }
}

/// Whether `manifest` is of this experiment and lists the run: task, variant, seed,
/// digest.
pub(super) fn is_listed(
    manifest: &Manifest,
    experiment: &str,
    run: (&String, &String, u64, &String),
) -> bool {
    let listed = manifest.runs.iter();
    let mut listed = listed.map(|run| (&run.env, &run.variant, run.seed, &run.digest));
    experiment == manifest.experiment && listed.any(|other| other == run)
}

/// Every file of a folder, by their names; none if there is no such folder.
pub(super) fn read_all<T>(
    folder: &Path,
    read: impl Fn(&Path) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// The file of an update in `folder`.
pub(super) fn path_in(folder: &Path, selection: &Selection) -> PathBuf {
    let Selection {
        task,
        variant,
        seed,
        update,
    } = selection;
    let task = escaped(task);
    folder.join(format!("{task}-{variant}-{seed}-{update}.json"))
}

/// The file of an update in the folder `dir` of an experiment.
pub fn path(dir: &Path, task: &str, variant: &str, seed: u64, update: usize) -> PathBuf {
    let selection = Selection {
        task: task.to_owned(),
        variant: variant.to_owned(),
        seed,
        update,
    };
    path_in(&dir.join(FOLDER), &selection)
}
