//! What can go wrong between a summary and its figures.

use std::path::PathBuf;

use super::units::INCH;
use crate::format::list;
use crate::suggest::{did_you_mean, nearest};
use crate::summary::SummaryError;

/// What can go wrong between summary and figures.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The summary cannot be read, or a figure not be written.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// A table and the manifest do not belong together.
    #[error("{}: `{variant}` on `{env}` is not in manifest.json; summarise the records again", path.display())]
    UnknownCell {
        /// The table.
        path: PathBuf,
        /// The task it names.
        env: String,
        /// The variant it names.
        variant: String,
    },
    /// The statistics are those of another manifest.
    #[error("{}: these are not the statistics of manifest.json; summarise the records again", path.display())]
    OlderSummary {
        /// The statistics.
        path: PathBuf,
    },
    /// A dissected step is of other runs.
    #[error(
        "{}: this step is not of the runs in manifest.json; `trpo-lab dissect` makes it again", path.display()
    )]
    OlderDissection {
        /// Its file.
        path: PathBuf,
    },
    /// A picture does not say where it comes from.
    #[error("{}: {problem}", path.display())]
    Origin {
        /// The picture.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Something was asked for by a name that nothing has.
    #[error(
        "{of} has no {what} `{name}`{}; it has {}",
        meant(name, known),
        list(known)
    )]
    Unknown {
        /// A figure, task or variant.
        what: &'static str,
        /// Its name.
        name: String,
        /// The experiment.
        of: String,
        /// What it has.
        known: Vec<String>,
    },
    /// The experiment has no data for a figure.
    #[error("{of} has no data for the figure `{name}`: it needs {needs}")]
    NoData {
        /// The figure.
        name: String,
        /// The experiment.
        of: String,
        /// What it needs.
        needs: String,
    },
    /// A figure does not fit.
    #[error(
        "{name}: {} in are too narrow for this figure; its smallest width is {} in, or less with \
         fewer tasks (--tasks)",
        inches(*width), inches(*smallest)
    )]
    Narrow {
        /// The figure.
        name: String,
        /// The width that was asked for, in points.
        width: f64,
        /// The smallest that holds it.
        smallest: f64,
    },
    /// The picture could not be made.
    #[error("drawing failed: {0}")]
    Drawing(String),
}

impl FigureError {
    /// Whether another command would do, rather than another file.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Unknown { .. } | Self::NoData { .. } | Self::Narrow { .. }
        )
    }
}

/// `, did you mean ...`, where a name is near.
fn meant(name: &str, known: &[String]) -> String {
    did_you_mean(nearest(name, known.iter().map(String::as_str)))
}

/// Points as inches, rounded up.
fn inches(points: f64) -> String {
    format!("{:.2}", (points / INCH * 100.0).ceil() / 100.0)
}
