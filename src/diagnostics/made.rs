//! What was found, on disk: a file for each run, and one table of all of them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::kind::{DiagnosticError, Question, Rerun};
use super::question;
use crate::experiment::diagnostic::Asked;
use crate::experiment::disk::{StoreError, read_json, write_json};
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::store::Store;
use crate::lab::Lab;
use crate::ordered::Ordered;
use crate::summary::DiagnosticRow;

/// What one diagnostic found in one run:
/// `diagnostics/<name>/<task>/<variant>/seed-<n>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    /// Digest of the record of the run.
    run: String,
    settings: Ordered,
    found: Vec<Found>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    update: usize,
    quantity: String,
    value: Option<f64>,
}

impl Made {
    /// What stands of a run; none where there is nothing, where it is damaged, or where
    /// it is of another run or of other settings.
    fn standing(path: &Path, asked: &Asked, listed: &RunEntry) -> Option<Self> {
        let made: Self = read_json(path).ok().flatten()?;
        (made.run == listed.digest && made.settings == asked.settings).then_some(made)
    }
}

/// A diagnostic of a run that is still to be made.
pub struct Missing<'a> {
    manifest: &'a Manifest,
    listed: &'a RunEntry,
    asked: &'a Asked,
    question: Box<dyn Question>,
}

impl Missing<'_> {
    /// It and its run, in words.
    pub fn label(&self) -> String {
        let RunEntry {
            env, variant, seed, ..
        } = self.listed;
        format!("{} of {env} {variant} seed {seed}", self.asked.name)
    }

    /// Makes it, and writes its file.
    ///
    /// # Errors
    /// In words, of which run.
    pub fn make(&self, lab: &Lab, store: &Store) -> Result<(), String> {
        let listed = self.listed;
        let failed = |error: DiagnosticError| format!("{}: {error}", self.label());
        let config = self.manifest.config(&listed.env, &listed.variant);
        let config = config.ok_or_else(|| format!("{}: no configuration", self.label()))?;
        let reference = self.manifest.analysis.references.get(&listed.env);
        let mut run = Rerun::new(lab, config, listed, reference).map_err(failed)?;
        let found = self.question.measure(&mut run).map_err(failed)?;
        let made = Made {
            run: listed.digest.clone(),
            settings: self.asked.settings.clone(),
            found: (found.into_iter())
                .map(|one| Found {
                    update: one.update,
                    quantity: one.quantity.name.to_owned(),
                    value: one.value.filter(|value| value.is_finite()),
                })
                .collect(),
        };
        let path = path(store, self.asked, listed);
        write_json(&path, &made).map_err(|error: StoreError| error.to_string())
    }
}

fn path(store: &Store, asked: &Asked, run: &RunEntry) -> std::path::PathBuf {
    store.diagnostic_path(&asked.name, &run.env, &run.variant, run.seed)
}

/// What is asked of the runs of `manifest`, by diagnostic and run.
fn all(manifest: &Manifest) -> impl Iterator<Item = (&Asked, &RunEntry)> {
    let asked = manifest.analysis.diagnostics.iter();
    asked.flat_map(|asked| {
        let runs = manifest.runs.iter();
        let its = runs.filter(|run| asked.is_of(&run.variant, &run.env));
        its.map(move |run| (asked, run))
    })
}

/// What is still to be made, in the order of the manifest.
///
/// # Errors
/// If the manifest asks for a diagnostic that there is not.
pub fn missing<'a>(store: &Store, manifest: &'a Manifest) -> Result<Vec<Missing<'a>>, String> {
    let open = all(manifest)
        .filter(|(asked, run)| Made::standing(&path(store, asked, run), asked, run).is_none());
    open.map(|(asked, listed)| {
        Ok(Missing {
            manifest,
            listed,
            asked,
            question: question(asked)?,
        })
    })
    .collect()
}

/// What was found, as rows of the committed table.
///
/// # Errors
/// The file of the first run of which nothing stands.
pub fn rows(store: &Store, manifest: &Manifest) -> Result<Vec<DiagnosticRow>, std::path::PathBuf> {
    let mut rows = Vec::new();
    for (asked, run) in all(manifest) {
        let path = path(store, asked, run);
        let made = Made::standing(&path, asked, run).ok_or(path)?;
        rows.extend(made.found.into_iter().map(|found| DiagnosticRow {
            diagnostic: asked.name.clone(),
            env: run.env.clone(),
            variant: run.variant.clone(),
            seed: run.seed,
            update: found.update as u64,
            quantity: found.quantity,
            value: found.value,
        }));
    }
    Ok(rows)
}
