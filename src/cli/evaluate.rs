//! `trpo-lab evaluate`: a policy of a file on episodes of its task.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use crate::exec::Exec;
use crate::experiment::store::read_record;
use crate::format::{count, number};
use crate::lab::Lab;
use crate::record::{Evaluation, NUMERICS};
use crate::saved::{SavedError, SavedPolicy};
use crate::stats::t_interval;
use crate::train::{Asked, StartError, evaluate_saved};
use crate::{say, warn};

/// Evaluate a policy that a run left.
///
/// Every run that comes to its end leaves DIR/EXPERIMENT/policies/ENV/VARIANT/seed-N.safetensors,
/// and where it was evaluated while it trained, seed-N.best.safetensors. Without options the
/// episodes are those of the run's own final evaluation, and the returns the same.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab evaluate results/train/policies/CartPole-v1/trpo-0a1b2c3d/seed-0.safetensors
  trpo-lab evaluate seed-0.safetensors --episodes 1000 --stochastic")]
pub struct Args {
    /// The file of the policy.
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// Episodes: the first of them are those of the run's evaluation.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    episodes: Option<u32>,
    /// Draw actions, from streams of their own, instead of the most likely one.
    #[arg(long)]
    stochastic: bool,
    /// Another task of the same spaces.
    #[arg(long)]
    env: Option<String>,
    /// Print returns and lengths of all episodes as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let policy = SavedPolicy::read(&args.policy)?;
    let about = &policy.about;
    let asked = Asked {
        episodes: args.episodes,
        is_stochastic: args.stochastic,
        env: args.env.clone(),
    };
    let exec = Exec::from(lab.kernel());
    let evaluation = evaluate_saved(lab, &policy, &asked, &exec)?;
    if about.numerics != NUMERICS {
        warn!(
            "{}: of numerics version {}, this program has {NUMERICS}: returns may differ from \
             those of its record",
            args.policy.display(),
            about.numerics
        );
    }
    if args.json {
        say!(
            "{}",
            serde_json::json!({ "returns": evaluation.returns, "lengths": evaluation.lengths })
        );
    } else {
        say_about(&policy, args.env.as_deref());
        say_evaluation(&evaluation);
    }
    let is_own = asked == Asked::default() && about.best.is_none() && about.numerics == NUMERICS;
    match record_of(&args.policy).filter(|_| is_own) {
        Some(record) => compare(&policy, &evaluation, &record, args.json),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn say_about(policy: &SavedPolicy, env: Option<&str>) {
    let about = &policy.about;
    let config = &about.config;
    let best = about.best.as_ref().map(|best| {
        let steps = number(best.step as f64, 0);
        format!(", its best in training, after {steps} steps")
    });
    let on = env.filter(|env| *env != config.env);
    say!(
        "{} {} seed {}{}{}",
        config.env,
        config.algorithm.name(),
        about.seed,
        best.unwrap_or_default(),
        on.map(|env| format!(", on {env}")).unwrap_or_default(),
    );
}

fn say_evaluation(evaluation: &Evaluation) {
    let returns = &evaluation.returns;
    let ends = t_interval(returns, 0.025);
    let interval = ends.map(|ends| {
        let [low, high] = [ends.low, ends.high].map(|end| number(end, 3));
        format!(" [{low}, {high}]")
    });
    let least = returns.iter().copied().fold(f64::INFINITY, f64::min);
    let most = returns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lengths = evaluation.lengths.iter().map(|&length| f64::from(length));
    say!(
        "{}: mean return {}{}, from {} to {}; mean length {}",
        count(returns.len(), "episode"),
        number(evaluation.mean_return(), 3),
        interval.unwrap_or_default(),
        number(least, 3),
        number(most, 3),
        number(lengths.sum::<f64>() / returns.len() as f64, 1)
    );
    let faults = evaluation.faults.len();
    if let Some(first) = evaluation.faults.first() {
        warn!(
            "faults of the simulation ended {}, first: {}",
            count(faults, "episode"),
            first.problem
        );
    }
}

/// The record beside which a policy stands: `runs` where its path has `policies`.
fn record_of(policy: &Path) -> Option<PathBuf> {
    let variant = policy.parent()?;
    let env = variant.parent()?;
    let policies = env.parent()?;
    if policies.file_name()? != "policies" {
        return None;
    }
    let runs = policies.with_file_name("runs");
    let folder = runs.join(env.file_name()?).join(variant.file_name()?);
    let record = folder.join(policy.file_name()?).with_extension("json");
    record.is_file().then_some(record)
}

/// Says whether the returns are those of the record.
fn compare(
    policy: &SavedPolicy,
    evaluation: &Evaluation,
    path: &Path,
    is_quiet: bool,
) -> Result<ExitCode, CliError> {
    let Some(record) = read_record(path)?.filter(|record| record.digest == policy.about.record)
    else {
        warn!("{}: not the record of this policy's run", path.display());
        return Ok(ExitCode::SUCCESS);
    };
    if record.evaluation.as_ref() != Some(evaluation) {
        let path = path.display();
        return Err(CliError::Failure(format!(
            "{path}: the evaluation of the record is another: this program and the one that made \
             it differ"
        )));
    }
    if !is_quiet {
        say!("return for return that of {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

impl From<SavedError> for CliError {
    fn from(error: SavedError) -> Self {
        match error.problem {
            crate::saved::Damage::Unreadable(_) => CliError::Usage(error.to_string()),
            _ => CliError::Failure(error.to_string()),
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Begin(_) => CliError::Failure(error.to_string()),
            _ => CliError::Usage(error.to_string()),
        }
    }
}
