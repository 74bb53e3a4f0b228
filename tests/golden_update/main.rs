//! Updates against reference values, through the code that ships: in `f64` to
//! 1e-9 and in `f32` to 1e-4.
//!
//! The error of a number is relative to the reference; that of a vector is
//! its largest difference relative to the largest element of the reference.
//! Line searches must accept the same candidate.
//!
//! Ten iterations of the conjugate gradient end far from convergence, where
//! rounding is amplified: products with F that are exact but for their
//! rounding to `f32` already move x by 1e-4. So `f32` is held to 1e-4 along the
//! reference's x, and along its own to [`OWN_X`].

#[path = "../common/mod.rs"]
mod common;
mod reference;

use common::{Problem, cast, fisher_product, objective};
use dfdx::tensor::Cpu;
use dfdx::tensor_ops::Device;
use reference::{Golden, TrustRegion};
use trpo_lab::algo::natural::{NaturalSettings, NaturalStep, along, natural_step};
use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::algo::trpo::{self, TrpoSettings};
use trpo_lab::kernels::{Kernel, dot, mean, norm};
use trpo_lab::math::Real;
use trpo_lab::nn::ops::Combine;
use trpo_lab::optim::adam::Adam;
use trpo_lab::rollout::gae::{Trajectories, advantages};

/// See above.
const OWN_X: f64 = 1e-2;

/// Declares tests that make a check on every file in both precisions.
macro_rules! golden {
    ($($test:ident: $check:ident;)+) => { $(
        #[test]
        fn $test() {
            for golden in Golden::all() {
                $check::<f64>(&golden, 1e-9);
                $check::<f32>(&golden, 1e-4);
            }
        }
    )+ };
}

golden! {
    golden_update_at_theta_old: at_theta_old;
    golden_update_fisher_product: fisher;
    golden_update_trust_region: trust_region;
    golden_update_policy_step: policy_step;
    golden_update_ppo: ppo;
    golden_update_adam: adam;
}

fn at_theta_old<E: Real>(golden: &Golden, tolerance: f64) {
    let Problem { policy, batch } = golden.problem::<E>();
    let surrogate = Surrogate::at(&policy, &batch, false);
    let here = surrogate.measure(&policy.theta());
    golden.vector(
        "log_prob",
        surrogate.old_log_prob(),
        &golden.log_prob,
        tolerance,
    );
    golden.number::<E>("entropy", here.entropy, golden.entropy_mean, tolerance);
    golden.number::<E>("L", here.surrogate, golden.surrogate, tolerance);
    assert_eq!((here.kl_mean, here.kl_max), (0.0, 0.0));
    let gradient = surrogate.gradient();
    golden.vector("g", &gradient, &golden.surrogate_gradient, tolerance);
    // Where the ratio is 1, both objectives have one gradient.
    let likelihood = surrogate.log_likelihood_gradient();
    golden.vector("vpg g", &likelihood, &golden.surrogate_gradient, tolerance);
}

fn fisher<E: Real>(golden: &Golden, tolerance: f64) {
    let Problem { policy, batch } = golden.problem::<E>();
    let product = fisher_product(&policy, &batch.observations, &cast(&golden.v));
    golden.vector("F v", &product, &golden.fisher_v, tolerance);
}

fn natural<E: Real>(problem: &Problem<E>, region: &TrustRegion) -> NaturalStep<E> {
    let Problem { policy, batch } = problem;
    let settings = NaturalSettings {
        delta: region.delta,
        damping: region.damping,
        cg_iterations: region.cg_iterations,
        cg_tolerance: 0.0,
        fisher_subsample: 1,
        ..TrpoSettings::default().natural()
    };
    let surrogate = Surrogate::at(policy, batch, false);
    natural_step(policy, &surrogate, settings, &mut common::stream(0)).unwrap()
}

/// What an error may be along the x that is found.
fn own(tolerance: f64) -> f64 {
    if tolerance < 1e-6 { tolerance } else { OWN_X }
}

