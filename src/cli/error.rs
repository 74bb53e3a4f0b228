//! What goes wrong in a command, and its exit code.

use std::io;
use std::process::ExitCode;

use super::signals;
use crate::env::Unavailable;
use crate::experiment::disk::StoreError;
use crate::experiment::file::FileError;
use crate::experiment::ledger::LedgerError;
use crate::experiment::runner::RunError;
use crate::experiment::shard::ShardError;
use crate::experiment::source::SourceError;
use crate::experiment::verify::ManifestError;
use crate::figures::FigureError;
use crate::lab::UnknownAlgorithm;
use crate::report::ReportError;
use crate::scores::ScoresError;
use crate::search::SearchError;
use crate::summary::SummaryError;
use crate::warn;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The user wrote something that makes no sense: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Something failed: exit code 1.
    #[error("{0}")]
    Failure(String),
    /// A signal stopped it: exit code 130 or 143.
    #[error("{0}")]
    Interrupted(String),
    /// What is printed cannot be written.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

macro_rules! from_errors {
    ($kind:ident: $($error:ty),+) => {
        $( impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                CliError::$kind(error.to_string())
            }
        } )+
    };
}

from_errors!(Usage: FileError, ScoresError, Unavailable, UnknownAlgorithm);
from_errors!(
    Failure: StoreError,
    ManifestError,
    SummaryError,
    ReportError
);

impl From<FigureError> for CliError {
    fn from(error: FigureError) -> Self {
        match error.is_usage() {
            true => CliError::Usage(error.to_string()),
            false => CliError::Failure(error.to_string()),
        }
    }
}

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Another { .. } => CliError::Usage(error.to_string()),
            SourceError::Store(error) => error.into(),
        }
    }
}

impl From<ShardError> for CliError {
    fn from(error: ShardError) -> Self {
        match error {
            ShardError::Another { .. } => CliError::Usage(error.to_string()),
            ShardError::Store(error) => error.into(),
        }
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Content(error) => CliError::Usage(error.to_string()),
            LedgerError::Store(error) => error.into(),
        }
    }
}

impl From<SearchError> for CliError {
    fn from(error: SearchError) -> Self {
        let message = error.to_string();
        match error {
            SearchError::File(_) | SearchError::Content(_) | SearchError::Unknown { .. } => {
                CliError::Usage(message)
            }
            SearchError::Run(error) => error.into(),
            _ => CliError::Failure(message),
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::TooLarge(_) => CliError::Usage(message),
            RunError::Interrupted { .. } => CliError::Interrupted(message),
            _ => CliError::Failure(message),
        }
    }
}

impl CliError {
    /// Prints it, and gives the exit code.
    pub(super) fn say(&self) -> ExitCode {
        if let CliError::Interrupted(message) = self {
            warn!("{message}");
            return signals::exit_code();
        }
        warn!("error: {self}");
        match self {
            CliError::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}
