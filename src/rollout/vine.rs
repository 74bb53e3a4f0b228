//! The rollouts of the vine: from states on a trunk, after each of several actions,
//! with the same random numbers for all actions of a state (Schulman et al. 2015,
//! section 5.2 and figure 1).

use super::branch::{BranchError, Fork};
use crate::env::vector::VecEnv;
use crate::env::{Actions, Task};
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::{Purpose, Streams};
use crate::threads::Team;

/// How many rollouts are made from a state, and how long they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// K: actions that are tried in a state.
    pub actions: usize,
    /// M: rollouts after each of them.
    pub rollouts: usize,
    /// L: most steps of a rollout, its first action among them.
    pub length: usize,
    /// Discount.
    pub gamma: f64,
}

/// What the rollouts need: the task, the policy, what it sees by, and random numbers.
pub struct Means<'a> {
    /// The task.
    pub task: &'a Task,
    /// The policy.
    pub actor: Actor<f32>,
    /// The statistics, frozen.
    pub normaliser: &'a ObservationNormaliser,
    /// The streams of the run.
    pub streams: &'a Streams,
    /// Threads, which share the states.
    pub team: &'a Team,
}

/// What the rollouts gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimates {
    /// Q, the mean over rollouts of sum of gamma^t r_t, \[states\]\[actions\].
    pub q: Vec<f64>,
    /// Environment steps that were made.
    pub steps: u64,
}

/// Estimates Q of the actions `first`, \[states\]\[actions\]\[action width\], unclipped,
/// in the states `forks`. A rollout takes its action, then follows the policy; it ends
/// after L steps or by a rule of the task, never by the time limit, and nothing stands
/// for what would follow. Rollout m of state n draws its actions and dynamics from
/// streams `index` + n M + m, whatever its first action is.
///
/// # Errors
/// If the task cannot be had, fails, or cannot go on from a state.
pub fn estimate(
    means: &Means<'_>,
    forks: &[Fork],
    first: &[f32],
    shape: Shape,
    index: u64,
) -> Result<Estimates, BranchError> {
    let mut estimates = Estimates::default();
    let mut failure = None;
    let of_state = first.len() / forks.len().max(1);
    means.team.in_order(
        forks.len(),
        &mut Vec::new(),
        |n, worker: &mut Worker| {
            let first = &first[n * of_state..][..of_state];
            let index = index + (n * shape.rollouts) as u64;
            worker.found = worker.state(means, &forks[n], first, shape, index);
        },
        |_, worker| match std::mem::replace(&mut worker.found, Ok(Estimates::default())) {
            Ok(mut found) => {
                estimates.q.append(&mut found.q);
                estimates.steps += found.steps;
            }
            Err(error) => failure = failure.take().or(Some(error)),
        },
    );
    failure.map_or(Ok(estimates), Err)
}

type Found = Result<Estimates, BranchError>;

/// What a thread needs.
struct Worker {
    kept: Option<(VecEnv, Actor<f32>)>,
    found: Found,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            kept: None,
            found: Ok(Estimates::default()),
        }
    }
}

impl Worker {
    /// The estimates in one state, \[actions\]. Copies lie at \[actions\]\[rollouts\].
    fn state(
        &mut self,
        means: &Means<'_>,
        fork: &Fork,
        first: &[f32],
        shape: Shape,
        index: u64,
    ) -> Found {
        let count = shape.actions * shape.rollouts;
        let stream = |purpose, copy: usize| {
            // The vine refuses settings that need more than 32 bits.
            let index = index + (copy % shape.rollouts) as u64;
            means.streams.stream(purpose, index as u32)
        };
        let (envs, actor) = match &mut self.kept {
            Some(kept) => kept,
            None => {
                let begun = (0..count).map(|i| stream(Purpose::Branch, i)).collect();
                let envs = VecEnv::with_streams(means.task, begun)?;
                self.kept.insert((envs, means.actor.clone()))
            }
        };
        let mut draws = Vec::with_capacity(count);
        for i in 0..count {
            envs.branch(
                i,
                &fork.state,
                &fork.observation,
                stream(Purpose::Branch, i),
            )?;
            draws.push(stream(Purpose::BranchAction, i));
        }

        let space = &envs.spec().actions;
        let (dim, width) = (envs.spec().observation_dim, space.width());
        let mut actions = Actions::new(space, count);
        let mut shown = vec![0.0; count * dim];
        let mut returns = vec![0.0; count];
        let mut running: Vec<usize> = (0..count).collect();
        let (mut discount, mut steps) = (1.0, 0);
        for step in 0..shape.length {
            if running.is_empty() {
                break;
            }
            means.normaliser.apply(envs.observations(), &mut shown);
            actions.choose(|chosen| {
                actor.sample(&shown, &mut draws, chosen);
                if step == 0 {
                    let rows = chosen.chunks_exact_mut(width * shape.rollouts);
                    for (rows, action) in rows.zip(first.chunks_exact(width)) {
                        rows.chunks_exact_mut(width)
                            .for_each(|row| row.copy_from_slice(action));
                    }
                }
            });
            envs.step_all(&actions)?;
            steps += running.len() as u64;
            running.retain(|&i| {
                let outcome = envs.outcomes()[i];
                returns[i] += discount * outcome.reward;
                actions.set_rests(i, outcome.ended());
                !outcome.ended()
            });
            discount *= shape.gamma;
        }
        let mean = |of_action: &[f64]| of_action.iter().sum::<f64>() / shape.rollouts as f64;
        Ok(Estimates {
            q: returns.chunks_exact(shape.rollouts).map(mean).collect(),
            steps,
        })
    }
}
