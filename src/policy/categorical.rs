//! The categorical distribution over logits.

use std::sync::Arc;

use super::Distribution;
use crate::kernels::{Kernel, in_blocks, kernel, lanes};
use crate::math::Real;
use crate::rng::Rng;

/// n actions; the parameters of a row are n logits.
#[derive(Debug, Clone)]
pub struct Categorical {
    n: usize,
    kernel: Kernel,
}

impl Categorical {
    /// A distribution over the actions 0 .. n.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            kernel: Kernel::best(),
        }
    }
}

/// `N` rows of `n` logits, one row a lane.
#[derive(Clone, Copy)]
struct Block<'a, E, const N: usize> {
    n: usize,
    logits: &'a [E],
}

impl<E: Real, const N: usize> Block<'_, E, N> {
    /// Logit `j` of every row.
    #[inline(always)]
    fn logit(self, j: usize) -> [E; N] {
        column(self.logits, self.n, j)
    }

    /// ln(sum of exp) of every row.
    #[inline(always)]
    fn log_sum_exp(self) -> [E; N] {
        let mut largest = self.logit(0);
        for j in 1..self.n {
            let logit = self.logit(j);
            largest = lanes!(lane => logit[lane].max(largest[lane]));
        }
        let mut sum = [E::ZERO; N];
        for j in 0..self.n {
            let logit = self.logit(j);
            sum = lanes!(lane => sum[lane] + (logit[lane] - largest[lane]).exp());
        }
        lanes!(lane => largest[lane] + sum[lane].ln())
    }

    /// ln p of action `j` in every row.
    #[inline(always)]
    fn log_p(self, j: usize, normaliser: [E; N]) -> [E; N] {
        let logit = self.logit(j);
        lanes!(lane => logit[lane] - normaliser[lane])
    }

    /// - sum p ln p of every row.
    #[inline(always)]
    fn entropy(self, normaliser: [E; N]) -> [E; N] {
        let mut entropy = [E::ZERO; N];
        for j in 0..self.n {
            let log_p = self.log_p(j, normaliser);
            entropy = lanes!(lane => entropy[lane] - log_p[lane].exp() * log_p[lane]);
        }
        entropy
    }
}

/// Element `j` of each of `N` rows of `n`. Whole registers are read, changed and put back: numbers
/// changed one by one where they lie take twice the time.
#[inline(always)]
fn column<E: Real, const N: usize>(rows: &[E], n: usize, j: usize) -> [E; N] {
    lanes!(lane => rows[lane * n + j])
}

/// Makes `values` element `j` of each of `N` rows of `n`.
#[inline(always)]
fn set_column<E: Real, const N: usize>(rows: &mut [E], n: usize, j: usize, values: [E; N]) {
    for lane in 0..N {
        rows[lane * n + j] = values[lane];
    }
}

/// `$body`, compiled once more for two actions, where offsets are constants.
macro_rules! of_width {
    ($n:ident => $body:expr) => {
        if $n == 2 {
            let $n = 2;
            $body
        } else {
            $body
        }
    };
}

kernel! {
    /// log softmax at the action.
    fn log_prob<E: Real>(kernel: Kernel, n: usize, logits: &[E], actions: &[E], out: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..out.len() => {
            let block = Block::<E, N> { n, logits: &logits[at * n..] };
            let normaliser = block.log_sum_exp();
            let actions = &actions[at..at + N];
            let mut chosen = [E::ZERO; N];
            for j in 0..n {
                let (logit, action) = (block.logit(j), E::from_double(j as f64));
                chosen = lanes!(lane => if actions[lane] == action { logit[lane] } else { chosen[lane] });
            }
            out[at..at + N].copy_from_slice(&lanes!(lane => chosen[lane] - normaliser[lane]));
        }));
    }
}

