//! Which of two algorithms is better, by a rule that is stated beforehand.
//!
//! Of the difference of means d of X less Y, with standard error SE and df degrees
//! of freedom ([`Difference`]: run by run where runs carry the same seed, else
//! Welch's; over tasks the mean of the tasks'), the simultaneous interval is
//! d +- t(1 - 0.025 / h; df) SE, where h is the number of answers that are asked
//! for. The first that applies:
//!
//! 1. no verdict: runs were stopped by an error, and say nothing of an algorithm;
//! 2. the same returns: every run of X has that of its partner in Y;
//! 3. too few runs: fewer than five;
//! 4. both at the ceiling: the task has a best return, and all runs of both are
//!    within a fifth of the margin of it (asked before 2);
//! 5. mixed (over tasks): better on some and worse on others;
//! 6. better, or worse: the interval excludes 0; where runs do not vary at all,
//!    only if so many equal signs are rarer by chance than 0.05 / h;
//! 7. equivalent: the interval lies inside the margin, and as many runs of X have
//!    failed as of Y;
//! 8. cannot tell.
//!
//! Every one of them says how large a margin it would take to call the two
//! equivalent, and how many runs.

use serde::{Deserialize, Serialize};

pub use super::kind::{Against, Counts, Verdict};
use crate::stats::{Difference, Estimate, Interval, Scale, clopper_pearson, std_at_most, unseen};

/// Level of all answers of a question together.
pub const ALPHA: f64 = 0.05;

/// Runs of each algorithm on every task below which there is no verdict.
pub const FEWEST_RUNS: usize = 5;

/// A verdict, with everything that it rests on. Numbers are raw returns on a task,
/// normalised scores over tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// It in words.
    pub words: String,
    /// Runs of X and of Y; over tasks, the fewest on any.
    pub runs: [usize; 2],
    /// Whether runs were compared seed by seed; over tasks, on all of them.
    pub is_paired: bool,
    /// Mean of X less mean of Y; `null` of fewer than two runs.
    pub difference: Option<f64>,
    /// The simultaneous interval that decides; `null` with the difference.
    pub interval: Option<Interval>,
    /// The plain 95% interval; `null` with the difference.
    pub plain_interval: Option<Interval>,
    /// Standard deviation of the difference of two runs; `null` with it.
    pub spread: Option<f64>,
    /// h: the answers that are asked for together.
    pub comparisons: usize,
    /// Whether the question was not declared before the runs.
    pub is_exploratory: bool,
    /// The smallest difference worth knowing.
    pub margin: f64,
    /// Better or worse: whether the whole interval is inside the margin, or
    /// outside. Left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_margin: Option<Against>,
    /// The smallest margin at which the two would be equivalent; `null` with the
    /// difference.
    pub smallest_margin: Option<f64>,
    /// Runs of each with which a difference of the margin would be found with 80%
    /// power, and the same if the spread were at its upper 80% limit.
    pub runs_to_differ: Option<[usize; 2]>,
    /// Runs of each with which equals would be found equivalent, likewise.
    pub runs_to_be_equal: Option<[usize; 2]>,
    /// Runs of X and of Y that failed; over tasks, on all of them.
    pub failed: [usize; 2],
    /// The share of runs in which failures are not excluded, at 97.5%: of the one
    /// with more of them.
    pub failures_up_to: f64,
    /// P(X > Y), ties half; ends are `null` below ten runs.
    pub improvement: Estimate,
    /// Over tasks: on how many X is better, worse, equivalent, and on how many it
    /// is open. Left out on a task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// What is judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// Numbers of runs of X and Y; over tasks, of the fewest on any.
    pub runs: [usize; 2],
    /// Runs that stand behind the difference; over tasks, the fewest on any.
    pub pairs: usize,
    /// Whether they are pairs of the same seed.
    pub is_paired: bool,
    /// The difference of means.
    pub difference: Option<Difference>,
    /// On which scale differences are rounding.
    pub scale: Scale,
    /// Answers that are asked for together, at least 1.
    pub comparisons: usize,
    /// Whether it was not declared.
    pub is_exploratory: bool,
    /// The smallest difference worth knowing.
    pub margin: f64,
    /// Whether all partners have the same returns.
    pub is_same: bool,
    /// Whether all runs are at the best return.
    pub is_at_ceiling: bool,
    /// Whether runs were stopped by an error.
    pub is_stopped: bool,
    /// Runs of X and of Y that failed, and of how many; over tasks, on all.
    pub failed: [[usize; 2]; 2],
    /// P(X > Y).
    pub improvement: Estimate,
    /// Over tasks, the verdicts there, counted.
    pub counts: Option<Counts>,
}

