//! `trpo-lab check-env`: replay reference trajectories.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::table;
use super::table::Align::{self, Left, Right};
use crate::env::check::{CheckReport, TOLERANCE, check_file};
use crate::lab::Lab;

const HEADER: [&str; 7] = [
    "file",
    "task",
    "episodes",
    "steps",
    "observation error",
    "reward error",
    "verdict",
];
const ALIGNMENT: [Align; 7] = [Left, Left, Right, Right, Right, Right, Left];

/// Replay reference trajectories and compare every observation, reward and
/// flag. Exits with 1 if a file differs or cannot be replayed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Trajectory files (JSON).
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Replays every file, prints one row for each, then the files that could not
/// be replayed. Fails only if that cannot be written.
pub fn run(lab: &Lab, args: &Args) -> io::Result<ExitCode> {
    let passed = check(
        lab,
        &args.files,
        &mut crate::console::stdout(),
        &mut io::stderr(),
    )?;
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether every file could be replayed and agrees.
fn check(
    lab: &Lab,
    files: &[PathBuf],
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<bool> {
    let mut rows = vec![HEADER.map(String::from)];
    let mut errors = Vec::new();
    let mut agree = true;
    for path in files {
        match check_file(path, &|id| lab.find_task(id)) {
            Ok(report) => {
                agree &= report.passed();
                rows.push(row(path, &report));
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.len() < files.len() {
        table::write(out, ALIGNMENT, &rows)?;
        writeln!(
            out,
            "Errors are the largest absolute ones; {TOLERANCE:e} x max(1, |reference|) is allowed."
        )?;
    }
    for error in &errors {
        writeln!(err, "error: {error}")?;
    }
    Ok(agree && errors.is_empty())
}

fn row(path: &Path, report: &CheckReport) -> [String; 7] {
    [
        path.display().to_string(),
        report.env.clone(),
        report.episodes.to_string(),
        report.steps.to_string(),
        number(report.max_observation_error),
        number(report.max_reward_error),
        verdict(report),
    ]
}

/// `0`, or two digits and an exponent.
fn number(error: f64) -> String {
    if error == 0.0 {
        "0".to_owned()
    } else {
        format!("{error:.1e}")
    }
}

fn verdict(report: &CheckReport) -> String {
    match report.first_violation {
        None => "agrees".to_owned(),
        Some(at) => format!(
            "differs: {} of episode {}, step {}",
            at.quantity, at.episode, at.step
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(id: &str) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        root.join("tests/golden/env")
            .join(id)
            .with_extension("json")
    }

    /// Whether all agree, the table, the errors.
    fn checked(files: &[PathBuf]) -> (bool, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let agree = check(&Lab::standard(), files, &mut out, &mut err).unwrap();
        let [out, err] = [out, err].map(|text| String::from_utf8(text).unwrap());
        (agree, out, err)
    }

    #[test]
    fn sound_files_agree() {
        let (agree, out, err) = checked(&[golden("CartPole-v1"), golden("Pendulum-v1")]);
        assert!(agree, "{out}{err}");
        assert_eq!(out.matches("agrees").count(), 2);
        assert_eq!(err, "");
    }

    #[test]
    fn every_file_is_reported_whatever_the_others_are() {
        let directory = tempfile::tempdir().unwrap();
        let changed = directory.path().join("changed.json");
        let text = std::fs::read_to_string(golden("MountainCar-v0")).unwrap();
        std::fs::write(&changed, text.replacen("[-1.0,", "[-2.0,", 1)).unwrap();

        let files = ["missing.json".into(), changed, golden("Acrobot-v1")];
        let (agree, out, err) = checked(&files);
        assert!(!agree);
        assert!(
            out.contains("differs: reward of episode 0, step 1"),
            "{out}"
        );
        assert!(out.contains("Acrobot-v1.json"), "{out}");
        assert!(
            err.starts_with("error: missing.json: cannot be read: "),
            "{err}"
        );
    }
}
