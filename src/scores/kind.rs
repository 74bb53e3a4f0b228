//! What can be said of two algorithms, in kinds that can be counted.

use serde::{Deserialize, Serialize};

/// What can be said of X against Y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// X is better.
    #[serde(rename = "better")]
    Better,
    /// X is worse.
    #[serde(rename = "worse")]
    Worse,
    /// They differ by less than the margin.
    #[serde(rename = "equivalent")]
    Equivalent,
    /// Neither is known to be better, nor that they are equivalent.
    #[serde(rename = "cannot tell")]
    CannotTell,
    /// Over tasks: better on some, worse on others.
    #[serde(rename = "mixed")]
    Mixed,
    /// All runs of both have about the best return that there is.
    #[serde(rename = "both at the ceiling")]
    AtTheCeiling,
    /// Every run of X has the return of its partner in Y.
    #[serde(rename = "the same returns")]
    SameReturns,
    /// Fewer than [`FEWEST_RUNS`](super::verdict::FEWEST_RUNS) of either on some task.
    #[serde(rename = "too few runs")]
    TooFewRuns,
    /// Runs were stopped by an error.
    #[serde(rename = "no verdict")]
    NoVerdict,
}

impl Verdict {
    /// It in a table, of algorithms with these names: `TRPO is better`.
    pub fn of_pair(self, x: &str, y: &str) -> String {
        match self {
            Verdict::Better => format!("{x} is better"),
            Verdict::Worse => format!("{y} is better"),
            Verdict::Equivalent => "equivalent".to_owned(),
            Verdict::CannotTell => "cannot tell".to_owned(),
            Verdict::Mixed => "mixed".to_owned(),
            Verdict::AtTheCeiling => "both at the ceiling".to_owned(),
            Verdict::SameReturns => "the same returns".to_owned(),
            Verdict::TooFewRuns => "too few runs".to_owned(),
            Verdict::NoVerdict => "no verdict".to_owned(),
        }
    }

    /// How a sentence about X and Y begins: `X is better than Y`; a place follows.
    pub fn lead(self, x: &str, y: &str) -> String {
        match self {
            Verdict::Better => format!("{x} is better than {y}"),
            Verdict::Worse => format!("{y} is better than {x}"),
            Verdict::Equivalent => format!("{x} and {y} are equivalent"),
            Verdict::CannotTell => format!("{x} and {y} cannot be told apart"),
            Verdict::Mixed => format!("neither of {x} and {y} is better"),
            Verdict::AtTheCeiling => format!("{x} and {y} are both at the ceiling"),
            Verdict::SameReturns => format!("{x} and {y} have the same returns"),
            Verdict::TooFewRuns => format!("there are too few runs of {x} and {y}"),
            Verdict::NoVerdict => format!("there is no verdict on {x} and {y}"),
        }
    }

    /// Whether one of the two is better.
    pub fn is_decided(self) -> bool {
        matches!(self, Verdict::Better | Verdict::Worse)
    }

    /// Whether X is as good as Y or better.
    pub fn is_no_worse(self) -> bool {
        use Verdict::{AtTheCeiling, Better, Equivalent, SameReturns};
        matches!(self, Better | Equivalent | AtTheCeiling | SameReturns)
    }

    /// It from the side of Y.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Verdict::Better => Verdict::Worse,
            Verdict::Worse => Verdict::Better,
            other => other,
        }
    }
}

/// How an interval that excludes 0 lies to the margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Against {
    /// The whole interval is inside.
    Less,
    /// The whole interval is outside.
    More,
}

impl Against {
    /// `less than the margin`, or more.
    pub fn words(self) -> &'static str {
        match self {
            Against::Less => "less than the margin",
            Against::More => "more than the margin",
        }
    }
}

/// Verdicts on tasks, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// X is better.
    pub better: usize,
    /// X is worse.
    pub worse: usize,
    /// Equivalent, both at the ceiling, or the same returns.
    pub equivalent: usize,
    /// All others.
    pub open: usize,
}

impl Counts {
    /// Of verdicts on tasks.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut counts = Self::default();
        for verdict in verdicts {
            *match verdict {
                Verdict::Better => &mut counts.better,
                Verdict::Worse => &mut counts.worse,
                other if other.is_no_worse() => &mut counts.equivalent,
                _ => &mut counts.open,
            } += 1;
        }
        counts
    }
}
