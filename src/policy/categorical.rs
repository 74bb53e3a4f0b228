//! The categorical distribution over logits.

use super::Distribution;
use crate::math::Real;
use crate::nn::kernels::{Kernel, kernel};
use crate::rng::Rng;

/// n actions; the parameters of a row are n logits.
#[derive(Debug, Clone)]
pub struct Categorical {
    n: usize,
}

impl Categorical {
    /// A distribution over the actions 0 .. n.
    pub fn new(n: usize) -> Self {
        Self { n }
    }
}

/// ln(sum of exp) of a row.
#[inline(always)]
fn log_sum_exp<E: Real>(row: &[E]) -> E {
    let largest = row[1..].iter().fold(row[0], |a, &b| b.max(a));
    let sum = row
        .iter()
        .fold(E::ZERO, |sum, &logit| sum + (logit - largest).exp());
    largest + sum.ln()
}

#[inline(always)]
fn index<E: Real>(action: E) -> usize {
    action.wide() as usize
}

kernel! {
    /// log softmax at the action.
    pub fn log_prob<E: Real>(n: usize, logits: &[E], actions: &[E], out: &mut [E]) {
        for ((row, &action), out) in logits.chunks_exact(n).zip(actions).zip(out) {
            *out = row[index(action)] - log_sum_exp(row);
        }
    }
}

kernel! {
    /// Indicator of the action minus probabilities.
    pub fn log_prob_gradient<E: Real>(n: usize, logits: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = logits.chunks_exact(n).zip(gradient.chunks_exact_mut(n));
        for (((row, gradient), &action), &cotangent) in rows.zip(actions).zip(cotangent) {
            let normaliser = log_sum_exp(row);
            for (gradient, &logit) in gradient.iter_mut().zip(row) {
                *gradient -= cotangent * (logit - normaliser).exp();
            }
            gradient[index(action)] += cotangent;
        }
    }
}

#[inline(always)]
fn row_entropy<E: Real>(row: &[E], normaliser: E) -> E {
    row.iter().fold(E::ZERO, |sum, &logit| {
        let log_p = logit - normaliser;
        sum - log_p.exp() * log_p
    })
}

kernel! {
    /// - sum p ln p.
    pub fn entropy<E: Real>(n: usize, logits: &[E], out: &mut [E]) {
        for (row, out) in logits.chunks_exact(n).zip(out) {
            *out = row_entropy(row, log_sum_exp(row));
        }
    }
}

kernel! {
    /// - p (ln p + H).
    pub fn entropy_gradient<E: Real>(n: usize, logits: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = logits.chunks_exact(n).zip(gradient.chunks_exact_mut(n));
        for ((row, gradient), &cotangent) in rows.zip(cotangent) {
            let normaliser = log_sum_exp(row);
            let entropy = row_entropy(row, normaliser);
            for (gradient, &logit) in gradient.iter_mut().zip(row) {
                let log_p = logit - normaliser;
                *gradient -= cotangent * log_p.exp() * (log_p + entropy);
            }
        }
    }
}

kernel! {
    /// sum p_old (ln p_old - ln p_new).
    pub fn kl_old_new<E: Real>(n: usize, old: &[E], new: &[E], out: &mut [E]) {
        for ((old, new), out) in old.chunks_exact(n).zip(new.chunks_exact(n)).zip(out) {
            let (old_normaliser, new_normaliser) = (log_sum_exp(old), log_sum_exp(new));
            *out = old.iter().zip(new).fold(E::ZERO, |sum, (&old, &new)| {
                let log_p = old - old_normaliser;
                sum + log_p.exp() * (log_p - (new - new_normaliser))
            });
        }
    }
}

kernel! {
    /// p_new - p_old.
    pub fn kl_old_new_gradient<E: Real>(n: usize, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        let rows = old.chunks_exact(n).zip(new.chunks_exact(n));
        for (((old, new), &cotangent), gradient) in
            rows.zip(cotangent).zip(gradient.chunks_exact_mut(n))
        {
            let (old_normaliser, new_normaliser) = (log_sum_exp(old), log_sum_exp(new));
            for ((gradient, &old), &new) in gradient.iter_mut().zip(old).zip(new) {
                let difference = (new - new_normaliser).exp() - (old - old_normaliser).exp();
                *gradient += cotangent * difference;
            }
        }
    }
}

kernel! {
    /// p * u - p (p . u).
    pub fn fisher_product<E: Real>(n: usize, logits: &[E], tangents: &mut [E]) {
        for (row, u) in logits.chunks_exact(n).zip(tangents.chunks_exact_mut(n)) {
            let normaliser = log_sum_exp(row);
            let along = row.iter().zip(&*u).fold(E::ZERO, |sum, (&logit, &u)| {
                sum + (logit - normaliser).exp() * u
            });
            for (u, &logit) in u.iter_mut().zip(row) {
                *u = (logit - normaliser).exp() * (*u - along);
            }
        }
    }
}

impl<E: Real> Distribution<E> for Categorical {
    fn params(&self) -> usize {
        self.n
    }

    fn action_width(&self) -> usize {
        1
    }

    fn log_prob(&self, params: &[E], actions: &[E], out: &mut [E]) {
        log_prob(self.n, params, actions, out);
    }

    fn log_prob_gradient(&self, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        log_prob_gradient(self.n, params, actions, cotangent, gradient);
    }

    fn entropy(&self, params: &[E], out: &mut [E]) {
        entropy(self.n, params, out);
    }

    fn entropy_gradient(&self, params: &[E], cotangent: &[E], gradient: &mut [E]) {
        entropy_gradient(self.n, params, cotangent, gradient);
    }

    fn kl_old_new(&self, old: &[E], new: &[E], out: &mut [E]) {
        kl_old_new(self.n, old, new, out);
    }

    fn kl_old_new_gradient(&self, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        kl_old_new_gradient(self.n, old, new, cotangent, gradient);
    }

    fn fisher_product(&self, params: &[E], tangents: &mut [E]) {
        fisher_product(self.n, params, tangents);
    }

    /// By inversion of the distribution function.
    fn sample(&self, params: &[E], rng: &mut Rng, action: &mut [E]) {
        let normaliser = log_sum_exp(params);
        let mut left = rng.uniform();
        let mut chosen = 0;
        for (index, &logit) in params.iter().enumerate() {
            // Rounding may leave a little after the last: it goes there.
            chosen = index;
            left -= (logit - normaliser).exp().wide();
            if left < 0.0 {
                break;
            }
        }
        action[0] = E::of(chosen as f64);
    }

    /// The first of the largest logits.
    fn mode(&self, params: &[E], action: &mut [E]) {
        let mut best = 0;
        for (index, logit) in params.iter().enumerate() {
            if *logit > params[best] {
                best = index;
            }
        }
        action[0] = E::of(best as f64);
    }
}
