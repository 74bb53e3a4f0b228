//! CEM and CMA-ES on the parameters of a policy, and the generations of the bench
//! that they are made of.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde::{Deserialize, Serialize};
use trpo_lab::algo::cem::Cem;
use trpo_lab::algo::cma_es::CmaEs;
use trpo_lab::algo::{Algorithm, AlgorithmConfig, Bench, Kind, UpdateError};
use trpo_lab::columns::{Column, Row};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::exec::Exec;
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;
use trpo_lab::record::{RunRecord, Status};
use trpo_lab::rng::Streams;
use trpo_lab::rollout::episodes::Acting;
use trpo_lab::settings::at_least_one;
use trpo_lab::threads::Team;
use trpo_lab::train::{Checkpoint, Observer, Trainer, train, train_in};

fn config(env: &str, algorithm: AlgorithmConfig, steps: usize) -> RunConfig {
    let config = RunConfig {
        common: CommonSettings {
            steps,
            hidden: vec![],
            normalize_observations: false,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, algorithm)
    };
    config.check().unwrap();
    config
}

fn cem() -> AlgorithmConfig {
    AlgorithmConfig::new::<Cem>(Default::default())
}

fn cma_es() -> AlgorithmConfig {
    AlgorithmConfig::new::<CmaEs>(Default::default())
}

fn solves(algorithm: AlgorithmConfig) {
    let record = train(&config("CartPole-v1", algorithm, 100_000), 1);
    let score = record.evaluation.as_ref().unwrap().mean_return();
    assert!(score >= 475.0, "{score}");
    // The last generation is begun within the budget.
    let steps = &record.curve.numbers("step").unwrap();
    let before_last = steps[steps.len() - 2].unwrap();
    assert!(before_last < 100_000.0, "{before_last}");
}

#[test]
fn cem_solves_cartpole_with_a_linear_policy() {
    solves(cem());
}

#[test]
fn cma_es_solves_cartpole_with_a_linear_policy() {
    solves(cma_es());
}

fn on_threads(config: &RunConfig, threads: usize) -> RunRecord {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let share = Arc::new(AtomicUsize::new(threads));
    let exec = Exec {
        kernel: Kernel::default(),
        team: Team::new(Arc::new(pool.unwrap()), share),
    };
    let trainer = Trainer::new(&Lab::standard(), config, 4).unwrap();
    let mut trainer = trainer.with_exec(&exec);
    assert!(trainer.run(&mut ()).is_continue());
    trainer.into_record(&mut ())
}

/// Leaves the run after this many updates.
struct LeaveAfter(usize);

impl Observer for LeaveAfter {
    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        match trainer.updates() == self.0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// The run, left after `update` updates and taken up from a file's text.
fn interrupted(config: &RunConfig, update: usize) -> RunRecord {
    let mut trainer = Trainer::new(&Lab::standard(), config, 4).unwrap();
    assert!(trainer.run(&mut LeaveAfter(update)).is_break());
    let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
    let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
    let mut trainer = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
    assert!(trainer.run(&mut ()).is_continue());
    trainer.into_record(&mut ())
}

/// On both kinds of actions, with a layer, and episodes of unequal length.
fn has_the_same_bits(name: &str, settings: &[&str]) {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        for settings in settings {
            let read = AlgorithmConfig::read(trpo_lab::algo::ALGORITHMS, name, settings);
            let mut config = config(env, read.unwrap().unwrap(), 20_000);
            config.common.hidden = vec![4];
            config.common.evaluation_points = 3;
            let whole = train(&config, 4);
            assert_eq!(whole.status, Status::Completed);
            assert!(whole.curve.len() >= 3, "{} updates", whole.curve.len());
            for threads in [2, 4] {
                assert_eq!(on_threads(&config, threads), whole, "{threads} threads");
            }
            for update in [1, 2] {
                assert_eq!(interrupted(&config, update), whole, "left after {update}");
            }
        }
    }
}

