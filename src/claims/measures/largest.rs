//! The largest value of a column in a run.

use super::super::Measured;
use super::super::contrast::Contrast;
use super::super::evidence::Evidence;
use super::{Measure, Partner, column_in, subject};
use crate::experiment::claims::{Part, Unit};
use crate::experiment::plan::Plan;

pub(super) const MEASURE: Measure = Measure {
    name: "largest",
    meaning: "largest value of a `column` in a run, mean over runs; in trust radii with `unit = \
              \"delta\"`",
    partner: Partner::Possible,
    keys: &["column", "unit"],
    check,
    words: |part| {
        let column = part.column.as_deref().unwrap_or_default();
        format!("largest `{column}` of a run of {}", subject(part))
    },
    unit: |part, _| {
        if part.unit == Some(Unit::Delta) {
            "delta"
        } else {
            ""
        }
    },
    estimate,
};

fn check(_: &Plan, part: &Part) -> Result<(), String> {
    match part.column {
        Some(_) => Ok(()),
        None => Err("give `column`: of which the largest value is taken".to_owned()),
    }
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let column = part.column.as_deref().unwrap_or_default();
    let runs = |variant: &str, task: &str| {
        let runs = evidence.updates(variant, task);
        let largest = runs.map(|(seed, updates)| {
            let values = column_in(&updates, column, part.unit)?;
            let largest = values.into_iter().max_by(f64::total_cmp);
            Ok((seed, largest.ok_or("a run has no update")?))
        });
        largest.collect()
    };
    Contrast::between(&part.x, part.y.as_deref(), tasks, false, runs)?.measured(tail)
}
