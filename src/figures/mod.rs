//! Figures, drawn from the summary of an experiment and from nothing else.
//!
//! A figure is one file with one function: from the summary to a `Figure`,
//! or to nothing where the experiment has no data for it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::experiment::listing;
use crate::summary::{SummaryError, files};

mod axes;
mod canvas;
mod collapse_seen;
mod compared;
mod cost;
mod data;
mod improvement;
mod inside_trpo;
mod layout;
mod learning_curves;
mod marks;
mod origin;
mod profiles;
mod reach;
mod rows;
mod sample_efficiency;
mod scale;
mod score_intervals;
mod shapes;
mod step_size;
mod style;
mod time_to_threshold;
mod trust_region;

use canvas::Metadata;
pub use canvas::escape;
use compared::Compared;
use data::Summary;
pub use origin::origin;

use crate::scores::Results;

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
    /// A picture does not say where it comes from.
    #[error("{}: {problem}", path.display())]
    Origin {
        /// The picture.
        path: PathBuf,
        /// Why.
        problem: String,
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
/// If the summary is missing, damaged or contradicts the manifest, or if a file
/// cannot be written.
pub fn draw_all(dir: &Path) -> Result<Vec<PathBuf>, FigureError> {
    let summary = Summary::read(dir)?;
    let manifest = &summary.manifest;
    let metadata = [
        ("experiment", manifest.experiment.clone()),
        ("manifest", manifest.digest()),
        ("commit", manifest.commit.clone()),
    ];
    // A sweep has too many variants for lines, and figures of its own.
    let figures = if manifest.analysis.sweeps.is_empty() {
        let mut figures = vec![learning_curves::figure(&summary, &metadata)?];
        if let Some(compared) = Compared::of_summary(&summary) {
            figures.extend(over_tasks(&compared, &metadata)?.map(Some));
        }
        figures.extend([
            sample_efficiency::figure(&summary, &metadata)?,
            cost::figure(&summary, &metadata)?,
            time_to_threshold::figure(&summary, &metadata)?,
            trust_region::figure(&summary, &metadata)?,
            inside_trpo::figure(&summary, &metadata)?,
        ]);
        figures
    } else {
        vec![
            step_size::figure(&summary, &metadata)?,
            collapse_seen::figure(&summary, &metadata)?,
        ]
    };
    let folder = dir.join("figures");
    write(figures.into_iter().flatten(), &folder, &metadata, "plot")
}

/// Draws what compares algorithms over tasks, from the scores of a file called
/// `file`, into `folder`, with captions beside. Returns the paths of the
/// pictures.
///
/// # Errors
/// If a file cannot be written.
pub fn draw_scores(
    results: &Results,
    file: &str,
    folder: &Path,
) -> Result<Vec<PathBuf>, FigureError> {
    let metadata = [("scores", file.to_owned())];
    let compared = Compared::of_file(results, file);
    let figures = over_tasks(&compared, &metadata)?;
    write(figures, folder, &metadata, "score")
}

/// Score intervals, performance profiles and probabilities of improvement.
fn over_tasks(
    compared: &Compared<'_>,
    metadata: &Metadata,
) -> Result<impl Iterator<Item = Figure>, FigureError> {
    let figures = [
        Some(score_intervals::figure(compared, metadata)?),
        profiles::figure(compared, metadata)?,
        improvement::figure(compared, metadata)?,
    ];
    Ok(figures.into_iter().flatten())
}

/// Writes pictures and `captions.json` into `folder`; those that `command` wrote
/// there before and no longer does go.
fn write(
    figures: impl Iterator<Item = Figure>,
    folder: &Path,
    metadata: &Metadata,
    command: &str,
) -> Result<Vec<PathBuf>, FigureError> {
    let (mut paths, mut captions) = (Vec::new(), Vec::new());
    for Figure { caption, svg } in figures {
        for (extension, bytes) in [
            ("svg", svg.clone().into_bytes()),
            ("png", canvas::png(&svg, metadata)?),
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
    let file = folder.join("captions.json");
    files::write(&file, json.as_bytes())?;
    let written = [&paths[..], &[file]].concat();
    listing::settle_and_say(folder, command, &written).map_err(SummaryError::from)?;
    Ok(paths)
}
