//! The first sentences of the report: who is better, where, by how much, how sure,
//! and where each fails. All other numbers stand behind them.

use super::chapter::Chapter;
use super::retuned::{DEPENDS, Retuned};
use crate::format::{count, decimals, list, number};
use crate::scores::Verdict;
use crate::scores::results::{Comparison, TaskComparison};
use crate::scores::verdict::{Against, Judgement};

/// They, in Markdown.
pub(super) fn of(chapter: &Chapter, pair: &Comparison, retuned: Option<&Retuned<'_>>) -> String {
    let opening = Opening { pair, retuned };
    let mut said = match pair.tasks.len() {
        1 => vec![pair.judgement.words.clone()],
        _ => opening.over_tasks(),
    };
    if pair.judgement.is_exploratory {
        let why = "It is exploratory: pair, margins or seeds were set after runs were known";
        said.push(why.to_owned());
    }
    let settings = chapter.settings_by().unwrap_or_default();
    format!("{}.{settings}", said.join(". "))
}

struct Opening<'a> {
    pair: &'a Comparison,
    retuned: Option<&'a Retuned<'a>>,
}

impl Opening<'_> {
    fn over_tasks(&self) -> Vec<String> {
        let mut said = vec![self.together()];
        let decided = self.tasks(Verdict::is_decided);
        said.extend(decided.iter().map(|task| self.decided(task)));
        let are_equal = |verdict: Verdict| verdict.is_no_worse() && !verdict.is_decided();
        let equal = self.tasks(are_equal);
        if !equal.is_empty() {
            said.push(format!(
                "They are as good as each other on {}",
                self.names(&equal)
            ));
        }
        let open = self.tasks(|verdict| !verdict.is_decided() && !are_equal(verdict));
        if !open.is_empty() {
            said.push(format!("It is open on {}", self.names(&open)));
        }
        said.push(self.pair.failures());
        said
    }

    /// The verdict over tasks, with its number.
    fn together(&self) -> String {
        let Comparison {
            x, y, judgement, ..
        } = self.pair;
        let verdict = match judgement.verdict {
            Verdict::Better => format!("**{x} is better than {y}**"),
            Verdict::Worse => format!("**{y} is better than {x}**"),
            Verdict::Mixed => format!("**Neither of {x} and {y} is better**"),
            Verdict::CannotTell => format!("**{x} and {y} cannot be told apart**"),
            Verdict::Equivalent => format!("**{x} and {y} are equivalent**"),
            Verdict::AtTheCeiling => format!("**{x} and {y} are both at the ceiling**"),
            Verdict::SameReturns => format!("**{x} and {y} have the same returns**"),
            Verdict::TooFewRuns => format!("**There are too few runs of {x} and {y} to tell**"),
            Verdict::NoVerdict => format!("**There is no verdict on {x} and {y}**"),
        };
        format!(
            "{verdict} on these {} together ({x} − {y}, normalised: {}{})",
            count(self.pair.tasks.len(), "task"),
            judgement.difference_cell(),
            self.depends(None, judgement)
        )
    }

    /// On which task who is better, by how much.
    fn decided(&self, task: &TaskComparison) -> String {
        let judgement = &task.judgement;
        let (better, sign) = match judgement.verdict {
            Verdict::Better => (&self.pair.x, 1.0),
            _ => (&self.pair.y, -1.0),
        };
        let by = judgement.difference.zip(judgement.interval);
        let by = by.map(|(difference, ends)| {
            let digits = decimals(ends.low.abs().max(ends.high.abs()));
            let show = |value: f64| number(sign * value, digits);
            let (low, high) = match sign > 0.0 {
                true => (ends.low, ends.high),
                false => (ends.high, ends.low),
            };
            let margin = match judgement.against_margin {
                Some(Against::Less) => ", which is less than the margin",
                Some(Against::More) => ", which is more than the margin",
                None => "",
            };
            format!(
                " by {} [{}, {}]{margin}",
                show(difference),
                show(low),
                show(high)
            )
        });
        format!(
            "On {} {better} is better{}{}",
            task.task,
            by.unwrap_or_default(),
            self.depends(Some(&task.task), judgement)
        )
    }

    fn tasks(&self, is_one: impl Fn(Verdict) -> bool) -> Vec<&TaskComparison> {
        let tasks = self.pair.tasks.iter();
        tasks
            .filter(|task| is_one(task.judgement.verdict))
            .collect()
    }

    fn names(&self, tasks: &[&TaskComparison]) -> String {
        let name = |task: &&TaskComparison| {
            format!(
                "{}{}",
                task.task,
                self.depends(Some(&task.task), &task.judgement)
            )
        };
        list(&tasks.iter().map(name).collect::<Vec<_>>())
    }

    /// That a verdict depends on the tuning, if it does.
    fn depends(&self, task: Option<&str>, judgement: &Judgement) -> String {
        let differs = |other: &Retuned<'_>| other.differs(self.pair, task, judgement);
        match self.retuned.is_some_and(differs) {
            true if task.is_none() => format!("; {DEPENDS}"),
            true => format!(" ({DEPENDS})"),
            false => String::new(),
        }
    }
}
