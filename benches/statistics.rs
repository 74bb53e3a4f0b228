//! What intervals cost: 10,000 repetitions of the stratified bootstrap.

use criterion::{Criterion, criterion_group, criterion_main};
use trpo_lab::rng::{Purpose, Streams};
use trpo_lab::stats::{Matrix, Opponents, Sample, Stratified};

/// Normal scores of `runs` runs on each of `tasks` tasks.
fn scores(seed: u64, runs: usize, tasks: usize) -> Matrix {
    let mut rng = Streams::new(seed, "benches").stream(Purpose::Bootstrap, 0);
    let task = |_| (0..runs).map(|_| rng.normal()).collect();
    let tasks: Vec<Vec<f64>> = (0..tasks).map(task).collect();
    Matrix::new(&tasks).expect("normal draws are finite")
}

/// Mean, median, IQM and optimality gap of two algorithms with 20 runs on 5
/// tasks, and P(X > Y), on one core and on all.
fn score_intervals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("score_intervals_20x5");
    group.sample_size(10);
    let (a, b) = (scores(0, 20, 5), scores(1, 20, 5));
    let sample = |name, scores| Sample { name, scores };
    let (x, y) = (sample("x", &a), sample("y", &b));
    let bootstrap = Stratified::new(0);
    let opponents: Vec<Opponents> = (0..5)
        .map(|m| Opponents {
            x: a.task(m).to_vec(),
            y: b.task(m).to_vec(),
            are_paired: true,
            scale: a.scale(&b, m),
        })
        .collect();
    let all = || {
        (
            bootstrap.aggregates(x),
            bootstrap.aggregates(y),
            bootstrap.improvement("x, y", &opponents),
        )
    };
    let one_core = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool of one thread");
    group.bench_function("one_core", |bencher| {
        bencher.iter(|| one_core.install(all));
    });
    group.bench_function("all_cores", |bencher| bencher.iter(all));
    group.finish();
}

/// Performance profiles of one algorithm at 151 thresholds.
fn profiles(criterion: &mut Criterion) {
    let scores = &scores(0, 20, 5);
    let tau: Vec<f64> = (0..=150).map(|k| f64::from(k) / 100.0).collect();
    let bootstrap = Stratified::new(0);
    let mut group = criterion.benchmark_group("profiles_20x5");
    group.sample_size(10);
    group.bench_function("151_thresholds", |bencher| {
        bencher.iter(|| bootstrap.profiles(Sample { name: "x", scores }, &tau));
    });
    group.finish();
}

criterion_group!(benches, score_intervals, profiles);
criterion_main!(benches);
