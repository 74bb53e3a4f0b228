//! Figures, drawn from the summary of an experiment and from nothing else.
//!
//! A figure is one file with one function: from the summary to a `Figure`,
//! or to nothing where the experiment has no data for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::experiment::listing;
use crate::lab::Lab;
use crate::summary::{Extent, SHOWN_VARIANTS, SummaryError, files};

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
pub mod page;
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
    /// What is found in it, in a sentence, for whoever does not see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// What was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The pictures.
    pub paths: Vec<PathBuf>,
    /// Names of figures whose tables a summary of so many variants leaves out:
    /// see [`Extent::Everything`].
    pub left_out: Vec<&'static str>,
    /// Letters of which the font has no picture.
    pub without_glyph: BTreeSet<char>,
}

/// Draws every figure for which the experiment in the folder `dir` has data:
/// `figures/<name>.svg`, `figures/<name>.png` and `figures/captions.json`.
///
/// # Errors
/// If the summary is missing, damaged or contradicts the manifest, or if a file
/// cannot be written.
pub fn draw_all(lab: &Lab, dir: &Path, extent: Extent) -> Result<Drawn, FigureError> {
    let summary = Summary::read(lab, dir)?;
    let manifest = &summary.manifest;
    let metadata = [
        ("experiment", manifest.experiment.clone()),
        ("manifest", manifest.digest()),
        ("commit", manifest.commit.clone()),
    ];
    // A sweep has too many variants for lines, and figures of its own.
    let figures = if manifest.analysis.sweeps.is_empty() {
        let mut figures = vec![learning_curves::figure(&summary, &metadata)?];
        if let Some(compared) = Compared::of_summary(&summary, extent) {
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
    let drawn = write(figures.into_iter().flatten(), &folder, &metadata, "plot")?;
    Ok(Drawn {
        left_out: left_out(&summary, extent),
        ..drawn
    })
}

/// Names of all figures, under which claims refer to them.
pub const NAMES: &[&str] = &[
    "collapse_seen",
    "cost",
    "inside_trpo",
    "learning_curves",
    "performance_profiles",
    "probability_of_improvement",
    "sample_efficiency",
    "score_intervals",
    "step_size",
    "time_to_threshold",
    "trust_region",
];

/// The recorded columns that figures read: those that a summary must hold.
pub fn columns() -> Vec<Column> {
    let inside = inside_trpo::columns();
    trust_region::COLUMNS
        .iter()
        .copied()
        .chain(inside)
        .collect()
}

/// Figures over tasks with a line for each algorithm.
const OF_LINES: [&str; 2] = ["performance_profiles", "probability_of_improvement"];

/// The figures that are not drawn of so many variants.
fn left_out(summary: &Summary, extent: Extent) -> Vec<&'static str> {
    let manifest = &summary.manifest;
    let mut names = Vec::new();
    if !manifest.analysis.sweeps.is_empty() || manifest.variants.len() <= SHOWN_VARIANTS {
        return names;
    }
    let statistics = &summary.statistics;
    let without_estimates = statistics.headline().is_none() && !statistics.references.is_empty();
    if without_estimates {
        names.push("score_intervals");
    }
    if without_estimates || !extent.has_lines(manifest.variants.len()) {
        names.extend(OF_LINES);
    }
    if !summary.has_updates() {
        names.push("trust_region");
        names.extend(inside_trpo::variant(manifest).map(|_| "inside_trpo"));
    }
    names
}

/// Draws what compares algorithms over tasks, from the scores of a file called
/// `file`, into `folder`, with captions beside.
///
/// # Errors
/// If a file cannot be written.
pub fn draw_scores(
    results: &Results,
    file: &str,
    folder: &Path,
    extent: Extent,
) -> Result<Drawn, FigureError> {
    let metadata = [("scores", file.to_owned())];
    let compared = Compared::of_file(results, file, extent);
    let figures = over_tasks(&compared, &metadata)?;
    let drawn = write(figures, folder, &metadata, "score")?;
    let left_out = match compared.lines {
        true => Vec::new(),
        false => OF_LINES.to_vec(),
    };
    Ok(Drawn { left_out, ..drawn })
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
) -> Result<Drawn, FigureError> {
    let (mut paths, mut captions) = (Vec::new(), Vec::new());
    let mut without_glyph = BTreeSet::new();
    for Figure { caption, svg } in figures {
        for (extension, bytes) in [
            ("svg", svg.clone().into_bytes()),
            ("png", canvas::png(&svg, metadata)?),
        ] {
            let path = folder.join(format!("{}.{extension}", caption.name));
            files::write(&path, &bytes)?;
            paths.push(path);
        }
        without_glyph.extend(canvas::without_glyph(&svg));
        captions.push(caption);
    }
    // Writing plain data to memory cannot fail.
    let mut json = serde_json::to_string_pretty(&captions).unwrap_or_default();
    json.push('\n');
    let file = folder.join("captions.json");
    files::write(&file, json.as_bytes())?;
    let written = [&paths[..], &[file]].concat();
    listing::settle_and_say(folder, command, &written).map_err(SummaryError::from)?;
    Ok(Drawn {
        paths,
        left_out: Vec::new(),
        without_glyph,
    })
}
