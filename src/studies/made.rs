//! The results of a study, on disk: `study.csv` with its rows, `study.json` with where they
//! come from, `claims.json` and `tables/study.md`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::claim::{Claim, judged};
use super::file::StudyFile;
use super::{Context, Row, StudyError, page};
use crate::claims::{Claims, Judged};
use crate::digest::digest_of;
use crate::experiment::disk::StoreError;
use crate::experiment::provenance::{cpu_model, git_commit};
use crate::experiment::source::{self, SourceError};
use crate::experiment::stated::{SEEDS, Stated, Statement, of_claim};
use crate::experiment::store::Store;
use crate::kernels::Kernel;
use crate::ordered::Ordered;
use crate::record::NUMERICS;
use crate::summary::{SummaryError, digits, files};

/// Name of the file that says where the rows come from.
pub const FILE: &str = "study.json";

/// The table.
pub const TABLE: &str = "tables/study.md";

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

/// Why there are no results of a study.
#[derive(Debug, thiserror::Error)]
pub enum MadeError {
    /// It could not be made.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Results of another file stand there.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What was stated cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Summary(#[from] SummaryError),
}

/// A study with its results.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Where its rows come from.
    pub source: Source,
    /// Its rows, in the order of the repetitions.
    pub rows: Vec<Row>,
}

impl StudyFile {
    /// Whether rows of this very study stand in the folder of `store`.
    pub fn stands(&self, store: &Store) -> bool {
        Results::read(store.directory()).is_ok_and(|results| {
            let source = &results.source;
            source.numerics == NUMERICS
                && source.kind == self.study.kind()
                && source.settings == self.asked.settings()
                && source.seeds == self.seeds
        })
    }

    /// Says what is stated before it is made.
    ///
    /// # Errors
    /// If results of another file stand there, or a file cannot be written.
    pub fn state(&self, store: &Store) -> Result<(), MadeError> {
        source::claim_text(store, &self.path, &self.text)?;
        let after = match self.stands(store) {
            true => self.seeds.len(),
            false => 0,
        };
        let claims = self.claims.iter();
        let claims = claims.map(|claim| (of_claim(&claim.id), digest_of(claim)));
        let seeds = (SEEDS.to_owned(), digest_of(&self.seeds));
        let all = std::iter::once(seeds).chain(claims).collect();
        Stated::add(store.directory(), all, [after, self.seeds.len()])?;
        Ok(())
    }

    /// Makes its rows and writes them, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be made, or a file cannot be written.
    pub fn make(&self, store: &Store, context: &Context<'_>) -> Result<Results, MadeError> {
        let rows = self.asked.make(context)?;
        let results = Results {
            source: self.source(context.kernel, digest_of_rows(&rows)),
            rows,
        };
        files::write_rows(store.directory(), &results.rows)?;
        results.describe(store.directory())?;
        Ok(results)
    }

    /// Describes rows that stand anew, with the title and the claims of the file.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn describe(&self, store: &Store) -> Result<Results, MadeError> {
        let mut results = Results::read(store.directory())?;
        results.source.title.clone_from(&self.title);
        results.source.claims.clone_from(&self.claims);
        results.describe(store.directory())?;
        Ok(results)
    }

    fn source(&self, kernel: Kernel, rows: String) -> Source {
        Source {
            experiment: self.name.clone(),
            kind: self.study.kind().to_owned(),
            title: self.title.clone(),
            seeds: self.seeds.clone(),
            settings: self.asked.settings(),
            claims: self.claims.clone(),
            numerics: NUMERICS,
            commit: git_commit(),
            cpu: cpu_model(),
            kernel: kernel.name().to_owned(),
            rows,
        }
    }
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

    fn describe(&self, dir: &Path) -> Result<(), SummaryError> {
        digits::write(&dir.join(FILE), &self.source)?;
        let claims = Claims {
            manifest: digest_of(&self.source),
            claims: self.judged(),
        };
        claims.write(dir)?;
        files::write(&dir.join(TABLE), page::page(self).as_bytes())
    }
}

/// The rows that stand in the folder of `store`, if they were made on a CPU like this one.
pub fn standing(store: &Store) -> Vec<Row> {
    let results = Results::read(store.directory()).ok();
    let results = results.filter(|results| results.source.cpu == cpu_model());
    results.map(|results| results.rows).unwrap_or_default()
}

/// The bits of every number count.
fn digest_of_rows(rows: &[Row]) -> String {
    let fields = rows.iter().map(crate::summary::Row::fields);
    digest_of(&fields.collect::<Vec<_>>())
}
