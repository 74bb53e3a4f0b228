//! A checkpoint is refused, or a run goes on from it to its end. The run is always the same
//! small one: a checkpoint of another is never gone on with. What stands in the frame is
//! fuzzed, since nothing would come past its digest; `TRPO_LAB_WRITE=PATH` writes one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::config::RunConfig;
use trpo_lab::experiment::checkpoint::{content, encode};
use trpo_lab::experiment::frame;
use trpo_lab::lab::Lab;
use trpo_lab::train::Trainer;

static LAB: LazyLock<Lab> = LazyLock::new(|| {
    let lab = Lab::standard();
    if let Some(path) = std::env::var_os("TRPO_LAB_WRITE") {
        let trainer = Trainer::new(&lab, &config(), 0).expect("a small run");
        let bytes = encode(&trainer).expect("its task keeps its state");
        let payload = frame::payload(&bytes).expect("a frame that was made");
        std::fs::write(path, payload).expect("a path that can be written");
    }
    lab
});

fn config() -> RunConfig {
    let mut config = RunConfig::new("CartPole-v1", AlgorithmConfig::new::<Ppo>(Default::default()));
    config.common.steps = 64;
    config.common.batch = 32;
    config.common.copies = 2;
    config.common.hidden = vec![2];
    config.common.evaluation_episodes = 1;
    config.critic.epochs = 1;
    config
}

fuzz_target!(|bytes: &[u8]| {
    let lab = &*LAB;
    let _ = frame::payload(bytes);
    let Ok((_, checkpoint)) = content(bytes) else {
        return;
    };
    if !checkpoint.is_of(&config(), 0) {
        return;
    }
    if let Ok(mut trainer) = Trainer::resume(lab, checkpoint) {
        let _ = trainer.run(&mut ());
        let _ = trainer.finish(&mut ());
    }
});
