//! Draws figures: all of an experiment as the report shows them, or some as somebody
//! wants them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::compared::Compared;
use super::data::Summary;
use super::kind::{Kind, Of, View};
use super::output::Metadata;
use super::picture::Picture;
use super::{
    ALIASES, Caption, FigureError, Format, KINDS, Options, dissection, improvement, inside_trpo,
    profiles, read_captions, render, score_intervals, search, studies, trust_region,
};
use crate::experiment::listing;
use crate::experiment::manifest::Manifest;
use crate::lab::Lab;
use crate::scores::Results;
use crate::summary::{Extent, SHOWN_VARIANTS, SummaryError, files};

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

impl Drawn {
    /// Writes the files of a picture called `name` into `folder`.
    fn take(&mut self, folder: &Path, name: &str, made: render::Files) -> Result<(), FigureError> {
        for (format, bytes) in made.files {
            let path = folder.join(format!("{name}.{}", format.extension()));
            files::write(&path, &bytes)?;
            self.paths.push(path);
        }
        self.without_glyph.extend(made.missing);
        Ok(())
    }
}

/// Draws every figure for which the experiment in the folder `dir` has data:
/// `figures/<name>.svg`, `figures/<name>.png` and `figures/captions.json`.
///
/// # Errors
/// If the summary is missing, damaged or contradicts the manifest, or if a file
/// cannot be written.
pub fn draw_all(lab: &Lab, dir: &Path, extent: Extent) -> Result<Drawn, FigureError> {
    let summary = Summary::read(lab, dir)?;
    let origin = origin_of(&summary.manifest, &summary.digest);
    let pictures = pictures(&View::of(&summary, dir, extent)?)?;
    let options = Options::usual(extent);
    let drawn = write(pictures, &dir.join("figures"), &origin, &options, "plot")?;
    Ok(Drawn {
        left_out: left_out(&summary, extent),
        ..drawn
    })
}

/// Draws the dissected steps of an experiment whose tables follow older rules, beside
/// its figures, which stay as they are.
///
/// # Errors
/// If a step is damaged or of other runs, or a file cannot be written.
pub fn draw_steps(dir: &Path) -> Result<Drawn, FigureError> {
    let manifest = files::read_manifest(dir)?;
    let origin = origin_of(&manifest, &manifest.digest());
    let options = Options::usual(Extent::Usual);
    let folder = dir.join("figures");
    let mut captions = read_captions(&folder)?;
    let steps = dissection::read(dir, &manifest)?;
    let is_of_step = |caption: &Caption| caption.name.starts_with(dissection::PREFIX);
    if steps.is_empty() && !captions.iter().any(is_of_step) {
        return Ok(Drawn::default());
    }
    captions.retain(|caption| !is_of_step(caption));
    let older = captions.iter().flat_map(|caption| {
        let name = |format: &Format| format!("{}.{}", caption.name, format.extension());
        options.formats.iter().map(name).collect::<Vec<_>>()
    });
    let mut written: Vec<PathBuf> = older.map(|name| folder.join(name)).collect();
    let mut drawn = Drawn::default();
    for step in steps {
        let picture = dissection::alone(&step);
        let made = render::files(&picture, &origin, &options)?;
        drawn.take(&folder, &picture.name, made)?;
        captions.push(picture.said());
    }
    written.extend(drawn.paths.iter().cloned());
    settle(&folder, &captions, written, "plot")?;
    Ok(drawn)
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
    let (origin, experiment) = (
        origin_of(&summary.manifest, &summary.digest),
        &summary.manifest.experiment,
    );
    let mut drawn = Drawn::default();
    for mut picture in chosen {
        picture.limit(options.x_limits, options.y_limits);
        let made = render::files(&picture, &origin, options)?;
        drawn.take(to, &format!("{experiment}-{}", picture.name), made)?;
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
pub(super) fn pictures(view: &View<'_>) -> Result<Vec<Picture>, FigureError> {
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
pub(super) fn origin_of(manifest: &Manifest, digest: &str) -> [(&'static str, String); 3] {
    [
        ("experiment", manifest.experiment.clone()),
        ("manifest", digest.to_owned()),
        ("commit", manifest.commit.clone()),
    ]
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
    alone(dir, picture, &origin)
}

/// Draws the figure of the study in the folder `dir`.
///
/// # Errors
/// If its table is missing or damaged, or a file cannot be written.
pub fn draw_study(dir: &Path) -> Result<Drawn, FigureError> {
    let (picture, origin) = studies::picture(dir)?;
    alone(dir, picture, &origin)
}

/// Draws the one figure of the folder `dir`.
fn alone(dir: &Path, picture: Picture, origin: &Metadata) -> Result<Drawn, FigureError> {
    let options = Options::usual(Extent::Usual);
    write(
        vec![picture],
        &dir.join("figures"),
        origin,
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
        drawn.take(folder, &picture.name, made)?;
        captions.push(picture.said());
    }
    settle(folder, &captions, drawn.paths.clone(), command)?;
    Ok(drawn)
}

/// Writes `captions.json`; what `command` wrote there before and is not among
/// `written` goes.
fn settle(
    folder: &Path,
    captions: &[Caption],
    mut written: Vec<PathBuf>,
    command: &str,
) -> Result<(), FigureError> {
    // Writing plain data to memory cannot fail.
    let mut json = serde_json::to_string_pretty(captions).unwrap_or_default();
    json.push('\n');
    let file = folder.join("captions.json");
    files::write(&file, json.as_bytes())?;
    written.push(file);
    listing::settle_and_say(folder, command, &written).map_err(SummaryError::from)?;
    Ok(())
}
