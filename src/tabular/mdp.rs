//! Finite Markov decision processes.

use crate::rng::Rng;

/// How large a random process is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Number of states.
    pub states: usize,
    /// Number of actions.
    pub actions: usize,
    /// States to which an action can lead, at most `states`.
    pub branching: usize,
    /// Discount, in (0, 1).
    pub gamma: f64,
}

/// A finite Markov decision process.
#[derive(Debug, Clone, PartialEq)]
pub struct Mdp {
    shape: Shape,
    /// P(s' | s, a), \[s\]\[a\]\[s'\].
    transitions: Vec<f64>,
    /// r(s, a), \[s\]\[a\].
    rewards: Vec<f64>,
    /// Distribution of the first state.
    first: Vec<f64>,
}

/// pi(a | s), \[s\]\[a\].
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    actions: usize,
    probabilities: Vec<f64>,
}

/// What is known of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// Expected discounted return, section 2.
    pub eta: f64,
    /// A(s, a) = Q(s, a) - V(s), \[s\]\[a\].
    pub advantages: Vec<f64>,
    /// rho(s): expected discounted number of visits, which add up to 1 / (1 - gamma).
    pub visits: Vec<f64>,
}

impl Mdp {
    /// A random process in which every action leads to `branching` states that are drawn for
    /// it, with probabilities that split the unit interval at uniform points (a Garnet:
    /// Archibald, McKinnon, Thomas 1995); rewards and first states are uniform.
    pub fn random(shape: Shape, rng: &mut Rng) -> Self {
        let Shape {
            states,
            actions,
            branching,
            ..
        } = shape;
        let mut transitions = vec![0.0; states * actions * states];
        for row in transitions.chunks_exact_mut(states) {
            let mut reached: Vec<usize> = (0..states).collect();
            rng.shuffle(&mut reached);
            let mut cuts: Vec<f64> = (1..branching).map(|_| rng.uniform()).collect();
            cuts.extend([0.0, 1.0]);
            cuts.sort_by(f64::total_cmp);
            for (&state, ends) in reached.iter().zip(cuts.windows(2)) {
                row[state] = ends[1] - ends[0];
            }
        }
        Self {
            shape,
            transitions,
            rewards: (0..states * actions).map(|_| rng.uniform()).collect(),
            first: vec![1.0 / states as f64; states],
        }
    }

    /// Its size.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Solves the linear equations of a policy: V = r + gamma P V, and the same of visits.
    ///
    /// # Panics
    /// If the policy is of another process.
    pub fn solve(&self, policy: &Table) -> Solved {
        let Shape {
            states: n, gamma, ..
        } = self.shape;
        let (mut rewards, mut of_visits, mut of_values) =
            (vec![0.0; n], vec![0.0; n * n], vec![0.0; n * n]);
        for s in 0..n {
            of_visits[s * n + s] = 1.0;
            of_values[s * n + s] = 1.0;
        }
        for s in 0..n {
            for (a, &p) in policy.of(s).iter().enumerate() {
                rewards[s] += p * self.reward(s, a);
                for (next, &to) in self.next(s, a).iter().enumerate() {
                    of_values[s * n + next] -= gamma * p * to;
                    of_visits[next * n + s] -= gamma * p * to;
                }
            }
        }
        let values = solve(of_values, rewards);
        let visits = solve(of_visits, self.first.clone());
        let advantage = |s: usize, a: usize| {
            let follows = self.next(s, a).iter().zip(&values).map(|(p, v)| p * v);
            self.reward(s, a) + gamma * follows.sum::<f64>() - values[s]
        };
        let actions = 0..self.shape.actions;
        Solved {
            eta: self.first.iter().zip(&values).map(|(p, v)| p * v).sum(),
            advantages: (0..n)
                .flat_map(|s| actions.clone().map(move |a| (s, a)))
                .map(|(s, a)| advantage(s, a))
                .collect(),
            visits,
        }
    }

    /// The return of the best policy, by policy iteration.
    pub fn optimal(&self) -> f64 {
        let actions = self.shape.actions;
        let mut policy = Table::uniform(self.shape);
        loop {
            let solved = self.solve(&policy);
            let best = solved.advantages.chunks_exact(actions);
            let greedy: Vec<f64> = best.flat_map(only_the_best).collect();
            let greedy = Table::new(actions, greedy);
            if self.solve(&greedy).eta <= solved.eta + 1e-12 {
                return solved.eta;
            }
            policy = greedy;
        }
    }

    fn reward(&self, s: usize, a: usize) -> f64 {
        self.rewards[s * self.shape.actions + a]
    }

    fn next(&self, s: usize, a: usize) -> &[f64] {
        let n = self.shape.states;
        &self.transitions[(s * self.shape.actions + a) * n..][..n]
    }
}

