//! What was stated before the first run of an experiment, and what was changed when
//! results were known already.
//!
//! `stated.json` in the folder of its results holds a digest of every claim, of the
//! declared pairs, of margins and references and of thresholds, with the number of
//! runs that stood when it was first seen. It is written before runs are made, and
//! committed with the results.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{StoreError, read_json, write};
use super::plan::{Analysis, Plan};
use super::store::Store;
use crate::digest::digest_of;

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "stated.json";

/// The declared pairs.
pub const PAIRS: &str = "pairs";

/// By what returns are judged, margins included.
pub const REFERENCES: &str = "references";

/// Everything that was stated of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// In the order in which it was stated.
    pub statements: Vec<Statement>,
}

/// One thing that was stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What: `pairs`, `references`, `thresholds`, `score`, or `claim NAME`.
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
        Ok(read_json(&dir.join(FILE))?.unwrap_or_default())
    }

    /// Adds what `plan` states and was not stated so before. Runs that stand, or
    /// that the committed manifest lists, were there before it.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn settle(store: &Store, plan: &Plan) -> Result<(), StoreError> {
        let dir = store.directory();
        let mut stated = match Self::read(dir) {
            Err(StoreError::Damaged { .. }) => Self::default(),
            read => read?,
        };
        let of = plan.cells.len() * plan.seeds.len();
        let manifest = store.manifest().ok().flatten();
        let listed = manifest.map_or(0, |manifest| manifest.runs.len());
        let after = listed.max(store.count_records(plan)).min(of);
        let mut is_new = false;
        for (what, digest) in statements(plan) {
            let is_same = |known: &Statement| known.what == what && known.digest == digest;
            if stated.statements.iter().any(is_same) {
                continue;
            }
            is_new = true;
            stated.statements.push(Statement {
                what,
                digest,
                after,
                of,
            });
        }
        if is_new {
            // Plain data: writing it to memory cannot fail.
            let text = serde_json::to_string_pretty(&stated).unwrap_or_default();
            write(&dir.join(FILE), format!("{text}\n").as_bytes())?;
        }
        Ok(())
    }

    /// When `what` of `analysis` was stated: `None` if it never was, as of results
    /// that are older than this file.
    pub fn find(&self, what: &str, analysis: &Analysis) -> Option<&Statement> {
        let wanted = of_analysis(analysis);
        let (_, digest) = wanted.iter().find(|(known, _)| known == what)?;
        let mut statements = self.statements.iter();
        statements.find(|known| known.what == what && known.digest == *digest)
    }

    /// Whether `what` of `analysis` was stated before any run.
    pub fn is_before(&self, what: &str, analysis: &Analysis) -> bool {
        self.find(what, analysis)
            .is_some_and(|found| found.after == 0)
    }
}

impl Statement {
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

fn statements(plan: &Plan) -> Vec<(String, String)> {
    let mut all = of_analysis(&plan.analysis);
    all.push(("score".to_owned(), digest_of(&plan.headline)));
    all
}

fn of_analysis(analysis: &Analysis) -> Vec<(String, String)> {
    let margins = (&analysis.references, analysis.smallest_difference);
    let mut all = vec![
        (PAIRS.to_owned(), digest_of(&analysis.compare)),
        (REFERENCES.to_owned(), digest_of(&margins)),
        ("thresholds".to_owned(), digest_of(&analysis.thresholds)),
    ];
    let claims = analysis.claims.iter();
    all.extend(claims.map(|claim| (of_claim(&claim.id), digest_of(claim))));
    all
}
