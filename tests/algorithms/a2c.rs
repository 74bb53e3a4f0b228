//! A2C: its gradient, what its rows are the means of, its trust region, that a run
//! is the same on any number of threads and resumed anywhere, and that it learns.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::common::{Problem, assert_close, objective, small_shapes};
use assert_cmd::Command;
use rayon::ThreadPoolBuilder;
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::a2c::{A2c, A2cSettings, mean_gradient, passed_back};
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::config::RunConfig;
use trpo_lab::exec::Exec;
use trpo_lab::lab::Lab;
use trpo_lab::threads::Team;
use trpo_lab::train::{Checkpoint, Observer, Trainer, train};

const TASKS: [&str; 2] = ["CartPole-v1", "Pendulum-v1"];

/// A run of `updates` batches of `batch` steps, of 8 copies, with the settings of
/// the published A2C where the laboratory has them.
fn config(env: &str, settings: A2cSettings, updates: usize, batch: usize) -> RunConfig {
    let algorithm = AlgorithmConfig::new::<A2c>(settings);
    let mut config = crate::common::config(env, algorithm, updates, batch);
    config.common.lambda = 1.0;
    config.critic.epochs = 1;
    config
}

/// The run, made to its end.
fn made(config: &RunConfig) -> Trainer {
    let mut trainer = Trainer::new(&Lab::standard(), config, 4).unwrap();
    assert!(trainer.run(&mut ()).is_continue());
    trainer
}

#[test]
fn a2c_follows_the_gradient_of_its_objective() {
    for shape in small_shapes() {
        let Problem { policy, batch } = crate::common::problem::<f64>(&shape, 300, 1);
        let surrogate = Surrogate::at(&policy, &batch, false);
        let rows = (
            surrogate.old_params(),
            &batch.actions[..],
            &batch.advantages[..],
        );
        let (z, _) = passed_back(policy.distribution(), rows, 0.3, None);
        let likelihood = objective(&policy, &policy, &batch, |rows, o| rows.log_likelihood(o)).1;
        let entropy = objective(&policy, &policy, &batch, |rows, o| rows.entropy(o)).1;
        let pairs = likelihood.iter().zip(&entropy);
        let expected: Vec<f64> = pairs.map(|(l, h)| l + 0.3 * h).collect();
        assert_close("gradient", &mean_gradient(&surrogate, &z), &expected, 1e-12);
    }
}

#[test]
fn a2c_row_is_the_mean_of_its_small_updates() {
    for env in TASKS {
        let of = |updates, batch| {
            let mut config = config(env, A2cSettings::default(), updates, batch);
            // Statistics would change after every row.
            config.common.normalize_observations = false;
            made(&config)
        };
        let (small, row) = (of(50, 40), of(1, 2000));
        assert_eq!(small.policy().theta(), row.policy().theta());
        let column = |trainer: &Trainer, name: &str| -> Vec<f64> {
            let numbers = trainer.curve().numbers(name).unwrap();
            numbers.iter().flatten().copied().collect()
        };
        for name in ["kl_mean", "entropy", "gradient_norm", "critic_loss_after"] {
            let all = column(&small, name);
            let mean = all.iter().sum::<f64>() / 50.0;
            assert_close(name, &column(&row, name), &[mean], 1e-12);
        }
        let largest = column(&small, "kl_max").into_iter().fold(0.0, f64::max);
        assert_eq!(column(&row, "kl_max"), [largest]);
        assert_eq!(column(&row, "step"), [2000.0]);
        if env == "Pendulum-v1" {
            assert_eq!(column(&small, "log_std")[49..], column(&row, "log_std"));
        }
    }
}

