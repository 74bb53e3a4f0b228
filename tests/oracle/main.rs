//! The fused network, the distributions and the losses against plain
//! expressions of stock dfdx operations: forward, gradients, Fisher products
//! and a whole update agree, in both precisions.

#[path = "../common/mod.rs"]
mod common;
mod stock;

use common::{Problem, Shape, assert_close, cast, continuous, fisher_product, normals, objective};
use dfdx::tensor::{Cpu, Tensor, WithEmptyTape};
use dfdx::tensor_ops::Device;
use stock::{Params, Stock, entropy, kl_old_new, log_prob, matrix, mean};
use trpo_lab::activation::Activation;
use trpo_lab::algo::losses::value_loss;
use trpo_lab::algo::trpo::{self, TrpoSettings};
use trpo_lab::env::ActionSpace;
use trpo_lab::kernels::dot;
use trpo_lab::math::Real;
use trpo_lab::nn::ops::Combine;
use trpo_lab::nn::{Architecture, Loss, Network, Outputs};
use trpo_lab::rollout::batch::normalised;

/// Layers, widths and actions of every kind; widths that fill vectors and that
/// do not; heads on both sides of the narrow ones.
fn shapes() -> Vec<Shape> {
    let discrete = ActionSpace::Discrete;
    vec![
        Shape::new(3, &[5], discrete(2)),
        Shape::new(4, &[64, 64], discrete(2)),
        Shape::new(17, &[64, 64], continuous(6)),
        Shape::new(5, &[], continuous(2)),
        Shape::new(9, &[20, 33], discrete(10)),
        Shape::new(6, &[100], continuous(9)),
        Shape::new(2, &[8, 16, 3], discrete(4)),
        Shape::new(4, &[64, 64], discrete(2)).with(Activation::Relu),
        Shape::new(17, &[40, 6], continuous(6)).with(Activation::Relu),
        Shape::new(9, &[20, 5, 33], discrete(10)).with(Activation::Identity),
    ]
}

/// Runs a check on every shape in both precisions, on one row and on more
/// rows than fit one chunk.
macro_rules! on_every_shape {
    ($($test:ident: $check:ident;)+) => { $(
        #[test]
        fn $test() {
            for (index, shape) in shapes().iter().enumerate() {
                for rows in [1, 300] {
                    $check::<f64>(&Oracle::new(shape, rows, index as u32), 1e-11);
                    $check::<f32>(&Oracle::new(shape, rows, index as u32), 2e-5);
                }
            }
        }
    )+ };
}

on_every_shape! {
    outputs_agree: outputs;
    losses_and_their_gradients_agree: losses;
    fisher_products_agree: fisher;
}

/// A problem with its stock twin, and a second point to measure from the
/// first.
struct Oracle<E: Real> {
    problem: Problem<E>,
    stock: Stock<E>,
    there: Vec<E>,
    observations: Tensor<(usize, usize), E, Cpu>,
    actions: Tensor<(usize, usize), E, Cpu>,
}

impl<E: Real> Oracle<E>
where
    Cpu: Device<E>,
{
    fn new(shape: &Shape, rows: usize, seed: u32) -> Self {
        let problem = common::problem::<E>(shape, rows, seed);
        let theta = problem.policy.theta();
        let noise = normals::<f64>(theta.len(), &mut common::stream(500 + seed));
        let there = theta
            .iter()
            .zip(noise)
            .map(|(t, n)| t.to_double() + 0.1 * n);
        let actions = match shape.actions {
            ActionSpace::Discrete(n) => {
                let mut one_hot = vec![E::ZERO; rows * n];
                for (row, action) in problem.batch.actions.iter().enumerate() {
                    one_hot[row * n + action.to_double() as usize] = E::from_double(1.0);
                }
                matrix(&one_hot, n)
            }
            ActionSpace::Box { ref low, .. } => matrix(&problem.batch.actions, low.len()),
        };
        Self {
            there: there.map(E::from_double).collect(),
            observations: matrix(&problem.batch.observations, shape.inputs),
            actions,
            stock: Stock::new(problem.policy.network().architecture(), &theta),
            problem,
        }
    }

    fn at(&self, theta: &[E]) -> Stock<E> {
        Stock::new(self.problem.policy.network().architecture(), theta)
    }

    /// pi(a|s) / pi_old(a|s), one column.
    fn ratio(&self, params: Params<E>) -> Outputs<E> {
        let old = log_prob(self.stock.params(&self.observations), &self.actions);
        (log_prob(params, &self.actions) - matrix(&old.as_vec(), 1)).exp()
    }

    fn surrogate(&self, params: Params<E>, advantages: &[E]) -> Loss<E> {
        mean(self.ratio(params) * matrix(advantages, 1))
    }

    fn kl(&self, params: Params<E>) -> Outputs<E> {
        kl_old_new(&self.stock.params(&self.observations), params)
    }
}

