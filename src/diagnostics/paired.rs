//! Returns of policies in the same episodes.

use std::sync::Arc;

use crate::env::Task;
use crate::env::vector::{BeginError, VecEnv};
use crate::policy::Policy;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::episodes::play_rewarded;

/// Plays policies in episodes that are the same for all: episode e has a stream for its
/// first state and its dynamics, and one for the actions, which are drawn.
#[derive(Debug)]
pub(super) struct Pairing {
    task: Arc<Task>,
    streams: Streams,
    episodes: usize,
    gamma: f64,
}

/// The returns of one policy, in the order of the episodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Returns {
    /// Undiscounted.
    pub raw: Vec<f64>,
    /// Discounted by gamma.
    pub discounted: Vec<f64>,
}

impl Pairing {
    /// `episodes` episodes of `task`, with streams that no training and no evaluation has.
    pub fn new(task: Arc<Task>, seed: u64, episodes: usize, gamma: f64) -> Self {
        let streams = Streams::new(seed, &format!("{}, paired episodes", task.id()));
        Self {
            task,
            streams,
            episodes,
            gamma,
        }
    }

    /// The returns of `policy`, which sees observations as `normaliser` shows them.
    ///
    /// # Errors
    /// If the task cannot be had, or fails.
    pub fn play(
        &self,
        policy: &Policy<f32>,
        normaliser: &ObservationNormaliser,
    ) -> Result<Returns, BeginError> {
        let streams = |purpose| -> Vec<Rng> {
            let indices = 0..self.episodes as u32;
            indices
                .map(|index| self.streams.stream(purpose, index))
                .collect()
        };
        let mut envs = VecEnv::with_streams(&self.task, streams(Purpose::Point))?;
        let mut actions = streams(Purpose::PointAction);
        let mut discounted = vec![0.0; self.episodes];
        let mut factors = vec![1.0; self.episodes];
        let rewarded = |episode: usize, reward: f64| {
            discounted[episode] += factors[episode] * reward;
            factors[episode] *= self.gamma;
        };
        let mut actor = policy.actor();
        let played = play_rewarded(
            &mut envs,
            &mut actor,
            normaliser,
            Some(&mut actions),
            |_| {},
            rewarded,
        )?;
        Ok(Returns {
            raw: played.iter().map(|episode| episode.return_).collect(),
            discounted,
        })
    }
}

/// `b` less `a`, episode by episode.
pub(super) fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| b - a).collect()
}
