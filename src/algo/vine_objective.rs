//! L of the vine, equations 15 and 16 of Schulman et al. 2015.

use std::sync::Arc;

use super::natural::linear_change;
use super::objective::{Measured, Objective};
use super::surrogate::largest;
use crate::kernels::{self, exp};
use crate::math::Real;
use crate::nn::Linearisation;
use crate::nn::linearise::CHUNK;
use crate::nn::ops::{elements, scalar};
use crate::policy::{Distribution, Policy};

/// What was tried in N states.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a, E> {
    /// What the policy saw, \[states\]\[observation\].
    pub observations: &'a [E],
    /// a_nk, unclipped, \[states\]\[K\]\[action width\].
    pub actions: &'a [E],
    /// K, the same in every state.
    pub count: usize,
    /// Whether the K actions are all that there are, each once: then L is equation 15,
    /// else equation 16.
    pub is_exhaustive: bool,
    /// Q of each, \[states\]\[K\].
    pub q: &'a [f64],
}

/// L(theta) = mean over n of L_n(theta), at and around theta_old, with
///
/// (15) L_n = sum over k of pi_theta(a_k|s_n) Q_nk, over all actions, or
///
/// (16) L_n = sum over k of w_k Q_nk / sum over k of w_k, with
/// w_k = pi_theta(a_nk|s_n) / pi_old(a_nk|s_n).
///
/// The gradient of (16) at theta_old is (K - 1) / K of that of (15) in expectation: the
/// mean of Q that it is measured against holds the action's own share of noise.
///
/// Q_nk is taken less its mean in the state. A constant of a state moves neither the
/// gradient nor differences of L, and what is left has no large part to be rounded.
#[derive(Debug)]
pub struct VineObjective<'a, E: Real> {
    distribution: Arc<dyn Distribution<E>>,
    here: Linearisation<E>,
    old_params: Vec<E>,
    tried: Tried<'a, E>,
    /// Actions of all states, one vector for each k, \[K\]\[states\]\[action width\].
    actions: Vec<Vec<E>>,
    /// log pi_old of them, or 0 where L is equation 15, \[K\]\[states\].
    base: Vec<Vec<E>>,
    /// Q less its mean in a state, \[K\]\[states\].
    q: Vec<Vec<f64>>,
    deviation: f64,
}

impl<'a, E: Real> VineObjective<'a, E> {
    /// L at the parameters of `policy`, which are theta_old.
    pub fn at(policy: &Policy<E>, tried: Tried<'a, E>) -> Self {
        let here = policy.linearise(tried.observations);
        let old_params = here.outputs();
        let distribution = policy.distribution().clone();
        let (states, width) = (here.rows(), distribution.action_width());
        let of_action = |k: usize| -> Vec<E> {
            let rows =
                (0..states).map(|n| &tried.actions[(n * tried.count + k) * width..][..width]);
            rows.flatten().copied().collect()
        };
        let actions: Vec<Vec<E>> = (0..tried.count).map(of_action).collect();
        let base = actions.iter().map(|actions| {
            let mut log_prob = vec![E::ZERO; states];
            if !tried.is_exhaustive {
                distribution.log_prob(&old_params, actions, &mut log_prob);
            }
            log_prob
        });
        let base = base.collect();
        let (q, deviation) = centred(tried.q, tried.count);
        Self {
            distribution,
            here,
            old_params,
            tried,
            actions,
            base,
            q,
            deviation,
        }
    }

    /// Mean over the states of the standard deviation of Q over the actions of a state.
    pub fn deviation(&self) -> f64 {
        self.deviation
    }

    /// By what L is divided where it is reported, so that it compares with L on
    /// normalised advantages.
    fn scale(&self) -> f64 {
        if self.deviation > 0.0 {
            self.deviation
        } else {
            1.0
        }
    }

    /// pi_theta(a_k|s_n), or w_k, of `rows` of the states, \[K\]\[rows\].
    fn weights(&self, start: usize, params: &[E]) -> Vec<Vec<E>> {
        let rows = params.len() / self.distribution.params();
        let width = self.distribution.action_width();
        let of_action = |(actions, base): (&Vec<E>, &Vec<E>)| {
            let actions = &actions[start * width..(start + rows) * width];
            let mut weights = vec![E::ZERO; rows];
            self.distribution.log_prob(params, actions, &mut weights);
            for (weight, &base) in weights.iter_mut().zip(&base[start..]) {
                *weight -= base;
            }
            exp(&mut weights);
            weights
        };
        self.actions.iter().zip(&self.base).map(of_action).collect()
    }

