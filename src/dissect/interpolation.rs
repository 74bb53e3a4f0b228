//! What PPO's step does to its objective: surrogates and divergence on the line from
//! the old parameters past the new ones (figure 2 of Schulman et al. 2017), and one
//! term of the clipped surrogate against the ratio (figure 1).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::is_listed;
use super::{DissectError, Scene, find, path_in, read_all, replay};
use crate::activation::Activation;
use crate::algo::losses::Rows;
use crate::algo::objective::{Measured, Objective as _};
use crate::algo::ppo::{Ppo, PpoSettings};
use crate::algo::surrogate::Surrogate;
use crate::env::ActionSpace;
use crate::experiment::disk::{StoreError, read_json, write_json};
use crate::experiment::manifest::Manifest;
use crate::experiment::selection::Selection;
use crate::lab::Lab;
use crate::policy::Policy;

/// The folder of such files in the folder of an experiment.
const FOLDER: &str = "interpolate";

/// The grid has so many intervals for a factor of 1, and goes to this many.
const GRID: (usize, usize) = (20, 50);

/// Intervals of the ratio for a ratio of 1; it goes from 0 to 2.
const RATIOS: usize = 20;

/// What stands in `results/<experiment>/interpolate/<task>-<variant>-<seed>-<update>.json`.
///
/// theta(c) = theta_old + c (theta_new - theta_old), projected, where c is the
/// *factor*. Everything is measured on the whole batch of the update, whose
/// advantages are normalised over it; the steps themselves normalise each minibatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpolation {
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
    /// The seed.
    pub seed: u64,
    /// The update, from 1.
    pub update: usize,
    /// Updates of the run.
    pub updates: usize,
    /// Environment steps made when the update was over, all copies.
    pub steps: u64,
    /// Rows of the batch.
    pub rows: usize,
    /// Sizes of the hidden layers of the policy.
    pub hidden: Vec<usize>,
    /// What stands between them; left out where it is tanh.
    #[serde(default, skip_serializing_if = "crate::settings::is_default")]
    pub activation: Activation,
    /// The objective of the step, as the settings name it.
    pub objective: crate::algo::ppo::Objective,
    /// eps.
    pub clip: f64,
    /// Passes over the batch that the settings ask for.
    pub epochs: usize,
    /// By ascending factor, from 0 to 2.5. Factors where something is not finite
    /// are left out.
    pub line: Vec<Interpolated>,
    /// By ascending ratio, from 0 to 2.
    pub term: Vec<Term>,
}

/// The policy at one factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpolated {
    /// c.
    pub factor: f64,
    /// Mean of ratio A.
    pub surrogate: f64,
    /// Mean of clip(ratio, 1 - eps, 1 + eps) A.
    pub clipped: f64,
    /// Mean of the smaller of both in every row: the clipped surrogate of PPO.
    pub minimum: f64,
    /// Mean KL(pi_old || pi), in nats.
    pub kl_mean: f64,
}

/// One term of the clipped surrogate at one ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// pi(a|s) / pi_old(a|s).
    pub ratio: f64,
    /// The term where A = 1.
    pub positive: f64,
    /// The term where A = -1.
    pub negative: f64,
}

impl Interpolation {
    /// Every one in the folder `dir` of an experiment, by the names of their files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all(dir: &Path) -> Result<Vec<Self>, StoreError> {
        read_all(&dir.join(FOLDER), Self::read)
    }

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

    /// The file of an update in the folder `dir` of its experiment.
    pub fn path(dir: &Path, selection: &Selection) -> PathBuf {
        path_in(&dir.join(FOLDER), selection)
    }

    /// Which step it is of.
    pub fn selection(&self) -> Selection {
        Selection {
            task: self.task.clone(),
            variant: self.variant.clone(),
            seed: self.seed,
            update: self.update,
        }
    }

    /// Writes it into the folder `dir` of its experiment, whole or not at all.
    /// Gives the path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, StoreError> {
        let path = Self::path(dir, &self.selection());
        write_json(&path, self)?;
        Ok(path)
    }

    /// Whether it is of a run that `manifest` lists.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        let run = (&self.task, &self.variant, self.seed, &self.run);
        is_listed(manifest, &self.experiment, run)
    }

    /// The policy with which the run went on.
    pub fn taken(&self) -> Option<&Interpolated> {
        self.line.iter().find(|point| point.factor == 1.0)
    }
}

