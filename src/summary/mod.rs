//! From the records of an experiment to its summary: tidy tables on disk.
//!
//! | file | rows | columns |
//! |---|---|---|
//! | `scores.csv` | runs | the four scores |
//! | `curves.csv` | runs x points | the learning curve, to six digits: evaluations, or where there are none the training return |
//! | `curves_summary.csv` | tasks x variants x points | mean over seeds and its 95% bootstrap interval |
//! | `training_summary.csv` | tasks x variants x bins | the same of the training return, beside evaluations |
//! | `q_values_summary.csv` | tasks x variants x points | the same, at the Q-values that were used rather than the steps, if a variant says how many it uses |
//! | `updates.csv` | runs x updates | everything that was recorded; not committed |
//! | `steps.json` | variants | what updates did: left the trust region, were followed by a fall, were shortened |
//! | `updates_summary.csv` | tasks x variants x updates x columns | quantiles over seeds; none of sweeps and searches |
//! | `cost.csv` | tasks x variants x parts | wall time of an update; not a function of the runs |
//! | `collapse.csv` | two runs x updates | a run that collapses beside one that does not, if there are sweeps |
//! | `statistics.json` | | estimates over tasks, comparisons, verdicts, steps to thresholds |
//! | `tables/scores.md` | tasks x variants | means of the scores, failures |
//! | `tables/verdicts.md` | declared pairs x tasks | who is better |
//! | `tables/natural.md` | tasks x variants | residuals, divergences and times of steps along the natural gradient, if there are any |
//! | `tables/published.md` | tasks x algorithms x sources | what others published beside it, where they did |
//!
//! Rows come in the order of the manifest. A field without a value is empty;
//! numbers are the shortest that read back to the same bits, but for those of
//! curves and of updates, which are rounded: they are only drawn. The same records
//! give the same bytes, but for `cost.csv`, which is measured: one that stands
//! for the same manifest is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::columns::Column;
use crate::env::Reference;
use crate::experiment::disk::StoreError;
use crate::experiment::listing;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::{References, ReferencesError};
use crate::experiment::stated::Stated;
use crate::record::{Ending, RunRecord};
use crate::scores::ScoresError;
use curves::{RunCurve, Scores};

pub mod changes;
mod collapse;
mod cost;
pub mod curves;
pub(crate) mod digits;
pub mod effects;
pub mod efficiency;
pub mod files;
mod frames;
mod natural;
mod normalised;
pub mod published;
mod q_values;
mod rows;
mod scored;
pub mod shares;
pub mod statistics;
pub mod steps;
pub mod sweeps;
pub mod tables;
pub mod tidy;
pub mod training;
mod verdicts;

pub use collapse::{Fall, LEARNT, RULE as COLLAPSE_RULE};
pub use files::{
    BandRow, CollapseRow, CostRow, CurveRow, DiagnosticRow, QValueRow, Row, ScoreRow, StudyRow,
    UpdateRow,
};
pub use statistics::Statistics;
pub use steps::Steps;

/// Variants above which an experiment is a search: figures would show their
/// updates on top of one another, and do not.
pub const SHOWN_VARIANTS: usize = 8;

