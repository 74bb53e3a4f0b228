//! The vine: what equations 15 and 16 estimate, what common random numbers are worth,
//! and that branching disturbs neither the trunk nor reproducible bits.

mod estimates;
mod rooms;
mod runs;

use std::ops::ControlFlow;

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::vine::{Vine, VineSettings};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::train::{Observer, Trainer};

/// Mean of some numbers, with its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (mean, (squares.sum::<f64>() / (count - 1.0) / count).sqrt())
}

/// A short run of the vine.
fn config(env: &str, steps: usize) -> RunConfig {
    let settings = VineSettings {
        states: 12,
        actions: 3,
        rollouts: 2,
        length: 15,
        ..VineSettings::default()
    };
    RunConfig {
        common: CommonSettings {
            steps,
            batch: 256,
            copies: 4,
            hidden: vec![8],
            evaluation_episodes: 2,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, AlgorithmConfig::new::<Vine>(settings))
    }
}

/// Leaves the run after so many updates.
struct LeaveAfter(usize);

impl Observer for LeaveAfter {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        if trainer.updates() == self.0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
