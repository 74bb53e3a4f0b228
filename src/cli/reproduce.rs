//! `trpo-lab reproduce`: everything from runs to report.

use std::process::ExitCode;
use std::time::Instant;

use super::plot::draw;
use super::run::{exit_code, make};
use super::summarize::summarize;
use super::verdicts::say_answers;
use super::{Again, Checkpoints, CliError, Jobs, Out, each, read_experiment, signals};
use super::{diagnose, dissect, study};
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::manifest::Manifest;
use crate::experiment::purpose::Purpose;
use crate::experiment::runner;
use crate::experiment::store::Store;
use crate::experiment::{ledger, progress, source};
use crate::lab::Lab;
use crate::report;
use crate::say;
use crate::summary::Extent;

/// Make the runs, tables, figures and report of experiments, what they ask to be
/// measured of their runs, and the updates that they ask to be dissected.
///
/// Says how many runs have the digests of the committed manifest before it
/// replaces it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab reproduce
  trpo-lab reproduce smoke --out elsewhere --jobs 1")]
pub struct Args {
    /// Experiments: TOML files, or names of those in experiments/.
    #[arg(value_name = "EXPERIMENT", default_value = "classic")]
    experiments: Vec<String>,
    #[arg(long, hide = true, num_args = 0..=1)]
    shard: Option<Option<String>>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    again: Again,
    #[command(flatten)]
    checkpoints: Checkpoints,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    if args.shard.is_some() {
        let name = args
            .experiments
            .first()
            .map_or("EXPERIMENT", String::as_str);
        return Err(CliError::Usage(format!(
            "reproduce makes no parts: `trpo-lab run {name} --shard I/N` makes one, and `trpo-lab \
             merge {name}` puts them together, with tables and figures"
        )));
    }
    // All files first: a mistake in the last must not come after hours.
    let (studies, names): (Vec<&String>, Vec<&String>) = args
        .experiments
        .iter()
        .partition(|name| study::is_one(name));
    let studies = studies
        .into_iter()
        .map(|name| study::read(name))
        .collect::<Result<Vec<_>, _>>()?;
    let experiments = names
        .into_iter()
        .map(|name| read_experiment(lab, name, &Overrides::default()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut steps = Vec::new();
    for experiment in &experiments {
        let store = Store::new(&args.out.root, &experiment.plan.name);
        let making = args.again.making(lab, &args.jobs);
        source::check(&store, &experiment.path)?;
        runner::check_memory(experiment, &store, making)?;
        steps.push(runner::missing_steps(experiment, &store, making));
    }
    let after = |place: usize| {
        steps[place + 1..]
            .iter()
            .fold(0, |sum: u64, s| sum.saturating_add(*s))
    };
    for experiment in &experiments {
        ledger::enter(&experiment.path, &experiment.plan.usage())?;
    }
    let made = each(&studies, |study| {
        study::make(lab, study, &args.out.root, args.again.is_wanted())?;
        study::draw(&args.out.root, &study.name)
    })?;
    let code = each(experiments.iter().enumerate(), |(place, experiment)| {
        make_all(lab, experiment, after(place), args)
    })?;
    let code = if made == ExitCode::SUCCESS {
        code
    } else {
        made
    };
    let is_pilot = |experiment: &Experiment| experiment.plan.analysis.purpose == Purpose::Pilot;
    if studies.is_empty() && experiments.iter().all(is_pilot) {
        say!("a pilot is not reported: no report is written");
        return Ok(code);
    }
    if experiments.is_empty() && !report::has_experiments(&args.out.root) {
        say!("no report: it is of experiments in which something is trained, and there is none");
        return Ok(code);
    }
    let reported = super::report::write(lab, &args.out)?;
    say!("report: {}", args.out.root.join("REPORT.md").display());
    Ok(match reported == ExitCode::SUCCESS {
        true => code,
        false => reported,
    })
}

/// Runs, tables and figures of one experiment, after which others of `following` steps are
/// made.
fn make_all(
    lab: &Lab,
    experiment: &Experiment,
    following: u64,
    args: &Args,
) -> Result<ExitCode, CliError> {
    // All runs of the one before may have been complete already.
    if signals::listen().is_asked() {
        let message = format!("stopped before `{}`", experiment.plan.name);
        return Err(CliError::Interrupted(message));
    }
    let started = Instant::now();
    diagnose::announce(lab, &experiment.plan);
    let store = Store::new(&args.out.root, &experiment.plan.name);
    // A damaged manifest is replaced, not obeyed, and one of an early look says little.
    let before = store.manifest().ok().flatten();
    let before = before.filter(Manifest::is_complete);
    let making = args.again.making(lab, &args.jobs).followed_by(following);
    let making = args.checkpoints.of(making);
    let (manifest, outcome) = make(experiment, &store, making)?;
    if let Some(before) = before {
        say!("{}", agreement(&before, &outcome.entries));
    }
    show(lab, experiment, &store, &manifest, &args.jobs, started)?;
    Ok(exit_code(&outcome))
}

/// What follows from the runs of an experiment: what is measured of them, tables, figures,
/// and who is better. `started`: when the command began with it.
pub(super) fn show(
    lab: &Lab,
    experiment: &Experiment,
    store: &Store,
    manifest: &Manifest,
    jobs: &Jobs,
    started: Instant,
) -> Result<(), CliError> {
    diagnose::complete(lab, store, manifest, jobs)?;
    summarize(store, manifest, Extent::Usual)?;
    dissect::complete(lab, store, manifest, &experiment.dissect)?;
    let drawn = draw(lab, store, Extent::Usual)?;
    say!(
        "{}: {} figure files in {}, after {}",
        experiment.plan.name,
        drawn.len(),
        store.directory().join("figures").display(),
        progress::shown(started.elapsed().as_secs_f64())
    );
    say_answers(store)
}

/// How many digests are those of the manifest that stood before.
fn agreement(before: &Manifest, entries: &[crate::experiment::manifest::RunEntry]) -> String {
    let (equal, all) = before.agreement(entries);
    let mut text = format!("{}: {equal} of {all} digests equal", before.experiment);
    if before.numerics != crate::record::NUMERICS {
        text += &format!(
            " (those before have numerics version {}, this program {})",
            before.numerics,
            crate::record::NUMERICS
        );
    }
    text
}
