//! Settings by rule: drawn, run on seeds that are not reported, and chosen.
//!
//! An experiment file with a table `[search]` is a search. Each of its variants
//! has a number of settings: number 0 is what the file and the defaults give, the
//! others are drawn. They run in rungs, each of a share of the steps on some
//! seeds; after a rung the best go on. What is chosen is a function of the tables
//! that are committed, `search.csv` and `settings.csv`: anybody can derive it
//! again.
//!
//! ```toml
//! [search]
//! seed = 1                    # of the draw
//! protocol = "free"           # matched: only keys of the algorithm's own table
//! settings = 16
//! cost_limit = 1.5            # times the nominal cost of setting 0
//! rungs = [
//!     { share = 0.25, seeds = 3, keep = 8 },
//!     { share = 0.5, seeds = 5, keep = 4 },
//!     { share = 1.0, seeds = 10, keep = 1 },
//! ]
//!
//! [search.keys]               # of every variant that has them
//! lambda = { uniform = [0.9, 0.99] }
//! trpo.delta = { log = [0.003, 0.1] }
//!
//! [search.variant.vpg-kl]     # of one variant, beside or instead of those
//! vpg.target_kl = { log = [0.003, 0.1] }
//! ```
//!
//! Or it chooses one value for each task, the same for all algorithms:
//! `over = "gamma"` and `values = [0.95, 0.99]`.

mod by_task;
pub mod choose;
pub mod chosen;
mod drawn;
mod error;
mod file;
mod head;
mod keys;
mod ladder;
pub mod measures;
mod page;
mod reader;
mod rungs;
pub mod score;
mod source;
pub mod space;
pub mod table;
mod work;

pub use error::SearchError;
pub use file::{Search, Setting, Variant};
pub use ladder::{Ladder, OpenRung};
pub use rungs::Rung;
pub use work::{Found, derived, make, redrawn, write_all};

use serde::Deserialize;

/// Which keys are searched; it stands beside every number that comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Keys of the algorithm's own table alone: all that is shared is the same for
    /// all, so that what differs is the step.
    Matched,
    /// Any key, shared ones too: each algorithm as good as it can be made.
    Free,
    /// One key that belongs to the task, with one value for all algorithms.
    #[serde(skip)]
    ByTask,
}

impl Protocol {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Matched => "matched",
            Protocol::Free => "free",
            Protocol::ByTask => "by task",
        }
    }
}