/// z at 97.5% and at 80%, summed and squared: so many variances of a mean lie between
/// nothing and a difference that is found in 80% of experiments.
pub const FOUND: f64 = 7.85;

impl Judgement {
    /// The judgement on a case; its words are still to be written.
    pub fn of(case: &Case) -> Self {
        let tail = 0.5 * ALPHA / case.comparisons as f64;
        let interval = case.difference.map(|found| found.interval(tail));
        let verdict = case.verdict(interval);
        let needed = |factor: f64| {
            let found = case.difference?;
            let spreads = [
                found.spread,
                match found.varies() {
                    true => std_at_most(found.spread, found.df, 0.8),
                    false => 0.0,
                },
            ];
            let runs = |s: f64| (factor * (s / case.margin).powi(2)).ceil() as usize + 2;
            Some(spreads.map(runs))
        };
        let [x, y] = case.failed.map(|[failed, of]| match failed {
            0 => unseen(of, 0.5 * ALPHA),
            some => clopper_pearson(some, of, 0.5 * ALPHA).high,
        });
        let inside = |ends: &Interval| ends.low > -case.margin && ends.high < case.margin;
        let outside = |ends: &Interval| ends.low > case.margin || ends.high < -case.margin;
        let against = interval.filter(|_| verdict.is_decided()).and_then(|ends| {
            let more = outside(&ends).then_some(Against::More);
            more.or_else(|| inside(&ends).then_some(Against::Less))
        });
        Self {
            verdict,
            words: String::new(),
            runs: case.runs,
            is_paired: case.is_paired,
            difference: case.difference.map(|found| found.point),
            interval,
            plain_interval: case.difference.map(|found| found.interval(0.5 * ALPHA)),
            spread: case.difference.map(|found| found.spread),
            comparisons: case.comparisons,
            is_exploratory: case.is_exploratory,
            margin: case.margin,
            against_margin: against,
            smallest_margin: interval.map(|ends| ends.low.abs().max(ends.high.abs())),
            runs_to_differ: needed(FOUND),
            runs_to_be_equal: needed(10.5),
            failed: case.failed.map(|[failed, _]| failed),
            failures_up_to: x.max(y),
            improvement: case.improvement,
            counts: case.counts,
        }
    }

    /// The same where less is better, and numbers were of returns with their sign
    /// changed.
    pub(super) fn of_returns_that_are_costs(self) -> Self {
        let turned = |ends: Interval| Interval {
            low: -ends.high,
            high: -ends.low,
        };
        Self {
            difference: self.difference.map(|difference| -difference),
            interval: self.interval.map(turned),
            plain_interval: self.plain_interval.map(turned),
            ..self
        }
    }
}

