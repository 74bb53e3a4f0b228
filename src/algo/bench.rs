//! What an algorithm works with in one update.

use super::critic::{Critic, CriticFit};
use super::error::UpdateError;
pub use super::part::{Part, Watch};
use crate::env::vector::{BeginError, VecEnv};
use crate::env::{ActionSpace, Task};
use crate::policy::normalise::ObservationNormaliser;
use crate::policy::{Actor, Policy};
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::rollout::branch::{self, Acts, Fork, Path};
use crate::rollout::collector::{Collector, CollectorSettings, Episode};
use crate::rollout::episodes::{Acting, play};
use crate::rollout::vine::{self, Estimates, Means, Shape};
use crate::rollout::whole::WholeEpisodes;

/// The policy of a run, and what can be had for it: batches, fits of the critic,
/// returns of parameter vectors, branches. Every step of the task that any of
/// them makes is counted, and every episode that ends is recorded; what was
/// observed changes the statistics of observations when the update is over.
pub struct Bench<'a> {
    /// The policy. What its parameters are when the update is over is what the
    /// run goes on with.
    pub policy: &'a mut Policy<f32>,
    critic: &'a mut Critic,
    collector: &'a mut Collector,
    task: &'a Task,
    streams: &'a Streams,
    watch: &'a mut dyn Watch,
    observed: Vec<Vec<f64>>,
    ended: Vec<Episode>,
}

/// What is left of a [`Bench`] when its update is over.
#[derive(Debug, Default)]
pub struct Leftover {
    /// Raw observations, to learn statistics from, \[parts\]\[rows\]\[dim\].
    pub observed: Vec<Vec<f64>>,
    /// Episodes that ended.
    pub ended: Vec<Episode>,
}

