//! Steps copies of a task with a policy.

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::branch::{BranchError, Fork};
use super::gae::{Trajectories, advantages};
use super::normalise::RewardScaler;
use crate::env::vector::{BeginError, RestoreError, VecEnv, VecEnvState};
use crate::env::{Actions, Fault, Outcome, Task};
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::{Purpose, Rng, Streams};

/// What a collector is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CollectorSettings {
    /// Copies of the task.
    pub copies: usize,
    /// Steps of each copy in a batch.
    pub horizon: usize,
    /// Discount.
    pub gamma: f64,
    /// lambda of the advantage estimation.
    pub lambda: f64,
    /// Whether observations are normalised.
    pub normalize_observations: bool,
    /// Whether rewards are scaled.
    pub scale_rewards: bool,
    /// What rewards are multiplied by first of all.
    pub reward_factor: f64,
    /// Whether a batch consists of whole episodes, without a critic.
    pub whole_episodes: bool,
}

/// Copies of a task, the statistics of what they gave, and episodes that have
/// not ended: they go on in the next batch.
pub struct Collector {
    settings: CollectorSettings,
    envs: VecEnv,
    state: CollectorState,
}

/// What of a [`Collector`], beside the copies, must survive an interruption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CollectorState {
    action_streams: Vec<Rng>,
    normaliser: ObservationNormaliser,
    scaler: RewardScaler,
    episode_returns: Vec<f64>,
    episode_lengths: Vec<u32>,
    steps: u64,
    /// Streams of trials that have been used.
    trials: u32,
}

/// A [`Collector`] in a form that serialises.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CollectorSnapshot {
    envs: VecEnvState,
    state: CollectorState,
}

impl CollectorSnapshot {
    /// Steps made before it, all copies.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }
}

/// An episode that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// Steps of the whole run, all copies, when it ended.
    pub end_step: u64,
    /// Raw and undiscounted.
    pub return_: f64,
    /// Its steps.
    pub length: u32,
    /// What ended it, if that was no rule of the task.
    pub fault: Option<Fault>,
}

/// Steps of all copies, \[horizon\]\[copies\] flattened to rows.
#[derive(Debug, Clone, Default)]
pub struct Rollout {
    /// As the environment gave them, \[rows\]\[dim\].
    pub raw_observations: Vec<f64>,
    /// As the policy saw them, \[rows\]\[dim\].
    pub observations: Vec<f32>,
    /// As the policy chose them, unclipped, \[rows\]\[action width\].
    pub actions: Vec<f32>,
    /// Parameters of the distributions that they were drawn from, \[rows\]\[params\].
    pub params: Vec<f32>,
    /// Raw.
    pub rewards: Vec<f64>,
    /// Whether the task ended by its own rules.
    pub terminated: Vec<bool>,
    /// Whether the time limit cut the episode.
    pub truncated: Vec<bool>,
    /// Rows whose next value is that of an observation outside `observations`:
    /// cut by the time limit or by the end of the batch.
    pub cut_rows: Vec<usize>,
    /// The true next observations of `cut_rows`, as the policy would see them.
    pub cut_observations: Vec<f32>,
    /// Episodes that ended.
    pub episodes: Vec<Episode>,
    /// The states before the rows that were asked for.
    pub forks: Vec<Fork>,
}

impl Collector {
    /// Fresh copies of `task`.
    ///
    /// # Errors
    /// If the task cannot be had, or fails.
    pub fn new(
        task: &Task,
        settings: CollectorSettings,
        streams: &Streams,
    ) -> Result<Self, BeginError> {
        let copies = settings.copies;
        let envs = VecEnv::new(task, copies, streams)?;
        let dim = envs.spec().observation_dim;
        let action_stream = |copy| streams.stream(Purpose::Action, copy as u32);
        Ok(Self {
            envs,
            state: CollectorState {
                action_streams: (0..copies).map(action_stream).collect(),
                normaliser: ObservationNormaliser::new(dim, settings.normalize_observations),
                scaler: RewardScaler::new(copies, settings.gamma, settings.scale_rewards),
                episode_returns: vec![0.0; copies],
                episode_lengths: vec![0; copies],
                steps: 0,
                trials: 0,
            },
            settings,
        })
    }

    /// The same, which normalises observations with these statistics.
    pub fn with_normaliser(mut self, normaliser: ObservationNormaliser) -> Self {
        self.state.normaliser = normaliser;
        self
    }

    /// Its state; `None` where the task cannot keep its own.
    pub fn snapshot(&self) -> Option<CollectorSnapshot> {
        Some(CollectorSnapshot {
            envs: self.envs.snapshot()?,
            state: self.state.clone(),
        })
    }

    /// Goes on from `snapshot`.
    pub fn restore(&mut self, snapshot: CollectorSnapshot) -> Result<(), RestoreError> {
        self.envs.restore(snapshot.envs)?;
        self.state = snapshot.state;
        Ok(())
    }

    /// What it was told.
    pub fn settings(&self) -> &CollectorSettings {
        &self.settings
    }

    /// Steps made so far, all copies.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// The statistics with which observations are normalised.
    pub fn normaliser(&self) -> &ObservationNormaliser {
        &self.state.normaliser
    }

