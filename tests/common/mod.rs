//! What the tests of the mathematics share: problems to work on, and how far
//! numbers may lie apart.
#![allow(dead_code)] // No test file uses all of it.

use std::ops::Range;

use trpo_lab::activation::Activation;
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::a2c::{A2c, A2cSettings};
use trpo_lab::algo::losses::Rows;
use trpo_lab::algo::npg::Npg;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::rwr::Rwr;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::ActionSpace;
use trpo_lab::math::Real;
use trpo_lab::nn::{Hidden, Loss, Outputs};
use trpo_lab::policy::Policy;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::batch::Batch;

/// The random stream of a test.
pub fn stream(index: u32) -> Rng {
    Streams::new(7, "tests").stream(Purpose::Bootstrap, index)
}

/// `count` standard normal numbers.
pub fn normals<E: Real>(count: usize, rng: &mut Rng) -> Vec<E> {
    (0..count).map(|_| E::from_double(rng.normal())).collect()
}

/// The same numbers in another precision.
pub fn cast<A: Real, B: Real>(values: &[A]) -> Vec<B> {
    values
        .iter()
        .map(|value| B::from_double(value.to_double()))
        .collect()
}

/// Real actions in `dims` dimensions.
pub fn continuous(dims: usize) -> ActionSpace {
    ActionSpace::Box {
        low: vec![-1.0; dims],
        high: vec![1.0; dims],
    }
}

/// The sizes of a policy.
#[derive(Debug, Clone)]
pub struct Shape {
    pub inputs: usize,
    pub hidden: Vec<usize>,
    pub activation: Activation,
    pub actions: ActionSpace,
}

impl Shape {
    pub fn new(inputs: usize, hidden: &[usize], actions: ActionSpace) -> Self {
        Self {
            inputs,
            hidden: hidden.to_vec(),
            activation: Activation::Tanh,
            actions,
        }
    }

    /// The same with another activation.
    pub fn with(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    pub fn layers(&self) -> Hidden<'_> {
        Hidden {
            sizes: &self.hidden,
            activation: self.activation,
        }
    }

    pub fn policy<E: Real>(&self, theta: Vec<E>) -> Policy<E> {
        Policy::with_theta(self.inputs, &self.actions, self.layers(), theta)
    }
}

/// A small policy for each kind of action.
pub fn small_shapes() -> [Shape; 2] {
    [
        Shape::new(4, &[16, 16], ActionSpace::Discrete(3)),
        Shape::new(4, &[16, 16], continuous(2)),
    ]
}

/// A policy and a batch that it collected.
#[derive(Debug, Clone)]
pub struct Problem<E: Real> {
    pub policy: Policy<E>,
    pub batch: Batch<E>,
}

/// A policy with random weights and biases, well away from uniform, and `rows`
/// rows of observations, actions drawn from it, advantages, values and
/// targets. The same in every precision, up to rounding.
pub fn problem<E: Real>(shape: &Shape, rows: usize, seed: u32) -> Problem<E> {
    let rng = &mut stream(seed);
    let mut policy = Policy::<f64>::new(shape.inputs, &shape.actions, shape.layers(), -0.5, rng);
    let mut theta = policy.theta();
    for theta in &mut theta {
        *theta += 0.2 * rng.normal();
    }
    policy.set_theta(&theta);
    let observations = normals::<f64>(rows * shape.inputs, rng);
    let mut actions = vec![0.0; rows * policy.distribution().action_width()];
    let mut streams: Vec<Rng> = (0..rows as u32).map(|row| stream(1000 + row)).collect();
    policy
        .actor()
        .sample(&observations, &mut streams, &mut actions);
    let values = normals::<f64>(rows, rng);
    let advantages = normals::<f64>(rows, rng);
    let targets: Vec<f64> = values.iter().zip(&advantages).map(|(v, a)| v + a).collect();
    Problem {
        policy: shape.policy(cast(&theta)),
        batch: Batch {
            observations: cast(&observations),
            old_params: Vec::new(),
            actions: cast(&actions),
            advantages: cast(&advantages),
            targets: cast(&targets),
            values: cast(&values),
        },
    }
}

