//! What a user brings: tasks and algorithms that are not ours, in runs that are
//! made as ours are.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::{Algorithm, AlgorithmConfig, Bench, Kind, UpdateError};
use trpo_lab::columns::{Column, Row};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::cartpole::CartPole;
use trpo_lab::env::{
    Actions, Copies, EnvError, EnvFailed, Saved, Spec, Task, Transitions, registry,
};
use trpo_lab::lab::Lab;
use trpo_lab::record::{RunRecord, Status};
use trpo_lab::rng::Streams;
use trpo_lab::rollout::episodes::Acting;
use trpo_lab::settings::at_least_one;
use trpo_lab::train::{train, train_in};

/// CartPole under another name, whose copies fail after so many steps.
struct Breaks {
    inner: Box<dyn Copies>,
    left: u64,
}

impl Copies for Breaks {
    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed> {
        self.inner.observe(observations)
    }

    fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed> {
        if self.left == 0 {
            return Err(EnvFailed {
                id: "Breaks-v0".to_owned(),
                problem: "the cable is out".to_owned(),
            });
        }
        self.left -= 1;
        self.inner.step(actions, out)
    }

    fn restore(&mut self, i: usize, state: &Saved) -> Result<(), EnvError> {
        self.inner.restore(i, state)
    }
}

/// Its first copies, those of the training, fail after `training` steps, and the
/// next, those of the evaluation, after `evaluation`.
fn breaks(training: u64, evaluation: u64) -> Task {
    let made = AtomicU64::new(0);
    let inner = registry::standard("CartPole-v1").unwrap();
    let spec = Spec {
        id: "Breaks-v0".into(),
        ..inner.spec().clone()
    };
    Task::of_copies(spec, move |streams| {
        let is_training = made.fetch_add(1, Ordering::Relaxed) == 0;
        let left = if is_training { training } else { evaluation };
        let inner = inner.copies(streams)?;
        Ok(Box::new(Breaks { inner, left }))
    })
}

fn small(env: &str, algorithm: AlgorithmConfig) -> RunConfig {
    RunConfig {
        common: CommonSettings {
            steps: 3072,
            batch: 512,
            copies: 2,
            hidden: vec![8],
            evaluation_episodes: 3,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, algorithm)
    }
}

fn on_breaks(training: u64, evaluation: u64) -> RunRecord {
    let lab = Lab::standard().task(breaks(training, evaluation));
    let config = small(
        "Breaks-v0",
        AlgorithmConfig::new::<Trpo>(Default::default()),
    );
    train_in(&lab, &config, 0)
}

#[test]
fn a_task_that_fails_ends_the_run_as_failed_with_its_words() {
    // 1,000 steps of two copies: in the second batch of 512.
    let record = on_breaks(500, u64::MAX);
    let error = "Breaks-v0: the cable is out".to_owned();
    assert_eq!(record.status, Status::Failed { error });
    assert_eq!(record.curve.len(), 1);
    assert!(record.evaluation.is_none());
    assert!(record.episodes.end_step.iter().all(|&step| step <= 512));
}

#[test]
fn a_task_that_fails_in_the_evaluation_is_no_run_without_an_evaluation() {
    let record = on_breaks(u64::MAX, 1);
    let error = "in the evaluation: Breaks-v0: the cable is out".to_owned();
    assert_eq!(record.status, Status::Failed { error });
    assert_eq!(record.curve.len(), 6);
}

#[test]
fn copies_made_all_at_once_are_those_made_one_by_one() {
    let ours = train(
        &small(
            "CartPole-v1",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        ),
        0,
    );
    let theirs = on_breaks(u64::MAX, u64::MAX);
    assert_eq!(theirs.status, Status::Completed);
    // Streams differ by the name of the task: the same length, other numbers.
    assert_eq!(theirs.curve.len(), ours.curve.len());
    let again = on_breaks(u64::MAX, u64::MAX);
    assert_eq!(theirs.digest, again.digest);
}

/// `Breaks` says nothing of its state.
#[test]
fn a_vine_on_a_task_that_cannot_give_its_state_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let text = "title = \"Does it branch?\"\nheadline = \"evaluation\"\ntasks = [\"Breaks-v0\"]\n\
                seeds = \"0..1\"\n\n[variant.vine]\nalgorithm = \"vine\"\n";
    std::fs::write(&file, text).unwrap();
    let lab = Lab::standard().task(breaks(u64::MAX, u64::MAX));
    let overrides = trpo_lab::experiment::file::Overrides::default();
    let read = trpo_lab::experiment::file::Experiment::parse(&lab, &file, "mine", text, &overrides);
    let message = read.unwrap_err().to_string();
    assert!(message.contains("mine.toml:7:"), "{message}");
    let said = "goes on from saved states, and Breaks-v0 cannot give its state";
    assert!(message.contains(said), "{message}");
}

