//! Derivatives against finite differences in `f64`, and what a Fisher matrix
//! must be: the Hessian of the KL divergence, symmetric, positive
//! semi-definite.

mod common;

use common::{Problem, Shape, assert_close, cast, continuous, fisher_product, normals, objective};
use proptest::prelude::*;
use trpo_lab::activation::Activation;
use trpo_lab::algo::losses::{Rows, value_loss};
use trpo_lab::env::ActionSpace;
use trpo_lab::kernels::{dot, norm};
use trpo_lab::math::Real;
use trpo_lab::nn::{Architecture, Loss, Network, Outputs};
use trpo_lab::policy::Policy;

fn small() -> [Shape; 4] {
    [
        Shape::new(3, &[9, 5], ActionSpace::Discrete(3)),
        Shape::new(3, &[9, 5], continuous(2)),
        Shape::new(3, &[9, 5], ActionSpace::Discrete(3)).with(Activation::Relu),
        Shape::new(3, &[9, 5], continuous(2)).with(Activation::Identity),
    ]
}

/// theta + length v.
fn moved(theta: &[f64], length: f64, v: &[f64]) -> Vec<f64> {
    theta.iter().zip(v).map(|(t, v)| t + length * v).collect()
}

/// (f(theta + h e_i) - f(theta - h e_i)) / 2 h for every i.
fn differences(theta: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    const H: f64 = 1e-5;
    let along = |i: usize, h: f64| {
        let mut theta = theta.to_vec();
        theta[i] += h;
        f(&theta)
    };
    (0..theta.len())
        .map(|i| (along(i, H) - along(i, -H)) / (2.0 * H))
        .collect()
}

/// A point some way from theta_old.
fn elsewhere(policy: &Policy<f64>) -> Vec<f64> {
    let theta = policy.theta();
    let noise = normals(theta.len(), &mut common::stream(50));
    moved(&theta, 0.2, &noise)
}

