//! What raw scores are normalised by, from `experiments/references.toml`.
//!
//! The file is part of the program, so that the same program gives the same
//! statistics wherever it is called.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SummaryError;
use crate::experiment::manifest::Manifest;
use crate::scores::Reference;

/// Where the references stand.
pub const FILE: &str = "experiments/references.toml";

/// The source of a reference that an experiment brings.
const OWN: &str = "the experiment file, or the task";

/// What to do about a task that has none.
pub fn remedy(task: &str) -> String {
    format!("write `[reference.\"{task}\"]` with `random` and `reference` into the experiment file")
}

const TEXT: &str = include_str!("../../experiments/references.toml");

/// The reference of one task.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    /// The raw score that becomes 0: the mean of a uniformly random policy.
    pub random: f64,
    /// The raw score that becomes 1.
    pub reference: f64,
    /// Where `reference` is from.
    pub source: String,
}

impl Sourced {
    /// The two raw scores.
    pub fn reference(&self) -> Reference {
        Reference {
            random: self.random,
            reference: self.reference,
        }
    }

    /// `raw`, normalised.
    pub fn normalised(&self, raw: f64) -> f64 {
        (raw - self.random) / (self.reference - self.random)
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
    pub fn built_in() -> Result<Self, SummaryError> {
        Self::parse(TEXT)
    }

    /// Those that count for the runs of `manifest`: its own, from the experiment
    /// file or the task, and for the rest those of this program.
    ///
    /// # Errors
    /// If the file with which the program was built makes no sense.
    pub fn of(manifest: &Manifest) -> Result<Self, SummaryError> {
        let mut references = Self::built_in()?;
        for (task, own) in &manifest.analysis.references {
            let own = Sourced {
                random: own.random,
                reference: own.reference,
                source: OWN.to_owned(),
            };
            references.task.insert(task.clone(), own);
        }
        Ok(references)
    }

    fn parse(text: &str) -> Result<Self, SummaryError> {
        let wrong = |problem: String| SummaryError::References { problem };
        let references: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        for (
            task,
            Sourced {
                random, reference, ..
            },
        ) in &references.task
        {
            // A NaN compares false.
            let apart = (reference - random).abs() > 0.0 && (reference - random).is_finite();
            if !apart {
                return Err(wrong(format!(
                    "task `{task}`: scores cannot be normalised between random = {random} and \
                     reference = {reference}; give two different finite scores"
                )));
            }
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
            assert_eq!(found.normalised(found.random), 0.0);
            assert_eq!(found.normalised(found.reference), 1.0);
        }
    }

    #[test]
    fn references_that_cannot_normalise_are_refused_with_the_task() {
        let text = "[task.\"A-v1\"]\nrandom = 1.0\nreference = 1.0\nsource = \"x\"\n";
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
