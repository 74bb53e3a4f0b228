//! Distributions: what holds exactly at theta_old, what holds everywhere, and
//! samples that come as often as they should.

mod common;

use common::{Problem, Shape, continuous, log_prob, stream};
use proptest::prelude::*;
use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::env::ActionSpace;
use trpo_lab::kernels::{Kernel, mean_and_variance};
use trpo_lab::math::Real;
use trpo_lab::policy::Distribution;
use trpo_lab::policy::categorical::Categorical;
use trpo_lab::policy::gaussian::DiagonalGaussian;

#[test]
fn the_ratio_is_one_and_the_divergence_zero_at_theta_old() {
    for shape in [
        Shape::new(4, &[64, 64], ActionSpace::Discrete(5)),
        Shape::new(17, &[64, 64], continuous(6)),
    ] {
        check::<f32>(&shape);
        check::<f64>(&shape);
    }

    fn check<E: Real>(shape: &Shape) {
        // 1000 rows end in the middle of a chunk and of a block of rows.
        let Problem { policy, batch } = common::problem::<E>(shape, 1000, 1);
        let surrogate = Surrogate::at(&policy, &batch, false);
        assert_eq!(surrogate.old_log_prob(), log_prob(&policy, &batch));
        let here = surrogate.measure(&policy.theta());
        assert_eq!(surrogate.measure_here(), here, "no pass is needed");
        assert_eq!((here.kl_mean, here.kl_max), (0.0, 0.0));
        // With every ratio 1, L is the mean advantage.
        let sum: f64 = batch.advantages.iter().map(|a| a.to_double()).sum();
        let chunked = here.surrogate * 1000.0;
        assert!((chunked - sum).abs() < 1e-12 * sum.abs().max(1.0));
    }
}

/// KL(old || new), entropy of `old` and log pi_old(action).
fn row<E: Real>(
    distribution: &dyn Distribution<E>,
    old: &[f64],
    new: &[f64],
    action: &[f64],
) -> [f64; 3] {
    let cast = common::cast::<f64, E>;
    let (old, new) = (cast(old), cast(new));
    let (mut kl, mut entropy, mut log_prob) = ([E::ZERO], [E::ZERO], [E::ZERO]);
    distribution.kl_old_new(&old, &new, &mut kl);
    distribution.entropy(&old, &mut entropy);
    distribution.log_prob(&old, &cast(action), &mut log_prob);
    [kl, entropy, log_prob].map(|[value]| value.to_double())
}

proptest! {
    #[test]
    fn divergences_are_not_negative_and_zero_at_home(
        old in prop::collection::vec(-30.0..30.0f64, 8),
        new in prop::collection::vec(-30.0..30.0f64, 8),
    ) {
        let categorical = Categorical::new(8);
        let gaussian = DiagonalGaussian::new(4);
        // Log standard deviations lie in [-5, 2].
        let squeezed = |params: &[f64]| -> Vec<f64> {
            let scale = |(i, x): (usize, &f64)| if i < 4 { *x } else { -1.5 + 3.5 / 30.0 * x };
            params.iter().enumerate().map(scale).collect()
        };
        let (from, to) = (squeezed(&old), squeezed(&new));
        for [kl, entropy, log_prob] in [
            row::<f64>(&categorical, &old, &new, &[3.0]),
            row::<f32>(&categorical, &old, &new, &[3.0]),
        ] {
            prop_assert!(kl >= -2e-6 && kl.is_finite());
            prop_assert!((-1e-6..=8f64.ln() + 1e-6).contains(&entropy));
            prop_assert!(log_prob <= 1e-6 && log_prob.is_finite());
        }
        for [kl, entropy, _] in [
            row::<f64>(&gaussian, &from, &to, &[0.0; 4]),
            row::<f32>(&gaussian, &from, &to, &[0.0; 4]),
        ] {
            prop_assert!(kl >= -2e-6 && kl.is_finite() && entropy.is_finite());
        }
        prop_assert_eq!(row::<f32>(&categorical, &old, &old, &[0.0])[0], 0.0);
        prop_assert_eq!(row::<f32>(&gaussian, &from, &from, &[0.0; 4])[0], 0.0);
    }

    #[test]
    fn probabilities_sum_to_one(logits in prop::collection::vec(-50.0..50.0f64, 1..12)) {
        let distribution = Categorical::new(logits.len());
        let actions = 0..logits.len();
        let total = |log_prob: &dyn Fn(f64) -> f64| -> f64 {
            actions.clone().map(|action| log_prob(action as f64).exp()).sum()
        };
        let double = total(&|action| row::<f64>(&distribution, &logits, &logits, &[action])[2]);
        let single = total(&|action| row::<f32>(&distribution, &logits, &logits, &[action])[2]);
        prop_assert!((double - 1.0).abs() < 1e-13, "{double}");
        prop_assert!((single - 1.0).abs() < 2e-5, "{single}");
    }
}