impl Case {
    fn verdict(&self, interval: Option<Interval>) -> Verdict {
        let is_enough = self.pairs >= FEWEST_RUNS;
        if self.is_stopped {
            return Verdict::NoVerdict;
        }
        if self.is_at_ceiling && is_enough {
            return Verdict::AtTheCeiling;
        }
        if self.is_same {
            return Verdict::SameReturns;
        }
        let Some((difference, ends)) = self.difference.zip(interval).filter(|_| is_enough) else {
            return Verdict::TooFewRuns;
        };
        if self.counts.is_some_and(|c| c.better > 0 && c.worse > 0) {
            return Verdict::Mixed;
        }
        // Runs that do not vary show any difference: only their number speaks.
        let signs = 2.0_f64.powi(1 - self.pairs.min(1000) as i32);
        let may_decide = difference.varies() || signs < ALPHA / self.comparisons as f64;
        if may_decide && self.scale.is_above(ends.low, 0.0) {
            return Verdict::Better;
        }
        if may_decide && self.scale.is_above(0.0, ends.high) {
            return Verdict::Worse;
        }
        let is_inside = ends.low > -self.margin && ends.high < self.margin;
        let [[x, _], [y, _]] = self.failed;
        match is_inside && x == y {
            true => Verdict::Equivalent,
            false => Verdict::CannotTell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(point: f64, error: f64) -> Case {
        Case {
            runs: [10, 10],
            pairs: 10,
            is_paired: true,
            difference: Some(Difference {
                point,
                error,
                df: if error > 0.0 { 9.0 } else { f64::INFINITY },
                spread: error * 10.0_f64.sqrt(),
            }),
            scale: Scale::new(100.0),
            comparisons: 1,
            is_exploratory: false,
            margin: 5.0,
            is_same: false,
            is_at_ceiling: false,
            is_stopped: false,
            failed: [[0, 10]; 2],
            improvement: Estimate {
                point: 0.5,
                low: None,
                high: None,
            },
            counts: None,
        }
    }

    fn verdict(case: Case) -> Verdict {
        Judgement::of(&case).verdict
    }

    #[test]
    fn the_first_rule_that_applies_decides() {
        use Verdict::{AtTheCeiling, Better, CannotTell, Equivalent, Mixed};
        use Verdict::{NoVerdict, SameReturns, TooFewRuns, Worse};
        // t(0.975; 9) = 2.262.
        assert_eq!(verdict(case(3.0, 1.0)), Better);
        assert_eq!(verdict(case(-3.0, 1.0)), Worse);
        assert_eq!(verdict(case(2.0, 1.0)), Equivalent);
        assert_eq!(verdict(case(2.0, 2.0)), CannotTell);
        let base = || case(3.0, 1.0);
        let with = |change: fn(&mut Case)| {
            let mut changed = base();
            change(&mut changed);
            verdict(changed)
        };
        assert_eq!(with(|c| c.pairs = 4), TooFewRuns);
        assert_eq!(with(|c| c.is_same = true), SameReturns);
        assert_eq!(with(|c| c.is_stopped = true), NoVerdict);
        assert_eq!(
            with(|c| (c.is_at_ceiling, c.is_same) = (true, true)),
            AtTheCeiling
        );
        let mixed = Counts {
            better: 1,
            worse: 1,
            ..Counts::default()
        };
        assert_eq!(
            verdict(Case {
                counts: Some(mixed),
                ..base()
            }),
            Mixed
        );
        // More answers, less said.
        assert_eq!(with(|c| c.comparisons = 50), CannotTell);
    }

    #[test]
    fn equals_have_equal_numbers_of_failures() {
        let mut one_failed = case(1.0, 1.0);
        one_failed.failed = [[1, 10], [0, 10]];
        assert_eq!(verdict(one_failed.clone()), Verdict::CannotTell);
        one_failed.failed = [[1, 10], [1, 10]];
        let found = Judgement::of(&one_failed);
        assert_eq!(found.verdict, Verdict::Equivalent);
        // Clopper and Pearson's limit of 1 of 10.
        assert!((found.failures_up_to - 0.4450).abs() < 1e-4, "{found:?}");
        let none = Judgement::of(&case(1.0, 1.0)).failures_up_to;
        assert!((none - 0.3085).abs() < 1e-4, "{none}");
    }

    #[test]
    fn runs_that_do_not_vary_decide_by_their_number() {
        let mut constant = case(3.0, 0.0);
        constant.pairs = 5;
        // 2^-4 = 0.0625.
        assert_eq!(verdict(constant.clone()), Verdict::Equivalent);
        constant.pairs = 6;
        assert_eq!(verdict(constant.clone()), Verdict::Better);
        constant.comparisons = 2;
        assert_eq!(verdict(constant), Verdict::Equivalent);
    }

    #[test]
    fn what_it_would_take_is_said() {
        let found = Judgement::of(&case(2.0, 2.0));
        let interval = found.interval.unwrap();
        assert_eq!(found.smallest_margin, Some(interval.high));
        // s = 6.32, margin 5: ceil(7.85 * 1.6) + 2 and ceil(10.5 * 1.6) + 2.
        assert_eq!(found.runs_to_differ.unwrap()[0], 15);
        assert_eq!(found.runs_to_be_equal.unwrap()[0], 19);
        assert!(found.runs_to_differ.unwrap()[1] > 15);
        assert_eq!(
            Judgement::of(&case(30.0, 1.0)).against_margin,
            Some(Against::More)
        );
        assert_eq!(
            Judgement::of(&case(2.5, 1.0)).against_margin,
            Some(Against::Less)
        );
        assert_eq!(Judgement::of(&case(4.0, 1.0)).against_margin, None);
    }
}
