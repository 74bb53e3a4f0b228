//! `trpo-lab compare`: which of two variants is better.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::summarize::{command, manifest};
use super::verdicts::{Margins, print_grounds, print_tasks};
use super::{CliError, Out, results};
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references::{self, References};
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::format::{count, list};
use crate::scores::results::Comparison;
use crate::scores::{ScoreTable, Settings, compare};
use crate::suggest::{did_you_mean, nearest};
use crate::summary::files::read_rows;
use crate::summary::statistics::{self, Stamp};
use crate::summary::{ScoreRow, SummaryError};

/// Say which of two variants of an experiment is better, in words and numbers.
///
/// Runs are compared seed by seed: on a task by their returns, over tasks by
/// scores that are 0 for the random policy and 1 for the reference of the task
/// (experiments/references.toml). A variant is better where the interval of the
/// mean difference, which holds for all declared pairs and tasks together,
/// excludes 0; two are equivalent where it lies inside the margin and as many runs
/// of either failed. Otherwise these runs cannot tell, and it is said how many
/// would. A pair that the experiment does not declare is exploratory. A run that
/// diverged has the worse of the random policy's return and of its own last point.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab compare trpo ppo
  trpo-lab compare trpo vpg --metric area
  trpo-lab compare ppo-lr-0_0003 ppo-lr-0_03 --experiment step-size")]
pub struct Args {
    /// A variant of the experiment.
    #[arg(value_name = "A")]
    a: String,
    /// Another one.
    #[arg(value_name = "B")]
    b: String,
    /// Name of the experiment [default: classic, or the only one with results].
    #[arg(long, value_name = "NAME")]
    experiment: Option<String>,
    /// The score [default: the experiment's headline score].
    #[arg(long, value_enum)]
    metric: Option<Score>,
    #[command(flatten)]
    margins: Margins,
    #[command(flatten)]
    out: Out,
}

/// A score, as an argument.
#[derive(Debug, Clone, Copy)]
struct Score(Metric);