fn outputs<E: Real>(oracle: &Oracle<E>, tolerance: f64)
where
    Cpu: Device<E>,
{
    let Problem { policy, batch } = &oracle.problem;
    let Params { head, log_std } = oracle.stock.params(&oracle.observations);
    let found = policy.linearise(&batch.observations).outputs();
    let width = policy.distribution().params();
    let own = policy.network().architecture().head();
    let columns = |from: usize, to: usize| -> Vec<E> {
        let rows = found.chunks_exact(width);
        rows.flat_map(|row| row[from..to].to_vec()).collect()
    };
    assert_close("head", &columns(0, own), &head.as_vec(), tolerance);
    if let Some(log_std) = log_std {
        assert_close("log std", &columns(own, width), &log_std.as_vec(), 0.0);
    }
    let mut forward = policy.network().forward();
    assert_eq!(forward.run(&batch.observations), found, "the snapshot");
}

/// Compares value and gradient of an objective at the second point.
macro_rules! compare {
    ($oracle:ident, $tolerance:ident, $($name:literal: $ours:expr, $stock:expr;)+) => {{
        let (old, batch) = (&$oracle.problem.policy, &$oracle.problem.batch);
        let mut policy = old.clone();
        policy.set_theta(&$oracle.there);
        let there = $oracle.at(&$oracle.there);
        $(
            let (value, gradient) = objective(old, &policy, batch, $ours);
            let (expected, reference) = there.gradient($stock(there.params(&$oracle.observations)));
            assert_close($name, &[value], &[expected], 10.0 * $tolerance);
            assert_close(concat!($name, " gradient"), &gradient, &reference, $tolerance);
        )+
    }};
}

fn losses<E: Combine>(oracle: &Oracle<E>, tolerance: f64)
where
    Cpu: Device<E>,
{
    let advantages = &oracle.problem.batch.advantages;
    let a = matrix(advantages, 1);
    compare! { oracle, tolerance,
        "surrogate": |rows, o| rows.surrogate(o), |p| oracle.surrogate(p, advantages);
        "log likelihood": |rows, o| rows.log_likelihood(o),
            |p| mean(log_prob(p, &oracle.actions) * a.clone());
        "clipped": |rows, o| rows.clipped_surrogate(o, 0.2), |p| {
            let ratio = oracle.ratio(p);
            let clipped = ratio.with_empty_tape().clamp(0.8, 1.2) * a.clone();
            mean((ratio * a.clone()).minimum(clipped))
        };
        "KL": |rows, o| rows.kl(o), |p| mean(oracle.kl(p));
        "penalised": |rows, o| rows.penalised_surrogate(o, 3.0), |p: Params<E>| {
            let again = Params {
                head: p.head.with_empty_tape(),
                log_std: p.log_std.as_ref().map(|s| s.with_empty_tape()),
            };
            oracle.surrogate(p, advantages) - mean(oracle.kl(again)) * E::from_double(3.0)
        };
        "entropy": |rows, o| rows.entropy(o), |p| mean(entropy(p));
    }
}

fn fisher<E: Real>(oracle: &Oracle<E>, tolerance: f64)
where
    Cpu: Device<E>,
{
    let Problem { policy, batch } = &oracle.problem;
    let v: Vec<E> = normals(oracle.there.len(), &mut common::stream(3));
    let found = fisher_product(policy, &batch.observations, &v);
    let reference = oracle
        .stock
        .fisher_product(&oracle.observations, &oracle.at(&v));
    assert_close("F v", &found, &reference, tolerance);
}

