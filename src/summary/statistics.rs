//! `statistics.json`: everything that is estimated over tasks and seeds, from
//! scores that [references](crate::experiment::references) normalise.
//!
//! What was measured stands. A run that diverged has in every estimate the worse of
//! the random policy's return and of its own last point (it is *imputed*); it is
//! counted, never dropped. A score
//! that was not measured otherwise is missing: of a run in which no episode ended
//! all but the evaluation, of one that failed, which was stopped by an error and
//! says nothing about its algorithm, all.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digits;
use super::efficiency::Efficiency;
use super::files::ScoreRow;
pub use super::scored::{InEstimates, LeftOut, TaskReference, in_estimates, normalised, table};
use super::sweeps::SweepResults;
use super::{Extent, Run, SummaryError};
use crate::algo::natural::CG_RESIDUAL;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::experiment::stated::{PAIRS, REFERENCES, SEEDS, Stated};
use crate::format::list;
use crate::record::Ending;
use crate::scores::{Named, Results, Settings, assess};
use crate::stats::median;

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "statistics.json";

/// The version of the rules by which curves, tables and verdicts are made. A
/// summary of older rules is shown as it stands, and says so.
pub const RULES: u32 = 2;

/// Variants up to which all scores are assessed, and up to which the headline
/// score is: the number of pairs grows with their square.
const ALL_SCORES_UP_TO: usize = 8;
const HEADLINE_UP_TO: usize = 20;

/// What the runs of one experiment come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Name of the experiment.
    pub experiment: String,
    /// Digest of the manifest of the runs.
    pub manifest: String,
    /// The score named before running.
    pub headline: Metric,
    /// The rules that all of it follows: [`RULES`].
    pub rules: u32,
    /// The smallest difference of normalised scores, over tasks, worth knowing.
    pub smallest_difference: f64,
    /// By what raw scores were judged, in the order of the tasks.
    pub references: Vec<TaskReference>,
    /// Tasks and variants that the normalised estimates leave out.
    pub left_out: Vec<LeftOut>,
    /// Runs of every task and variant, in the order of the manifest.
    pub runs: Vec<Counts>,
    /// Estimates, intervals, profiles, comparisons and verdicts by score:
    /// `evaluation`, `area`, `training`, `final`. With more than eight variants
    /// only the headline score, with more than twenty none, unless
    /// [`Extent::Everything`] is asked for; empty if no task can be normalised.
    pub scores: Named<Results>,
    /// Steps to a threshold, by task and variant.
    pub efficiency: Vec<Efficiency>,
    /// Final returns along the sweeps of the experiment.
    pub sweeps: Vec<SweepResults>,
    /// How far conjugate gradients got, of the variants that use them.
    pub residuals: Vec<Residual>,
}

/// How far the conjugate gradients of one variant got on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// Task.
    pub env: String,
    /// Variant.
    pub variant: String,
    /// Median over all updates of its runs of the relative residual at the last
    /// iteration.
    pub median: f64,
}

/// The runs of one task and variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Task.
    pub env: String,
    /// Variant.
    pub variant: String,
    /// All of them.
    pub runs: usize,
    /// Those that diverged; they score the worse of the random policy's return and
    /// of their own last point.
    pub diverged: usize,
    /// Others in which no episode of the training ended; they have an evaluation
    /// and no other score.
    pub without_episode: usize,
    /// Those that an error stopped; they have no score.
    pub failed: usize,
}

impl Counts {
    /// Whether nothing was measured: every run that has a score diverged.
    pub fn is_imputed(&self) -> bool {
        self.diverged > 0 && self.diverged + self.failed == self.runs
    }
}

/// What statistics are of, whatever rules they follow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stamp {
    /// Digest of the manifest of the runs.
    pub manifest: String,
    /// The rules; the first of all said nothing of them.
    #[serde(default = "first")]
    pub rules: u32,
}

fn first() -> u32 {
    1
}

impl Stamp {
    /// That of the statistics in the folder of an experiment.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn read(dir: &Path) -> Result<Self, SummaryError> {
        digits::read(&dir.join(FILE))
    }
}

impl Statistics {
    /// The results of the headline score.
    pub fn headline(&self) -> Option<&Results> {
        self.score(self.headline)
    }

    /// The results of one score.
    pub fn score(&self, metric: Metric) -> Option<&Results> {
        self.scores.get(metric.name())
    }

    /// The sum of a count over tasks and variants.
    pub fn count(&self, of: impl Fn(&Counts) -> usize) -> usize {
        self.runs.iter().map(of).sum()
    }