impl<'a> Bench<'a> {
    /// A bench for one update, of which `watch` is told.
    pub fn new(
        policy: &'a mut Policy<f32>,
        critic: &'a mut Critic,
        collector: &'a mut Collector,
        (task, streams): (&'a Task, &'a Streams),
        watch: &'a mut dyn Watch,
    ) -> Self {
        Self {
            policy,
            critic,
            collector,
            task,
            streams,
            watch,
            observed: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Says that a part of the update begins.
    pub fn begin(&mut self, part: Part) {
        self.watch.begin(part);
    }

    /// The actions of the task.
    pub fn actions(&self) -> &ActionSpace {
        &self.task.spec().actions
    }

    /// Discount.
    pub fn gamma(&self) -> f64 {
        self.collector.settings().gamma
    }

    /// Rows of a [`batch`](Bench::batch).
    pub fn rows(&self) -> usize {
        self.horizon() * self.collector.settings().copies
    }

    /// Environment steps made so far, all copies.
    pub fn steps(&self) -> u64 {
        self.collector.steps()
    }

    /// A batch of the policy as it is, with advantages and targets.
    ///
    /// # Errors
    /// If the task fails, or cannot be begun anew where a batch is of whole episodes.
    pub fn batch(&mut self) -> Result<Batch<f32>, UpdateError> {
        if self.collector.settings().whole_episodes {
            return self.whole_episodes();
        }
        self.batch_of(self.horizon())
    }

    /// Steps of each copy in a [`batch`](Bench::batch).
    pub fn horizon(&self) -> usize {
        self.collector.settings().horizon
    }

    /// A batch of `horizon` steps of each copy, at least one, of the policy as it
    /// is, with advantages and targets. Episodes that have not ended go on in the
    /// next.
    ///
    /// # Errors
    /// If the task fails.
    pub fn batch_of(&mut self, horizon: usize) -> Result<Batch<f32>, UpdateError> {
        self.begin(Part::Collect);
        let actor = &mut self.policy.actor();
        let mut rollout = self.collector.collect(actor, horizon, &[])?;
        // First of all, so that they are kept whatever diverges below.
        self.ended.append(&mut rollout.episodes);
        self.begin(Part::Advantages);
        let batch = self
            .collector
            .batch(&rollout, |observations| self.critic.values(observations));
        self.observed.push(rollout.raw_observations);
        self.watch.collected(&batch);
        Ok(batch)
    }

    /// A batch of whole episodes, whose copies begin anew, with streams of their own.
    fn whole_episodes(&mut self) -> Result<Batch<f32>, UpdateError> {
        self.begin(Part::Collect);
        let CollectorSettings {
            copies,
            horizon,
            gamma,
            reward_factor,
            ..
        } = *self.collector.settings();
        let first = self.collector.take_trials(copies);
        let (env_streams, mut streams) = self.trial_streams(first, copies);
        let mut envs = VecEnv::with_streams(self.task, env_streams)?;
        let whole = WholeEpisodes::play(
            &mut envs,
            &mut self.policy.actor(),
            self.collector.normaliser(),
            &mut streams,
            copies * horizon,
        )?;
        self.begin(Part::Advantages);
        let batch = whole.batch(gamma, reward_factor);
        self.note_played(whole.episodes);
        self.observed.push(whole.raw_observations);
        self.watch.collected(&batch);
        Ok(batch)
    }

    /// Fits the critic to the targets of a batch when the share `done` of the
    /// run has been made. Where batches are of whole episodes there is none.
    pub fn fit(&mut self, batch: &Batch<f32>, done: f64) -> CriticFit {
        if self.collector.settings().whole_episodes {
            return CriticFit::default();
        }
        self.begin(Part::Critic);
        self.critic.fit(batch, done)
    }

    /// Raw, undiscounted returns of `episodes` episodes of the policy with the
    /// parameters `theta`, in the order of [`Policy::theta`]. Each episode has
    /// streams that no other has.
    ///
    /// # Errors
    /// If the task cannot be had, or fails.
    ///
    /// # Panics
    /// If `theta` has another number of parameters than the policy.
    pub fn returns(
        &mut self,
        theta: &[f32],
        episodes: usize,
        acting: Acting,
    ) -> Result<Vec<f64>, UpdateError> {
        let generation = self.generation(&[theta.to_vec()], episodes, acting)?;
        Ok(generation.into_iter().flatten().collect())
    }

    /// Raw undiscounted returns of `episodes` whole episodes of the policy with
    /// each of the parameter vectors `thetas`, which must be projected,
    /// \[vectors\]\[episodes\]. Episode e of every vector begins in the same
    /// first state and draws the same random numbers: vectors differ in what they
    /// do, not in luck. The next generation has others.
    ///
    /// Vectors play on the threads of the policy; what they give is put together
    /// in their order.
    ///
    /// # Errors
    /// If the task cannot be had, or fails: the first failure in the order of the
    /// vectors, of which those before it are counted.
    ///
    /// # Panics
    /// If a vector has another number of parameters than the policy.
    pub fn generation(
        &mut self,
        thetas: &[Vec<f32>],
        episodes: usize,
        acting: Acting,
    ) -> Result<Vec<Vec<f64>>, UpdateError> {
        self.begin(Part::Collect);
        let first = self.collector.take_trials(episodes);
        let streams = self.trial_streams(first, episodes);
        let mut all: Vec<Option<Result<Played, BeginError>>> = Vec::new();
        all.resize_with(thetas.len(), || None);
        let (policy, task) = (&*self.policy, self.task);
        let normaliser = self.collector.normaliser();
        policy.exec().team.for_each(&mut all, |index, played| {
            let mut actor = policy.actor_with(&thetas[index]);
            let streams = streams.clone();
            *played = Some(play_with(task, &mut actor, normaliser, streams, acting));
        });
        let mut returns = Vec::with_capacity(thetas.len());
        for played in all.into_iter().flatten() {
            let Played { episodes, observed } = played?;
            returns.push(episodes.iter().map(|episode| episode.return_).collect());
            self.note_played(episodes);
            if !observed.is_empty() {
                self.observed.push(observed);
            }
        }
        Ok(returns)
    }

    /// Walks `steps` steps, or to the end of the episode, from a first state of
    /// the task with the policy as it is. Gives the path, and for each of its
    /// steps the state before it.
    ///
    /// # Errors
    /// If the task cannot be had, fails, or cannot keep its state.
    pub fn walk(&mut self, steps: usize) -> Result<(Path, Vec<Fork>), UpdateError> {
        self.begin(Part::Collect);
        let first = self.collector.take_trials(1);
        let (mut env_streams, mut streams) = self.trial_streams(first, 1);
        let (env_stream, stream) = (env_streams.remove(0), streams.remove(0));
        let mut actor = self.policy.actor();
        let acts = self.acts(&mut actor);
        let (path, forks) = branch::walk(self.task, steps, acts, env_stream, stream)?;
        self.note(std::slice::from_ref(&path));
        Ok((path, forks))
    }

    /// Paths of at most `steps` steps from `fork` with the policy as it is, one
    /// for each row of `first`, \[paths\]\[action width\]: its first action,
    /// unclipped. The paths of one call draw the same random numbers.
    ///
    /// # Errors
    /// If the task cannot be had, fails, or cannot go on from the state.
    pub fn branch(
        &mut self,
        fork: &Fork,
        first: &[f32],
        steps: usize,
    ) -> Result<Vec<Path>, UpdateError> {
        self.begin(Part::Collect);
        let trial = self.collector.take_trials(1);
        let (_, streams) = self.trial_streams(trial, 1);
        let mut actor = self.policy.actor();
        let acts = self.acts(&mut actor);
        let paths = branch::branch(self.task, fork, first, steps, acts, &streams[0])?;
        self.note(&paths);
        Ok(paths)
    }

    /// A batch of which no more is wanted than the states before the rows `forks`, in
    /// ascending order: the trunk of a vine.
    ///
    /// # Errors
    /// If the task fails, or cannot keep its state.
    pub fn trunk(&mut self, forks: &[usize]) -> Result<Vec<Fork>, UpdateError> {
        self.begin(Part::Collect);
        let horizon = self.horizon();
        let actor = &mut self.policy.actor();
        let mut rollout = self.collector.collect(actor, horizon, forks)?;
        self.ended.append(&mut rollout.episodes);
        self.observed.push(rollout.raw_observations);
        Ok(rollout.forks)
    }

    /// Q of the actions `first` in the states `forks`, by rollouts of the policy as it
    /// is with streams from `index` on: see [`vine::estimate`]. Their observations are
    /// not learnt.
    ///
    /// # Errors
    /// If the task cannot be had, fails, or cannot go on from a state.
    pub fn rollouts(
        &mut self,
        forks: &[Fork],
        first: &[f32],
        shape: Shape,
        index: u64,
    ) -> Result<Estimates, UpdateError> {
        self.begin(Part::Collect);
        let means = Means {
            task: self.task,
            actor: self.policy.actor(),
            normaliser: self.collector.normaliser(),
            streams: self.streams,
            team: &self.policy.exec().team,
        };
        let found = vine::estimate(&means, forks, first, shape, index)?;
        self.collector.count_steps(found.steps);
        Ok(found)
    }

    /// Ends the update.
    pub fn finish(self) -> Leftover {
        Leftover {
            observed: self.observed,
            ended: self.ended,
        }
    }

    fn acts<'b>(&'b self, actor: &'b mut Actor<f32>) -> Acts<'b> {
        Acts {
            actor,
            normaliser: self.collector.normaliser(),
        }
    }

    /// Streams of `count` trials from `first` on: of the task, and of actions.
    fn trial_streams(&self, first: u32, count: usize) -> (Vec<Rng>, Vec<Rng>) {
        let streams = |purpose| {
            // Stream indices are 32 bits wide; after so many trials they repeat.
            let index = |i| first.wrapping_add(i as u32);
            let stream = |i| self.streams.stream(purpose, index(i));
            (0..count).map(stream).collect()
        };
        (streams(Purpose::Trial), streams(Purpose::TrialAction))
    }

    /// Counts and records whole episodes, which were played side by side.
    fn note_played(&mut self, mut played: Vec<Episode>) {
        let before = self.collector.steps();
        let lengths = played.iter().map(|episode| u64::from(episode.length));
        self.collector.count_steps(lengths.sum());
        // A sort that keeps the order of episodes that ended together.
        played.sort_by_key(|episode| episode.end_step);
        self.ended.extend(played.into_iter().map(|episode| Episode {
            end_step: before + episode.end_step,
            ..episode
        }));
    }

    /// Counts the steps of `paths`, whose observations are to be learnt.
    fn note(&mut self, paths: &[Path]) {
        for path in paths {
            self.collector.count_steps(path.len() as u64);
            self.observed.push(path.raw_observations.clone());
        }
    }
}

/// What one parameter vector played.
struct Played {
    episodes: Vec<Episode>,
    /// Raw observations, where statistics are learnt from them.
    observed: Vec<f64>,
}

/// One episode for each stream of the task, in `streams`, with one of the actions.
fn play_with(
    task: &Task,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    (env_streams, mut action_streams): (Vec<Rng>, Vec<Rng>),
    acting: Acting,
) -> Result<Played, BeginError> {
    let mut envs = VecEnv::with_streams(task, env_streams)?;
    let rngs = match acting {
        Acting::Mode => None,
        Acting::Sample => Some(&mut action_streams[..]),
    };
    let (mut observed, is_learnt) = (Vec::new(), normaliser.is_enabled());
    let seen = |raw: &[f64]| {
        if is_learnt {
            observed.extend_from_slice(raw);
        }
    };
    let episodes = play(&mut envs, actor, normaliser, rngs, seen)?;
    Ok(Played { episodes, observed })
}
