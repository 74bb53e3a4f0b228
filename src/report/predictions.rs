//! What was expected before the runs, beside what came out.

use super::block::{Table, Text};
use super::chapter::{Chapter, Extra};
use crate::experiment::stated::PREDICTIONS;
use crate::format::{count, decimals, number, short};

/// The predictions of an experiment and their score; `None` of one that made none.
pub(super) fn of(chapter: &Chapter) -> Option<Extra> {
    let predictions = &chapter.manifest.analysis.predictions;
    let results = chapter.statistics.as_ref()?.headline()?;
    let header = ["task", "variant", "expected", "found", ""].map(str::to_owned);
    let mut rows = vec![header.to_vec()];
    let mut inside = 0;
    for (m, task) in results.tasks.iter().enumerate() {
        for (variant, expected) in predictions.get(task).into_iter().flatten() {
            let found = results.algorithms.get(variant)?.tasks.get(m)?.mean;
            let is_inside = (expected.low..=expected.high).contains(&found);
            inside += usize::from(is_inside);
            rows.push(vec![
                task.clone(),
                variant.clone(),
                format!(
                    "{} ({} to {})",
                    short(expected.mean),
                    short(expected.low),
                    short(expected.high)
                ),
                number(found, decimals(found)),
                if is_inside { "inside" } else { "**outside**" }.to_owned(),
            ]);
        }
    }
    let all = rows.len() - 1;
    let stated = chapter.stated.find(PREDICTIONS, &chapter.manifest);
    let stated = stated.map_or("not stated before the runs".to_owned(), |found| {
        found.words()
    });
    (all > 0).then(|| Extra {
        title: "Predictions",
        intro: Text::plain(format!(
            "What the author expected of the mean of the headline score, {stated}: {inside} of {} \
             inside the range.",
            count(all, "mean")
        )),
        table: Table::of(&rows, &[2, 3]),
    })
}
