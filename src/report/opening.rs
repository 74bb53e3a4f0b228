//! The first sentences of the report: who is better, where, by how much, how sure,
//! and where each fails. All other numbers stand behind them.

use super::chapter::Chapter;
use super::retuned::{DEPENDS, Retuned};
use crate::format::{capital, count, list};
use crate::scores::Verdict;
use crate::scores::results::{Comparison, TaskComparison};
use crate::scores::verdict::Judgement;

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
        let lead = judgement.verdict.lead(x, y);
        // A variant keeps its name.
        let lead = match lead.starts_with(x.as_str()) || lead.starts_with(y.as_str()) {
            true => lead,
            false => capital(&lead),
        };
        format!(
            "**{}** on these {} together ({x} − {y}, normalised: {}{})",
            lead,
            count(self.pair.tasks.len(), "task"),
            judgement.difference_cell(),
            self.depends(None, judgement)
        )
    }

    /// On which task who is better, by how much.
    fn decided(&self, task: &TaskComparison) -> String {
        let judgement = &task.judgement;
        let better = match judgement.verdict {
            Verdict::Better => &self.pair.x,
            _ => &self.pair.y,
        };
        let margin = judgement.against_margin;
        let margin = margin.map(|against| format!(", which is {}", against.words()));
        format!(
            "On {} {better} is better by {}{}{}",
            task.task,
            judgement.advantage_cell(),
            margin.unwrap_or_default(),
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
