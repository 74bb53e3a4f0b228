//! Whole runs: what their records promise about the trust region, and how
//! they end when numbers do.

mod common;

use std::ops::ControlFlow;

use common::{algorithms, cast, config};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::ppo::PpoSettings;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::trpo::TrpoSettings;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::algo::vpg::{Optimizer, VpgSettings};
use trpo_lab::columns::Series;
use trpo_lab::config::RunConfig;
use trpo_lab::env::registry;
use trpo_lab::kernels::mean;
use trpo_lab::lab::Lab;
use trpo_lab::policy::Policy;
use trpo_lab::record::{RunRecord, Status};
use trpo_lab::rng::Streams;
use trpo_lab::rollout::collector::Collector;
use trpo_lab::train::{Observer, Trainer, train};

/// Leaves the run after every update.
struct OneUpdate;

impl Observer for OneUpdate {
    fn updated(&mut self, _: &Trainer) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// The observations of the batch that `trainer` will collect next.
fn next_observations(trainer: &Trainer) -> Vec<f32> {
    let settings = trainer.config().common.collection();
    let horizon = settings.horizon;
    let env = &trainer.config().env;
    let streams = Streams::new(trainer.seed(), env);
    let task = registry::standard(env).unwrap();
    let mut collector = Collector::new(&task, settings, &streams).unwrap();
    let checkpoint = serde_json::to_value(trainer.checkpoint()).unwrap();
    let snapshot = serde_json::from_value(checkpoint["collector"].clone()).unwrap();
    collector.restore(snapshot).unwrap();
    collector
        .collect(&mut trainer.policy().actor(), horizon, &[])
        .unwrap()
        .observations
}

/// Mean KL(old || new) over observations, in `f64`.
fn divergence(config: &RunConfig, old: &[f32], new: &[f32], observations: &[f32]) -> f64 {
    let task = registry::standard(&config.env).unwrap();
    let spec = task.spec();
    let hidden = &config.common.hidden;
    let outputs = |theta: &[f32]| {
        let (dim, theta) = (spec.observation_dim, cast::<f32, f64>(theta));
        let policy = Policy::with_theta(dim, &spec.actions, hidden, theta);
        let outputs = policy.linearise(&cast(observations)).outputs();
        (policy.distribution().clone(), outputs)
    };
    let ((distribution, old), (_, new)) = (outputs(old), outputs(new));
    let mut kl = vec![0.0; old.len() / distribution.params()];
    distribution.kl_old_new(&old, &new, &mut kl);
    mean(&kl)
}

#[test]
fn every_accepted_step_stays_inside_the_trust_region() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        let settings = TrpoSettings::default();
        let delta = settings.delta;
        let config = config(env, AlgorithmConfig::new::<Trpo>(settings), 10, 1024);
        let mut trainer = Trainer::new(&Lab::standard(), &config, 1).unwrap();
        let mut true_kl = Vec::new();
        while !trainer.is_finished() {
            let (old, observations) = (trainer.policy().theta(), next_observations(&trainer));
            let _ = trainer.run(&mut OneUpdate);
            let new = trainer.policy().theta();
            true_kl.push(divergence(&config, &old, &new, &observations));
        }
        let record = trainer.into_record(&mut ());
        let numbers = |name: &str| record.curve.numbers(name).unwrap();
        let outcomes = record.curve.words("outcome").unwrap();
        assert!(outcomes.iter().filter(|word| *word == "accepted").count() >= 8);
        for (update, &kl) in true_kl.iter().enumerate() {
            let recorded = numbers("kl_mean")[update].unwrap();
            assert!(recorded <= delta, "{env} {update}: {recorded}");
            // f32 adds rounding of about 1e-7 to every row.
            assert!((recorded - kl).abs() < 1e-6, "{env}: {recorded} for {kl}");
            if outcomes[update] == "accepted" {
                assert!(numbers("improvement")[update].unwrap() > 0.0);
            }
        }
    }
}

#[test]
fn observation_statistics_learn_from_every_batch() {
    let config = config("CartPole-v1", algorithms()[0].clone(), 3, 512);
    let mut trainer = Trainer::new(&Lab::standard(), &config, 0).unwrap();
    for update in 0..3 {
        let checkpoint = serde_json::to_value(trainer.checkpoint()).unwrap();
        let moments = &checkpoint["collector"]["state"]["normaliser"]["moments"];
        assert_eq!(moments[0]["count"], f64::from(512 * update));
        let _ = trainer.run(&mut OneUpdate);
    }
}