/// What can go wrong between records and summary, and when a summary is read.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// A record that the manifest does not list, or lists otherwise.
    #[error("{run}: {problem}; make the manifest again from the records")]
    Inconsistent {
        /// The run: task, variant and seed.
        run: String,
        /// What does not fit.
        problem: &'static str,
    },
    /// A record whose curve does not fit the others'.
    #[error("{run}: column `{column}` {problem}")]
    Column {
        /// The run: task, variant and seed.
        run: String,
        /// The column of its curve.
        column: String,
        /// What does not fit.
        problem: &'static str,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that does not hold what it should.
    #[error("{}, line {line}{}: {problem}", path.display(), in_column(column))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The name of the column, if it is known.
        column: Option<&'static str>,
        /// What is there, and what should be.
        problem: String,
    },
    /// A list of files, or a file in it.
    #[error(transparent)]
    Listing(#[from] StoreError),
    /// The references of tasks make no sense.
    #[error(transparent)]
    References(#[from] ReferencesError),
    /// The published scores make no sense.
    #[error("{}: {problem}", published::FILE)]
    Published {
        /// What is wrong, and where.
        problem: String,
    },
    /// Scores of runs that make no statistics.
    #[error(transparent)]
    Scores(#[from] ScoresError),
    /// A frame operation failed.
    #[error("the tidy frame: {0}")]
    Frame(#[from] polars::prelude::PolarsError),
}

fn in_column(column: &Option<&'static str>) -> String {
    column.map_or_else(String::new, |name| format!(", column `{name}`"))
}

/// One run of the experiment, with the names under which tables show it.
struct Run<'a> {
    env: &'a str,
    variant: &'a str,
    record: &'a RunRecord,
}

impl Run<'_> {
    /// Whether the run was stopped by an error of the program or the machine.
    /// It then says nothing about the algorithm, and only `scores.csv` and the
    /// counts of runs mention it.
    fn failed(&self) -> bool {
        self.record.status.ending() == Ending::Failed
    }

    /// Its learning curve.
    fn curve(&self, references: &References) -> RunCurve {
        RunCurve::of(self.record, returns(references, self.env))
    }

    fn name(&self) -> String {
        run_name(self.env, self.variant, self.record.seed)
    }
}

/// The reference of a task, if it has one.
fn returns<'a>(references: &'a References, env: &str) -> Option<&'a Reference> {
    references.get(env).map(|found| &found.returns)
}

fn run_name(env: &str, variant: &str, seed: u64) -> String {
    format!("run {env}, {variant}, seed {seed}")
}

/// For how many variants a summary holds everything, and figures show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// Updates up to [`SHOWN_VARIANTS`], estimates of scores up to a few more.
    #[default]
    Usual,
    /// For any number: figures may be crowded, and estimates take their time.
    Everything,
}

impl Extent {
    /// Whether figures show a line for each of so many variants.
    pub fn has_lines(self, variants: usize) -> bool {
        variants <= SHOWN_VARIANTS || self == Extent::Everything
    }
}

/// Writes the summary of `records` (each with the name of its variant, in any
/// order) into the folder `dir` of the experiment, next to its manifest. Of what
/// updates recorded it summarises the columns `shown`, which figures read
/// ([`figures::columns`](crate::figures::columns)); all others stand in
/// `updates.csv`, which is too large to commit.
///
/// # Errors
/// If a record is missing from the manifest or the other way round, or if a file
/// cannot be written.
pub fn summarize(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    dir: &Path,
    extent: Extent,
    shown: &[Column],
) -> Result<(), SummaryError> {
    let runs = in_order_of(manifest, records)?;
    let references = References::of(manifest)?;
    let stated = Stated::read(dir)?;
    let scores: Vec<ScoreRow> = runs.iter().map(|run| score_row(run, &references)).collect();
    let curves = frames::curves(&runs, &references);
    let updates = frames::updates(&runs)?;
    files::write_rows(dir, &scores)?;
    files::write_rows(dir, &frames::short_curves(&curves))?;
    files::write_rows(dir, &frames::bands(&curves))?;
    let training = match manifest.analysis.sweeps.is_empty() {
        true => frames::bands(&frames::training(&runs)),
        false => Vec::new(),
    };
    if !training.is_empty() {
        files::write_rows_at(&dir.join(TRAINING), &training)?;
    }
    let q_values = q_values::rows(&runs, &references);
    if !q_values.is_empty() {
        files::write_rows(dir, &q_values)?;
    }
    files::write_frame(&dir.join("updates.csv"), &updates)?;
    // Of sweeps and searches no figure reads them, and there are too many to commit.
    let is_shown = manifest.analysis.sweeps.is_empty() && extent.has_lines(manifest.variants.len());
    let quantiles = match is_shown {
        true => frames::updates_summary(&updates, shown)?,
        false => Vec::new(),
    };
    files::write_rows(dir, &quantiles)?;
    let statistics = statistics::of(&runs, &scores, manifest, &references, &stated, extent)?;
    statistics.write(dir)?;
    steps::of(&runs, manifest).write(dir)?;
    cost::write(&runs, manifest, dir)?;
    if !manifest.analysis.sweeps.is_empty() {
        let rows = collapse::seen(&runs, &scores, manifest, &references);
        files::write_rows(dir, &rows)?;
    }
    let table = tables::scores(&scores, manifest, &references, &statistics);
    files::write(&dir.join("tables/scores.md"), table.as_bytes())?;
    let verdicts = verdicts::table(&statistics);
    if let Some(table) = &verdicts {
        files::write(&dir.join(VERDICTS), table.as_bytes())?;
    }
    published::table::write(&scores, manifest, dir)?;
    let natural = natural::table(&runs, manifest, &files::read_rows::<CostRow>(dir)?);
    if let Some(table) = &natural {
        files::write(&dir.join(natural::FILE), table.as_bytes())?;
    }
    let mut written = WRITTEN.to_vec();
    if !manifest.analysis.sweeps.is_empty() {
        written.push(CollapseRow::FILE);
    }
    if verdicts.is_some() {
        written.push(VERDICTS);
    }
    if natural.is_some() {
        written.push(natural::FILE);
    }
    if !training.is_empty() {
        written.push(TRAINING);
    }
    if !q_values.is_empty() {
        written.push(QValueRow::FILE);
    }
    let written: Vec<PathBuf> = written.into_iter().map(|name| dir.join(name)).collect();
    listing::settle_and_say(dir, "summarize", &written)?;
    Ok(())
}