impl Table {
    /// The same probability for every action.
    pub fn uniform(shape: Shape) -> Self {
        Self::from_logits(shape.actions, &vec![0.0; shape.states * shape.actions])
    }

    /// pi(a | s) proportional to exp(theta(s, a)), \[s\]\[a\].
    pub fn from_logits(actions: usize, theta: &[f64]) -> Self {
        let mut probabilities = Vec::with_capacity(theta.len());
        for row in theta.chunks_exact(actions) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let each: Vec<f64> = row.iter().map(|x| libm::exp(x - largest)).collect();
            let sum: f64 = each.iter().sum();
            probabilities.extend(each.into_iter().map(|x| x / sum));
        }
        Self {
            actions,
            probabilities,
        }
    }

    /// With these probabilities, \[s\]\[a\], each row of which adds up to 1.
    pub fn new(actions: usize, probabilities: Vec<f64>) -> Self {
        Self {
            actions,
            probabilities,
        }
    }

    /// Its logits: logarithms of its probabilities.
    pub fn logits(&self) -> Vec<f64> {
        self.probabilities.iter().map(|&p| libm::log(p)).collect()
    }

    /// pi(. | s).
    pub fn of(&self, s: usize) -> &[f64] {
        &self.probabilities[s * self.actions..][..self.actions]
    }

    /// Every row, in the order of states.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.probabilities.chunks_exact(self.actions)
    }

    /// KL(pi(. | s) || other(. | s)) of every state.
    pub fn kl_to(&self, other: &Self) -> Vec<f64> {
        let of_row = |(p, q): (&[f64], &[f64])| -> f64 {
            let each = p.iter().zip(q).filter(|(p, _)| **p > 0.0);
            each.map(|(&p, &q)| p * libm::log(p / q)).sum()
        };
        self.rows().zip(other.rows()).map(of_row).collect()
    }
}

/// Probability 1 for the best action.
fn only_the_best(advantages: &[f64]) -> Vec<f64> {
    let by_advantage = |a: &usize, b: &usize| advantages[*a].total_cmp(&advantages[*b]);
    let best = (0..advantages.len()).max_by(by_advantage);
    let probability = |a| if Some(a) == best { 1.0 } else { 0.0 };
    (0..advantages.len()).map(probability).collect()
}

/// x with M x = b, M \[rows\]\[columns\] and diagonally dominant by columns or by rows, so
/// that elimination needs no pivots.
fn solve(mut m: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        for row in k + 1..n {
            let factor = m[row * n + k] / m[k * n + k];
            if factor != 0.0 {
                for column in k..n {
                    m[row * n + column] -= factor * m[k * n + column];
                }
                b[row] -= factor * b[k];
            }
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|column| m[k * n + column] * b[column]).sum();
        b[k] = (b[k] - known) / m[k * n + k];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    /// Two states: action 0 stays and gives 1 in the first, action 1 changes over and gives
    /// nothing; the second gives 0 and is never left.
    #[test]
    fn two_states_by_hand() {
        let shape = Shape {
            states: 2,
            actions: 2,
            branching: 1,
            gamma: 0.5,
        };
        let mdp = Mdp {
            shape,
            transitions: vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
            rewards: vec![1.0, 0.0, 0.0, 0.0],
            first: vec![1.0, 0.0],
        };
        let solved = mdp.solve(&Table::uniform(shape));
        // V = 1/2 + 1/4 V: 2/3. Q(stay) = 1 + 1/3, Q(change) = 0.
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        close(solved.eta, 2.0 / 3.0);
        close(solved.advantages[0], 2.0 / 3.0);
        close(solved.advantages[1], -2.0 / 3.0);
        // Staying for ever: 1 / (1 - 1/2).
        close(mdp.optimal(), 2.0);
        // rho(first) = 1 + 1/4 + ... = 4/3, and all visits are 2.
        close(solved.visits[0], 4.0 / 3.0);
        close(solved.visits[1], 2.0 / 3.0);
    }

    #[test]
    fn advantages_are_nothing_on_average_and_visits_fill_the_horizon() {
        let mut rng = Streams::new(1, "mdp").stream(Purpose::Algorithm, 0);
        let shape = Shape {
            states: 20,
            actions: 4,
            branching: 3,
            gamma: 0.9,
        };
        let mdp = Mdp::random(shape, &mut rng);
        let theta: Vec<f64> = (0..80).map(|_| rng.normal()).collect();
        let policy = Table::from_logits(4, &theta);
        let solved = mdp.solve(&policy);
        for (p, a) in policy.rows().zip(solved.advantages.chunks_exact(4)) {
            let mean: f64 = p.iter().zip(a).map(|(p, a)| p * a).sum();
            assert!(mean.abs() < 1e-13, "{mean}");
        }
        let visits: f64 = solved.visits.iter().sum();
        assert!((visits - 10.0).abs() < 1e-12, "{visits}");
    }
}