#[test]
fn value_losses_agree() {
    check::<f64>(1e-11);
    check::<f32>(2e-5);

    fn check<E: Real>(tolerance: f64)
    where
        Cpu: Device<E>,
    {
        let architecture = Architecture::new(4, &[64, 64], 1, 0);
        let rng = &mut common::stream(9);
        let theta: Vec<E> = cast(&normals::<f64>(architecture.parameters(), rng));
        let theta: Vec<E> = theta.iter().map(|&t| t * E::from_double(0.3)).collect();
        let (observations, targets) = (normals::<E>(800, rng), normals::<E>(200, rng));
        let network = Network::new(architecture.clone(), theta.clone());
        let here = network.linearise(&observations);
        let old: Vec<E> = (here.outputs().iter().zip(normals::<E>(200, rng)))
            .map(|(&v, n)| v + n * E::from_double(0.3))
            .collect();
        let stock = Stock::new(&architecture, &theta);
        for clip in [0.0, 0.2] {
            let (value, gradient) = here
                .gradient(|_, outputs| value_loss(outputs, &targets, &old, clip, targets.len()));
            let v = stock.params(&matrix(&observations, 4)).head;
            let (r, before) = (matrix(&targets, 1), matrix(&old, 1));
            let errors = (v.with_empty_tape() - r.clone()).square();
            let loss = if clip > 0.0 {
                let near = (v - before.clone()).clamp(-clip, clip) + before;
                errors.maximum((near - r).square())
            } else {
                (v - r).square()
            };
            let (expected, reference) = stock.gradient(mean(loss));
            assert_close("value loss", &[value], &[expected], tolerance);
            assert_close("its gradient", &gradient, &reference, tolerance);
        }
    }
}

/// TRPO in stock operations: parameters after one step and the accepted
/// candidate.
fn stock_update<E: Real>(oracle: &Oracle<E>, settings: &TrpoSettings) -> (Vec<E>, usize)
where
    Cpu: Device<E>,
{
    let Oracle { problem, stock, .. } = oracle;
    let theta = problem.policy.theta();
    let advantages = normalised(&problem.batch.advantages);
    let here = stock.params(&oracle.observations);
    let (start, g) = stock.gradient(oracle.surrogate(here, &advantages));
    let damped = |v: &[E]| -> Vec<E> {
        let product = stock.fisher_product(&oracle.observations, &oracle.at(v));
        let c = E::from_double(settings.damping);
        product.iter().zip(v).map(|(&f, &v)| f + c * v).collect()
    };

    let (mut x, mut r, mut p) = (vec![E::ZERO; g.len()], g.clone(), g.clone());
    for _ in 0..settings.cg_iterations {
        let ap = damped(&p);
        let rr = dot(&r, &r);
        let step = E::from_double(rr / dot(&p, &ap));
        for i in 0..x.len() {
            x[i] += step * p[i];
            r[i] -= step * ap[i];
        }
        let ratio = E::from_double(dot(&r, &r) / rr);
        p = r.iter().zip(&p).map(|(&r, &p)| r + ratio * p).collect();
    }
    let beta = (2.0 * settings.delta / dot(&x, &damped(&x))).sqrt();

    for j in 0..10 {
        let length = E::from_double(beta * 0.5f64.powi(j));
        let theta: Vec<E> = theta
            .iter()
            .zip(&x)
            .map(|(&t, &x)| t + length * x)
            .collect();
        let there = oracle.at(&theta);
        let l = oracle.surrogate(there.params(&oracle.observations), &advantages);
        let kl = mean(oracle.kl(there.params(&oracle.observations)));
        if kl.as_vec()[0].to_double() <= settings.delta && l.as_vec()[0] > start {
            return (theta, j as usize);
        }
    }
    panic!("no candidate is acceptable");
}

#[test]
fn a_whole_update_agrees() {
    // The second radius is so large that some line searches go back.
    for (damping, delta) in [(0.1, 0.01), (0.01, 0.5)] {
        let settings = TrpoSettings {
            damping,
            delta,
            // Few enough that rounding is not amplified.
            cg_iterations: 5,
            cg_tolerance: 0.0,
            ..TrpoSettings::default()
        };
        for (index, shape) in shapes().iter().enumerate() {
            check::<f64>(shape, index as u32, &settings, 1e-11);
            check::<f32>(shape, index as u32, &settings, 2e-5);
        }
    }

    fn check<E: Real>(shape: &Shape, seed: u32, settings: &TrpoSettings, tolerance: f64)
    where
        Cpu: Device<E>,
    {
        let mut oracle = Oracle::<E>::new(shape, 300, seed);
        let before = oracle.problem.policy.theta();
        let (reference, accepted) = stock_update(&oracle, settings);
        let Problem { policy, batch } = &mut oracle.problem;
        let step = trpo::policy_step(policy, batch, settings, &mut common::stream(0))
            .unwrap()
            .row();
        assert_eq!(step.number("accepted"), Some(accepted as f64), "{shape:?}");
        let moved = |to: &[E]| -> Vec<E> { to.iter().zip(&before).map(|(&a, &b)| a - b).collect() };
        let what = format!("step of {shape:?}, j = {accepted}");
        assert_close(
            &what,
            &moved(&policy.theta()),
            &moved(&reference),
            tolerance,
        );
    }
}
