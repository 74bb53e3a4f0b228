//! The file of a search, as everything that reads it needs it, and what it gives a
//! setting.

use std::ops::Range;
use std::path::Path;

use super::file::{Setting, Variant};
use super::space::{self, Key};
use crate::config::{Estimator, RunConfig};
use crate::experiment::document::{Document, DocumentError};
use crate::experiment::file::{Experiment, Overrides};
use crate::lab::Lab;

/// The file of a search while it is read.
pub(super) struct Source<'a> {
    /// What its names mean.
    pub lab: &'a Lab,
    /// Where it lies.
    pub path: &'a Path,
    /// Name of the search.
    pub name: &'a str,
    /// What stands in it.
    pub text: &'a str,
    /// The same, for messages with places.
    pub document: &'a Document,
}

impl Source<'_> {
    /// The setting with these values; what is wrong with them is shown at `place`.
    pub(super) fn setting(
        &self,
        variant: &Variant,
        values: Vec<(String, String)>,
        place: &Range<usize>,
    ) -> Result<Setting, DocumentError> {
        let assignments = values.iter().map(|(key, value)| format!("{key}={value}"));
        let overrides = Overrides {
            seeds: None,
            assignments: assignments.collect(),
        };
        let parsed = Experiment::parse(self.lab, self.path, self.name, self.text, &overrides);
        let cells = parsed.map_err(|error| {
            let values: Vec<String> = overrides.assignments.clone();
            let message = format!("{}: {}", values.join(", "), error.message());
            self.document.error(Some(place.clone()), message)
        })?;
        let cells = cells.plan.cells.into_iter();
        let own = cells.filter(|cell| cell.variant == variant.name);
        let configs: Vec<RunConfig> = own.map(|cell| cell.config).collect();
        let costs: f64 = configs.iter().map(cost).sum();
        Ok(Setting {
            values,
            cost: costs / configs.len() as f64,
            configs,
        })
    }

    /// Setting 0: what the file and the defaults give for every key.
    pub(super) fn first(
        &self,
        variant: &Variant,
        place: &Range<usize>,
    ) -> Result<Setting, DocumentError> {
        let mut first = self.setting(variant, Vec::new(), place)?;
        let known = space::known(self.lab, &variant.algorithm);
        let value = |key: &Key| {
            let default = known.iter().find(|(name, _)| *name == key.name);
            let default = default.map_or_else(String::new, |(_, doc)| doc.default.clone());
            let written = first
                .configs
                .first()
                .and_then(|config| written(config, &key.name));
            (key.name.clone(), written.unwrap_or(default))
        };
        first.values = variant.keys.iter().map(value).collect();
        Ok(first)
    }
}

/// Passes over a row for each environment step: those of the critic's epochs, where
/// there is a critic, and those of the policy's step.
fn cost(config: &RunConfig) -> f64 {
    let critic = match config.common.estimator {
        Estimator::Gae => config.critic.epochs as f64,
        Estimator::Returns => 0.0,
    };
    critic + config.algorithm.passes().unwrap_or(1.0)
}

/// What `config` has for the dotted `key`, as TOML writes it; `None` where it is
/// left out.
fn written(config: &RunConfig, key: &str) -> Option<String> {
    let whole = serde_json::to_value(config).ok()?;
    let (group, name) = key.split_once('.').unwrap_or(("common", key));
    let group = match group {
        "common" | "critic" => whole.get(group)?,
        algorithm => whole.get("algorithm")?.get(algorithm)?,
    };
    Some(group.get(name)?.to_string())
}
