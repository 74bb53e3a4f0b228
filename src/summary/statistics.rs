//! `statistics.json`: everything that is estimated over tasks and seeds, from
//! scores that [`references`](super::references) normalise.
//!
//! A run that diverged, or in which no episode ended, has the random policy's
//! score in every estimate; it is counted, never dropped. A run that failed was
//! stopped by an error and says nothing about its algorithm: it has no score.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::curves::METRICS;
use super::digits;
use super::efficiency::Efficiency;
use super::files::ScoreRow;
use super::references::References;
use super::sweeps::SweepResults;
use super::{Run, SummaryError, run_name};
use crate::experiment::manifest::{Manifest, Metric};
use crate::scores::{Named, Reference, Results, Row, ScoreTable, ScoresError, Settings, assess};

/// Name of the file in the folder of the experiment.
pub const FILE: &str = "statistics.json";

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
    /// The smallest difference of normalised scores worth knowing.
    pub smallest_difference: f64,
    /// What raw scores were normalised by, in the order of the tasks.
    pub references: Vec<TaskReference>,
    /// Tasks and variants that the normalised estimates leave out.
    pub left_out: Vec<LeftOut>,
    /// Runs of every task and variant, in the order of the manifest.
    pub runs: Vec<Counts>,
    /// Estimates, intervals, profiles, comparisons and verdicts by score:
    /// `final`, `best`, `area`, `evaluation`. With more than eight variants
    /// only the headline score; empty with more than twenty, or if no task can
    /// be normalised.
    pub scores: Named<Results>,
    /// Steps to a threshold, by task and variant.
    pub efficiency: Vec<Efficiency>,
    /// Final returns along the sweeps of the experiment.
    pub sweeps: Vec<SweepResults>,
}

/// The reference of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskReference {
    /// Task.
    pub task: String,
    /// The raw score that becomes 0.
    pub random: f64,
    /// The raw score that becomes 1.
    pub reference: f64,
    /// Where it is from.
    pub source: String,
}

/// A task or variant without a place in the normalised estimates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
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
    /// Those that diverged; they score as the random policy.
    pub diverged: usize,
    /// Others in which no episode ended; they score as the random policy.
    pub without_episode: usize,
    /// Those that an error stopped; they have no score.
    pub failed: usize,
}

impl Statistics {
    /// The results of the headline score.
    pub fn headline(&self) -> Option<&Results> {
        self.score(self.headline)
    }

    /// The results of one score.
    pub fn score(&self, metric: Metric) -> Option<&Results> {
        self.scores.get(name(metric))
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

    pub(super) fn write(&self, dir: &Path) -> Result<(), SummaryError> {
        digits::write(&dir.join(FILE), self)
    }
}

/// What a score is called.
pub fn name(metric: Metric) -> &'static str {
    let found = METRICS.iter().find(|(known, _)| *known == metric);
    found.map_or("", |(_, name)| name)
}

