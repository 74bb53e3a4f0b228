//! What a checkpoint is refused with when its state is not one is said in plain words.

use serde_json::{Value, json};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::config::RunConfig;
use trpo_lab::lab::Lab;
use trpo_lab::train::{Checkpoint, ResumeError, Trainer};

fn checkpoint(noise: f64) -> Value {
    let mut config = RunConfig::new(
        "CartPole-v1",
        AlgorithmConfig::new::<Ppo>(Default::default()),
    );
    config.common.observation_noise = noise;
    let trainer = Trainer::new(&Lab::standard(), &config, 0).unwrap();
    serde_json::to_value(trainer.checkpoint().unwrap()).unwrap()
}

fn refusal(checkpoint: Value) -> String {
    let checkpoint: Checkpoint = serde_json::from_value(checkpoint).unwrap();
    let resumed = Trainer::resume(&Lab::standard(), checkpoint);
    resumed
        .map(drop)
        .map_err(|error: ResumeError| error.to_string())
        .unwrap_err()
}

/// Puts a map where a state of a task, which is kept as text, has its first number.
fn damage(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((before, after)) = text.split_once("[-").or_else(|| text.split_once("[0")) {
                let rest = after.find([',', ']']).map_or("", |end| &after[end..]);
                *text = format!("{before}[{{}}{rest}");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(damage),
        Value::Object(fields) => fields.values_mut().for_each(damage),
        _ => {}
    }
}

#[test]
fn the_state_of_a_task_is_refused_in_plain_words() {
    for noise in [0.0, 0.1] {
        let mut damaged = checkpoint(noise);
        damage(&mut damaged["collector"]);
        let message = refusal(damaged);
        assert!(message.contains("must be a number, not"), "{message}");
    }
}

#[test]
fn the_state_of_an_algorithm_is_refused_in_plain_words() {
    let mut damaged = checkpoint(0.0);
    damaged["algorithm"]["kl_coefficient"] = json!({});
    let message = refusal(damaged);
    assert!(message.contains("must be a number, not"), "{message}");
}
