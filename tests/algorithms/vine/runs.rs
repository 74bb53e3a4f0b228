//! Runs of the vine.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use assert_cmd::Command;
use rayon::ThreadPoolBuilder;
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::vine::{Vine, VineSettings};
use trpo_lab::env::registry::standard;
use trpo_lab::exec::Exec;
use trpo_lab::lab::Lab;
use trpo_lab::policy::Policy;
use trpo_lab::rng::Streams;
use trpo_lab::rollout::collector::Collector;
use trpo_lab::rollout::vine::{Means, Shape, estimate};
use trpo_lab::threads::Team;
use trpo_lab::train::{Checkpoint, Trainer};

use super::{LeaveAfter, config};
use crate::common::stream;

#[test]
fn vine_trunks_are_the_same_with_and_without_branching() {
    let task = standard("Pendulum-v1").unwrap();
    let streams = Streams::new(3, "Pendulum-v1");
    let policy = Policy::<f32>::new(3, &task.spec().actions, &[8], 0.0, &mut stream(4));
    let settings = config("Pendulum-v1", 1).common.collection();
    let batches = |forks: &[usize]| {
        let mut collector = Collector::new(&task, settings, &streams).unwrap();
        let mut first = collector.collect(&mut policy.actor(), 64, forks).unwrap();
        let kept = std::mem::take(&mut first.forks);
        if !kept.is_empty() {
            let means = Means {
                task: &task,
                actor: policy.actor(),
                normaliser: collector.normaliser(),
                streams: &streams,
                team: &Team::default(),
            };
            let shape = Shape {
                actions: 1,
                rollouts: 3,
                length: 20,
                gamma: 0.9,
            };
            estimate(&means, &kept, &vec![0.5; kept.len()], shape, 0).unwrap();
        }
        let rows: Vec<f32> = kept.iter().flat_map(|fork| fork.shown.clone()).collect();
        let second = collector.collect(&mut policy.actor(), 64, &[]).unwrap();
        (
            [first, second].map(|r| (r.observations, r.actions, r.rewards)),
            rows,
        )
    };
    let (plain, _) = batches(&[]);
    let chosen = [0, 5, 6, 130, 255];
    let (branched, rows) = batches(&chosen);
    assert_eq!(plain, branched);
    let expected: Vec<f32> = chosen
        .iter()
        .flat_map(|row| &plain[0].0[3 * row..3 * row + 3])
        .copied()
        .collect();
    assert_eq!(rows, expected, "a state is the one before its row");
}

#[test]
fn vine_counts_every_step_and_records_what_it_tried() {
    for (env, count) in [("CartPole-v1", 2.0), ("Pendulum-v1", 3.0)] {
        let mut trainer = Trainer::new(&Lab::standard(), &config(env, 3000), 1).unwrap();
        assert!(trainer.run(&mut ()).is_continue());
        let column = |name: &str| -> Vec<f64> {
            let numbers = trainer.curve().numbers(name).unwrap();
            numbers.iter().flatten().copied().collect()
        };
        assert!(column("q_values").iter().all(|q| *q == 12.0 * count));
        let steps = column("step");
        let mut before = 0.0;
        for (step, branch) in steps.iter().zip(column("branch_steps")) {
            assert_eq!(*step, before + 256.0 + branch);
            before = *step;
        }
        assert!(steps.len() > 1 && before >= 3000.0);
        if env == "Pendulum-v1" {
            // Nothing ends there but by the time limit, which branches do not know.
            assert_eq!(column("branch_steps")[0], 12.0 * 3.0 * 2.0 * 15.0);
        }
        assert!(trainer.curve().numbers("critic_loss_before").is_none());
    }
}

#[test]
fn vine_is_the_same_on_any_number_of_threads_and_resumed() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        let config = config(env, 4000);
        let digest = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let exec = Exec {
                team: Team::new(Arc::new(pool.unwrap()), Arc::new(AtomicUsize::new(threads))),
                ..Exec::default()
            };
            let trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
            let mut trainer = trainer.with_exec(&exec);
            assert!(trainer.run(&mut ()).is_continue());
            trainer.into_record(&mut ()).digest
        };
        let one = digest(1);
        assert_eq!([digest(2), digest(4)], [one.clone(), one.clone()]);

        let mut trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
        assert!(trainer.run(&mut LeaveAfter(1)).is_break());
        let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
        drop(trainer);
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        let mut resumed = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
        assert!(resumed.run(&mut ()).is_continue());
        assert_eq!(resumed.into_record(&mut ()).digest, one);
    }
}

#[test]
fn vine_learns_cart_pole_with_a_linear_policy() {
    let mut config = config("CartPole-v1", 60_000);
    config.common.hidden = vec![];
    config.algorithm = AlgorithmConfig::new::<Vine>(VineSettings {
        states: 50,
        length: 50,
        ..VineSettings::default()
    });
    let mut trainer = Trainer::new(&Lab::standard(), &config, 2).unwrap();
    assert!(trainer.run(&mut ()).is_continue());
    let evaluation = trainer.into_record(&mut ()).evaluation.unwrap();
    assert!(
        evaluation.returns.iter().all(|r| *r >= 475.0),
        "{evaluation:?}"
    );
}

#[test]
fn vine_refuses_what_it_cannot_do() {
    let message = |assignments: &[&str]| {
        let mut command = Command::cargo_bin("trpo-lab").unwrap();
        command.args([
            "train",
            "--env",
            "CartPole-v1",
            "--algo",
            "vine",
            "--seed",
            "0",
        ]);
        for assignment in assignments {
            command.args(["--set", assignment]);
        }
        let output = command.assert().code(2).get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    let said = message(&["vine.states=300", "batch=256"]);
    assert!(
        said.contains("`vine.states` must be at most the rows of the trunk"),
        "{said}"
    );
    let said = message(&["vine.rollouts=100000000"]);
    assert!(
        said.contains("`vine.rollouts` must leave at most 2^32"),
        "{said}"
    );
}