#[test]
fn cem_has_the_same_bits_on_any_threads_and_resumed() {
    has_the_same_bits("cem", &[r#"{"episodes": 2, "population": 10}"#, "{}"]);
}

#[test]
fn cma_es_has_the_same_bits_on_any_threads_and_resumed() {
    let diagonal = r#"{"covariance": "diagonal", "population": 6, "episodes": 2}"#;
    has_the_same_bits("cma-es", &["{}", diagonal]);
}

/// A log standard deviation leaves its range nowhere, neither played nor kept.
#[test]
fn vectors_of_cem_and_cma_es_are_projected() {
    for (name, settings) in [
        ("cem", r#"{"sigma": 30.0}"#),
        ("cma-es", r#"{"sigma": 30.0}"#),
    ] {
        let read = AlgorithmConfig::read(trpo_lab::algo::ALGORITHMS, name, settings);
        let record = train(&config("Pendulum-v1", read.unwrap().unwrap(), 20_000), 0);
        assert_eq!(record.status, Status::Completed);
        for log_std in record.curve.numbers("log_std").unwrap() {
            let log_std = log_std.unwrap();
            assert!((-5.0..=2.0).contains(&log_std), "{log_std}");
        }
    }
}

#[test]
fn cem_and_cma_es_refuse_normalised_observations() {
    for algorithm in [cem(), cma_es()] {
        let mut config = config("CartPole-v1", algorithm, 1000);
        config.common.normalize_observations = true;
        let message = config.check().unwrap_err().to_string();
        let name = config.algorithm.name();
        let expected = format!("`normalize_observations` must be false with `{name}`");
        assert!(message.starts_with(&expected), "{message}");
    }
}

trpo_lab::settings! {
    /// Settings of the twins.
    pub struct TwinsSettings {
        /// Episodes.
        episodes: usize = 3, at_least_one();
    }
}

/// Plays one vector twice beside another, in two generations.
#[derive(Clone, Serialize, Deserialize)]
struct Twins(usize);

const FIRST: Column = Column::number("first", "First return");

impl Kind for Twins {
    type Settings = TwinsSettings;
    type Algorithm = Self;
    const NAME: &'static str = "twins";
    const SUMMARY: &'static str = "Equal vectors";

    fn new(settings: &TwinsSettings, _: usize, _: &Streams) -> Self {
        Self(settings.episodes)
    }

    fn updates(_: &TwinsSettings, _: usize, _: usize) -> Option<usize> {
        Some(1)
    }
}

impl Algorithm for Twins {
    fn update(&mut self, bench: &mut Bench<'_>, _: f64) -> Result<Row, UpdateError> {
        let theta = bench.policy.theta();
        let other: Vec<f32> = theta.iter().map(|theta| theta + 1.0).collect();
        let vectors = [theta.clone(), other, theta.clone()];
        let first = bench.generation(&vectors, self.0, Acting::Sample)?;
        assert_eq!(first.len(), 3);
        assert!(first.iter().all(|returns| returns.len() == self.0));
        assert_eq!(first[0], first[2], "common random numbers");
        assert_ne!(first[0], first[1]);
        // Episodes of one vector have numbers of their own.
        assert_ne!(first[0][0], first[0][1]);
        let next = bench.generation(&vectors, self.0, Acting::Sample)?;
        assert_ne!(first[0], next[0], "new ones in the next generation");
        // Modes differ from samples from the same first states.
        let modes = bench.generation(&vectors[..1], self.0, Acting::Mode)?;
        assert_eq!(modes[0].len(), self.0);
        // An episode of Pendulum has 200 steps.
        assert_eq!(bench.steps(), (3 + 3 + 1) * 3 * 200);
        Ok(Row::default().with(FIRST, first[1][2]))
    }
}

#[test]
fn a_generation_has_common_random_numbers_and_records_every_episode() {
    let lab = Lab::standard().algorithm::<Twins>();
    let config = config(
        "Pendulum-v1",
        AlgorithmConfig::new::<Twins>(Default::default()),
        1,
    );
    let record = train_in(&lab, &config, 2);
    assert_eq!(record.status, Status::Completed);
    let episodes = &record.episodes;
    assert_eq!(episodes.returns.len(), 21);
    // Vector by vector, and of one vector in the order of the episodes.
    let first = record.curve.numbers("first").unwrap()[0].unwrap();
    assert_eq!(episodes.returns[5], first);
    assert_eq!(episodes.returns[..3], episodes.returns[6..9]);
    assert!(episodes.end_step.is_sorted());
    assert_eq!(episodes.end_step[20], 21 * 200);
}
