//! Copies of a task that do not depend on one another.

use serde::{Deserialize, Serialize};

use super::limit::Limited;
use super::{
    Action, Actions, Copies, Env, EnvError, EnvFailed, Outcome, Saved, Transitions, Unavailable,
};
use crate::rng::Rng;
use crate::words;

/// Copies of one task, each with its time limit and its own random stream. A
/// copy does not depend on how many others there are. A step allocates nothing.
pub struct Lanes(Vec<Lane>);

/// One copy, with what it draws from.
struct Lane {
    episode: Limited,
    rng: Rng,
}

/// What is saved of a copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LaneState {
    state: Vec<f64>,
    elapsed: u32,
    rng: Rng,
}

impl Lanes {
    /// One copy from `make` for each stream, at the beginning of an episode.
    ///
    /// # Errors
    /// If `make` cannot make one.
    pub fn new(
        make: impl Fn() -> Result<Box<dyn Env>, Unavailable>,
        streams: Vec<Rng>,
    ) -> Result<Self, Unavailable> {
        let lane = |mut rng| {
            let mut episode = Limited::new(make()?);
            episode.reset(&mut rng);
            Ok(Lane { episode, rng })
        };
        streams
            .into_iter()
            .map(lane)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Lane {
    fn read(&self, state: &Saved) -> Result<LaneState, EnvError> {
        serde_json::from_str(&state.0).map_err(|error| EnvError::State {
            id: self.episode.spec().id.to_string(),
            problem: words::of_json(&error),
        })
    }

    fn step(&mut self, action: Action<'_>, next: &mut [f64], shown: &mut [f64]) -> Outcome {
        let outcome = self.episode.step(action);
        self.episode.observe(next);
        if outcome.ended() {
            self.episode.reset(&mut self.rng);
            self.episode.observe(shown);
        } else {
            shown.copy_from_slice(next);
        }
        outcome
    }
}

impl Copies for Lanes {
    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed> {
        let dim = observations.len() / self.0.len().max(1);
        for (lane, row) in self.0.iter().zip(observations.chunks_exact_mut(dim.max(1))) {
            lane.episode.observe(row);
        }
        Ok(())
    }

    fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed> {
        let dim = out.observations.len() / self.0.len().max(1);
        for (i, lane) in self.0.iter_mut().enumerate() {
            if let Some(action) = actions.of(i) {
                let row = i * dim..(i + 1) * dim;
                let next = &mut out.next_observations[row.clone()];
                out.outcomes[i] = lane.step(action, next, &mut out.observations[row]);
            }
        }
        Ok(())
    }

    fn save(&self, i: usize) -> Option<Saved> {
        let Lane { episode, rng } = &self.0[i];
        let (state, elapsed) = episode.state();
        let rng = rng.clone();
        let saved = LaneState {
            state,
            elapsed,
            rng,
        };
        serde_json::to_string(&saved).ok().map(Saved)
    }

    fn restore(&mut self, i: usize, state: &Saved) -> Result<(), EnvError> {
        let lane = &mut self.0[i];
        let saved = lane.read(state)?;
        lane.episode.set_state(&saved.state, saved.elapsed)?;
        lane.rng = saved.rng;
        Ok(())
    }

    fn branch(&mut self, i: usize, state: &Saved, stream: Rng) -> Result<(), EnvError> {
        let lane = &mut self.0[i];
        let saved = lane.read(state)?;
        lane.episode.branch(&saved.state, &stream)?;
        lane.rng = stream;
        Ok(())
    }
}
