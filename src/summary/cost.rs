//! What an update costs: wall time by part, from the provenance of records.

use std::path::Path;

use super::files::{CostRow, Row, read_rows, write_rows};
use super::frames::six_digits;
use super::{Run, SummaryError};
use crate::algo::Part;
use crate::experiment::manifest::Manifest;
use crate::stats::quantile;

/// Writes `cost.csv`, unless one stands there for this very manifest: times
/// differ from machine to machine and from day to day, and results that are
/// made again should not.
pub(super) fn write(runs: &[Run<'_>], manifest: &Manifest, dir: &Path) -> Result<(), SummaryError> {
    let digest = manifest.digest();
    let digest = &digest[..16];
    let stands = dir.join(CostRow::FILE).exists()
        && read_rows::<CostRow>(dir)
            .is_ok_and(|rows| !rows.is_empty() && rows.iter().all(|row| row.manifest == digest));
    match stands {
        true => Ok(()),
        false => write_rows(dir, &rows(runs, manifest, digest)),
    }
}

fn rows(runs: &[Run<'_>], manifest: &Manifest, digest: &str) -> Vec<CostRow> {
    let mut rows = Vec::new();
    for cell in &manifest.cells {
        let of_cell = || {
            runs.iter()
                .filter(|run| run.env == cell.env && run.variant == cell.variant && !run.failed())
        };
        for part in Part::of_update().map(Part::name) {
            let seconds: Vec<f64> = of_cell().filter_map(|run| seconds(run, part)).collect();
            let level = |level| quantile(&seconds, level).map(six_digits);
            let quartiles = (level(0.25), level(0.5), level(0.75));
            let (Some(q25), Some(median), Some(q75)) = quartiles else {
                continue;
            };
            rows.push(CostRow {
                env: cell.env.clone(),
                variant: cell.variant.clone(),
                part: part.to_owned(),
                n: seconds.len() as u64,
                q25,
                median,
                q75,
                cpu: distinct(of_cell().map(|run| run.record.provenance.cpu.as_str())),
                kernel: distinct(of_cell().map(|run| run.record.provenance.kernel.as_str())),
                load: middle(of_cell().filter_map(|run| run.record.provenance.load)),
                stolen: middle(of_cell().filter_map(|run| run.record.provenance.stolen)),
                manifest: digest.to_owned(),
            });
        }
    }
    rows
}

/// Their median, to six digits.
fn middle(values: impl Iterator<Item = f64>) -> Option<f64> {
    quantile(&values.collect::<Vec<f64>>(), 0.5).map(six_digits)
}

/// Seconds of one part of an update of `run`.
fn seconds(run: &Run<'_>, part: &str) -> Option<f64> {
    let provenance = &run.record.provenance;
    // A run that was interrupted knows the time since it went on only.
    let steps = provenance.steps_per_second * provenance.wall_seconds;
    let updates = steps / run.record.config.common.batch as f64;
    let seconds = provenance.parts.get(part)? / updates;
    seconds.is_finite().then_some(seconds)
}

/// The different names among `names`, in order.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names
        .map(|n| if n.is_empty() { "unknown" } else { n })
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(" and ")
}
