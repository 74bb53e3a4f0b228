//! The laboratory in a program of one's own: trains, watches, evaluates, saves, loads, acts.
//!
//!     cargo run --release --no-default-features --features train --example use_as_library

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::trpo::{Trpo, TrpoSettings};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::Action;
use trpo_lab::exec::Exec;
use trpo_lab::lab::Lab;
use trpo_lab::saved::SavedPolicy;
use trpo_lab::train::{Asked, Observer, Trainer, evaluate_saved};

/// Prints how far every fifth update went.
struct Progress;

impl Observer for Progress {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        if trainer.updates().is_multiple_of(5) {
            let kl = trainer.curve().numbers("kl_mean");
            let last = kl.and_then(|kl| kl.last().copied().flatten());
            println!("{} steps, KL {:.4}", trainer.steps(), last.unwrap_or(0.0));
        }
        ControlFlow::Continue(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let lab = Lab::standard();
    let trpo = TrpoSettings {
        delta: 0.02,
        ..TrpoSettings::default()
    };
    let config = RunConfig {
        common: CommonSettings {
            steps: 40_960,
            ..CommonSettings::default()
        },
        ..RunConfig::new("CartPole-v1", AlgorithmConfig::new::<Trpo>(trpo))
    };
    config.check()?;

    // One run: a function of its configuration and its seed.
    let mut trainer = Trainer::new(&lab, &config, 0)?;
    let _ = trainer.run(&mut Progress);
    let finished = trainer.finish(&mut ());
    println!("record {}", finished.record.digest);

    // Its policy, through a file.
    let policy = finished.policy.ok_or("the run has diverged")?;
    let path = std::env::args()
        .nth(1)
        .unwrap_or("cartpole.safetensors".to_owned());
    std::fs::write(&path, policy.to_bytes()?)?;
    let policy = SavedPolicy::read(Path::new(&path))?;
    let hundred = Asked {
        episodes: Some(100),
        ..Asked::default()
    };
    let evaluation = evaluate_saved(&lab, &policy, &hundred, &Exec::default())?;
    println!(
        "mean return {:.1} over 100 episodes",
        evaluation.mean_return()
    );

    let mut agent = policy.agent(&Exec::default());
    if let Action::Discrete(index) = agent.act(&[0.0, 0.5, 0.1, 0.5])? {
        println!(
            "a pole that falls to the right: push {}",
            ["left", "right"][index]
        );
    }
    Ok(())
}
