//! Which updates of an experiment are looked into, as data of its file.
//!
//! ```toml
//! [[dissect]]
//! task = "CartPole-v1"
//! variant = "trpo"
//! seed = 0
//! update = 10
//! ```
//!
//! They are asked of runs that stand, and no result depends on them: they are no
//! part of the plan, so that neither the manifest nor what was stated before the
//! runs changes with them.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, DocumentError};
use super::plan::{Cell, Plan};
use crate::algo::Kind;
use crate::algo::npg::Npg;
use crate::algo::ppo::Ppo;
use crate::algo::trpo::Trpo;
use crate::format::list;
use crate::suggest::{did_you_mean, nearest};

/// The algorithms whose steps can be looked into: along the natural gradient, and
/// PPO's from the old parameters past the new ones.
pub const ALGORITHMS: [&str; 3] = [Trpo::NAME, Npg::NAME, Ppo::NAME];

/// One update of one run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// The update, from 1.
    pub update: usize,
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            task,
            variant,
            seed,
            update,
        } = self;
        write!(f, "{task} {variant} seed {seed} update {update}")
    }
}

/// What the file asks for, of tasks, variants, seeds and updates that there are.
/// Where settings are not as the file has them, runs may have fewer updates.
pub(super) fn check(
    document: &Document,
    asked: &[Spanned<Selection>],
    (plan, seeds): (&Plan, &[u64]),
    is_as_written: bool,
) -> Result<Vec<Selection>, DocumentError> {
    let mut all: Vec<Selection> = Vec::new();
    for spanned in asked {
        let selection = spanned.get_ref();
        let repeated = all
            .contains(selection)
            .then(|| format!("{selection} stands twice"));
        let problem = repeated.or_else(|| problem(selection, plan, seeds, is_as_written));
        if let Some(problem) = problem {
            return Err(document.error(Some(spanned.span()), problem));
        }
        all.push(selection.clone());
    }
    Ok(all)
}

/// That a variant cannot be looked into, and which could.
pub fn not_dissected(variant: &str, algorithm: &str) -> String {
    format!(
        "`{variant}` takes no step that can be dissected, its algorithm is `{algorithm}`; \
         dissected are steps of {}",
        list(&ALGORITHMS)
    )
}

/// What is wrong with one of them.
fn problem(
    selection: &Selection,
    plan: &Plan,
    seeds: &[u64],
    is_as_written: bool,
) -> Option<String> {
    let Selection {
        task,
        variant,
        seed,
        update,
    } = selection;
    if !plan.tasks.contains(task) {
        let meant = nearest(task, plan.tasks.iter().map(String::as_str));
        return Some(format!(
            "`{task}` is not one of the tasks{}",
            did_you_mean(meant)
        ));
    }
    let is_its = |cell: &&Cell| cell.env == *task && cell.variant == *variant;
    let Some(cell) = plan.cells.iter().find(is_its) else {
        let meant = nearest(variant, plan.variants.iter().map(String::as_str));
        return Some(format!(
            "there is no variant `{variant}`{}",
            did_you_mean(meant)
        ));
    };
    let algorithm = cell.config.algorithm.name();
    if !ALGORITHMS.contains(&algorithm) {
        return Some(not_dissected(variant, algorithm));
    }
    if !seeds.contains(seed) {
        return Some(format!("{seed} is not one of the seeds"));
    }
    match cell.config.updates() {
        _ if *update == 0 => Some("updates are counted from 1".to_owned()),
        Some(updates) if is_as_written && *update > updates => Some(format!(
            "a run of {variant} on {task} has {updates} updates, and no update {update}"
        )),
        _ => None,
    }
}
