//! Our side of `make bench-peers`: a worker that sets one case up, then makes
//! one measurement for every line it reads.
//!
//! Its argument is the case, as JSON ([`Case`]); every line of its input is a
//! seed. It answers in lines of JSON: first with what it is, then with the
//! seconds of every measurement and, of arithmetic, its share of the peak of
//! this core. Without a case, as `cargo bench` runs it, it does nothing.

#[path = "../common/mod.rs"]
mod common;

use std::error::Error;
use std::io::{BufRead, Write};
use std::iter::Sum;
use std::time::Instant;

use common::operations::{Operations, of_policy_step, of_training};
use common::peak::measure_peak;
use serde::Deserialize;
use serde_json::json;
use trpo_lab::algo::trpo::{self, TrpoSettings};
use trpo_lab::config::RunConfig;
use trpo_lab::env::gym::Interpreter;
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, registry};
use trpo_lab::experiment::provenance::{Machine, Stopwatch, git_commit};
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;
use trpo_lab::policy::Policy;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::batch::Batch;
use trpo_lab::train::Trainer;

/// What is measured.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Case {
    /// Training of one seed after another, from the first update to the last,
    /// without the evaluation of the final policy.
    Train {
        /// Number of seeds, from the one that is read.
        seeds: u64,
        ours: Box<RunConfig>,
    },
    /// Steps of one copy of a task under random actions.
    Environment { env: String, steps: usize },
    /// Policy steps of TRPO on made-up data, each from the same parameters.
    Update {
        observation: usize,
        action: usize,
        hidden: Vec<usize>,
        rows: usize,
        /// Steps in one measurement.
        updates: usize,
        ours: TrpoSettings,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(case) = std::env::args().nth(1).filter(|arg| arg.starts_with('{')) else {
        eprintln!("a worker of `make bench-peers`: nothing to do by itself");
        return Ok(());
    };
    match serde_json::from_str(&case)? {
        Case::Train { seeds, ours } => {
            ours.check()?;
            serve(|seed| (seed..seed + seeds).map(|seed| train(&ours, seed)).sum())
        }
        Case::Environment { env, steps } => serve(|seed| Work {
            seconds: environment(&env, steps, seed),
            operations: 0,
        }),
        Case::Update {
            observation,
            action,
            hidden,
            rows,
            updates,
            ours,
        } => {
            ours.check()?;
            let mut rng = Streams::new(0, "bench-peers").stream(Purpose::Environment, 0);
            let limit = vec![1.0; action];
            let actions = ActionSpace::Box {
                low: limit.iter().map(|limit| -limit).collect(),
                high: limit,
            };
            let policy = Policy::new(observation, &actions, &hidden, 0.0, &mut rng);
            let batch = made_up_batch(&policy, observation, action, rows, &mut rng);
            let of_row = of_policy_step(
                Operations::of(policy.network().architecture()),
                ours.cg_iterations as u64 + 1,
                1,
            );
            serve(|_| Work {
                seconds: (0..updates).map(|_| update(&policy, &batch, &ours)).sum(),
                operations: (updates * rows) as u64 * of_row,
            })
        }
    }
}

/// What was measured.
struct Work {
    seconds: f64,
    /// That the mathematics needs; 0 where nothing but a task is measured.
    operations: u64,
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let none = Self {
            seconds: 0.0,
            operations: 0,
        };
        all.fold(none, |sum, work| Self {
            seconds: sum.seconds + work.seconds,
            operations: sum.operations + work.operations,
        })
    }
}

/// Answers every seed that is read with what `measure` gives.
fn serve(measure: impl Fn(u64) -> Work) -> Result<(), Box<dyn Error>> {
    let here = Stopwatch::start().finish(&Machine::here(&git_commit(), Kernel::best()), 0);
    let mut out = std::io::stdout().lock();
    let about = json!({"versions": here.versions, "cpu": here.cpu, "kernel": here.kernel});
    writeln!(out, "{about}")?;
    for line in std::io::stdin().lock().lines() {
        let Work {
            seconds,
            operations,
        } = measure(line?.trim().parse()?);
        // Now, because the clock of a shared machine changes.
        let share = operations as f64 / seconds / measure_peak(0.1);
        let share = (operations > 0).then_some(share);
        writeln!(out, "{}", json!({"seconds": seconds, "peak_share": share}))?;
    }
    Ok(())
}

/// One training.
fn train(config: &RunConfig, seed: u64) -> Work {
    let mut lab = Lab::standard();
    if let Ok(python) = std::env::var("TRPO_LAB_PYTHON") {
        lab = lab.with_interpreter(Interpreter {
            python,
            ..Interpreter::default()
        });
    }
    let mut trainer = Trainer::new(&lab, config, seed).expect("the case names a task that exists");
    let start = Instant::now();
    // The observer that does nothing never breaks off.
    let _ = trainer.run(&mut ());
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(
        trainer.updates(),
        config.updates().unwrap_or(0),
        "the run diverged"
    );
    let record = trainer.into_record(&mut ());
    Work {
        seconds,
        operations: of_training(config, &record),
    }
}

/// Seconds of `steps` steps with actions drawn before.
fn environment(env: &str, steps: usize, seed: u64) -> f64 {
    let streams = Streams::new(seed, env);
    let task = registry::standard(env).expect("the case names a task of this build");
    let mut envs = VecEnv::new(&task, 1, &streams).expect("the case names a task of this build");
    let ActionSpace::Box { low, high } = envs.spec().actions.clone() else {
        panic!("the case names a task with real-valued actions")
    };
    let mut rng = streams.stream(Purpose::Action, 0);
    let mut draw = |(&low, &high): (&f32, &f32)| rng.uniform_in(low.into(), high.into()) as f32;
    let actions: Vec<Vec<f32>> = (0..steps)
        .map(|_| low.iter().zip(&high).map(&mut draw).collect())
        .collect();
    let start = Instant::now();
    for action in &actions {
        envs.step(0, Action::Continuous(action))
            .expect("the task makes every step");
    }
    start.elapsed().as_secs_f64()
}

/// Seconds of one policy step.
fn update(policy: &Policy<f32>, batch: &Batch<f32>, settings: &TrpoSettings) -> f64 {
    let mut policy = policy.clone();
    let mut stream = Streams::new(0, "bench-peers").stream(Purpose::FisherSubsample, 0);
    let start = Instant::now();
    let step = trpo::policy_step(&mut policy, batch, settings, &mut stream);
    let seconds = start.elapsed().as_secs_f64();
    let step = step.expect("made-up data are finite");
    let did = (step.natural.cg_iterations, step.accepted.map(|(j, _)| j));
    let expected = (settings.cg_iterations, Some(0));
    assert_eq!(did, expected, "not the work of which the case tells");
    seconds
}

/// Normal observations and advantages, and actions of the policy itself.
fn made_up_batch(
    policy: &Policy<f32>,
    observation: usize,
    action: usize,
    rows: usize,
    rng: &mut Rng,
) -> Batch<f32> {
    let mut normal = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.normal() as f32).collect() };
    let observations = normal(rows * observation);
    let advantages = normal(rows);
    let mut actions = vec![0.0; rows * action];
    let mut actor = policy.actor();
    let mut old_params = Vec::new();
    for (observation, action) in observations
        .chunks_exact(observation)
        .zip(actions.chunks_exact_mut(action))
    {
        actor.sample(observation, std::slice::from_mut(rng), action);
        old_params.extend_from_slice(actor.params());
    }
    Batch {
        observations,
        actions,
        old_params,
        targets: advantages.clone(),
        values: vec![0.0; rows],
        advantages,
    }
}
