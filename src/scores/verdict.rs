//! Which of two algorithms is better, by a rule that is stated beforehand.
//!
//! - On a task: X is better if its mean is higher and the p-value of Welch's
//!   test, after Holm's correction, is below 0.05.
//! - Over tasks: X is better if the 95% bootstrap interval of IQM of X less IQM
//!   of Y lies above 0. Intervals of several pairs are not corrected for their
//!   number.
//! - Otherwise there are not enough seeds to tell, with the number of runs of
//!   each algorithm that gives 80% power for the smallest difference worth
//!   knowing, at the pooled standard deviation. Power for the difference that
//!   was observed would only repeat the p-value, and is not offered.

use serde::{Deserialize, Serialize};

use crate::stats::{Interval, Welch, power, runs_needed};

/// Level of the tests.
pub const ALPHA: f64 = 0.05;

/// The power for which the number of runs is named.
pub const WANTED_POWER: f64 = 0.8;

/// What can be said of X against Y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// X is better.
    #[serde(rename = "better")]
    Better,
    /// X is worse.
    #[serde(rename = "worse")]
    Worse,
    /// Neither.
    #[serde(rename = "not enough seeds to tell")]
    NotEnoughSeeds,
}

/// A verdict, with what it would take to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// It in words.
    pub words: String,
    /// Standard deviation over runs behind the next two. On a task: pooled over
    /// X and Y. Over M tasks: that of the mean over tasks of one run on each,
    /// sqrt(sum of pooled variances) / M. `null` if either algorithm has fewer
    /// than two runs on some task.
    pub pooled_std: Option<f64>,
    /// Power of the runs that there are for the smallest difference worth
    /// knowing, by the two-sample t-test at level 0.05; over tasks, of the
    /// fewest runs on any. `null` with `pooled_std`.
    pub power: Option<f64>,
    /// Runs of each algorithm, on every task, with which that power is at least
    /// 0.8. `null` with `pooled_std`, or if it is more than a million.
    pub runs_needed: Option<usize>,
}

/// The verdict on a task, from Welch's test of X and Y and its p-value after
/// Holm's correction.
pub fn on_task(test: Option<(Welch, f64)>) -> Verdict {
    match test {
        Some((test, p)) if p < ALPHA && test.difference > 0.0 => Verdict::Better,
        Some((test, p)) if p < ALPHA && test.difference < 0.0 => Verdict::Worse,
        _ => Verdict::NotEnoughSeeds,
    }
}

/// The verdict over tasks, from the interval of the difference of IQMs. Scores
/// are of the size `scale`: differences that rounding makes are none.
pub fn over_tasks(difference: Option<Interval>, scale: f64) -> Verdict {
    let nothing = 1e-12 * scale;
    match difference {
        Some(interval) if interval.low > nothing => Verdict::Better,
        Some(interval) if interval.high < -nothing => Verdict::Worse,
        _ => Verdict::NotEnoughSeeds,
    }
}

/// What [`Judgement::new`] judges.
pub(super) struct Case<'a> {
    /// Names of X and Y.
    pub names: [&'a str; 2],
    /// Numbers of runs of X and Y.
    pub runs: [usize; 2],
    /// Standard deviation over runs.
    pub std: Option<f64>,
    /// The smallest difference worth knowing.
    pub smallest: f64,
    /// `on CartPole-v1`, or `over 5 tasks`.
    pub place: &'a str,
    /// What the verdict rests on.
    pub grounds: &'a str,
}

impl Judgement {
    pub(super) fn new(verdict: Verdict, case: &Case<'_>) -> Self {
        // Runs that do not vary show any difference: an infinite effect.
        let effect = case.std.map(|std| case.smallest / std);
        let mut judgement = Self {
            verdict,
            words: String::new(),
            pooled_std: case.std,
            power: effect.and_then(|effect| power(effect, case.runs, ALPHA)),
            runs_needed: effect.and_then(|effect| runs_needed(effect, ALPHA, WANTED_POWER)),
        };
        judgement.words = judgement.in_words(case);
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
        let open = format!("not enough seeds to tell {x} from {y} {place}");
        match (self.verdict, self.power, self.runs_needed) {
            (Verdict::Better, ..) => format!("{x} is better than {y} {place} ({grounds})"),
            (Verdict::Worse, ..) => format!("{y} is better than {x} {place} ({grounds})"),
            (_, None, _) => {
                format!("{open}: the spread is unknown; it takes two runs of each on every task")
            }
            (_, Some(_), None) => format!(
                "{open}: a million runs of each have less than 80% power for a difference of \
                 {smallest}"
            ),
            // More seeds are not what is missing.
            (_, Some(power), Some(_)) if power >= WANTED_POWER => format!(
                "{x} cannot be told from {y} {place}, where these runs have {:.0}% power for a \
                 difference of {smallest}: one that is there is likely smaller",
                (100.0 * power).floor()
            ),
            (_, Some(power), Some(needed)) => format!(
                "{open}: 80% power for a difference of {smallest} takes {needed} runs of each; \
                 these have {:.0}%",
                (100.0 * power).floor()
            ),
        }
    }
}
