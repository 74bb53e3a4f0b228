//! The table of a study, in Markdown.

use std::fmt::Write;

use super::results::Results;
use super::{Row, find};
use crate::diagnostics::Quantity;
use crate::experiment::ledger::shown;
use crate::format::{count, decimals, number, short};
use crate::stats::intervals::t_interval;
use crate::stats::mean;

/// What was found, mean over repetitions.
pub(super) fn page(results: &Results) -> String {
    let source = &results.source;
    let mut text = format!("# {}\n\n{}\n\n", source.experiment, source.title);
    let Some(study) = find(&source.kind) else {
        return text;
    };
    let repetitions = count(source.seeds.len(), study.repetition());
    let _ = writeln!(
        text,
        "{} {repetitions}, seeds {}; intervals are Student's t over them, 95%.\n",
        sentence(study.meaning()),
        shown(&source.seeds)
    );
    if study.is_timed() {
        let _ = writeln!(
            text,
            "Measured on {}, kernel {}.\n",
            source.cpu, source.kernel
        );
    }
    text.push_str("| case | at | found | mean | 95% interval |\n|:--|--:|:--|--:|--:|\n");
    for &quantity in study.shown() {
        for (case, at) in places(&results.rows, quantity) {
            let values = results.rows.iter().filter(|row| {
                row.quantity == quantity.name && row.case == case && row.at.total_cmp(&at).is_eq()
            });
            let values: Vec<f64> = values.map(|row| row.value).collect();
            let _ = writeln!(text, "{}", line(&case, at, quantity, &values));
        }
    }
    text
}

/// A first letter and a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", crate::format::capital(text))
}

/// Where a quantity was measured, in the order of the rows.
fn places(rows: &[Row], quantity: Quantity) -> Vec<(String, f64)> {
    let mut places: Vec<(String, f64)> = Vec::new();
    for row in rows.iter().filter(|row| row.quantity == quantity.name) {
        let is_it = |(case, at): &(String, f64)| *case == row.case && at.total_cmp(&row.at).is_eq();
        if !places.iter().any(is_it) {
            places.push((row.case.clone(), row.at));
        }
    }
    places
}

fn line(case: &str, at: f64, quantity: Quantity, values: &[f64]) -> String {
    let interval = t_interval(values, 0.025);
    let ends = interval.iter().flat_map(|ends| [ends.low, ends.high]);
    let (scale, unit) = match quantity.unit {
        "share" => (100.0, "%"),
        "s" => (1e3, " ms"),
        unit => (1.0, unit),
    };
    let space = if scale == 1.0 && !unit.is_empty() {
        " "
    } else {
        ""
    };
    let largest = ends.fold(0.0_f64, |largest, end| largest.max((scale * end).abs()));
    let show = |value: f64| {
        let shown = number(scale * value, decimals(largest));
        format!("{shown}{space}{unit}")
    };
    let place = match at == 0.0 {
        true => "–".to_owned(),
        false => short(at),
    };
    format!(
        "| {case} | {place} | {} | {} | {} |",
        quantity.meaning,
        mean(values).map_or("–".to_owned(), show),
        interval.map_or("–".to_owned(), |ends| {
            format!("{} to {}", show(ends.low), show(ends.high))
        })
    )
}
