//! The copies of a task, with what they show.

use serde::{Deserialize, Serialize};

use super::{
    Action, ActionSpace, Actions, Copies, EnvError, EnvFailed, Outcome, Saved, Spec, Task,
    Transitions, Unavailable, finite,
};
use crate::rng::{Purpose, Rng, Streams};

/// Copies of one task, each with its own random stream, which begin a new
/// episode as soon as one ends.
pub struct VecEnv {
    spec: Spec,
    copies: Box<dyn Copies>,
    now: Transitions,
    /// Of [`VecEnv::step`].
    single: Actions,
}

/// Everything in a [`VecEnv`] that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VecEnvState {
    env: String,
    copies: Vec<Saved>,
    // Kept, because not every task can tell them from its state alone.
    observations: Vec<f64>,
    next_observations: Vec<f64>,
}

/// A snapshot that cannot be continued from.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is of another task.
    #[error("a state of the task `{given}`, not of `{expected}`")]
    Task {
        /// Its task.
        given: String,
        /// The task that it is asked of.
        expected: String,
    },
    /// The state of a copy does not fit the task.
    #[error("copy {copy}: {source}")]
    State {
        /// Which copy.
        copy: usize,
        /// What is wrong with it.
        source: EnvError,
    },
    /// It has too many or too few copies.
    #[error("{given} copies; {expected} are needed")]
    Copies {
        /// Copies given.
        given: usize,
        /// Copies needed.
        expected: usize,
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

/// Copies of a task that could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The task cannot be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The task failed.
    #[error(transparent)]
    Failed(#[from] EnvFailed),
}

impl VecEnv {
    /// Copies of `task`, each at the beginning of an episode. Copy i draws from
    /// stream i of [`Purpose::Environment`].
    ///
    /// # Errors
    /// If the task cannot be had, or fails.
    pub fn new(task: &Task, copies: usize, streams: &Streams) -> Result<Self, BeginError> {
        // Stream indices are 32 bits wide; no machine holds more copies.
        let stream = |i| streams.stream(Purpose::Environment, i as u32);
        Self::with_streams(task, (0..copies).map(stream).collect())
    }

    /// One copy of `task` for each stream, at the beginning of an episode.
    ///
    /// # Errors
    /// If the task cannot be had, or fails.
    pub fn with_streams(task: &Task, streams: Vec<Rng>) -> Result<Self, BeginError> {
        let spec = task.spec().clone();
        let count = streams.len();
        let mut copies = task.copies(streams)?;
        let mut observations = vec![0.0; count * spec.observation_dim];
        copies.observe(&mut observations)?;
        let mut single = Actions::new(&spec.actions, count);
        (0..count).for_each(|i| single.set_rests(i, true));
        let begun = Self {
            copies,
            now: Transitions {
                next_observations: observations.clone(),
                observations,
                outcomes: vec![Outcome::default(); count],
            },
            single,
            spec,
        };
        finite::check(&begun.spec, &begun.now)?;
        Ok(begun)
    }

    /// What is fixed about the task.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Number of copies.
    pub fn copies(&self) -> usize {
        self.now.outcomes.len()
    }

    /// The observations to act on, `[copies][dim]`.
    pub fn observations(&self) -> &[f64] {
        &self.now.observations
    }

    /// Where the last step of copy `i` led, even if it ended the episode and
    /// the copy has begun another. Before any step: the first observation.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn next_observation(&self, i: usize) -> &[f64] {
        let dim = self.spec.observation_dim;
        &self.now.next_observations[i * dim..(i + 1) * dim]
    }

    /// What the last step of every copy gave, `[copies]`.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.now.outcomes
    }

    /// Advances every copy that does not rest.
    ///
    /// # Errors
    /// If the task fails.
    pub fn step_all(&mut self, actions: &Actions) -> Result<(), EnvFailed> {
        self.copies.step(actions, &mut self.now)?;
        finite::check(&self.spec, &self.now)
    }

    /// Advances copy `i` alone by one step, and begins a new episode if that
    /// ended one.
    ///
    /// # Errors
    /// If the task fails.
    ///
    /// # Panics
    /// If there is no copy `i`, or the action does not fit the spec
    /// ([`Action::fits`]).
    pub fn step(&mut self, i: usize, action: Action<'_>) -> Result<Outcome, EnvFailed> {
        let width = self.single.width();
        self.single.set_rests(i, false);
        self.single
            .choose(|chosen| match (action, &self.spec.actions) {
                (Action::Discrete(index), ActionSpace::Discrete(_)) => chosen[i] = index as f32,
                _ => chosen[i * width..(i + 1) * width]
                    .copy_from_slice(action.components(&self.spec)),
            });
        let stepped = self.copies.step(&self.single, &mut self.now);
        self.single.set_rests(i, true);
        stepped?;
        finite::check(&self.spec, &self.now)?;
        Ok(self.now.outcomes[i])
    }

    /// The state of copy `i`; `None` where the task cannot keep it.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn save(&self, i: usize) -> Option<Saved> {
        self.copies.save(i)
    }

    /// Puts copy `i`, which showed `observation`, into a saved state.
    ///
    /// # Errors
    /// If the state does not fit the task.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn put(&mut self, i: usize, state: &Saved, observation: &[f64]) -> Result<(), EnvError> {
        self.copies.restore(i, state)?;
        self.show(i, observation);
        Ok(())
    }

    /// The same, to go on as a branch does: see [`Copies::branch`].
    ///
    /// # Errors
    /// If the state does not fit the task.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn branch(
        &mut self,
        i: usize,
        state: &Saved,
        observation: &[f64],
        stream: Rng,
    ) -> Result<(), EnvError> {
        self.copies.branch(i, state, stream)?;
        self.show(i, observation);
        Ok(())
    }

    fn show(&mut self, i: usize, observation: &[f64]) {
        let dim = self.spec.observation_dim;
        let row = i * dim..(i + 1) * dim;
        self.now.observations[row.clone()].copy_from_slice(observation);
        self.now.next_observations[row].copy_from_slice(observation);
    }

    /// The present state, from which [`VecEnv::restore`] continues bit for bit;
    /// `None` where the task cannot keep it.
    pub fn snapshot(&self) -> Option<VecEnvState> {
        let copies = (0..self.copies()).map(|i| self.copies.save(i));
        Some(VecEnvState {
            env: self.spec.id.to_string(),
            copies: copies.collect::<Option<_>>()?,
            observations: self.now.observations.clone(),
            next_observations: self.now.next_observations.clone(),
        })
    }

    /// Puts the copies into the state of a [`VecEnv::snapshot`].
    ///
    /// # Errors
    /// If that does not fit. Then the copies are in no state to go on from.
    pub fn restore(&mut self, snapshot: VecEnvState) -> Result<(), RestoreError> {
        if snapshot.env != self.spec.id {
            return Err(RestoreError::Task {
                given: snapshot.env,
                expected: self.spec.id.to_string(),
            });
        }
        let (copies, given) = (self.copies(), snapshot.copies.len());
        if given != copies {
            return Err(RestoreError::Copies {
                given,
                expected: copies,
            });
        }
        let expected = self.now.observations.len();
        for observations in [&snapshot.observations, &snapshot.next_observations] {
            if observations.len() != expected {
                return Err(RestoreError::Observations {
                    copies,
                    given: observations.len(),
                    expected,
                });
            }
        }
        for (copy, state) in snapshot.copies.iter().enumerate() {
            let restored = self.copies.restore(copy, state);
            restored.map_err(|source| RestoreError::State { copy, source })?;
        }
        self.now.observations = snapshot.observations;
        self.now.next_observations = snapshot.next_observations;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::registry::standard;

    fn vector(id: &str, copies: usize) -> VecEnv {
        VecEnv::new(&standard(id).unwrap(), copies, &Streams::new(7, id)).unwrap()
    }

    fn cartpole(copies: usize) -> VecEnv {
        vector("CartPole-v1", copies)
    }

    /// What is saved of a copy, with a part replaced.
    fn changed(saved: &Saved, key: &str, value: serde_json::Value) -> Saved {
        let mut state: serde_json::Value = serde_json::from_str(&saved.0).unwrap();
        state[key] = value;
        Saved(state.to_string())
    }

    fn part(envs: &VecEnv, copy: usize, key: &str) -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&envs.save(copy).unwrap().0).unwrap()[key].take()
    }

    /// One copy in `state`, `elapsed` steps into its episode.
    fn continued(id: &str, state: &[f64], elapsed: u32) -> VecEnv {
        let mut envs = vector(id, 1);
        let mut snapshot = envs.snapshot().unwrap();
        let saved = changed(&snapshot.copies[0], "state", state.into());
        snapshot.copies[0] = changed(&saved, "elapsed", elapsed.into());
        envs.restore(snapshot).unwrap();
        envs
    }

    #[test]
    fn the_next_observation_survives_the_reset() {
        let mut envs = cartpole(2);
        let mut lone = standard("CartPole-v1").unwrap().env().unwrap().unwrap();
        let state: Vec<f64> = serde_json::from_value(part(&envs, 1, "state")).unwrap();
        lone.set_state(&state).unwrap();
        let mut expected = [0.0; 4];
        for _ in 0..500 {
            let outcome = envs.step(1, Action::Discrete(0)).unwrap();
            lone.step(Action::Discrete(0));
            lone.observe(&mut expected);
            assert_eq!(envs.next_observation(1), expected);
            if outcome.ended() {
                assert!(expected[2].abs() > 0.2, "fell over: {expected:?}");
                let begun = &envs.observations()[4..];
                assert!(begun.iter().all(|x| x.abs() <= 0.05), "{begun:?}");
                assert_eq!(part(&envs, 1, "elapsed"), 0);
                return;
            }
            assert_eq!(&envs.observations()[4..], expected);
        }
        panic!("a pole pushed to one side must fall");
    }

    #[test]
    fn episodes_are_truncated_at_exactly_the_limit() {
        let mut envs = vector("Pendulum-v1", 1);
        for step in 1..=3 * envs.spec().time_limit {
            let outcome = envs.step(0, Action::Continuous(&[0.5])).unwrap();
            assert!(!outcome.terminated);
            assert_eq!(outcome.truncated, step % 200 == 0, "step {step}");
        }
    }

    #[test]
    fn one_step_can_terminate_and_truncate() {
        let falling = [0.0, 0.0, 0.2, 2.0];
        for (elapsed, truncated) in [(498, false), (499, true)] {
            let mut envs = continued("CartPole-v1", &falling, elapsed);
            let outcome = envs.step(0, Action::Discrete(0)).unwrap();
            assert!(outcome.terminated);
            assert_eq!(outcome.truncated, truncated);
        }
    }

    #[test]
    fn damaged_snapshots_are_refused() {
        let error = |damage: fn(&mut VecEnvState)| {
            let mut envs = cartpole(2);
            let mut snapshot = envs.snapshot().unwrap();
            damage(&mut snapshot);
            envs.restore(snapshot).unwrap_err().to_string()
        };
        assert_eq!(
            error(|s| s.copies[1] = changed(&s.copies[1], "state", vec![0.0; 3].into())),
            "copy 1: CartPole-v1: a state of 3 numbers was given; \
             the task has 4: x, velocity, angle, angular velocity"
        );
        assert_eq!(
            error(|s| s.next_observations.push(0.0)),
            "9 numbers in the observations of 2 copies; 8 are needed"
        );
        assert_eq!(
            error(|s| s.env = "Pong".to_owned()),
            "a state of the task `Pong`, not of `CartPole-v1`"
        );
        assert_eq!(error(|s| s.copies.truncate(1)), "1 copies; 2 are needed");
    }

    #[test]
    fn copies_that_rest_stay_where_they_are() {
        let mut envs = vector("Pendulum-v1", 3);
        let before = envs.snapshot().unwrap();
        let mut actions = Actions::new(&envs.spec().actions, 3);
        actions.choose(|chosen| chosen.fill(5.0));
        assert_eq!(actions.of(0), Some(Action::Continuous(&[2.0])));
        actions.set_rests(1, true);
        envs.step_all(&actions).unwrap();
        let after = envs.snapshot().unwrap();
        let moved = |i: usize| before.copies[i] != after.copies[i];
        assert_eq!([moved(0), moved(1), moved(2)], [true, false, true]);
    }

    #[test]
    #[should_panic(expected = "CartPole-v1: Continuous([0.0]) is not in Discrete(2)")]
    fn a_wrong_kind_of_action_is_an_error_of_the_program() {
        let _ = cartpole(1).step(0, Action::Continuous(&[0.0]));
    }
}
