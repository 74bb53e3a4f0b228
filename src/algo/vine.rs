//! The vine of Schulman et al. 2015
//! ([arXiv:1502.05477](https://arxiv.org/abs/1502.05477)), section 5.2: TRPO with Q
//! estimated by rollouts from several actions in the same state.
//!
//! One iteration:
//!
//! 1. A trunk of `batch` steps of the policy, as every algorithm makes it; of its rows N,
//!    drawn beforehand, are the *rollout set* s_1 .. s_N: [`Bench::trunk`].
//! 2. In each s_n, actions a_n1 .. a_nK: all of them where they can be counted, else
//!    draws of pi_old, which is the proposal q.
//! 3. From each (s_n, a_nk), M rollouts of at most L steps, with common random numbers for
//!    the K actions of a state: [`Bench::rollouts`]. Q is their mean discounted sum.
//! 4. L(theta), equation 15 or 16, and the step of TRPO on it, with the mean
//!    divergence over the N states below delta: [`step_on`].
//!
//! There is no critic, and a constant that is added to all Q of a state moves neither
//! the gradient of L nor its differences. Steps of the trunk and of all rollouts count.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::bench::{Bench, Part};
use super::error::UpdateError;
use super::kind::{Kind, Look, StepLimit};
use super::schedule::Schedule;
use super::step::LOG_STD;
use super::trpo::{TrpoSettings, step_on};
use super::vine_objective::{Tried, VineObjective};
use crate::columns::{Column, OverSeeds, Row};
use crate::common::CommonSettings;
use crate::env::ActionSpace;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::vine::{Estimates, Shape};
use crate::settings::{Invalid, at_least_one, not_negative, open_share, positive};

/// Q-values of the update: N K.
pub const Q_VALUES: Column = Column::number("q_values", "Q-values");
/// Environment steps of the rollouts.
pub const BRANCH_STEPS: Column = Column::number("branch_steps", "Rollout steps").in_unit("steps");
/// Mean over the states of the standard deviation of Q over the actions of a state.
pub const Q_DEVIATION: Column =
    Column::number("q_deviation", "Deviation of Q in a state").over_seeds(OverSeeds::Mean);

crate::settings! {
    /// Settings of the vine.
    pub struct VineSettings {
        /// N: states of an iteration, rows of the batch, from which rollouts are made.
        states: usize = 64, at_least_one();
        /// K: actions that are tried in a state of a task with continuous actions; of a task
        /// with discrete ones all are tried, each once.
        actions: usize = 4, at_least_one();
        /// M: rollouts after each action.
        rollouts: usize = 1, at_least_one();
        /// L: most steps of a rollout, its first action among them.
        length: usize = 100, at_least_one();
        /// Trust radius: largest mean KL divergence between the old and the new policy over the
        /// N states.
        delta: f64 = 0.01, positive();
        /// c: multiple of the identity added to the Fisher matrix.
        damping: f64 = 0.1, not_negative();
        /// Largest number of conjugate-gradient iterations.
        cg_iterations: usize = 10, at_least_one();
        /// Relative residual at which the conjugate gradient stops; 0: never.
        cg_tolerance: f64 = 1e-5, not_negative();
        /// Largest number of step lengths that the line search tries.
        backtracks: usize = 10, at_least_one();
        /// alpha: factor from one step length to the next.
        backtrack_factor: f64 = 0.5, open_share();
    }
}

impl VineSettings {
    /// The step of TRPO with these settings.
    fn step(&self) -> TrpoSettings {
        TrpoSettings {
            delta: self.delta,
            damping: self.damping,
            cg_iterations: self.cg_iterations,
            cg_tolerance: self.cg_tolerance,
            backtracks: self.backtracks,
            backtrack_factor: self.backtrack_factor,
            ..TrpoSettings::default()
        }
    }
}

/// The vine as an algorithm of the laboratory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vine {
    settings: VineSettings,
    /// Draws the rollout set.
    states: Rng,
    /// Draws the actions that are tried.
    proposal: Rng,
    iteration: u64,
}

