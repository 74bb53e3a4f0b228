//! `tables/published.md`: what others published beside what was found here.
//!
//! It is made of `scores.csv` and the manifest alone, so that it can be made
//! again, without a run, when `experiments/published.toml` has changed.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::super::frames::BOOTSTRAP_SEED;
use super::super::tables::runs_cell;
use super::super::{ScoreRow, SummaryError, files};
use super::discounts::{self, Discount};
use super::{How, Published, Score, Source};
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::References;
use crate::format::{decimals, number};
use crate::stats::{self, Bootstrap};

/// The table, in the folder of the experiment.
pub const FILE: &str = "tables/published.md";

const HEADER: &str = "| algorithm | who | score | task | mean | spread | seeds | steps |\n\
    |:--|:--|:--|:--|--:|:--|--:|--:|\n";

const NOTE: &str = "Rows in bold are of this experiment: the mean over seeds with its 95% \
    percentile bootstrap interval, which is too narrow for few seeds; the scores are those of the \
    table of scores. The other rows stand as they were published, each by its own protocol, which \
    is said below.";

const VERSIONS: &str = "A task in bold is **another version** than the one run here. Versions \
    differ in simulator, observations, rewards and in when an episode ends: such a score says \
    about how much to expect, and no difference from it shows that one program is better.";

const APPROXIMATE: &str = "A number after ≈ was read off a graph by somebody else.";

/// Makes the table of the experiment in the folder `dir` from its committed
/// files; nothing is written if nothing was published on its tasks.
///
/// # Errors
/// If manifest or scores are missing or damaged, or the table cannot be
/// written.
pub fn make(dir: &Path) -> Result<Option<PathBuf>, SummaryError> {
    let manifest = files::read_manifest(dir)?;
    write(&files::read_rows::<ScoreRow>(dir)?, &manifest, dir)
}

/// Writes the table into the folder `dir` of the experiment, or removes one
/// that stands there from before if there is nothing to show.
pub(in crate::summary) fn write(
    scores: &[ScoreRow],
    manifest: &Manifest,
    dir: &Path,
) -> Result<Option<PathBuf>, SummaryError> {
    let path = dir.join(FILE);
    match table(
        scores,
        manifest,
        &References::built_in()?,
        &Published::built_in()?,
    ) {
        Some(table) => {
            files::write(&path, table.as_bytes())?;
            Ok(Some(path))
        }
        None if path.is_file() => {
            let removed = std::fs::remove_file(&path);
            removed.map_err(|source| SummaryError::File { path, source })?;
            Ok(None)
        }
        None => Ok(None),
    }
}

/// A table for every task with published scores of any algorithm of the
/// experiment; `None` if there is no such task.
fn table(
    rows: &[ScoreRow],
    manifest: &Manifest,
    references: &References,
    published: &Published,
) -> Option<String> {
    if !super::concerns(manifest) {
        return None;
    }
    let mut out = String::from("# Published scores\n");
    let mut cited: Vec<&Source> = Vec::new();
    let mut versions = false;
    let unusual = discounts::unusual(manifest);
    for task in &manifest.tasks {
        let random = references
            .get(task)
            .map(|reference| reference.returns.random);
        let beside: Vec<_> = super::algorithms(manifest)
            .into_iter()
            .map(|algorithm| (algorithm, published.of(task, algorithm).collect::<Vec<_>>()))
            .filter(|(_, theirs)| !theirs.is_empty())
            .collect();
        if beside.is_empty() {
            continue;
        }
        let mut ours = ours_on(rows, manifest, task, random);
        ours.retain(|row| beside.iter().any(|(name, _)| *name == row.algorithm));
        let largest = ours.iter().map(Ours::size).fold(0.0, f64::max);
        let decimals = decimals(largest);
        // Writing to a string cannot fail.
        let _ = write!(out, "\n## Published for {task}\n\n{HEADER}");
        for (algorithm, theirs) in beside {
            for row in ours.iter().filter(|row| row.algorithm == algorithm) {
                row.write(&mut out, decimals);
            }
            for (source, score) in theirs {
                write_theirs(&mut out, source, score, decimals);
                cited.push(source);
                versions |= score.is_of_another_version();
            }
        }
        if let Some(discount) = unusual.iter().find(|discount| discount.task == task) {
            write_discount(&mut out, discount);
        }
    }
    // In the order of the file, whatever task named it first.
    let sources = published.sources().iter();
    let cited: Vec<&Source> = sources.filter(|source| cited.contains(source)).collect();
    if cited.is_empty() {
        return None;
    }
    let _ = write!(out, "\n{NOTE}");
    if cited.iter().any(|source| source.how == How::Secondary) {
        let _ = write!(out, " {APPROXIMATE}");
    }
    if versions {
        let _ = write!(out, "\n\n{VERSIONS}");
    }
    out.push_str("\n\n## Sources of published scores\n");
    for source in cited {
        write_source(&mut out, source);
    }
    Some(out)
}