    /// The statistics that are numbers no more, by name.
    pub fn overflown(&self) -> Option<&'static str> {
        match (
            self.state.normaliser.is_finite(),
            self.state.scaler.is_finite(),
        ) {
            (false, _) => Some("observation_statistics"),
            (_, false) => Some("reward_statistics"),
            _ => None,
        }
    }

    /// Counts steps that were made outside of a batch.
    pub fn count_steps(&mut self, steps: u64) {
        self.state.steps += steps;
    }

    /// Takes the streams of `count` trials, which nobody else gets; gives the
    /// index of the first.
    pub fn take_trials(&mut self, count: usize) -> u32 {
        let first = self.state.trials;
        self.state.trials = first.wrapping_add(count as u32);
        first
    }

    /// Merges raw observations, \[rows\]\[dim\], into the statistics, which
    /// apply from the next batch.
    pub fn learn_statistics(&mut self, raw_observations: &[f64]) {
        self.state.normaliser.learn(raw_observations);
    }

    /// Collects `horizon` steps of each copy, at least one, with the statistics as
    /// they are, and keeps the states before the rows `forks`, in ascending order.
    ///
    /// # Errors
    /// If the task fails, or cannot keep its state.
    pub fn collect(
        &mut self,
        actor: &mut Actor<f32>,
        horizon: usize,
        forks: &[usize],
    ) -> Result<Rollout, BranchError> {
        let copies = self.settings.copies;
        let spec = self.envs.spec();
        let dim = spec.observation_dim;
        let rows = copies * horizon;
        let mut actions = Actions::new(&spec.actions, copies);
        let mut rollout = Rollout {
            raw_observations: Vec::with_capacity(rows * dim),
            observations: Vec::with_capacity(rows * dim),
            actions: Vec::with_capacity(rows * actions.width()),
            rewards: Vec::with_capacity(rows),
            terminated: Vec::with_capacity(rows),
            truncated: Vec::with_capacity(rows),
            ..Rollout::default()
        };
        let mut seen = vec![0.0; copies * dim];
        let mut forks = forks.iter().peekable();
        for step in 0..horizon {
            let raw = self.envs.observations();
            self.state.normaliser.apply(raw, &mut seen);
            rollout.raw_observations.extend_from_slice(raw);
            rollout.observations.extend_from_slice(&seen);
            while let Some(row) = forks.next_if(|row| **row < (step + 1) * copies) {
                rollout
                    .forks
                    .push(Fork::of(&self.envs, row % copies, &seen)?);
            }
            actions.choose(|chosen| actor.sample(&seen, &mut self.state.action_streams, chosen));
            rollout.actions.extend_from_slice(actions.chosen());
            rollout.params.extend_from_slice(actor.params());
            self.envs.step_all(&actions)?;
            self.state.steps += copies as u64;
            for copy in 0..copies {
                self.note(copy, step + 1 == horizon, &mut rollout);
            }
        }
        Ok(rollout)
    }

    /// Notes what the last step of a copy gave.
    fn note(&mut self, copy: usize, last: bool, rollout: &mut Rollout) {
        let Outcome {
            reward,
            terminated,
            truncated,
            fault,
        } = self.envs.outcomes()[copy];
        let row = rollout.rewards.len();
        rollout.rewards.push(reward);
        rollout.terminated.push(terminated);
        rollout.truncated.push(truncated);
        if !terminated && (truncated || last) {
            let next = self.envs.next_observation(copy);
            let start = rollout.cut_observations.len();
            rollout.cut_rows.push(row);
            rollout.cut_observations.resize(start + next.len(), 0.0);
            self.state
                .normaliser
                .apply(next, &mut rollout.cut_observations[start..]);
        }
        self.state.episode_returns[copy] += reward;
        self.state.episode_lengths[copy] += 1;
        if terminated || truncated {
            rollout.episodes.push(Episode {
                end_step: self.state.steps,
                return_: std::mem::take(&mut self.state.episode_returns[copy]),
                length: std::mem::take(&mut self.state.episode_lengths[copy]),
                fault,
            });
        }
    }

    /// The batch of a rollout. `values` gives V(s) for rows of observations.
    /// Rewards are scaled by statistics that know this batch already.
    pub fn batch(&mut self, rollout: &Rollout, values: impl Fn(&[f32]) -> Vec<f32>) -> Batch<f32> {
        let CollectorSettings {
            copies,
            gamma,
            lambda,
            reward_factor,
            ..
        } = self.settings;
        let done = |row: usize| rollout.terminated[row] || rollout.truncated[row];
        let rewards: Vec<f64> = rollout.rewards.iter().map(|r| r * reward_factor).collect();
        let rewards = self.state.scaler.scale(&rewards, done);
        let wide = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
        let v = wide(values(&rollout.observations));
        // Inside an episode the next observation is that of the next row.
        let mut next_v = v[copies..].to_vec();
        next_v.resize(v.len(), 0.0);
        let cut_v = wide(values(&rollout.cut_observations));
        for (&row, v) in rollout.cut_rows.iter().zip(cut_v) {
            next_v[row] = v;
        }
        let a = advantages(
            Trajectories {
                rewards: &rewards,
                values: &v,
                next_values: &next_v,
                terminated: &rollout.terminated,
                truncated: &rollout.truncated,
                copies,
            },
            gamma,
            lambda,
        );
        Batch {
            observations: rollout.observations.clone(),
            actions: rollout.actions.clone(),
            old_params: rollout.params.clone(),
            targets: a.iter().zip(&v).map(|(a, v)| (a + v) as f32).collect(),
            advantages: a.iter().map(|&a| a as f32).collect(),
            values: v.iter().map(|&v| v as f32).collect(),
        }
    }
}
