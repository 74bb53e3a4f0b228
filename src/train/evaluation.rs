//! Evaluations of the policy: K + 1 points while it trains, and the final one.
//!
//! They change nothing in the training: observations are normalised by statistics
//! that stay as they are, episodes draw from streams that nothing else draws
//! from, and their steps are not counted. Streams depend on the seed of the run
//! and on its task alone, so that all variants are evaluated from the same states.

use std::ops::{ControlFlow, Range};

use super::start::{check_versions, fits};
use super::{EVALUATION, End, Observer, Part, StartError, Trainer, faults};
use crate::config::{Acts, Starts};
use crate::env::Task;
use crate::env::vector::{BeginError, VecEnv};
use crate::exec::Exec;
use crate::lab::Lab;
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::record::{Evaluation, Point};
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::episodes::{evaluate, play_rewarded};
use crate::saved::SavedPolicy;

impl Trainer {
    /// Makes every point that is due, each the policy after so many updates:
    /// see [`RunConfig::point_update`](crate::config::RunConfig::point_update). A
    /// point is made whole or not at all.
    pub(super) fn make_points(&mut self, observer: &mut impl Observer) -> ControlFlow<()> {
        while self.is_point_due() {
            observer.begin(Part::Evaluation);
            match self.evaluate_point() {
                Ok(evaluation) if !evaluation.mean_return().is_finite() => {
                    self.progress.end = Some(End::Diverged(EVALUATION.to_owned()));
                }
                Ok(evaluation) => {
                    self.progress.points.push(Point {
                        update: self.progress.update,
                        step: self.steps(),
                        evaluation,
                    });
                    self.keep_best();
                }
                Err(error) => {
                    let error = format!("in an evaluation while training: {error}");
                    self.progress.end = Some(End::Failed(error));
                }
            }
            observer.evaluated(self)?;
        }
        ControlFlow::Continue(())
    }

    fn is_point_due(&self) -> bool {
        let (next, last) = (self.progress.points.len(), self.config.points());
        if last == 0 || next > last || self.has_ended_early() {
            return false;
        }
        match self.config.point_update(next) {
            Some(update) => self.progress.update >= update,
            None => (self.config.point_step(next)).is_some_and(|step| self.steps() >= step),
        }
    }

    /// The next point.
    fn evaluate_point(&self) -> Result<Evaluation, BeginError> {
        let common = &self.config.common;
        let episodes = common.evaluation_episodes;
        let first = match common.evaluation_starts {
            // RunConfig::check keeps the product below 2^32.
            Starts::Fresh => self.progress.points.len() * episodes,
            Starts::Same => 0,
        };
        self.evaluate(first, episodes, Purpose::Point, Purpose::PointAction)
    }

    pub(super) fn evaluate_final(&self) -> Result<Evaluation, BeginError> {
        let episodes = self.config.common.final_episodes();
        self.evaluate(0, episodes, Purpose::Evaluation, Purpose::EvaluationAction)
    }

    /// `episodes` episodes with the streams from `first` on.
    fn evaluate(
        &self,
        first: usize,
        episodes: usize,
        starts: Purpose,
        actions: Purpose,
    ) -> Result<Evaluation, BeginError> {
        let acts = self.config.common.evaluation_policy;
        Episodes {
            task: &self.task,
            streams: &self.streams,
            of: first..first + episodes,
            starts,
            actions: (acts == Acts::Sample).then_some(actions),
        }
        .play(&mut self.policy.actor(), self.collector.normaliser())
    }
}

/// Episodes that are played to evaluate a policy.
struct Episodes<'a> {
    task: &'a Task,
    streams: &'a Streams,
    /// Their streams, by index.
    of: Range<usize>,
    starts: Purpose,
    /// Of the actions, where these are drawn.
    actions: Option<Purpose>,
}