kernel! {
    /// Indicator of the action minus probabilities.
    fn log_prob_gradient<E: Real>(kernel: Kernel, n: usize, logits: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..cotangent.len() => {
            let block = Block::<E, N> { n, logits: &logits[at * n..] };
            let normaliser = block.log_sum_exp();
            let (actions, cotangent) = (&actions[at..at + N], &cotangent[at..at + N]);
            let gradient = &mut gradient[at * n..(at + N) * n];
            for j in 0..n {
                let (log_p, action) = (block.log_p(j, normaliser), E::from_double(j as f64));
                let so_far: [E; N] = column(gradient, n, j);
                let sum: [E; N] = lanes!(lane => {
                    let others = so_far[lane] - cotangent[lane] * log_p[lane].exp();
                    if actions[lane] == action { others + cotangent[lane] } else { others }
                });
                set_column(gradient, n, j, sum);
            }
        }));
    }
}

kernel! {
    /// - sum p ln p.
    fn entropy<E: Real>(kernel: Kernel, n: usize, logits: &[E], out: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..out.len() => {
            let block = Block::<E, N> { n, logits: &logits[at * n..] };
            out[at..at + N].copy_from_slice(&block.entropy(block.log_sum_exp()));
        }));
    }
}

kernel! {
    /// - p (ln p + H).
    fn entropy_gradient<E: Real>(kernel: Kernel, n: usize, logits: &[E], cotangent: &[E], gradient: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..cotangent.len() => {
            let block = Block::<E, N> { n, logits: &logits[at * n..] };
            let normaliser = block.log_sum_exp();
            let entropy = block.entropy(normaliser);
            let cotangent = &cotangent[at..at + N];
            let gradient = &mut gradient[at * n..(at + N) * n];
            for j in 0..n {
                let log_p = block.log_p(j, normaliser);
                let so_far: [E; N] = column(gradient, n, j);
                let sum: [E; N] = lanes!(lane => {
                    so_far[lane] - cotangent[lane] * log_p[lane].exp() * (log_p[lane] + entropy[lane])
                });
                set_column(gradient, n, j, sum);
            }
        }));
    }
}

kernel! {
    /// sum p_old (ln p_old - ln p_new).
    fn kl_old_new<E: Real>(kernel: Kernel, n: usize, old: &[E], new: &[E], out: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..out.len() => {
            let old = Block::<E, N> { n, logits: &old[at * n..] };
            let new = Block::<E, N> { n, logits: &new[at * n..] };
            let normalisers = (old.log_sum_exp(), new.log_sum_exp());
            let mut kl = [E::ZERO; N];
            for j in 0..n {
                let (old, new) = (old.log_p(j, normalisers.0), new.log_p(j, normalisers.1));
                kl = lanes!(lane => kl[lane] + old[lane].exp() * (old[lane] - new[lane]));
            }
            out[at..at + N].copy_from_slice(&kl);
        }));
    }
}

kernel! {
    /// p_new - p_old.
    fn kl_old_new_gradient<E: Real>(kernel: Kernel, n: usize, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..cotangent.len() => {
            let old = Block::<E, N> { n, logits: &old[at * n..] };
            let new = Block::<E, N> { n, logits: &new[at * n..] };
            let normalisers = (old.log_sum_exp(), new.log_sum_exp());
            let cotangent = &cotangent[at..at + N];
            let gradient = &mut gradient[at * n..(at + N) * n];
            for j in 0..n {
                let (old, new) = (old.log_p(j, normalisers.0), new.log_p(j, normalisers.1));
                let so_far: [E; N] = column(gradient, n, j);
                let sum: [E; N] = lanes!(lane => {
                    so_far[lane] + cotangent[lane] * (new[lane].exp() - old[lane].exp())
                });
                set_column(gradient, n, j, sum);
            }
        }));
    }
}

