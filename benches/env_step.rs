//! Steps per second of each task, with 8 copies side by side.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, registry};
use trpo_lab::rng::Streams;

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

criterion_group!(benches, env_step);
criterion_main!(benches);
