//! `trpo-lab envs`: the list of tasks, and what there is to say of one.

use std::io::{self, Write};
use std::process::ExitCode;

use super::CliError;
use super::table::{self, Align};
use crate::env::registry::OUR_OWN;
use crate::env::{ActionSpace, Task};
use crate::experiment::references::{References, ReferencesError};
use crate::format::{decimals, number, short};
use crate::lab::Lab;
use crate::rng::{Purpose, Streams};
use crate::rollout::episodes::play_uniform;
use crate::stats::moments;

/// Episodes of the random policy.
const EPISODES: u32 = 100;

/// List the tasks with their observations, actions and time limits, or say of one task also
/// what a random policy gets.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab envs
  trpo-lab envs Pendulum-v1
  trpo-lab envs gym:LunarLander-v3")]
pub struct Args {
    /// A task.
    #[arg(value_name = "TASK")]
    task: Option<String>,
}

/// Prints the list, or what there is to say of one task.
pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    match &args.task {
        Some(task) => one(lab.find_task(task)?.as_ref())?,
        None => all(lab)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn all(lab: &Lab) -> io::Result<()> {
    use Align::{Left, Right};
    let mut rows = vec![["task", "observation", "actions", "time limit", "from"].map(String::from)];
    rows.extend(lab.tasks().iter().map(|task| {
        let spec = task.spec();
        [
            spec.id.to_string(),
            spec.observation_dim.to_string(),
            describe(&spec.actions),
            spec.time_limit.to_string(),
            origin(task).to_owned(),
        ]
    }));
    table::write(
        &mut crate::console::stdout(),
        [Left, Right, Left, Right, Left],
        &rows,
    )?;
    writeln!(
        crate::console::stdout(),
        "`gym:ID` is any environment of Gymnasium, such as gym:LunarLander-v3: docs/gymnasium.md"
    )
}

/// Prints what a task is, what a random policy gets on it, and by what returns are judged.
fn one(task: &Task) -> Result<(), CliError> {
    let spec = task.spec();
    let returns = random_returns(task)?;
    let (mean, variance) = moments(&returns).unwrap_or((f64::NAN, f64::NAN));
    let error = (variance / returns.len() as f64).sqrt();
    let mut rows = vec![
        ["observation", &spec.observation_dim.to_string()].map(String::from),
        ["actions", &describe(&spec.actions)].map(String::from),
        ["time limit", &spec.time_limit.to_string()].map(String::from),
        ["from", origin(task)].map(String::from),
    ];
    let digits = decimals(mean);
    rows.push([
        "random".to_owned(),
        format!(
            "{} ± {} (mean return of {} episodes of uniformly random actions, standard error)",
            number(mean, digits),
            number(error, digits),
            returns.len()
        ),
    ]);
    let failed = |error: ReferencesError| CliError::Failure(error.to_string());
    let ours = References::built_in().map_err(failed)?;
    let ours = ours.get(task.id()).map(|found| found.returns);
    let known = task.own_reference().or(ours);
    if let Some(known) = known {
        let text = format!(
            "{} is worth 0, {} is worth 1",
            short(known.random),
            short(known.reference)
        );
        rows.push(["judged by".to_owned(), text]);
    }
    let mut out = crate::console::stdout();
    writeln!(out, "{}", task.id())?;
    table::write(&mut out, [Align::Left; 2], &rows)?;
    if known.is_none() {
        writeln!(
            out,
            "\nNothing says what its returns are worth, and no verdict is given without that. For an\n\
             experiment file, with the return that you would call learnt:\n\n\
             [reference.\"{}\"]\nrandom = {mean:.3}\nreference = ...",
            task.id()
        )?;
    }
    Ok(())
}

/// Returns of a random policy, the same at every call.
fn random_returns(task: &Task) -> Result<Vec<f64>, CliError> {
    let streams = Streams::new(0, task.id());
    let of = |purpose| (0..EPISODES).map(|i| streams.stream(purpose, i)).collect();
    let starts = of(Purpose::Evaluation);
    let played = play_uniform(task, starts, of(Purpose::EvaluationAction));
    let played = played.map_err(|error| CliError::Failure(error.to_string()))?;
    Ok(played.iter().map(|episode| episode.return_).collect())
}

/// Whose task it is.
fn origin(task: &Task) -> &'static str {
    match task.is_ours() {
        true if OUR_OWN.contains(&task.id()) => "this laboratory",
        true => "Gymnasium",
        false => "yours",
    }
}

/// `2 choices`, or `3 in [-1, 1]`, or every range where they differ.
fn describe(actions: &ActionSpace) -> String {
    match actions {
        ActionSpace::Discrete(count) => format!("{count} choices"),
        ActionSpace::Box { low, high } => {
            let mut ranges: Vec<String> = low
                .iter()
                .zip(high)
                .map(|(low, high)| format!("[{low}, {high}]"))
                .collect();
            ranges.dedup();
            format!("{} in {}", low.len(), ranges.join(" x "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_spaces_are_described() {
        assert_eq!(describe(&ActionSpace::Discrete(3)), "3 choices");
        let even = ActionSpace::Box {
            low: vec![-1.0, -1.0],
            high: vec![1.0, 1.0],
        };
        assert_eq!(describe(&even), "2 in [-1, 1]");
        let mixed = ActionSpace::Box {
            low: vec![-1.0, 0.0],
            high: vec![1.0, 0.5],
        };
        assert_eq!(describe(&mixed), "2 in [-1, 1] x [0, 0.5]");
    }
}