/// Sixteen rows at a time and single ones, of two actions and of more, with every kernel: the bits
/// of the definition, added to what the gradients held.
#[test]
fn categorical_probabilities_and_gradients_have_the_bits_of_the_definition() {
    const ROWS: usize = 37;
    for n in [2, 3, 7] {
        let mut rng = stream(5);
        let [logits, held] = [0, 1].map(|_| common::normals::<f32>(ROWS * n, &mut rng));
        let cotangent = common::normals::<f32>(ROWS, &mut rng);
        let actions: Vec<f32> = (0..ROWS).map(|row| (row * 5 % 11 % n) as f32).collect();
        let old = common::normals::<f32>(ROWS * n, &mut rng);
        for kernel in Kernel::available() {
            let distribution = Distribution::<f32>::with_kernel(&Categorical::new(n), kernel);
            let log_p_of = |logits: &[f32], j: usize| -> Vec<f32> {
                let mut log_p = vec![0.0; ROWS];
                distribution.log_prob(logits, &[j as f32; ROWS], &mut log_p);
                log_p
            };
            let [mut log_prob, mut entropy] = [[0.0; ROWS]; 2];
            distribution.log_prob(&logits, &actions, &mut log_prob);
            distribution.entropy(&logits, &mut entropy);
            let [mut of_log_prob, mut of_entropy, mut of_kl] = [0; 3].map(|_| held.clone());
            distribution.log_prob_gradient(&logits, &actions, &cotangent, &mut of_log_prob);
            distribution.entropy_gradient(&logits, &cotangent, &mut of_entropy);
            distribution.kl_old_new_gradient(&old, &logits, &cotangent, &mut of_kl);
            for j in 0..n {
                let (log_p, log_p_old) = (log_p_of(&logits, j), log_p_of(&old, j));
                for row in 0..ROWS {
                    let (at, c, p) = (row * n + j, cotangent[row], Real::exp(log_p[row]));
                    let is_chosen = actions[row] == j as f32;
                    let others = held[at] - c * p;
                    let sum = if is_chosen { others + c } else { others };
                    assert_eq!(of_log_prob[at].to_bits(), sum.to_bits());
                    let sum = held[at] - c * p * (log_p[row] + entropy[row]);
                    assert_eq!(of_entropy[at].to_bits(), sum.to_bits());
                    let sum = held[at] + c * (p - Real::exp(log_p_old[row]));
                    assert_eq!(of_kl[at].to_bits(), sum.to_bits());
                    assert!(!is_chosen || log_prob[row].to_bits() == log_p[row].to_bits());
                    let z = &logits[row * n..][..n];
                    let largest = z.iter().copied().fold(f32::MIN, f32::max);
                    let sum = z.iter().fold(0.0, |sum, z| sum + Real::exp(z - largest));
                    let defined = z[j] - (largest + Real::ln(sum));
                    assert_eq!(log_p[row].to_bits(), defined.to_bits());
                }
            }
        }
    }
}

