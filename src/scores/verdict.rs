//! Which of two algorithms is better, by a rule that is stated beforehand.
//!
//! - On a task: X is better if its mean is higher and the p-value of Welch's
//!   test, after Holm's correction, is below 0.05.
//! - Over several tasks, each with at least five runs of either: X is better if
//!   the 95% bootstrap interval of IQM of X less IQM of Y lies above 0. With
//!   fewer runs such intervals are too narrow for a verdict. Intervals of several
//!   pairs are not corrected for their number.
//! - Over one task: the verdict is that on the task.
//! - Where every run of X or of Y on a task has diverged, nothing was measured: a
//!   difference may still be found, since a run that diverged has the random
//!   policy's score, but there is no power and no equality.
//! - Otherwise the two cannot be told apart if the runs have 80% power for the
//!   smallest difference worth knowing, at the pooled standard deviation; if they
//!   have less there are not enough seeds to tell, with the number of runs of
//!   each algorithm that it takes. Power for the difference that was observed
//!   would only repeat the p-value, and is not offered.
//!
//! Differences that are rounding are none ([`Scale`]).

use serde::{Deserialize, Serialize};

use crate::format::list;
use crate::stats::{self, Interval, Scale, Welch, runs_needed};

/// Level of the tests.
pub const ALPHA: f64 = 0.05;

/// The power for which the number of runs is named.
pub const WANTED_POWER: f64 = 0.8;

/// Runs of each algorithm on every task below which there is no verdict over
/// several tasks.
pub const FEWEST_RUNS: usize = 5;

/// What can be said of X against Y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// X is better.
    #[serde(rename = "better")]
    Better,
    /// X is worse.
    #[serde(rename = "worse")]
    Worse,
    /// Neither, from runs that have 80% power for the smallest difference worth
    /// knowing.
    #[serde(rename = "cannot be told apart")]
    CannotBeToldApart,
    /// Neither, from runs that have less, or whose spread is unknown.
    #[serde(rename = "not enough seeds to tell")]
    NotEnoughSeeds,
    /// Over several tasks: fewer than five runs of either on some task.
    #[serde(rename = "too few runs")]
    TooFewRuns,
    /// Neither, and on some task every run of X or of Y has diverged.
    #[serde(rename = "nothing was measured")]
    NothingMeasured,
}

impl Verdict {
    /// It in a table, of algorithms with these names: `TRPO is better`.
    pub fn of_pair(self, x: &str, y: &str) -> String {
        match self {
            Verdict::Better => format!("{x} is better"),
            Verdict::Worse => format!("{y} is better"),
            Verdict::CannotBeToldApart => "cannot be told apart".to_owned(),
            Verdict::NotEnoughSeeds => "not enough seeds to tell".to_owned(),
            Verdict::TooFewRuns => "too few runs".to_owned(),
            Verdict::NothingMeasured => "nothing was measured".to_owned(),
        }
    }

    /// Whether one of the two is better.
    pub fn is_decided(self) -> bool {
        matches!(self, Verdict::Better | Verdict::Worse)
    }
}

/// A verdict, with what it would take to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// It in words.
    pub words: String,
    /// Standard deviation over runs behind the next two. On a task: pooled over
    /// X and Y. Over M tasks: that of the mean over tasks of one run on each,
    /// sqrt(sum of pooled variances) / M. `null` if either algorithm has fewer
    /// than two runs on some task, or all of its runs there have diverged.
    pub pooled_std: Option<f64>,
    /// Power of the runs that there are for the smallest difference worth
    /// knowing, by the two-sample t-test at level 0.05; over tasks, of the
    /// fewest runs on any. `null` with `pooled_std`, or if there are too few
    /// runs for a verdict over tasks.
    pub power: Option<f64>,
    /// Runs of each algorithm, on every task, with which that power is at least
    /// 0.8; at least 5 over several tasks. `null` with `pooled_std`, or if it is
    /// more than a million.
    pub runs_needed: Option<usize>,
}

/// A judgement as files have it. Older ones have one word for both states of
/// open verdicts.
#[derive(Deserialize)]
struct Stored {
    verdict: Verdict,
    words: String,
    pooled_std: Option<f64>,
    power: Option<f64>,
    runs_needed: Option<usize>,
}

impl From<Stored> for Judgement {
    fn from(stored: Stored) -> Self {
        Self {
            verdict: match stored.verdict {
                Verdict::NotEnoughSeeds => open(stored.power),
                other => other,
            },
            words: stored.words,
            pooled_std: stored.pooled_std,
            power: stored.power,
            runs_needed: stored.runs_needed,
        }
    }
}

/// The verdict where neither is better.
fn open(power: Option<f64>) -> Verdict {
    match power {
        Some(power) if power >= WANTED_POWER => Verdict::CannotBeToldApart,
        _ => Verdict::NotEnoughSeeds,
    }
}

/// Who is better on a task, from Welch's test of X and Y and its p-value after
/// Holm's correction; `None` if neither.
pub fn on_task(test: Option<(Welch, f64)>) -> Option<Verdict> {
    match test {
        Some((test, p)) if p < ALPHA && test.difference > 0.0 => Some(Verdict::Better),
        Some((test, p)) if p < ALPHA && test.difference < 0.0 => Some(Verdict::Worse),
        _ => None,
    }
}

/// Who is better over several tasks, from the interval of the difference of IQMs
/// of scores of this scale; `None` if neither.
pub fn over_tasks(difference: Option<Interval>, scale: Scale) -> Option<Verdict> {
    let Interval { low, high } = difference?;
    if scale.is_above(low, 0.0) {
        Some(Verdict::Better)
    } else if scale.is_above(0.0, high) {
        Some(Verdict::Worse)
    } else {
        None
    }
}

