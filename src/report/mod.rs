//! The report over all experiments, from what lies in the results: manifests,
//! figures with their captions, statistics and tables. Nothing is estimated
//! here: sentences and verdicts are made from numbers that stand in files.

use std::path::Path;

use crate::experiment::purpose::Purpose;
use crate::figures::Caption;
use crate::summary::{SummaryError, files};

mod answer;
mod chapter;
mod claims;
mod docs;
mod error;
mod html;
mod markdown;
mod opening;
mod predictions;
mod retuned;

use answer::Answer;
use chapter::Chapter;
use claims::Entry;
pub use docs::write_docs;
pub use error::ReportError;
use retuned::Retuned;

/// Name of the main experiment, which the first screen is about and which comes
/// first.
const MAIN: &str = "classic";

/// Everything the report says.
struct Report {
    answer: Option<Answer>,
    claims: Vec<Entry>,
    chapters: Vec<Chapter>,
    /// What keeps other experiments out of it, a sentence each.
    left_out: Vec<String>,
}

/// Writes `REPORT.md` and `index.html` into the folder `results`, over every
/// experiment in it that has a manifest and is no pilot: the main one, then the
/// others in the order of their names. One whose
/// figures were not drawn or are damaged is left out, and the report says so;
/// gives why, for each of them.
///
/// # Errors
/// If no experiment is left.
pub fn write(results: &Path) -> Result<Vec<ReportError>, ReportError> {
    let unreadable = |source| SummaryError::File {
        path: results.to_owned(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(results).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("manifest.json").is_file() && !is_pilot(&path) {
            folders.push(path);
        }
    }
    folders.sort();
    if folders.is_empty() {
        return Err(ReportError::NoExperiment {
            path: results.to_owned(),
        });
    }
    let (mut chapters, mut problems) = (Vec::new(), Vec::new());
    for dir in &folders {
        match Chapter::read(dir) {
            Ok(mut chapter) => {
                chapter.tables.extend(predictions::of(&chapter));
                chapters.push(chapter);
            }
            Err(problem) => problems.push(problem),
        }
    }
    // A stable sort: the others keep their order.
    chapters.sort_by_key(|chapter| chapter.folder != MAIN);
    let Some(main) = chapters.first() else {
        return Err(problems.swap_remove(0));
    };
    let retuned = Retuned::of(main, &chapters);
    let answer = answer::of(main, retuned.as_ref());
    let tables: Vec<Option<String>> = (chapters.iter())
        .map(|chapter| Retuned::of(chapter, &chapters)?.table(chapter))
        .collect();
    for (chapter, table) in chapters.iter_mut().zip(tables) {
        chapter.tables.extend(table);
    }
    let report = Report {
        answer,
        left_out: problems.iter().map(ToString::to_string).collect(),
        claims: claims::of(&chapters),
        chapters,
    };
    let text = markdown::report(&report);
    files::write(&results.join("REPORT.md"), text.as_bytes())?;
    let page = html::page(&report);
    files::write(&results.join("index.html"), page.as_bytes())?;
    Ok(problems)
}

/// Whether the folder holds a first look, of which nothing is reported.
fn is_pilot(dir: &Path) -> bool {
    let manifest = files::read_manifest(dir);
    manifest.is_ok_and(|manifest| manifest.analysis.purpose == Purpose::Pilot)
}

/// The figure that shows a claim, with its chapter.
fn figure_of<'a>(
    entry: &Entry,
    chapters: &'a [Chapter],
) -> Option<(&'a Chapter, &'a Caption, &'a str)> {
    let chapter = chapters
        .iter()
        .find(|chapter| chapter.folder == entry.folder)?;
    let name = entry.judged.figure.as_ref()?;
    let mut figures = chapter.figures.iter();
    let (caption, svg) = figures.find(|(caption, _)| caption.name == *name)?;
    Some((chapter, caption, svg))
}

/// The claim with which a figure is shown: the first that names it.
fn shown_by<'a>(caption: &Caption, chapter: &Chapter, claims: &'a [Entry]) -> Option<&'a Entry> {
    claims.iter().find(|entry| {
        entry.folder == chapter.folder && entry.judged.figure.as_ref() == Some(&caption.name)
    })
}

/// The heading above the experiments that are left out.
const LEFT_OUT: &str = "Experiments that are left out";

/// What holds for every number, in Markdown.
const CAUTION: &str = "Verdicts follow one rule, which stands in docs/statistics.md with a \
    simulation of how often it errs. Bands in figures are percentile intervals of the bootstrap, \
    which are too narrow with few runs; they decide nothing.";

/// How the results are made again, in Markdown.
const REGENERATE: &str = "Every number, table and figure below comes from one file for each \
    experiment. `make reproduce` runs the experiments, summarises their records, and draws this \
    report; on the same version of the numerics the digests come out the same. `make figures` \
    draws figures and report again from the committed tables, without any run.";
