//! The tidy tables of an experiment, all that is recorded, for other programs.

use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame};

use super::{CurveRow, Row, Run, ScoreRow, SummaryError, files, frames, in_order_of, score_row};
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;
use crate::record::{Evaluation, RunRecord};

/// Writes `scores.csv`, `curves.csv`, `updates.csv`, `episodes.csv` and
/// `evaluations.csv` of `records`, each with the name of its variant, into the folder `dir`.
///
/// # Errors
/// If records and manifest do not fit, or if a file cannot be written.
pub fn write(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    dir: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    let runs = in_order_of(manifest, records)?;
    let references = References::of(manifest)?;
    let scores: Vec<_> = runs.iter().map(|run| score_row(run, &references)).collect();
    files::write_rows(dir, &scores)?;
    files::write_rows(dir, &frames::curves(&runs, &references))?;
    let mut paths = vec![dir.join(ScoreRow::FILE), dir.join(CurveRow::FILE)];
    for (name, frame) in [
        ("updates.csv", frames::updates(&runs)?),
        ("episodes.csv", episodes(&runs)?),
        ("evaluations.csv", evaluations(&runs)?),
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

/// One row per episode of an evaluation: `env`, `variant`, `seed`, `point`,
/// `update` and `step` before it, `episode`, `return`, `length`; the evaluation of
/// the final policy has no `point`.
fn evaluations(runs: &[Run<'_>]) -> Result<DataFrame, SummaryError> {
    type Made<'a> = (Option<u64>, u64, u64, &'a Evaluation);
    fn of<'a>(run: &Run<'a>) -> Vec<Made<'a>> {
        let record = run.record;
        let points = (0..).zip(&record.points).map(|(number, point)| {
            let update = point.update as u64;
            (Some(number), update, point.step, &point.evaluation)
        });
        let steps = record.curve.numbers("step").unwrap_or_default();
        let steps = steps.last().copied().flatten().unwrap_or(0.0) as u64;
        let updates = record.curve.len() as u64;
        let last = record.evaluation.iter();
        points
            .chain(last.map(|last| (None, updates, steps, last)))
            .collect()
    }
    let runs = frames::without_failed(runs);
    let rows = |run: &Run<'_>| of(run).iter().map(|made| made.3.returns.len()).sum();
    let mut columns = frames::keys(&runs, rows);
    let made: Vec<Made<'_>> = runs.iter().flat_map(|run| of(run)).collect();
    let each = || {
        let episodes = |made: &Made<'_>| made.3.returns.len();
        made.iter()
            .flat_map(move |made| std::iter::repeat_n(*made, episodes(made)))
    };
    let points: Vec<Option<u64>> = each().map(|made| made.0).collect();
    let updates: Vec<u64> = each().map(|made| made.1).collect();
    let steps: Vec<u64> = each().map(|made| made.2).collect();
    let numbers = made.iter().flat_map(|made| 0..made.3.returns.len() as u64);
    let returns = made.iter().flat_map(|made| made.3.returns.iter().copied());
    let lengths = made.iter().flat_map(|made| made.3.lengths.iter().copied());
    columns.push(Column::new("point".into(), points));
    columns.push(Column::new("update".into(), updates));
    columns.push(Column::new("step".into(), steps));
    columns.push(Column::new("episode".into(), numbers.collect::<Vec<_>>()));
    columns.push(Column::new("return".into(), returns.collect::<Vec<_>>()));
    columns.push(Column::new("length".into(), lengths.collect::<Vec<_>>()));
    Ok(DataFrame::new_infer_height(columns)?)
}