    /// Reads them from the folder of an experiment.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn read(dir: &Path) -> Result<Self, SummaryError> {
        digits::read(&dir.join(FILE))
    }

    /// Writes them into the folder of an experiment.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), SummaryError> {
        digits::write(&dir.join(FILE), self)
    }
}

/// The statistics of `runs`, whose raw scores are `rows` in the same order.
pub(super) fn of(
    runs: &[Run<'_>],
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
    stated: &Stated,
    extent: Extent,
) -> Result<Statistics, SummaryError> {
    let (normalised, mut left_out) = normalised(manifest, references);
    // What some scores leave out, with their names.
    let mut of_scores: Vec<(LeftOut, Vec<&str>)> = Vec::new();
    let mut scores = Named(Vec::new());
    // What the headline score leaves out is said first.
    let mut metrics = Metric::ALL;
    metrics.sort_by_key(|&metric| metric != manifest.headline);
    for metric in metrics {
        let name = metric.name();
        let variants: Vec<&str> = manifest.variants.iter().map(String::as_str).collect();
        let place = in_estimates(rows, &normalised, &variants, metric);
        for left in place.left_out {
            match of_scores.iter_mut().find(|(known, _)| *known == left) {
                Some((_, names)) => names.push(name),
                None => of_scores.push((left, vec![name])),
            }
        }
        let most = match metric == manifest.headline {
            true => HEADLINE_UP_TO,
            false => ALL_SCORES_UP_TO,
        };
        let many = extent == Extent::Usual && place.variants.len() > most;
        if place.tasks.is_empty() || many {
            continue;
        }
        let source = &manifest.experiment;
        let table = table(rows, &place.tasks, &place.variants, metric, source)?;
        let settings = settings(manifest, stated);
        scores.0.push((name.to_owned(), assess(&table, &settings)));
    }
    for (mut left, names) in of_scores {
        if names.len() < Metric::ALL.len() {
            left.reason += &format!(" ({})", list(&names));
        }
        left_out.push(left);
    }
    // In the order of the tables.
    let place = |(name, _): &(String, Results)| Metric::ALL.iter().position(|m| m.name() == name);
    scores.0.sort_by_key(place);
    Ok(Statistics {
        experiment: manifest.experiment.clone(),
        manifest: manifest.digest(),
        headline: manifest.headline,
        rules: RULES,
        smallest_difference: manifest.analysis.smallest_difference,
        references: normalised,
        left_out,
        efficiency: super::efficiency::of(runs, manifest, references),
        sweeps: super::sweeps::of(runs, rows, manifest, references),
        runs: counts(rows, manifest),
        residuals: residuals(runs, manifest),
        scores,
    })
}

fn residuals(runs: &[Run<'_>], manifest: &Manifest) -> Vec<Residual> {
    let of = |env: &str, variant: &str| {
        let of_cell = runs
            .iter()
            .filter(|run| run.env == env && run.variant == variant);
        let all = of_cell.flat_map(|run| {
            let column = run
                .record
                .curve
                .numbers(CG_RESIDUAL.name)
                .unwrap_or_default();
            column.iter().flatten().copied()
        });
        Some(Residual {
            env: env.to_owned(),
            variant: variant.to_owned(),
            median: median(&all.collect::<Vec<f64>>())?,
        })
    };
    let cells = manifest.cells.iter();
    cells
        .filter_map(|cell| of(&cell.env, &cell.variant))
        .collect()
}

/// How the scores of an experiment are assessed, of which this was stated before.
pub fn settings(manifest: &Manifest, stated: &Stated) -> Settings {
    let declared = manifest.analysis.compare.iter();
    Settings {
        smallest_difference: manifest.analysis.smallest_difference,
        declared: declared
            .map(|pair| [pair.x.clone(), pair.y.clone()])
            .collect(),
        looks: stated.looks_at(manifest),
        is_exploratory: ![SEEDS, PAIRS, REFERENCES]
            .iter()
            .all(|what| stated.is_before(what, manifest)),
        ..Settings::default()
    }
}

fn counts(rows: &[ScoreRow], manifest: &Manifest) -> Vec<Counts> {
    let of = |env: &str, variant: &str| {
        let cell = || {
            rows.iter()
                .filter(move |row| row.env == env && row.variant == variant)
        };
        let with = |ending| cell().filter(|row| row.status == ending).count();
        let without_episode =
            |row: &&ScoreRow| row.status == Ending::Completed && row.last.is_none();
        Counts {
            env: env.to_owned(),
            variant: variant.to_owned(),
            runs: cell().count(),
            diverged: with(Ending::Diverged),
            without_episode: cell().filter(without_episode).count(),
            failed: with(Ending::Failed),
        }
    };
    let cells = manifest.cells.iter();
    cells.map(|cell| of(&cell.env, &cell.variant)).collect()
}
