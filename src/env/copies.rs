//! All copies of a task that a run steps side by side.

use serde::{Deserialize, Serialize};

use super::{Action, ActionSpace, EnvError, EnvFailed, Outcome};
use crate::rng::Rng;

/// All copies of a task, each at some point of an episode: what a
/// [`Task`](super::Task) makes for a run. A task whose copies do not depend on
/// one another implements [`Env`](super::Env) instead and has this for nothing.
pub trait Copies: Send {
    /// Writes what every copy shows now, \[copies\]\[dim\].
    ///
    /// # Errors
    /// If the task cannot go on.
    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed>;

    /// Advances every copy for which there is an action, and begins a new
    /// episode where that ended one. Of these copies `out` is written; what a
    /// copy does may depend on its own past and stream alone.
    ///
    /// # Errors
    /// If the task cannot go on, which ends the run as failed.
    fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed>;

    /// The present state of copy `i`, with its stream; `None` where it cannot
    /// be kept. Then a run that is interrupted begins anew, and nothing can
    /// branch.
    fn save(&self, _i: usize) -> Option<Saved> {
        None
    }

    /// Puts copy `i` into a state from [`Copies::save`], from which it goes on
    /// bit for bit.
    ///
    /// # Errors
    /// If the state is not one of the task.
    fn restore(&mut self, i: usize, state: &Saved) -> Result<(), EnvError>;

    /// Puts copy `i` into a state from [`Copies::save`], from which a branch goes
    /// on: without a time limit, until a rule of the task ends it, and with noise
    /// from `stream`. A task that does not say how goes on as
    /// [`Copies::restore`] does, with the time limit and the stream of the state.
    ///
    /// # Errors
    /// If the state is not one of the task.
    fn branch(&mut self, i: usize, state: &Saved, _stream: Rng) -> Result<(), EnvError> {
        self.restore(i, state)
    }
}

/// The state of a copy in a form that serialises; only its task reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Saved(pub String);

/// What the copies of a task show, and what their last steps gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Transitions {
    /// What to act on, \[copies\]\[dim\].
    pub observations: Vec<f64>,
    /// Where the last steps led, even if they ended an episode and the copy has
    /// begun another, \[copies\]\[dim\].
    pub next_observations: Vec<f64>,
    /// What the last steps gave, \[copies\].
    pub outcomes: Vec<Outcome>,
}

/// The actions of all copies, on their way from the policy to the task.
#[derive(Debug, Clone)]
pub struct Actions {
    space: ActionSpace,
    chosen: Vec<f32>,
    clipped: Vec<f32>,
    rests: Vec<bool>,
}

impl Actions {
    /// For `copies` copies, of which none rests.
    pub fn new(space: &ActionSpace, copies: usize) -> Self {
        let chosen = vec![0.0; copies * space.width()];
        Self {
            space: space.clone(),
            clipped: chosen.clone(),
            chosen,
            rests: vec![false; copies],
        }
    }

    /// Number of copies.
    pub fn copies(&self) -> usize {
        self.rests.len()
    }

    /// Elements of an action.
    pub fn width(&self) -> usize {
        self.space.width()
    }

    /// What the policy chose, unclipped, \[copies\]\[width\].
    pub fn chosen(&self) -> &[f32] {
        &self.chosen
    }

    /// Lets `act` write what the policy chooses, \[copies\]\[width\]: an index,
    /// or a point, of which the nearest in the box is taken.
    pub fn choose(&mut self, act: impl FnOnce(&mut [f32])) {
        act(&mut self.chosen);
        if let ActionSpace::Box { low, high } = &self.space {
            let bounds = low.iter().zip(high).cycle();
            let pairs = self.clipped.iter_mut().zip(&self.chosen);
            for ((clipped, &a), (&low, &high)) in pairs.zip(bounds) {
                *clipped = a.clamp(low, high);
            }
        }
    }

    /// Lets copy `i` take part in the steps that follow, or not.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn set_rests(&mut self, i: usize, rests: bool) {
        self.rests[i] = rests;
    }

    /// The action of copy `i`; `None` if it rests.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn of(&self, i: usize) -> Option<Action<'_>> {
        if self.rests[i] {
            return None;
        }
        let width = self.width();
        Some(match self.space {
            ActionSpace::Discrete(_) => Action::Discrete(self.chosen[i] as usize),
            ActionSpace::Box { .. } => {
                Action::Continuous(&self.clipped[i * width..(i + 1) * width])
            }
        })
    }
}
