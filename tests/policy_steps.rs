//! What the steps of all algorithms install and report, and what the natural
//! gradient is made of.

mod common;

use common::{
    Problem, Shape, assert_close, continuous, fisher_product, log_prob, normals, objective,
    small_shapes, stream,
};
use trpo_lab::algo::natural::{Direction, FisherEstimate, NaturalSettings, along, natural_step};
use trpo_lab::algo::npg::{self, NpgSettings};
use trpo_lab::algo::objective::Objective;
use trpo_lab::algo::on_policy::OnPolicy;
use trpo_lab::algo::ppo::{Ppo, PpoSettings};
use trpo_lab::algo::surrogate::Surrogate;
use trpo_lab::algo::trpo::{self, Constraint, TrpoSettings};
use trpo_lab::algo::vpg::{Optimizer, Vpg, VpgSettings};
use trpo_lab::algo::{Kind, PolicyStep};
use trpo_lab::columns::Row;
use trpo_lab::kernels::{Kernel, dot, gather, mean, norm};
use trpo_lab::nn::ops::branch;
use trpo_lab::optim::adam::{Adam, scale_to};
use trpo_lab::optim::conjugate_gradient::conjugate_gradient;
use trpo_lab::policy::LOG_STD_RANGE;
use trpo_lab::rng::{Rng, Streams};
use trpo_lab::rollout::batch::{Batch, normalised};

fn problems(rows: usize) -> [Problem<f32>; 2] {
    small_shapes().map(|shape| common::problem(&shape, rows, 1))
}

#[test]
fn log_standard_deviations_stay_in_their_range() {
    let (low, high) = (LOG_STD_RANGE.0 as f32, LOG_STD_RANGE.1 as f32);
    for (start, target) in [(1.9, high), (-4.9, low)] {
        let shape = Shape::new(4, &[16, 16], continuous(2));
        let mut problem = common::problem::<f32>(&shape, 400, 1);
        let mut theta = problem.policy.theta();
        let free = theta.len() - 2;
        theta[free..].fill(start);
        problem.policy.set_theta(&theta);
        // Reward distance from the mean, or closeness to it.
        let sign = if target > 0.0 { 1.0 } else { -1.0 };
        let outputs = problem
            .policy
            .linearise(&problem.batch.observations)
            .outputs();
        let rows = outputs
            .chunks_exact(4)
            .zip(problem.batch.actions.chunks_exact_mut(2));
        for ((mean, action), a) in rows.zip(&mut problem.batch.advantages) {
            let far = *a > 0.0;
            let sigma = start.exp() * if far { 2.0 } else { 0.1 };
            action.copy_from_slice(&[mean[0] + sigma, mean[1] - sigma]);
            *a = if far { sign } else { -sign };
        }
        let settings = NpgSettings {
            delta: 100.0,
            ..NpgSettings::default()
        };
        let Problem { policy, batch } = &mut problem;
        npg::policy_step(policy, batch, &settings, &mut stream(0)).unwrap();
        assert_eq!(policy.theta()[free..], [target; 2]);
    }
}

#[test]
fn a_subsample_takes_every_kth_row_from_its_offset() {
    for Problem { policy, batch } in problems(403) {
        for k in [1, 2, 5, 403, 1_000_000] {
            let settings = NaturalSettings {
                delta: 0.01,
                damping: 0.1,
                cg_iterations: 10,
                cg_tolerance: 1e-5,
                fisher_subsample: k,
                ..TrpoSettings::default().natural()
            };
            let surrogate = Surrogate::at(&policy, &batch, true);
            let step = natural_step(&policy, &surrogate, settings, &mut stream(8)).unwrap();

            let last = k.min(batch.rows()) as u64;
            let offset = if k > 1 {
                stream(8).below(last) as usize
            } else {
                0
            };
            let rows: Vec<usize> = (0..batch.rows()).filter(|row| row % k == offset).collect();
            assert!(!rows.is_empty());
            let mut observations = Vec::new();
            gather(&batch.observations, 4, &rows, &mut observations);
            let damped = |v: &[f32]| -> Vec<f32> {
                let product = fisher_product(&policy, &observations, v);
                product.iter().zip(v).map(|(f, v)| f + 0.1 * v).collect()
            };
            // g is that of all rows.
            let g = surrogate.gradient();
            let x = conjugate_gradient(damped, &g, 10, 1e-5).x;
            assert_close("x", &step.x, &x, 1e-6);
        }
    }
}

