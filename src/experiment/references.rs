//! By what raw returns are judged, from `experiments/references.toml`: what is
//! normalised to 0 and 1, what is a failure, what is a difference.
//!
//! The file is part of the program, so that the same program gives the same
//! statistics wherever it is called.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::manifest::Manifest;
use crate::env::Reference;

/// Where the references stand.
pub const FILE: &str = "experiments/references.toml";

/// The source of a reference that an experiment brings.
const OWN: &str = "the experiment file, or the task";

/// What to do about a task that has none.
pub fn remedy(task: &str) -> String {
    format!(
        "write `[reference.\"{task}\"]` with `random` and `reference` into the experiment file; \
         `envs {task}` measures the first"
    )
}

const TEXT: &str = include_str!("../../experiments/references.toml");

/// The file with which the program was built makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{FILE}: {problem}")]
pub struct ReferencesError {
    /// What is wrong.
    problem: String,
}

/// The reference of one task, and where it is from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Entry")]
pub struct Sourced {
    /// The returns themselves.
    pub returns: Reference,
    /// Where what becomes 1 is from.
    pub source: String,
    /// Why the margin is what it is.
    pub margin_reason: Option<String>,
}

/// An entry of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    random: f64,
    reference: f64,
    source: String,
    maximum: Option<f64>,
    failed_below: Option<f64>,
    margin: f64,
    margin_reason: String,
}

impl From<Entry> for Sourced {
    fn from(entry: Entry) -> Self {
        Self {
            returns: Reference {
                random: entry.random,
                reference: entry.reference,
                maximum: entry.maximum,
                failed_below: entry.failed_below,
                margin: Some(entry.margin),
            },
            source: entry.source,
            margin_reason: Some(entry.margin_reason),
        }
    }
}

impl Sourced {
    /// `raw`, normalised.
    pub fn normalised(&self, raw: f64) -> f64 {
        self.returns.normalised(raw)
    }
}

/// References by task.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct References {
    task: BTreeMap<String, Sourced>,
}

impl References {
    /// Those of this program.
    ///
    /// # Errors
    /// If the file with which the program was built makes no sense.
    pub fn built_in() -> Result<Self, ReferencesError> {
        Self::parse(TEXT)
    }

    /// Those that count for the runs of `manifest`: its own, from the experiment
    /// file or the task, and for the rest those of this program.
    ///
    /// # Errors
    /// If the file with which the program was built makes no sense.
    pub fn of(manifest: &Manifest) -> Result<Self, ReferencesError> {
        let mut references = Self::built_in()?;
        for (task, own) in &manifest.analysis.references {
            let known = references.task.remove(task);
            // What the manifest repeats of this program keeps its source.
            let own = match known.filter(|known| known.returns == *own) {
                Some(known) => known,
                None => Sourced {
                    returns: *own,
                    source: OWN.to_owned(),
                    margin_reason: None,
                },
            };
            references.task.insert(task.clone(), own);
        }
        Ok(references)
    }

    fn parse(text: &str) -> Result<Self, ReferencesError> {
        let wrong = |problem: String| ReferencesError { problem };
        let references: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        for (task, entry) in &references.task {
            let checked = entry.returns.check();
            checked.map_err(|problem| wrong(format!("task `{task}`: {problem}")))?;
        }
        Ok(references)
    }

    /// The reference of a task.
    pub fn get(&self, task: &str) -> Option<&Sourced> {
        self.task.get(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_registry_has_a_reference_with_its_source() {
        let references = References::built_in().unwrap();
        for task in crate::env::registry::all() {
            let found = references.get(task.id()).unwrap();
            assert!(!found.source.is_empty(), "{}", task.id());
            assert_eq!(found.normalised(found.returns.random), 0.0);
            assert_eq!(found.normalised(found.returns.reference), 1.0);
            assert!(found.margin_reason.is_some(), "{}", task.id());
        }
    }

    #[test]
    fn references_that_cannot_normalise_are_refused_with_the_task() {
        let text = "[task.\"A-v1\"]\nrandom = 1.0\nreference = 1.0\nsource = \"x\"\n\
                    margin = 1.0\nmargin_reason = \"x\"\n";
        let message = References::parse(text).unwrap_err().to_string();
        assert!(
            message.contains("references.toml: task `A-v1`"),
            "{message}"
        );
        let message = References::parse("[task]\nA = 3\n")
            .unwrap_err()
            .to_string();
        assert!(message.contains("line 2"), "{message}");
    }
}
