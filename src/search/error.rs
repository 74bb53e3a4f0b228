//! Why there is no choice.

use std::path::PathBuf;

use crate::experiment::disk::StoreError;
use crate::experiment::document::DocumentError;
use crate::experiment::file::FileError;
use crate::experiment::references::ReferencesError;
use crate::experiment::runner::RunError;
use crate::summary::SummaryError;

/// Why a search cannot be read, made or derived again.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Its file is not read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its file gives no search.
    #[error(transparent)]
    Content(#[from] DocumentError),
    /// Its runs cannot be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] SummaryError),
    /// The references of this program make no sense.
    #[error(transparent)]
    References(#[from] ReferencesError),
    /// A task whose scores cannot be normalised.
    #[error("{task}: it has no reference; {remedy}")]
    Unknown {
        /// The task.
        task: String,
        /// What to do.
        remedy: String,
    },
    /// Runs failed by an error.
    #[error("{runs} failed, so that nothing is chosen; the first: {first}")]
    Failed {
        /// How many, in words.
        runs: String,
        /// The first of them, with its error.
        first: String,
    },
    /// The tables are not those of a search.
    #[error("{}: {problem}", path.display())]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
}
