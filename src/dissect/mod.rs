//! One step of a run, seen whole: the surrogate, the divergence, their models and
//! the true return along theta_old + s beta x.
//!
//! | file | what it holds |
//! |---|---|
//! | [`dissect`] | all of it, of one update of a run that a manifest lists |
//! | `replay` | the run made again up to the update |
//! | `step` | what is measured on the batch |
//! | `returns` | what the policies really get |
//! | `ritz` | Ritz values |
//! | [`Dissection`] | the file |
//! | [`interpolate`] | the objective of PPO from the old parameters past the new ones |

mod file;
mod interpolation;
mod replay;
mod returns;
mod ritz;
mod step;

use std::sync::Arc;

pub use file::{
    Candidate, Dissection, FOLDER, LinePoint, Recorded, Refusal, ReturnPoint, Returns, Solved, path,
};

pub use interpolation::{Interpolated, Interpolation, Term, clipped_term, interpolate};

use crate::algo::Kind;
use crate::algo::ppo::Ppo;
use crate::config::RunConfig;
use crate::env::Task;
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::selection::{ALGORITHMS, Selection, not_dissected};
use crate::format::list;
use crate::lab::Lab;
use crate::policy::Policy;
use crate::policy::normalise::ObservationNormaliser;
use crate::rollout::batch::Batch;
use crate::suggest::{did_you_mean, nearest};
use crate::train::StartError;
use file::{path_in, read_all};
use step::{Rule, Step};

/// Why a step is not dissected.
#[derive(Debug, thiserror::Error)]
pub enum DissectError {
    /// It was asked for what there is not.
    #[error("{0}")]
    Usage(String),
    /// The run cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The run that was made is not the one that is listed.
    #[error(
        "{run}: made again it is not the run that the manifest lists, the first difference lies \
         from update {first} on; nothing is written. Check out the commit of the manifest, or make \
         the results again with `trpo-lab reproduce`"
    )]
    Differs {
        /// The run.
        run: String,
        /// The first update, from 1, of the interval of digests in which they part.
        first: usize,
    },
    /// The update moved nothing.
    #[error("the update made no step, so there is no line to look along: {0}")]
    NoStep(String),
    /// The candidates do not agree with the record.
    #[error("internal error: the step of {0}, made again, is not the recorded one")]
    Disagrees(String),
    /// The policies cannot be played.
    #[error("in an evaluation: {0}")]
    Evaluation(String),
}

/// A run before one of its updates, and what the update saw and recorded.
struct Scene<R = Rule> {
    task: Arc<Task>,
    config: RunConfig,
    seed: u64,
    /// How the algorithm chooses its step.
    rule: R,
    policy: Policy<f32>,
    /// theta after the update.
    after: Vec<f32>,
    normaliser: ObservationNormaliser,
    batch: Batch<f32>,
    recorded: Recorded,
    steps: u64,
}

/// Refuses a run or an update that `manifest` has not, and an algorithm that takes
/// no such step.
///
/// # Errors
/// [`DissectError::Usage`].
pub fn check(manifest: &Manifest, selection: &Selection) -> Result<(), DissectError> {
    find(manifest, selection).map(|_| ())
}

/// Whether the step of `selection` is one that [`interpolate`] looks into, and not
/// [`dissect`].
pub fn is_interpolated(manifest: &Manifest, selection: &Selection) -> bool {
    let config = manifest.config(&selection.task, &selection.variant);
    config.is_some_and(|config| config.algorithm.name() == Ppo::NAME)
}