/// The declared pairs, where scores can be compared.
const VERDICTS: &str = "tables/verdicts.md";

/// The training return beside the evaluations while training, a [`BandRow`] for each
/// bin; none of sweeps, and where the learning curve is the training return.
pub const TRAINING: &str = "training_summary.csv";

/// What every summary consists of.
const WRITTEN: [&str; 9] = [
    ScoreRow::FILE,
    CurveRow::FILE,
    BandRow::FILE,
    "updates.csv",
    UpdateRow::FILE,
    CostRow::FILE,
    statistics::FILE,
    steps::FILE,
    "tables/scores.md",
];

/// The scores of `records` in the order of the manifest.
///
/// # Errors
/// If records and manifest do not fit.
pub fn score_rows(
    records: &[(String, RunRecord)],
    manifest: &Manifest,
) -> Result<Vec<ScoreRow>, SummaryError> {
    let runs = in_order_of(manifest, records)?;
    let references = References::of(manifest)?;
    Ok(runs.iter().map(|run| score_row(run, &references)).collect())
}

fn score_row(run: &Run<'_>, references: &References) -> ScoreRow {
    let scores = Scores::of(run.record, returns(references, run.env));
    ScoreRow {
        env: run.env.to_owned(),
        variant: run.variant.to_owned(),
        seed: run.record.seed,
        status: run.record.status.ending(),
        evaluation: scores.evaluation,
        area: scores.area,
        training: scores.training,
        last: scores.last,
    }
}

/// The records in the order of the manifest, each of which must list the other.
fn in_order_of<'a>(
    manifest: &'a Manifest,
    records: &'a [(String, RunRecord)],
) -> Result<Vec<Run<'a>>, SummaryError> {
    let inconsistent = |env: &str, variant: &str, seed, problem| SummaryError::Inconsistent {
        run: run_name(env, variant, seed),
        problem,
    };
    let mut unclaimed = BTreeMap::new();
    for (variant, record) in records {
        let key = (record.config.env.as_str(), variant.as_str(), record.seed);
        if unclaimed.insert(key, record).is_some() {
            return Err(inconsistent(key.0, key.1, key.2, "has two records"));
        }
    }
    let mut runs = Vec::with_capacity(records.len());
    for entry in &manifest.runs {
        let (env, variant) = (entry.env.as_str(), entry.variant.as_str());
        let problem = |problem| inconsistent(env, variant, entry.seed, problem);
        let record = unclaimed
            .remove(&(env, variant, entry.seed))
            .ok_or_else(|| problem("is in the manifest but has no record"))?;
        if record.digest != entry.digest {
            return Err(problem("its record and the manifest have other digests"));
        }
        if manifest.config(env, variant) != Some(&record.config) {
            return Err(problem("its record and the manifest have other settings"));
        }
        runs.push(Run {
            env,
            variant,
            record,
        });
    }
    match unclaimed.keys().next() {
        Some(&(env, variant, seed)) => Err(inconsistent(
            env,
            variant,
            seed,
            "has a record but is not in the manifest",
        )),
        None => Ok(runs),
    }
}