impl ValueEnum for Score {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: [Score; Metric::ALL.len()] = {
            let [a, b, c, d] = Metric::ALL;
            [Score(a), Score(b), Score(c), Score(d)]
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let Score(metric) = self;
        Some(PossibleValue::new(metric.name()).help(metric.meaning()))
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let experiment = match &args.experiment {
        Some(name) => name.clone(),
        None => usual(&args.out.root)?,
    };
    let store = results(&args.out.root, &experiment)?;
    let manifest = manifest(&store)?;
    for name in [&args.a, &args.b] {
        if !manifest.variants.contains(name) {
            return Err(CliError::Usage(format!(
                "{} has no variant `{name}`{}; it has {}",
                manifest.experiment,
                did_you_mean(nearest(name, manifest.variants.iter().map(String::as_str))),
                list(&manifest.variants)
            )));
        }
    }
    if args.a == args.b {
        let message = format!("`{}` is compared with itself; name two variants", args.a);
        return Err(CliError::Usage(message));
    }
    check_stamp(&store, &manifest)?;
    let rows: Vec<ScoreRow> = read_rows(store.directory())?;
    let metric = args
        .metric
        .map_or(manifest.headline, |Score(metric)| metric);
    let known = References::of(&manifest).map_err(|error| CliError::Failure(error.to_string()))?;
    let (references, without) = statistics::normalised(&manifest, &known);
    if references.is_empty() {
        let message = format!(
            "no task of {} can be normalised; {}",
            manifest.experiment,
            references::remedy(manifest.tasks.first().map_or("TASK", String::as_str))
        );
        return Err(CliError::Failure(message));
    }
    let variants = [args.a.as_str(), args.b.as_str()];
    let source = store.directory().join("scores.csv").display().to_string();
    let place = statistics::in_estimates(&rows, &references, &variants, metric);
    if place.tasks.is_empty() {
        let reasons = place.left_out.iter();
        let reasons: Vec<String> = reasons
            .map(|left| format!("{}: {}", left.name, left.reason))
            .collect();
        let message = format!(
            "{source}: there is no task on which both have a score: {}; choose another with --metric",
            list(&reasons)
        );
        return Err(CliError::Failure(message));
    }
    let table = statistics::table(&rows, &place.tasks, &variants, metric, &source)
        .map_err(|error| CliError::Failure(error.to_string()))?;
    let table = args.margins.apply(table).map_err(CliError::Usage)?;
    let stated = Stated::read(store.directory())?;
    let standing = statistics::settings(&manifest, &stated);
    let settings = Settings {
        // The pairs are those of the experiment, whatever table holds these two.
        is_exploratory: standing.is_exploratory || !args.margins.is_empty(),
        ..standing
    };
    // Both stand in the table, and they are two.
    let pair = (args.a.as_str(), args.b.as_str());
    let Some(found) = compare(&table, &manifest.variants, pair, &settings) else {
        let message = format!("{source}: no scores of `{}` and `{}`", args.a, args.b);
        return Err(CliError::Failure(message));
    };
    let mut out = crate::console::stdout();
    print(&mut out, &found, &table, &manifest, metric)?;
    if !manifest.is_complete() {
        let (made, all) = (manifest.runs.len(), manifest.planned());
        writeln!(out, "only {made} of {all} runs are made")?;
    }
    if stated.looks > 0 {
        let looks = count(stated.looks, "look");
        writeln!(
            out,
            "counted in these answers: {looks} before all runs were made"
        )?;
    }
    for left in without.iter().chain(&place.left_out) {
        writeln!(out, "without {}: {}", left.name, left.reason)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The experiment that is meant where none is named.
fn usual(root: &Path) -> Result<String, CliError> {
    const MAIN: &str = "classic";
    let made = with_results(root);
    match made.as_slice() {
        [only] => Ok(only.clone()),
        [] => Ok(MAIN.to_owned()),
        made if made.iter().any(|name| name == MAIN) => Ok(MAIN.to_owned()),
        made => Err(CliError::Usage(format!(
            "of which experiment? --experiment {}",
            made.join(", --experiment ")
        ))),
    }
}

/// The experiments in `root` that have scores, in alphabetical order.
fn with_results(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("scores.csv").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// That the summary is of the runs in the manifest.
fn check_stamp(store: &Store, manifest: &Manifest) -> Result<(), CliError> {
    let remedy = command(store, "summarize", &manifest.experiment);
    let path = store.directory().join(statistics::FILE);
    let wrong = |problem: String| CliError::Failure(format!("{problem}; `{remedy}` makes it"));
    if !path.is_file() {
        return Err(wrong(format!("{}: there is none", path.display())));
    }
    let found = Stamp::read(store.directory());
    let found = found.map_err(|error: SummaryError| wrong(error.to_string()))?;
    if found.manifest != manifest.digest() {
        let problem = format!("{}: it is not of the runs in manifest.json", path.display());
        return Err(wrong(problem));
    }
    Ok(())
}

fn print(
    out: &mut impl Write,
    found: &Comparison,
    scores: &ScoreTable,
    manifest: &Manifest,
    metric: Metric,
) -> io::Result<()> {
    let judgement = &found.judgement;
    let tasks = found.tasks.len();
    write!(out, "{}.", judgement.words)?;
    match tasks {
        1 => writeln!(out, "\n")?,
        _ => writeln!(out, " This is said of these {}.\n", count(tasks, "task"))?,
    }
    let mean = |name: &str, m: usize| {
        let runs = &scores.runs().get(name)?[m];
        let raw: Vec<f64> = runs.iter().map(|run| run.raw).collect();
        crate::stats::mean(&raw)
    };
    print_tasks(out, &[found], mean)?;
    writeln!(out)?;
    print_grounds(out, judgement)?;
    // Over one task the words above are those on it.
    for task in found.tasks.iter().filter(|_| tasks > 1) {
        writeln!(out, "  {}", task.judgement.words)?;
    }
    let name = metric.name();
    let headline = match metric == manifest.headline {
        true => "the headline score".to_owned(),
        false => format!("not the headline score, {}", manifest.headline.name()),
    };
    writeln!(out, "\nscore: {name} ({headline})")
}
