//! Figures, drawn from the summary of an experiment and from nothing else.
//!
//! A figure is one file with one function: from the summary to a `Figure`,
//! or to nothing where the experiment has no data for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::experiment::listing;
use crate::format::list;
use crate::lab::Lab;
use crate::scores::Results;
use crate::suggest::{did_you_mean, nearest};
use crate::summary::{Extent, SHOWN_VARIANTS, SummaryError, files};

mod arrange;
mod canvas;
mod collapse_seen;
mod compared;
mod cost;
mod data;
mod direct;
mod dissection;
mod facets;
mod improvement;
mod inside_trpo;
mod kind;
mod learning_curves;
mod legend;
mod letters;
mod marks;
mod options;
mod origin;
mod output;
pub mod page;
mod paint;
mod palette;
mod panel;
mod picture;
mod profiles;
mod reach;
mod render;
mod sample_efficiency;
mod scale;
mod score_intervals;
mod search;
mod shapes;
mod step_size;
mod style;
mod theme;
mod time_to_threshold;
mod trust_region;

pub use canvas::escape;
use compared::Compared;
use data::Summary;
use kind::{Kind, Of, View};
pub use options::{Options, Subset, range, width};
pub use origin::origin;
pub use output::Format;
use output::Metadata;
use picture::Picture;
pub use theme::Theme;

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
    format!("{:.2}", (points / output::INCH * 100.0).ceil() / 100.0)
}

/// The figures of experiments, in the order of the report.
const KINDS: &[Kind] = &[
    learning_curves::KIND,
    score_intervals::KIND,
    profiles::KIND,
    improvement::KIND,
    sample_efficiency::KIND,
    cost::KIND,
    time_to_threshold::KIND,
    trust_region::KIND,
    inside_trpo::KIND,
    step_size::KIND,
    collapse_seen::KIND,
];

/// Other names of figures: what learning curves are where the policy was evaluated
/// while it trained.
const ALIASES: &[(&str, &str)] = &[("evaluation_curves", "learning_curves")];

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
    /// What is seen in it, in a sentence; empty in captions of older rules.
    #[serde(default)]
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
    let origin = origin_of(&summary);
    let pictures = pictures(&View::of(&summary, dir, extent)?)?;
    let options = Options::usual(extent);
    let drawn = write(pictures, &dir.join("figures"), &origin, &options, "plot")?;
    Ok(Drawn {
        left_out: left_out(&summary, extent),
        ..drawn
    })
}

/// Draws some figures of the experiment in the folder `dir`, all that it has if
/// `names` is empty, as `options` say, into the folder `to`:
/// `<experiment>-<figure>.<extension>`.
///
/// # Errors
/// As [`draw_all`], and if the experiment has no such task, variant or figure, no
/// data for a figure, or a figure does not fit in its width.
pub fn draw_some(
    lab: &Lab,
    dir: &Path,
    names: &[String],
    options: &Options,
    to: &Path,
) -> Result<Drawn, FigureError> {
    let summary = Summary::read(lab, dir)?.select(&options.subset)?;
    let view = View::of(&summary, dir, options.extent)?;
    let chosen = match names.is_empty() {
        true => pictures(&view)?,
        false => named(&view, names)?,
    };
    let (origin, experiment) = (origin_of(&summary), &summary.manifest.experiment);
    let mut drawn = Drawn::default();
    for mut picture in chosen {
        picture.limit(options.x_limits, options.y_limits);
        let made = render::files(&picture, &origin, options)?;
        for (format, bytes) in made.files {
            let path = to.join(format!(
                "{experiment}-{}.{}",
                picture.name,
                format.extension()
            ));
            files::write(&path, &bytes)?;
            drawn.paths.push(path);
        }
        drawn.without_glyph.extend(made.missing);
    }
    Ok(drawn)
}

/// A figure as `plot --list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it needs.
    pub needs: &'static str,
    /// Whether the experiment has that.
    pub is_there: bool,
}

/// Every figure, and whether the experiment in the folder `dir` has it.
///
/// # Errors
/// If the summary is missing or damaged.
pub fn listed(lab: &Lab, dir: &Path) -> Result<Vec<Listed>, FigureError> {
    let summary = Summary::read(lab, dir)?;
    let view = View::of(&summary, dir, Extent::Usual)?;
    let list = |kind: &Kind| {
        Ok(Listed {
            name: kind.name.to_owned(),
            needs: kind.needs,
            is_there: kind.is_of(&summary) && (kind.make)(&view)?.is_some(),
        })
    };
    let kinds: Vec<Listed> = KINDS.iter().map(list).collect::<Result<_, FigureError>>()?;
    let step = |name: String, is_there| Listed {
        name,
        needs: "a step that `trpo-lab dissect` has written down",
        is_there,
    };
    let mut steps: Vec<Listed> = (view.steps.iter())
        .map(|found| step(dissection::name(found), true))
        .collect();
    if steps.is_empty() {
        steps.push(step(
            format!("{}TASK-VARIANT-SEED-UPDATE", dissection::PREFIX),
            false,
        ));
    }
    Ok(kinds.into_iter().chain(steps).collect())
}

