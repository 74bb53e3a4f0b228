//! A task of one's own, with everything that the command line does: here TRPO against PPO
//! over five seeds, with tables, figures and a report in `results`.
//!
//!     cargo run --release --example custom_env -- reproduce examples/corridor.toml

use std::process::ExitCode;

use trpo_lab::env::{Action, ActionSpace, Env, EnvError, Spec, Task, Transition, exactly};
use trpo_lab::lab::Lab;
use trpo_lab::rng::Rng;

/// A corridor from -1 to 1 with a door at its right end. Observation: the place.
/// Actions: a step of 0.1 to the left, to the right. Reward: -1 a step.
#[derive(Default)]
struct Corridor {
    place: f64,
}

impl Env for Corridor {
    fn spec(&self) -> Spec {
        Spec::new("Corridor-v0", 1, ActionSpace::Discrete(2), 100)
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.place = rng.uniform_in(-1.0, 0.0);
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let step = [-0.1, 0.1][action.index(&self.spec())];
        self.place = (self.place + step).max(-1.0);
        Transition::new(-1.0, self.place >= 1.0)
    }

    fn observe(&self, observation: &mut [f64]) {
        observation[0] = self.place;
    }

    fn state(&self) -> Vec<f64> {
        vec![self.place]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        [self.place] = exactly(state, &self.spec(), "1: the place")?;
        Ok(())
    }
}

fn main() -> ExitCode {
    // An average of -100 is worth 0, and -15 is worth 1.
    let corridor = Task::new(Corridor::default).reference(-100.0, -15.0);
    Lab::standard().task(corridor).main()
}
