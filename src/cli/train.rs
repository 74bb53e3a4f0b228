//! `trpo-lab train`: one run, without an experiment file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::run::{assignments, exit_code, say_gymnasium, say_steps};
use super::{CliError, Threads, curve, show, signals, whole_number};
use crate::env::gym;
use crate::experiment::document::quoted_if_word;
use crate::experiment::file::{Experiment, FileError, Overrides, RESERVED};
use crate::experiment::runner::{self, Making};
use crate::experiment::store::Store;
use crate::lab::Lab;
use crate::settings::written;
use crate::{say, warn};

/// Make one run.
///
/// Its record is the same that an experiment would write:
/// DIR/train/runs/ENV/ALGO-CONFIGURATION/seed-N.json.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab train --env CartPole-v1 --algo trpo
  trpo-lab train --env gym:LunarLander-v3 --env-arg continuous=true --algo trpo
  trpo-lab train --env Pendulum-v1 --algo ppo --seed 3 --steps 100000 --set gamma=0.95 \\
      --set ppo.clip=0.1")]
pub struct Args {
    /// The task; `trpo-lab envs` lists them. `gym:ID` is any environment of Gymnasium.
    #[arg(long)]
    env: String,
    /// An argument of an environment of Gymnasium: `continuous=true`.
    #[arg(long = "env-arg", value_name = "KEY=VALUE")]
    env_args: Vec<String>,
    /// Steps after which an episode of an environment of Gymnasium is truncated, instead
    /// of its own limit.
    #[arg(long, value_name = "N", value_parser = whole_number)]
    time_limit: Option<u64>,
    /// The algorithm; `trpo-lab algos` lists them.
    #[arg(long)]
    algo: String,
    /// The seed.
    #[arg(long, default_value_t = 0, value_parser = whole_number)]
    seed: u64,
    /// Environment steps.
    #[arg(long, value_name = "N", value_parser = whole_number)]
    steps: Option<u64>,
    /// Set a key: `trpo.delta=0.02`. `trpo-lab algos` lists them.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    threads: Threads,
    /// The folder of results.
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    // One of Gymnasium is not known without what it is made with.
    if !gym::is_one(&args.env) {
        lab.find_task(&args.env)?;
    }
    lab.find_algorithm(&args.algo)?;
    let mut experiment = experiment(lab, args)?;
    // The variant names its configuration, so that no run replaces another.
    for cell in &mut experiment.plan.cells {
        cell.variant = format!("{}-{}", args.algo, &cell.config.digest()[..8]);
    }
    say_steps(&experiment);
    say_gymnasium(&experiment);
    let store = Store::new(&args.out, &experiment.plan.name);
    let _lock = store.lock()?;
    let outcome = runner::complete(
        &experiment,
        &store,
        Making::new(lab, args.threads.workers(1, lab.kernel())),
        signals::listen(),
    )?;
    for entry in &outcome.entries {
        let path = store.record_path(&entry.env, &entry.variant, entry.seed);
        let stood = match outcome.reused {
            0 => "",
            _ => "; it stood already, nothing was made",
        };
        say!(
            "{}: {}, digest {}{stood}",
            path.display(),
            entry.status,
            &entry.digest[..16]
        );
        if let Some(record) = curve::is_terminal()
            .then(|| store.record(&entry.env, &entry.variant, entry.seed))
            .transpose()?
            .flatten()
        {
            show::say_curve(&record);
        }
        say!("`trpo-lab show {}` shows it", quoted(&path));
    }
    for failure in &outcome.failures {
        warn!("failed: {failure}");
    }
    Ok(exit_code(&outcome))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// The experiment of this one run.
fn experiment(lab: &Lab, args: &Args) -> Result<Experiment, CliError> {
    let (env, algo) = (written(&args.env), written(&args.algo));
    let mut text = format!(
        "title = \"One run\"\nheadline = \"evaluation\"\ntasks = [{env}]\nseeds = \"{}\"\n\
         [variant.{}]\nalgorithm = {algo}\n",
        args.seed, args.algo,
    );
    if !args.env_args.is_empty() {
        let each = args
            .env_args
            .iter()
            .map(|argument| quoted_if_word(argument));
        text += &format!("[env.{env}]\n{}\n", each.collect::<Vec<_>>().join("\n"));
    }
    if let Some(limit) = args.time_limit {
        text += &format!("[task.{env}]\ntime_limit = {limit}\n");
    }
    let overrides = Overrides {
        seeds: None,
        assignments: assignments(args.steps, &args.set),
    };
    Experiment::parse(lab, Path::new("command line"), RESERVED, &text, &overrides)
        .map_err(|error| FileError::from(error).into())
}
