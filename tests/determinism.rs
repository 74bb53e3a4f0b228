//! A run is a function of its configuration and its seed: the same again, on
//! every kernel, and interrupted anywhere.

mod common;

use std::ops::ControlFlow;

use common::{algorithms, config};
use trpo_lab::algo::{ALGORITHMS, AlgorithmConfig};
use trpo_lab::common::{CommonSettings, Initialisation};
use trpo_lab::config::RunConfig;
use trpo_lab::exec::Exec;
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;
use trpo_lab::train::{Checkpoint, Observer, Trainer, train};

/// Short runs of every algorithm on both kinds of actions, with every
/// statistic that a checkpoint must carry.
fn runs(updates: usize, batch: usize) -> Vec<RunConfig> {
    let tasks = ["CartPole-v1", "Pendulum-v1"];
    let mut configs: Vec<RunConfig> = tasks
        .iter()
        .flat_map(|env| {
            algorithms().map(|algorithm| {
                let mut config = config(env, algorithm, updates, batch);
                config.common.normalize_observations = true;
                config.common.scale_rewards = true;
                config.critic.epochs = 3;
                config.critic.anneal = true;
                config
            })
        })
        .collect();
    // What few runs ask for: the noise of sensors has streams that a checkpoint carries.
    let mut unusual = configs[0].clone();
    unusual.common.initialisation = Initialisation::Uniform;
    unusual.common.observation_noise = 0.1;
    unusual.common.reward_factor = 100.0;
    configs.push(unusual);
    configs
}

/// Noisy sensors change what is learnt and what is scored; a factor of the rewards changes
/// what is learnt alone, which is no other scale of the recorded returns.
#[test]
fn noise_and_factors_reach_what_they_should() {
    let usual = runs(1, 512).swap_remove(0);
    let first = |change: fn(&mut CommonSettings)| {
        let mut config = usual.clone();
        config.common.scale_rewards = false;
        change(&mut config.common);
        train(&config, 4)
    };
    let plain = first(|_| {});
    let louder = first(|common| common.reward_factor = 100.0);
    assert_eq!(plain.episodes.returns, louder.episodes.returns);
    let loss = |record: &RunRecord| record.curve.numbers("critic_loss_before").unwrap()[0].unwrap();
    let ratio = loss(&louder) / loss(&plain);
    assert!((1e3..1e5).contains(&ratio), "{ratio}");
    let noisy = first(|common| common.observation_noise = 0.1);
    // First actions are almost uniform, whatever is seen; the critic sees the noise.
    assert_ne!(loss(&plain), loss(&noisy));
    assert_ne!(plain.evaluation, noisy.evaluation);
    let uniform = first(|common| common.initialisation = Initialisation::Uniform);
    assert_ne!(plain.episodes.returns, uniform.episodes.returns);
}

#[test]
fn a_run_repeats_itself() {
    for config in runs(3, 512) {
        assert_eq!(train(&config, 4), train(&config, 4));
        assert_ne!(train(&config, 4).digest, train(&config, 5).digest);
    }
}

#[test]
fn all_kernels_give_the_same_digest() {
    for config in runs(2, 128) {
        let digests: Vec<String> = Kernel::available()
            .map(|kernel| {
                let trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
                let mut trainer = trainer.with_exec(&Exec::from(kernel));
                assert!(trainer.run(&mut ()).is_continue());
                trainer.into_record(&mut ()).digest
            })
            .collect();
        assert!(
            digests.windows(2).all(|pair| pair[0] == pair[1]),
            "{config:?}"
        );
    }
}

/// Leaves the run after this many updates.
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

/// The run, left after `update` updates and taken up from a file's text.
fn interrupted(config: &RunConfig, update: usize) -> RunRecord {
    let mut trainer = Trainer::new(&Lab::standard(), config, 4).unwrap();
    if update > 0 {
        assert!(trainer.run(&mut LeaveAfter(update)).is_break());
    }
    let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
    drop(trainer);
    let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
    let mut trainer = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
    assert_eq!(trainer.updates(), update);
    assert!(trainer.run(&mut ()).is_continue());
    trainer.into_record(&mut ())
}

#[test]
fn an_interrupted_run_ends_like_any_other() {
    for mut config in runs(4, 256) {
        // Further state: adapted coefficients and rates, the stream of offsets.
        let settings = match config.algorithm.name() {
            "vpg" => r#"{"kl_adaptive": true, "anneal": true}"#,
            "ppo" => r#"{"objective": "adaptive-penalty", "anneal": true}"#,
            "a2c" => r#"{"horizon": 4, "trust_region": true, "anneal": true}"#,
            "rwr" => r#"{"steps": 5, "anneal": true}"#,
            _ => r#"{"fisher_subsample": 3, "anneal": true}"#,
        };
        let read = AlgorithmConfig::read(ALGORITHMS, config.algorithm.name(), settings);
        config.algorithm = read.unwrap().unwrap();
        let whole = train(&config, 4);
        for update in [0, 1, 3] {
            assert_eq!(interrupted(&config, update), whole, "left after {update}");
        }
    }
}

#[test]
fn the_number_of_copies_does_not_change_the_first_network() {
    let mut config = runs(1, 128).remove(0);
    let theta = |config: &RunConfig| {
        Trainer::new(&Lab::standard(), config, 4)
            .unwrap()
            .policy()
            .theta()
    };
    let before = theta(&config);
    config.common.copies = 4;
    assert_eq!(theta(&config), before);
}
