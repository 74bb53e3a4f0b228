//! What diagnostics found in the runs of an experiment.

use std::collections::BTreeMap;
use std::path::Path;

use super::block::{Table, Text};
use super::chapter::{Chapter, Extra};
use crate::diagnostics;
use crate::format::{count, decimals, number};
use crate::stats::{Interval, mean, t_interval};
use crate::summary::files::read_rows;
use crate::summary::{DiagnosticRow, SummaryError};

/// A table of what was found, mean over runs; `None` of an experiment that asks for
/// nothing.
///
/// # Errors
/// If the rows cannot be read.
pub(super) fn of(chapter: &Chapter, dir: &Path) -> Result<Option<Extra>, SummaryError> {
    if chapter.manifest.analysis.diagnostics.is_empty() {
        return Ok(None);
    }
    let rows: Vec<DiagnosticRow> = read_rows(dir)?;
    let mut cells: BTreeMap<_, Vec<Option<f64>>> = BTreeMap::new();
    let place = |all: &[String], name: &str| all.iter().position(|one| one == name);
    for row in &rows {
        let task = place(&chapter.manifest.tasks, &row.env);
        let variant = place(&chapter.manifest.variants, &row.variant);
        let key = (&row.quantity, task, variant, row.update);
        cells.entry(key).or_default().push(row.value);
    }
    let header = [
        "found",
        "task",
        "variant",
        "updates",
        "mean",
        "95% interval",
        "runs",
    ];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for ((quantity, task, variant, update), values) in cells {
        let told: Vec<f64> = values.iter().copied().flatten().collect();
        let interval = t_interval(&told, 0.025);
        let ends = interval.iter().flat_map(|ends| [ends.low, ends.high]);
        let largest = ends.fold(mean(&told).unwrap_or(0.0).abs(), |a, b| a.max(b.abs()));
        let show = |value: f64| number(value, decimals(largest));
        let name = |all: &[String], place: Option<usize>| {
            place.map_or_else(String::new, |place| all[place].clone())
        };
        let known = diagnostics::quantity(quantity).map(|(known, _)| known);
        let unit = known.map_or("", |known| known.unit);
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        table.push(vec![
            known
                .map_or(quantity.as_str(), |known| known.meaning)
                .to_owned(),
            name(&chapter.manifest.tasks, task),
            name(&chapter.manifest.variants, variant),
            update.to_string(),
            mean(&told).map_or("–".to_owned(), |mean| show(mean) + &unit),
            interval.map_or("–".to_owned(), |Interval { low, high }| {
                format!("{} to {}", show(low), show(high))
            }),
            match told.len() == values.len() {
                true => told.len().to_string(),
                false => format!("{} of {}", told.len(), values.len()),
            },
        ]);
    }
    let asked = chapter.manifest.analysis.diagnostics.iter();
    let said = asked.map(|asked| {
        let found = diagnostics::find(&asked.name);
        let meaning = found.map_or("", |found| found.meaning());
        format!("`{}`: {meaning}.", asked.name)
    });
    let said: Vec<String> = said.collect();
    Ok(Some(Extra {
        title: "What was found in the runs",
        intro: Text::marked(&format!(
            "{} Runs are made again up to the update that is named, and measured there; {} \
             stand in `diagnostics.csv`. Intervals are Student's t over runs.",
            said.join(" "),
            count(rows.len(), "number")
        )),
        table: Table::of(&table, &[3, 4, 6]),
    }))
}
