//! The report over all experiments, from what lies in the results: manifests,
//! figures with their captions, statistics and tables. Nothing is estimated
//! here: sentences and verdicts are made from numbers that stand in files.

//!
//! What is said is a list of blocks (`block`), made by `whole` for `REPORT.md`, and by
//! `index`, `experiment` and `alone` for pages; `markdown` and `html` render them.

use std::path::{Path, PathBuf};

use crate::experiment::purpose::Purpose;
use crate::lab::Lab;
use crate::summary::{SummaryError, files};

mod alone;
mod answer;
mod block;
mod chapter;
mod claims;
mod diagnostics;
mod docs;
mod effects;
mod error;
mod experiment;
mod font;
mod html;
mod index;
mod markdown;
mod opening;
mod origin;
mod page;
mod pictures;
mod predictions;
mod published_table;
mod retuned;
mod sections;
mod settings;
mod tables;
mod takeaways;
mod whole;

use alone::{Alone, What};
use answer::Answer;
use block::Document;
use chapter::{Chapter, Extra};
use claims::Entry;
pub use docs::write_docs;
pub use error::ReportError;
use pictures::All;
use retuned::Retuned;

/// Name of the main experiment, which the first screen is about and which comes
/// first.
const MAIN: &str = "classic";

/// Everything the report says.
struct Report {
    answer: Option<Answer>,
    claims: Vec<Entry>,
    /// At least one: the main one first.
    chapters: Vec<Chapter>,
    /// Searches and studies.
    alone: Vec<Alone>,
    /// What keeps other experiments out of it, a sentence each.
    left_out: Vec<String>,
}

/// What lies in the folder of the results.
struct Found {
    report: Report,
    pictures: All,
    /// Why others are left out.
    problems: Vec<ReportError>,
}

/// Writes the report into the folder `results`, over every experiment in it that has a
/// manifest and is no pilot, the main one first, and over searches and studies: `REPORT.md`,
/// `index.html`, and for each of them `NAME/index.html` and its settings in
/// `NAME/settings/`. One whose figures were not drawn or are damaged is left out, and
/// the report says so; gives why, for each of them.
///
/// # Errors
/// If no experiment is left, or a file cannot be written.
pub fn write(lab: &Lab, results: &Path) -> Result<Vec<ReportError>, ReportError> {
    let Found {
        report,
        pictures,
        problems,
    } = read(lab, results)?;
    let text = markdown::document(&whole::document(&report, &pictures));
    files::write(&results.join("REPORT.md"), text.as_bytes())?;
    let chapters = report.chapters.iter().map(|chapter| page::Entry {
        folder: chapter.folder.clone(),
        question: chapter.manifest.title.clone(),
    });
    let alone = report.alone.iter().map(|one| page::Entry {
        folder: one.folder.clone(),
        question: one.question.clone(),
    });
    let entries: Vec<page::Entry> = chapters.chain(alone).collect();
    let write = |document: &Document| {
        let folder = document.folder.as_deref().unwrap_or_default();
        let path = results.join(folder).join("index.html");
        files::write(&path, page::page(document, &entries).as_bytes())
    };
    write(&index::document(&report, &pictures))?;
    for chapter in &report.chapters {
        settings::write(&results.join(&chapter.folder), &chapter.settings)?;
        write(&experiment::document(chapter, &report, &pictures))?;
    }
    for one in &report.alone {
        let claimed = experiment::claimed(&one.folder, &report);
        write(&one.document(claimed, &pictures))?;
    }
    Ok(problems)
}

/// Reads every experiment, every search and every study in the folder `results`.
fn read(lab: &Lab, results: &Path) -> Result<Found, ReportError> {
    let folders = folders(results)?;
    let (mut chapters, mut alone, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut pictures = All::default();
    for dir in &folders {
        let found = match alone::of(dir) {
            Some(what) => read_alone(lab, (dir, what), &mut pictures).map(|one| alone.push(one)),
            None => read_chapter(lab, dir, &mut pictures).map(|chapter| chapters.push(chapter)),
        };
        problems.extend(found.err());
    }
    // A stable sort: the others keep their order.
    chapters.sort_by_key(|chapter| chapter.folder != MAIN);
    let Some(main) = chapters.first() else {
        return Err(match problems.is_empty() {
            true => ReportError::NoExperiment {
                path: results.to_owned(),
            },
            false => problems.swap_remove(0),
        });
    };
    let answer = answer::of(main, Retuned::of(main, &chapters).as_ref());
    let tables: Vec<Option<Extra>> = (chapters.iter())
        .map(|chapter| Retuned::of(chapter, &chapters)?.table(chapter))
        .collect();
    for (chapter, table) in chapters.iter_mut().zip(tables) {
        chapter.extras.extend(table);
    }
    let report = Report {
        answer,
        claims: claims::of(
            &chapters,
            alone.iter().map(|one| (&*one.folder, &one.claims)),
        ),
        left_out: problems.iter().map(ToString::to_string).collect(),
        chapters,
        alone,
    };
    Ok(Found {
        report,
        pictures,
        problems,
    })
}

/// The folders of experiments, searches and studies, in the order of their names.
fn folders(results: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let unreadable = |source| SummaryError::File {
        path: results.to_owned(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(results).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_experiment = path.join("manifest.json").is_file() && !is_pilot(&path);
        if is_experiment || alone::of(&path).is_some() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Whether the folder `results` holds an experiment that would be reported.
pub fn has_experiments(results: &Path) -> bool {
    let folders = folders(results).unwrap_or_default();
    folders.iter().any(|dir| alone::of(dir).is_none())
}

fn read_chapter(lab: &Lab, dir: &Path, pictures: &mut All) -> Result<Chapter, ReportError> {
    let mut chapter = Chapter::read(dir)?;
    chapter.extras.extend(predictions::of(&chapter));
    chapter.extras.extend(published_table::of(&chapter, dir)?);
    chapter.extras.extend(effects::of(&chapter, dir)?);
    chapter.extras.extend(diagnostics::of(&chapter, dir)?);
    // Figures of older rules are shown as the files that they are.
    if chapter.statistics.is_some() {
        pictures.read(lab, dir, &chapter.folder)?;
    }
    Ok(chapter)
}

fn read_alone(
    lab: &Lab,
    (dir, what): (&Path, What),
    pictures: &mut All,
) -> Result<Alone, ReportError> {
    let one = Alone::read(dir, what)?;
    if one.is_drawn() {
        pictures.read(lab, dir, &one.folder)?;
    }
    Ok(one)
}

/// Whether the folder holds a first look, of which nothing is reported.
fn is_pilot(dir: &Path) -> bool {
    let manifest = files::read_manifest(dir);
    manifest.is_ok_and(|manifest| manifest.analysis.purpose == Purpose::Pilot)
}

/// The heading above the experiments that are left out.
const LEFT_OUT: &str = "Experiments that are left out";

/// What holds for every number, in Markdown.
const CAUTION: &str = "Verdicts follow one rule, which stands in docs/statistics.md with a \
    simulation of how often it errs. Bands in figures are percentile intervals of the bootstrap, \
    which are too narrow with few runs; they decide nothing.";

/// How the results are made again, in Markdown.
const REGENERATE: &str = "Every number, table and figure comes from one file for each \
    experiment. `make reproduce` runs the experiments, summarises their records, and draws this \
    report; on the same version of the numerics the digests come out the same. `make figures` \
    draws figures and report again from the committed tables, without any run.";