impl Kind for Vine {
    type Settings = VineSettings;
    type Algorithm = Self;
    const NAME: &'static str = "vine";
    const SUMMARY: &'static str =
        "TRPO with the vine (Schulman et al. 2015, section 5.2): Q by rollouts from saved states";
    const LOOKS: &'static [Look] = &[Look {
        variant: "vine",
        label: "TRPO, vine",
        color: [0x1B, 0x3A, 0x8C],
        dash: 2,
    }];
    const BRANCHES: bool = true;

    fn new(settings: &VineSettings, _parameters: usize, streams: &Streams) -> Self {
        Self {
            settings: settings.clone(),
            states: streams.stream(Purpose::Algorithm, 0),
            proposal: streams.stream(Purpose::Algorithm, 1),
            iteration: 0,
        }
    }

    /// The states are rows of the batch, and every rollout of the run has streams of
    /// its own, numbered with 32 bits.
    fn fits(settings: &VineSettings, common: &CommonSettings) -> Result<(), Invalid> {
        if common.reward_factor != 1.0 {
            return Err(Invalid::new(
                "reward_factor",
                format!(
                    "must be 1 with `{}`, whose Q are sums of raw rewards",
                    Self::NAME
                ),
            ));
        }
        let (states, rows) = (settings.states, common.batch);
        if states > rows {
            return Err(Invalid::new(
                "vine.states",
                format!("must be at most the rows of the trunk (`batch` = {rows}), not {states}"),
            ));
        }
        let iterations = common.steps.div_ceil(rows) as u128;
        let of_iteration = states as u128 * settings.rollouts as u128;
        if iterations * of_iteration > 1 << 32 {
            return Err(Invalid::new(
                "vine.rollouts",
                format!(
                    "must leave at most 2^32 rollouts with random numbers of their own: \
                     {iterations} iterations of {states} states (`vine.states`) with {} each are \
                     more",
                    settings.rollouts
                ),
            ));
        }
        Ok(())
    }

    fn trust_radius(settings: &VineSettings) -> Option<Schedule> {
        Some(Schedule {
            start: settings.delta,
            anneal: false,
        })
    }

    fn step_limit(_: &VineSettings) -> StepLimit {
        StepLimit::TrustRegion
    }

    /// Rollouts vary in length, and so do iterations.
    fn updates(_: &VineSettings, _steps: usize, _batch: usize) -> Option<usize> {
        None
    }

    /// As TRPO's: the states take the place of the rows.
    fn passes(settings: &VineSettings) -> f64 {
        settings.step().passes()
    }
}

impl Vine {
    /// N of `rows`, uniformly and without replacement, in ascending order.
    fn rollout_set(&mut self, rows: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..rows).collect();
        let chosen = self.settings.states;
        for place in 0..chosen {
            let other = place + self.states.below((rows - place) as u64) as usize;
            order.swap(place, other);
        }
        order.truncate(chosen);
        order.sort_unstable();
        order
    }

    /// The actions that are tried in the states `observations`,
    /// \[states\]\[actions\]\[action width\], and how many they are in a state.
    fn actions(&mut self, bench: &Bench<'_>, observations: &[f32]) -> (Vec<f32>, usize) {
        let states = self.settings.states;
        match bench.actions() {
            ActionSpace::Discrete(count) => {
                let all = (0..*count).map(|action| action as f32);
                let actions = (0..states).flat_map(|_| all.clone()).collect();
                (actions, *count)
            }
            ActionSpace::Box { .. } => {
                let count = self.settings.actions;
                let policy = &*bench.policy;
                let params = policy.network().outputs(observations);
                let distribution = policy.distribution();
                let width = distribution.action_width();
                let mut actions = vec![0.0; states * count * width];
                let of_state = actions.chunks_exact_mut(count * width);
                for (params, tried) in params.chunks_exact(distribution.params()).zip(of_state) {
                    for action in tried.chunks_exact_mut(width) {
                        distribution.sample(params, &mut self.proposal, action);
                    }
                }
                (actions, count)
            }
        }
    }
}

/// Q of actions in the rollout set.
#[derive(Debug)]
pub struct Estimated {
    observations: Vec<f32>,
    actions: Vec<f32>,
    count: usize,
    is_exhaustive: bool,
    found: Estimates,
}

impl Estimated {
    /// What was tried, and what it gave.
    pub fn tried(&self) -> Tried<'_, f32> {
        Tried {
            observations: &self.observations,
            actions: &self.actions,
            count: self.count,
            is_exhaustive: self.is_exhaustive,
            q: &self.found.q,
        }
    }
}

impl Vine {
    /// The trunk and the rollouts of one iteration.
    ///
    /// # Errors
    /// If the task fails, or cannot keep its state.
    pub fn estimate(&mut self, bench: &mut Bench<'_>) -> Result<Estimated, UpdateError> {
        let VineSettings {
            states,
            rollouts,
            length,
            ..
        } = self.settings;
        let set = self.rollout_set(bench.rows());
        let forks = bench.trunk(&set)?;
        let observations: Vec<f32> = forks.iter().flat_map(|fork| fork.shown.clone()).collect();

        let (actions, count) = self.actions(bench, &observations);
        let shape = Shape {
            actions: count,
            rollouts,
            length,
            gamma: bench.gamma(),
        };
        let index = self.iteration * (states * rollouts) as u64;
        let found = bench.rollouts(&forks, &actions, shape, index)?;
        self.iteration += 1;
        Ok(Estimated {
            observations,
            actions,
            count,
            is_exhaustive: matches!(bench.actions(), ActionSpace::Discrete(_)),
            found,
        })
    }
}

impl Algorithm for Vine {
    fn update(&mut self, bench: &mut Bench<'_>, _done: f64) -> Result<Row, UpdateError> {
        let estimated = self.estimate(bench)?;
        bench.begin(Part::Policy);
        let objective = VineObjective::at(bench.policy, estimated.tried());
        let step = self.settings.step();
        // F is estimated on all N states: the step draws nothing.
        let made = step_on(bench.policy, &objective, &step, &mut self.proposal)?;
        let mut row = made.row();
        row.set(Q_VALUES, estimated.found.q.len() as f64);
        row.set(BRANCH_STEPS, estimated.found.steps as f64);
        row.set(Q_DEVIATION, objective.deviation());
        if let Some(log_std) = bench.policy.mean_log_std() {
            row.set(LOG_STD, log_std);
        }
        Ok(row)
    }
}
