//! `trpo-lab score`: the statistics of anybody's scores.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::plot::say_letters;
use super::table::{self, Align};
use super::{CliError, extent};
use crate::figures;
use crate::format::{count, list, number};
use crate::scores::results::{Comparison, TaskComparison};
use crate::scores::{Results, Settings, assess, file};
use crate::settings::positive;
use crate::stats::{AGGREGATES, Estimate, Statistic, Stratified};
use crate::warn;

/// Estimate and compare the scores of any algorithms on any tasks.
///
/// FILE is JSON, {"tasks": ["t", ...], "algorithms": {"A": [[score of a run on t, ...], ...], ...}},
/// with null where a run is not there, or CSV with the columns algorithm (or variant, method,
/// agent), task (or env, environment), run (or seed, trial) and score, separated by a comma, a
/// semicolon or a tab. scores.csv of an experiment and rliable.json of an export are read too.
/// Numbers of runs may differ. Scores are taken as normalised (0 a random policy, 1 the reference)
/// unless FILE gives `random` and `reference` for each task: as two lists, or as two more columns.
///
/// Intervals are percentile intervals of the stratified bootstrap, at 95%; with few runs they are
/// too narrow. On a task an algorithm is better if Welch's test gives p < 0.05 after Holm's
/// correction over all tests made; over several tasks, if there are five runs of each on every task
/// and the interval of the difference of IQMs excludes 0.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab score scores.csv
  trpo-lab score scores.json --json > results.json
  trpo-lab score scores.json --figures figures
  trpo-lab score scores.json --smallest 0.05     runs needed for smaller differences
  trpo-lab score results/classic/scores.csv --score evaluation
  sort table.csv | trpo-lab score -              from standard input")]
