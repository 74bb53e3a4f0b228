//! Scores and curves as [rliable](https://github.com/google-research/rliable)
//! takes them: for every algorithm an array of runs x tasks.
//!
//! Run i of every task is that of the i-th seed. A score that was not measured is
//! `null`, as is a gap of a curve. Of a run that diverged the normalised scores and
//! what follows in its curve are imputed, the worse of the random policy's and the
//! run's last point, and `imputed` says of which runs; raw scores are never.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::{References, Sourced};
use crate::record::RunRecord;
use crate::scores::Named;
use crate::summary::curves::RunCurve;
use crate::summary::{ScoreRow, SummaryError, files, score_rows};

/// Scores by run and task.
type Scores = Named<Vec<Vec<Option<f64>>>>;

/// Curves by run, task and point of the grid.
type Curves = Named<Vec<Vec<Vec<Option<f64>>>>>;

/// The content of `rliable.json`.
#[derive(Serialize)]
struct Exported<'a> {
    experiment: &'a str,
    /// Digest of the manifest.
    manifest: String,
    headline: Metric,
    /// The order of tasks in every array.
    tasks: Vec<&'a str>,
    /// The order of runs in every array.
    seeds: &'a [u64],
    /// Raw scores that become 0 and 1.
    random: Vec<f64>,
    reference: Vec<f64>,
    /// By score and algorithm, normalised: runs x tasks.
    scores: Named<Scores>,
    /// By algorithm, whether those of a run are imputed: runs x tasks.
    imputed: Named<Vec<Vec<bool>>>,
    /// Those that were measured, as they were measured.
    raw_scores: Named<Scores>,
    /// By algorithm, environment steps at the points of its curves, of the first
    /// seed: tasks x points.
    steps: Named<Vec<Vec<u64>>>,
    /// By algorithm, normalised: runs x tasks x points.
    curves: Curves,
}

/// Writes `rliable.json`.
pub(super) fn write(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    to: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    let references = References::of(manifest)?;
    // Without a reference a score cannot be compared with those of other tasks.
    let tasks: Vec<(&str, &Sourced)> = manifest
        .tasks
        .iter()
        .filter_map(|task| Some((task.as_str(), references.get(task)?)))
        .collect();
    let rows = score_rows(records, manifest)?;
    let row = |env: &str, variant: &str, seed: u64| -> Option<&ScoreRow> {
        let is_it = |row: &&ScoreRow| row.env == env && row.variant == variant;
        rows.iter().filter(is_it).find(|row| row.seed == seed)
    };
    let score = |metric, normalised: bool, variant: &str, seed: u64| -> Vec<Option<f64>> {
        let of_task = |&(env, reference): &(&str, &Sourced)| {
            let row = row(env, variant, seed)?;
            match normalised {
                true => {
                    let raw = row.estimated(metric, Some(reference.returns.random))?;
                    Some(reference.normalised(raw))
                }
                false => row.score(metric).filter(|_| !row.is_imputed()),
            }
        };
        tasks.iter().map(of_task).collect()
    };
    let imputed = manifest.variants.iter().map(|variant| {
        let of_run = |&seed: &u64| -> Vec<bool> {
            let of_task = |(env, _): &(&str, &Sourced)| {
                row(env, variant, seed).is_some_and(ScoreRow::is_imputed)
            };
            tasks.iter().map(of_task).collect()
        };
        (variant.clone(), manifest.seeds.iter().map(of_run).collect())
    });
    let scores = |normalised: bool| -> Named<Scores> {
        let of_metric = |&metric: &Metric| {
            let of_variant = |variant: &String| {
                let seeds = manifest.seeds.iter();
                let runs = seeds.map(|&seed| score(metric, normalised, variant, seed));
                (variant.clone(), runs.collect())
            };
            let variants = manifest.variants.iter().map(of_variant);
            (metric.name().to_owned(), variants.collect())
        };
        Metric::ALL.iter().map(of_metric).collect()
    };
    let curve = |variant: &str, seed: u64, env: &str, reference: &Sourced| {
        let found = records.iter().find(|(name, record)| {
            name == variant && record.seed == seed && record.config.env == env
        });
        found.map(|(_, record)| RunCurve::of(record, Some(&reference.returns)).points)
    };
    let curves = manifest.variants.iter().map(|variant| {
        let of_run = |&seed: &u64| {
            let of_task = |(env, reference): &(&str, &Sourced)| {
                let points = curve(variant, seed, env, reference).unwrap_or_default();
                let values = points.iter().map(|point| point.value);
                values.map(|raw| Some(reference.normalised(raw?))).collect()
            };
            tasks.iter().map(of_task).collect()
        };
        (variant.clone(), manifest.seeds.iter().map(of_run).collect())
    });
    let steps = manifest.variants.iter().map(|variant| {
        let of_task = |(env, reference): &(&str, &Sourced)| {
            let mut seeds = manifest.seeds.iter();
            let first = seeds.find_map(|&seed| curve(variant, seed, env, reference));
            let points = first.unwrap_or_default();
            points.iter().map(|point| point.at).collect()
        };
        (variant.clone(), tasks.iter().map(of_task).collect())
    });
    let exported = Exported {
        experiment: &manifest.experiment,
        manifest: manifest.digest(),
        headline: manifest.headline,
        tasks: tasks.iter().map(|(env, _)| *env).collect(),
        seeds: &manifest.seeds,
        random: tasks.iter().map(|(_, r)| r.returns.random).collect(),
        reference: tasks.iter().map(|(_, r)| r.returns.reference).collect(),
        scores: scores(true),
        imputed: imputed.collect(),
        raw_scores: scores(false),
        steps: steps.collect(),
        curves: curves.collect(),
    };
    let path = to.join("rliable.json");
    let mut json = serde_json::to_vec(&exported).map_err(|error| SummaryError::File {
        path: path.clone(),
        source: error.into(),
    })?;
    json.push(b'\n');
    files::write(&path, &json)?;
    Ok(vec![path])
}