    /// L_n of row `row` of `weights`, with the sum of its weights; the state is `n`.
    fn of_state(&self, weights: &[Vec<E>], row: usize, n: usize) -> (f64, f64) {
        let (mut sum, mut total) = (0.0, 0.0);
        for (weights, q) in weights.iter().zip(&self.q) {
            let weight = weights[row].to_double();
            sum += weight * q[n];
            total += weight;
        }
        if self.tried.is_exhaustive {
            (sum, 1.0)
        } else {
            (sum / total, total)
        }
    }

    /// What the outputs `params` of the network in all states give.
    fn measured(&self, params: &[E]) -> Measured {
        let states = self.here.rows();
        let weights = self.weights(0, params);
        let sum: f64 = (0..states).map(|n| self.of_state(&weights, n, n).0).sum();
        let surrogate = sum / states as f64;
        let mut values = vec![E::ZERO; states];
        self.distribution
            .kl_old_new(&self.old_params, params, &mut values);
        let (kl, kl_max) = (kernels::sum(&values), largest(&values));
        self.distribution.entropy(params, &mut values);
        Measured {
            surrogate,
            reported_surrogate: surrogate / self.scale(),
            // Rounding can leave a mean of zeros a little below zero.
            kl_mean: if kl < 0.0 { 0.0 } else { kl / states as f64 },
            kl_max,
            entropy: kernels::sum(&values) / states as f64,
        }
    }
}

impl<E: Real> Objective<E> for VineObjective<'_, E> {
    fn here(&self) -> &Linearisation<E> {
        &self.here
    }

    fn observations(&self) -> &[E] {
        self.tried.observations
    }

    fn actions(&self) -> &[E] {
        &self.actions[0]
    }

    /// The derivative of L_n by log pi_theta(a_k|s_n) is pi_theta Q in (15), and
    /// w_k (Q - L_n) / sum of w in (16).
    fn gradient(&self) -> Vec<E> {
        let share = 1.0 / self.here.rows() as f64;
        let width = self.distribution.action_width();
        let (_, gradient) = self.here.gradient(|range, outputs| {
            let params = elements(&outputs);
            let weights = self.weights(range.start, &params);
            let states: Vec<(f64, f64)> = (range.clone())
                .map(|n| self.of_state(&weights, n - range.start, n))
                .collect();
            let mut gradient = vec![E::ZERO; params.len()];
            for ((weights, q), actions) in weights.iter().zip(&self.q).zip(&self.actions) {
                let cotangent = weights.iter().zip(&q[range.clone()]).zip(&states);
                let cotangent: Vec<E> = cotangent
                    .map(|((weight, q), (l, total))| {
                        let l = if self.tried.is_exhaustive { 0.0 } else { *l };
                        E::from_double(share * weight.to_double() * (q - l) / total)
                    })
                    .collect();
                let actions = &actions[range.start * width..range.end * width];
                self.distribution
                    .log_prob_gradient(&params, actions, &cotangent, &mut gradient);
            }
            let sum: f64 = states.iter().map(|(l, _)| l).sum();
            scalar(outputs, sum * share, gradient)
        });
        gradient
    }

    fn measure_here(&self) -> Measured {
        Measured {
            kl_mean: 0.0,
            kl_max: 0.0,
            ..self.measured(&self.old_params)
        }
    }

    fn measure(&self, theta: &[E]) -> Measured {
        let mut network = self.here.forward_at(theta);
        let chunk = CHUNK * self.here.architecture().inputs();
        let mut params = Vec::with_capacity(self.old_params.len());
        for observations in self.tried.observations.chunks(chunk) {
            params.extend_from_slice(network.run(observations));
        }
        self.measured(&params)
    }

    fn expected_improvement(&self, g: &[E], theta_old: &[E], theta: &[E]) -> f64 {
        linear_change(g, theta_old, theta) / self.scale()
    }
}

/// Q, \[states\]\[count\], less its mean in each state, as \[count\]\[states\], and the
/// mean over the states of its standard deviation.
fn centred(q: &[f64], count: usize) -> (Vec<Vec<f64>>, f64) {
    let states = q.len() / count;
    let mut by_action = vec![Vec::with_capacity(states); count];
    let mut deviations = 0.0;
    for of_state in q.chunks_exact(count) {
        let mean = of_state.iter().sum::<f64>() / count as f64;
        let squares = of_state.iter().map(|q| (q - mean) * (q - mean));
        deviations += (squares.sum::<f64>() / count as f64).sqrt();
        for (column, q) in by_action.iter_mut().zip(of_state) {
            column.push(q - mean);
        }
    }
    (by_action, deviations / states as f64)
}