/// What [`Judgement::new`] judges.
pub(super) struct Case<'a> {
    /// Names of X and Y.
    pub names: [&'a str; 2],
    /// Numbers of runs of X and Y; over tasks, of the fewest on any.
    pub runs: [usize; 2],
    /// Runs of either that the verdict takes.
    pub fewest: usize,
    /// Which runs of X and Y diverged.
    pub diverged: Diverged<'a>,
    /// Standard deviation over runs.
    pub std: Option<f64>,
    /// The smallest difference worth knowing.
    pub smallest: f64,
    /// `on CartPole-v1`, or `over 5 tasks`.
    pub place: &'a str,
    /// What the verdict rests on.
    pub grounds: &'a str,
}

/// Runs that were not measured, by X and Y.
pub(super) struct Diverged<'a> {
    /// How many, on all tasks together.
    pub runs: [usize; 2],
    /// Of how many.
    pub of: [usize; 2],
    /// The tasks on which all of them diverged.
    pub everywhere_on: [Vec<&'a str>; 2],
}

impl Judgement {
    /// The judgement on a case in which `decided` is better, if either.
    pub(super) fn new(decided: Option<Verdict>, case: &Case<'_>) -> Self {
        let is_measured = case.diverged.everywhere_on.iter().all(Vec::is_empty);
        let is_enough = case.runs.iter().all(|&runs| runs >= case.fewest);
        let std = case.std.filter(|_| is_measured);
        // Runs that do not vary show any difference: an infinite effect.
        let effect = std.map(|std| case.smallest / std);
        let power = effect.filter(|_| is_enough);
        let power = power.and_then(|effect| stats::power(effect, case.runs, ALPHA));
        let needed = effect.and_then(|effect| runs_needed(effect, ALPHA, WANTED_POWER));
        let verdict = match decided {
            Some(decided) if is_enough => decided,
            _ if !is_measured => Verdict::NothingMeasured,
            _ if !is_enough => Verdict::TooFewRuns,
            _ => open(power),
        };
        let mut judgement = Self {
            verdict,
            words: String::new(),
            pooled_std: std,
            power,
            runs_needed: needed.map(|runs| runs.max(case.fewest)),
        };
        judgement.words = judgement.in_words(case);
        if let Some(diverged) = case.diverged.in_words(case.names) {
            judgement.words += &format!(" ({diverged})");
        }
        judgement
    }

    fn in_words(&self, case: &Case<'_>) -> String {
        let Case {
            names: [x, y],
            place,
            grounds,
            smallest,
            ..
        } = case;
        let percent = |power: f64| (100.0 * power).floor();
        let open = format!("not enough seeds to tell {x} from {y} {place}");
        match (self.verdict, self.power, self.runs_needed) {
            (Verdict::Better, ..) => format!("{x} is better than {y} {place} ({grounds})"),
            (Verdict::Worse, ..) => format!("{y} is better than {x} {place} ({grounds})"),
            (Verdict::NothingMeasured, ..) => format!(
                "nothing was measured {}: which of {x} and {y} is better {place} is open",
                case.diverged.where_nothing_was(case.names)
            ),
            (Verdict::TooFewRuns, ..) => format!(
                "too few runs: a verdict over tasks takes {} runs of each on every task, and {x} \
                 or {y} has {} on some of {}",
                case.fewest,
                case.runs[0].min(case.runs[1]),
                place.trim_start_matches("over ")
            ),
            (Verdict::CannotBeToldApart, power, _) => format!(
                "{x} and {y} cannot be told apart {place}: these runs have {:.0}% power for a \
                 difference of {smallest}, so one that is there is likely smaller",
                percent(power.unwrap_or(WANTED_POWER))
            ),
            (Verdict::NotEnoughSeeds, None, _) => {
                format!("{open}: the spread is unknown; it takes two runs of each on every task")
            }
            (Verdict::NotEnoughSeeds, Some(_), None) => format!(
                "{open}: a million runs of each have less than 80% power for a difference of \
                 {smallest}"
            ),
            (Verdict::NotEnoughSeeds, Some(power), Some(needed)) => format!(
                "{open}: 80% power for a difference of {smallest} takes {needed} runs of each; \
                 these have {:.0}%",
                percent(power)
            ),
        }
    }
}

impl Diverged<'_> {
    /// `2 of 3 runs of vpg diverged and score as the random policy`; nothing if
    /// none did.
    pub(super) fn in_words(&self, names: [&str; 2]) -> Option<String> {
        let parts: Vec<String> = (0..2)
            .filter(|&side| self.runs[side] > 0)
            .map(|side| {
                let (runs, of) = (self.runs[side], self.of[side]);
                format!("{runs} of {of} runs of {}", names[side])
            })
            .collect();
        let score = match self.runs[0] + self.runs[1] {
            0 => return None,
            1 => "scores",
            _ => "score",
        };
        let parts = list(&parts);
        Some(format!("{parts} diverged and {score} as the random policy"))
    }

    /// `of vpg on Pendulum-v1`.
    fn where_nothing_was(&self, names: [&str; 2]) -> String {
        let [x, y] = &self.everywhere_on;
        if x == y {
            return format!("of {} on {}", list(&names), list(x));
        }
        let sides = names.iter().zip([x, y]);
        let parts: Vec<String> = sides
            .filter(|(_, tasks)| !tasks.is_empty())
            .map(|(name, tasks)| format!("of {name} on {}", list(tasks)))
            .collect();
        list(&parts)
    }
}