/// What makes the rows above less comparable than elsewhere.
fn write_discount(out: &mut String, discount: &Discount<'_>) {
    let Discount { gamma, usual, .. } = discount;
    let _ = writeln!(
        out,
        "\nThe runs here discount by {gamma} on this task, by {usual} on most others: scores that \
         were published for another discount are of another problem."
    );
}

/// Protocol, meaning of the spread, origin.
fn write_source(out: &mut String, source: &Source) {
    let how = match source.how {
        How::Read => "read there",
        How::Digitised => "digitised from the paths of the figure",
        How::Secondary => "read off the graph by somebody else",
    };
    let spread = source.spread.as_ref();
    let spread = spread.map_or_else(String::new, |what| format!(" Spread: {what}."));
    let _ = write!(
        out,
        "\n**{}** ({how}; {}): {}{spread} {}.\n",
        source.label,
        source.seeds.phrase(),
        source.protocol,
        source.citation
    );
}

/// One score of one variant of this experiment on one task.
struct Ours<'a> {
    task: &'a str,
    variant: &'a str,
    algorithm: &'a str,
    /// How the variant differs from what goes by the name of its algorithm.
    departure: Option<&'static str>,
    metric: Metric,
    headline: bool,
    scores: Vec<f64>,
    runs: String,
    steps: u64,
}

/// The headline score and the final return of every variant on `task`.
fn ours_on<'a>(
    rows: &[ScoreRow],
    manifest: &'a Manifest,
    task: &'a str,
    random: Option<f64>,
) -> Vec<Ours<'a>> {
    let mut all = Vec::new();
    for cell in manifest.cells.iter().filter(|cell| cell.env == *task) {
        let runs = rows.iter();
        let runs = runs.filter(|row| row.env == *task && row.variant == cell.variant);
        let runs: Vec<&ScoreRow> = runs.collect();
        let mut metrics = Metric::ALL.to_vec();
        metrics.retain(|&m| m == Metric::Final || m == manifest.headline);
        for metric in metrics {
            let score = |run: &&ScoreRow| run.estimated(metric, random);
            all.push(Ours {
                task,
                variant: &cell.variant,
                algorithm: cell.config.algorithm.name(),
                departure: cell.config.algorithm.departure(),
                metric,
                headline: metric == manifest.headline,
                scores: runs.iter().filter_map(score).collect(),
                runs: runs_cell(&runs),
                steps: cell.config.total_steps(),
            });
        }
    }
    all
}

impl Ours<'_> {
    /// How large its mean is.
    fn size(&self) -> f64 {
        stats::mean(&self.scores).map_or(0.0, f64::abs)
    }

    fn write(&self, out: &mut String, decimals: usize) {
        let show = |value| number(value, decimals);
        let mean = stats::mean(&self.scores).map_or_else(|| "–".to_owned(), show);
        let interval = Bootstrap::new(BOOTSTRAP_SEED).interval(0, &self.scores, |sample| {
            stats::mean(sample).unwrap_or(f64::NAN)
        });
        let interval = interval.map(|ends| format!("[{}, {}]", show(ends.low), show(ends.high)));
        let departure = self.departure.map_or_else(String::new, |departure| {
            format!(" ({departure}, theirs is not)")
        });
        let _ = writeln!(
            out,
            "| **{}** | **here, `{}`{departure}** | {}{} | {} | **{mean}** | {} | {} | {} |",
            self.algorithm,
            self.variant,
            self.metric.name(),
            if self.headline { " (headline)" } else { "" },
            self.task,
            interval.unwrap_or_default(),
            self.runs,
            number(self.steps as f64, 0),
        );
    }
}

fn write_theirs(out: &mut String, source: &Source, score: &Score, decimals: usize) {
    let show = |value| number(value, decimals);
    let spread = match (score.spread, score.interval) {
        (Some(spread), _) => format!("± {}", show(spread)),
        (_, Some([low, high])) => format!("[{}, {}]", show(low), show(high)),
        _ => String::new(),
    };
    let bold = if score.is_of_another_version() {
        "**"
    } else {
        ""
    };
    let about = if source.how == How::Secondary {
        "≈ "
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "| {} | {} | {} | {bold}{}{bold} | {about}{} | {spread} | {} | {} |",
        score.algorithm,
        source.label,
        source.measures,
        score.published,
        show(score.value),
        source.seeds,
        number(score.steps as f64, 0),
    );
}