/// The batch with its rows moved around, so that others share a chunk.
fn rotated(batch: &Batch<f64>, by: usize) -> Batch<f64> {
    let turn = |values: &[f64]| {
        let (first, last) = values.split_at(by * values.len() / batch.rows());
        [last, first].concat()
    };
    Batch {
        observations: turn(&batch.observations),
        old_params: Vec::new(),
        actions: turn(&batch.actions),
        advantages: turn(&batch.advantages),
        targets: turn(&batch.targets),
        values: turn(&batch.values),
    }
}

#[test]
fn where_chunks_begin_does_not_matter() {
    for shape in small_shapes() {
        let Problem { policy, batch } = common::problem::<f64>(&shape, 700, 1);
        let v: Vec<f64> = normals(policy.theta().len(), &mut stream(2));
        let theta = along(&policy, &policy.theta(), 0.05, &v);
        let all = |batch: &Batch<f64>| {
            let surrogate = Surrogate::at(&policy, batch, true);
            let there = surrogate.measure(&theta);
            let product = fisher_product(&policy, &batch.observations, &v);
            let numbers = [there.surrogate, there.kl_mean, there.kl_max, there.entropy];
            [numbers.to_vec(), surrogate.gradient(), product]
        };
        let expected = all(&batch);
        for by in [1, 100, 256, 444] {
            for (found, expected) in all(&rotated(&batch, by)).iter().zip(&expected) {
                assert_close("rotated", found, expected, 1e-12);
            }
        }
    }
}

#[test]
fn npg_takes_the_full_natural_step() {
    for mut problem in problems(400) {
        let settings = NpgSettings::default();
        let natural = NaturalSettings {
            delta: settings.delta,
            damping: settings.damping,
            cg_iterations: settings.cg_iterations,
            cg_tolerance: settings.cg_tolerance,
            fisher_subsample: 1,
            ..TrpoSettings::default().natural()
        };
        let Problem { policy, batch } = &mut problem;
        let surrogate = Surrogate::at(policy, batch, true);
        let step = natural_step(policy, &surrogate, natural, &mut stream(0)).unwrap();
        let expected = along(policy, &policy.theta(), step.beta.unwrap(), &step.x);
        npg::policy_step(policy, batch, &settings, &mut stream(0)).unwrap();
        assert_eq!(policy.theta(), expected);
    }
}

#[test]
fn vpg_follows_the_gradient_of_the_log_likelihood() {
    for mut problem in problems(400) {
        let settings = VpgSettings {
            optimizer: Optimizer::Sgd,
            learning_rate: 0.5,
            ..VpgSettings::default()
        };
        let Problem { policy, batch } = &mut problem;
        let old = policy.clone();
        let mut standard = batch.clone();
        standard.advantages = normalised(&batch.advantages);
        let (_, gradient) = objective(&old, &old, &standard, |rows, o| rows.log_likelihood(o));
        let OnPolicy(mut vpg) = Vpg::new(&settings, gradient.len(), &Streams::new(0, "tests"));
        let step = vpg.policy_step(policy, batch, 0.0).unwrap();
        let expected = along(&old, &old.theta(), 0.5, &gradient);
        assert_close("theta", &policy.theta(), &expected, 1e-6);
        assert_eq!(step.number("learning_rate"), Some(0.5));
        assert!(step.number("improvement").unwrap() > 0.0);
    }
}

fn ppo(settings: &PpoSettings, problem: &mut Problem<f32>, progress: f64) -> Row {
    let streams = Streams::new(0, "tests");
    let OnPolicy(mut ppo) = Ppo::new(settings, problem.policy.theta().len(), &streams);
    let Problem { policy, batch } = problem;
    ppo.policy_step(policy, batch, progress).unwrap()
}

