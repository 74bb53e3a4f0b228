//! Claims of all experiments, as the report tells them.

use super::block::Table;
use super::chapter::Chapter;
use crate::claims::{Answer, FALSE_HOLDS, Judged, Verdict};
use crate::experiment::claims::Side;
use crate::experiment::stated::{Statement, of_claim};
use crate::format::{count, decimals, number, short};

/// A claim with what the report says around it.
pub(super) struct Entry {
    /// Its number in the list of claims, from 1.
    pub number: usize,
    /// Name of the folder of its experiment.
    pub folder: String,
    pub judged: Judged,
    /// When it was stated.
    pub stated: String,
    /// How often results were looked at: each time it could be said to hold falsely.
    looks: usize,
}

#[cfg(test)]
impl Entry {
    /// A claim of the experiment in `folder`, stated before its runs.
    pub fn told(number: usize, folder: &str, judged: Judged) -> Self {
        Self {
            number,
            folder: folder.to_owned(),
            judged,
            stated: String::new(),
            looks: 1,
        }
    }
}

/// Claims with what was stated of them.
pub(super) type Stating = Vec<(Judged, Option<Statement>)>;

/// The claims of all chapters, in their order, and after them those of studies.
pub(super) fn of<'a>(
    chapters: &[Chapter],
    studies: impl IntoIterator<Item = (&'a str, &'a Stating)>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for chapter in chapters {
        for judged in chapter.claims.iter().flat_map(|claims| &claims.claims) {
            let claim = of_claim(&judged.id);
            let found = chapter.stated.find(&claim, &chapter.manifest);
            entries.push(Entry {
                number: entries.len() + 1,
                folder: chapter.folder.clone(),
                judged: judged.clone(),
                looks: chapter.stated.looks_at(&chapter.manifest),
                stated: when(found),
            });
        }
    }
    for (folder, claims) in studies {
        for (judged, statement) in claims {
            entries.push(Entry {
                number: entries.len() + 1,
                folder: folder.to_owned(),
                judged: judged.clone(),
                stated: when(statement.as_ref()),
                looks: 1,
            });
        }
    }
    entries
}

/// When it was stated.
fn when(statement: Option<&Statement>) -> String {
    match statement {
        Some(found) => found.words(),
        None => "not stated before the runs (exploratory)".to_owned(),
    }
}

/// How many are expected to be said to hold falsely, at most.
pub(super) fn expected(entries: &[Entry]) -> String {
    let judged = entries.iter();
    let judged: Vec<&Entry> = judged
        .filter(|entry| entry.judged.verdict != Verdict::NotRun)
        .collect();
    let chances = judged.iter().map(|entry| FALSE_HOLDS * entry.looks as f64);
    let most: f64 = chances.map(|chance| chance.min(1.0)).sum();
    format!(
        "A claim holds if the whole 95% interval of every one of its numbers lies where it must, \
         and does not hold if one of them, at a stricter level, lies wholly on the other side. Of \
         {} at most {} are expected to be said to hold falsely.",
        count(judged.len(), "claim"),
        short(most)
    )
}

/// The numbers of a claim.
pub(super) fn table(judged: &Judged) -> Table {
    let header = [
        "measured",
        "task",
        "number",
        "95% interval",
        "must be",
        "verdict",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(judged.answers.iter().map(row));
    Table::of(&rows, &[2, 3])
}

/// The number of an answer, with its unit, and its interval; a dash for what there is not.
pub(super) fn shown(answer: &Answer) -> [String; 2] {
    let ends = answer
        .interval
        .iter()
        .flat_map(|ends| [ends.low, ends.high]);
    let largest = ends.fold(0.0_f64, |largest, end| largest.max(end.abs()));
    let show = |value: f64| match answer.unit == "share" {
        true => format!("{}%", number(100.0 * value, 1)),
        false => number(value, decimals(largest)),
    };
    let unit = match answer.unit.as_str() {
        "" | "share" => String::new(),
        unit => format!(" {unit}"),
    };
    let none = || "–".to_owned();
    [
        answer.value.map_or_else(none, |value| show(value) + &unit),
        answer.interval.map_or_else(none, |ends| {
            format!("[{}, {}]", show(ends.low), show(ends.high))
        }),
    ]
}

fn row(answer: &Answer) -> Vec<String> {
    let is_share = answer.unit == "share";
    let bound = match is_share {
        true => format!("{}%", short(100.0 * answer.bound)),
        false => short(answer.bound),
    };
    let must = match answer.side {
        Side::Above => format!("above {bound}"),
        Side::Below => format!("below {bound}"),
        Side::Within => format!("within ±{bound}"),
    };
    let note = match answer.note.is_empty() {
        true => String::new(),
        false => format!(" ({})", answer.note),
    };
    let [value, interval] = shown(answer);
    vec![
        format!("{}{note}", answer.what),
        answer
            .task
            .clone()
            .unwrap_or_else(|| "over tasks".to_owned()),
        value,
        interval,
        must,
        answer.verdict.words().to_owned(),
    ]
}
