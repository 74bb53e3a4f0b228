//! Claims judged by the runs of their experiment: a number with its interval for
//! each part, and whether all parts hold.
//!
//! A part holds if its whole 95% interval lies on its side of the bound, and fails
//! if the whole interval at 1 - 0.05 / answers lies on the other; else it is open.
//! A claim holds if all of its parts hold, does not hold if one fails, and else
//! cannot be told. One about longer runs than were made is not judged. Where a number lies exactly at its bound, a part is said to hold
//! in 2.5% of experiments, so of n claims at most 0.025 n are expected to be said to
//! hold falsely.
//!
//! | file | what it holds |
//! |---|---|
//! | `check` | what a claim of an experiment file must be |
//! | `evidence` | the runs, by variant and task |
//! | `measures` | one file for each measure |

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::experiment::claims::{Claim, Part, Side};
use crate::experiment::manifest::Manifest;
use crate::format::{count, number};
use crate::record::RunRecord;
use crate::stats::Interval;
use crate::summary::{DiagnosticRow, SummaryError, digits};

mod check;
mod contrast;
mod evidence;
pub mod measures;

pub use check::check;
use evidence::Evidence;

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "claims.json";

/// Chance that a part is said to hold whose number lies at its bound.
pub const FALSE_HOLDS: f64 = 0.025;

/// What the runs of an experiment say of its claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Digest of the manifest of the runs.
    pub manifest: String,
    /// The claims, in the order of the experiment file.
    pub claims: Vec<Judged>,
}

/// What can be said of a claim, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It holds.
    #[serde(rename = "holds")]
    Holds,
    /// It does not.
    #[serde(rename = "does not hold")]
    DoesNotHold,
    /// Neither.
    #[serde(rename = "cannot tell")]
    CannotTell,
    /// It is about longer runs than these.
    #[serde(rename = "not run to the end")]
    NotRun,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::DoesNotHold => "does not hold",
            Verdict::CannotTell => "cannot tell",
            Verdict::NotRun => "not run to the end",
        }
    }

    /// No if anything says no, yes if everything says yes; what is not run to the end
    /// says nothing of the rest.
    pub fn all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        let mut all = Verdict::Holds;
        for verdict in verdicts {
            match verdict {
                Verdict::DoesNotHold | Verdict::NotRun => return verdict,
                Verdict::CannotTell => all = verdict,
                Verdict::Holds => {}
            }
        }
        all
    }
}

/// A claim with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Its name.
    pub id: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The claim, as a sentence.
    pub text: String,
    /// Where it is said.
    pub source: Option<String>,
    /// The figure that shows it.
    pub figure: Option<String>,
    /// What would refute it.
    pub could_fail: Option<String>,
    /// Its numbers.
    pub answers: Vec<Answer>,
}

/// One number of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What is measured, in words.
    pub what: String,
    /// The task; none over tasks.
    pub task: Option<String>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The number; none if it could not be measured.
    pub value: Option<f64>,
    /// Its 95% interval.
    pub interval: Option<Interval>,
    /// Its unit, such as `return`; empty of plain numbers.
    pub unit: String,
    /// On which side of the bound it must lie.
    pub side: Side,
    /// The bound, in the unit of the number.
    pub bound: f64,
    /// What else is to be said: why it could not be measured, how many runs.
    pub note: String,
}

impl Claims {
    /// What `records`, each with its variant, and what diagnostics found in them say of
    /// the claims of `manifest`.
    ///
    /// # Errors
    /// If records and manifest do not fit.
    pub fn of(
        records: &[(String, RunRecord)],
        manifest: &Manifest,
        diagnosed: &[DiagnosticRow],
    ) -> Result<Self, SummaryError> {
        let evidence = Evidence::of(records, manifest, diagnosed)?;
        let claims = manifest.analysis.claims.iter();
        Ok(Self {
            manifest: manifest.digest(),
            claims: claims.map(|claim| judged(claim, &evidence)).collect(),
        })
    }

    /// Reads them from the folder of an experiment.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn read(dir: &Path) -> Result<Self, SummaryError> {
        digits::read(&dir.join(FILE))
    }

    /// Writes them into the folder of an experiment.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), SummaryError> {
        digits::write(&dir.join(FILE), self)
    }
}

