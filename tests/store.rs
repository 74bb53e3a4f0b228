//! What stands on disk: records of other arithmetic, and what a killed process
//! leaves, which is told from what another one is writing.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{EXPERIMENT, NAME, errors, files, folder, output, trpo_lab};
#[cfg(unix)]
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde_json::{Value, json};
use tempfile::TempDir;
use trpo_lab::record::{NUMERICS, RunRecord};

/// The experiment with one seed.
const ARGUMENTS: [&str; 6] = [
    "run",
    "determinism.toml",
    "--seeds",
    "0",
    "--out",
    "results",
];

fn results(folder: &TempDir) -> PathBuf {
    folder.path().join("results").join(NAME)
}

/// A folder in which the experiment has been run, and a record in it.
fn made() -> (TempDir, PathBuf) {
    let folder = folder(EXPERIMENT);
    trpo_lab(&folder, &ARGUMENTS).assert().success();
    let record = results(&folder).join("runs/CartPole-v1/trpo/seed-0.json");
    assert!(record.exists());
    (folder, record)
}

/// Gives a record another version of the arithmetic, and the digest that it
/// then has. Gives the digest.
fn of_other_numerics(path: &Path, version: u32) -> String {
    let mut record: RunRecord = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    record.numerics = version;
    record.digest = record.compute_digest();
    fs::write(path, serde_json::to_vec(&record).unwrap()).unwrap();
    record.digest
}

fn alter(path: &Path, change: impl Fn(&mut Value)) {
    let mut value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
}

#[test]
fn a_record_of_other_numerics_is_checked_against_its_digest() {
    let (folder, path) = made();
    let digest = of_other_numerics(&path, NUMERICS + 1);
    alter(&results(&folder).join("manifest.json"), |manifest| {
        manifest["runs"][0]["digest"] = json!(digest);
    });
    alter(&path, |record| {
        record["evaluation"]["returns"] = json!([12345.0])
    });
    for command in [["summarize", NAME], ["export", NAME]] {
        let is_export = command[0] == "export";
        let mut command = trpo_lab(&folder, &command);
        if is_export {
            command.args(["--format", "csv"]);
        }
        let message = errors(&command.assert().code(1));
        assert!(message.contains("seed-0.json: its content"), "{message}");
        assert!(message.contains("`trpo-lab run determinism`"), "{message}");
    }
    let message = errors(&trpo_lab(&folder, &ARGUMENTS).assert().success());
    assert!(message.contains("seed-0.json: damaged"), "{message}");
}

#[test]
fn results_of_different_numerics_do_not_meet_in_a_table() {
    let (folder, path) = made();
    let digest = of_other_numerics(&path, NUMERICS + 1);
    let manifest = results(&folder).join("manifest.json");
    alter(&manifest, |manifest| {
        manifest["runs"][0]["digest"] = json!(digest);
    });
    let (one, other) = (NUMERICS, NUMERICS + 1);
    let message = errors(&trpo_lab(&folder, &["summarize", NAME]).assert().code(1));
    let both = format!("numerics version {other}, results/{NAME}/manifest.json has version {one}");
    assert!(message.contains(&both), "{message}");
    assert!(message.contains("`trpo-lab run determinism`"), "{message}");

    // All of one version, even if of another than this program's: one table.
    alter(&manifest, |manifest| manifest["numerics"] = json!(other));
    let message = errors(&trpo_lab(&folder, &["summarize", NAME]).assert().code(1));
    assert!(message.contains(&format!("version {one}, ")), "{message}");
    let runs = results(&folder).join("runs");
    let digests: Vec<(String, String)> = files(&runs)
        .into_keys()
        .map(|name| {
            let digest = of_other_numerics(&runs.join(&name), other);
            (name, digest)
        })
        .collect();
    alter(&manifest, |manifest| {
        for run in manifest["runs"].as_array_mut().unwrap() {
            let [env, variant] = ["env", "variant"].map(|key| run[key].as_str().unwrap());
            let place = format!("{env}/{variant}/seed-0.json");
            let found = digests.iter().find(|(name, _)| *name == place);
            run["digest"] = json!(found.unwrap().1);
        }
    });
    trpo_lab(&folder, &["summarize", NAME]).assert().success();

    // And a run makes them again, which it says.
    let assert = trpo_lab(&folder, &ARGUMENTS).assert().success();
    let message = errors(&assert);
    let said = format!("numerics version {other}; made again with version {one}");
    assert_eq!(message.matches(&said).count(), 8, "{message}");
    assert!(output(&assert).contains("8 runs made"));
}

