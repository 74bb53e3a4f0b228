//! Training: a pure function of a configuration and a seed.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::algo::critic::{Critic, CriticState};
use crate::algo::{AnyAlgorithm, Diverged};
use crate::config::RunConfig;
use crate::env::Fault;
use crate::env::registry::{self, Unavailable};
use crate::env::vector::RestoreError;
use crate::exec::Exec;
use crate::policy::Policy;
use crate::record::{
    Curve, EpisodeFault, Episodes, Evaluation, NUMERICS, Provenance, RunRecord, SCHEMA, Status,
    Value,
};
use crate::rng::{Purpose, Streams};
use crate::rollout::collector::{
    Collector, CollectorSettings, CollectorSnapshot, Episode, Rollout,
};
use crate::rollout::evaluate::evaluate;

/// The parts of which an update consists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Stepping the environments.
    Collect,
    /// Values and advantages.
    Advantages,
    /// The policy step.
    Policy,
    /// The critic's fit.
    Critic,
    /// The evaluation of the final policy.
    Evaluation,
}

impl Part {
    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Part::Collect => "collect",
            Part::Advantages => "advantages",
            Part::Policy => "policy",
            Part::Critic => "critic",
            Part::Evaluation => "evaluation",
        }
    }
}

/// Is told what training does. Clocks, progress and checkpoints live in its
/// implementations; nothing that it does can change a result.
pub trait Observer {
    /// A part begins.
    fn begin(&mut self, _part: Part) {}

    /// An update has been made; `Break` leaves the run where it is.
    fn updated(&mut self, _trainer: &Trainer) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// An observer that does nothing.
impl Observer for () {}

/// Trains to the end. An environment that does not exist gives a record of a
/// failed run.
pub fn train(config: &RunConfig, seed: u64) -> RunRecord {
    match Trainer::new(config, seed) {
        Ok(mut trainer) => {
            // The observer that does nothing never breaks off.
            let _ = trainer.run(&mut ());
            trainer.into_record(&mut ())
        }
        Err(error) => failed(config, seed, error.to_string()),
    }
}

/// The record of a run that could not be made.
pub fn failed(config: &RunConfig, seed: u64, error: String) -> RunRecord {
    let mut record = RunRecord {
        schema: SCHEMA,
        config: config.clone(),
        seed,
        status: Status::Failed { error },
        curve: Curve::default(),
        episodes: Episodes::default(),
        evaluation: None,
        numerics: NUMERICS,
        digest: String::new(),
        provenance: Provenance::default(),
    };
    record.digest = record.compute_digest();
    record
}

/// A run between two updates.
pub struct Trainer {
    config: RunConfig,
    seed: u64,
    streams: Streams,
    policy: Policy<f32>,
    critic: Critic,
    algorithm: AnyAlgorithm,
    collector: Collector,
    progress: Progress,
}

/// What a run has recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    update: usize,
    curve: Curve,
    episodes: Episodes,
    diverged: Option<String>,
}

/// Everything from which a run goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checkpoint {
    config: RunConfig,
    seed: u64,
    numerics: u32,
    theta: Vec<f32>,
    critic: CriticState,
    algorithm: AnyAlgorithm,
    collector: CollectorSnapshot,
    progress: Progress,
}

impl Checkpoint {
    /// Whether it is of the run of `config` with `seed`.
    pub fn is_of(&self, config: &RunConfig, seed: u64) -> bool {
        self.config == *config && self.seed == seed
    }
}

/// Why a run cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The task is not known.
    #[error(transparent)]
    Env(#[from] Unavailable),
    /// The copies of the task cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// It was made by other code.
    #[error("the checkpoint has numerics version {0}, this program has {NUMERICS}")]
    Numerics(u32),
    /// It does not fit its own configuration.
    #[error("the checkpoint has a network of {0} parameters, its configuration asks for {1}")]
    Parameters(usize, usize),
}

impl Trainer {
    /// A run before its first update.
    pub fn new(config: &RunConfig, seed: u64) -> Result<Self, Unavailable> {
        let common = &config.common;
        let spec = registry::spec(&config.env)?;
        let streams = Streams::new(seed, &config.env);
        let policy = Policy::new(
            spec.observation_dim,
            &spec.actions,
            &common.hidden,
            common.log_std,
            &mut streams.stream(Purpose::Initialisation, 0),
        );
        let critic = Critic::new(
            &config.critic,
            spec.observation_dim,
            &common.hidden,
            &streams,
        );
        let settings = CollectorSettings {
            copies: common.copies,
            horizon: common.batch / common.copies,
            gamma: common.gamma,
            lambda: common.lambda,
            normalize_observations: common.normalize_observations,
            scale_rewards: common.scale_rewards,
        };
        Ok(Self {
            collector: Collector::new(&config.env, settings, &streams)?,
            algorithm: config.algorithm.build(policy.theta().len(), &streams),
            critic,
            policy,
            streams,
            seed,
            config: config.clone(),
            progress: Progress::default(),
        })
    }

    /// The same run, which computes with `exec`.
    pub fn with_exec(self, exec: &Exec) -> Self {
        Self {
            policy: self.policy.with_exec(exec),
            critic: self.critic.with_exec(exec),
            ..self
        }
    }

    /// A run as it stood when `checkpoint` was made.
    pub fn resume(checkpoint: Checkpoint) -> Result<Self, ResumeError> {
        if checkpoint.numerics != NUMERICS {
            return Err(ResumeError::Numerics(checkpoint.numerics));
        }
        let mut trainer = Self::new(&checkpoint.config, checkpoint.seed)?;
        let expected = trainer.policy.theta().len();
        if checkpoint.theta.len() != expected {
            return Err(ResumeError::Parameters(checkpoint.theta.len(), expected));
        }
        trainer.policy.set_theta(&checkpoint.theta);
        trainer
            .critic
            .restore(checkpoint.critic)
            .map_err(|(given, expected)| ResumeError::Parameters(given, expected))?;
        trainer.algorithm = checkpoint.algorithm;
        trainer.collector.restore(checkpoint.collector)?;
        trainer.progress = checkpoint.progress;
        Ok(trainer)
    }

