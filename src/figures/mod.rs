//! Figures, drawn from the summary of an experiment and from nothing else.
//!
//! A figure is one file with one function: from the summary to a `Figure`,
//! or to nothing where the experiment has no data for it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::summary::{SummaryError, files};

mod axes;
mod canvas;
mod data;
mod inside_trpo;
mod layout;
mod learning_curves;
mod scale;
mod style;
mod trust_region;

pub use canvas::escape;
use data::Summary;

/// What can go wrong between summary and figures.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The summary cannot be read, or a figure not be written.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// There is nothing to draw.
    #[error("{}: no run was completed; there is nothing to draw", path.display())]
    NoCompletedRun {
        /// The table of scores.
        path: PathBuf,
    },
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
    /// The picture could not be made.
    #[error("drawing failed: {0}")]
    Drawing(String),
}

/// One picture before it is written.
struct Figure {
    caption: Caption,
    svg: String,
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
}

/// Draws every figure for which the experiment in the folder `dir` has data:
/// `figures/<name>.svg`, `figures/<name>.png` and `figures/captions.json`.
/// Returns the paths of the pictures.
///
/// # Errors
/// If the summary is missing, damaged or contradicts the manifest, if no run
/// was completed, or if a file cannot be written.
pub fn draw_all(dir: &Path) -> Result<Vec<PathBuf>, FigureError> {
    let summary = Summary::read(dir)?;
    let manifest = &summary.manifest;
    let metadata = [
        ("experiment", manifest.experiment.clone()),
        ("manifest", manifest.digest()),
        ("commit", manifest.commit.clone()),
    ];
    let figures = [
        learning_curves::figure(&summary, &metadata)?,
        trust_region::figure(&summary, &metadata)?,
        inside_trpo::figure(&summary, &metadata)?,
    ];
    let folder = dir.join("figures");
    let (mut paths, mut captions) = (Vec::new(), Vec::new());
    for Figure { caption, svg } in figures.into_iter().flatten() {
        for (extension, bytes) in [
            ("svg", svg.clone().into_bytes()),
            ("png", canvas::png(&svg, &metadata)?),
        ] {
            let path = folder.join(format!("{}.{extension}", caption.name));
            files::write(&path, &bytes)?;
            paths.push(path);
        }
        captions.push(caption);
    }
    // Writing plain data to memory cannot fail.
    let mut json = serde_json::to_string_pretty(&captions).unwrap_or_default();
    json.push('\n');
    files::write(&folder.join("captions.json"), json.as_bytes())?;
    Ok(paths)
}
