//! What a rollout costs beside the policy: steps per second of each task, with 8
//! copies side by side, and advantages.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, registry};
use trpo_lab::rng::{Purpose, Streams};
use trpo_lab::rollout::gae::{Trajectories, advantages};

const COPIES: usize = 8;

fn env_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env_step");
    group.throughput(Throughput::Elements(COPIES as u64));
    for spec in registry::all() {
        let mut envs = VecEnv::new(spec.id, COPIES, &Streams::new(0, spec.id))
            .expect("the registry lists its own tasks");
        let mut turn = 0;
        group.bench_function(spec.id, |bencher| {
            bencher.iter(|| {
                for i in 0..COPIES {
                    turn += 1;
                    match &spec.actions {
                        ActionSpace::Discrete(count) => {
                            envs.step(i, Action::Discrete(turn % count))
                        }
                        ActionSpace::Box { low, high } => {
                            let component = if turn % 3 == 0 { low } else { high };
                            envs.step(i, Action::Continuous(component))
                        }
                    };
                }
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
