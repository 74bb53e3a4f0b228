//! Trajectories from a state to which a task is put back: the branches of the
//! vine of Schulman et al. 2015, section 5.2.

use crate::env::vector::{BeginError, VecEnv};
use crate::env::{Actions, EnvError, EnvFailed, Saved, Task};
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::Rng;

/// A state of the task from which trajectories can branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// The state of the task.
    pub(super) state: Saved,
    /// What it showed there.
    pub(super) observation: Vec<f64>,
    /// What the policy saw of that.
    pub shown: Vec<f32>,
}

impl Fork {
    /// Where copy `i` stands, of which the policy sees its row of `shown`.
    ///
    /// # Errors
    /// If the task cannot keep its state.
    pub(super) fn of(envs: &VecEnv, i: usize, shown: &[f32]) -> Result<Self, EnvError> {
        let dim = envs.spec().observation_dim;
        let row = i * dim..(i + 1) * dim;
        let unkept = || EnvError::Unkept {
            id: envs.spec().id.to_string(),
        };
        Ok(Self {
            state: envs.save(i).ok_or_else(unkept)?,
            observation: envs.observations()[row.clone()].to_vec(),
            shown: shown[row].to_vec(),
        })
    }
}

/// Consecutive steps of one copy, until its episode or they end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path {
    /// As the environment gave them, \[steps\]\[dim\].
    pub raw_observations: Vec<f64>,
    /// As the policy saw them, \[steps\]\[dim\].
    pub observations: Vec<f32>,
    /// Unclipped, \[steps\]\[action width\].
    pub actions: Vec<f32>,
    /// Raw, \[steps\].
    pub rewards: Vec<f64>,
    /// Whether the task ended by its own rules.
    pub terminated: bool,
    /// Whether the time limit cut the episode.
    pub truncated: bool,
}

impl Path {
    /// Its steps.
    pub fn len(&self) -> usize {
        self.rewards.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rewards.is_empty()
    }
}

/// Why there are no branches.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// Copies of the task could not be begun.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// The task failed.
    #[error(transparent)]
    Failed(#[from] EnvFailed),
    /// A state cannot be kept, or not be gone on from.
    #[error(transparent)]
    State(#[from] EnvError),
}

/// What acts: a policy with the statistics of what it sees.
pub struct Acts<'a> {
    /// The policy.
    pub actor: &'a mut Actor<f32>,
    /// The statistics, frozen.
    pub normaliser: &'a ObservationNormaliser,
}

/// Walks `steps` steps, or to the end of the episode, from a first state of
/// `task` drawn from `env_stream`, with actions drawn from `stream`; gives the
/// path, and the state before each of its steps.
///
/// # Errors
/// If the task cannot be had, fails, or cannot keep its state.
pub fn walk(
    task: &Task,
    steps: usize,
    acts: Acts<'_>,
    env_stream: Rng,
    stream: Rng,
) -> Result<(Path, Vec<Fork>), BranchError> {
    let mut envs = VecEnv::with_streams(task, vec![env_stream])?;
    let mut forks = Vec::new();
    let keep = |envs: &VecEnv, shown: &[f32]| {
        forks.push(Fork::of(envs, 0, shown)?);
        Ok(())
    };
    let mut paths = follow(&mut envs, steps, acts, &mut [stream], None, keep)?;
    Ok((paths.remove(0), forks))
}

/// Paths of at most `steps` steps from `fork`, one for each row of `first`,
/// \[paths\]\[action width\]: its first action, unclipped. Later actions are
/// drawn from `stream`, and the task draws from its own: the same numbers on
/// every path.
///
/// # Errors
/// If the task cannot be had, fails, or cannot go on from the state.
pub fn branch(
    task: &Task,
    fork: &Fork,
    first: &[f32],
    steps: usize,
    acts: Acts<'_>,
    stream: &Rng,
) -> Result<Vec<Path>, BranchError> {
    let paths = first.len() / task.spec().actions.width();
    let mut streams = vec![stream.clone(); paths];
    let mut envs = VecEnv::with_streams(task, streams.clone())?;
    for path in 0..paths {
        envs.put(path, &fork.state, &fork.observation)?;
    }
    follow(&mut envs, steps, acts, &mut streams, Some(first), |_, _| {
        Ok(())
    })
}

/// Steps every copy until it ends an episode, `steps` times at most; `before`
/// sees the copies before each step.
fn follow(
    envs: &mut VecEnv,
    steps: usize,
    acts: Acts<'_>,
    streams: &mut [Rng],
    first: Option<&[f32]>,
    mut before: impl FnMut(&VecEnv, &[f32]) -> Result<(), EnvError>,
) -> Result<Vec<Path>, BranchError> {
    let (count, dim) = (envs.copies(), envs.spec().observation_dim);
    let mut actions = Actions::new(&envs.spec().actions, count);
    let width = actions.width();
    let mut shown = vec![0.0; count * dim];
    let mut paths = vec![Path::default(); count];
    let mut running: Vec<usize> = (0..count).collect();
    for step in 0..steps {
        if running.is_empty() {
            break;
        }
        acts.normaliser.apply(envs.observations(), &mut shown);
        before(envs, &shown)?;
        actions.choose(|chosen| {
            acts.actor.sample(&shown, streams, chosen);
            if let (0, Some(first)) = (step, first) {
                chosen.copy_from_slice(first);
            }
        });
        for &i in &running {
            let path = &mut paths[i];
            let raw = &envs.observations()[i * dim..][..dim];
            path.raw_observations.extend_from_slice(raw);
            path.observations
                .extend_from_slice(&shown[i * dim..][..dim]);
            path.actions
                .extend_from_slice(&actions.chosen()[i * width..][..width]);
        }
        envs.step_all(&actions)?;
        running.retain(|&i| {
            let outcome = envs.outcomes()[i];
            let path = &mut paths[i];
            path.rewards.push(outcome.reward);
            path.terminated = outcome.terminated;
            path.truncated = outcome.truncated;
            actions.set_rests(i, outcome.ended());
            !outcome.ended()
        });
    }
    Ok(paths)
}