#[test]
fn a2c_with_a_trust_region_that_never_binds_is_a2c_bit_for_bit() {
    for env in TASKS {
        let theta = |trust_region, delta| {
            let settings = A2cSettings {
                trust_region,
                delta,
                learning_rate: 1e-2,
                ..A2cSettings::default()
            };
            let trainer = made(&config(env, settings, 3, 400));
            let shortened = trainer.curve().numbers("shortened");
            let all = shortened.unwrap_or_default().iter().flatten().sum::<f64>();
            (trainer.policy().theta(), all)
        };
        let (plain, none) = theta(false, 1.0);
        assert_eq!(theta(true, 1e30), (plain.clone(), none));
        let (bound, shortened) = theta(true, 1e-6);
        assert!(bound != plain && shortened > 0.0, "{env} {shortened}");
    }
}

/// Batches of more rows than a thread takes at once.
fn wide(env: &str) -> RunConfig {
    let settings = A2cSettings {
        horizon: 80,
        trust_region: true,
        ..A2cSettings::default()
    };
    config(env, settings, 2, 1280)
}

#[test]
fn a2c_is_the_same_on_any_number_of_threads() {
    for env in TASKS {
        let digest = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let free = Arc::new(AtomicUsize::new(threads));
            let exec = Exec {
                team: Team::new(Arc::new(pool.unwrap()), free),
                ..Exec::default()
            };
            let trainer = Trainer::new(&Lab::standard(), &wide(env), 4).unwrap();
            let mut trainer = trainer.with_exec(&exec);
            assert!(trainer.run(&mut ()).is_continue());
            trainer.into_record(&mut ()).digest
        };
        let one = digest(1);
        assert_eq!([digest(2), digest(4)], [one.clone(), one.clone()]);
        assert_eq!(train(&wide(env), 4).digest, one);
    }
}

/// Leaves the run after its first update.
struct Leave;

impl Observer for Leave {
    fn updated(&mut self, _: &Trainer) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[test]
fn a2c_goes_on_from_a_checkpoint() {
    for env in TASKS {
        for trust_region in [false, true] {
            let settings = A2cSettings {
                trust_region,
                anneal: true,
                ..A2cSettings::default()
            };
            let config = config(env, settings, 4, 400);
            let mut trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
            assert!(trainer.run(&mut Leave).is_break());
            let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
            let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
            let mut trainer = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
            assert!(trainer.run(&mut ()).is_continue());
            assert_eq!(trainer.into_record(&mut ()), train(&config, 4));
        }
    }
}

#[test]
fn a2c_learns_cart_pole() {
    for trust_region in [false, true] {
        let settings = A2cSettings {
            trust_region,
            ..A2cSettings::default()
        };
        let mut config = config("CartPole-v1", settings, 100, 2000);
        config.common.evaluation_episodes = 20;
        let score = train(&config, 1).evaluation.unwrap().mean_return();
        eprintln!("{trust_region} {score}");
        assert!(score >= 400.0, "{trust_region} {score}");
    }
}

#[test]
fn a2c_horizon_that_does_not_divide_the_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("trpo-lab").unwrap();
        let assert = command.current_dir(&folder).args(arguments).assert();
        String::from_utf8(assert.code(2).get_output().stderr.clone()).unwrap()
    };
    let message = refused(&["train", "--env", "CartPole-v1", "--algo", "a2c"]);
    let expected = "`a2c.horizon` must divide the 256 steps of each copy in a batch \
                    (`batch` / `copies`), not 5; it does with `batch` = 2040";
    assert!(message.contains(expected), "{message}");

    let text = "title = \"t\"\nheadline = \"evaluation\"\ntasks = [\"CartPole-v1\"]\nseeds = \"0..2\"\n\
                purpose = \"check\"\n[settings]\nbatch = 80\n[variant.a2c]\nalgorithm = \"a2c\"\n\
                a2c.horizon = 3\n";
    std::fs::write(folder.path().join("file.toml"), text).unwrap();
    let message = refused(&["run", "file.toml"]);
    assert!(message.contains("file.toml:10"), "{message}");
    assert!(message.contains("`batch` = 72"), "{message}");
}
