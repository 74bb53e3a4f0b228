//! Two ways to a better policy: the one that the bound promises most for (algorithm 1), and
//! a natural step within a radius (section 4), in the same processes.

use super::bound::{penalty, surrogate};
use super::mdp::{Mdp, Solved, Table};
use crate::optim::line_search::backtrack;

/// Halvings of an interval of logarithms, about 100 wide, after which it is as narrow as
/// numbers are.
const HALVINGS: usize = 54;

/// Step lengths that the line search tries.
const ATTEMPTS: usize = 20;

/// argmax of L_pi(pi') - C max KL(pi || pi'), algorithm 1, exactly.
///
/// Of all policies whose divergence is at most d in every state the best has in state s the
/// probabilities lambda pi(a) / (nu - A(a)): each state for itself, with the multiplier
/// lambda_s(d) at which its divergence is d. L gains rho(s) lambda_s(d) by a larger d and
/// the penalty costs C, so at the maximum sum rho(s) lambda_s(d) = C.
pub fn penalised(mdp: &Mdp, policy: &Table, old: &Solved) -> Table {
    let cost = penalty(mdp, old);
    let rows = || {
        let rows = policy
            .rows()
            .zip(old.advantages.chunks_exact(mdp.shape().actions));
        rows.map(|(p, a)| Row { p, a })
    };
    let gain = |d: f64| -> f64 {
        let each = rows().zip(&old.visits).filter(|(row, _)| row.is_open());
        each.map(|(row, visits)| visits * row.at(d).lambda).sum()
    };
    if !rows().any(|row| row.is_open()) {
        return policy.clone();
    }
    // The gain of a larger d falls from infinity to 0.
    let log_d = bisect((-80.0, 8.0), |log_d| gain(libm::exp(log_d)) > cost);
    let d = libm::exp(log_d);
    let probabilities = rows().flat_map(|row| match row.is_open() {
        true => row.at(d).probabilities,
        false => row.p.to_vec(),
    });
    Table::new(mdp.shape().actions, probabilities.collect())
}

/// A state: pi(. | s) and A(s, .).
struct Row<'a> {
    p: &'a [f64],
    a: &'a [f64],
}

/// The best that a state can do within a divergence.
struct Best {
    lambda: f64,
    probabilities: Vec<f64>,
}

impl Row<'_> {
    /// Whether one action is better than another.
    fn is_open(&self) -> bool {
        self.a.iter().any(|a| a.abs() > 1e-14)
    }

    /// The best within a divergence of d.
    fn at(&self, d: f64) -> Best {
        let best = self.a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The divergence falls with nu, from infinity at the best advantage to 0.
        let log_gap = bisect((-60.0, 40.0), |log_gap| {
            self.kl(best + libm::exp(log_gap)) > d
        });
        let nu = best + libm::exp(log_gap);
        let lambda = 1.0 / self.mean(|a| 1.0 / (nu - a));
        Best {
            lambda,
            probabilities: (self.p.iter().zip(self.a))
                .map(|(p, a)| lambda * p / (nu - a))
                .collect(),
        }
    }

    /// KL of the policy to the one with the multiplier nu; advantages are 0 on average.
    fn kl(&self, nu: f64) -> f64 {
        let shares = self.mean(|a| libm::log1p(-a / nu));
        shares + libm::log(self.mean(|a| 1.0 / (1.0 - a / nu)))
    }

    /// The mean over actions.
    fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.p.iter().zip(self.a).map(|(p, &a)| p * of(a)).sum()
    }
}