fn judged(claim: &Claim, evidence: &Evidence<'_>) -> Judged {
    let scopes = |part: &Part| -> Vec<Option<String>> {
        let tasks = evidence.tasks(part);
        match part.over {
            true => vec![None],
            false => tasks.into_iter().map(Some).collect(),
        }
    };
    let answers: usize = claim.parts.iter().map(|part| scopes(part).len()).sum();
    let tail = 0.5 * (0.05 / answers.max(1) as f64);
    let made = evidence.steps();
    let missing = claim.steps.filter(|&steps| made < steps).map(|steps| {
        let made = count(made, "step");
        format!(
            "runs of {made}; the claim is about {}",
            number(steps as f64, 0)
        )
    });
    let made = claim.parts.iter().flat_map(|part| {
        let scopes = scopes(part).into_iter();
        scopes.map(|task| match &missing {
            Some(note) => not_run(unanswered(part, task, evidence), note),
            None => answer(unanswered(part, task, evidence), part, evidence, tail),
        })
    });
    let answers: Vec<Answer> = made.collect();
    Judged {
        id: claim.id.clone(),
        verdict: Verdict::all(answers.iter().map(|answer| answer.verdict)),
        text: claim.text.clone(),
        source: claim.source.clone(),
        figure: claim.figure.clone(),
        could_fail: claim.could_fail.clone(),
        answers,
    }
}

/// What a measure gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its 95% interval.
    pub interval: Interval,
    /// The wider one that decides whether a part fails.
    pub strict: Interval,
    /// What to know of it.
    pub note: String,
}

/// What a part asks of a task, or over tasks, before it is measured.
fn unanswered(part: &Part, task: Option<String>, evidence: &Evidence<'_>) -> Answer {
    let measure = measures::find(&part.measure);
    Answer {
        what: measure.map_or_else(String::new, |measure| (measure.words)(part)),
        verdict: Verdict::CannotTell,
        value: None,
        interval: None,
        unit: measure
            .map_or("", |measure| (measure.unit)(part, task.is_none()))
            .to_owned(),
        side: part.side,
        bound: part.bound.value(evidence.margin(task.as_deref())),
        note: String::new(),
        task,
    }
}

/// A part whose runs are too short.
fn not_run(asked: Answer, note: &str) -> Answer {
    Answer {
        verdict: Verdict::NotRun,
        note: note.to_owned(),
        ..asked
    }
}

fn answer(asked: Answer, part: &Part, evidence: &Evidence<'_>, tail: f64) -> Answer {
    let tasks = match &asked.task {
        Some(task) => vec![task.clone()],
        None => evidence.tasks(part),
    };
    let found = match measures::find(&part.measure) {
        Some(measure) => (measure.estimate)(evidence, part, &tasks, tail),
        None => Err(format!("there is no measure `{}`", part.measure)),
    };
    match found {
        Ok(found) => Answer {
            verdict: verdict(part.side, asked.bound, found.interval, found.strict),
            value: Some(found.value),
            interval: Some(found.interval),
            note: found.note,
            ..asked
        },
        Err(note) => Answer { note, ..asked },
    }
}

/// Whether a number with this 95% interval, and this wider one, lies where it must.
pub(crate) fn verdict(side: Side, bound: f64, interval: Interval, strict: Interval) -> Verdict {
    let (holds, fails) = match side {
        Side::Above => (interval.low > bound, strict.high < bound),
        Side::Below => (interval.high < bound, strict.low > bound),
        Side::Within => (
            interval.low > -bound && interval.high < bound,
            strict.low > bound || strict.high < -bound,
        ),
    };
    match (holds, fails) {
        (true, _) => Verdict::Holds,
        (_, true) => Verdict::DoesNotHold,
        _ => Verdict::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_as_strong_as_its_weakest_part() {
        use Verdict::{CannotTell, DoesNotHold, Holds};
        assert_eq!(Verdict::all([Holds, Holds]), Holds);
        assert_eq!(Verdict::all([Holds, CannotTell]), CannotTell);
        assert_eq!(Verdict::all([CannotTell, DoesNotHold, Holds]), DoesNotHold);
        assert_eq!(
            Verdict::all([Verdict::NotRun, Verdict::NotRun]),
            Verdict::NotRun
        );
    }

    #[test]
    fn whole_intervals_decide() {
        use Verdict::{CannotTell, DoesNotHold, Holds};
        let of = |side, low, high| {
            let interval = Interval { low, high };
            let strict = Interval {
                low: low - 1.0,
                high: high + 1.0,
            };
            verdict(side, 3.0, interval, strict)
        };
        assert_eq!(of(Side::Above, 3.1, 9.0), Holds);
        assert_eq!(of(Side::Above, 2.9, 9.0), CannotTell);
        assert_eq!(of(Side::Above, -9.0, 1.9), DoesNotHold);
        // Below the bound at 95%, but not at the stricter level.
        assert_eq!(of(Side::Above, -9.0, 2.5), CannotTell);
        assert_eq!(of(Side::Below, -9.0, 2.9), Holds);
        assert_eq!(of(Side::Below, 4.5, 5.0), DoesNotHold);
        assert_eq!(of(Side::Within, -2.9, 2.9), Holds);
        assert_eq!(of(Side::Within, -3.1, 2.9), CannotTell);
        assert_eq!(of(Side::Within, 4.5, 9.0), DoesNotHold);
    }
}
