//! Reward-weighted regression (Peters and Schaal 2007), in the episodic form of
//! Kober and Peters (2009): the policy is fitted to the actions that it took,
//! each with a weight that grows with its return.
//!
//! theta = argmax mean of w log pi_theta(a|s), w = Q less its least in the batch.
//!
//! Q is the value target of a row: the discounted sum of rewards after (s, a)
//! where targets are such sums, else the sum to which the critic adds the rest.
//! Weights are divided by their mean, which moves no maximum, so that a learning
//! rate means the same for rewards of every scale.
//!
//! Nothing but the number of steps and their rate keeps the new policy close to
//! the old one.

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Look, StepLimit};
use super::losses::Rows;
use super::objective::Objective as _;
use super::on_policy::OnPolicy;
use super::schedule::Schedule;
use super::step::{Diverged, GRADIENT_NORM, Moved, PolicyStep, distance};
use super::surrogate::Surrogate;
use crate::columns::Row;
use crate::kernels::norm;
use crate::math::Real;
use crate::optim::adam::Adam;
use crate::policy::Policy;
use crate::rng::Streams;
use crate::rollout::batch::Batch;
use crate::settings::{any, at_least_one, positive};

crate::settings! {
    /// Settings of reward-weighted regression.
    pub struct RwrSettings {
        /// Steps of Adam on every batch, each on all of its rows.
        steps: usize = 50, at_least_one();
        /// Learning rate of Adam.
        learning_rate: f64 = 1e-3, positive();
        /// Adam's epsilon.
        adam_epsilon: f64 = 1e-5, positive();
        /// Whether the learning rate falls linearly to 0 over the run.
        anneal: bool = false, any();
    }
}

/// RWR as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rwr {
    settings: RwrSettings,
}

/// w of every row: Q less the least, over the mean of that; `None` where all are
/// equal, which prefers no action to another.
pub fn weights<E: Real>(q: &[E]) -> Option<Vec<E>> {
    let wide = || q.iter().map(|q| q.to_double());
    let least = wide().fold(f64::INFINITY, f64::min);
    let mean = wide().map(|q| q - least).sum::<f64>() / q.len() as f64;
    // NaN goes on, to be noticed in the gradient.
    if mean == 0.0 {
        return None;
    }
    Some(wide().map(|q| E::from_double((q - least) / mean)).collect())
}

impl Kind for Rwr {
    type Settings = RwrSettings;
    type Algorithm = OnPolicy<Self>;
    const NAME: &'static str = "rwr";
    const SUMMARY: &'static str =
        "Reward-weighted regression (Kober and Peters 2009): actions fitted by their returns";
    const LOOKS: &'static [Look] = &[Look {
        variant: "rwr",
        label: "RWR",
        color: [0x7F, 0x7F, 0x00],
        dash: 5,
    }];

    fn new(settings: &RwrSettings, _parameters: usize, _streams: &Streams) -> OnPolicy<Self> {
        OnPolicy(Self {
            settings: settings.clone(),
        })
    }

    fn step_limit(_: &RwrSettings) -> StepLimit {
        StepLimit::Nothing
    }

    fn passes(settings: &RwrSettings) -> f64 {
        settings.steps as f64
    }
}

/// theta after the fit from the policy's own, and the mean norm of the gradients.
///
/// Every batch is a regression of its own: Adam begins anew, since its moments
/// would be of other rows with other weights.
///
/// # Errors
/// If a gradient stopped being finite.
pub fn fitted<E: Real>(
    policy: &Policy<E>,
    batch: &Batch<E>,
    weights: &[E],
    settings: &RwrSettings,
) -> Result<(Vec<E>, f64), Diverged> {
    let distribution = policy.distribution();
    let width = distribution.action_width();
    let mut theta = policy.theta();
    let mut adam = Adam::new(theta.len(), settings.adam_epsilon);
    let mut here = policy.linearise(&batch.observations);
    let (mut gradient, mut norms) = (Vec::new(), 0.0);
    for step in 0..settings.steps {
        if step > 0 {
            here.reevaluate(&theta, &batch.observations);
        }
        here.gradient_into(&mut gradient, |range, outputs| {
            let rows = Rows {
                distribution,
                actions: &batch.actions[range.start * width..range.end * width],
                old_log_prob: &[],
                old_params: &[],
                advantages: &weights[range],
                count: batch.rows(),
            };
            rows.log_likelihood(outputs)
        });
        let length = norm(&gradient);
        Diverged::unless_finite(GRADIENT_NORM, length)?;
        norms += length;
        // Ascent.
        let rate = settings.learning_rate;
        adam.descend(policy.kernel(), &mut theta, &gradient, -1.0, rate);
        policy.project(&mut theta);
    }
    Ok((theta, norms / settings.steps as f64))
}

impl PolicyStep for Rwr {
    fn policy_step(
        &mut self,
        policy: &mut Policy<f32>,
        batch: &Batch<f32>,
        done: f64,
    ) -> Result<Row, Diverged> {
        let theta_old = policy.theta();
        let surrogate = Surrogate::at(policy, batch, true);
        let before = surrogate.measure_here();
        let Some(weights) = weights(&batch.targets) else {
            let stayed = Moved {
                outcome: "zero_gradient",
                before,
                after: before,
                gradient_norm: 0.0,
                step_norm: 0.0,
            };
            return Ok(stayed.row());
        };
        let learning_rate = Schedule {
            start: self.settings.learning_rate,
            anneal: self.settings.anneal,
        };
        let settings = RwrSettings {
            learning_rate: learning_rate.at(done),
            ..self.settings.clone()
        };
        let (theta, gradient_norm) = fitted(policy, batch, &weights, &settings)?;
        policy.set_theta(&theta);
        let moved = Moved {
            outcome: "full_step",
            before,
            after: surrogate.measure(&theta),
            gradient_norm,
            step_norm: distance(&theta_old, &theta),
        };
        Ok(moved.row())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_begin_at_zero_and_have_mean_one() {
        assert_eq!(weights(&[-3.0, 1.0, 5.0f64]), Some(vec![0.0, 1.0, 2.0]));
    }

    #[test]
    fn a_constant_added_to_all_q_changes_no_weight() {
        let q = [0.5f32, -2.25, 7.0, 1.5];
        for constant in [-64.0, 8.0, 1024.0] {
            assert_eq!(weights(&q.map(|q| q + constant)), weights(&q));
        }
    }

    #[test]
    fn equal_q_prefer_nothing() {
        assert_eq!(weights(&[4.0f32; 3]), None);
    }

    #[test]
    fn what_is_no_number_stays_in_the_weights() {
        let weights = weights(&[1.0, f32::NAN, 2.0]).unwrap();
        assert!(weights.iter().any(|weight| weight.is_nan()));
    }
}