    /// Everything from which the run goes on.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            config: self.config.clone(),
            seed: self.seed,
            numerics: NUMERICS,
            theta: self.policy.theta(),
            critic: self.critic.state(),
            algorithm: self.algorithm.clone(),
            collector: self.collector.snapshot(),
            progress: self.progress.clone(),
        }
    }

    /// Its configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The policy as it is.
    pub fn policy(&self) -> &Policy<f32> {
        &self.policy
    }

    /// Updates made.
    pub fn updates(&self) -> usize {
        self.progress.update
    }

    /// Environment steps made, all copies.
    pub fn steps(&self) -> u64 {
        self.collector.steps()
    }

    /// Whether no update is left to make.
    pub fn is_finished(&self) -> bool {
        self.has_diverged() || self.progress.update >= self.config.updates()
    }

    /// Whether a quantity stopped being finite, so that nothing is left to do.
    pub fn has_diverged(&self) -> bool {
        self.progress.diverged.is_some()
    }

    /// Makes updates until none is left, or the observer breaks off.
    pub fn run(&mut self, observer: &mut impl Observer) -> ControlFlow<()> {
        while !self.is_finished() {
            match self.update(observer) {
                Ok(row) => {
                    self.progress.curve.push(&row);
                    self.progress.update += 1;
                }
                Err(Diverged { quantity }) => self.progress.diverged = Some(quantity),
            }
            observer.updated(self)?;
        }
        ControlFlow::Continue(())
    }

    /// One update: collect, advantages, policy step, critic fit, statistics.
    fn update(
        &mut self,
        observer: &mut impl Observer,
    ) -> Result<Vec<(&'static str, Value)>, Diverged> {
        let share_done = self.progress.update as f64 / self.config.updates() as f64;
        observer.begin(Part::Collect);
        let rollout = self.collector.collect(&mut self.policy.actor());
        // First of all, so that they are kept whatever diverges below.
        let mut row = self.episode_columns(&rollout);
        observer.begin(Part::Advantages);
        let batch = self
            .collector
            .batch(&rollout, |observations| self.critic.values(observations));
        observer.begin(Part::Policy);
        let step = self
            .algorithm
            .policy_step(&mut self.policy, &batch, share_done)?;
        observer.begin(Part::Critic);
        let fit = self.critic.fit(&batch, share_done);
        self.collector.learn_statistics(&rollout);

        row.extend_from_slice(step.columns());
        if let Some(log_std) = self.policy.mean_log_std() {
            row.push(("log_std", log_std.into()));
        }
        row.extend(fit.columns());
        for (name, value) in &row {
            if let Value::Number(Some(number)) = value {
                Diverged::unless_finite(name, *number)?;
            }
        }
        Ok(row)
    }

    /// Notes the episodes that ended; their columns of the record.
    fn episode_columns(&mut self, rollout: &Rollout) -> Vec<(&'static str, Value)> {
        let ended = &rollout.episodes;
        let noted = &mut self.progress.episodes;
        noted.faults.extend(faults(ended, noted.length.len()));
        for episode in ended {
            noted.end_step.push(episode.end_step);
            noted.returns.push(episode.return_);
            noted.length.push(episode.length);
        }
        let count = ended.len() as f64;
        let mean = |sum: f64| (count > 0.0).then(|| sum / count);
        let returns = ended.iter().map(|episode| episode.return_).sum();
        let lengths = ended.iter().map(|episode| f64::from(episode.length)).sum();
        vec![
            ("step", (self.collector.steps() as f64).into()),
            ("episodes", count.into()),
            ("return_mean", mean(returns).into()),
            ("length_mean", mean(lengths).into()),
        ]
    }

    /// Evaluates the final policy and closes the record.
    pub fn into_record(self, observer: &mut impl Observer) -> RunRecord {
        let status = match &self.progress.diverged {
            None => Status::Completed,
            Some(quantity) => Status::Diverged {
                update: self.progress.update,
                quantity: quantity.clone(),
            },
        };
        observer.begin(Part::Evaluation);
        let evaluation = match status {
            Status::Completed => evaluate(
                &self.config.env,
                &mut self.policy.actor(),
                self.collector.normaliser(),
                self.config.common.evaluation_episodes,
                &self.streams,
            )
            .ok()
            .map(|played| Evaluation {
                returns: played.iter().map(|episode| episode.return_).collect(),
                lengths: played.iter().map(|episode| episode.length).collect(),
                faults: faults(&played, 0).collect(),
            }),
            _ => None,
        };
        let mut record = RunRecord {
            schema: SCHEMA,
            config: self.config,
            seed: self.seed,
            status,
            curve: self.progress.curve,
            episodes: self.progress.episodes,
            evaluation,
            numerics: NUMERICS,
            digest: String::new(),
            provenance: Provenance::default(),
        };
        record.digest = record.compute_digest();
        record
    }
}

/// The faults of `episodes`, of which the first has the place `first`.
fn faults(episodes: &[Episode], first: usize) -> impl Iterator<Item = EpisodeFault> + '_ {
    let ended_so = move |(i, episode): (usize, &Episode)| {
        let Fault(problem) = episode.fault?;
        Some(EpisodeFault {
            episode: first + i,
            problem: problem.to_owned(),
        })
    };
    episodes.iter().enumerate().filter_map(ended_so)
}
