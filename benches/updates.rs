//! What the parts of an update cost: policy steps, advantages and the critic.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Problem, normals, stream};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trpo_lab::algo::Algorithm;
use trpo_lab::algo::critic::{Critic, CriticSettings};
use trpo_lab::algo::ppo::{Ppo, PpoSettings};
use trpo_lab::algo::trpo::{Trpo, TrpoSettings};
use trpo_lab::rng::Streams;
use trpo_lab::rollout::gae::{Trajectories, advantages};

/// Policy steps of a fresh algorithm from the same policy.
fn policy_step<A: Algorithm>(criterion: &mut Criterion, name: &str, settings: &A::Settings) {
    let mut group = criterion.benchmark_group(name);
    let streams = Streams::new(0, "benches");
    for (name, rows, Problem { policy, batch }) in common::workload_problems() {
        let fresh = || {
            let algorithm = A::new(settings, policy.theta().len(), &streams);
            (policy.clone(), algorithm)
        };
        group.sample_size(10).throughput(Throughput::Elements(rows));
        group.bench_function(BenchmarkId::new(name, rows), |bencher| {
            bencher.iter_batched_ref(
                fresh,
                |(policy, algorithm)| algorithm.policy_step(policy, &batch, 0.0),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Ten iterations of the conjugate gradient, whatever the residual.
fn trpo_update(criterion: &mut Criterion) {
    let settings = TrpoSettings {
        cg_tolerance: 0.0,
        ..TrpoSettings::default()
    };
    policy_step::<Trpo>(criterion, "trpo_update", &settings);
}

/// Ten epochs of minibatches of 64.
fn ppo_update(criterion: &mut Criterion) {
    policy_step::<Ppo>(criterion, "ppo_update", &PpoSettings::default());
}

/// Ten epochs of minibatches of 64.
fn critic_fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("critic_fit");
    let streams = Streams::new(0, "benches");
    for (name, rows, Problem { batch, .. }) in common::workload_problems() {
        let settings = CriticSettings::default();
        let fresh = || Critic::new(&settings, batch.observation_dim(), &[64, 64], &streams);
        group.sample_size(10).throughput(Throughput::Elements(rows));
        group.bench_function(BenchmarkId::new(name, rows), |bencher| {
            bencher.iter_batched_ref(
                fresh,
                |critic| critic.fit(&batch, 0.0),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Eight copies, an episode of 200 steps each.
fn gae(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gae");
    for rows in [2048, 50_000] {
        let rng = &mut stream(0);
        let [rewards, values, next_values] = [(); 3].map(|()| normals::<f64>(rows, rng));
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

criterion_group!(benches, trpo_update, ppo_update, critic_fit, gae);
criterion_main!(benches);
