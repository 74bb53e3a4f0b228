//! Judgements in words: who is better, where, by how much, how sure; what the
//! rest of the numbers say stands behind it.

use super::results::Comparison;
use super::verdict::{Judgement, Verdict};
use crate::format::{count, decimals, list, number};
use crate::stats::Interval;

/// What a judgement is about.
pub(super) struct About<'a> {
    /// Names of X and Y.
    pub names: [&'a str; 2],
    /// `on CartPole-v1`, or `over 5 tasks`.
    pub place: &'a str,
    /// What differs: `mean return`, or `mean normalised score`.
    pub what: &'a str,
    /// What the better one is: `higher`, or `lower` where less is better.
    pub more: &'a str,
}

impl About<'_> {
    /// The sentence of `judgement`, without a full stop.
    pub fn words(&self, judgement: &Judgement) -> String {
        let sentence = self.verdict(judgement);
        let parts = [
            self.counts(judgement),
            self.odds(judgement),
            self.failures(judgement),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => sentence,
            false => format!("{sentence}; {}", parts.join("; ")),
        }
    }

    fn verdict(&self, judgement: &Judgement) -> String {
        let [x, y] = self.names;
        let lead = format!("{} {}", judgement.verdict.lead(x, y), self.place);
        let by = self.difference(judgement);
        let runs = count(judgement.runs[0].min(judgement.runs[1]), "run");
        match judgement.verdict {
            Verdict::Better | Verdict::Worse | Verdict::Mixed => format!("{lead}: {by}"),
            Verdict::Equivalent => {
                let margin = plain(judgement.margin);
                format!("{lead}: {by}, inside the margin of {margin}")
            }
            Verdict::CannotTell => format!("{lead}: {by}{}", to_tell(judgement)),
            Verdict::AtTheCeiling => {
                format!("{lead}: all {runs} of either come within a fifth of the margin of it")
            }
            Verdict::SameReturns => format!("{lead}, in every one of {runs}"),
            Verdict::TooFewRuns => {
                let fewest = super::verdict::FEWEST_RUNS;
                format!("{lead} to tell: it takes {fewest} of each")
            }
            Verdict::NoVerdict => format!("{lead}: runs were stopped by an error"),
        }
    }

    /// `mean return 12.3 higher [4.1, 20.5], more than the margin of 5`.
    fn difference(&self, judgement: &Judgement) -> String {
        let (Some(difference), Some(ends)) = (judgement.difference, judgement.interval) else {
            return "there is no difference to speak of".to_owned();
        };
        let is_reversed = difference < 0.0;
        let ends = match is_reversed {
            true => ends.mirrored(),
            false => ends,
        };
        let digits = decimals(ends.low.abs().max(ends.high.abs()));
        let show = |value: f64| number(value, digits);
        let named = match judgement.verdict.is_decided() || difference == 0.0 {
            true => String::new(),
            false => format!(" for {}", self.names[usize::from(is_reversed)]),
        };
        let size = match difference == 0.0 {
            true => "equal".to_owned(),
            false => format!("{} {}{named}", show(difference.abs()), self.more),
        };
        let margin = judgement.against_margin.map(|against| {
            let margin = plain(judgement.margin);
            format!(", {} of {margin}", against.words())
        });
        let margin = margin.unwrap_or_default();
        let (what, low, high) = (self.what, show(ends.low), show(ends.high));
        format!("{what} {size} [{low}, {high}]{margin}")
    }

    /// On how many tasks who is better.
    fn counts(&self, judgement: &Judgement) -> Option<String> {
        let counts = judgement.counts?;
        let tasks = counts.better + counts.worse + counts.equivalent + counts.open;
        Some(format!(
            "{} is better on {}, worse on {}, equivalent on {}, open on {} of {}",
            self.names[0],
            counts.better,
            counts.worse,
            counts.equivalent,
            counts.open,
            count(tasks, "task")
        ))
    }

    /// Where single runs say otherwise than means.
    fn odds(&self, judgement: &Judgement) -> Option<String> {
        let ends = judgement.improvement.interval()?;
        let p = judgement.improvement.point;
        let [x, y] = self.names;
        let percent = |share: f64| format!("{}%", number(100.0 * share, 0));
        let (higher, share) = match (ends.low > 0.5, ends.high < 0.5) {
            (true, _) => (x, p),
            (_, true) => (y, 1.0 - p),
            _ => return None,
        };
        let better = match judgement.verdict {
            Verdict::Better => Some(x),
            Verdict::Worse => Some(y),
            Verdict::CannotTell | Verdict::Equivalent | Verdict::Mixed => None,
            _ => return None,
        };
        match better {
            Some(better) if better == higher => None,
            Some(_) => Some(format!(
                "better on average, but loses more often: {higher} wins {} of pairs of runs",
                percent(share)
            )),
            None => Some(format!("{higher} wins {} of pairs of runs", percent(share))),
        }
    }

    fn failures(&self, judgement: &Judgement) -> Option<String> {
        let [x, y] = self.names;
        let some: Vec<String> = (judgement.failed.iter().zip([x, y]))
            .filter(|(failed, _)| **failed > 0)
            .map(|(failed, name)| format!("{} of {name}", count(*failed, "run")))
            .collect();
        let failed = match some.is_empty() {
            true => None,
            false => Some(format!("{} failed", some.join(" and "))),
        };
        let open = (judgement.verdict == Verdict::Equivalent).then(|| {
            let share = number(100.0 * judgement.failures_up_to, 0);
            format!("failures in up to {share}% of the runs are not excluded")
        });
        let said: Vec<String> = [failed, open].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

impl Comparison {
    /// How many runs of either failed, and where, in words.
    pub fn failures(&self) -> String {
        let of = |place: usize, name: &str| {
            let failing = self.tasks.iter();
            let failing = failing.filter(|task| task.judgement.failed[place] > 0);
            let names: Vec<&str> = failing.map(|task| task.task.as_str()).collect();
            let sum = |of: fn(&Judgement) -> [usize; 2]| -> usize {
                let tasks = self.tasks.iter();
                tasks.map(|task| of(&task.judgement)[place]).sum()
            };
            (!names.is_empty()).then(|| {
                format!(
                    "{} of {} of {name} failed, on {}",
                    sum(|judgement| judgement.failed),
                    count(sum(|judgement| judgement.runs), "run"),
                    list(&names)
                )
            })
        };
        let said: Vec<String> = [of(0, &self.x), of(1, &self.y)]
            .into_iter()
            .flatten()
            .collect();
        match said.is_empty() {
            true => "No run of either failed".to_owned(),
            false => said.join("; "),
        }
    }
}

/// Why the two are not called equivalent, or how many runs it would take to tell.
fn to_tell(judgement: &Judgement) -> String {
    let is_inside = |ends: Interval| ends.low > -judgement.margin && ends.high < judgement.margin;
    if judgement.interval.is_some_and(is_inside) {
        return format!(
            ", inside the margin of {}, but not as many runs of either failed",
            plain(judgement.margin)
        );
    }
    let Some([runs, _]) = judgement.runs_to_differ else {
        return String::new();
    };
    let margin = plain(judgement.margin);
    match runs > judgement.runs[0].min(judgement.runs[1]) {
        true => format!(
            "; {} of each would find a difference of {margin}",
            count(runs, "run")
        ),
        false => format!("; the margin is {margin}"),
    }
}

/// A margin as somebody wrote it.
pub(super) fn plain(value: f64) -> String {
    crate::format::short(value)
}
