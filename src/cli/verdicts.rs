//! What commands print of comparisons, and the margins that they take.

use std::io::{self, Write};

use super::table::{self, Align};
use crate::format::{count, decimals, number, short};
use crate::scores::results::Comparison;
use crate::scores::verdict::Judgement;
use crate::scores::{ScoreTable, Verdict};
use crate::stats::{Estimate, Interval};

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
            let show =
                |value: Option<f64>| optional(value.map(|value| number(value, decimals(largest))));
            rows.push([
                pair.x.clone(),
                pair.y.clone(),
                task.task.clone(),
                runs(judgement),
                show(means[0]),
                show(means[1]),
                difference(judgement),
                short(judgement.margin),
                share(judgement.improvement),
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
    if let Some(margin) = judgement.smallest_margin {
        write!(
            out,
            "; equivalent at a margin of {} or more",
            short(round_up(margin))
        )?;
    }
    writeln!(out)?;
    let runs = |[found, most]: [usize; 2]| match found == most {
        true => number(found as f64, 0),
        false => format!("{} to {}", number(found as f64, 0), number(most as f64, 0)),
    };
    if let (Some(differ), Some(equal)) = (judgement.runs_to_differ, judgement.runs_to_be_equal) {
        writeln!(
            out,
            "  runs of each that would find a difference of {}: {}; that would show equals to be \
             equivalent: {}",
            short(judgement.margin),
            runs(differ),
            runs(equal)
        )?;
    }
    Ok(())
}

/// To three digits, and not less.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powi(value.log10().floor() as i32 - 2);
    (value / unit).ceil() * unit
}

/// `12.3 [4.1, 20.5]`.
pub(super) fn difference(judgement: &Judgement) -> String {
    let found = judgement.difference.zip(judgement.interval);
    optional(found.map(|(difference, Interval { low, high })| {
        let digits = decimals(low.abs().max(high.abs()));
        let show = |value: f64| number(value, digits);
        format!("{} [{}, {}]", show(difference), show(low), show(high))
    }))
}

/// `0.73 [0.61, 0.84]`.
pub(super) fn share(estimate: Estimate) -> String {
    let show = |value| number(value, 2);
    let interval = estimate.interval();
    let interval = interval.map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
    show(estimate.point) + &interval.unwrap_or_default()
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

pub(super) fn optional(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_rounded_up() {
        assert_eq!(round_up(0.12341), 0.124);
        assert_eq!(round_up(123.0), 123.0);
        assert_eq!(round_up(0.0), 0.0);
    }
}
