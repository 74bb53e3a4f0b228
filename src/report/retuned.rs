//! Whether an answer depends on how the settings were tuned: the verdicts of an
//! experiment beside those of its twin, whose settings another search chose.

use super::block::{Table, Text};
use super::chapter::{Chapter, Extra};
use crate::format::count;
use crate::scores::results::Comparison;
use crate::scores::verdict::Judgement;
use crate::summary::statistics::Statistics;

/// What a verdict is called that the other settings turn into another one.
pub(super) const DEPENDS: &str = "depends on the tuning";

/// The experiment that asks the same with settings from another search.
pub(super) struct Retuned<'a> {
    chapter: &'a Chapter,
    statistics: &'a Statistics,
}

impl<'a> Retuned<'a> {
    /// The one that `chapter` names, if its results are among `chapters`.
    pub fn of(chapter: &Chapter, chapters: &'a [Chapter]) -> Option<Self> {
        let name = chapter.manifest.analysis.retuned.as_ref()?;
        let mut named = chapters.iter();
        let found = named.find(|other| other.manifest.experiment == *name)?;
        Some(Self {
            statistics: found.statistics.as_ref()?,
            chapter: found,
        })
    }

    /// What it says of the same pair, and on `task` if one is named.
    fn judgement(&self, pair: &Comparison, task: Option<&str>) -> Option<&'a Judgement> {
        let found = self.twin(pair)?;
        let Some(task) = task else {
            return Some(&found.judgement);
        };
        let of_task = found.tasks.iter().find(|other| other.task == task)?;
        Some(&of_task.judgement)
    }

    /// Its comparison of the same pair, which both must ask in the same order.
    fn twin(&self, pair: &Comparison) -> Option<&'a Comparison> {
        let mut pairs = self.statistics.headline()?.comparisons.iter();
        pairs.find(|other| (&other.x, &other.y) == (&pair.x, &pair.y))
    }

    /// Whether the verdict `ours` on `pair` is another one there.
    pub fn differs(&self, pair: &Comparison, task: Option<&str>, ours: &Judgement) -> bool {
        let theirs = self.judgement(pair, task);
        theirs.is_some_and(|theirs| theirs.verdict != ours.verdict)
    }

    /// On how many tasks the verdict on `pair` depends on the tuning, and what failed
    /// there.
    pub fn sentence(&self, pair: &Comparison) -> String {
        let there = format!(
            "another search (`{}`, seeds of its own)",
            self.chapter.folder
        );
        let Some(twin) = self.twin(pair) else {
            return format!(
                "Whether it {DEPENDS} is not known: with the settings of {there} {} and {} are not \
                 compared in this order.",
                pair.x, pair.y
            );
        };
        let both = pair.tasks.iter();
        let both = both.filter(|task| self.judgement(pair, Some(&task.task)).is_some());
        let (turned, all) = both.fold((0, 0), |(turned, all), task| {
            let differs = self.differs(pair, Some(&task.task), &task.judgement);
            (turned + usize::from(differs), all + 1)
        });
        let over = match (pair.tasks.len(), self.differs(pair, None, &pair.judgement)) {
            (1, _) => "",
            (_, true) => "; and so does that over tasks",
            (_, false) => "; that over tasks is the same",
        };
        format!(
            "With the settings of {there} the verdict on {turned} of {} is another one and \
             {DEPENDS}{over}. {} there.",
            count(all, "task"),
            twin.failures()
        )
    }

    /// Every verdict on the pairs that `chapter` declares beside that of the other
    /// settings.
    pub fn table(&self, chapter: &Chapter) -> Option<Extra> {
        let results = chapter.statistics.as_ref()?.headline()?;
        let (here, there) = (&chapter.folder, &self.chapter.folder);
        let header = ["pair", "task", here, "verdict", there, "verdict", ""];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        for [x, y] in &results.declared {
            let mut pairs = results.comparisons.iter();
            let pair = pairs.find(|pair| (&pair.x, &pair.y) == (x, y))?;
            let tasks = pair.tasks.iter();
            let each = tasks.map(|task| (Some(task.task.as_str()), &task.judgement));
            let all = (pair.tasks.len() > 1).then_some((None, &pair.judgement));
            for (task, ours) in each.chain(all) {
                let Some(theirs) = self.judgement(pair, task) else {
                    continue;
                };
                let depends = match self.differs(pair, task, ours) {
                    true => DEPENDS,
                    false => "",
                };
                rows.push(vec![
                    format!("{x} − {y}"),
                    task.unwrap_or("over tasks, normalised").to_owned(),
                    ours.difference_cell(),
                    ours.verdict.of_pair(x, y),
                    theirs.difference_cell(),
                    theirs.verdict.of_pair(x, y),
                    depends.to_owned(),
                ]);
            }
        }
        (rows.len() > 1).then(|| Extra {
            title: "Does it depend on the tuning?",
            intro: Text::marked(&format!(
                "The settings of `{there}` were chosen by a search with other draws on other \
                 seeds, and its runs have seeds of their own. Differences X − Y with their \
                 intervals; a verdict that is another one there {DEPENDS}."
            )),
            table: Table::of(&rows, &[2, 4]),
        })
    }
}