trpo_lab::settings! {
    /// Settings of the probe.
    pub struct ProbeSettings {
        /// Steps of a branch.
        steps: usize = 5, at_least_one();
    }
}

/// Branches from the states of a walk, and checks what it gets.
#[derive(Clone, Serialize, Deserialize)]
struct Probe {
    steps: usize,
}

const RETURN: Column = Column::number("probe_return", "Return of the probe");

impl Kind for Probe {
    type Settings = ProbeSettings;
    type Algorithm = Self;
    const NAME: &'static str = "probe";
    const SUMMARY: &'static str = "Walks and branches";

    fn new(settings: &ProbeSettings, _: usize, _: &Streams) -> Self {
        Self {
            steps: settings.steps,
        }
    }

    fn updates(_: &ProbeSettings, _: usize, _: usize) -> Option<usize> {
        None
    }
}

impl Algorithm for Probe {
    fn update(&mut self, bench: &mut Bench<'_>, done: f64) -> Result<Row, UpdateError> {
        assert!((0.0..1.0).contains(&done));
        let before = bench.steps();
        let (path, forks) = bench.walk(8)?;
        assert_eq!((path.len(), forks.len()), (8, 8));
        assert_eq!(bench.steps(), before + 8);
        // Left, left, right: equal first actions make equal paths.
        let paths = bench.branch(&forks[3], &[0.0, 0.0, 1.0], self.steps)?;
        assert_eq!(paths.len(), 3);
        assert_eq!(paths[0], paths[1]);
        assert_ne!(paths[0], paths[2]);
        assert_eq!(paths[0].observations[..4], path.observations[12..16]);
        assert_eq!(paths[2].len(), self.steps);
        // The same state again, with other random numbers.
        let more = bench.branch(&forks[3], &[0.0], self.steps)?;
        assert_eq!(more[0].observations[..4], paths[0].observations[..4]);
        assert_eq!(bench.steps(), before + 8 + 4 * self.steps as u64);
        let theta = bench.policy.theta();
        let returns = bench.returns(&theta, 3, Acting::Sample)?;
        let counted = bench.steps() - before - 8 - 4 * self.steps as u64;
        // CartPole pays 1 a step.
        assert_eq!(returns.iter().sum::<f64>(), counted as f64);
        Ok(Row::default().with(RETURN, returns[0]))
    }
}

#[test]
fn an_algorithm_walks_branches_and_plays_episodes_and_every_step_counts() {
    let lab = Lab::standard().algorithm::<Probe>();
    let config = small(
        "CartPole-v1",
        AlgorithmConfig::new::<Probe>(Default::default()),
    );
    let record = train_in(&lab, &config, 0);
    assert_eq!(record.status, Status::Completed, "{:?}", record.status);
    let steps = record.curve.numbers("step").unwrap();
    let last = steps.last().unwrap().unwrap();
    assert!(last >= 3072.0 && steps[steps.len() - 2].unwrap() < 3072.0);
    // Three episodes an update, each with the step at which it ended.
    assert_eq!(record.episodes.length.len(), 3 * record.curve.len());
    assert!(record.episodes.end_step.is_sorted());
    assert_eq!(record, train_in(&lab, &config, 0));
}

#[test]
fn a_record_of_an_algorithm_that_is_not_known_is_read_and_written_as_it_is() {
    let text = r#"{"theirs":{"zeta":1.0,"alpha":[1,-2],"mode":"x"}}"#;
    let read: AlgorithmConfig = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert!(read.settings().is_none() && read.trust_radius().is_none());
    let record = train(&small("CartPole-v1", read), 0);
    let Status::Failed { error } = record.status else {
        panic!("{:?}", record.status)
    };
    assert!(
        error.starts_with("there is no algorithm `theirs`; there are trpo, "),
        "{error}"
    );
}

const MINE: &str = r#"
title = "Mine"
headline = "final"
tasks = ["Mine-v0"]
seeds = "0..2"
[settings]
steps = 512
batch = 256
copies = 2
hidden = [4]
evaluation_episodes = 2
[variant.trpo]
algorithm = "trpo"
"#;

fn mine(version: u32) -> Lab {
    let inner = registry::standard("CartPole-v1").unwrap();
    let spec = Spec {
        id: "Mine-v0".into(),
        ..inner.spec().clone()
    };
    let task = Task::fallible(spec, || Ok(Box::new(CartPole::default())));
    Lab::standard().task(task.version(version).reference(10.0, 500.0))
}

