//! Reference trajectories as files hold them.
//!
//! A trajectory file holds `env` and `episodes`, each with `init` (`state`, or
//! `qpos` and `qvel`), the first observation `obs0`, and for every step one
//! entry of `actions`, `obs`, `rewards`, `terminated` and `truncated`.

use serde::Deserialize;

use super::limit::Limited;
use super::{Action, EnvError, Unavailable};
use crate::words;

/// Why a file could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// It is not a trajectory file; the message has line and column.
    #[error("is not a trajectory file: {}", words::of_json(.0))]
    Json(serde_json::Error),
    /// Its task is not known.
    #[error("`env`: {0}")]
    Env(Unavailable),
    /// Its task has no copy whose state can be set.
    #[error("`env`: the state of `{0}` cannot be set")]
    Stateless(String),
    /// It has no step to compare.
    #[error("holds no steps")]
    Empty,
    /// An initial state does not fit the task.
    #[error("episode {episode}, `init`: {source}")]
    State {
        /// The episode, from 0.
        episode: usize,
        /// What is wrong with the state.
        source: EnvError,
    },
    /// A list or a row is too long or too short.
    #[error("episode {episode}, `{key}`: {given} entries where {expected} are expected")]
    Length {
        /// The episode, from 0.
        episode: usize,
        /// The list.
        key: &'static str,
        /// Entries given.
        given: usize,
        /// Entries expected.
        expected: usize,
    },
    /// An action does not belong to the task.
    #[error("episode {episode}, `actions`: the action of step {step} is not one of the task")]
    Action {
        /// The episode, from 0.
        episode: usize,
        /// The step, from 1.
        step: usize,
    },
}

/// A trajectory file.
#[derive(Deserialize)]
pub(super) struct Trajectories {
    pub env: String,
    pub episodes: Vec<Episode>,
}

impl Trajectories {
    /// Those in `text`.
    pub fn read(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(Problem::Json)
    }
}

/// An episode: its first observation, and an entry of each list for every step.
#[derive(Deserialize)]
pub(super) struct Episode {
    pub init: Init,
    pub obs0: Vec<f64>,
    pub actions: Vec<Recorded>,
    pub obs: Vec<Vec<f64>>,
    pub rewards: Vec<f64>,
    pub terminated: Vec<u8>,
    pub truncated: Vec<u8>,
}

/// A state to begin in.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`init` must hold `state`, or `qpos` and `qvel`")]
pub(super) enum Init {
    State { state: Vec<f64> },
    Physics { qpos: Vec<f64>, qvel: Vec<f64> },
}

/// An action as it is written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "an action is an index or a list of numbers")]
pub(super) enum Recorded {
    Discrete(usize),
    Continuous(Vec<f32>),
}

impl Init {
    /// The numbers of the state.
    pub fn state(&self) -> Vec<f64> {
        match self {
            Init::State { state } => state.clone(),
            Init::Physics { qpos, qvel } => [&qpos[..], qvel].concat(),
        }
    }
}

impl Recorded {
    pub fn action(&self) -> Action<'_> {
        match self {
            Recorded::Discrete(index) => Action::Discrete(*index),
            Recorded::Continuous(components) => Action::Continuous(components),
        }
    }
}

impl Episode {
    /// Refuses lists that do not fit each other or the task.
    pub fn check_shape(&self, episode: usize, env: &Limited) -> Result<(), Problem> {
        let steps = self.actions.len();
        let dim = env.spec().observation_dim;
        let lists = [
            ("obs", self.obs.len(), steps),
            ("rewards", self.rewards.len(), steps),
            ("terminated", self.terminated.len(), steps),
            ("truncated", self.truncated.len(), steps),
            ("obs0", self.obs0.len(), dim),
        ];
        let rows = self.obs.iter().map(|row| ("obs", row.len(), dim));
        for (key, given, expected) in lists.into_iter().chain(rows) {
            if given != expected {
                return Err(Problem::Length {
                    episode,
                    key,
                    given,
                    expected,
                });
            }
        }
        let fits = |recorded: &Recorded| recorded.action().fits(env.spec());
        match self.actions.iter().position(|recorded| !fits(recorded)) {
            Some(before) => Err(Problem::Action {
                episode,
                step: before + 1,
            }),
            None => Ok(()),
        }
    }
}
