//! What figures of studies share: numbers of repetitions along something.

use std::collections::BTreeMap;

use super::canvas::Pen;
use super::picture::{Curve, Value};
use crate::diagnostics::Quantity;
use crate::stats::intervals::t_interval;
use crate::stats::mean;
use crate::studies::results::Results;

/// A setting of a study.
pub(super) fn setting(results: &Results, key: &str) -> serde_json::Value {
    let settings = serde_json::to_value(&results.source.settings).unwrap_or_default();
    settings.get(key).cloned().unwrap_or_default()
}

/// A quantity along a case, mean over repetitions with its 95% t interval, each value
/// changed by `show`.
pub(super) fn curve(
    results: &Results,
    (case, quantity): (&str, Quantity),
    (label, pen): (&str, Pen),
    show: impl Fn(f64) -> f64,
) -> Curve {
    // Ordered as numbers: all are above 0.
    let mut places: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    let rows = results.rows.iter();
    for row in rows.filter(|row| row.case == case && row.quantity == quantity.name && row.at > 0.0)
    {
        places
            .entry(row.at.to_bits())
            .or_default()
            .push(show(row.value));
    }
    let values = places.into_iter().filter_map(|(at, values)| {
        let interval = t_interval(&values, 0.025);
        Some(Value {
            x: f64::from_bits(at),
            y: mean(&values)?,
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
            n: Some(values.len() as u64),
        })
    });
    Curve {
        id: label.to_owned(),
        label: label.to_owned(),
        pen,
        banded: true,
        values: values.collect(),
    }
}
