//! What commands print of comparisons, and the margins that they take.

use std::io::{self, Write};

use super::CliError;
use super::table::{self, Align};
use crate::experiment::store::Store;
use crate::format::{count, decimals, number, short};
use crate::say;
use crate::scores::results::Comparison;
use crate::scores::verdict::Judgement;
use crate::scores::{NOTHING, ScoreTable, Verdict};
use crate::summary::SummaryError;
use crate::summary::statistics::Statistics;

/// Margins of the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Margins {
    /// The smallest difference of mean returns worth knowing on a task, in its own
    /// unit; may be given for several tasks.
    #[arg(long = "margin", value_name = "TASK=VALUE")]
    given: Vec<String>,
}

impl Margins {
    /// Whether there are any: verdicts are exploratory then, where others were
    /// stated before the runs.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The table with these margins.
    ///
    /// # Errors
    /// If one is not of this form, or of no task of the table.
    pub fn apply(&self, mut table: ScoreTable) -> Result<ScoreTable, String> {
        for given in &self.given {
            let wrong = |problem: String| format!("--margin {given}: {problem}");
            let parts = given.rsplit_once('=');
            let (task, value) = parts
                .ok_or_else(|| wrong("write TASK=VALUE, such as CartPole-v1=25".to_owned()))?;
            let margin = value.trim().parse::<f64>();
            let margin = margin.map_err(|_| wrong(format!("`{value}` is no number")))?;
            table = table.with_margin(task.trim(), margin).map_err(wrong)?;
        }
        Ok(table)
    }
}

/// Answers that are printed; the report has all of them.
const PRINTED: usize = 6;

/// Says which variants of an experiment are better, by its headline score, or why nothing
/// is said of a task.
pub(super) fn say_answers(store: &Store) -> Result<(), CliError> {
    let failed = |error: SummaryError| CliError::Failure(error.to_string());
    let statistics = Statistics::read(store.directory()).map_err(failed)?;
    let pairs = match statistics.headline() {
        Some(results) => results.comparisons.as_slice(),
        None => &[],
    };
    for pair in pairs.iter().take(PRINTED) {
        say!("{}", pair.judgement.words);
    }
    match pairs.len().saturating_sub(PRINTED) {
        0 => {}
        left => say!("and {}, which the report has", count(left, "other pair")),
    }
    for left in &statistics.left_out {
        say!("no verdict on {}: {}", left.name, left.reason);
    }
    Ok(())
}

/// A row for each task of a comparison.
pub(super) fn print_tasks(
    out: &mut impl Write,
    comparisons: &[&Comparison],
    mean: impl Fn(&str, usize) -> Option<f64>,
) -> io::Result<()> {
    use Align::{Left, Right};
    let header = [
        "X", "Y", "task", "runs", "X", "Y", "X - Y", "margin", "P(X > Y)", "verdict",
    ];
    let mut rows = vec![header.map(String::from)];
    for pair in comparisons {
        for (m, task) in pair.tasks.iter().enumerate() {
            let judgement = &task.judgement;
            let means = [&pair.x, &pair.y].map(|name| mean(name, m));
            let largest = means.iter().flatten().fold(0.0_f64, |a, b| a.max(b.abs()));
            let show = |value: Option<f64>| {
                let text = value.map(|value| number(value, decimals(largest)));
                text.unwrap_or_else(|| NOTHING.to_owned())
            };
            rows.push([
                pair.x.clone(),
                pair.y.clone(),
                task.task.clone(),
                runs(judgement),
                show(means[0]),
                show(means[1]),
                judgement.difference_cell(),
                short(judgement.margin),
                judgement.odds_cell(),
                judgement.verdict.of_pair("X", "Y") + mark(judgement),
            ]);
        }
    }
    let r = Right;
    table::write(out, [Left, Left, Left, r, r, r, r, r, r, Left], &rows)
}

/// What stands behind a judgement, for whoever asks.
pub(super) fn print_grounds(out: &mut impl Write, judgement: &Judgement) -> io::Result<()> {
    let answers = count(judgement.comparisons, "answer");
    let how = match judgement.is_paired {
        true => "seed by seed",
        false => "as independent samples",
    };
    write!(out, "  runs compared {how}; 95% for {answers} together")?;
    if judgement.is_exploratory {
        write!(out, "; exploratory, not declared before the runs")?;
    }
    if judgement.smallest_margin.is_some() {
        let margin = judgement.smallest_margin_cell();
        write!(out, "; equivalent at a margin of {margin} or more")?;
    }
    writeln!(out)?;
    if judgement.runs_to_differ.is_some() {
        let [differ, equal] = judgement.runs_cells();
        writeln!(
            out,
            "  runs of each that would find a difference of {}: {differ}; that would show equals \
             to be equivalent: {equal}",
            short(judgement.margin)
        )?;
    }
    Ok(())
}

fn runs(judgement: &Judgement) -> String {
    let [x, y] = judgement.runs;
    match x == y {
        true => x.to_string(),
        false => format!("{x}, {y}"),
    }
}

/// A mark at verdicts of questions that were not declared.
fn mark(judgement: &Judgement) -> &'static str {
    let says_something = !matches!(
        judgement.verdict,
        Verdict::TooFewRuns | Verdict::NoVerdict | Verdict::CannotTell
    );
    match judgement.is_exploratory && says_something {
        true => " (exploratory)",
        false => "",
    }
}
