//! What can go wrong while the report is written.

use std::path::{Path, PathBuf};

use crate::figures::FigureError;
use crate::summary::SummaryError;

/// What can go wrong while the report is written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be read or written, or is damaged.
    #[error(transparent)]
    File(#[from] SummaryError),
    /// The figures cannot be read.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A file that another command makes.
    #[error("{}: {problem}; `{remedy}` makes it", path.display())]
    Unmade {
        /// The file.
        path: PathBuf,
        /// That there is none, or that it is of other runs.
        problem: &'static str,
        /// The command.
        remedy: String,
    },
    /// There is nothing to report.
    #[error("{}: no experiment with a manifest.json; run one first: `trpo-lab reproduce`", path.display())]
    NoExperiment {
        /// The folder of the results.
        path: PathBuf,
    },
    /// The settings of a run cannot be written as TOML.
    #[error("settings of `{variant}` on `{env}`: {source}")]
    Settings {
        /// The task.
        env: String,
        /// The variant.
        variant: String,
        /// Why.
        source: toml::ser::Error,
    },
}

/// `trpo-lab NAME EXPERIMENT` for the folder of an experiment.
fn command(dir: &Path, name: &str) -> String {
    let experiment = dir.file_name().unwrap_or_default().to_string_lossy();
    let root = dir.parent().filter(|root| *root != Path::new("results"));
    let out = root.map_or_else(String::new, |root| format!(" --out {}", root.display()));
    format!("trpo-lab {name} {experiment}{out}")
}

pub(super) fn unmade(dir: &Path, name: &str, problem: &'static str, made_by: &str) -> ReportError {
    ReportError::Unmade {
        path: dir.join(name),
        problem,
        remedy: command(dir, made_by),
    }
}
