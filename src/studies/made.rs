//! Makes the results of a study: `study.csv` with its rows, `study.json` with where they
//! come from, `claims.json` and `tables/study.md`.

use std::path::Path;

use super::file::StudyFile;
use super::results::{FILE, Results, Source, digest_of_rows};
use super::{Context, StudyError, page};
use crate::claims::Claims;
use crate::digest::digest_of;
use crate::experiment::disk::StoreError;
use crate::experiment::provenance::{cpu_model, git_commit};
use crate::experiment::source::{self, SourceError};
use crate::experiment::stated::{SEEDS, Stated, Statement, of_claim};
use crate::experiment::store::Store;
use crate::kernels::Kernel;
use crate::record::NUMERICS;
use crate::summary::{SummaryError, digits, files};

/// The table.
pub const TABLE: &str = "tables/study.md";

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
        // Rows of other settings were seen too.
        let after = match Results::read(store.directory()) {
            Ok(_) => self.seeds.len(),
            Err(_) => 0,
        };
        let claims = self.claims.iter();
        let claims = claims.map(|claim| (of_claim(&claim.id), digest_of(claim)));
        let seeds = (SEEDS.to_owned(), digest_of(&self.seeds));
        let when = [after, self.seeds.len()];
        let all = std::iter::once(seeds).chain(claims);
        let all = all.map(|stated| Statement::new(stated, when)).collect();
        Stated::add(store.directory(), all)?;
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
        describe(&results, store.directory())?;
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
        describe(&results, store.directory())?;
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

/// Writes what says where rows come from, and what they say.
fn describe(results: &Results, dir: &Path) -> Result<(), SummaryError> {
    digits::write(&dir.join(FILE), &results.source)?;
    let claims = Claims {
        manifest: digest_of(&results.source),
        claims: results.judged(),
    };
    claims.write(dir)?;
    files::write(&dir.join(TABLE), page::page(results).as_bytes())
}
