//! Replay of reference trajectories: do our dynamics agree with Gymnasium's?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::limit::Limited;
pub use super::trajectory::Problem;
use super::trajectory::{Episode, Trajectories};
use super::{Task, Unavailable};

/// Allowed error of a number, relative to max(1, |reference|).
pub const TOLERANCE: f64 = 1e-9;

/// How the replay of one file compares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckReport {
    /// Task.
    pub env: String,
    /// Episodes replayed.
    pub episodes: usize,
    /// Steps replayed.
    pub steps: usize,
    /// Largest absolute error of a component of an observation; NaN if one is.
    pub max_observation_error: f64,
    /// Largest absolute error of a reward; NaN if one is.
    pub max_reward_error: f64,
    /// Whether every number is within [`TOLERANCE`].
    pub within_tolerance: bool,
    /// Whether every `terminated` and `truncated` is the same.
    pub flags_agree: bool,
    /// The first number or flag that differs.
    pub first_violation: Option<Violation>,
}

impl CheckReport {
    /// Whether nothing differs.
    pub fn passed(&self) -> bool {
        self.first_violation.is_none()
    }
}

/// Where a replay leaves its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The episode, from 0.
    pub episode: usize,
    /// Steps made in it; 0 is its first observation.
    pub step: usize,
    /// What differs: `observation`, `reward` or `flags`.
    pub quantity: &'static str,
}

/// A file that could not be replayed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct CheckError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// Where a task is had by its name.
pub type Find<'a> = &'a dyn Fn(&str) -> Result<Arc<Task>, Unavailable>;

/// Replays the trajectories in the file at `path`.
///
/// # Errors
/// If they cannot be replayed.
pub fn check_file(path: &Path, find: Find<'_>) -> Result<CheckReport, CheckError> {
    std::fs::read_to_string(path)
        .map_err(Problem::Unreadable)
        .and_then(|text| check_text(&text, find))
        .map_err(|problem| CheckError {
            path: path.to_owned(),
            problem,
        })
}

/// Replays the trajectories in `text`.
///
/// # Errors
/// If they cannot be replayed.
pub fn check_text(text: &str, find: Find<'_>) -> Result<CheckReport, Problem> {
    let file = Trajectories::read(text)?;
    let task = find(&file.env).map_err(Problem::Env)?;
    let Some(env) = task.env() else {
        return Err(Problem::Stateless(file.env));
    };
    let mut env = Limited::new(env.map_err(Problem::Env)?);
    let mut report = CheckReport {
        env: file.env,
        episodes: file.episodes.len(),
        within_tolerance: true,
        flags_agree: true,
        ..CheckReport::default()
    };
    for (index, episode) in file.episodes.iter().enumerate() {
        episode.check_shape(index, &env)?;
        episode.replay(index, &mut env, &mut report)?;
    }
    if report.steps == 0 {
        return Err(Problem::Empty);
    }
    Ok(report)
}

impl Episode {
    /// Makes its steps, and notes in `report` how they compare.
    fn replay(
        &self,
        episode: usize,
        env: &mut Limited,
        report: &mut CheckReport,
    ) -> Result<(), Problem> {
        env.set_state(&self.init.state(), 0)
            .map_err(|source| Problem::State { episode, source })?;

        let mut observation = vec![0.0; self.obs0.len()];
        env.observe(&mut observation);
        report.compare_observation(episode, 0, &observation, &self.obs0);
        for (before, recorded) in self.actions.iter().enumerate() {
            let step = before + 1;
            let outcome = env.step(recorded.action());
            env.observe(&mut observation);
            report.compare_observation(episode, step, &observation, &self.obs[before]);
            report.compare_reward(episode, step, outcome.reward, self.rewards[before]);
            let reference = (self.terminated[before] != 0, self.truncated[before] != 0);
            if (outcome.terminated, outcome.truncated) != reference {
                report.flags_agree = false;
                report.violate(episode, step, "flags");
            }
        }
        report.steps += self.actions.len();
        Ok(())
    }
}

impl CheckReport {
    fn compare_observation(&mut self, episode: usize, step: usize, ours: &[f64], theirs: &[f64]) {
        for (&ours, &theirs) in ours.iter().zip(theirs) {
            if !compare(&mut self.max_observation_error, ours, theirs) {
                self.within_tolerance = false;
                self.violate(episode, step, "observation");
            }
        }
    }

