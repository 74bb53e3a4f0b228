//! `trpo-lab train`: one run, without an experiment file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::run::{assignments, exit_code, say_gymnasium, say_steps};
use super::{Checkpoints, CliError, Threads, curve, show, signals, whole_number};
use crate::config::RunConfig;
use crate::env::gym;
use crate::experiment::document::quoted_if_word;
use crate::experiment::file::{Experiment, FileError, Overrides, RESERVED};
use crate::experiment::runner::{self, Making};
use crate::experiment::store::Store;
use crate::lab::Lab;
use crate::saved::SavedPolicy;
use crate::settings::written;
use crate::train::Trainer;
use crate::{say, warn};

/// Make one run.
///
/// Its record is the same that an experiment would write:
/// DIR/train/runs/ENV/ALGO-CONFIGURATION/seed-N.json, and its policy stands in
/// DIR/train/policies/ENV/ALGO-CONFIGURATION/seed-N.safetensors.
///
/// With --from the run goes on from such a policy: its networks and the statistics of
/// observations are taken, and with them the keys `hidden` and `normalize_observations`;
/// all else begins anew, at the usual settings where none are given.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab train --env CartPole-v1 --algo trpo
  trpo-lab train --env gym:LunarLander-v3 --env-arg continuous=true --algo trpo
  trpo-lab train --env Pendulum-v1 --algo ppo --seed 3 --steps 100000 --set gamma=0.95 \\
      --set ppo.clip=0.1
  trpo-lab train --from seed-0.safetensors --seed 1 --steps 50000")]
pub struct Args {
    /// The task; `trpo-lab envs` lists them. `gym:ID` is any environment of Gymnasium. With
    /// --from that of the policy's run.
    #[arg(long, required_unless_present = "from")]
    env: Option<String>,
    /// An argument of an environment of Gymnasium: `continuous=true`.
    #[arg(long = "env-arg", value_name = "KEY=VALUE")]
    env_args: Vec<String>,
    /// Steps after which an episode of an environment of Gymnasium is truncated, instead
    /// of its own limit.
    #[arg(long, value_name = "N", value_parser = whole_number)]
    time_limit: Option<u64>,
    /// The algorithm; `trpo-lab algos` lists them. With --from that of the policy's run.
    #[arg(long, required_unless_present = "from")]
    algo: Option<String>,
    /// The file of the policy to go on from.
    #[arg(long, value_name = "POLICY")]
    from: Option<PathBuf>,
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
    #[command(flatten)]
    checkpoints: Checkpoints,
    /// The folder of results.
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

/// What the arguments ask for.
struct Wanted {
    env: String,
    algo: String,
    from: Option<(SavedPolicy, String)>,
}

impl Wanted {
    fn of(args: &Args) -> Result<Self, CliError> {
        let from = args
            .from
            .as_deref()
            .map(SavedPolicy::read_hashed)
            .transpose()?;
        let its = from.as_ref().map(|(policy, _)| &policy.about.config);
        let own = |said: &Option<String>, of: fn(&RunConfig) -> &str| {
            let own = said.clone();
            own.or_else(|| its.map(|config| of(config).to_owned()))
                .unwrap_or_default()
        };
        Ok(Self {
            env: own(&args.env, |config| &config.env),
            algo: own(&args.algo, |config| config.algorithm.name()),
            from,
        })
    }

    /// How Gymnasium makes the task, as tables of an experiment file: as the arguments say,
    /// or else as for the run of the policy, unless that was on another task.
    fn made_with(&self, args: &Args) -> String {
        let mut text = String::new();
        let env = written(&self.env);
        let its = self.from.as_ref().map(|(policy, _)| &policy.about.config);
        let its = its.filter(|config| config.env == self.env);
        if !args.env_args.is_empty() {
            let each = args.env_args.iter().map(|set| quoted_if_word(set));
            text += &format!("[env.{env}]\n{}\n", each.collect::<Vec<_>>().join("\n"));
        } else if let Some(config) = its.filter(|config| !config.env_args.is_empty()) {
            let by_env = BTreeMap::from([(&self.env, &config.env_args)]);
            text += &toml::to_string(&BTreeMap::from([("env", by_env)])).unwrap_or_default();
        }
        let own = its.and_then(|config| config.time_limit).map(u64::from);
        if let Some(limit) = args.time_limit.or(own) {
            text += &format!("[task.{env}]\ntime_limit = {limit}\n");
        }
        text
    }
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let wanted = Wanted::of(args)?;
    // One of Gymnasium is not known without what it is made with.
    if !gym::is_one(&wanted.env) {
        lab.find_task(&wanted.env)?;
    }
    lab.find_algorithm(&wanted.algo)?;
    let mut experiment = experiment(lab, args, &wanted)?;
    for cell in &mut experiment.plan.cells {
        if let Some((policy, hash)) = &wanted.from {
            cell.config.from = Some(hash.clone());
            // Refused before anything is made.
            Trainer::from_policy(lab, &cell.config, args.seed, policy)?;
        }
        // The variant names its configuration, so that no run replaces another.
        cell.variant = format!("{}-{}", wanted.algo, &cell.config.digest()[..8]);
    }
    say_steps(&experiment);
    say_gymnasium(&experiment);
    let store = Store::new(&args.out, &experiment.plan.name);
    let _lock = store.lock()?;
    let making = Making::new(lab, args.threads.workers(1, lab.kernel()));
    let outcome = runner::complete(
        &experiment,
        &store,
        Making {
            from: wanted.from.as_ref().map(|(policy, _)| policy),
            ..args.checkpoints.of(making)
        },
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
        let policy = store.policy_path(&entry.env, &entry.variant, entry.seed);
        if policy.is_file() {
            say!("`trpo-lab evaluate {}` plays it", quoted(&policy));
        }
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
fn experiment(lab: &Lab, args: &Args, wanted: &Wanted) -> Result<Experiment, CliError> {
    let (env, algo) = (written(&wanted.env), written(&wanted.algo));
    let mut text = format!(
        "title = \"One run\"\nheadline = \"evaluation\"\ntasks = [{env}]\nseeds = \"{}\"\n\
         [variant.{}]\nalgorithm = {algo}\n",
        args.seed, wanted.algo,
    );
    text += &wanted.made_with(args);
    let mut keys = assignments(args.steps, &args.set);
    if let Some((policy, _)) = &wanted.from {
        for (key, value) in [
            ("hidden", format!("{:?}", policy.hidden)),
            ("activation", format!("{:?}", policy.activation().name())),
            (
                "normalize_observations",
                policy.normaliser.is_enabled().to_string(),
            ),
        ] {
            let is_it = |set: &String| {
                set.split_once('=')
                    .is_some_and(|(set, _)| set.trim() == key)
            };
            if !keys.iter().any(is_it) {
                keys.push(format!("{key}={value}"));
            }
        }
    }
    let overrides = Overrides {
        seeds: None,
        assignments: keys,
    };
    Experiment::parse(lab, Path::new("command line"), RESERVED, &text, &overrides)
        .map_err(|error| FileError::from(error).into())
}
