//! `trpo-lab score`: the statistics of anybody's scores.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::letters;
use super::table::{self, Align};
use super::verdicts::{Margins, print_grounds, print_tasks};
use super::{CliError, extent};
use crate::env::SMALLEST_DIFFERENCE;
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
/// Verdicts rest on the difference of means: seed by seed where the runs of a column `seed` have
/// partners, else as independent samples. Its interval holds for all pairs and tasks together. An
/// algorithm is better where it excludes 0, two are equivalent where it lies inside the margin and as
/// many runs of either failed; else these runs cannot tell, and it is said how many would.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab score scores.csv
  trpo-lab score scores.json --json > results.json
  trpo-lab score scores.json --figures figures
  trpo-lab score scores.json --margin Ant-v5=400  what is worth knowing on a task
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
    /// The smallest difference of normalised scores worth knowing, over tasks and
    /// where a task has no margin.
    #[arg(long, value_name = "D", default_value_t = SMALLEST_DIFFERENCE)]
    smallest: f64,
    #[command(flatten)]
    margins: Margins,
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
        ..Settings::default()
    };
    let score = args.score.as_deref();
    let is_input = args.file.as_os_str() == "-";
    let mut read = match is_input {
        true => file::read_input(io::stdin().lock(), score)?,
        false => file::read(&args.file, score)?,
    };
    let table = args.margins.apply(read.table).map_err(CliError::Usage)?;
    let mut results = assess(&table, &settings);
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
            letters::say(&file, &drawn);
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
    let pairs: Vec<&Comparison> = results.comparisons.iter().collect();
    print_tasks(out, &pairs, |name, m| {
        Some(results.algorithms.get(name)?.tasks[m].mean)
    })?;
    writeln!(
        out,
        "\nX - Y: difference of means, its interval for all declared pairs and tasks together\n"
    )?;
    for comparison in &results.comparisons {
        writeln!(out, "{}", comparison.judgement.words)?;
        print_grounds(out, &comparison.judgement)?;
        // Over one task the words above are those on it.
        let tasks = comparison.tasks.iter().filter(|_| results.tasks.len() > 1);
        for task in tasks.filter(|task| says_more(task)) {
            writeln!(out, "  {}", task.judgement.words)?;
        }
    }
    Ok(())
}

/// Whether the verdict on a task is more than that these runs cannot tell.
fn says_more(task: &TaskComparison) -> bool {
    let judgement = &task.judgement;
    judgement.verdict.is_decided() || judgement.failed != [0; 2]
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
    let header = ["X", "Y", "X - Y", "P(X > Y)", "over tasks"];
    let mut rows = vec![header.map(String::from)];
    rows.extend(comparisons.iter().map(|pair| {
        [
            pair.x.clone(),
            pair.y.clone(),
            pair.judgement.difference_cell(),
            pair.judgement.odds_cell(),
            pair.judgement.verdict.of_pair("X", "Y"),
        ]
    }));
    table::write(out, [Left, Left, Right, Right, Left], &rows)
}

/// `0.554 [0.411, 0.707]`, or without an interval if there is none.
fn estimate(estimate: Estimate) -> String {
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
