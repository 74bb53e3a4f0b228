//! The report over all experiments, from what lies in the results: manifests,
//! figures with their captions, statistics and tables. Nothing is estimated
//! here: sentences and verdicts are made from numbers that stand in files.

use std::path::Path;

use crate::experiment::purpose::Purpose;
use crate::figures::Caption;
use crate::summary::{SummaryError, files};

mod chapter;
mod claim;
mod claims;
mod error;
mod html;
mod markdown;
mod sentences;
mod subjects;

use chapter::Chapter;
use claim::{Evidence, Judged};
pub use error::ReportError;

/// Everything the report says.
struct Report {
    sentences: [String; 5],
    claims: Vec<Judged>,
    chapters: Vec<Chapter>,
    /// What keeps other experiments out of it, a sentence each.
    left_out: Vec<String>,
}

/// Writes `REPORT.md` and `index.html` into the folder `results`, over every
/// experiment in it that has a manifest and is no pilot, in the order of their
/// names. One whose
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
            Ok(chapter) => chapters.push(chapter),
            Err(problem) => problems.push(problem),
        }
    }
    // The main experiment, or else the first.
    let main = chapters
        .iter()
        .find(|chapter| chapter.folder == subjects::MAIN);
    let Some(main) = main.or(chapters.first()) else {
        return Err(problems.swap_remove(0));
    };
    let claims = claims::judged(&Evidence {
        main,
        chapters: &chapters,
    });
    let report = Report {
        sentences: sentences::of(main, &chapters, &claims),
        left_out: problems.iter().map(ToString::to_string).collect(),
        claims,
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

/// The figures that show a claim, with the chapter of each.
fn figures_of<'a>(
    judged: &Judged,
    chapters: &'a [Chapter],
) -> Vec<(&'a Chapter, &'a Caption, &'a str)> {
    let mut found = Vec::new();
    let of = chapters
        .iter()
        .filter(|chapter| chapter.folder == judged.finding.experiment);
    for chapter in of {
        for name in judged.claim.figures {
            let figure = chapter
                .figures
                .iter()
                .find(|(caption, _)| caption.name == *name);
            found.extend(figure.map(|(caption, svg)| (chapter, caption, svg.as_str())));
        }
    }
    found
}

/// The claim with which a figure is shown, if there is one.
fn shown_by<'a>(caption: &Caption, chapter: &Chapter, claims: &'a [Judged]) -> Option<&'a Judged> {
    claims.iter().find(|judged| {
        judged.finding.experiment == chapter.folder
            && judged.claim.figures.contains(&caption.name.as_str())
    })
}

/// The heading above the experiments that are left out.
const LEFT_OUT: &str = "Experiments that are left out";

/// What holds for every number, in Markdown.
const CAUTION: &str = "Intervals are 95% percentile intervals of the stratified bootstrap over \
    runs, where nothing else is said. With few runs they are too narrow: for the interquartile mean of normal data they cover \
    90% with 5 runs and 93% with 10. Runs of different variants with the same seed share their \
    random streams on purpose (the same first networks, the same first states), and the estimates \
    treat them as independent, which is conservative where the pairing helps. Verdicts follow \
    rules that stand beside them, and \"cannot tell\" is one of the answers.";

/// How the results are made again, in Markdown.
const REGENERATE: &str = "Every number, table and figure below comes from one file for each \
    experiment. `make reproduce` runs the experiments, summarises their records, and draws this \
    report; on the same version of the numerics the digests come out the same. `make figures` \
    draws figures and report again from the committed tables, without any run.";
