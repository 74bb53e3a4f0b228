//! Tidy CSV: one row per run, per run and grid point, per run and update, per
//! episode.

use std::path::{Path, PathBuf};

use crate::experiment::manifest::Manifest;
use crate::record::RunRecord;
use crate::summary::{SummaryError, tidy};

/// Writes `csv/scores.csv`, `curves.csv`, `updates.csv` and `episodes.csv`.
pub(super) fn write(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    to: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    tidy::write(records, manifest, &to.join("csv"))
}
