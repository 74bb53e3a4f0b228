//! Evaluations of the policy: K + 1 points while it trains, and the final one.
//!
//! They change nothing in the training: observations are normalised by statistics
//! that stay as they are, episodes draw from streams that nothing else draws
//! from, and their steps are not counted. Streams depend on the seed of the run
//! and on its task alone, so that all variants are evaluated from the same states.

use std::ops::ControlFlow;

use super::{End, Observer, Part, Trainer, faults};
use crate::config::{Acts, Starts};
use crate::env::vector::BeginError;
use crate::record::{Evaluation, Point};
use crate::rng::{Purpose, Rng};
use crate::rollout::episodes::evaluate;

impl Trainer {
    /// Makes every point that is due, each the policy after so many updates:
    /// see [`RunConfig::point_update`](crate::config::RunConfig::point_update). A
    /// point is made whole or not at all.
    pub(super) fn make_points(&mut self, observer: &mut impl Observer) -> ControlFlow<()> {
        while self.is_point_due() {
            observer.begin(Part::Evaluation);
            match self.evaluate_point() {
                Ok(evaluation) => self.progress.points.push(Point {
                    update: self.progress.update,
                    step: self.steps(),
                    evaluation,
                }),
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
        let streams = |purpose| -> Vec<Rng> {
            let indices = first..first + episodes;
            let stream = |index| self.streams.stream(purpose, index as u32);
            indices.map(stream).collect()
        };
        let played = evaluate(
            &self.task,
            &mut self.policy.actor(),
            self.collector.normaliser(),
            streams(starts),
            (self.config.common.evaluation_policy == Acts::Sample).then(|| streams(actions)),
        )?;
        Ok(Evaluation {
            returns: played.iter().map(|episode| episode.return_).collect(),
            lengths: played.iter().map(|episode| episode.length).collect(),
            faults: faults(&played, 0).collect(),
        })
    }
}
