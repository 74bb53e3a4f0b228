//! Scores of anybody's algorithms on anybody's tasks: read, normalised,
//! compared. What comes out, [`Results`], is what a table, a figure or
//! `trpo-lab score --json` shows.
//!
//! | file | what it holds |
//! |---|---|
//! | [`table`], `rows` | scores with names, normalised; the rows that they come as |
//! | [`file`](mod@file) | reads them from JSON or CSV |
//! | `columns`, `text` | what columns, names and numbers of a CSV are |
//! | `json` | the forms of JSON |
//! | [`results`] | everything that is computed from them |
//! | [`assess`](mod@assess) | computes it |
//! | [`verdict`], `kind`, `judge`, `words` | who is better, by a stated rule: the rule, what it can say, two algorithms by it, sentences |
//! | `cells` | numbers of judgements as tables show them |
//! | [`named`] | values by name, in order |

pub mod assess;
mod cells;
mod columns;
pub mod file;
mod json;
mod judge;
mod kind;
pub mod named;
pub mod results;
mod rows;
pub mod table;
mod text;
pub mod verdict;
mod words;

pub use assess::{Settings, assess, compare};
pub use cells::NOTHING;
pub use named::Named;
pub use results::Results;
pub use table::{Reference, Row, ScoreTable};
pub use verdict::Verdict;

/// Scores that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScoresError {
    /// The file cannot be read.
    #[error("{path}: {source}; scores are read from JSON or CSV files")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What stands there is wrong.
    #[error("{place}: {problem}")]
    Content {
        /// The file with line, or path of keys; or the run.
        place: String,
        /// What is wrong, and what to write instead.
        problem: String,
    },
}

impl ScoresError {
    fn content(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Content {
            place: place.into(),
            problem: problem.into(),
        }
    }
}
