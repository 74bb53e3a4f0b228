//! One step along the natural gradient, measured at every share of its length.

use super::file::{Candidate, LinePoint, Recorded, Solved};
use super::ritz::ritz_values;
use super::{DissectError, Scene};
use crate::algo::natural::{NaturalSettings, NaturalStep, along, linear_change, natural_step_seen};
use crate::algo::npg::Npg;
use crate::algo::objective::{Measured, Objective};
use crate::algo::surrogate::Surrogate;
use crate::algo::trpo::{Trpo, TrpoSettings};
use crate::config::RunConfig;
use crate::ordered::Ordered;
use crate::policy::Policy;
use crate::rng::Rng;

/// The grid has so many intervals for a share of 1.
const GRID: usize = 40;

/// The largest share, in intervals of the grid.
const FARTHEST: usize = 60;

/// How a step is chosen.
pub(super) struct Rule {
    pub natural: NaturalSettings,
    pub normalize_advantages: bool,
    /// The conditions of the line search; none of NPG, which takes the full step.
    search: Option<TrpoSettings>,
    stream: Rng,
}

impl Rule {
    /// The rule of the update that comes after `state` of the algorithm, when the
    /// share `done` of the run has been made; `None` of an algorithm that has none.
    pub fn of(config: &RunConfig, state: &Ordered, done: f64) -> Option<Self> {
        let text = serde_json::to_string(state).ok()?;
        let algorithm = &config.algorithm;
        if algorithm.settings_of::<Trpo>().is_some() {
            let trpo: Trpo = serde_json::from_str(&text).ok()?;
            let settings = trpo.settings_at(done);
            return Some(Self {
                natural: settings.natural(),
                normalize_advantages: settings.normalize_advantages,
                stream: trpo.stream().clone(),
                search: settings.line_search.then_some(settings),
            });
        }
        algorithm.settings_of::<Npg>()?;
        let npg: Npg = serde_json::from_str(&text).ok()?;
        let settings = npg.settings_at(done);
        if settings.penalty > 0.0 {
            return None;
        }
        Some(Self {
            natural: settings.natural(),
            normalize_advantages: settings.normalize_advantages,
            stream: npg.stream().clone(),
            search: None,
        })
    }

    /// The shares that are tried, the largest first, as
    /// [`backtrack`](crate::optim::line_search::backtrack) makes them.
    fn shares(&self) -> Vec<f64> {
        let (attempts, alpha) = match &self.search {
            Some(search) => (search.backtracks, search.backtrack_factor),
            None => (1, 1.0),
        };
        let mut share = 1.0;
        let shares = (0..attempts).map(|_| {
            let this = share;
            share *= alpha;
            this
        });
        // Below that no candidate differs from theta_old.
        shares.take_while(|share| *share > 0.0).collect()
    }
}

/// The step of a scene, from which everything is measured.
pub(super) struct Step<'a> {
    policy: &'a Policy<f32>,
    theta_old: Vec<f32>,
    rule: &'a Rule,
    surrogate: Surrogate<'a, f32>,
    start: Measured,
    pub natural: NaturalStep<f32>,
    pub beta: f64,
    pub solved: Solved,
}

/// What is measured at a share.
struct At {
    measured: Measured,
    improvement: f64,
    linear: f64,
}

impl At {
    fn is_finite(&self) -> bool {
        self.measured.is_finite() && self.improvement.is_finite() && self.linear.is_finite()
    }
}

