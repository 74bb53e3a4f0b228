//! Tasks whose discount differs from that of the others: published scores were
//! reached with discounts of their own, and how far a policy sees decides on
//! some tasks what it can learn.

use crate::experiment::manifest::Manifest;

/// A task and its discount, where all its variants share one that differs from
/// that of most tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Discount<'a> {
    /// The task.
    pub task: &'a str,
    /// gamma there.
    pub gamma: f64,
    /// gamma of most tasks; of as many, the first.
    pub usual: f64,
}

/// The tasks of an experiment whose discount is not the usual one.
pub fn unusual(manifest: &Manifest) -> Vec<Discount<'_>> {
    let tasks: Vec<(&str, f64)> = manifest
        .tasks
        .iter()
        .filter_map(|task| Some((task.as_str(), of(manifest, task)?)))
        .collect();
    let count = |gamma: f64| tasks.iter().filter(|(_, other)| *other == gamma).count();
    // `max_by_key` takes the last of equals.
    let usual = tasks.iter().rev().map(|(_, gamma)| *gamma);
    let Some(usual) = usual.max_by_key(|&gamma| count(gamma)) else {
        return Vec::new();
    };
    let others = tasks.iter().filter(|(_, gamma)| *gamma != usual);
    others
        .map(|&(task, gamma)| Discount { task, gamma, usual })
        .collect()
}

/// The discount of a task, if all its variants share it.
fn of(manifest: &Manifest, task: &str) -> Option<f64> {
    let cells = manifest.cells.iter().filter(|cell| cell.env == task);
    let mut gammas = cells.map(|cell| cell.config.common.gamma);
    let first = gammas.next()?;
    gammas.all(|gamma| gamma == first).then_some(first)
}
