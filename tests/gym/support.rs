//! What these tests share: Python, and `trpo-lab` in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// The Python that is used.
pub fn python() -> String {
    std::env::var("TRPO_LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

pub fn has(module: &str) -> bool {
    let import = Command::new(python())
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status();
    import.is_ok_and(|status| status.success())
}

/// Whether there is Gymnasium; if not, says that `test` is skipped.
pub fn has_gymnasium(test: &str) -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| has("gymnasium"));
    if !*HAS {
        eprintln!(
            "skipped: {test}, since {} has no gymnasium; `{} -m pip install \
             'gymnasium[box2d]'` installs it",
            python(),
            python()
        );
    }
    *HAS
}

macro_rules! needs_gymnasium {
    ($test:literal) => {
        if !crate::support::has_gymnasium($test) {
            return;
        }
    };
}

/// `trpo-lab` in `folder`, with the environments of tests/gym_envs.
pub fn lab(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trpo-lab"));
    let environments = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gym_envs");
    command
        .current_dir(folder)
        .args(arguments)
        .env("TRPO_LAB_PYTHON", python())
        .env("PYTHONPATH", environments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TROUBLE_PIDS", folder.join("pids"))
        .stdin(Stdio::null());
    command
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A small run on `env`, with these further arguments.
pub fn train(folder: &Path, env: &str, more: &[&str]) -> Output {
    let mut arguments = vec!["train", "--env", env, "--algo", "trpo", "--steps", "512"];
    for set in [
        "batch=256",
        "copies=4",
        "hidden=[8]",
        "critic.epochs=1",
        "evaluation_episodes=3",
    ] {
        arguments.extend(["--set", set]);
    }
    arguments.extend(more);
    lab(folder, &arguments).output().unwrap()
}

pub fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

/// The records under a folder.
pub fn records(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("results/train/runs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push(path),
            }
        }
    }
    found.sort();
    found
}

pub fn record(folder: &Path) -> Value {
    let found = records(folder);
    assert_eq!(found.len(), 1, "{found:?}");
    serde_json::from_str(&fs::read_to_string(&found[0]).unwrap()).unwrap()
}
