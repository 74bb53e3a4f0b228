//! The experiment file of a study.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::claim::{Claim, check};
use super::{AnyStudy, Asked, STUDIES, find};
use crate::experiment::document::{Document, DocumentError};
use crate::experiment::ledger::Usage;
use crate::experiment::purpose::Purpose;
use crate::experiment::seeds;
use crate::format::list;
use crate::ordered::Ordered;
use crate::suggest::{did_you_mean, nearest};

/// The key by which a file is that of a study.
pub const KIND: &str = "kind";

/// A study as its file asks for it.
#[derive(Debug)]
pub struct StudyFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
    /// Its name, that of the file.
    pub name: String,
    /// The question.
    pub title: String,
    /// What is made.
    pub study: &'static dyn AnyStudy,
    /// It with its settings.
    pub asked: Box<dyn Asked>,
    /// Seeds of the repetitions.
    pub seeds: Vec<u64>,
    /// What is claimed.
    pub claims: Vec<Claim>,
}

/// Why there is no study.
#[derive(Debug, thiserror::Error)]
pub enum StudyFileError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What stands in it is wrong.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Spanned<String>,
    title: String,
    seeds: Spanned<String>,
    #[serde(default)]
    settings: Option<Spanned<Ordered>>,
    #[serde(default)]
    claim: Vec<Spanned<Claim>>,
}

/// Whether the file at `path` is that of a study. One that cannot be read is not.
pub fn is_one(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key(KIND))
}

impl StudyFile {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn read(path: &Path) -> Result<Self, StudyFileError> {
        let text = fs::read_to_string(path).map_err(|source| StudyFileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::parse(path, text)?)
    }

    fn parse(path: &Path, text: String) -> Result<Self, DocumentError> {
        let document = Document::new(path, &text, &[])?;
        let written: Written = document.read(document.parse()?)?;
        let kind = written.kind.get_ref();
        let Some(study) = find(kind) else {
            let names: Vec<&str> = STUDIES.iter().map(|study| study.kind()).collect();
            let meant = did_you_mean(nearest(kind, names.iter().copied()));
            let message = format!(
                "there is no kind `{kind}`{meant}; there are {}",
                list(&names)
            );
            return Err(document.error(Some(written.kind.span()), message));
        };
        let seeds = seeds::parse(written.seeds.get_ref());
        let seeds = seeds.map_err(|why| document.error(Some(written.seeds.span()), why))?;
        let (settings, place) = match written.settings {
            Some(settings) => (settings.get_ref().clone(), Some(settings.span())),
            None => (Ordered::Object(Vec::new()), None),
        };
        let asked = study.asked(&settings);
        let asked = asked.map_err(|why| document.error(place, why))?;
        let mut claims: Vec<Claim> = Vec::new();
        for claim in written.claim {
            let place = claim.span();
            let claim = claim.into_inner().named();
            check(study, &claims, &claim).map_err(|why| document.error(Some(place), why))?;
            claims.push(claim);
        }
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            name: name.to_string_lossy().into_owned(),
            title: written.title,
            study,
            asked,
            seeds,
            claims,
            text: text.clone(),
        })
    }

    /// What it enters into the ledger of seeds; times depend on none.
    pub fn usage<'a>(&'a self, tasks: &'a [String]) -> Option<Usage<'a>> {
        (!self.study.is_timed()).then_some(Usage {
            experiment: &self.name,
            purpose: Purpose::Report,
            tasks,
            seeds: &self.seeds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let parsed = StudyFile::parse(Path::new("it.toml"), text.to_owned());
        parsed.unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let head = "kind = \"bound\"\ntitle = \"Why?\"\nseeds = \"0..5\"\n";
        assert!(StudyFile::parse(Path::new("it.toml"), head.to_owned()).is_ok());
        for (text, expected) in [
            (
                head.replace("\"bound\"", "\"bonud\""),
                "it.toml:1:8: there is no kind `bonud` (did you mean `bound`?)",
            ),
            (head.replace("0..5", "5..0"), "it.toml:3:9: "),
            (
                format!("{head}[settings]\ngama = [0.5]\n"),
                "there is no key `gama`; there are `states`",
            ),
            (
                format!("{head}[settings]\ngammas = [1.5]\n"),
                "`settings.gammas` must be",
            ),
            (
                format!("{head}[settings]\nbranching = 31\n"),
                "at most `states`, 30, not 31",
            ),
            (
                format!("{head}tasks = []\n"),
                "there is no key `tasks`; there are `kind`",
            ),
        ] {
            let found = error(&text);
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn claims_ask_for_what_there_is() {
        let head =
            "kind = \"bound\"\ntitle = \"Why?\"\nseeds = \"0..5\"\n[[claim]]\ntext = \"So.\"\n";
        for (part, expected) in [
            (
                "measure = \"mean\"\nquantity = \"retrun\"\nx = \"step\"",
                "did you mean `return`",
            ),
            (
                "measure = \"ratio\"\nquantity = \"return\"\nx = \"step\"",
                "`ratio` compares: give `y`",
            ),
            (
                "measure = \"mean\"\nquantity = \"return\"\nx = \"a\"\ny = \"b\"",
                "leave `y` out",
            ),
            (
                "measure = \"mean\"\nquantity = \"return\"\nx = \"a\"\nside = \"within\"",
                "above 0",
            ),
        ] {
            let found = error(&format!("{head}[[claim.part]]\n{part}\n"));
            assert!(
                found.contains(expected) && found.starts_with("it.toml:4"),
                "{found}"
            );
        }
    }
}
