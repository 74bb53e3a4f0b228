//! What a claim is: its words, the rule of its verdict, and what the runs say.
//!
//! Nothing is estimated here: the numbers are those of `statistics.json`,
//! `steps.json` and `cost.csv`, and a rule only asks on which side of a
//! threshold an interval lies.

use super::chapter::Chapter;
use crate::format::number;
use crate::stats::Estimate;
use crate::summary::steps::Share;

/// What can be said of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Holds,
    DoesNotHold,
    CannotTell,
}

impl Answer {
    pub fn words(self) -> &'static str {
        match self {
            Answer::Holds => "holds",
            Answer::DoesNotHold => "does not hold",
            Answer::CannotTell => "cannot tell with these seeds",
        }
    }

    /// No if anything says no, yes if everything says yes.
    pub fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
        let mut all = Answer::Holds;
        for answer in answers {
            match answer {
                Answer::DoesNotHold => return answer,
                Answer::CannotTell => all = answer,
                Answer::Holds => {}
            }
        }
        all
    }
}

/// A claim of the literature, in a file of its own.
pub(super) struct Claim {
    /// In a few words, for the summary.
    pub short: &'static str,
    /// The claim.
    pub text: &'static str,
    /// Names of figures that show it, if they are drawn.
    pub figures: &'static [&'static str],
    /// What the experiments say of it; nothing if they cannot be asked.
    pub judge: fn(&Evidence<'_>) -> Option<Finding>,
}

/// What claims are asked of.
pub(super) struct Evidence<'a> {
    /// The main experiment.
    pub main: &'a Chapter,
    /// All of them, the main one too.
    pub chapters: &'a [Chapter],
}

/// What the runs say of a claim.
pub(super) struct Finding {
    pub answer: Answer,
    /// When the claim is said to hold, and when not to.
    pub rule: String,
    /// What, the number, its interval.
    pub rows: Vec<[String; 3]>,
    /// Name of the folder of the experiment that was asked.
    pub experiment: String,
}

/// A claim with its finding.
pub(super) struct Judged {
    /// Its number in the list of claims, from 1.
    pub number: usize,
    pub claim: &'static Claim,
    pub finding: Finding,
}

/// A share in two cells: `4.3% (43 of 1,000)`, and its interval.
pub(super) fn share_cells(share: &Share) -> [String; 2] {
    let percent = |value: f64| format!("{}%", number(100.0 * value, 1));
    let Some(estimate) = share.estimate else {
        return ["–".to_owned(), "–".to_owned()];
    };
    let of = format!(
        "{} ({} of {})",
        percent(estimate.point),
        number(share.count as f64, 0),
        number(share.of as f64, 0)
    );
    [of, interval_cell(estimate, percent)]
}

/// The interval of an estimate; a dash where it has none.
pub(super) fn interval_cell(estimate: Estimate, show: impl Fn(f64) -> String) -> String {
    let interval = estimate.interval();
    interval.map_or("–".to_owned(), |ends| {
        format!("[{}, {}]", show(ends.low), show(ends.high))
    })
}

/// A row of a finding from what it is about and its two cells.
pub(super) fn row(what: impl Into<String>, [of, interval]: [String; 2]) -> [String; 3] {
    [what.into(), of, interval]
}

/// Whether a share is above 0: yes if its interval excludes 0, no if there is
/// none in several runs.
pub(super) fn occurs(share: &Share) -> Answer {
    match share.estimate.and_then(|estimate| estimate.interval()) {
        Some(ends) if ends.low > 0.0 => Answer::Holds,
        Some(_) if share.count == 0 => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    }
}

/// Whether there is none.
pub(super) fn never(share: &Share) -> Answer {
    match (share.count, share.estimate.and_then(|e| e.interval())) {
        (1.., _) => Answer::DoesNotHold,
        (0, Some(_)) => Answer::Holds,
        (0, None) => Answer::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(count: usize, interval: Option<(f64, f64)>) -> Share {
        Share {
            count,
            of: 100,
            estimate: Some(Estimate {
                point: count as f64 / 100.0,
                low: interval.map(|ends| ends.0),
                high: interval.map(|ends| ends.1),
            }),
        }
    }

    #[test]
    fn what_one_run_says_is_not_enough() {
        assert_eq!(occurs(&share(5, None)), Answer::CannotTell);
        assert_eq!(occurs(&share(5, Some((0.0, 0.1)))), Answer::CannotTell);
        assert_eq!(occurs(&share(5, Some((0.01, 0.1)))), Answer::Holds);
        assert_eq!(occurs(&share(0, Some((0.0, 0.0)))), Answer::DoesNotHold);
        assert_eq!(occurs(&Share::default()), Answer::CannotTell);
        assert_eq!(never(&share(0, None)), Answer::CannotTell);
        assert_eq!(never(&share(0, Some((0.0, 0.0)))), Answer::Holds);
        // One is one.
        assert_eq!(never(&share(1, None)), Answer::DoesNotHold);
    }

    #[test]
    fn a_chain_is_as_strong_as_its_weakest_part() {
        use Answer::{CannotTell, DoesNotHold, Holds};
        assert_eq!(Answer::all([Holds, Holds]), Holds);
        assert_eq!(Answer::all([Holds, CannotTell]), CannotTell);
        assert_eq!(Answer::all([CannotTell, DoesNotHold, Holds]), DoesNotHold);
    }
}