/// Full batches make PPO's epochs steps of Adam that can be told beforehand.
#[test]
fn ppo_descends_the_clipped_loss() {
    for (problem, max_gradient_norm) in
        (problems(400).iter()).flat_map(|problem| [0.0, 1e-3].map(|limit| (problem, limit)))
    {
        let settings = PpoSettings {
            epochs: 2,
            minibatch: 400,
            learning_rate: 0.1,
            entropy_coefficient: 0.01,
            max_gradient_norm,
            anneal: true,
            ..PpoSettings::default()
        };
        let mut stepped = problem.clone();
        let step = ppo(&settings, &mut stepped, 0.25);

        let Problem { policy: old, batch } = problem;
        let mut standard = batch.clone();
        standard.advantages = normalised(&batch.advantages);
        let mut policy = old.clone();
        let mut theta = policy.theta();
        let mut adam = Adam::new(theta.len(), settings.adam_epsilon);
        let (mut outside, mut norms) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            outside = (log_prob(&policy, batch).iter().zip(log_prob(old, batch)))
                .map(|(new, old)| (f64::from(*new - old)).exp())
                .map(|ratio| f64::from((ratio - 1.0).abs() > 0.2))
                .collect();
            let (_, mut gradient) = objective(old, &policy, &standard, |rows, outputs| {
                let bonus = rows.entropy(branch(&outputs)) * 0.01;
                -(rows.clipped_surrogate(outputs, 0.2) + bonus)
            });
            norms.push(norm(&gradient));
            let scale = scale_to(norm(&gradient), max_gradient_norm) as f32;
            gradient.iter_mut().for_each(|g| *g *= scale);
            adam.descend(Kernel::best(), &mut theta, &gradient, 1.0, 0.1 * 0.75);
            policy.set_theta(&theta);
        }
        assert_close("theta", &stepped.policy.theta(), &theta, 1e-5);
        // That of the last epoch, as its minibatches saw it.
        assert!(mean(&outside) > 0.1);
        assert_eq!(step.number("clip_fraction"), Some(mean(&outside)));
        assert_eq!(step.number("epochs"), Some(2.0));
        let norm = step.number("gradient_norm").unwrap();
        assert!((norm / mean(&norms) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn ppo_stops_after_an_epoch_that_went_too_far() {
    for problem in problems(400) {
        let epochs = |stop_kl: f64| {
            let settings = PpoSettings {
                learning_rate: 0.003,
                stop_kl,
                ..PpoSettings::default()
            };
            let step = ppo(&settings, &mut problem.clone(), 0.0);
            step.number("epochs").unwrap()
        };
        assert_eq!(epochs(0.0), 10.0);
        assert_eq!(epochs(1e-9), 1.0);
        assert!((2.0..10.0).contains(&epochs(0.008)));
    }
}

#[test]
fn empirical_fisher_agrees_with_the_exact_one_as_actions_per_state_grow() {
    for shape in small_shapes() {
        let Problem { policy, batch } = common::problem::<f64>(&shape, 20, 5);
        let v: Vec<f64> = normals(policy.theta().len(), &mut stream(6));
        let exact = fisher_product(&policy, &batch.observations, &v);
        // Relative error with so many actions drawn in each of the states.
        let error = |actions: usize| {
            let observations = batch.observations.repeat(actions);
            let width = policy.distribution().action_width();
            let mut drawn = vec![0.0; 20 * actions * width];
            let mut streams: Vec<Rng> =
                (0..20 * actions as u32).map(|i| stream(9000 + i)).collect();
            policy
                .actor()
                .sample(&observations, &mut streams, &mut drawn);
            let here = policy.linearise(&observations);
            let product = policy.empirical_fisher(&here, &drawn).product(&v);
            let apart: Vec<f64> = product.iter().zip(&exact).map(|(a, b)| a - b).collect();
            norm(&apart) / norm(&exact)
        };
        let errors = [1, 30, 1000].map(error);
        assert!(errors[2] < 0.05, "{errors:?}");
        assert!(
            errors[1] < 0.5 * errors[0] && errors[2] < 0.4 * errors[1],
            "{errors:?}"
        );
    }
}

#[test]
fn empirical_fisher_takes_the_actions_of_its_subsample() {
    for Problem { policy, batch } in problems(101) {
        let surrogate = Surrogate::at(&policy, &batch, true);
        let settings = NaturalSettings {
            fisher: FisherEstimate::Empirical,
            fisher_subsample: 4,
            ..TrpoSettings::default().natural()
        };
        let step = natural_step(&policy, &surrogate, settings, &mut stream(8)).unwrap();
        let offset = stream(8).below(4) as usize;
        let rows: Vec<usize> = (offset..101).step_by(4).collect();
        let (mut observations, mut actions) = (Vec::new(), Vec::new());
        gather(&batch.observations, 4, &rows, &mut observations);
        let width = policy.distribution().action_width();
        gather(&batch.actions, width, &rows, &mut actions);
        let here = policy.linearise(&observations);
        let fisher = policy.empirical_fisher(&here, &actions);
        let x_f_x = dot(&step.x, &fisher.product(&step.x));
        assert_close("x.Fx", &[step.x_f_x], &[x_f_x], 1e-6);
    }
}

#[test]
fn max_kl_bounds_the_largest_divergence_of_a_state() {
    for mut problem in problems(400) {
        let Problem { policy, batch } = &mut problem;
        let mean = TrpoSettings::default();
        let max = TrpoSettings {
            constraint: Constraint::Max,
            backtracks: 20,
            ..mean.clone()
        };
        let mut other = policy.clone();
        let by_mean = trpo::policy_step(&mut other, batch, &mean, &mut stream(0)).unwrap();
        let by_max = trpo::policy_step(policy, batch, &max, &mut stream(0)).unwrap();
        let (_, mean) = by_mean.accepted.unwrap();
        let (shortened, max) = by_max.accepted.unwrap();
        assert!(mean.measured.kl_max > 0.01, "the bound would not bind");
        assert!(max.measured.kl_max <= 0.01 && shortened > 0);
        // The direction is the same.
        assert_eq!(by_mean.natural.x, by_max.natural.x);
    }
}

#[test]
fn without_a_line_search_trpo_is_npg_and_without_curvature_the_gradient() {
    for problem in problems(400) {
        let Problem { policy, batch } = problem;
        let step = |settings: TrpoSettings| {
            let mut policy = policy.clone();
            let made = trpo::policy_step(&mut policy, &batch, &settings, &mut stream(0)).unwrap();
            (policy.theta(), made)
        };
        let (theta, _) = step(TrpoSettings {
            line_search: false,
            ..TrpoSettings::default()
        });
        let mut other = policy.clone();
        npg::policy_step(&mut other, &batch, &NpgSettings::default(), &mut stream(0)).unwrap();
        assert_eq!(theta, other.theta());

        let (_, made) = step(TrpoSettings {
            direction: Direction::Gradient,
            ..TrpoSettings::default()
        });
        assert_eq!(made.natural.x, made.natural.g);
        assert_eq!(
            (made.natural.cg_iterations, made.natural.cg_residual),
            (0, None)
        );
        let model = 0.5 * made.natural.beta.unwrap().powi(2) * made.natural.x_fc_x;
        assert_close("the radius sets its length", &[model], &[0.01], 1e-6);
    }
}

#[test]
fn a_fixed_penalty_is_the_inverse_of_the_step_length() {
    for mut problem in problems(400) {
        let Problem { policy, batch } = &mut problem;
        let settings = NpgSettings {
            penalty: 8.0,
            ..NpgSettings::default()
        };
        let theta_old = policy.theta();
        let made = npg::policy_step(policy, batch, &settings, &mut stream(0)).unwrap();
        assert_eq!(made.natural.beta, Some(0.125));
        assert_eq!(
            policy.theta(),
            along(policy, &theta_old, 0.125, &made.natural.x)
        );
    }
}