type Objective = fn(Rows<'_, f64>, Outputs<f64>) -> Loss<f64>;

#[test]
fn gradients_of_the_policy_s_objectives() {
    let objectives: [(&str, Objective); 6] = [
        ("surrogate", |rows, o| rows.surrogate(o)),
        ("log likelihood", |rows, o| rows.log_likelihood(o)),
        ("clipped", |rows, o| rows.clipped_surrogate(o, 0.1)),
        ("KL", |rows, o| rows.kl(o)),
        ("penalised", |rows, o| rows.penalised_surrogate(o, 2.0)),
        ("entropy", |rows, o| rows.entropy(o)),
    ];
    for shape in small() {
        let Problem { policy: old, batch } = common::problem::<f64>(&shape, 40, 1);
        let theta = elsewhere(&old);
        for (name, f) in objectives {
            let at = |theta: &[f64]| objective(&old, &shape.policy(theta.to_vec()), &batch, f);
            let expected = differences(&theta, |theta| at(theta).0);
            assert!(norm(&expected) > 1e-3, "{name}: a flat place tests nothing");
            assert_close(name, &at(&theta).1, &expected, 1e-8);
        }
    }
}

#[test]
fn gradients_of_the_value_loss() {
    let architecture = Architecture::new(3, &[9, 5], 1, 0);
    let rng = &mut common::stream(2);
    let w: Vec<f64> = normals(architecture.parameters(), rng);
    let (observations, targets) = (normals::<f64>(90, rng), normals::<f64>(30, rng));
    let old = normals::<f64>(30, rng);
    for clip in [0.0, 0.5] {
        let at = |w: &[f64]| {
            Network::new(architecture.clone(), w.to_vec())
                .linearise(&observations)
                .gradient(|_, outputs| value_loss(outputs, &targets, &old, clip, targets.len()))
        };
        let expected = differences(&w, |w| at(w).0);
        assert_close("value loss", &at(&w).1, &expected, 1e-8);
    }
}

#[test]
fn the_fisher_product_is_the_hessian_of_the_divergence() {
    const H: f64 = 1e-5;
    for shape in small() {
        let Problem { policy, batch } = common::problem::<f64>(&shape, 300, 3);
        let theta = policy.theta();
        let v: Vec<f64> = normals(theta.len(), &mut common::stream(4));
        let gradient = |h: f64| {
            let there = shape.policy(moved(&theta, h, &v));
            objective(&policy, &there, &batch, |rows, o| rows.kl(o)).1
        };
        let hessian = moved(&gradient(H), -1.0, &gradient(-H));
        let hessian: Vec<f64> = hessian.iter().map(|d| d / (2.0 * H)).collect();
        let product = fisher_product(&policy, &batch.observations, &v);
        assert_close("F v", &product, &hessian, 1e-7);
    }
}

/// mean of J^T M J as a matrix, J by differences of the outputs, M written out.
fn dense_fisher(shape: &Shape, theta: &[f64], observations: &[f64]) -> Vec<Vec<f64>> {
    let outputs = |theta: &[f64]| {
        let policy = shape.policy(theta.to_vec());
        policy.linearise(observations).outputs()
    };
    let here = outputs(theta);
    let width = shape.policy(theta.to_vec()).distribution().params();
    // Columns of J, every output of every row.
    let jacobian: Vec<Vec<f64>> = (0..theta.len())
        .map(|i| {
            let mut unit = vec![0.0; theta.len()];
            unit[i] = 1.0;
            let (above, below) = (moved(theta, 1e-5, &unit), moved(theta, -1e-5, &unit));
            let change = moved(&outputs(&above), -1.0, &outputs(&below));
            change.iter().map(|c| c / 2e-5).collect()
        })
        .collect();
    let metric = |row: &[f64]| -> Vec<Vec<f64>> {
        let unit = |a: usize, b: usize| f64::from(a == b);
        let element = |a: usize, b: usize| match shape.actions {
            ActionSpace::Discrete(_) => {
                let total: f64 = row.iter().map(|logit| logit.exp()).sum();
                let p = |a: usize| row[a].exp() / total;
                p(a) * unit(a, b) - p(a) * p(b)
            }
            ActionSpace::Box { .. } if a < width / 2 => {
                unit(a, b) * (-2.0 * row[a + width / 2]).exp()
            }
            ActionSpace::Box { .. } => 2.0 * unit(a, b),
        };
        (0..width)
            .map(|a| (0..width).map(|b| element(a, b)).collect())
            .collect()
    };
    let rows = here.len() / width;
    let metrics: Vec<_> = here.chunks_exact(width).map(metric).collect();
    let weighted: Vec<Vec<f64>> = (jacobian.iter())
        .map(|column| {
            let rows = column.chunks_exact(width).zip(&metrics);
            rows.flat_map(|(j, m)| m.iter().map(|m| dot(m, j)).collect::<Vec<_>>())
                .collect()
        })
        .collect();
    (jacobian.iter())
        .map(|a| weighted.iter().map(|b| dot(a, b) / rows as f64).collect())
        .collect()
}

#[test]
fn the_fisher_product_is_that_of_the_dense_matrix() {
    for shape in small() {
        let Problem { policy, batch } = common::problem::<f64>(&shape, 30, 5);
        let theta = policy.theta();
        let dense = dense_fisher(&shape, &theta, &batch.observations);
        let v: Vec<f64> = normals(theta.len(), &mut common::stream(6));
        let expected: Vec<f64> = dense.iter().map(|row| dot(row, &v)).collect();
        let double = fisher_product(&policy, &batch.observations, &v);
        assert_close("F v in f64", &double, &expected, 1e-9);
        let policy = shape.policy(cast::<f64, f32>(&theta));
        let single = fisher_product(&policy, &cast(&batch.observations), &cast(&v));
        assert_close("F v in f32", &single, &expected, 1e-5);
    }
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let actions = prop_oneof![
        (2..20usize).prop_map(ActionSpace::Discrete),
        (1..20usize).prop_map(continuous),
    ];
    let hidden = prop::collection::vec(1..40usize, 0..4);
    let activation = prop::sample::select(Activation::ALL.to_vec());
    let parts = (1..20usize, hidden, activation, actions);
    parts.prop_map(|(inputs, hidden, activation, actions)| Shape {
        inputs,
        hidden,
        activation,
        actions,
    })
}

/// u . F v, v . F u, u . F u, and a scale for their rounding.
fn forms<E: Real>(shape: &Shape, rows: usize, seed: u32) -> [f64; 4] {
    let Problem { policy, batch } = common::problem::<E>(shape, rows, seed);
    let rng = &mut common::stream(seed + 1);
    let (u, v): (Vec<E>, Vec<E>) = {
        let count = policy.theta().len();
        (normals(count, rng), normals(count, rng))
    };
    let product = |v: &[E]| fisher_product(&policy, &batch.observations, v);
    let (fu, fv) = (product(&u), product(&v));
    let scale = norm(&u) * norm(&fv) + norm(&v) * norm(&fu);
    [dot(&u, &fv), dot(&v, &fu), dot(&u, &fu), scale]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_fisher_matrix_is_symmetric_and_positive_semi_definite(
        shape in any_shape(),
        rows in prop_oneof![1..40usize, 250..270usize],
        seed in 0..1000u32,
    ) {
        for ([uv, vu, uu, scale], rounding) in [
            (forms::<f64>(&shape, rows, seed), 1e-13),
            (forms::<f32>(&shape, rows, seed), 1e-5),
        ] {
            prop_assert!((uv - vu).abs() <= rounding * scale, "{uv} and {vu} of {scale}");
            prop_assert!(uu >= -rounding * scale, "{uu} of {scale}");
        }
    }
}
