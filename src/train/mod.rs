//! Training: a pure function of a configuration and a seed.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::algo::algorithm::Stateful;
use crate::algo::bench::Leftover;
pub use crate::algo::bench::Part;
use crate::algo::critic::Critic;
use crate::algo::{Bench, Diverged, UpdateError, Watch};
use crate::columns::{Column, Curve, OverSeeds, Row, Value};
use crate::config::RunConfig;
use crate::env::{Fault, Task};
use crate::lab::Lab;
use crate::ordered::Ordered;
use crate::policy::Policy;
use crate::policy::normalise::ObservationNormaliser;
use crate::record::{
    EpisodeFault, Episodes, Evaluation, NUMERICS, Point, Provenance, RunRecord, SCHEMA, Status,
};
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::rollout::collector::{Collector, Episode};
use leaving::Best;

mod checkpoint;
mod columns;
#[cfg(test)]
mod counts;
mod evaluation;
mod leaving;
mod start;

pub use checkpoint::{Checkpoint, ResumeError};
pub use columns::COLUMNS;
pub use evaluation::{Asked, Seen, evaluate_saved, watch_saved};
pub use leaving::Finished;
pub use start::StartError;

/// Environment steps made after the update.
pub const STEP: Column = Column::number("step", "Environment steps").in_unit("steps");
/// Episodes that ended in the update.
pub const EPISODES: Column = Column::number("episodes", "Episodes").over_seeds(OverSeeds::Mean);
/// Mean raw return of those episodes; none if there are none.
pub const RETURN_MEAN: Column = Column::number("return_mean", "Mean return");
/// Mean length of those episodes; none if there are none.
pub const LENGTH_MEAN: Column = Column::number("length_mean", "Mean length").in_unit("steps");

/// What is not finite where the returns of an evaluation are not.
const EVALUATION: &str = "evaluation_return";

/// Is told what training does. Clocks, progress and checkpoints live in its
/// implementations; nothing that it does can change a result.
pub trait Observer {
    /// A part begins.
    fn begin(&mut self, _part: Part) {}

    /// A batch has been made, which the policy is about to learn from.
    fn collected(&mut self, _batch: &Batch<f32>) {}

    /// An update has been made; `Break` leaves the run where it is.
    fn updated(&mut self, _trainer: &Trainer) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The policy has been evaluated while it trains; `Break` leaves the run where
    /// it is.
    fn evaluated(&mut self, _trainer: &Trainer) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// An observer, as an update knows it.
struct Watching<'a, O>(&'a mut O);

impl<O: Observer> Watch for Watching<'_, O> {
    fn begin(&mut self, part: Part) {
        self.0.begin(part);
    }

    fn collected(&mut self, batch: &Batch<f32>) {
        self.0.collected(batch);
    }
}

/// An observer that does nothing.
impl Observer for () {}

/// Trains to the end with what the laboratory brings. A run that cannot be made
/// gives a record that says so.
pub fn train(config: &RunConfig, seed: u64) -> RunRecord {
    train_in(&Lab::standard(), config, seed)
}

/// Trains to the end with the tasks and algorithms of `lab`.
pub fn train_in(lab: &Lab, config: &RunConfig, seed: u64) -> RunRecord {
    match Trainer::new(lab, config, seed) {
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
        points: Vec::new(),
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
    task: Arc<Task>,
    streams: Streams,
    policy: Policy<f32>,
    critic: Critic,
    algorithm: Box<dyn Stateful>,
    collector: Collector,
    progress: Progress,
}

/// What a run has recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    update: usize,
    curve: Curve,
    episodes: Episodes,
    end: Option<End>,
    /// Left out where there are none, as in checkpoints before there were any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    points: Vec<Point>,
    /// The best of them; none where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<Best>,
}

/// Why a run ended before its last update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum End {
    /// This quantity stopped being finite.
    Diverged(String),
    /// This went wrong.
    Failed(String),
}

impl Trainer {
    /// Its configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Its task.
    pub fn task(&self) -> &Arc<Task> {
        &self.task
    }

    /// The policy as it is.
    pub fn policy(&self) -> &Policy<f32> {
        &self.policy
    }

    /// The statistics by which it normalises observations, as they are.
    pub fn normaliser(&self) -> &ObservationNormaliser {
        self.collector.normaliser()
    }

    /// The state of its algorithm.
    pub fn algorithm_state(&self) -> Ordered {
        self.algorithm.save()
    }

    /// What its updates have recorded.
    pub fn curve(&self) -> &Curve {
        &self.progress.curve
    }

    /// Updates made.
    pub fn updates(&self) -> usize {
        self.progress.update
    }

