//! `trpo-lab envs`: the list of tasks.

use std::io::{self, Write};
use std::process::ExitCode;

use super::table::{self, Align};
use crate::env::registry::OUR_OWN;
use crate::env::{ActionSpace, Task};
use crate::lab::Lab;

/// List the tasks with their observations, actions and time limits.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the list. Fails only if it cannot be written.
pub fn run(lab: &Lab, _: &Args) -> io::Result<ExitCode> {
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
    )?;
    Ok(ExitCode::SUCCESS)
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