/// No number of a record is lost on its way through JSON, and where there is
/// none, the column is one that may lack it.
fn assert_clean(record: &RunRecord) {
    let text = serde_json::to_string(record).unwrap();
    assert_eq!(&serde_json::from_str::<RunRecord>(&text).unwrap(), record);
    let optional = [
        "return_mean",
        "length_mean",
        "beta",
        "accepted",
        "explained_variance",
    ];
    for (name, column) in record.curve.columns() {
        if let Series::Numbers(numbers) = column {
            assert_eq!(numbers.len(), record.curve.len());
            for number in numbers {
                match number {
                    Some(number) => assert!(number.is_finite(), "{name}"),
                    None => assert!(optional.contains(&name), "{name} has no value"),
                }
            }
        }
    }
}

#[test]
fn records_of_every_algorithm_are_complete_and_finite() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        for algorithm in algorithms() {
            let config = config(env, algorithm, 3, 512);
            let record = train(&config, 0);
            assert_eq!(record.status, Status::Completed);
            assert_eq!(record.curve.len(), 3);
            assert_eq!(record.evaluation.as_ref().unwrap().returns.len(), 3);
            assert_eq!(record.digest, record.compute_digest());
            assert_clean(&record);
            // What algorithms are compared by.
            for name in [
                "step",
                "kl_mean",
                "kl_max",
                "improvement",
                "entropy",
                "gradient_norm",
                "step_norm",
                "critic_loss_before",
                "critic_loss_after",
            ] {
                assert!(record.curve.numbers(name).is_some(), "{name}");
            }
            let log_std = record.curve.numbers("log_std");
            assert_eq!(log_std.is_some(), env == "Pendulum-v1");
        }
    }
}

/// The record of a run that must diverge, after this many updates and by this
/// quantity. Batches are long enough that episodes end in each.
fn diverged(config: &RunConfig, update: usize, quantity: &str) -> RunRecord {
    let record = train(config, 0);
    let quantity = quantity.to_owned();
    assert_eq!(record.status, Status::Diverged { update, quantity });
    assert_eq!(record.curve.len(), update);
    assert!(record.evaluation.is_none());
    assert_eq!(record.digest, record.compute_digest());
    assert_clean(&record);
    // Those of the last batch were collected too.
    let last = (update * config.common.batch) as u64;
    let episodes = &record.episodes;
    assert!(episodes.end_step.iter().any(|&step| step > last));
    record
}

#[test]
fn an_absurd_learning_rate_ends_as_diverged_with_its_record() {
    for (env, learning_rate, quantity) in [
        ("CartPole-v1", 1e39, "surrogate_after"),
        ("Pendulum-v1", 1e30, "kl_mean"),
    ] {
        let settings = VpgSettings {
            optimizer: Optimizer::Sgd,
            learning_rate,
            ..VpgSettings::default()
        };
        let config = config(env, AlgorithmConfig::new::<Vpg>(settings), 5, 2048);
        diverged(&config, 0, quantity);
    }
}

#[test]
fn a_divergence_between_minibatches_keeps_the_episodes() {
    let settings = PpoSettings {
        learning_rate: 1e30,
        ..PpoSettings::default()
    };
    let config = config(
        "Pendulum-v1",
        AlgorithmConfig::new::<Ppo>(settings),
        5,
        2048,
    );
    diverged(&config, 0, "gradient_norm");
}

#[test]
fn what_came_before_a_divergence_is_kept() {
    let mut config = config("Pendulum-v1", algorithms()[0].clone(), 5, 2048);
    // One step an update: the first makes the critic huge, the next overflows.
    config.critic.learning_rate = 1e30;
    config.critic.epochs = 1;
    config.critic.minibatch = 2048;
    let record = diverged(&config, 1, "critic_loss_after");
    assert_eq!(record.curve.words("outcome").unwrap(), ["accepted"]);
}

#[test]
fn a_task_that_does_not_exist_gives_a_failed_record() {
    let config = config("CartPole-v9", algorithms()[0].clone(), 1, 512);
    let record = train(&config, 0);
    assert!(matches!(record.status, Status::Failed { .. }));
    assert!(record.curve.is_empty());
    assert_clean(&record);
}
