//! The complete settings of every variant, as files beside the other results.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ReportError;
use crate::config::RunConfig;
use crate::experiment::listing;
use crate::experiment::manifest::Manifest;
use crate::format::list;
use crate::summary::{SummaryError, files};

/// Name of their folder in that of an experiment.
const FOLDER: &str = "settings";

/// Settings that a variant has on some tasks.
pub(super) struct Settings {
    pub heading: String,
    /// Their file, in the folder of the experiment.
    pub path: String,
    pub toml: String,
}

/// The settings of all variants, once for all tasks that share them.
///
/// # Errors
/// If they cannot be written as TOML.
pub(super) fn of(manifest: &Manifest) -> Result<Vec<Settings>, ReportError> {
    let mut all = Vec::new();
    for variant in &manifest.variants {
        let mut shared: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut order = Vec::new();
        let cells = manifest.cells.iter();
        for cell in cells.filter(|cell| cell.variant == *variant) {
            let toml = without_task(&cell.config).map_err(|source| ReportError::Settings {
                env: cell.env.clone(),
                variant: variant.clone(),
                source,
            })?;
            if !shared.contains_key(&toml) {
                order.push(toml.clone());
            }
            shared.entry(toml).or_default().push(&cell.env);
        }
        for toml in order {
            let tasks = &shared[&toml];
            let (heading, name) = match tasks.len() == manifest.tasks.len() {
                true => (variant.clone(), variant.clone()),
                false => (
                    format!("{variant} on {}", list(tasks)),
                    format!("{variant}.{}", tasks[0]),
                ),
            };
            all.push(Settings {
                path: format!("{FOLDER}/{name}.toml"),
                toml: format!("# {heading}\n{}\n", toml.trim_end()),
                heading,
            });
        }
    }
    Ok(all)
}

/// A configuration, as of any task.
fn without_task(config: &RunConfig) -> Result<String, toml::ser::Error> {
    let config = RunConfig {
        env: String::new(),
        ..config.clone()
    };
    let toml = toml::to_string(&config)?;
    Ok(toml.replacen("env = \"\"\n", "", 1).trim_start().to_owned())
}

/// Writes them into the folder of the experiment, and removes those that were
/// written before and are settings of nothing any more.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn write(dir: &Path, settings: &[Settings]) -> Result<(), ReportError> {
    let mut written = Vec::new();
    for one in settings {
        let path = dir.join(&one.path);
        files::write(&path, one.toml.as_bytes())?;
        written.push(path);
    }
    let listed = listing::settle_and_say(&dir.join(FOLDER), "report", &written);
    Ok(listed.map_err(SummaryError::from)?)
}
