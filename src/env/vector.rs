//! Copies of one task side by side.

use serde::{Deserialize, Serialize};

use super::limit::Limited;
pub use super::limit::Outcome;
use super::registry::{self, Unavailable};
use super::{Action, EnvError, Spec};
use crate::rng::{Purpose, Rng, Streams};

/// Copies of one task, each with its time limit and its own random stream,
/// which begin a new episode as soon as one ends. A copy does not depend on
/// how many others there are. A step allocates nothing.
pub struct VecEnv {
    spec: &'static Spec,
    copies: Vec<Lane>,
    /// `[copies][dim]`: what to act on.
    observations: Vec<f64>,
    /// `[copies][dim]`: where the last step led.
    next_observations: Vec<f64>,
}

/// One copy, with what it draws from.
struct Lane {
    episode: Limited,
    rng: Rng,
}

/// Everything in a [`VecEnv`] that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VecEnvState {
    env: String,
    copies: Vec<LaneState>,
    // Kept, because not every task can tell them from its state alone.
    observations: Vec<f64>,
    next_observations: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LaneState {
    state: Vec<f64>,
    elapsed: u32,
    rng: Rng,
}

/// A snapshot that cannot be continued from.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Its task does not exist.
    #[error(transparent)]
    Env(#[from] Unavailable),
    /// The state of a copy does not fit the task.
    #[error("copy {copy}: {source}")]
    State {
        /// Which copy.
        copy: usize,
        /// What is wrong with it.
        source: EnvError,
    },
    /// It has too many or too few observations.
    #[error("{given} numbers in the observations of {copies} copies; {expected} are needed")]
    Observations {
        /// Number of copies.
        copies: usize,
        /// Numbers given.
        given: usize,
        /// Numbers needed.
        expected: usize,
    },
}

impl VecEnv {
    /// Copies of the task `id`, each at the beginning of an episode. Copy i
    /// draws from stream i of [`Purpose::Environment`].
    pub fn new(id: &str, copies: usize, streams: &Streams) -> Result<Self, Unavailable> {
        // Stream indices are 32 bits wide; no machine holds more copies.
        let stream = |i| streams.stream(Purpose::Environment, i as u32);
        Self::with_streams(id, (0..copies).map(stream).collect())
    }

    /// One copy of the task `id` for each stream, at the beginning of an
    /// episode.
    pub fn with_streams(id: &str, streams: Vec<Rng>) -> Result<Self, Unavailable> {
        let spec = registry::spec(id)?;
        let mut observations = vec![0.0; streams.len() * spec.observation_dim];
        let rows = observations.chunks_exact_mut(spec.observation_dim);
        let copies = streams
            .into_iter()
            .zip(rows)
            .map(|(mut rng, row)| {
                let mut episode = Limited::new(registry::make(id)?);
                episode.reset(&mut rng);
                episode.observe(row);
                Ok(Lane { episode, rng })
            })
            .collect::<Result<_, Unavailable>>()?;
        Ok(Self {
            spec,
            copies,
            next_observations: observations.clone(),
            observations,
        })
    }

    /// What is fixed about the task.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Number of copies.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }

    /// The observations to act on, `[copies][dim]`.
    pub fn observations(&self) -> &[f64] {
        &self.observations
    }