/// Makes the run of `selection` again up to its update, and measures the step
/// there. Nothing of the runs changes.
///
/// # Errors
/// If `manifest` has no such run or update, its algorithm takes no such step, or
/// the run that is made is not the one that is listed.
pub fn dissect(
    lab: &Lab,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<Dissection, DissectError> {
    let (config, listed) = find(manifest, selection)?;
    let scene = replay::replay(lab, config, (listed, selection.update), |trainer| {
        Rule::of(config, &trainer.algorithm_state(), trainer.done())
    })?;
    let step = Step::of(&scene)?;
    let candidates = step.candidates();
    if !step::is_recorded(&candidates, &scene.recorded) {
        return Err(DissectError::Disagrees(selection.to_string()));
    }
    let accepted = candidates.iter().find(|candidate| candidate.accepted);
    let returns = returns::along(&scene, &step, accepted.map(|one| one.share))?;
    let natural = scene.rule.natural;
    Ok(Dissection {
        experiment: manifest.experiment.clone(),
        manifest: manifest.digest(),
        run: listed.digest.clone(),
        task: selection.task.clone(),
        variant: selection.variant.clone(),
        algorithm: config.algorithm.name().to_owned(),
        seed: selection.seed,
        update: selection.update,
        updates: config.updates().unwrap_or(selection.update),
        steps: scene.steps,
        rows: scene.batch.rows(),
        gamma: config.common.gamma,
        delta: natural.delta,
        damping: natural.damping,
        fisher_subsample: natural.fisher_subsample,
        beta: step.beta,
        x_f_x: step.natural.x_f_x,
        x_fc_x: step.natural.x_fc_x,
        normalize_advantages: scene.rule.normalize_advantages,
        surrogate_unit: surrogate_unit(config, scene.rule.normalize_advantages).to_owned(),
        line: step.line(),
        conjugate_gradient: step.solved.clone(),
        recorded: scene.recorded.clone(),
        candidates,
        returns,
    })
}

/// The unit of L, which is that of the advantages.
fn surrogate_unit(config: &RunConfig, is_normalised: bool) -> &'static str {
    match (is_normalised, config.common.scale_rewards) {
        (true, _) => "standard deviations of the batch's advantages",
        (false, false) => "discounted reward",
        (false, true) => "discounted reward over its running deviation",
    }
}

/// The run of `selection`, with its configuration.
fn find<'m>(
    manifest: &'m Manifest,
    selection: &Selection,
) -> Result<(&'m RunConfig, &'m RunEntry), DissectError> {
    let Selection {
        task,
        variant,
        seed,
        update,
    } = selection;
    let name = &manifest.experiment;
    let unknown = |kind: &str, given: &str, known: &[String]| {
        let meant = did_you_mean(nearest(given, known.iter().map(String::as_str)));
        let message = format!(
            "{name} has no {kind} `{given}`{meant}; it has {}",
            list(known)
        );
        DissectError::Usage(message)
    };
    if !manifest.tasks.contains(task) {
        return Err(unknown("task", task, &manifest.tasks));
    }
    let config = manifest.config(task, variant);
    let config = config.ok_or_else(|| unknown("variant", variant, &manifest.variants))?;
    let mut runs = manifest.runs.iter();
    let is_its = |run: &&RunEntry| (&run.env, &run.variant) == (task, variant);
    let seeds: Vec<String> = runs
        .clone()
        .filter(is_its)
        .map(|run| run.seed.to_string())
        .collect();
    let listed = runs.find(|run| is_its(run) && run.seed == *seed);
    let listed = listed.ok_or_else(|| {
        let message = format!(
            "{name} has no run of {variant} on {task} with the seed {seed}; it has the seeds {}",
            list(&seeds)
        );
        DissectError::Usage(message)
    })?;
    let algorithm = config.algorithm.name();
    if !ALGORITHMS.contains(&algorithm) {
        return Err(DissectError::Usage(not_dissected(variant, algorithm)));
    }
    let updates = config.updates().unwrap_or(usize::MAX);
    if !(1..=updates).contains(update) {
        let message = format!(
            "there is no update {update}: the runs of {variant} on {task} have {updates} updates, \
             counted from 1"
        );
        return Err(DissectError::Usage(message));
    }
    Ok((config, listed))
}
