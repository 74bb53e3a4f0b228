//! Figures, drawn from the summary of an experiment and from nothing else.
//!
//! A figure is one file with one function: from the summary to a `Figure`,
//! or to nothing where the experiment has no data for it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::summary::{SummaryError, files};
use crate::words;

mod arrange;
mod bound;
mod canvas;
mod changes;
mod collapse_seen;
mod compared;
mod cost;
mod crowd;
mod data;
mod diagnosed;
mod direct;
mod dissection;
mod draw;
mod effects;
mod error;
mod facets;
pub mod film;
mod improvement;
mod inside_trpo;
mod interpolation;
mod kind;
mod learning_curves;
mod legend;
mod letters;
mod marks;
mod options;
mod origin;
mod output;
pub mod page;
mod paint;
mod palette;
mod panel;
mod picture;
mod profiles;
mod q_values;
mod reach;
mod reading;
mod render;
mod repeated;
mod sample_efficiency;
mod scale;
mod scenes;
mod score_intervals;
mod search;
mod shapes;
mod sources;
mod step_size;
mod studies;
mod style;
mod theme;
mod time_to_threshold;
mod timing;
mod titles;
mod trust_region;
mod units;

pub use canvas::escape;
pub use draw::{
    Drawn, Listed, draw_all, draw_scores, draw_search, draw_some, draw_steps, draw_study, listed,
};
pub use error::FigureError;
use kind::Kind;
pub use options::{Options, Subset, range, width};
pub use origin::origin;
pub use output::Format;
pub use theme::Theme;

/// The figures of experiments, in the order of the report.
const KINDS: &[Kind] = &[
    learning_curves::KIND,
    q_values::KIND,
    score_intervals::KIND,
    profiles::KIND,
    improvement::KIND,
    sample_efficiency::KIND,
    cost::KIND,
    time_to_threshold::KIND,
    trust_region::KIND,
    inside_trpo::KIND,
    step_size::KIND,
    collapse_seen::KIND,
    interpolation::KIND,
    diagnosed::KIND,
    effects::KIND,
    changes::KIND,
];

/// Other names of figures: what learning curves are where the policy was evaluated
/// while it trained.
const ALIASES: &[(&str, &str)] = &[("evaluation_curves", "learning_curves")];

/// Names of all figures, under which claims refer to them.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// What `figures/captions.json` says of one figure, in the order of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caption {
    /// Name of its files, without the extension.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it shows, of how many runs, by which rules.
    pub caption: String,
    /// What is seen in it, in a sentence; empty in captions of older rules.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// The recorded columns that figures read: those that a summary must hold.
pub fn columns() -> Vec<Column> {
    trust_region::columns()
        .chain(inside_trpo::columns())
        .collect()
}

/// The captions in a folder of figures.
///
/// # Errors
/// If there are none, or they are damaged.
pub fn read_captions(folder: &Path) -> Result<Vec<Caption>, SummaryError> {
    let path = folder.join("captions.json");
    let text = files::read(&path)?;
    serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
        line: error.line() as u64,
        column: None,
        problem: words::of_json(&error),
        path,
    })
}
