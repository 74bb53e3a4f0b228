//! `trpo-lab search`: settings chosen by rule.

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use super::run::exit_code;
use super::{Checkpoints, CliError, Jobs, Out, each, experiment_path, shard, signals};
use crate::experiment::choice;
use crate::experiment::file::Experiment;
use crate::experiment::ledger;
use crate::experiment::runner::Making;
use crate::experiment::shard::Shard;
use crate::experiment::store::Store;
use crate::experiment::{progress, source};
use crate::format;
use crate::lab::Lab;
use crate::search::{self, Search, SearchError};
use crate::{say, warn};

/// Choose the settings of algorithms by the rule of a search.
///
/// Runs the settings that the table [search] of an experiment file draws, rung by
/// rung, and writes DIR/NAME/chosen.toml with its tables: what `settings_from =
/// "NAME"` in another experiment takes. Goes on where it was interrupted.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab search classic-search
  trpo-lab search classic-search --check      derive the choice again, make no run
  trpo-lab search --check                     of every search with results")]
pub struct Args {
    /// Searches: TOML files, or names of those in experiments/.
    #[arg(value_name = "NAME", required_unless_present = "check")]
    names: Vec<String>,
    /// Make no run: derive what was chosen from the committed tables, and fail if
    /// chosen.toml says something else.
    #[arg(long)]
    check: bool,
    /// Print every setting that is drawn, and make no run.
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    /// Make part I of N of the runs of the rung that is open, in a folder that others may
    /// share; `trpo-lab merge` closes the rung, and opens the next.
    #[arg(long, value_name = "I/N", value_parser = Shard::from_str)]
    #[arg(conflicts_with_all = ["check", "dry_run"])]
    shard: Option<Shard>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    checkpoints: Checkpoints,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    if args.check {
        let names = match args.names.is_empty() {
            true => with_results(&args.out.root),
            false => args.names.iter().map(|name| stem(name)).collect(),
        };
        if names.is_empty() {
            say!("{}: no search has results there", args.out.root.display());
        }
        return each(&names, |name| check(lab, &args.out.root, name));
    }
    // All files first: a mistake in the last must not come after hours.
    let read = |name: &String| Search::read(lab, &experiment_path(name));
    let searches: Vec<Search> = args
        .names
        .iter()
        .map(read)
        .collect::<Result<_, SearchError>>()?;
    for search in &searches {
        check_searches(lab, &search.experiment)?;
    }
    if args.dry_run {
        searches.iter().for_each(print_settings);
        return Ok(ExitCode::SUCCESS);
    }
    each(&searches, |search| make(lab, search, args))
}