/// Every figure for which there is data.
fn pictures(view: &View<'_>) -> Result<Vec<Picture>, FigureError> {
    let of_it = KINDS.iter().filter(|kind| kind.is_of(view.summary));
    let made = of_it.map(|kind| (kind.make)(view));
    let made: Vec<Option<Picture>> = made.collect::<Result<_, _>>()?;
    let steps = view
        .steps
        .iter()
        .map(|step| dissection::picture(step, view.summary));
    Ok(made.into_iter().flatten().chain(steps).collect())
}

/// The figures of these names.
fn named(view: &View<'_>, names: &[String]) -> Result<Vec<Picture>, FigureError> {
    let experiment = &view.summary.manifest.experiment;
    let of_it = || KINDS.iter().filter(|kind| kind.is_of(view.summary));
    let picture = |asked: &String| {
        let alias = ALIASES.iter().find(|(alias, _)| alias == asked);
        let name = alias.map_or(asked.as_str(), |(_, name)| name);
        let step = view
            .steps
            .iter()
            .find(|step| dissection::name(step) == name);
        if let Some(step) = step {
            return Ok(dissection::picture(step, view.summary));
        }
        let kind = KINDS.iter().find(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| FigureError::Unknown {
            what: "figure",
            name: asked.clone(),
            of: experiment.clone(),
            known: (of_it().map(|kind| kind.name.to_owned()))
                .chain(view.steps.iter().map(dissection::name))
                .collect(),
        })?;
        let made = match kind.is_of(view.summary) {
            true => (kind.make)(view)?,
            false => None,
        };
        made.ok_or_else(|| FigureError::NoData {
            name: asked.clone(),
            of: experiment.clone(),
            needs: kind.needs.to_owned(),
        })
    };
    names.iter().map(picture).collect()
}

/// What pictures of an experiment say about their origin.
fn origin_of(summary: &Summary) -> [(&'static str, String); 3] {
    let manifest = &summary.manifest;
    [
        ("experiment", manifest.experiment.clone()),
        ("manifest", summary.digest.clone()),
        ("commit", manifest.commit.clone()),
    ]
}

/// The recorded columns that figures read: those that a summary must hold.
pub fn columns() -> Vec<Column> {
    trust_region::columns()
        .chain(inside_trpo::columns())
        .collect()
}

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
        names.push(score_intervals::KIND.name);
    }
    if without_estimates || !extent.has_lines(manifest.variants.len()) {
        names.extend([profiles::KIND.name, improvement::KIND.name]);
    }
    if !summary.has_updates() {
        names.push(trust_region::KIND.name);
        names.extend(inside_trpo::variant(manifest).map(|_| inside_trpo::KIND.name));
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
    let origin = [("scores", file.to_owned())];
    let compared = Compared::of_file(results, file, extent);
    let pictures = [
        Some(score_intervals::picture(&compared)),
        profiles::picture(&compared),
        improvement::picture(&compared),
    ];
    let pictures = pictures.into_iter().flatten().collect();
    let drawn = write(pictures, folder, &origin, &Options::usual(extent), "score")?;
    let left_out = match compared.lines {
        true => Vec::new(),
        false => KINDS
            .iter()
            .filter(|kind| kind.of == Of::WholeComparisons)
            .map(|kind| kind.name)
            .filter(|name| *name != score_intervals::KIND.name)
            .collect(),
    };
    Ok(Drawn { left_out, ..drawn })
}

/// Draws the figure of the search in the folder `dir`.
///
/// # Errors
/// If its tables are missing or damaged, or a file cannot be written.
pub fn draw_search(dir: &Path) -> Result<Drawn, FigureError> {
    let (picture, origin) = search::picture(dir)?;
    let options = Options::usual(Extent::Usual);
    write(
        vec![picture],
        &dir.join("figures"),
        &origin,
        &options,
        "plot",
    )
}

/// Writes pictures and `captions.json` into `folder`; those that `command` wrote
/// there before and no longer does go.
fn write(
    pictures: Vec<Picture>,
    folder: &Path,
    origin: &Metadata,
    options: &Options,
    command: &str,
) -> Result<Drawn, FigureError> {
    let (mut drawn, mut captions) = (Drawn::default(), Vec::new());
    for picture in pictures {
        let made = render::files(&picture, origin, options)?;
        for (format, bytes) in made.files {
            let path = folder.join(format!("{}.{}", picture.name, format.extension()));
            files::write(&path, &bytes)?;
            drawn.paths.push(path);
        }
        drawn.without_glyph.extend(made.missing);
        captions.push(picture.said());
    }
    // Writing plain data to memory cannot fail.
    let mut json = serde_json::to_string_pretty(&captions).unwrap_or_default();
    json.push('\n');
    let file = folder.join("captions.json");
    files::write(&file, json.as_bytes())?;
    let written = [&drawn.paths[..], &[file]].concat();
    listing::settle_and_say(folder, command, &written).map_err(SummaryError::from)?;
    Ok(drawn)
}
