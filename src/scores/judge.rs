//! Two algorithms of a table, judged on every task and over all of them.

use std::collections::HashMap;

use super::results::{Comparison, TaskComparison};
use super::table::{ScoreTable, ScoredRun};
use super::verdict::{Case, Counts, FEWEST_RUNS, Judgement};
use super::words::About;
use crate::stats::{Difference, Estimate, Opponents, Scale, Stratified};

/// Runs below which P(X > Y) has no interval: it would cover far less than it says.
const FEWEST_FOR_ODDS: usize = 10;

/// The runs of X and of Y on one task that are compared.
pub(super) struct Meeting<'a> {
    x: Vec<&'a ScoredRun>,
    y: Vec<&'a ScoredRun>,
    is_paired: bool,
    /// How large raw and normalised scores are, for what is rounding.
    raw: Scale,
    normalised: Scale,
}

/// A pair of algorithms, and how it is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub names: [&'a str; 2],
    /// Pairs that are asked about together.
    pub pairs: usize,
    pub is_exploratory: bool,
}

impl<'a> Meeting<'a> {
    /// On task `m`. Runs of the same seed are partners where there are at least
    /// five of them; else all runs are taken as independent.
    fn of(table: &'a ScoreTable, names: [&str; 2], m: usize) -> Option<Self> {
        let of = |name: &str| Some(table.runs().get(name)?[m].iter().collect::<Vec<_>>());
        let [x, y] = [of(names[0])?, of(names[1])?];
        let [a, b] = [names[0], names[1]].map(|name| table.algorithms().get(name));
        let normalised = a?.scale(b?, m);
        let judge = table.judge(m);
        let largest = |runs: &[&ScoredRun]| {
            let sizes = runs.iter().map(|run| run.raw.abs());
            sizes.fold(judge.random.abs().max(judge.reference.abs()), f64::max)
        };
        let raw = match table.references() {
            Some(_) => Scale::new(largest(&x).max(largest(&y))),
            None => normalised,
        };
        let of_y: HashMap<&str, &ScoredRun> =
            y.iter().map(|run| (run.name.as_str(), *run)).collect();
        let partners: Vec<_> = (x.iter())
            .filter_map(|run| Some((*run, *of_y.get(run.name.as_str())?)))
            .collect();
        let is_paired = table.has_seeds() && partners.len() >= FEWEST_RUNS;
        let (x, y) = match is_paired {
            true => partners.into_iter().unzip(),
            false => (x, y),
        };
        Some(Self {
            x,
            y,
            is_paired,
            raw,
            normalised,
        })
    }

    fn runs(&self) -> [usize; 2] {
        [self.x.len(), self.y.len()]
    }

    fn difference(&self, scale: Scale, of: impl Fn(&ScoredRun) -> f64) -> Option<Difference> {
        let numbers = |runs: &[&ScoredRun]| runs.iter().map(|run| of(run)).collect::<Vec<f64>>();
        let (mut x, mut y) = (numbers(&self.x), numbers(&self.y));
        // Sums run over ascending numbers, whatever order they came in.
        match self.is_paired {
            true => {
                let mut pairs: Vec<[f64; 2]> = x.into_iter().zip(y).map(|(x, y)| [x, y]).collect();
                pairs.sort_by(|a, b| (a[0] - a[1]).total_cmp(&(b[0] - b[1])));
                Difference::paired(scale, &pairs)
            }
            false => {
                x.sort_by(f64::total_cmp);
                y.sort_by(f64::total_cmp);
                Difference::independent(scale, &x, &y)
            }
        }
    }

    /// Whether every run has the return of its partner.
    fn is_same(&self) -> bool {
        let is_equal =
            |(x, y): (&&ScoredRun, &&ScoredRun)| self.raw.difference(x.raw - y.raw) == 0.0;
        self.is_paired && self.x.iter().zip(&self.y).all(is_equal)
    }

    fn opponents(&self) -> Opponents {
        let scores = |runs: &[&ScoredRun]| runs.iter().map(|run| run.score).collect();
        Opponents {
            x: scores(&self.x),
            y: scores(&self.y),
            are_paired: self.is_paired,
            scale: self.normalised,
        }
    }

    fn failed(&self) -> [[usize; 2]; 2] {
        [&self.x, &self.y].map(|runs| {
            let failed = runs.iter().filter(|run| run.is_failure).count();
            [failed, runs.len()]
        })
    }
}