pub struct Args {
    /// The scores: JSON or CSV; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The score to take, if FILE has several: the name of a column, or of a score
    /// of an export.
    #[arg(long, value_name = "NAME")]
    score: Option<String>,
    /// Print everything, performance profiles included, as JSON; a number that
    /// is undefined is null.
    #[arg(long)]
    json: bool,
    /// The smallest difference of scores worth knowing: the runs needed to find
    /// it are named.
    #[arg(long, value_name = "D", default_value_t = 0.1)]
    smallest: f64,
    /// Resamples of the bootstrap, at most 100000.
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repetitions: u32,
    /// Draw score intervals, performance profiles and probabilities of
    /// improvement into this folder, as SVG and PNG.
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Figures with a line for each algorithm of more than eight too.
    #[arg(long, requires = "figures")]
    all: bool,
    /// Draws the resamples: another seed, slightly other intervals.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    (positive().check)(&args.smallest).map_err(|e| CliError::Usage(format!("--smallest {e}")))?;
    let settings = Settings {
        bootstrap: Stratified {
            repetitions: args.repetitions as usize,
            ..Stratified::new(args.seed)
        },
        smallest_difference: args.smallest,
    };
    let score = args.score.as_deref();
    let is_input = args.file.as_os_str() == "-";
    let mut read = match is_input {
        true => file::read_input(io::stdin().lock(), score)?,
        false => file::read(&args.file, score)?,
    };
    let mut results = assess(&read.table, &settings);
    results.notes.splice(..0, read.notes.drain(..));
    let drawn = match &args.figures {
        Some(folder) => {
            let file = args.file.file_name().unwrap_or(args.file.as_os_str());
            let file = match is_input {
                true => file::INPUT.into(),
                false => file.to_string_lossy(),
            };
            let drawn = figures::draw_scores(&results, &file, folder, extent(args.all))?;
            if !drawn.left_out.is_empty() {
                let names = list(&drawn.left_out);
                warn!("without {names}, crowded with so many algorithms; --all draws them");
            }
            say_letters(&file, &drawn);
            drawn.paths
        }
        None => Vec::new(),
    };
    let mut out = crate::console::stdout();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &results).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&mut out, &results)?;
        if !drawn.is_empty() {
            writeln!(out)?;
        }
        for path in drawn {
            writeln!(out, "{}", path.display())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(out: &mut impl Write, results: &Results) -> io::Result<()> {
    for note in &results.notes {
        writeln!(out, "note: {note}")?;
    }
    if !results.notes.is_empty() {
        writeln!(out)?;
    }
    let normalised = match results.references {
        Some(_) => "normalised by the references of the file",
        None => "taken as normalised",
    };
    let algorithms = results.algorithms.iter().count();
    writeln!(
        out,
        "{} on {}, scores {normalised}",
        count(algorithms, "algorithm"),
        count(results.tasks.len(), "task"),
    )?;
    writeln!(
        out,
        "in brackets 95% intervals from {} resamples\n",
        number(results.repetitions as f64, 0)
    )?;
    print_aggregates(out, results)?;
    if results.comparisons.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    print_pairs(out, &results.comparisons)?;
    writeln!(out)?;
    print_tasks(out, &results.comparisons)?;
    writeln!(out, "\nd: difference in pooled standard deviations")?;
    writeln!(
        out,
        "power, runs needed: to find a difference of {} at level 0.05; needed for 80%\n",
        results.smallest_difference
    )?;
    for comparison in &results.comparisons {
        writeln!(out, "{}", comparison.judgement.words)?;
        // Over one task the words above are those on it.
        let tasks = comparison.tasks.iter().filter(|_| results.tasks.len() > 1);
        for task in tasks.filter(|task| says_more(task)) {
            writeln!(out, "  {}", task.judgement.words)?;
        }
    }
    Ok(())
}

/// Whether the verdict on a task is more than that there are too few seeds.
fn says_more(task: &TaskComparison) -> bool {
    task.judgement.verdict.is_decided() || task.imputed != [0; 2]
}

fn print_aggregates(out: &mut impl Write, results: &Results) -> io::Result<()> {
    use Align::{Left, Right};
    const COLUMNS: usize = 2 + AGGREGATES.len();
    let row = |name: &str, runs: &str, of: &dyn Fn(&Statistic) -> String| -> [String; COLUMNS] {
        std::array::from_fn(|column| match column {
            0 => name.to_owned(),
            1 => runs.to_owned(),
            column => of(&AGGREGATES[column - 2]),
        })
    };
    let mut rows = vec![row("algorithm", "runs", &|statistic| {
        statistic.label.to_owned()
    })];
    rows.extend(results.algorithms.iter().map(|(name, algorithm)| {
        row(name, &range(&algorithm.runs), &|statistic| {
            estimate(algorithm.aggregates.get(statistic))
        })
    }));
    let mut aligns = [Right; COLUMNS];
    aligns[0] = Left;
    table::write(out, aligns, &rows)
}

fn print_pairs(out: &mut impl Write, comparisons: &[Comparison]) -> io::Result<()> {
    use Align::{Left, Right};
    let header = ["X", "Y", "P(X > Y)", "IQM of X - IQM of Y", "over tasks"];
    let mut rows = vec![header.map(String::from)];
    rows.extend(comparisons.iter().map(|pair| {
        [
            pair.x.clone(),
            pair.y.clone(),
            estimate(pair.probability_of_improvement),
            estimate(pair.iqm_difference),
            pair.judgement.verdict.of_pair("X", "Y"),
        ]
    }));
    table::write(out, [Left, Left, Right, Right, Left], &rows)
}

fn print_tasks(out: &mut impl Write, comparisons: &[Comparison]) -> io::Result<()> {
    use Align::{Left, Right};
    let header = [
        "X",
        "Y",
        "task",
        "difference",
        "p",
        "p, Holm",
        "d",
        "power",
        "runs needed",
        "on the task",
    ];
    let mut rows = vec![header.map(String::from)];
    for pair in comparisons {
        rows.extend(pair.tasks.iter().map(|task| {
            let judgement = &task.judgement;
            let show = |value: Option<f64>| optional(value.map(|value| number(value, 3)));
            [
                pair.x.clone(),
                pair.y.clone(),
                task.task.clone(),
                show(task.welch.map(|test| test.difference)),
                optional(task.welch.map(|test| p_value(test.p))),
                optional(task.p_holm.map(p_value)),
                show(task.effect_size),
                show(judgement.power),
                optional(judgement.runs_needed.map(|n| number(n as f64, 0))),
                judgement.verdict.of_pair("X", "Y"),
            ]
        }));
    }
    let right = [Right; 6];
    let [a, b, c, d, e, f] = right;
    table::write(out, [Left, Left, Left, a, b, c, d, e, f, Left], &rows)
}

/// `0.554 [0.411, 0.707]`, or without an interval if there is none.
pub(super) fn estimate(estimate: Estimate) -> String {
    let show = |value| number(value, 3);
    let interval = estimate.interval();
    let interval = interval.map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
    show(estimate.point) + &interval.unwrap_or_default()
}

/// `5`, or `4 to 6` where tasks differ.
fn range(runs: &[usize]) -> String {
    match (runs.iter().min(), runs.iter().max()) {
        (Some(fewest), Some(most)) if fewest != most => format!("{fewest} to {most}"),
        (Some(all), _) => all.to_string(),
        _ => String::new(),
    }
}

pub(super) fn p_value(p: f64) -> String {
    match p < 0.001 {
        true => "< 0.001".to_owned(),
        false => number(p, 3),
    }
}

pub(super) fn optional(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