/// The statistics of `runs`, whose raw scores are `rows` in the same order.
pub(super) fn of(
    runs: &[Run<'_>],
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
) -> Result<Statistics, SummaryError> {
    let counts = counts(rows, manifest);
    let (tasks, variants, left_out) = in_estimates(manifest, &counts, references);
    let normalised: Vec<TaskReference> = tasks
        .iter()
        .filter_map(|task| {
            let found = references.get(task)?;
            Some(TaskReference {
                task: (*task).to_owned(),
                random: found.random,
                reference: found.reference,
                source: found.source.clone(),
            })
        })
        .collect();
    let mut scores = Named(Vec::new());
    let metrics = METRICS.iter().filter(|(metric, _)| {
        let most = match *metric == manifest.headline {
            true => HEADLINE_UP_TO,
            false => ALL_SCORES_UP_TO,
        };
        variants.len() <= most
    });
    for &(metric, name) in metrics.filter(|_| !tasks.is_empty()) {
        let table = table(rows, &normalised, &variants, metric, &manifest.experiment)?;
        let settings = Settings {
            smallest_difference: manifest.analysis.smallest_difference,
            ..Settings::default()
        };
        scores.0.push((name.to_owned(), assess(&table, &settings)));
    }
    Ok(Statistics {
        experiment: manifest.experiment.clone(),
        manifest: manifest.digest(),
        headline: manifest.headline,
        smallest_difference: manifest.analysis.smallest_difference,
        references: normalised,
        left_out,
        efficiency: super::efficiency::of(runs, manifest, references),
        sweeps: super::sweeps::of(rows, manifest, references),
        runs: counts,
        scores,
    })
}

/// The scores by which `variants` are compared on `tasks`, normalised; `source`
/// names them in messages.
///
/// # Errors
/// If a variant has no run with a score on some task.
pub fn table(
    rows: &[ScoreRow],
    tasks: &[TaskReference],
    variants: &[&str],
    metric: Metric,
    source: &str,
) -> Result<ScoreTable, ScoresError> {
    let scored = rows.iter().filter_map(|row| {
        let task = tasks.iter().find(|task| task.task == row.env)?;
        let variant = variants.iter().find(|variant| **variant == row.variant)?;
        Some(Row {
            algorithm: (*variant).to_owned(),
            task: row.env.clone(),
            run: row.seed.to_string(),
            score: row.estimated(metric, task.random)?,
            imputed: row.is_as_random(),
            place: run_name(&row.env, &row.variant, row.seed),
        })
    });
    let scored: Vec<Row> = scored.collect();
    let names = tasks.iter().map(|task| task.task.clone()).collect();
    let references = tasks.iter().map(|task| Reference {
        random: task.random,
        reference: task.reference,
    });
    ScoreTable::new(names, &scored, Some(references.collect()), source)
}

impl ScoreRow {
    /// The raw score that stands for the run in every estimate: `random`, the
    /// random policy's, if it diverged or no episode ended; none if it failed.
    pub fn estimated(&self, metric: Metric, random: f64) -> Option<f64> {
        match self.is_as_random() {
            true => Some(random),
            false => self.score(metric),
        }
    }

    /// Whether the run diverged, or no episode of it ended.
    pub fn is_as_random(&self) -> bool {
        let without_episode = self.last.is_none() && self.status != "failed";
        self.status == "diverged" || without_episode
    }
}

fn counts(rows: &[ScoreRow], manifest: &Manifest) -> Vec<Counts> {
    let of = |env: &str, variant: &str| {
        let cell = || {
            rows.iter()
                .filter(move |row| row.env == env && row.variant == variant)
        };
        let with = |status: &str| cell().filter(|row| row.status == status).count();
        let as_random = cell().filter(|row| row.is_as_random()).count();
        Counts {
            env: env.to_owned(),
            variant: variant.to_owned(),
            runs: cell().count(),
            diverged: with("diverged"),
            without_episode: as_random - with("diverged"),
            failed: with("failed"),
        }
    };
    let cells = manifest.cells.iter();
    cells.map(|cell| of(&cell.env, &cell.variant)).collect()
}

/// The tasks and variants of the normalised estimates, which need every variant
/// on every task, and what they leave out.
fn in_estimates<'a>(
    manifest: &'a Manifest,
    counts: &[Counts],
    references: &References,
) -> (Vec<&'a str>, Vec<&'a str>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut leave_out = |name: &str, reason: String| {
        let name = name.to_owned();
        left_out.push(LeftOut { name, reason });
    };
    let scored = |env: &str, variant: &str| {
        let mut cells = counts.iter();
        cells.any(|c| c.env == env && c.variant == variant && c.runs > c.failed)
    };
    let mut variants = Vec::new();
    for variant in &manifest.variants {
        match manifest.tasks.iter().any(|env| scored(env, variant)) {
            true => variants.push(variant.as_str()),
            false => leave_out(variant, "it has no run with a score".to_owned()),
        }
    }
    let mut tasks = Vec::new();
    for env in &manifest.tasks {
        let without = variants.iter().find(|variant| !scored(env, variant));
        if references.get(env).is_none() {
            let file = super::references::FILE;
            leave_out(env, format!("it has no reference in {file}"));
        } else if let Some(variant) = without {
            leave_out(env, format!("`{variant}` has no run with a score on it"));
        } else {
            tasks.push(env.as_str());
        }
    }
    (tasks, variants, left_out)
}
