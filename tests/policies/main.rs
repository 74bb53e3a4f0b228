//! Policies as files: the same bytes for the same run, the same evaluation as its record,
//! another program's arithmetic, and every way in which a file can be wrong.

mod commands;
mod files;
mod python;
mod runs;

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::lab::Lab;
use trpo_lab::train::{Finished, Trainer};

/// A run of a moment with four evaluations in it.
fn small(env: &str, algorithm: AlgorithmConfig) -> RunConfig {
    RunConfig {
        common: CommonSettings {
            steps: 2048,
            batch: 256,
            copies: 4,
            hidden: vec![12, 8],
            normalize_observations: true,
            evaluation_episodes: 3,
            evaluation_points: 4,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, algorithm)
    }
}

fn trpo(env: &str) -> RunConfig {
    small(env, AlgorithmConfig::new::<Trpo>(Default::default()))
}

fn ppo(env: &str) -> RunConfig {
    small(env, AlgorithmConfig::new::<Ppo>(Default::default()))
}

/// A run to its end.
fn finished(config: &RunConfig, seed: u64) -> Finished {
    let mut trainer = Trainer::new(&Lab::standard(), config, seed).unwrap();
    let _ = trainer.run(&mut ());
    trainer.finish(&mut ())
}