/// ||(F + c I) x - g|| / ||g||, computed in `f64`.
fn residual<E: Real>(golden: &Golden, damping: f64, x: &[E]) -> f64 {
    let Problem { policy, batch } = golden.problem::<f64>();
    let x: Vec<f64> = cast(x);
    let product = fisher_product(&policy, &batch.observations, &x);
    let g = &golden.surrogate_gradient;
    let left: Vec<f64> = (0..x.len())
        .map(|i| product[i] + damping * x[i] - g[i])
        .collect();
    norm(&left) / norm(g)
}

fn trust_region<E: Real>(golden: &Golden, tolerance: f64) {
    let problem = golden.problem::<E>();
    for region in &golden.trust_region {
        let own = own(tolerance);
        let step = natural(&problem, region);
        let what = |name: &str| format!("{name} (damping {})", region.damping);
        assert_eq!(step.cg_iterations, region.cg_iterations);
        golden.vector(&what("x"), &step.x, &region.x, own);
        let beta = step.beta.unwrap();
        let expected = beta * dot(&step.g, &step.x);
        for (name, found, reference) in [
            ("x F x", step.x_f_x, region.x_f_x),
            ("x (F + c I) x", step.x_fc_x, region.x_fc_x),
            ("beta", beta, region.beta),
            ("expected", expected, region.expected_improvement_full),
        ] {
            golden.number::<E>(&what(name), found, reference, own);
        }
        // A residual is a share of ||g|| already.
        for found in [
            step.cg_residual.unwrap(),
            residual(golden, region.damping, &step.x),
        ] {
            assert!((found - region.relative_residual).abs() <= own, "{found}");
        }
        let x: Vec<E> = cast(&region.x);
        let x_f_x = dot(
            &x,
            &fisher_product(&problem.policy, &problem.batch.observations, &x),
        );
        golden.number::<E>(
            &what("x F x at the reference"),
            x_f_x,
            region.x_f_x,
            tolerance,
        );
        candidates(golden, &problem, region, (&step.x, beta), own);
        candidates(golden, &problem, region, (&x, region.beta), tolerance);
    }
}

/// Every candidate of the line search along beta x.
fn candidates<E: Real>(
    golden: &Golden,
    problem: &Problem<E>,
    region: &TrustRegion,
    (x, beta): (&[E], f64),
    tolerance: f64,
) {
    let theta = problem.policy.theta();
    let surrogate = Surrogate::at(&problem.policy, &problem.batch, false);
    for tried in &region.tries {
        let length = region.alpha.powi(tried.j) * beta;
        let there = surrogate.measure(&along(&problem.policy, &theta, length, x));
        for (name, found, reference) in [
            ("L", there.surrogate, tried.surrogate),
            ("KL mean", there.kl_mean, tried.kl_mean),
            ("KL max", there.kl_max, tried.kl_max),
        ] {
            let name = format!("{name} at {} (damping {})", tried.j, region.damping);
            golden.number::<E>(&name, found, reference, tolerance);
        }
    }
}

/// The whole step accepts the same candidate and installs theta_old +
/// alpha^j beta x and nothing else.
fn policy_step<E: Real>(golden: &Golden, tolerance: f64) {
    for region in &golden.trust_region {
        let mut problem = golden.problem::<E>();
        let step = natural(&problem, region);
        let length = region.alpha.powi(region.accepted as i32) * step.beta.unwrap();
        let theta_old = problem.policy.theta();
        let expected = along(&problem.policy, &theta_old, length, &step.x);
        let settings = TrpoSettings {
            delta: region.delta,
            damping: region.damping,
            cg_iterations: region.cg_iterations,
            cg_tolerance: 0.0,
            backtrack_factor: region.alpha,
            normalize_advantages: false,
            ..TrpoSettings::default()
        };
        let stream = &mut common::stream(0);
        let done = trpo::policy_step(&mut problem.policy, &problem.batch, &settings, stream)
            .unwrap()
            .row();
        assert_eq!(done.number("accepted"), Some(region.accepted as f64));
        assert_eq!(problem.policy.theta(), expected);
        let last = &region.tries[region.accepted];
        let kl = done.number("kl_mean").unwrap();
        let own = own(tolerance);
        golden.number::<E>("accepted KL", kl, last.kl_mean, own);
        let reference: Vec<f64> = (golden.theta.iter().zip(&region.x))
            .map(|(theta, x)| theta + region.alpha.powi(last.j) * region.beta * x)
            .collect();
        golden.vector("theta", &problem.policy.theta(), &reference, own);
    }
}