/// Where `is_left` stops being true.
fn bisect((mut low, mut high): (f64, f64), is_left: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if is_left(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The natural direction, which in logits is A(s, a), with the length at which the mean
/// divergence over the states as they are visited is delta to second order.
struct Direction<'a> {
    theta: Vec<f64>,
    advantages: &'a [f64],
    actions: usize,
    beta: f64,
}

impl<'a> Direction<'a> {
    /// None where nothing is to be gained.
    fn of(policy: &Table, old: &'a Solved, delta: f64) -> Option<Self> {
        let actions = old.advantages.len() / old.visits.len();
        // x^T F x: the variance of A under the policy, weighted by visits.
        let rows = policy.rows().zip(old.advantages.chunks_exact(actions));
        let squares = rows.map(|(p, a)| p.iter().zip(a).map(|(p, a)| p * a * a).sum::<f64>());
        let x_f_x = mean_over_visits(old, squares);
        (x_f_x > 0.0).then(|| Self {
            theta: policy.logits(),
            advantages: &old.advantages,
            actions,
            beta: (2.0 * delta / x_f_x).sqrt(),
        })
    }

    /// The policy after a share of the step.
    fn at(&self, share: f64) -> Table {
        let moved = self.theta.iter().zip(self.advantages);
        let moved: Vec<f64> = moved
            .map(|(theta, a)| theta + share * self.beta * a)
            .collect();
        Table::from_logits(self.actions, &moved)
    }
}

/// The mean of a number of each state over the states as they are visited.
fn mean_over_visits(old: &Solved, of_states: impl Iterator<Item = f64>) -> f64 {
    let all: f64 = old.visits.iter().sum();
    let each = of_states.zip(&old.visits);
    each.map(|(x, visits)| x * visits / all).sum()
}

/// The full natural step of mean divergence delta to second order; none where nothing is
/// to be gained.
pub fn natural(policy: &Table, old: &Solved, delta: f64) -> Option<Table> {
    Direction::of(policy, old, delta).map(|direction| direction.at(1.0))
}

/// The natural step, halved until L improves and the mean divergence is at most delta; the
/// old policy where no step will do.
pub fn constrained(policy: &Table, old: &Solved, delta: f64) -> Table {
    let Some(direction) = Direction::of(policy, old, delta) else {
        return policy.clone();
    };
    let candidate = |share: f64| {
        let new = direction.at(share);
        let kl = mean_over_visits(old, policy.kl_to(&new).into_iter());
        (kl <= delta && surrogate(old, &new) > old.eta).then_some(new)
    };
    let found = backtrack(0.5, ATTEMPTS, candidate);
    found.map_or_else(|| policy.clone(), |(_, new)| new)
}

#[cfg(test)]
mod tests {
    use super::super::bound::point;
    use super::super::mdp::Shape;
    use super::*;
    use crate::rng::{Purpose, Streams};

    const SHAPE: Shape = Shape {
        states: 30,
        actions: 4,
        branching: 3,
        gamma: 0.9,
    };

    /// Nothing near the maximum of the bound is higher, and the return never falls.
    #[test]
    fn what_the_bound_promises_most_for_is_its_maximum() {
        let mut rng = Streams::new(4, "improve").stream(Purpose::Algorithm, 0);
        for _ in 0..10 {
            let mdp = Mdp::random(SHAPE, &mut rng);
            let mut policy = Table::uniform(SHAPE);
            for _ in 0..3 {
                let old = mdp.solve(&policy);
                let best = penalised(&mdp, &policy, &old);
                let found = point(&mdp, (&policy, &old), &best);
                assert!(found.bound > old.eta && found.eta >= found.bound - 1e-10);
                let theta = best.logits();
                for size in [1e-5, 1e-4, 1e-3] {
                    let other: Vec<f64> = theta.iter().map(|t| t + size * rng.normal()).collect();
                    let other = Table::from_logits(SHAPE.actions, &other);
                    let other = point(&mdp, (&policy, &old), &other);
                    assert!(other.bound < found.bound, "{other:?} {found:?}");
                }
                policy = best;
            }
        }
    }

    /// The bound is kept by every step of the constraint too, but its promise is far below
    /// what the step does; without it, ten steps come far.
    #[test]
    fn a_constraint_goes_where_the_bound_promises_nothing() {
        let mut rng = Streams::new(5, "improve").stream(Purpose::Algorithm, 0);
        for _ in 0..10 {
            let mdp = Mdp::random(SHAPE, &mut rng);
            let mut policy = Table::uniform(SHAPE);
            let first = mdp.solve(&policy).eta;
            let careful = penalised(&mdp, &policy, &mdp.solve(&policy));
            for _ in 0..10 {
                let old = mdp.solve(&policy);
                let new = constrained(&policy, &old, 0.01);
                let found = point(&mdp, (&policy, &old), &new);
                assert!(found.eta > old.eta && found.bound < old.eta, "{found:?}");
                policy = new;
            }
            let (far, near) = (
                mdp.solve(&policy).eta - first,
                mdp.solve(&careful).eta - first,
            );
            assert!(far > 50.0 * near, "{far} {near}");
        }
    }
}