/// Value and gradient, with respect to the parameters of `policy`, of a mean
/// over the rows of `batch`; pi_old is `old`.
pub fn objective<E: Real>(
    old: &Policy<E>,
    policy: &Policy<E>,
    batch: &Batch<E>,
    objective: impl Fn(Rows<'_, E>, Outputs<E>) -> Loss<E> + Sync,
) -> (f64, Vec<E>) {
    let distribution = old.distribution();
    let (width, params) = (distribution.action_width(), distribution.params());
    let old_params = old.linearise(&batch.observations).outputs();
    let old_log_prob = log_prob(old, batch);
    let part = |range: &Range<usize>, width: usize| range.start * width..range.end * width;
    policy
        .linearise(&batch.observations)
        .gradient(|range, outputs| {
            let rows = Rows {
                distribution,
                actions: &batch.actions[part(&range, width)],
                old_log_prob: &old_log_prob[range.clone()],
                old_params: &old_params[part(&range, params)],
                advantages: &batch.advantages[range],
                count: batch.rows(),
            };
            objective(rows, outputs)
        })
}

/// log pi(a|s) of every row.
pub fn log_prob<E: Real>(policy: &Policy<E>, batch: &Batch<E>) -> Vec<E> {
    let outputs = policy.linearise(&batch.observations).outputs();
    let mut values = vec![E::ZERO; batch.rows()];
    policy
        .distribution()
        .log_prob(&outputs, &batch.actions, &mut values);
    values
}

/// F v over all rows.
pub fn fisher_product<E: Real>(policy: &Policy<E>, observations: &[E], v: &[E]) -> Vec<E> {
    policy.fisher(&policy.linearise(observations)).product(v)
}

/// The largest difference of two vectors as a share of the largest element of
/// the second, the reference; the difference itself where that is zero. NaN
/// anywhere gives infinity.
pub fn error<A: Real, B: Real>(found: &[A], reference: &[B]) -> f64 {
    assert_eq!(found.len(), reference.len(), "length");
    let largest = |values: &mut dyn Iterator<Item = f64>| {
        values.fold(0.0, |most: f64, value| {
            if value.is_nan() {
                f64::INFINITY
            } else {
                most.max(value.abs())
            }
        })
    };
    let differences = found.iter().zip(reference);
    let difference = largest(&mut differences.map(|(a, b)| a.to_double() - b.to_double()));
    let scale = largest(&mut reference.iter().map(|b| b.to_double()));
    if scale > 0.0 {
        difference / scale
    } else {
        difference
    }
}

/// Panics unless the [`error`] is at most `tolerance`.
#[track_caller]
pub fn assert_close<A: Real, B: Real>(what: &str, found: &[A], reference: &[B], tolerance: f64) {
    let error = error(found, reference);
    assert!(error <= tolerance, "{what}: error {error:e}");
}

/// A run of `updates` batches of `batch` steps of the task `env`.
pub fn config(env: &str, algorithm: AlgorithmConfig, updates: usize, batch: usize) -> RunConfig {
    let config = RunConfig {
        common: CommonSettings {
            steps: updates * batch,
            batch,
            evaluation_episodes: 3,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, algorithm)
    };
    config.check().unwrap();
    config
}

/// Every algorithm with its defaults; A2C with a horizon that divides batches that
/// are powers of 2.
pub fn algorithms() -> [AlgorithmConfig; 6] {
    [
        AlgorithmConfig::new::<Trpo>(Default::default()),
        AlgorithmConfig::new::<Npg>(Default::default()),
        AlgorithmConfig::new::<Vpg>(Default::default()),
        AlgorithmConfig::new::<Ppo>(Default::default()),
        AlgorithmConfig::new::<Rwr>(Default::default()),
        AlgorithmConfig::new::<A2c>(A2cSettings {
            horizon: 4,
            ..A2cSettings::default()
        }),
    ]
}

/// The networks that benches use, by their sizes.
pub fn workloads() -> [(&'static str, Shape); 2] {
    let small = Shape::new(4, &[64, 64], ActionSpace::Discrete(2));
    let large = Shape::new(17, &[64, 64], continuous(6));
    [("4-64-64-2", small), ("17-64-64-6", large)]
}

/// Every workload at the batches of a small and of a large update: name, rows
/// and problem.
pub fn workload_problems() -> impl Iterator<Item = (&'static str, u64, Problem<f32>)> {
    workloads().into_iter().flat_map(|(name, shape)| {
        [2048, 50_000].map(|rows| (name, rows as u64, problem(&shape, rows, 0)))
    })
}
