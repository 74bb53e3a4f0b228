//! Tables of the manual, written from the results: no number in it is typed.
//!
//! Between a line `<!-- report: SECTION EXPERIMENT -->` and the next `<!-- end -->`
//! of README.md and of docs/*.md stands what [`SECTIONS`] make of the experiment.

use std::fs;
use std::path::{Path, PathBuf};

use super::alone::{self, Alone, What};
use super::answer;
use super::block::{Block, Table, Text, Tone};
use super::chapter::Chapter;
use super::claims::{self, Entry};
use super::error::ReportError;
use super::markdown;
use super::retuned::Retuned;
use super::tables::Parsed;
use crate::summary::{SummaryError, files};

/// How a section is made of an experiment, by its name.
const SECTIONS: &[(&str, Make)] = &[
    ("answer", answered),
    ("scores", scores),
    ("claims", claimed),
];

/// Makes a section of the first experiment; `None` if it has no such one.
type Make = fn(&[Chapter]) -> Option<String>;

const BEGIN: &str = "<!-- report: ";
const END: &str = "<!-- end -->";

/// Writes the sections of README.md and docs/*.md in the folder `root`, from the
/// experiments in the folder `results`. Gives the files that were changed.
///
/// # Errors
/// If a section is not known, its experiment has no results, or a file cannot be
/// read or written.
pub fn write_docs(root: &Path, results: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut changed = Vec::new();
    for path in pages(root) {
        let text = files::read(&path)?;
        let made = filled(&path, &text, results)?;
        if made != text {
            files::write(&path, made.as_bytes())?;
            changed.push(path);
        }
    }
    Ok(changed)
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = vec![root.join("README.md")];
    let entries = fs::read_dir(root.join("docs"))
        .into_iter()
        .flatten()
        .flatten();
    pages.extend(entries.map(|entry| entry.path()));
    pages.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "md"));
    pages.sort();
    pages
}

/// The page with its sections made anew.
fn filled(path: &Path, text: &str, results: &Path) -> Result<String, ReportError> {
    let mut out = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(asked) = line.strip_prefix(BEGIN) else {
            continue;
        };
        let wrong = |problem: String| SummaryError::Damaged {
            path: path.to_owned(),
            line: number as u64 + 1,
            column: None,
            problem,
        };
        let asked = asked.trim_end_matches("-->").trim();
        let made = section(asked, results)?.map_err(wrong)?;
        out.push_str(made.trim_end());
        out.push('\n');
        if !lines.any(|(_, line)| line == END) {
            return Err(wrong(format!("this section never ends; write `{END}` after it")).into());
        }
        out.push_str(END);
        out.push('\n');
    }
    Ok(out)
}

/// What a section holds, or why it holds nothing.
fn section(asked: &str, results: &Path) -> Result<Result<String, String>, ReportError> {
    let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
    let found = asked.split_once(' ').and_then(|(name, experiment)| {
        let (_, make) = SECTIONS.iter().find(|(known, _)| *known == name)?;
        Some((make, experiment.trim()))
    });
    let Some((make, experiment)) = found else {
        return Ok(Err(format!(
            "`{asked}` is no section; write one of {} and the name of an experiment",
            names.join(", ")
        )));
    };
    let dir = results.join(experiment);
    if let Some(what @ What::Study) = alone::of(&dir) {
        let study = Alone::read(&dir, what)?;
        let entries = claims::of(&[], [(experiment, &study.claims)]);
        return Ok(listed(&entries)
            .filter(|_| asked.starts_with("claims "))
            .ok_or_else(|| format!("the study `{experiment}` has claims and no other section")));
    }
    // The experiment first, then the one with other settings, if it was made.
    let mut chapters = vec![Chapter::read(&dir)?];
    if let Some(other) = &chapters[0].manifest.analysis.retuned {
        chapters.extend(Chapter::read(&results.join(other)).ok());
    }
    let made = make(&chapters);
    Ok(made.ok_or_else(|| format!("the results of `{experiment}` have no such section")))
}

/// The first sentences, their table, and what these runs cannot show.
fn answered(chapters: &[Chapter]) -> Option<String> {
    let (chapter, _) = chapters.split_first()?;
    let answer = answer::of(chapter, Retuned::of(chapter, chapters).as_ref())?;
    let limits = answer.limits.iter().map(|limit| Text::marked(limit));
    Some(markdown::fragment(&[
        Block::Text(Tone::Plain, Text::marked(&answer.first)),
        Block::Table(answer.pair),
        Block::List(Tone::Plain, limits.collect()),
    ]))
}

/// The headline score of all variants, with failures.
fn scores(chapters: &[Chapter]) -> Option<String> {
    let mut parsed = (chapters.first()?.tables.iter()).map(|table| Parsed::of(&table.text));
    let scores = parsed.find(|parsed| parsed.title == "Scores")?;
    let headline = scores.sections.into_iter().next()?;
    let is_table = |block: &Block| matches!(block, Block::Table(_));
    let tables: Vec<Block> = headline.blocks.into_iter().filter(is_table).collect();
    (!tables.is_empty()).then(|| markdown::fragment(&tables))
}

/// The claims with their verdicts.
fn claimed(chapters: &[Chapter]) -> Option<String> {
    listed(&claims::of(chapters.get(..1)?, []))
}

/// Claims with their verdicts; nothing where there are none.
fn listed(entries: &[Entry]) -> Option<String> {
    let header = ["claim", "verdict", "stated"].map(str::to_owned).to_vec();
    let rows = entries.iter().map(|entry| {
        vec![
            entry.judged.text.clone(),
            format!("**{}**", entry.judged.verdict.words()),
            entry.stated.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    (rows.len() > 1).then(|| markdown::fragment(&[Block::Table(Table::of(&rows, &[]))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_make_no_sense_are_named_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let message = |text: &str| {
            let made = filled(Path::new("README.md"), text, folder.path());
            made.unwrap_err().to_string()
        };
        let said = message("a\n<!-- report: nonsense classic -->\n<!-- end -->\n");
        assert!(
            said.contains("README.md, line 2") && said.contains("answer, scores"),
            "{said}"
        );
        let plain = "a\n\nb\n";
        assert_eq!(filled(Path::new("x"), plain, folder.path()).unwrap(), plain);
    }
}