    /// The evaluations made while it trained.
    pub fn points(&self) -> &[Point] {
        &self.progress.points
    }

    /// Environment steps made, all copies.
    pub fn steps(&self) -> u64 {
        self.collector.steps()
    }

    /// The share of the run that has been made: of its updates, or of its steps
    /// where updates vary in length.
    pub fn done(&self) -> f64 {
        match self.config.updates() {
            Some(updates) => self.progress.update as f64 / updates as f64,
            None => (self.steps() as f64 / self.config.common.steps as f64).min(1.0),
        }
    }

    /// Whether no update is left to make.
    pub fn is_finished(&self) -> bool {
        self.has_ended_early()
            || match self.config.updates() {
                Some(updates) => self.progress.update >= updates,
                None => self.steps() >= self.config.common.steps as u64,
            }
    }

    /// Whether the run diverged or failed, so that nothing is left to do.
    pub fn has_ended_early(&self) -> bool {
        self.progress.end.is_some()
    }

    /// Makes updates, and the evaluations between them, until none is left, or
    /// the observer breaks off. What it broke off at is made by the next call, or
    /// by [`Trainer::into_record`].
    pub fn run(&mut self, observer: &mut impl Observer) -> ControlFlow<()> {
        self.make_points(observer)?;
        while !self.is_finished() {
            match self.update(observer) {
                Ok(row) => {
                    self.progress.curve.push(row.cells());
                    self.progress.update += 1;
                }
                Err(UpdateError::Diverged(Diverged { quantity })) => {
                    self.progress.end = Some(End::Diverged(quantity));
                }
                Err(error) => self.progress.end = Some(End::Failed(error.to_string())),
            }
            observer.updated(self)?;
            self.make_points(observer)?;
        }
        ControlFlow::Continue(())
    }

    /// One update of the algorithm; statistics follow it.
    fn update(&mut self, observer: &mut impl Observer) -> Result<Row, UpdateError> {
        let done = self.done();
        let mut watching = Watching(observer);
        let mut bench = Bench::new(
            &mut self.policy,
            &mut self.critic,
            &mut self.collector,
            (&self.task, &self.streams),
            &mut watching,
        );
        let updated = self.algorithm.update(&mut bench, done);
        let Leftover { observed, ended } = bench.finish();
        let mut row = self.note(&ended)?;
        row.extend(updated?);
        for raw in &observed {
            self.collector.learn_statistics(raw);
        }
        if let Some(quantity) = self.collector.overflown() {
            let quantity = quantity.to_owned();
            return Err(Diverged { quantity }.into());
        }
        for (name, value) in row.cells() {
            if let Value::Number(Some(number)) = value {
                Diverged::unless_finite(Column::number(name, name), *number)?;
            }
        }
        Ok(row)
    }

    /// Notes the episodes that ended; their columns of the record. Rewards are numbers, but
    /// their sum may exceed all: a record cannot hold it.
    fn note(&mut self, ended: &[Episode]) -> Result<Row, Diverged> {
        for episode in ended {
            Diverged::unless_finite(RETURN_MEAN, episode.return_)?;
        }
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
        Ok(Row::default()
            .with(STEP, self.collector.steps() as f64)
            .with(EPISODES, count)
            .with(RETURN_MEAN, mean(returns))
            .with(LENGTH_MEAN, mean(lengths)))
    }

    /// Makes what is left of the evaluations, and the final one of a run that came to its
    /// end.
    fn last_evaluation(&mut self, observer: &mut impl Observer) -> Option<Evaluation> {
        while self.make_points(observer).is_break() {}
        observer.begin(Part::Evaluation);
        if self.has_ended_early() {
            return None;
        }
        match self.evaluate_final() {
            Ok(made) if made.mean_return().is_finite() => Some(made),
            Ok(_) => {
                self.progress.end = Some(End::Diverged(EVALUATION.to_owned()));
                None
            }
            Err(error) => {
                let error = format!("in the evaluation: {error}");
                self.progress.end = Some(End::Failed(error));
                None
            }
        }
    }

    /// The record of the run.
    fn close(self, evaluation: Option<Evaluation>) -> RunRecord {
        let status = match self.progress.end {
            None => Status::Completed,
            Some(End::Diverged(quantity)) => Status::Diverged {
                update: self.progress.update,
                quantity,
            },
            Some(End::Failed(error)) => Status::Failed { error },
        };
        let mut record = RunRecord {
            schema: SCHEMA,
            config: self.config,
            seed: self.seed,
            status,
            curve: self.progress.curve,
            episodes: self.progress.episodes,
            evaluation,
            points: self.progress.points,
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
