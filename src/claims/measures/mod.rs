//! What claims measure: one file for each, and a line in [`MEASURES`].

use super::Measured;
use super::evidence::Evidence;
use crate::experiment::claims::{Part, Unit};
use crate::experiment::plan::Plan;
use crate::suggest::nearest;
use crate::summary::shares::Updates;

mod collapsed;
mod diagnosed;
mod difference;
mod effect;
mod halves;
mod largest;
mod order;
mod regret;
mod share;
mod span;

/// Every measure, in the order of the manual.
pub const MEASURES: &[Measure] = &[
    difference::MEASURE,
    share::MEASURE,
    largest::MEASURE,
    collapsed::MEASURE,
    span::MEASURE,
    regret::REGRET,
    regret::GAP,
    effect::MEASURE,
    order::MEASURE,
    diagnosed::MEASURE,
];

/// A measure.
pub struct Measure {
    /// Its name in experiment files.
    pub name: &'static str,
    /// What it is, for the manual.
    pub meaning: &'static str,
    /// Whether a part names a second variant.
    pub partner: Partner,
    /// Keys that it reads beside those of every part: of `of`, `column`, `unit`,
    /// `above`, `below`, `score`, `quantity` and `update`.
    pub keys: &'static [&'static str],
    /// What is wrong with a part, beyond names that do not exist.
    pub(super) check: fn(&Plan, &Part) -> Result<(), String>,
    /// The number in words, of a part.
    pub(super) words: fn(&Part) -> String,
    /// Its unit on a task, or over tasks.
    pub(super) unit: fn(&Part, bool) -> &'static str,
    /// The number over these tasks, with the interval that leaves out so much at
    /// each end beside that of 95%; an error says why there is none.
    pub(super) estimate: fn(&Evidence<'_>, &Part, &[String], f64) -> Result<Measured, String>,
}

/// Whether a measure compares two variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partner {
    /// It must.
    Needed,
    /// It may.
    Possible,
    /// It may, but neither need be a variant: the measure says what they are.
    Other,
    /// It cannot.
    None,
}

/// The measure of this name.
pub fn find(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.name == name)
}

/// The measure that was probably meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    nearest(name, MEASURES.iter().map(|measure| measure.name))
}

/// `trpo`, or `trpo less ppo`.
fn subject(part: &Part) -> String {
    match &part.y {
        Some(y) => format!("{} less {y}", part.x),
        None => part.x.clone(),
    }
}

/// Nothing more to check.
fn nothing(_: &Plan, _: &Part) -> Result<(), String> {
    Ok(())
}

/// A recorded column in its unit, of the updates that have it.
fn column_in(updates: &Updates<'_>, column: &str, unit: Option<Unit>) -> Result<Vec<f64>, String> {
    let found = match unit {
        Some(Unit::Delta) => updates.in_radii(column),
        None => updates
            .numbers(column)
            .map(|all| all.iter().flatten().copied().collect()),
    };
    found.ok_or_else(|| {
        let config = &updates.record.config;
        format!(
            "runs of {} on {} record no `{column}`{}",
            config.algorithm.name(),
            config.env,
            unit.map_or("", |_| ", or the task has no trust radius")
        )
    })
}