fn reproduce(lab: &Lab, folder: &Path, text: &str) -> bool {
    let file = folder.join("mine.toml");
    fs::write(&file, text).unwrap();
    let out = folder.join("out");
    let args = [
        "reproduce",
        file.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    lab.run(args) == ExitCode::SUCCESS
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join("out/mine").join(file)).unwrap()
}

const RECORD: &str = "runs/Mine-v0/trpo/seed-0.json";

#[test]
fn a_task_carries_its_version_its_reference_and_the_program_that_ran_it() {
    let folder = tempfile::tempdir().unwrap();
    assert!(reproduce(&mine(3), folder.path(), MINE));
    let record: RunRecord = serde_json::from_str(&read(folder.path(), RECORD)).unwrap();
    assert_eq!(
        (record.config.env_version, record.config.algorithm_version),
        (Some(3), None)
    );
    assert_eq!(record.provenance.program.unwrap().len(), 16);
    assert!(read(folder.path(), "statistics.json").contains(r#""reference": 500.0"#));
    assert!(
        folder
            .path()
            .join("out/mine/figures/learning_curves.svg")
            .exists()
    );

    // Another version is another configuration: nothing stands.
    assert!(reproduce(&mine(4), folder.path(), MINE));
    let newer: RunRecord = serde_json::from_str(&read(folder.path(), RECORD)).unwrap();
    assert_eq!(newer.config.env_version, Some(4));
    assert_ne!(newer.digest, record.digest);

    // What version 3 gave is not asked of version 4.
    let Status::Failed { error } = train_in(&mine(4), &record.config, 0).status else {
        panic!("made by another version");
    };
    assert_eq!(
        error,
        "the configuration is of version 3 of `Mine-v0`; this program has version 4"
    );

    // The experiment file wins over the task.
    let own = format!("{MINE}[reference.\"Mine-v0\"]\nrandom = 1.0\nreference = 77.0\n");
    assert!(reproduce(&mine(4), folder.path(), &own));
    assert!(read(folder.path(), "statistics.json").contains(r#""reference": 77.0"#));
}

/// CartPole, whose copies made first panic in their 300th step where `panics`.
fn panicking(panics: bool) -> Lab {
    struct Panicking(Box<dyn Copies>, u64);

    impl Copies for Panicking {
        fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed> {
            self.0.observe(observations)
        }

        fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed> {
            self.1 -= 1;
            assert!(self.1 > 0, "the cable is out");
            self.0.step(actions, out)
        }

        fn restore(&mut self, i: usize, state: &Saved) -> Result<(), EnvError> {
            self.0.restore(i, state)
        }
    }

    let inner = registry::standard("CartPole-v1").unwrap();
    let spec = Spec {
        id: "Mine-v0".into(),
        ..inner.spec().clone()
    };
    let is_calm = std::sync::atomic::AtomicBool::new(!panics);
    Lab::standard().task(Task::of_copies(spec, move |streams| {
        let left = match is_calm.swap(true, Ordering::Relaxed) {
            true => u64::MAX,
            false => 300,
        };
        Ok(Box::new(Panicking(inner.copies(streams)?, left)))
    }))
}

#[test]
fn a_panic_in_one_run_is_its_record_and_the_others_are_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    fs::write(&file, MINE.replace("steps = 512", "steps = 1024")).unwrap();
    let run = |lab: Lab, out: &str| {
        let out = folder.path().join(out);
        let [file, out] = [&file, &out].map(|path| path.to_str().unwrap());
        lab.run(["run", file, "--out", out, "--jobs", "1"])
    };
    let records = |out: &str| {
        [0, 1].map(|seed| {
            let path = format!("{out}/mine/runs/Mine-v0/trpo/seed-{seed}.json");
            let text = fs::read_to_string(folder.path().join(path)).unwrap();
            serde_json::from_str::<RunRecord>(&text).unwrap()
        })
    };
    assert_eq!(run(panicking(false), "whole"), ExitCode::SUCCESS);
    let whole = records("whole").map(|record| record.digest);

    assert_eq!(run(panicking(true), "out"), ExitCode::FAILURE);
    let [panicked, other] = records("out");
    let error = "internal error: the cable is out".to_owned();
    assert_eq!(panicked.status, Status::Failed { error });
    assert_eq!(other.digest, whole[1]);

    // The same command makes that run again, and no other.
    assert_eq!(run(panicking(false), "out"), ExitCode::SUCCESS);
    assert_eq!(records("out").map(|record| record.digest), whole);
}
