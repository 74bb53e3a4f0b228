//! `trpo-lab compare`: which of two variants is better.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::score::{estimate, optional, p_value};
use super::summarize::{command, manifest};
use super::table::{self, Align};
use super::{CliError, Out, results};
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::experiment::references;
use crate::experiment::store::Store;
use crate::format::{count, list, number};
use crate::scores::results::Comparison;
use crate::scores::{ScoreTable, Settings, compare};
use crate::suggest::{did_you_mean, nearest};
use crate::summary::files::read_rows;
use crate::summary::statistics::{self, LeftOut, Statistics};
use crate::summary::{ScoreRow, SummaryError};

/// Say which of two variants of an experiment is better, in words and numbers.
///
/// Scores are normalised: 0 is the random policy, 1 the reference of the task
/// (experiments/references.toml). On a task a variant is better if Welch's test
/// gives p < 0.05 after Holm's correction over the tasks; over several tasks, if
/// there are five runs of each on every task and the 95% bootstrap interval of
/// the difference of IQMs excludes 0. Otherwise the two cannot be told apart, with
/// at least 80% power for the smallest difference worth knowing, or there are not
/// enough seeds to tell, and the number that it takes is named.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab compare trpo ppo
  trpo-lab compare trpo vpg --metric area
  trpo-lab compare ppo-lr-0_0003 ppo-lr-0_03 --experiment collapse")]
pub struct Args {
    /// A variant of the experiment.
    #[arg(value_name = "A")]
    a: String,
    /// Another one.
    #[arg(value_name = "B")]
    b: String,
    /// Name of the experiment.
    #[arg(long, value_name = "NAME", default_value = "classic")]
    experiment: String,
    /// The score [default: the experiment's headline score].
    #[arg(long, value_enum)]
    metric: Option<Score>,
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
    let store = results(&args.out.root, &args.experiment)?;
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
    let statistics = statistics(&store, &manifest)?;
    let rows: Vec<ScoreRow> = read_rows(store.directory())?;
    let metric = args
        .metric
        .map_or(manifest.headline, |Score(metric)| metric);
    if statistics.references.is_empty() {
        let message = format!(
            "no task of {} can be normalised; {}",
            manifest.experiment,
            references::remedy(manifest.tasks.first().map_or("TASK", String::as_str))
        );
        return Err(CliError::Failure(message));
    }
    let variants = [args.a.as_str(), args.b.as_str()];
    let source = store.directory().join("scores.csv").display().to_string();
    let place = statistics::in_estimates(&rows, &statistics.references, &variants, metric);
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
    let settings = Settings {
        smallest_difference: statistics.smallest_difference,
        ..Settings::default()
    };
    // Both stand in the table, and they are two.
    let Some(found) = compare(&table, &args.a, &args.b, &settings) else {
        let message = format!("{source}: no scores of `{}` and `{}`", args.a, args.b);
        return Err(CliError::Failure(message));
    };
    let mut out = crate::console::stdout();
    print(&mut out, &found, &table, &statistics, &manifest, metric)?;
    for left in without_reference(&statistics).chain(&place.left_out) {
        writeln!(out, "without {}: {}", left.name, left.reason)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The statistics, which must be those of the manifest.
fn statistics(store: &Store, manifest: &Manifest) -> Result<Statistics, CliError> {
    let remedy = command(store, "summarize", &manifest.experiment);
    let path = store.directory().join(statistics::FILE);
    let wrong = |problem: String| CliError::Failure(format!("{problem}; `{remedy}` makes it"));
    if !path.is_file() {
        return Err(wrong(format!("{}: there is none", path.display())));
    }
    let found = Statistics::read(store.directory())
        .map_err(|error: SummaryError| wrong(error.to_string()))?;
    if found.manifest != manifest.digest() {
        let problem = format!("{}: it is not of the runs in manifest.json", path.display());
        return Err(wrong(problem));
    }
    Ok(found)
}

fn print(
    out: &mut impl Write,
    found: &Comparison,
    scores: &ScoreTable,
    statistics: &Statistics,
    manifest: &Manifest,
    metric: Metric,
) -> io::Result<()> {
    use Align::{Left, Right};
    let (a, b) = (found.x.as_str(), found.y.as_str());
    writeln!(out, "{}.\n", found.judgement.words)?;
    let mean = |name: &str, task: usize| {
        let matrix = scores.algorithms().get(name);
        let runs = matrix.map_or(&[][..], |matrix| matrix.task(task));
        let mean = crate::stats::mean(runs).map(|mean| number(mean, 3));
        [optional(mean), runs.len().to_string()]
    };
    let titles = [
        "task",
        "runs",
        a,
        "runs",
        b,
        "difference",
        "P(A > B)",
        "p, Holm",
        "verdict",
    ];
    let mut rows = vec![titles.map(String::from)];
    for (m, task) in found.tasks.iter().enumerate() {
        let [of_a, runs_a] = mean(a, m);
        let [of_b, runs_b] = mean(b, m);
        let difference = task.welch.map(|test| number(test.difference, 3));
        rows.push([
            task.task.clone(),
            runs_a,
            of_a,
            runs_b,
            of_b,
            optional(difference),
            number(task.probability_of_improvement, 2),
            optional(task.p_holm.map(p_value)),
            task.judgement.verdict.of_pair(a, b),
        ]);
    }
    let r = Right;
    table::write(out, [Left, r, r, r, r, r, r, r, Left], &rows)?;
    writeln!(
        out,
        "\nover tasks: IQM of {a} less that of {b} {}, P({a} > {b}) {}",
        estimate(found.iqm_difference),
        estimate(found.probability_of_improvement),
    )?;
    // Over one task the words above are those on it.
    for task in found.tasks.iter().filter(|_| found.tasks.len() > 1) {
        writeln!(out, "  {}", task.judgement.words)?;
    }
    let name = metric.name();
    let headline = match metric == manifest.headline {
        true => "the headline score".to_owned(),
        false => format!("not the headline score, {}", manifest.headline.name()),
    };
    writeln!(
        out,
        "\nscore: {name} ({headline}), normalised; 95% intervals from 10,000 resamples, too \
         narrow with few runs"
    )?;
    let bad = statistics
        .runs
        .iter()
        .filter(|cell| cell.variant == a || cell.variant == b);
    let diverged: usize = bad.map(|cell| cell.diverged).sum();
    if diverged > 0 {
        let runs = count(diverged, "run");
        writeln!(out, "{runs} diverged: scored as the random policy")?;
    }
    Ok(())
}

/// The tasks that no score can be normalised on.
fn without_reference(statistics: &Statistics) -> impl Iterator<Item = &LeftOut> {
    let known = |left: &&LeftOut| (statistics.runs.iter()).any(|cell| cell.env == left.name);
    let has_one = |left: &&LeftOut| (statistics.references.iter()).any(|r| r.task == left.name);
    let left_out = statistics.left_out.iter();
    left_out.filter(move |left| known(left) && !has_one(left))
}
