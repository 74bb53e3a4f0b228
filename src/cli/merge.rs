//! `trpo-lab merge`: parts of an experiment, put together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::reproduce::show;
use super::run::OverrideArgs;
use super::summarize::command;
use super::{CliError, Jobs, Out, read_experiment};
use crate::experiment::file::Experiment;
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::merge::{Gathered, gather, wait};
use crate::experiment::provenance::git_commit;
use crate::experiment::runner::{self, Run};
use crate::experiment::shard::{self, Marker, ShardError};
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::experiment::{ledger, source};
use crate::format::{count, list};
use crate::lab::Lab;
use crate::record::Ending;
use crate::{say, warn};

/// Problems and runs that are named; the rest is counted.
const NAMED: usize = 10;

/// Put together what `run --shard` made, in one folder or in several.
///
/// Checks every record against its digest, says what is missing, double or different, and
/// when nothing is writes the manifest, tables and figures. May be given again at any time.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab run classic --shard 1/2; trpo-lab run classic --shard 2/2; trpo-lab merge classic
  trpo-lab merge classic --from /mnt/a/results --from /mnt/b/results
  trpo-lab merge classic --close     keeps the records, and lets it be cut anew")]
pub struct Args {
    /// The experiment: a TOML file, or the name of one of experiments/.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    #[command(flatten)]
    overrides: OverrideArgs,
    /// Another folder of results, out of which records are taken; may be given several times.
    #[arg(long, value_name = "DIR")]
    from: Vec<PathBuf>,
    /// Take records that different commits made.
    #[arg(long)]
    accept_commits: bool,
    /// Remove the marks of the parts; their records stay, and `run` goes on with them.
    #[arg(long)]
    close: bool,
    /// How long missing records are looked for: network file systems show new files late.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    let experiment = read_experiment(lab, &args.experiment, &args.overrides.overrides())?;
    let (plan, name) = (&experiment.plan, &experiment.plan.name);
    let store = Store::new(&args.out.root, name);
    source::check(&store, &experiment.path)?;
    let from: Vec<Store> = args
        .from
        .iter()
        .map(|root| Store::new(root, name))
        .collect();
    for (root, folder) in args.from.iter().zip(&from) {
        if !folder.directory().is_dir() {
            let message = format!("--from {}: it holds no results of {name}", root.display());
            return Err(CliError::Usage(message));
        }
    }
    let planned = Manifest::new(plan, git_commit(), Vec::new());
    let mut markers = Vec::new();
    for folder in std::iter::once(&store).chain(&from) {
        markers.extend(shard::markers(folder)?);
    }
    if args.close {
        let _lock = store.lock()?;
        settle(&experiment, &store, &markers)?;
        store.begin(&planned, plan)?;
        shard::close(&store)?;
        say!(
            "{name}: {} of {} runs have records; `{}` makes the others",
            store.count_records(plan),
            planned.planned(),
            command(&store, "run", name)
        );
        return Ok(ExitCode::SUCCESS);
    }
    check(&markers, &planned)?;
    let runs = runner::all_runs(&experiment);
    let folders: Vec<&Store> = std::iter::once(&store).chain(&from).collect();
    wait(&runs, &folders, Duration::from_secs(args.wait));
    let _lock = store.lock()?;
    let found = gather(&runs, &store, &from)?;
    say!(
        "{name}: {} of {} runs, {} taken from other folders, {} there twice",
        found.entries.len(),
        runs.len(),
        found.taken,
        found.double
    );
    let again = command(&store, "run", name);
    if let Some(message) = incomplete(&found, &runs, &markers, &again) {
        return Err(CliError::Failure(message));
    }
    let commit = commit(&found, args.accept_commits)?;
    settle(&experiment, &store, &markers)?;
    source::claim(&store, &experiment)?;
    ledger::enter(&experiment.path, &plan.usage())?;
    let is_failed = |entry: &&RunEntry| entry.status == Ending::Failed;
    let failed = found.entries.iter().filter(is_failed).count();
    let manifest = store.update_manifest(Manifest::new(plan, commit, found.entries))?;
    store.end()?;
    shard::close(&store)?;
    show(lab, &experiment, &store, &manifest, &args.jobs, started)?;
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        failed => {
            warn!("{} failed; the records say why", count(failed, "run"));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Writes down what the parts stated before their runs, or, where there are none, what is
/// stated now.
fn settle(
    experiment: &Experiment,
    store: &Store,
    markers: &[(PathBuf, Marker)],
) -> Result<(), CliError> {
    let statements = markers.iter().flat_map(|(_, marker)| &marker.statements);
    Stated::add(store.directory(), statements.cloned().collect())?;
    Ok(Stated::settle(store, &experiment.plan)?)
}

/// Refuses markers of another plan, or of different numbers of parts.
fn check(markers: &[(PathBuf, Marker)], planned: &Manifest) -> Result<(), CliError> {
    let plan = shard::plan_digest(planned);
    let of = markers.first().map(|(_, marker)| marker.of);
    for (path, marker) in markers {
        if let Some(problem) = marker.problem(&plan, of) {
            let another = ShardError::Another {
                path: path.clone(),
                problem,
                experiment: planned.experiment.clone(),
            };
            return Err(another.into());
        }
    }
    Ok(())
}

/// What keeps the parts from being put together. `again`: the command that makes runs.
fn incomplete(
    found: &Gathered,
    runs: &[Run<'_>],
    markers: &[(PathBuf, Marker)],
    again: &str,
) -> Option<String> {
    let mut lines: Vec<String> = found.problems.iter().take(NAMED).cloned().collect();
    let of = markers.first().map_or(1, |(_, marker)| marker.of);
    let parts = shard::parts(runs, of);
    let mut by_part: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &place in &found.missing {
        let labels = by_part.entry(parts[place]).or_default();
        labels.push(runs[place].label());
    }
    for (part, labels) in by_part {
        let remedy = match markers.is_empty() {
            true => format!("`{again}` makes them"),
            false => format!("`{again} --shard {part}/{of}` makes them"),
        };
        let mut named = labels[..labels.len().min(NAMED)].to_vec();
        if labels.len() > NAMED {
            named.push(format!("{} more", labels.len() - NAMED));
        }
        lines.push(format!("missing: {}; {remedy}", list(&named)));
    }
    if found.problems.len() > NAMED {
        lines.push(format!(
            "and {} more problems",
            found.problems.len() - NAMED
        ));
    }
    (!lines.is_empty()).then(|| format!("not complete\n  {}", lines.join("\n  ")))
}

/// The commit of the records: one, or several that the user takes.
fn commit(found: &Gathered, are_accepted: bool) -> Result<String, CliError> {
    let commits: Vec<&String> = found.commits.keys().collect();
    match (commits.as_slice(), are_accepted) {
        ([], _) => Ok(git_commit()),
        ([only], _) => Ok((*only).clone()),
        (several, true) => Ok(list(several)),
        (_, false) => {
            let each = found.commits.iter();
            let each = each.map(|(commit, runs)| format!("{commit} ({})", count(*runs, "run")));
            Err(CliError::Failure(format!(
                "records of several commits: {}; --accept-commits takes them together",
                list(&each.collect::<Vec<_>>())
            )))
        }
    }
}
