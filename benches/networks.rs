//! What networks cost: acting, gradients and Fisher-vector products.

mod common;
#[path = "../tests/common/mod.rs"]
mod problems;

use common::PeakShare;
use common::operations::Operations;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use problems::{Problem, fisher_product, normals, stream, workload_problems, workloads};
use trpo_lab::nn::ops::{elements, scalar};

/// Evaluation of the packed snapshot that acts.
fn actor_forward(criterion: &mut Criterion<PeakShare>) {
    let mut group = criterion.benchmark_group("actor_forward");
    let [(name, shape), _] = workloads();
    for rows in [1, 8, 64] {
        let Problem { policy, batch } = problems::problem::<f32>(&shape, rows, 0);
        let mut forward = policy.network().forward();
        let operations = Operations::of(policy.network().architecture());
        group.throughput(Throughput::Elements(rows as u64 * operations.forward));
        group.bench_function(BenchmarkId::new(name, rows), |bencher| {
            bencher.iter(|| forward.run(&batch.observations)[0]);
        });
    }
    group.finish();
}

/// The network's part of a gradient: a loss that costs nothing.
fn forward_backward(criterion: &mut Criterion<PeakShare>) {
    let mut group = criterion.benchmark_group("forward_backward");
    for (name, rows, Problem { policy, batch }) in workload_problems() {
        let operations = Operations::of(policy.network().architecture());
        let both = operations.forward + operations.backward;
        group
            .sample_size(20)
            .throughput(Throughput::Elements(rows * both));
        group.bench_function(BenchmarkId::new(name, rows), |bencher| {
            bencher.iter(|| {
                let here = policy.linearise(&batch.observations);
                here.gradient(|_, outputs| {
                    let cotangent = elements(&outputs);
                    scalar(outputs, 0.0, cotangent)
                })
            });
        });
    }
    group.finish();
}

/// One product with the linearisation at hand, as in the conjugate gradient.
fn fisher_vector_product(criterion: &mut Criterion<PeakShare>) {
    let mut group = criterion.benchmark_group("fisher_vector_product");
    for (name, rows, Problem { policy, batch }) in workload_problems() {
        let v = normals::<f32>(policy.theta().len(), &mut stream(1));
        let here = policy.linearise(&batch.observations);
        let fisher = policy.fisher(&here);
        let product = || fisher.product(&v);
        assert_eq!(product(), fisher_product(&policy, &batch.observations, &v));
        let operations = Operations::of(policy.network().architecture());
        group
            .sample_size(20)
            .throughput(Throughput::Elements(rows * operations.product()));
        group.bench_function(BenchmarkId::new(name, rows), |bencher| {
            bencher.iter(product);
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion();
    targets = actor_forward, forward_backward, fisher_vector_product
}
criterion_main!(benches);