impl Episodes<'_> {
    fn play(
        &self,
        actor: &mut Actor<f32>,
        normaliser: &ObservationNormaliser,
    ) -> Result<Evaluation, BeginError> {
        let streams = |purpose| -> Vec<Rng> {
            let indices = self.of.clone();
            let stream = |index| self.streams.stream(purpose, index as u32);
            indices.map(stream).collect()
        };
        let (starts, actions) = (streams(self.starts), self.actions.map(streams));
        let played = evaluate(self.task, actor, normaliser, starts, actions)?;
        Ok(Evaluation {
            returns: played.iter().map(|episode| episode.return_).collect(),
            lengths: played.iter().map(|episode| episode.length).collect(),
            faults: faults(&played, 0).collect(),
        })
    }
}

/// How the policy of a file is evaluated: by default as the final policy of its run was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Episodes, the first of which are those of the run's evaluation; as many as it had
    /// if none are said. At most 2^32.
    pub episodes: Option<u32>,
    /// Whether actions are drawn, from streams of their own, whatever the run did.
    pub is_stochastic: bool,
    /// Another task of the same spaces.
    pub env: Option<String>,
}

/// An episode, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What the task showed before every step, and after the last, \[steps + 1\]\[dim\].
    pub observations: Vec<Vec<f64>>,
    /// What every step gave, \[steps\].
    pub rewards: Vec<f64>,
}

/// The episodes of the evaluation of a policy of a file, from the first to the one before
/// `episodes`, step by step.
///
/// # Errors
/// If there is no such task, or it has changed, has other spaces, or fails.
pub fn watch_saved(
    lab: &Lab,
    policy: &SavedPolicy,
    episodes: u32,
    exec: &Exec,
) -> Result<Vec<Seen>, StartError> {
    let config = &policy.about.config;
    let task = lab.task_of(config)?;
    check_versions(lab, config, &task)?;
    fits(policy, task.spec()).map_err(StartError::Policy)?;
    let streams = Streams::new(policy.about.seed, &config.env);
    let (mut actor, draws) = (
        policy.actor(exec),
        config.common.evaluation_policy == Acts::Sample,
    );
    let watch = |index: u32| {
        let start = streams.stream(Purpose::Evaluation, index);
        let mut action = [streams.stream(Purpose::EvaluationAction, index)];
        let mut envs = VecEnv::with_streams(&task, vec![start])?;
        let (mut observations, mut rewards) = (Vec::new(), Vec::new());
        play_rewarded(
            &mut envs,
            &mut actor,
            &policy.normaliser,
            draws.then_some(&mut action[..]),
            |raw| observations.push(raw.to_vec()),
            |_, reward| rewards.push(reward),
        )
        .map_err(BeginError::from)?;
        observations.push(envs.next_observation(0).to_vec());
        Ok(Seen {
            observations,
            rewards,
        })
    };
    (0..episodes).map(watch).collect()
}

/// Evaluates the policy of a file: with `asked` as it is by default the same episodes, bit
/// for bit, as the evaluation of its run had.
///
/// # Errors
/// If there is no such task, or it has changed, has other spaces, or fails.
pub fn evaluate_saved(
    lab: &Lab,
    policy: &SavedPolicy,
    asked: &Asked,
    exec: &Exec,
) -> Result<Evaluation, StartError> {
    let mut config = policy.about.config.clone();
    let is_other = asked.env.as_ref().is_some_and(|env| *env != config.env);
    if is_other {
        // Arguments are those of the run's own task.
        (config.env_args, config.time_limit) = Default::default();
    }
    config.env = asked.env.clone().unwrap_or(config.env);
    let task = lab.task_of(&config)?;
    if !is_other {
        check_versions(lab, &config, &task)?;
    }
    fits(policy, task.spec()).map_err(StartError::Policy)?;
    let common = &config.common;
    let drawn = match (asked.is_stochastic, common.evaluation_policy) {
        (true, _) => Some(Purpose::SavedAction),
        (false, Acts::Sample) => Some(Purpose::EvaluationAction),
        (false, Acts::Mode) => None,
    };
    let count = asked.episodes.map(|count| count as usize);
    let episodes = Episodes {
        task: &task,
        streams: &Streams::new(policy.about.seed, &config.env),
        of: 0..count.unwrap_or(common.final_episodes()),
        starts: Purpose::Evaluation,
        actions: drawn,
    };
    Ok(episodes.play(&mut policy.actor(exec), &policy.normaliser)?)
}
