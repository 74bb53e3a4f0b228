//! Experiments in which no policy is trained as usual: an experiment file with a `kind`.
//!
//! ```toml
//! kind = "bound"                   # one of STUDIES
//! title = "How conservative is the bound that TRPO comes from?"
//! seeds = "800..820"               # of its repetitions
//!
//! [settings]                       # of the study
//! gammas = [0.9]
//!
//! [[claim]]                        # as in every experiment file, with parts of their own
//! text = "The penalty needs a hundred times as many iterations."
//! [[claim.part]]
//! measure = "mean"                 # mean, ratio (of x to y) or slope
//! quantity = "orders_of_magnitude"
//! x = "penalty"                    # the case
//! bound = 2.0
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `kind` | what a study is, and its rows |
//! | [`mod@file`] | its experiment file |
//! | [`claim`] | its claims, and what rows say of them |
//! | [`results`], [`made`] | its folder of results, read and made |
//! | `page` | its table, in Markdown |
//! | `quiet` | whether a machine is quiet enough to measure times |
//! | [`bound`] | how far the bound of theorem 1 reaches |
//! | [`cost`] | what updates cost as their sizes grow |
//!
//! A new one is a file, a line in [`STUDIES`], and a figure in `figures`.

pub mod bound;
pub mod claim;
pub mod cost;
pub mod file;
mod kind;
pub mod made;
mod page;
mod quiet;
pub mod results;

pub use kind::{AnyStudy, Asked, Context, Row, Study, StudyError};

use crate::diagnostics::Quantity;

/// Every study, in the order of the manual.
pub const STUDIES: &[&dyn AnyStudy] = &[kind::study::<bound::Bound>(), kind::study::<cost::Cost>()];

/// The study of this kind.
pub fn find(kind: &str) -> Option<&'static dyn AnyStudy> {
    STUDIES.iter().copied().find(|study| study.kind() == kind)
}

/// The quantity of this name of the study of a kind.
pub fn quantity(kind: &str, name: &str) -> Option<Quantity> {
    let all = find(kind)?.quantities().iter().copied();
    all.into_iter().find(|quantity| quantity.name == name)
}