impl ScoreTable {
    /// X against Y, on every task and over all of them; `None` if the table lacks
    /// either.
    pub(super) fn judged(
        &self,
        question: Question<'_>,
        smallest: f64,
        bootstrap: &Stratified,
    ) -> Option<Comparison> {
        let tasks = 0..self.tasks().len();
        let meetings: Option<Vec<Meeting<'_>>> = (tasks.clone())
            .map(|m| Meeting::of(self, question.names, m))
            .collect();
        let meetings = meetings?;
        let [x, y] = question.names;
        let opponents: Vec<Opponents> = meetings.iter().map(Meeting::opponents).collect();
        let (by_task, over) = bootstrap.improvement(&format!("{x}, {y}"), &opponents);
        let fewest = |meeting: &Meeting<'_>| meeting.x.len().min(meeting.y.len());
        let enough: Vec<bool> = (meetings.iter())
            .map(|meeting| fewest(meeting) >= FEWEST_FOR_ODDS)
            .collect();
        let point_of = |estimate: Estimate, is_enough: bool| match is_enough {
            true => estimate,
            false => Estimate {
                low: None,
                high: None,
                ..estimate
            },
        };
        let over = point_of(over, enough.iter().all(|&is_enough| is_enough));
        let by_task = by_task.into_iter().zip(&enough);
        let by_task = by_task.map(|(estimate, &is_enough)| point_of(estimate, is_enough));
        let judged = tasks.zip(&meetings).zip(by_task);
        let made: Vec<TaskComparison> = judged
            .map(|((m, meeting), improvement)| TaskComparison {
                task: self.tasks()[m].clone(),
                judgement: self.on_task(question, m, meeting, smallest, improvement),
            })
            .collect();
        Some(Comparison {
            x: x.to_owned(),
            y: y.to_owned(),
            judgement: match made.as_slice() {
                // One question has one answer.
                [only] => only.judgement.clone(),
                _ => over_tasks(question, &meetings, &made, smallest, over),
            },
            tasks: made,
        })
    }

    fn on_task(
        &self,
        question: Question<'_>,
        m: usize,
        meeting: &Meeting<'_>,
        smallest: f64,
        improvement: Estimate,
    ) -> Judgement {
        let (task, judge) = (&self.tasks()[m], self.judge(m));
        let margin = judge.margin_or(smallest);
        let runs = meeting.runs();
        let sign = if judge.reference < judge.random {
            -1.0
        } else {
            1.0
        };
        let is_at = |maximum: f64| {
            let all = meeting.x.iter().chain(&meeting.y);
            all.into_iter()
                .all(|run| (maximum - run.raw).abs() <= 0.2 * margin)
        };
        let mut judgement = Judgement::of(&Case {
            runs,
            pairs: runs[0].min(runs[1]),
            is_paired: meeting.is_paired,
            difference: meeting.difference(meeting.raw, |run| sign * run.raw),
            scale: meeting.raw,
            comparisons: question.pairs * self.tasks().len(),
            is_exploratory: question.is_exploratory,
            margin,
            is_same: meeting.is_same(),
            is_at_ceiling: judge.maximum.is_some_and(is_at),
            is_stopped: (question.names.iter()).any(|name| self.is_stopped(name, task)),
            failed: meeting.failed(),
            improvement,
            counts: None,
        });
        let what = match self.references() {
            Some(_) => "mean return",
            None => "mean score",
        };
        judgement.words = About {
            names: question.names,
            place: &format!("on {task}"),
            what,
            more: if sign < 0.0 { "lower" } else { "higher" },
        }
        .words(&judgement);
        match sign < 0.0 {
            true => judgement.of_returns_that_are_costs(),
            false => judgement,
        }
    }
}

fn over_tasks(
    question: Question<'_>,
    meetings: &[Meeting<'_>],
    tasks: &[TaskComparison],
    smallest: f64,
    improvement: Estimate,
) -> Judgement {
    let differences: Option<Vec<Difference>> = (meetings.iter())
        .map(|meeting| meeting.difference(meeting.normalised, |run| run.score))
        .collect();
    let sizes = meetings.iter().map(|meeting| meeting.normalised);
    let scale = sizes.reduce(Scale::larger).unwrap_or(Scale::new(1.0));
    let fewest = |side: usize| meetings.iter().map(|meeting| meeting.runs()[side]).min();
    let runs = [fewest(0).unwrap_or(0), fewest(1).unwrap_or(0)];
    let failed = |side: usize| {
        let sides = meetings.iter().map(|meeting| meeting.failed()[side]);
        sides.fold([0, 0], |[a, b], [failed, of]| [a + failed, b + of])
    };
    let verdicts = || tasks.iter().map(|task| task.judgement.verdict);
    use super::verdict::Verdict::{AtTheCeiling, NoVerdict, SameReturns};
    let mut judgement = Judgement::of(&Case {
        runs,
        pairs: runs[0].min(runs[1]),
        is_paired: meetings.iter().all(|meeting| meeting.is_paired),
        difference: differences.and_then(|all| Difference::over_tasks(&all)),
        scale,
        comparisons: question.pairs,
        is_exploratory: question.is_exploratory,
        margin: smallest,
        is_same: verdicts().all(|v| v == SameReturns),
        is_at_ceiling: verdicts().all(|v| v == AtTheCeiling),
        is_stopped: verdicts().any(|v| v == NoVerdict),
        failed: [failed(0), failed(1)],
        improvement,
        counts: Some(Counts::of(verdicts())),
    });
    // What one task hides, all of them together do not exclude.
    let open = tasks.iter().map(|task| task.judgement.failures_up_to);
    judgement.failures_up_to = open.fold(0.0, f64::max);
    judgement.words = About {
        names: question.names,
        place: &format!("over {} tasks", tasks.len()),
        what: "mean normalised score",
        more: "higher",
    }
    .words(&judgement);
    judgement
}
