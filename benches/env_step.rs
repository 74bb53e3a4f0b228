//! What a rollout costs beside the policy: steps per second of each task, with 8
//! copies side by side, and advantages.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{ActionSpace, Actions, registry};
use trpo_lab::rng::{Purpose, Streams};
use trpo_lab::rollout::gae::{Trajectories, advantages};

const COPIES: usize = 8;

fn env_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env_step");
    group.throughput(Throughput::Elements(COPIES as u64));
    for task in registry::all() {
        let spec = task.spec();
        let mut envs = VecEnv::new(&task, COPIES, &Streams::new(0, task.id()))
            .expect("the registry lists its own tasks");
        let mut turn = 0;
        group.bench_function(task.id(), |bencher| {
            let mut actions = Actions::new(&spec.actions, COPIES);
            bencher.iter(|| {
                actions.choose(|chosen| {
                    for action in chosen.chunks_exact_mut(spec.actions.width()) {
                        turn += 1;
                        match &spec.actions {
                            ActionSpace::Discrete(count) => action[0] = (turn % count) as f32,
                            ActionSpace::Box { low, high } => {
                                action.copy_from_slice(if turn % 3 == 0 { low } else { high });
                            }
                        }
                    }
                });
                envs.step_all(&actions).expect("the task makes every step");
                envs.observations()[0]
            });
        });
    }
    group.finish();
}

/// Eight copies, an episode of 200 steps each.
fn gae(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gae");
    for rows in [2048, 50_000] {
        let mut rng = Streams::new(0, "gae").stream(Purpose::Bootstrap, 0);
        let mut normals = || -> Vec<f64> { (0..rows).map(|_| rng.normal()).collect() };
        let [rewards, values, next_values] = [normals(), normals(), normals()];
        let truncated: Vec<bool> = (0..rows).map(|row| row / 8 % 200 == 199).collect();
        let batch = Trajectories {
            rewards: &rewards,
            values: &values,
            next_values: &next_values,
            terminated: &vec![false; rows],
            truncated: &truncated,
            copies: 8,
        };
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::from_parameter(rows), |bencher| {
            bencher.iter(|| advantages(batch, 0.99, 0.95));
        });
    }
    group.finish();
}

criterion_group!(benches, env_step, gae);
criterion_main!(benches);