impl<'a> Step<'a> {
    /// Finds x and beta as the update did.
    pub fn of(scene: &'a Scene) -> Result<Self, DissectError> {
        let Scene {
            policy,
            batch,
            rule,
            ..
        } = scene;
        let surrogate = Surrogate::at(policy, batch, rule.normalize_advantages);
        let mut iterations = Vec::new();
        let natural = natural_step_seen(
            policy,
            &surrogate,
            rule.natural,
            &mut rule.stream.clone(),
            |iteration| iterations.push(iteration),
        )
        .map_err(|diverged| DissectError::NoStep(diverged.to_string()))?;
        let beta = natural.beta.ok_or_else(|| {
            let reason = natural.reason().replace('_', " ");
            DissectError::NoStep(format!("the outcome is: {reason}"))
        })?;
        let residuals = iterations.iter().map(|one| one.relative_residual);
        let solved = Solved {
            allowed: rule.natural.cg_iterations,
            tolerance: rule.natural.cg_tolerance,
            residuals: std::iter::once(1.0).chain(residuals).collect(),
            ritz_values: ritz_values(&iterations),
        };
        Ok(Self {
            policy,
            theta_old: policy.theta(),
            rule,
            start: surrogate.measure_here(),
            surrogate,
            natural,
            beta,
            solved,
        })
    }

    /// The parameters at a share, as the line search has them.
    pub fn theta(&self, share: f64) -> Vec<f32> {
        along(
            self.policy,
            &self.theta_old,
            share * self.beta,
            &self.natural.x,
        )
    }

    fn at(&self, share: f64) -> At {
        let theta = self.theta(share);
        let measured = match share {
            // As the step measures it: L there is what improvements are from.
            0.0 => self.start,
            _ => self.surrogate.measure(&theta),
        };
        At {
            improvement: measured.surrogate - self.start.surrogate,
            linear: linear_change(&self.natural.g, &self.theta_old, &theta),
            measured,
        }
    }

    /// What the line search says of each of its candidates.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut is_found = false;
        let shares = self.rule.shares().into_iter().enumerate();
        let candidates = shares.map(|(j, share)| {
            let at = self.at(share);
            let judge =
                |search: &TrpoSettings| search.refusal(&at.measured, at.improvement, at.linear);
            let refused = self.rule.search.as_ref().and_then(judge);
            let tried = !is_found;
            is_found |= refused.is_none();
            let finite = |value: f64| value.is_finite().then_some(value);
            let reported = at.measured.reported_surrogate - self.start.reported_surrogate;
            Candidate {
                j,
                share,
                improvement: finite(at.improvement),
                reported_improvement: finite(reported),
                linear: finite(at.linear),
                kl_mean: finite(at.measured.kl_mean),
                kl_max: finite(at.measured.kl_max),
                tried,
                accepted: tried && refused.is_none(),
                refused,
            }
        });
        candidates.collect()
    }

    /// The line: the grid and every candidate.
    pub fn line(&self) -> Vec<LinePoint> {
        let grid = (0..=FARTHEST).map(|i| i as f64 / GRID as f64);
        let shares = ascending(grid.chain(self.rule.shares()));
        let points = shares.into_iter().filter_map(|share| {
            let at = self.at(share);
            let half_square = 0.5 * (share * self.beta).powi(2);
            at.is_finite().then_some(LinePoint {
                share,
                improvement: at.improvement,
                linear: at.linear,
                kl_mean: at.measured.kl_mean,
                kl_max: at.measured.kl_max,
                kl_model: half_square * self.natural.x_f_x,
                kl_model_damped: half_square * self.natural.x_fc_x,
            })
        });
        points.collect()
    }
}

/// Whether the candidate that the search takes is the recorded one, bit for bit.
pub(super) fn is_recorded(candidates: &[Candidate], recorded: &Recorded) -> bool {
    match candidates.iter().find(|candidate| candidate.accepted) {
        None => recorded.outcome == "line_search_failed",
        Some(taken) => {
            let number = recorded.accepted.unwrap_or(0);
            taken.j == number
                && taken.kl_mean == Some(recorded.kl_mean)
                && taken.kl_max == Some(recorded.kl_max)
                && taken.reported_improvement == Some(recorded.improvement)
        }
    }
}

/// In ascending order, each once.
pub(super) fn ascending(shares: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut shares: Vec<f64> = shares.collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    shares
}