fn ppo<E: Combine>(golden: &Golden, tolerance: f64)
where
    Cpu: Device<E>,
{
    let Problem { policy: old, batch } = golden.problem::<E>();
    let at = &golden.ppo;
    let theta: Vec<E> = cast(&at.theta);
    let policy = golden.shape().policy(theta.clone());

    let there = Surrogate::at(&old, &batch, false).measure(&theta);
    for (name, found, reference) in [
        ("KL mean", there.kl_mean, at.kl_old_new_mean),
        ("KL max", there.kl_max, at.kl_old_new_max),
        ("entropy", there.entropy, at.entropy_mean),
    ] {
        golden.number::<E>(name, found, reference, tolerance);
    }

    let (loss, gradient) = objective(&old, &policy, &batch, |rows, outputs| {
        -rows.clipped_surrogate(outputs, at.eps)
    });
    golden.number::<E>("PPO loss", loss, at.loss, tolerance);
    golden.vector("PPO gradient", &gradient, &at.gradient, tolerance);

    let before = common::log_prob(&old, &batch);
    let outside: Vec<f64> = (common::log_prob(&policy, &batch).iter().zip(&before))
        .map(|(new, old)| (*new - *old).exp().to_double())
        .map(|ratio| f64::from((ratio - 1.0).abs() > at.eps))
        .collect();
    assert_eq!(mean(&outside), at.clip_fraction, "clip fraction");

    let (_, likelihood) = objective(&old, &policy, &batch, |rows, o| rows.log_likelihood(o));
    golden.vector("VPG gradient", &likelihood, &at.vpg_gradient, tolerance);
    let (_, penalised) = objective(&old, &policy, &batch, |rows, outputs| {
        rows.penalised_surrogate(outputs, at.penalty_beta)
    });
    let reference = &at.penalty_objective_gradient;
    golden.vector("penalised gradient", &penalised, reference, tolerance);
}

fn adam<E: Real>(golden: &Golden, tolerance: f64) {
    let mut theta: Vec<E> = cast(&golden.theta);
    let mut adam = Adam::new(theta.len(), golden.adam.eps);
    let ascent = &golden.surrogate_gradient;
    let descent: Vec<f64> = ascent.iter().map(|g| -g).collect();
    for gradient in [ascent, &golden.ppo.gradient, &descent] {
        adam.descend(
            Kernel::best(),
            &mut theta,
            &cast(gradient),
            1.0,
            golden.adam.lr,
        );
    }
    // The movement is a thousandth of theta and says more. In f32 the rounding
    // of theta is all of its error: 1e-4 of it.
    let moved = |to: &[E]| -> Vec<E> {
        (to.iter().zip(&golden.theta))
            .map(|(&a, &b)| a - E::from_double(b))
            .collect()
    };
    let reference = moved(&cast(&golden.adam.theta_after_3));
    golden.vector("Adam", &moved(&theta), &cast(&reference), 3.0 * tolerance);
}

#[test]
fn golden_update_gae() {
    for golden in Golden::all() {
        let gae = &golden.gae;
        let values = gae.values.concat();
        let found = advantages(
            Trajectories {
                rewards: &gae.rewards.concat(),
                values: &values,
                next_values: &gae.next_values.concat(),
                terminated: &gae.terminated.concat(),
                truncated: &gae.truncated.concat(),
                copies: gae.values[0].len(),
            },
            gae.gamma,
            gae.lam,
        );
        let targets: Vec<f64> = found.iter().zip(&values).map(|(a, v)| a + v).collect();
        golden.vector("A", &found, &gae.advantages.concat(), 1e-12);
        golden.vector("R", &targets, &gae.targets.concat(), 1e-12);
    }
}