kernel! {
    /// p.
    fn fisher_metric<E: Real>(kernel: Kernel, n: usize, logits: &mut [E]) {
        of_width!(n => in_blocks!(at, N in 0..logits.len() / n => {
            let logits = &mut logits[at * n..(at + N) * n];
            let normaliser = Block::<E, N> { n, logits }.log_sum_exp();
            for j in 0..n {
                let p: [E; N] = {
                    let log_p = Block::<E, N> { n, logits }.log_p(j, normaliser);
                    lanes!(lane => log_p[lane].exp())
                };
                set_column(logits, n, j, p);
            }
        }));
    }
}

kernel! {
    /// p * u - p (p . u).
    fn fisher_product<E: Real>(kernel: Kernel, n: usize, p: &[E], tangents: &mut [E]) {
        for (p, u) in p.chunks_exact(n).zip(tangents.chunks_exact_mut(n)) {
            let mut along = E::ZERO;
            for (&p, &u) in p.iter().zip(&*u) {
                along += p * u;
            }
            for (u, &p) in u.iter_mut().zip(p) {
                *u = p * (*u - along);
            }
        }
    }
}

kernel! {
    /// The action at which the distribution function reaches `uniform`.
    fn choice<E: Real>(kernel: Kernel, logits: &[E], uniform: f64) -> usize {
        let mut largest = logits[0];
        for &logit in logits {
            largest = logit.max(largest);
        }
        let mut total = 0.0;
        for &logit in logits {
            total += (logit - largest).exp().to_double();
        }
        let mut left = uniform * total;
        let mut chosen = 0;
        for (index, &logit) in logits.iter().enumerate() {
            // Rounding may leave a little after the last: it goes there.
            chosen = index;
            left -= (logit - largest).exp().to_double();
            if left < 0.0 {
                break;
            }
        }
        chosen
    }
}

impl<E: Real> Distribution<E> for Categorical {
    fn with_kernel(&self, kernel: Kernel) -> Arc<dyn Distribution<E>> {
        Arc::new(Self {
            kernel,
            ..self.clone()
        })
    }

    fn params(&self) -> usize {
        self.n
    }

    fn action_width(&self) -> usize {
        1
    }

    fn log_prob(&self, params: &[E], actions: &[E], out: &mut [E]) {
        log_prob(self.kernel, self.n, params, actions, out);
    }

    fn log_prob_gradient(&self, params: &[E], actions: &[E], cotangent: &[E], gradient: &mut [E]) {
        log_prob_gradient(self.kernel, self.n, params, actions, cotangent, gradient);
    }

    fn entropy(&self, params: &[E], out: &mut [E]) {
        entropy(self.kernel, self.n, params, out);
    }

    fn entropy_gradient(&self, params: &[E], cotangent: &[E], gradient: &mut [E]) {
        entropy_gradient(self.kernel, self.n, params, cotangent, gradient);
    }

    fn kl_old_new(&self, old: &[E], new: &[E], out: &mut [E]) {
        kl_old_new(self.kernel, self.n, old, new, out);
    }

    fn kl_old_new_gradient(&self, old: &[E], new: &[E], cotangent: &[E], gradient: &mut [E]) {
        kl_old_new_gradient(self.kernel, self.n, old, new, cotangent, gradient);
    }

    fn fisher_metric(&self, params: &mut [E]) {
        fisher_metric(self.kernel, self.n, params);
    }

    fn fisher_product(&self, metric: &[E], tangents: &mut [E]) {
        fisher_product(self.kernel, self.n, metric, tangents);
    }

    /// By inversion of the distribution function.
    fn sample(&self, params: &[E], rng: &mut Rng, action: &mut [E]) {
        let chosen = choice(self.kernel, params, rng.uniform());
        action[0] = E::from_double(chosen as f64);
    }

    /// The first of the largest logits.
    fn mode(&self, params: &[E], action: &mut [E]) {
        let mut best = 0;
        for (index, logit) in params.iter().enumerate() {
            if *logit > params[best] {
                best = index;
            }
        }
        action[0] = E::from_double(best as f64);
    }
}