#[test]
fn categorical_samples_come_as_often_as_their_probabilities_say() {
    const DRAWS: u32 = 200_000;
    let logits = [0.3f32, -1.2, 2.0, 0.0, -6.0];
    let distribution = Categorical::new(5);
    let (mut counts, mut action) = ([0u32; 5], [0.0]);
    let rng = &mut stream(1);
    for _ in 0..DRAWS {
        distribution.sample(&logits, rng, &mut action);
        counts[action[0] as usize] += 1;
    }
    let weights = logits.map(|logit| f64::from(logit).exp());
    let total: f64 = weights.iter().sum();
    for (count, weight) in counts.into_iter().zip(weights) {
        let p = weight / total;
        let deviation = (p * (1.0 - p) / f64::from(DRAWS)).sqrt();
        let found = f64::from(count) / f64::from(DRAWS);
        assert!((found - p).abs() < 4.0 * deviation, "{found} for {p}");
    }
    distribution.mode(&logits, &mut action);
    assert_eq!(action, [2.0]);
}

#[test]
fn an_action_without_probability_is_not_sampled() {
    let distribution = Categorical::new(3);
    let (rng, mut action) = (&mut stream(2), [0.0f32]);
    for _ in 0..10_000 {
        distribution.sample(&[-200.0, 0.0, -200.0], rng, &mut action);
        assert_eq!(action, [1.0]);
    }
}

#[test]
fn gaussian_samples_have_the_mean_and_the_deviation() {
    const DRAWS: usize = 100_000;
    let params = [1.5f32, -3.0, 0.7, -2.0];
    let distribution = DiagonalGaussian::new(2);
    let rng = &mut stream(3);
    let mut columns = [Vec::new(), Vec::new()];
    let (mut inside, mut action) = (0, [0.0; 2]);
    for _ in 0..DRAWS {
        distribution.sample(&params, rng, &mut action);
        columns[0].push(action[0]);
        columns[1].push(action[1]);
        inside += usize::from((action[0] - params[0]).abs() < params[2].exp());
    }
    for (d, column) in columns.iter().enumerate() {
        let (mean, variance) = mean_and_variance(column);
        let sigma = f64::from(params[2 + d]).exp();
        let error = (mean - f64::from(params[d])).abs();
        assert!(error < 4.0 * sigma / (DRAWS as f64).sqrt(), "mean {mean}");
        assert!((variance.sqrt() / sigma - 1.0).abs() < 0.01, "{variance}");
    }
    // The share of a normal distribution within one deviation.
    let share = inside as f64 / DRAWS as f64;
    assert!((share - 0.6827).abs() < 0.006, "{share}");
    distribution.mode(&params, &mut action);
    assert_eq!(action, params[..2]);
}

/// The mean of - log pi(a) over samples estimates the entropy.
#[test]
fn entropy_is_the_mean_surprise() {
    check(&Categorical::new(4), &[0.5, -1.0, 1.0, 0.0]);
    check(&DiagonalGaussian::new(2), &[1.0, -1.0, 0.5, -1.5]);

    fn check(distribution: &dyn Distribution<f32>, params: &[f32]) {
        let mut action = vec![0.0; distribution.action_width()];
        let (rng, mut surprise) = (&mut stream(4), Vec::new());
        for _ in 0..50_000 {
            distribution.sample(params, rng, &mut action);
            let mut log_prob = [0.0];
            distribution.log_prob(params, &action, &mut log_prob);
            surprise.push(-log_prob[0]);
        }
        let mut entropy = [0.0];
        distribution.entropy(params, &mut entropy);
        let (mean, variance) = mean_and_variance(&surprise);
        let deviation = (variance / surprise.len() as f64).sqrt();
        let error = (mean - f64::from(entropy[0])).abs();
        assert!(error < 4.0 * deviation, "{distribution:?}");
    }
}