/// Makes the run of `selection`, which is one of PPO, again up to its update, and
/// measures its objective on the line of its step. Nothing of the runs changes.
///
/// # Errors
/// If `manifest` has no such run or update, its algorithm is another, or the run
/// that is made is not the one that is listed.
pub fn interpolate(
    lab: &Lab,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<Interpolation, DissectError> {
    let (config, listed) = find(manifest, selection)?;
    let scene = replay::replay(lab, config, (listed, selection.update), |_| {
        config.algorithm.settings_of::<Ppo>().cloned()
    })?;
    let surrogate = Surrogate::at(&scene.policy, &scene.batch, true);
    let there = surrogate.measure(&scene.after);
    if !is_recorded(&scene, &surrogate.measure_here(), &there) {
        return Err(DissectError::Disagrees(selection.to_string()));
    }
    let factors = (0..=GRID.1).map(|i| i as f64 / GRID.0 as f64);
    let line = factors.filter_map(|factor| at(&scene, &surrogate, factor));
    let ratios = (0..=2 * RATIOS).map(|i| i as f64 / RATIOS as f64);
    let clip = scene.rule.clip;
    let term = ratios.map(|ratio| Term {
        ratio,
        positive: clipped_term(ratio, 1.0, clip),
        negative: clipped_term(ratio, -1.0, clip),
    });
    Ok(Interpolation {
        experiment: manifest.experiment.clone(),
        manifest: manifest.digest(),
        run: listed.digest.clone(),
        task: selection.task.clone(),
        variant: selection.variant.clone(),
        seed: selection.seed,
        update: selection.update,
        updates: config.updates().unwrap_or(selection.update),
        steps: scene.steps,
        rows: scene.batch.rows(),
        hidden: config.common.hidden.clone(),
        activation: config.common.activation,
        objective: scene.rule.objective,
        clip,
        epochs: scene.rule.epochs,
        line: line.collect(),
        term: term.collect(),
    })
}

/// Whether the policy after the update is the recorded one, bit for bit.
fn is_recorded(scene: &Scene<PpoSettings>, here: &Measured, there: &Measured) -> bool {
    let recorded = &scene.recorded;
    (there.kl_mean, there.kl_max) == (recorded.kl_mean, recorded.kl_max)
        && there.reported_surrogate - here.reported_surrogate == recorded.improvement
}

/// The policy at a factor; none where something is not finite.
fn at(
    scene: &Scene<PpoSettings>,
    surrogate: &Surrogate<'_, f32>,
    factor: f64,
) -> Option<Interpolated> {
    let theta_old = scene.policy.theta();
    let pairs = theta_old.iter().zip(&scene.after);
    let moved = pairs.map(|(&old, &new)| old + factor as f32 * (new - old));
    // The ends are the policies themselves, not what rounding makes of them.
    let mut theta: Vec<f32> = match factor {
        1.0 => scene.after.clone(),
        _ => moved.collect(),
    };
    scene.policy.project(&mut theta);
    let measured = match factor {
        0.0 => surrogate.measure_here(),
        _ => surrogate.measure(&theta),
    };
    let mut policy = scene.policy.clone();
    policy.set_theta(&theta);
    let point = Interpolated {
        factor,
        surrogate: measured.surrogate,
        clipped: clipped_alone(&policy, scene, surrogate),
        minimum: minimum(&policy, scene, surrogate),
        kl_mean: measured.kl_mean,
    };
    let all = [point.surrogate, point.clipped, point.minimum, point.kl_mean];
    all.iter().all(|value| value.is_finite()).then_some(point)
}

/// Mean of clip(ratio, 1 - eps, 1 + eps) A.
fn clipped_alone(
    policy: &Policy<f32>,
    scene: &Scene<PpoSettings>,
    surrogate: &Surrogate<'_, f32>,
) -> f64 {
    let batch = &scene.batch;
    let outputs = policy.network().outputs(&batch.observations);
    let mut log_prob = vec![0.0; batch.rows()];
    policy
        .distribution()
        .log_prob(&outputs, &batch.actions, &mut log_prob);
    let clip = scene.rule.clip;
    let pairs = log_prob.iter().zip(surrogate.old_log_prob());
    let ratios = pairs.map(|(new, old)| libm::exp(f64::from(new - old)));
    let terms = ratios.zip(surrogate.advantages());
    let sum: f64 = terms
        .map(|(ratio, &a)| ratio.clamp(1.0 - clip, 1.0 + clip) * f64::from(a))
        .sum();
    sum / batch.rows() as f64
}

/// The loss that PPO minimises, without its sign, on the whole batch.
fn minimum(
    policy: &Policy<f32>,
    scene: &Scene<PpoSettings>,
    surrogate: &Surrogate<'_, f32>,
) -> f64 {
    let batch = &scene.batch;
    let distribution = policy.distribution();
    let width = distribution.action_width();
    let here = policy.linearise(&batch.observations);
    let (value, _) = here.gradient(|range, outputs| {
        let rows = Rows {
            distribution,
            actions: &batch.actions[range.start * width..range.end * width],
            old_log_prob: &surrogate.old_log_prob()[range.clone()],
            old_params: &[],
            advantages: &surrogate.advantages()[range],
            count: batch.rows(),
        };
        rows.clipped_surrogate(outputs, scene.rule.clip)
    });
    value
}

/// The term of one row in the loss that PPO minimises, without its sign:
/// min(ratio A, clip(ratio, 1 - eps, 1 + eps) A), by the same code, for a policy
/// whose log pi_old(a|s) is set so that it has this ratio, of at least 0.
pub fn clipped_term(ratio: f64, advantage: f64, clip: f64) -> f64 {
    // Two actions, of one half each.
    let policy = Policy::<f64>::with_theta(1, &ActionSpace::Discrete(2), &[], vec![0.0; 4]);
    let distribution = policy.distribution();
    let here = policy.linearise(&[0.0]);
    let mut log_prob = [0.0];
    distribution.log_prob(&here.outputs(), &[0.0], &mut log_prob);
    let (value, _) = here.gradient(|_, outputs| {
        let rows = Rows {
            distribution,
            actions: &[0.0],
            old_log_prob: &[log_prob[0] - libm::log(ratio)],
            old_params: &[],
            advantages: &[advantage],
            count: 1,
        };
        rows.clipped_surrogate(outputs, clip)
    });
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As figure 1 of the paper has it: flat above 1 + eps where A > 0, flat below
    /// 1 - eps where A < 0, and the ratio times A elsewhere.
    #[test]
    fn one_term_is_flat_where_it_is_clipped() {
        for (ratio, advantage, expected) in [
            (0.0, 1.0, 0.0),
            (0.5, 1.0, 0.5),
            (1.0, 1.0, 1.0),
            (1.2, 1.0, 1.2),
            (2.0, 1.0, 1.2),
            (0.0, -1.0, -0.8),
            (0.5, -1.0, -0.8),
            (1.0, -1.0, -1.0),
            (2.0, -1.0, -2.0),
        ] {
            let found = clipped_term(ratio, advantage, 0.2);
            assert!(
                (found - expected).abs() < 1e-12,
                "{ratio} {advantage} {found}"
            );
        }
    }
}