    fn compare_reward(&mut self, episode: usize, step: usize, ours: f64, theirs: f64) {
        if !compare(&mut self.max_reward_error, ours, theirs) {
            self.within_tolerance = false;
            self.violate(episode, step, "reward");
        }
    }

    fn violate(&mut self, episode: usize, step: usize, quantity: &'static str) {
        self.first_violation.get_or_insert(Violation {
            episode,
            step,
            quantity,
        });
    }
}

/// Whether `ours` is within the tolerance; raises `max` to its error. Once
/// `max` is NaN it stays so.
fn compare(max: &mut f64, ours: f64, theirs: f64) -> bool {
    let error = (ours - theirs).abs();
    if error > *max || error.is_nan() {
        *max = error;
    }
    error <= TOLERANCE * theirs.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::registry::standard;

    /// Two steps of MountainCarContinuous, with `from` replaced by `to`.
    fn check_with(from: &str, to: &str) -> Result<CheckReport, Problem> {
        let sound = r#"{"env": "MountainCarContinuous-v0", "episodes": [{
            "init": {"state": [-0.5, 0.0]}, "obs0": [-0.5, 0.0],
            "actions": [[0.0], [0.0]],
            "obs": [[-0.5001768469810486, -0.00017684300837572664],
                    [-0.5005292296409607, -0.00035236310213804245]],
            "rewards": [0, 0], "terminated": [0, 0], "truncated": [0, 0]}]}"#;
        assert!(sound.contains(from), "{from}");
        check_text(&sound.replacen(from, to, 1), &standard)
    }

    #[test]
    fn a_violation_is_placed() {
        let sound = check_with("env", "env").unwrap();
        assert!(sound.passed(), "{sound:?}");
        assert_eq!((sound.episodes, sound.steps), (1, 2));
        for (from, to, step, quantity) in [
            (
                r#"obs0": [-0.5"#,
                r#"obs0": [-0.500000002"#,
                0,
                "observation",
            ),
            ("-0.000352", "-0.000353", 2, "observation"),
            ("[0, 0]", "[0, 1]", 2, "reward"),
            (r#"terminated": [0"#, r#"terminated": [1"#, 1, "flags"),
        ] {
            let report = check_with(from, to).unwrap();
            let at = report.first_violation.unwrap();
            assert_eq!((at.step, at.quantity), (step, quantity), "{to}");
            assert_eq!(report.flags_agree, quantity != "flags");
            assert_eq!(report.within_tolerance, quantity == "flags");
        }
    }

    #[test]
    fn impossible_files_are_refused_with_a_reason() {
        for (from, to, message) in [
            ("Continuous-v0", "Continuos", "`env`: there is no task"),
            (
                "0.0]}",
                "0.0, 1, 2]}",
                "episode 0, `init`: MountainCarContinuous-v0: a state of 4",
            ),
            (
                "state",
                "stat",
                "must hold `state`, or `qpos` and `qvel` at line 2",
            ),
            (
                "[[0.0]",
                "[[0.0, 0.0]",
                "the action of step 1 is not one of the task",
            ),
            (
                "[0.0]]",
                "1]",
                "the action of step 2 is not one of the task",
            ),
            (
                "[[0.0]",
                "[[\"left\"]",
                "an action is an index or a list of numbers at line 3",
            ),
            (
                r#"rewards": [0, 0]"#,
                r#"rewards": [0]"#,
                "`rewards`: 1 entries where 2 are",
            ),
            (
                ", -0.00017684300837572664",
                "",
                "`obs`: 1 entries where 2 are expected",
            ),
            ("]}]}", "]}]", "the file ends within an object at line 6"),
        ] {
            let error = check_with(from, to).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let none = check_text(r#"{"env": "CartPole-v1", "episodes": []}"#, &standard);
        assert!(matches!(none, Err(Problem::Empty)));
        let missing = check_file(Path::new("no/such.json"), &standard).unwrap_err();
        assert!(
            missing
                .to_string()
                .starts_with("no/such.json: cannot be read: ")
        );
    }

    #[test]
    fn positions_and_velocities_are_joined() {
        let split = r#"{"qpos": [-0.5], "qvel": [0.0]}"#;
        assert!(
            check_with(r#"{"state": [-0.5, 0.0]}"#, split)
                .unwrap()
                .passed()
        );
    }

    #[test]
    fn a_number_that_is_not_one_violates() {
        let mut max = 0.0;
        assert!(!compare(&mut max, f64::NAN, 0.0));
        assert!(compare(&mut max, 1.0, 1.0));
        assert!(max.is_nan());
    }
}
