//! The lower bound of theorem 1.

use super::mdp::{Mdp, Solved, Table};

/// What the bound says of a new policy, beside what is true of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// eta(pi'), its expected return.
    pub eta: f64,
    /// L_pi(pi'), equation 3.
    pub surrogate: f64,
    /// The largest KL(pi(. | s) || pi'(. | s)) of a state.
    pub kl_max: f64,
    /// L_pi(pi') - C `kl_max`, which eta(pi') is never below.
    pub bound: f64,
}

/// C = 4 epsilon gamma / (1 - gamma)^2, where epsilon is the largest |A(s, a)|, equation 9.
pub fn penalty(mdp: &Mdp, old: &Solved) -> f64 {
    let gamma = mdp.shape().gamma;
    let largest = |most: f64, a: &f64| most.max(a.abs());
    let epsilon = old.advantages.iter().fold(0.0, largest);
    4.0 * epsilon * gamma / ((1.0 - gamma) * (1.0 - gamma))
}

/// L_pi(pi') = eta(pi) + sum rho(s) pi'(a | s) A(s, a), equation 3.
pub fn surrogate(old: &Solved, new: &Table) -> f64 {
    let actions = old.advantages.len() / old.visits.len();
    let rows = new.rows().zip(old.advantages.chunks_exact(actions));
    let gain = |(p, a): (&[f64], &[f64])| -> f64 { p.iter().zip(a).map(|(p, a)| p * a).sum() };
    let gains = rows.map(gain).zip(&old.visits);
    old.eta + gains.map(|(gain, visits)| visits * gain).sum::<f64>()
}

/// The new policy `new`, where the old one is `policy`, of which `old` is known.
pub fn point(mdp: &Mdp, (policy, old): (&Table, &Solved), new: &Table) -> Point {
    let kl_max = policy.kl_to(new).into_iter().fold(0.0, f64::max);
    let surrogate = surrogate(old, new);
    Point {
        eta: mdp.solve(new).eta,
        surrogate,
        kl_max,
        bound: surrogate - penalty(mdp, old) * kl_max,
    }
}

#[cfg(test)]
mod tests {
    use super::super::mdp::Shape;
    use super::*;
    use crate::rng::{Purpose, Rng, Streams};

    fn drawn(rng: &mut Rng) -> (Mdp, Table) {
        let shape = Shape {
            states: 2 + rng.below(20) as usize,
            actions: 2 + rng.below(4) as usize,
            branching: 1 + rng.below(2) as usize,
            gamma: rng.uniform_in(0.3, 0.95),
        };
        let mdp = Mdp::random(shape, rng);
        let theta = logits(shape, rng);
        (mdp, Table::from_logits(shape.actions, &theta))
    }

    fn logits(shape: Shape, rng: &mut Rng) -> Vec<f64> {
        let count = shape.states * shape.actions;
        (0..count).map(|_| rng.normal()).collect()
    }

    /// Theorem 1 on a thousand random processes, near the old policy and far from it.
    #[test]
    fn the_return_is_never_below_the_bound() {
        let mut rng = Streams::new(2, "bound").stream(Purpose::Algorithm, 0);
        for _ in 0..1000 {
            let (mdp, policy) = drawn(&mut rng);
            let old = mdp.solve(&policy);
            let (theta, step) = (policy.logits(), logits(mdp.shape(), &mut rng));
            for length in [1e-3, 1e-2, 0.1, 1.0, 3.0] {
                let moved: Vec<f64> = (theta.iter().zip(&step))
                    .map(|(theta, step)| theta + length * step)
                    .collect();
                let new = Table::from_logits(mdp.shape().actions, &moved);
                let found = point(&mdp, (&policy, &old), &new);
                assert!(found.eta >= found.bound - 1e-10, "{found:?}");
            }
        }
    }

    /// eta(pi') = eta(pi) + sum rho'(s) pi'(a | s) A(s, a), equation 2; and L, which has the
    /// visits of the old policy, is the same to first order.
    #[test]
    fn the_surrogate_is_the_return_to_first_order() {
        let mut rng = Streams::new(3, "bound").stream(Purpose::Algorithm, 0);
        for _ in 0..100 {
            let (mdp, policy) = drawn(&mut rng);
            let old = mdp.solve(&policy);
            let (theta, step) = (policy.logits(), logits(mdp.shape(), &mut rng));
            let at = |length: f64| {
                let moved = theta.iter().zip(&step).map(|(t, s)| t + length * s);
                Table::from_logits(mdp.shape().actions, &moved.collect::<Vec<f64>>())
            };
            let new = at(1.0);
            let of_new = mdp.solve(&new);
            let mixed = Solved {
                visits: of_new.visits.clone(),
                ..old.clone()
            };
            assert!((surrogate(&mixed, &new) - of_new.eta).abs() < 1e-10);
            let slope = |of: &dyn Fn(&Table) -> f64| (of(&at(1e-5)) - of(&at(-1e-5))) / 2e-5;
            let (true_slope, slope) = (
                slope(&|table| mdp.solve(table).eta),
                slope(&|table| surrogate(&old, table)),
            );
            assert!((true_slope - slope).abs() < 1e-6, "{true_slope} {slope}");
        }
    }
}