#[test]
fn what_was_set_aside_is_not_overwritten() {
    let (folder, path) = made();
    for text in ["first", "second", "third"] {
        fs::write(&path, text).unwrap();
        let message = errors(&trpo_lab(&folder, &ARGUMENTS).assert().success());
        assert!(message.contains("set aside as"), "{message}");
    }
    let aside = ["", ".2", ".3"].map(|number| {
        let path = path.with_file_name(format!("seed-0.json{number}.damaged"));
        fs::read_to_string(path).unwrap()
    });
    assert_eq!(aside, ["first", "second", "third"]);
}

/// Starts the experiment until it is caught with a temporary file beside a
/// record, between writing and renaming, and stops it there. Gives the process
/// and the file.
#[cfg(unix)]
fn caught(folder: &TempDir, signal: Signal) -> (std::process::Child, PathBuf) {
    use std::process::{Command, Stdio};

    let runs = results(folder).join("runs");
    let temporary = || {
        let tasks = ["CartPole-v1", "Pendulum-v1"];
        let folders =
            tasks.map(|task| ["trpo", "npg", "ppo", "vpg"].map(|v| runs.join(task).join(v)));
        let entries = folders
            .into_iter()
            .flatten()
            .filter_map(|folder| fs::read_dir(folder).ok());
        let mut paths = entries.flatten().flatten().map(|entry| entry.path());
        paths.find(|path| path.file_name().unwrap().to_string_lossy().starts_with('.'))
    };
    for _ in 0..200 {
        let _ = fs::remove_dir_all(&runs);
        let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
            .current_dir(folder.path())
            .args(ARGUMENTS)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Pid::from_child(&child);
        while child.try_wait().unwrap().is_none() {
            if temporary().is_none() {
                continue;
            }
            // It may have ended meanwhile.
            let _ = kill_process(process, signal);
            if signal == Signal::KILL {
                child.wait().unwrap();
            } else {
                let _ = waitpid(Some(process), WaitOptions::UNTRACED);
            }
            match temporary() {
                Some(path) => return (child, path),
                // It was quicker.
                None => drop(kill_process(process, Signal::CONT)),
            }
        }
    }
    panic!("it was never caught while it wrote a record");
}

#[cfg(unix)]
#[test]
fn what_a_killed_process_left_is_swept() {
    let folder = folder(EXPERIMENT);
    let (_, left) = caught(&folder, Signal::KILL);
    trpo_lab(&folder, &ARGUMENTS).assert().success();
    assert!(!left.exists());
    let found = files(&results(&folder));
    // Records, the last and the best policy of each run, and four of the experiment.
    assert_eq!(found.len(), 3 * 8 + 4, "{:?}", found.keys());
}

/// Where locks do not hold, as on some file systems, two processes work in one
/// folder.
#[cfg(unix)]
#[test]
fn what_another_process_is_writing_is_not_swept() {
    let folder = folder(EXPERIMENT);
    let (mut first, writing) = caught(&folder, Signal::STOP);
    fs::remove_file(results(&folder).join(".lock")).unwrap();
    trpo_lab(&folder, &ARGUMENTS).assert().success();
    assert!(writing.exists(), "{} was swept", writing.display());
    kill_process(Pid::from_child(&first), Signal::CONT).unwrap();
    assert!(first.wait().unwrap().success());
    let found = files(&results(&folder));
    // Records, the last and the best policy of each run, and four of the experiment.
    assert_eq!(found.len(), 3 * 8 + 4, "{:?}", found.keys());
    for (name, bytes) in found.iter().filter(|(name, _)| name.starts_with("runs")) {
        let record: RunRecord = serde_json::from_slice(bytes).unwrap();
        assert_eq!(record.digest, record.compute_digest(), "{name}");
    }
}