/// The name of a search that the user names by its name or its file.
fn stem(name: &str) -> String {
    let stem = Path::new(name)
        .file_stem()
        .filter(|_| name.ends_with(".toml"));
    stem.map_or(name.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// The searches that have chosen something below `root`.
fn with_results(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let chosen = entries.filter(|entry| entry.path().join(choice::FILE).is_file());
    let names = chosen.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn make(lab: &Lab, search: &Search, args: &Args) -> Result<ExitCode, CliError> {
    let plan = &search.experiment.plan;
    let store = Store::new(&args.out.root, &plan.name);
    let making = Making::new(lab, args.jobs.workers(lab.kernel())).without_policies();
    let making = args.checkpoints.of(making);
    if store.manifest_path().exists() {
        return Err(CliError::Usage(format!(
            "{}: results of an experiment of that name stand there, which was no search; move \
             them, or give the search another name",
            store.directory().display()
        )));
    }
    if let Some(shard) = args.shard {
        return Ok(exit_code(&shard::make_of_rung(
            search, &store, shard, making,
        )?));
    }
    source::check(&store, &search.experiment.path)?;
    let _lock = store.lock()?;
    for number in 1..=search.rungs.len() {
        let folder = Store::new(store.directory(), &Search::rung_name(number - 1));
        shard::refuse(&plan.name, &store, &folder)?;
    }
    source::claim(&store, &search.experiment)?;
    let seeds = search.seeds();
    ledger::enter(&search.experiment.path, &search.usage(&seeds))?;
    let interrupt = signals::listen();
    let found = search::make(lab, search, &store, making, interrupt, &mut |line| {
        say!("{line}")
    })?;
    let [made, reused] = [found.made, found.reused].map(|runs| progress::grouped(runs as u64));
    say!("{}: {made} runs made, {reused} stood already", plan.name);
    say_chosen(&store, &found.chosen);
    Ok(ExitCode::SUCCESS)
}

/// Says where the tables stand, and what was chosen by them.
pub(super) fn say_chosen(store: &Store, chosen: &str) {
    say!("{}", store.directory().join("tables/search.md").display());
    let path = store.directory().join(choice::FILE);
    say!("{}:\n\n{chosen}", path.display());
}

/// The search that the user names; `None` where the file is none.
pub(super) fn read(lab: &Lab, name: &str) -> Result<Option<Search>, CliError> {
    let path = experiment_path(name);
    // What cannot be read is told by whoever reads it next.
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    match is_one(&text) {
        true => Ok(Some(Search::read(lab, &path)?)),
        false => Ok(None),
    }
}

/// Whether an experiment file of this text is a search.
fn is_one(text: &str) -> bool {
    toml::from_str::<toml::Table>(text)
        .is_ok_and(|table| table.contains_key(crate::experiment::file::SEARCH))
}

/// Whether the choice that stands is the one that the tables give.
fn check(lab: &Lab, root: &Path, name: &str) -> Result<ExitCode, CliError> {
    let folder = root.join(name);
    let path = folder.join(choice::FILE);
    let standing = std::fs::read_to_string(&path);
    let standing = standing.map_err(|error| {
        let path = path.display();
        CliError::Failure(format!(
            "{path}: {error}; `trpo-lab search {name}` makes it"
        ))
    })?;
    let derived = search::derived(lab, &folder, name)?;
    search::redrawn(lab, &folder, name)?;
    if standing != derived {
        let lines = standing.lines().zip(derived.lines());
        let line = 1 + lines
            .take_while(|(standing, derived)| standing == derived)
            .count();
        let told = |text: &str| text.lines().nth(line - 1).unwrap_or("nothing").to_owned();
        return Err(CliError::Failure(format!(
            "{}:{line}: `{}` stands there, and the tables give `{}`; `trpo-lab search {name}` \
             makes it",
            path.display(),
            told(&standing),
            told(&derived)
        )));
    }
    say!("{name}: what was chosen follows from its tables");
    Ok(ExitCode::SUCCESS)
}

/// What the settings of an experiment were chosen by, derived again before it is
/// run.
fn check_searches(lab: &Lab, experiment: &Experiment) -> Result<(), CliError> {
    for by in &experiment.plan.analysis.searched_by {
        let held_out = by.held_out(&experiment.plan.tasks);
        if !held_out.is_empty() {
            let (name, tasks) = (&experiment.plan.name, format::list(&held_out));
            warn!("{name}: held out of the search `{}`: {tasks}", by.search);
        }
        let folder = choice::folder(&experiment.path, &by.search);
        let path = folder.join(choice::FILE);
        let derived = search::derived(lab, &folder, &by.search);
        let standing = std::fs::read_to_string(&path).ok();
        if derived.ok() != standing {
            return Err(CliError::Usage(format!(
                "{}: the tables beside it do not give this; `trpo-lab search {} --check` says \
                 where they differ, `trpo-lab search {}` makes it again",
                path.display(),
                by.search,
                by.search
            )));
        }
    }
    Ok(())
}

/// Refuses to run a search as an experiment.
fn refuse(experiment: &Experiment) -> Result<(), CliError> {
    match is_one(&experiment.text) {
        true => Err(CliError::Usage(format!(
            "{}: this is a search; `trpo-lab search {}` makes it",
            experiment.path.display(),
            experiment.plan.name
        ))),
        false => Ok(()),
    }
}

/// Refuses to run what is a search, or has settings that no search chose.
pub(super) fn permit(lab: &Lab, experiment: &Experiment) -> Result<(), CliError> {
    refuse(experiment)?;
    check_searches(lab, experiment)
}

fn print_settings(search: &Search) {
    for variant in &search.variants {
        for (number, setting) in variant.settings.iter().enumerate() {
            let values = setting
                .values
                .iter()
                .map(|(key, value)| format!("{key}={value}"));
            let values: Vec<String> = values.collect();
            say!(
                "{} {number}: {}, cost {}",
                variant.name,
                values.join(" "),
                setting.cost
            );
        }
    }
    let tasks = search.experiment.plan.tasks.len();
    for (number, rung) in search.rungs.iter().enumerate() {
        let seeds = ledger::shown(&rung.seeds);
        let going = search.expected(number);
        let steps = format::number(search.steps(number, &going) as f64, 0);
        let settings: usize = going.iter().map(Vec::len).sum();
        let runs = settings * tasks * rung.seeds.len();
        say!(
            "rung {}: share {}, seeds {seeds}, {} kept; {} runs, about {steps} steps",
            number + 1,
            rung.share,
            rung.keep,
            format::number(runs as f64, 0),
        );
    }
}
