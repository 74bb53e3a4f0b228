//! What the parts of an update cost: policy steps and the critic.

mod common;
#[path = "../tests/common/mod.rs"]
mod problems;

use common::PeakShare;
use common::operations::{Operations, of_policy_step};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use problems::{Problem, workload_problems};
use trpo_lab::algo::critic::{Critic, CriticSettings};
use trpo_lab::algo::on_policy::OnPolicy;
use trpo_lab::algo::ppo::{Ppo, PpoSettings};
use trpo_lab::algo::trpo::{Trpo, TrpoSettings};
use trpo_lab::algo::{Kind, PolicyStep};
use trpo_lab::nn::Architecture;
use trpo_lab::rng::Streams;

/// Policy steps of a fresh algorithm from the same policy; `operations` are
/// those of a row.
fn policy_step<A: PolicyStep + Kind<Algorithm = OnPolicy<A>>>(
    criterion: &mut Criterion<PeakShare>,
    name: &str,
    settings: &A::Settings,
    operations: impl Fn(Operations) -> u64,
) {
    let mut group = criterion.benchmark_group(name);
    let streams = Streams::new(0, "benches");
    for (name, rows, Problem { policy, mut batch }) in workload_problems() {
        // As a batch has them that was collected.
        batch.old_params = policy.network().outputs(&batch.observations);
        let fresh = || {
            let OnPolicy(algorithm) = A::new(settings, policy.theta().len(), &streams);
            (policy.clone(), algorithm)
        };
        let of_row = operations(Operations::of(policy.network().architecture()));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(rows * of_row));
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

/// The pass at theta_old, the gradient, ten iterations of the conjugate
/// gradient whatever the residual, one product for the step length, and one
/// pass of the line search.
fn trpo_update(criterion: &mut Criterion<PeakShare>) {
    let settings = TrpoSettings {
        cg_tolerance: 0.0,
        ..TrpoSettings::default()
    };
    policy_step::<Trpo>(criterion, "trpo_update", &settings, |row| {
        of_policy_step(row, 11, 1)
    });
}

/// Ten epochs of minibatches of 64, and the pass that measures.
fn ppo_update(criterion: &mut Criterion<PeakShare>) {
    policy_step::<Ppo>(criterion, "ppo_update", &PpoSettings::default(), |row| {
        row.forward + 10 * (row.forward + row.backward)
    });
}

/// Ten epochs of minibatches of 64, and the pass that measures.
fn critic_fit(criterion: &mut Criterion<PeakShare>) {
    let mut group = criterion.benchmark_group("critic_fit");
    let streams = Streams::new(0, "benches");
    for (name, rows, Problem { batch, .. }) in workload_problems() {
        let settings = CriticSettings::default();
        let fresh = || Critic::new(&settings, batch.observation_dim(), &[64, 64], &streams);
        let dim = batch.observation_dim();
        let row = Operations::of(&Architecture::new(dim, &[64, 64], 1, 0));
        let of_row = row.forward + 10 * (row.forward + row.backward);
        group
            .sample_size(10)
            .throughput(Throughput::Elements(rows * of_row));
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

criterion_group! {
    name = benches;
    config = common::criterion();
    targets = trpo_update, ppo_update, critic_fit
}
criterion_main!(benches);
