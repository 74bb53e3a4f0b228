//! The tidy tables of an experiment, all that is recorded, for other programs.

use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame};

use super::{Run, SummaryError, files, frames, in_order_of, score_row};
use crate::experiment::manifest::Manifest;
use crate::record::RunRecord;

/// Writes `scores.csv`, `curves.csv`, `updates.csv` and `episodes.csv` of
/// `records`, each with the name of its variant, into the folder `dir`.
///
/// # Errors
/// If records and manifest do not fit, or if a file cannot be written.
pub fn write(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    dir: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    let runs = in_order_of(manifest, records)?;
    let scores: Vec<_> = runs.iter().map(score_row).collect();
    files::write_rows(dir, &scores)?;
    let mut paths = vec![dir.join("scores.csv")];
    for (name, frame) in [
        ("curves.csv", frames::curves(&runs)?),
        ("updates.csv", frames::updates(&runs)?),
        ("episodes.csv", episodes(&runs)?),
    ] {
        let path = dir.join(name);
        files::write_frame(&path, &frame)?;
        paths.push(path);
    }
    Ok(paths)
}

/// One row per episode that ended: `env`, `variant`, `seed`, `end_step`,
/// `return`, `length`.
fn episodes(runs: &[Run<'_>]) -> Result<DataFrame, SummaryError> {
    let runs = frames::without_failed(runs);
    let mut columns = frames::keys(&runs, |run| run.record.episodes.end_step.len());
    let all = || runs.iter().map(|run| &run.record.episodes);
    let ends: Vec<u64> = all().flat_map(|e| e.end_step.clone()).collect();
    let returns: Vec<f64> = all().flat_map(|e| e.returns.clone()).collect();
    let lengths: Vec<u32> = all().flat_map(|e| e.length.clone()).collect();
    columns.push(Column::new("end_step".into(), ends));
    columns.push(Column::new("return".into(), returns));
    columns.push(Column::new("length".into(), lengths));
    Ok(DataFrame::new_infer_height(columns)?)
}
