//! Reads a search from its file.

use std::path::Path;

use toml::de::DeTable;

use super::error::SearchError;
use super::file::Search;
use super::head::Head;
use super::keys::Keys;
use super::rungs;
use super::source::Source;
use super::space;
use crate::experiment::document::{Document, DocumentError, expect_table};
use crate::experiment::file::{Experiment, Overrides, SEARCH};
use crate::lab::Lab;

impl Search {
    /// The search in the file at `path`.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(lab: &Lab, path: &Path) -> Result<Self, SearchError> {
        let experiment = Experiment::read(lab, path, &Overrides::default())?;
        Ok(Self::of(lab, experiment)?)
    }

    /// The search that the file of `experiment` gives.
    ///
    /// # Errors
    /// If it gives none.
    pub fn of(lab: &Lab, experiment: Experiment) -> Result<Self, DocumentError> {
        let document = Document::new(&experiment.path, &experiment.text, &[])?;
        let source = Source {
            lab,
            path: &experiment.path,
            name: &experiment.plan.name,
            text: &experiment.text,
            document: &document,
        };
        let mut root = document.parse()?;
        let Some((place, table)) = root.remove_entry(SEARCH) else {
            let message = format!(
                "there is no `[{SEARCH}]`, so that nothing is searched; `trpo-lab run` makes the runs"
            );
            return Err(document.error(None, message));
        };
        let place = place.span();
        let mut table = expect_table(&document, table, SEARCH)?;
        let mut take = |key: &str| match table.remove(key) {
            Some(value) => expect_table(&document, value, key),
            None => Ok(DeTable::new()),
        };
        let keys = Keys {
            general: space::leaves(take("keys")?),
            own: take("variant")?,
        };
        let head: Head = document.read(table)?;
        let search = match head.is_by_task() {
            true => source.by_task(&experiment, head, keys.place(), place),
            false => source.drawn(&experiment, head, keys, &root, place),
        }?;
        for variant in &search.variants {
            for setting in &variant.settings {
                rungs::check_updates(&document, &search.rungs, &setting.configs, &variant.keys)?;
            }
        }
        Ok(search)
    }
}