    /// Where the last step of copy `i` led, even if it ended the episode and
    /// the copy has begun another. Before any step: the first observation.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn next_observation(&self, i: usize) -> &[f64] {
        let dim = self.spec.observation_dim;
        &self.next_observations[i * dim..(i + 1) * dim]
    }

    /// The state of copy `i`, as its task gives it.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn state(&self, i: usize) -> Vec<f64> {
        self.copies[i].episode.state().0
    }

    /// Advances copy `i` by one step, and begins a new episode if that ended
    /// one.
    ///
    /// # Panics
    /// If there is no copy `i`, or the action does not fit the spec
    /// ([`Action::fits`]).
    pub fn step(&mut self, i: usize, action: Action<'_>) -> Outcome {
        let dim = self.spec.observation_dim;
        let row = i * dim..(i + 1) * dim;
        let Lane { episode, rng } = &mut self.copies[i];
        let outcome = episode.step(action);
        let next = &mut self.next_observations[row.clone()];
        episode.observe(next);
        let observation = &mut self.observations[row];
        if outcome.ended() {
            episode.reset(rng);
            episode.observe(observation);
        } else {
            observation.copy_from_slice(next);
        }
        outcome
    }

    /// The present state, from which [`VecEnv::restore`] continues bit for bit.
    pub fn snapshot(&self) -> VecEnvState {
        let copies = self.copies.iter().map(|Lane { episode, rng }| {
            let (state, elapsed) = episode.state();
            let rng = rng.clone();
            LaneState {
                state,
                elapsed,
                rng,
            }
        });
        VecEnvState {
            env: self.spec.id.to_owned(),
            copies: copies.collect(),
            observations: self.observations.clone(),
            next_observations: self.next_observations.clone(),
        }
    }

    /// The copies as they were at a [`VecEnv::snapshot`].
    pub fn restore(snapshot: VecEnvState) -> Result<Self, RestoreError> {
        let spec = registry::spec(&snapshot.env)?;
        let expected = snapshot.copies.len() * spec.observation_dim;
        for observations in [&snapshot.observations, &snapshot.next_observations] {
            if observations.len() != expected {
                return Err(RestoreError::Observations {
                    copies: snapshot.copies.len(),
                    given: observations.len(),
                    expected,
                });
            }
        }
        let restored = |(copy, saved): (usize, LaneState)| {
            let mut episode = Limited::new(registry::make(spec.id)?);
            episode
                .set_state(&saved.state, saved.elapsed)
                .map_err(|source| RestoreError::State { copy, source })?;
            let rng = saved.rng;
            Ok(Lane { episode, rng })
        };
        let copies = snapshot.copies.into_iter().enumerate().map(restored);
        Ok(Self {
            spec,
            copies: copies.collect::<Result<_, RestoreError>>()?,
            observations: snapshot.observations,
            next_observations: snapshot.next_observations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cartpole(copies: usize) -> VecEnv {
        VecEnv::new("CartPole-v1", copies, &Streams::new(7, "CartPole-v1")).unwrap()
    }

    /// One copy in `state`, `elapsed` steps into its episode.
    fn continued(id: &str, state: &[f64], elapsed: u32) -> VecEnv {
        let mut snapshot = VecEnv::new(id, 1, &Streams::new(0, id)).unwrap().snapshot();
        snapshot.copies[0].state = state.to_vec();
        snapshot.copies[0].elapsed = elapsed;
        VecEnv::restore(snapshot).unwrap()
    }

    #[test]
    fn the_next_observation_survives_the_reset() {
        let mut envs = cartpole(2);
        let mut lone = registry::make("CartPole-v1").unwrap();
        lone.set_state(&envs.snapshot().copies[1].state).unwrap();
        let mut expected = [0.0; 4];
        for _ in 0..500 {
            let outcome = envs.step(1, Action::Discrete(0));
            lone.step(Action::Discrete(0));
            lone.observe(&mut expected);
            assert_eq!(envs.next_observation(1), expected);
            if outcome.ended() {
                assert!(expected[2].abs() > 0.2, "fell over: {expected:?}");
                let begun = &envs.observations()[4..];
                assert!(begun.iter().all(|x| x.abs() <= 0.05), "{begun:?}");
                assert_eq!(envs.snapshot().copies[1].elapsed, 0);
                return;
            }
            assert_eq!(&envs.observations()[4..], expected);
        }
        panic!("a pole pushed to one side must fall");
    }

    #[test]
    fn episodes_are_truncated_at_exactly_the_limit() {
        let id = "Pendulum-v1";
        let mut envs = VecEnv::new(id, 1, &Streams::new(0, id)).unwrap();
        for step in 1..=3 * envs.spec().time_limit {
            let outcome = envs.step(0, Action::Continuous(&[0.5]));
            assert!(!outcome.terminated);
            assert_eq!(outcome.truncated, step % 200 == 0, "step {step}");
        }
    }

    #[test]
    fn one_step_can_terminate_and_truncate() {
        let falling = [0.0, 0.0, 0.2, 2.0];
        for (elapsed, truncated) in [(498, false), (499, true)] {
            let mut envs = continued("CartPole-v1", &falling, elapsed);
            let outcome = envs.step(0, Action::Discrete(0));
            assert!(outcome.terminated);
            assert_eq!(outcome.truncated, truncated);
        }
    }

    #[test]
    fn damaged_snapshots_are_refused() {
        let sound = cartpole(2).snapshot();
        let error = |damage: fn(&mut VecEnvState)| {
            let mut snapshot = sound.clone();
            damage(&mut snapshot);
            VecEnv::restore(snapshot).err().unwrap().to_string()
        };
        assert_eq!(
            error(|s| s.copies[1].state.truncate(3)),
            "copy 1: CartPole-v1: a state of 3 numbers was given; \
             the task has 4: x, velocity, angle, angular velocity"
        );
        assert_eq!(
            error(|s| s.next_observations.push(0.0)),
            "9 numbers in the observations of 2 copies; 8 are needed"
        );
        assert!(error(|s| s.env = "Pong".to_owned()).starts_with("there is no task `Pong`"));
    }

    #[test]
    #[should_panic(expected = "CartPole-v1: Continuous([0.0]) is not in Discrete(2)")]
    fn a_wrong_kind_of_action_is_an_error_of_the_program() {
        cartpole(1).step(0, Action::Continuous(&[0.0]));
    }
}
