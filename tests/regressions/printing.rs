//! Printing never stops work: a reader that is gone, a full disk behind
//! standard output.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{SMALL, program};

/// Two experiments of a moment, `a.toml` and `b.toml`.
fn two_experiments() -> TempDir {
    let folder = program::folder("");
    for name in ["a.toml", "b.toml"] {
        fs::write(folder.path().join(name), SMALL).unwrap();
    }
    folder
}

/// The program, which prints to `out`.
fn start(folder: &TempDir, arguments: &[&str], out: Stdio) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin("trpo-lab"))
        .current_dir(folder.path())
        .args(arguments)
        .stdout(out)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit code and standard error of the program whose reader reads nothing.
fn unread(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = start(folder, arguments, Stdio::piped());
    drop(child.stdout.take());
    said(child)
}

fn said(child: Child) -> (Option<i32>, String) {
    let done = child.wait_with_output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_reader_that_is_gone_loses_no_experiment_and_no_report() {
    let folder = two_experiments();
    let (code, errors) = unread(&folder, &["reproduce", "a.toml", "b.toml"]);
    assert_eq!(code, Some(0), "{errors}");
    for file in ["b/statistics.json", "REPORT.md", "index.html"] {
        assert!(folder.path().join("results").join(file).is_file(), "{file}");
    }
    for arguments in [
        &["plot", "a"][..],
        &["summarize", "a"],
        &["report"],
        &["verify", "a", "--sample", "1"],
        &["export", "a", "--format", "csv"],
        &[
            "train",
            "--env",
            "CartPole-v1",
            "--algo",
            "trpo",
            "--steps",
            "256",
        ],
        &["run", "a.toml"],
        &["algos"],
        &["envs"],
    ] {
        let (code, errors) = unread(&folder, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        assert!(!errors.contains("panicked"), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_a_failure_at_the_end() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("skipped: no /dev/full on this system");
        return;
    }
    let folder = two_experiments();
    let out = File::options().write(true).open(full).unwrap();
    let child = start(&folder, &["reproduce", "a.toml", "b.toml"], out.into());
    let (code, errors) = said(child);
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.contains("error: cannot print: No space left"),
        "{errors}"
    );
    assert!(folder.path().join("results/REPORT.md").is_file());
}
