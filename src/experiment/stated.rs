//! What was stated before the first run of an experiment, and what was changed when
//! results were known already.
//!
//! `stated.json` in the folder of its results holds a digest of every claim, of the
//! seeds, the declared pairs, of margins and references and of thresholds, with the
//! number of runs that stood when it was first seen, and how often somebody looked at the
//! results before they were complete. It is written before runs are made, and
//! committed with the results.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{StoreError, read_json, write};
use super::manifest::Manifest;
use super::plan::{Analysis, Metric, Plan};
use super::store::Store;
use crate::digest::digest_of;

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "stated.json";

/// The declared pairs.
pub const PAIRS: &str = "pairs";

/// By what returns are judged, margins included.
pub const REFERENCES: &str = "references";

/// The seeds: to add some after a look would be to stop when one likes.
pub const SEEDS: &str = "seeds";

/// What the author expects.
pub const PREDICTIONS: &str = "predictions";

/// Everything that was stated of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// In the order in which it was stated.
    pub statements: Vec<Statement>,
    /// How often tables were made before all runs were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// One thing that was stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What: `seeds`, `pairs`, `references`, `thresholds`, `score`, or `claim NAME`.
    pub what: String,
    /// Digest of how it was stated.
    pub digest: String,
    /// Runs that stood already.
    pub after: usize,
    /// Of how many.
    pub of: usize,
}

impl Stated {
    /// What stands in the folder of an experiment; nothing if there is no file.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn read(dir: &Path) -> Result<Self, StoreError> {
        let read = read_json(&dir.join(FILE)).map_err(|error| match error {
            StoreError::Damaged { path, message } => StoreError::Damaged {
                path,
                message: format!(
                    "{message}; it says what was stated before the runs, so restore it, or \
                     remove it and all is stated after them"
                ),
            },
            other => other,
        });
        Ok(read?.unwrap_or_default())
    }

    /// Counts a look at the results in the folder of an experiment before all runs are
    /// made. Gives its number, from 1.
    ///
    /// # Errors
    /// If the file is damaged or cannot be written.
    pub fn count_look(dir: &Path) -> Result<usize, StoreError> {
        let mut stated = Self::read(dir)?;
        stated.looks += 1;
        stated.write(dir)?;
        Ok(stated.looks)
    }

    /// How often results were looked at when `manifest` is: that at complete ones comes
    /// after the early ones.
    pub fn looks_at(&self, manifest: &Manifest) -> usize {
        (self.looks + usize::from(manifest.is_complete())).max(1)
    }

    /// Writes it whole or not at all.
    fn write(&self, dir: &Path) -> Result<(), StoreError> {
        // Plain data: writing it to memory cannot fail.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write(&dir.join(FILE), format!("{text}\n").as_bytes())
    }

    /// Adds what `plan` states and was not stated so before. Runs that stand, or
    /// that the committed manifest lists, were there before it.
    ///
    /// # Errors
    /// If a file is damaged, or cannot be read or written.
    pub fn settle(store: &Store, plan: &Plan) -> Result<(), StoreError> {
        Self::add(store.directory(), Self::now(store, plan))
    }

    /// Everything that `plan` states, as it is stated now.
    pub fn now(store: &Store, plan: &Plan) -> Vec<Statement> {
        let of = plan.cells.len() * plan.seeds.len();
        let manifest = store.manifest().ok().flatten();
        let listed = manifest.map_or(0, |manifest| manifest.runs.len());
        let after = listed.max(store.count_records(plan)).min(of);
        let all = all_of(&plan.analysis, &plan.seeds, plan.headline).into_iter();
        all.map(|stated| Statement::new(stated, [after, of]))
            .collect()
    }

    /// Adds what was not stated so before. Of what several say, as the parts of an
    /// experiment do, the first counts.
    ///
    /// # Errors
    /// If the file is damaged, or cannot be read or written.
    pub fn add(dir: &Path, all: Vec<Statement>) -> Result<(), StoreError> {
        let mut stated = Self::read(dir)?;
        let standing = stated.statements.len();
        for new in all {
            let is_same =
                |known: &Statement| (&known.what, &known.digest) == (&new.what, &new.digest);
            match stated.statements.iter().position(is_same) {
                None => stated.statements.push(new),
                Some(place) if place < standing => {}
                Some(place) => {
                    let known = &mut stated.statements[place];
                    known.after = known.after.min(new.after);
                }
            }
        }
        match stated.statements.len() > standing {
            true => stated.write(dir),
            false => Ok(()),
        }
    }

    /// When `what` of `manifest` was stated: `None` if it never was, as of results
    /// that are older than this file.
    pub fn find(&self, what: &str, manifest: &Manifest) -> Option<&Statement> {
        let wanted = all_of(&manifest.analysis, &manifest.seeds, manifest.headline);
        let (_, digest) = wanted.iter().find(|(known, _)| known == what)?;
        self.find_stated(what, digest)
    }

    /// When `what` was stated with this digest.
    pub fn find_stated(&self, what: &str, digest: &str) -> Option<&Statement> {
        let mut statements = self.statements.iter();
        statements.find(|known| known.what == what && known.digest == digest)
    }

    /// Whether `what` of `manifest` was stated before any run.
    pub fn is_before(&self, what: &str, manifest: &Manifest) -> bool {
        self.find(what, manifest)
            .is_some_and(|found| found.after == 0)
    }
}

impl Statement {
    /// That something with this digest was stated when `after` of `of` runs stood.
    pub fn new((what, digest): (String, String), [after, of]: [usize; 2]) -> Self {
        Self {
            what,
            digest,
            after,
            of,
        }
    }

    /// `stated before the runs`, or when else.
    pub fn words(&self) -> String {
        match self.after {
            0 => "stated before the runs".to_owned(),
            after => format!("stated after {after} of {} runs (exploratory)", self.of),
        }
    }
}

/// The name of a claim among statements.
pub fn of_claim(id: &str) -> String {
    format!("claim {id}")
}

fn all_of(analysis: &Analysis, seeds: &[u64], headline: Metric) -> Vec<(String, String)> {
    let margins = (&analysis.references, analysis.smallest_difference);
    let mut all = vec![
        (SEEDS.to_owned(), digest_of(&seeds)),
        ("score".to_owned(), digest_of(&headline)),
        (PAIRS.to_owned(), digest_of(&analysis.compare)),
        (REFERENCES.to_owned(), digest_of(&margins)),
        ("thresholds".to_owned(), digest_of(&analysis.thresholds)),
    ];
    if !analysis.predictions.is_empty() {
        all.push((PREDICTIONS.to_owned(), digest_of(&analysis.predictions)));
    }
    let claims = analysis.claims.iter();
    all.extend(claims.map(|claim| {
        let is_diagnosed = claim.parts.iter().any(|part| part.quantity.is_some());
        // What a diagnostic is told decides what such a claim is about.
        let digest = match is_diagnosed {
            true => digest_of(&(claim, &analysis.diagnostics)),
            false => digest_of(claim),
        };
        (of_claim(&claim.id), digest)
    }));
    all
}
