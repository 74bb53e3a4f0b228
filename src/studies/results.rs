//! The rows of a study and where they come from, on disk.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Row;
use super::claim::{Claim, judged};
use crate::claims::Judged;
use crate::digest::digest_of;
use crate::experiment::provenance::cpu_model;
use crate::experiment::stated::{Stated, Statement, of_claim};
use crate::experiment::store::Store;
use crate::ordered::Ordered;
use crate::summary::{SummaryError, digits, files};

/// Name of the file that says where the rows come from.
pub const FILE: &str = "study.json";

/// Where the rows of a study come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the experiment.
    pub experiment: String,
    /// The kind of study.
    pub kind: String,
    /// The question.
    pub title: String,
    /// Seeds of the repetitions.
    pub seeds: Vec<u64>,
    /// Every setting.
    pub settings: Ordered,
    /// The claims.
    pub claims: Vec<Claim>,
    /// Version of the numerics.
    pub numerics: u32,
    /// The commit that made the rows.
    pub commit: String,
    /// Model of the CPU; of a study that measures no times no number depends on it.
    pub cpu: String,
    /// Instructions of networks.
    pub kernel: String,
    /// Digest of the rows.
    pub rows: String,
}

/// A study with its results.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Where its rows come from.
    pub source: Source,
    /// Its rows, in the order of the repetitions.
    pub rows: Vec<Row>,
}

impl Results {
    /// Reads them from the folder of a study.
    ///
    /// # Errors
    /// If a file is missing or damaged, or the rows are not those that it names.
    pub fn read(dir: &Path) -> Result<Self, SummaryError> {
        let source: Source = digits::read(&dir.join(FILE))?;
        let rows: Vec<Row> = files::read_rows(dir)?;
        match digest_of_rows(&rows) == source.rows {
            true => Ok(Self { source, rows }),
            false => Err(SummaryError::Damaged {
                path: dir.join(<Row as crate::summary::Row>::FILE),
                line: 1,
                column: None,
                problem: format!("these are not the rows that {FILE} beside it names"),
            }),
        }
    }

    /// What its rows say of its claims.
    pub fn judged(&self) -> Vec<Judged> {
        let claims = self.source.claims.iter();
        claims
            .map(|claim| judged(&self.source.kind, claim, &self.rows))
            .collect()
    }

    /// When a claim was stated.
    pub fn stated<'a>(&self, stated: &'a Stated, id: &str) -> Option<&'a Statement> {
        let claim = self.source.claims.iter().find(|claim| claim.id == id)?;
        stated.find_stated(&of_claim(id), &digest_of(claim))
    }

    /// The rows of a repetition.
    pub fn repetition(&self, seed: u64) -> Vec<&Row> {
        let rows = self.rows.iter();
        rows.filter(|row| row.repetition == seed).collect()
    }
}

/// The rows that stand in the folder of `store`, if they were made on a CPU like this one.
pub fn standing(store: &Store) -> Vec<Row> {
    let results = Results::read(store.directory()).ok();
    let results = results.filter(|results| results.source.cpu == cpu_model());
    results.map(|results| results.rows).unwrap_or_default()
}

/// The bits of every number count.
pub(super) fn digest_of_rows(rows: &[Row]) -> String {
    let fields = rows.iter().map(crate::summary::Row::fields);
    digest_of(&fields.collect::<Vec<_>>())
}
