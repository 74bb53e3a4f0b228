//! `trpo-lab verify`: what is equal, what differs and where, and what cannot be
//! compared.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::PathBuf;

use assert_cmd::assert::Assert;
use program::{EXPERIMENT, NAME, errors, files, folder, output, trpo_lab};
use serde_json::{Value, json};
use tempfile::TempDir;
use trpo_lab::record::NUMERICS;

/// A folder in which the experiment has been run.
fn made() -> TempDir {
    let folder = folder(EXPERIMENT);
    trpo_lab(&folder, &["run", "determinism.toml", "--seeds", "1"])
        .args(["--out", "results"])
        .assert()
        .success();
    fs::create_dir(folder.path().join("temporary")).unwrap();
    folder
}

/// The arguments of `trpo-lab verify`, with temporary files in `folder`.
fn verify(folder: &TempDir, arguments: &[&str]) -> Assert {
    trpo_lab(folder, &["verify", NAME])
        .env("TMPDIR", folder.path().join("temporary"))
        .args(arguments)
        .assert()
}

fn manifest_path(folder: &TempDir) -> PathBuf {
    folder
        .path()
        .join("results")
        .join(NAME)
        .join("manifest.json")
}

/// Changes the manifest.
fn alter(folder: &TempDir, change: impl Fn(&mut Value)) {
    let path = manifest_path(folder);
    let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

/// What stands in the folder for temporary files.
fn left_over(folder: &TempDir) -> usize {
    fs::read_dir(folder.path().join("temporary"))
        .unwrap()
        .count()
}

#[test]
fn equal_runs_succeed_and_leave_no_trace() {
    let folder = made();
    // A clone has the manifest, not the records.
    fs::remove_dir_all(folder.path().join("results").join(NAME).join("runs")).unwrap();
    let before = files(folder.path());
    let assert = verify(&folder, &[]).success();
    assert_eq!(output(&assert), "determinism: 8 of 8 digests equal\n");
    assert_eq!(files(folder.path()), before);
    assert_eq!(left_over(&folder), 0);
}

#[test]
fn a_sample_is_said_to_be_one() {
    let assert = verify(&made(), &["--sample", "2", "--seed", "3"]).success();
    assert_eq!(
        output(&assert),
        "determinism: 2 of 2 digests equal (a sample of the 8 runs)\n"
    );
}

#[test]
fn what_differs_is_named() {
    let folder = made();
    alter(&folder, |manifest| {
        let runs = &mut manifest["runs"];
        runs[1]["digest"] = json!("0");
        runs[1]["chain"][0] = json!("0");
        runs[2]["digest"] = json!("0");
        runs[3]["status"] = json!("diverged");
        manifest["commit"] = json!("0123abc");
    });
    let printed = output(&verify(&folder, &[]).code(1));
    for line in [
        "CartPole-v1 npg seed 1: the first difference lies in updates 0 to 1",
        "CartPole-v1 ppo seed 1: the curve is equal, the episodes or an evaluation differ",
        "CartPole-v1 vpg seed 1: completed, not diverged; ",
        "determinism: 5 of 8 digests equal; those listed are of commit 0123abc",
    ] {
        assert!(printed.contains(line), "no `{line}` in:\n{printed}");
    }
    assert_eq!(printed.lines().count(), 4, "{printed}");
    assert_eq!(left_over(&folder), 0);
}

/// Another version may have another layout: the version decides first.
#[test]
fn results_of_other_numerics_are_not_run() {
    let folder = made();
    alter(&folder, |manifest| {
        manifest["numerics"] = json!(NUMERICS + 1);
        manifest["cells"][0]["config"]["unheard_of"] = json!(true);
    });
    let assert = verify(&folder, &[]).code(1);
    let message = errors(&assert);
    let both = format!(
        "numerics version {}, this program computes version {NUMERICS}",
        NUMERICS + 1
    );
    assert!(message.contains(&both), "{message}");
    assert!(!message.contains("[1/"), "a run was made:\n{message}");
    assert_eq!(output(&assert), "");
}

#[test]
fn a_manifest_that_is_missing_or_damaged_is_an_error() {
    let folder = made();
    let path = manifest_path(&folder);
    let whole = fs::read_to_string(&path).unwrap();
    let refused = |text: &str, part: &str| {
        fs::write(&path, text).unwrap();
        let message = errors(&verify(&folder, &[]).code(1));
        assert!(message.contains("manifest.json: "), "{message}");
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    };
    refused(&whole[..whole.len() / 2], "the file ends within");
    refused("{}", "numerics");
    refused(
        &whole.replacen("\"copies\": 4", "\"copies\": 0", 1),
        "`copies`",
    );
    fs::remove_file(&path).unwrap();
    let message = errors(&verify(&folder, &[]).code(1));
    assert!(message.contains("there is none"), "{message}");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let folder = folder(EXPERIMENT);
    for arguments in [["--sample", "0"], ["--seed", "1"]] {
        trpo_lab(&folder, &["verify"])
            .args(arguments)
            .assert()
            .code(2);
    }
}

/// Makes a verification long by a change of every configuration, and stops it by
/// Ctrl-C after `pause`. Gives what it says.
#[cfg(unix)]
fn stopped(change: fn(&mut Value), pause: std::time::Duration) -> String {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let folder = made();
    alter(&folder, |manifest| {
        for cell in manifest["cells"].as_array_mut().unwrap() {
            change(&mut cell["config"]);
        }
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(folder.path())
        .env("TMPDIR", folder.path().join("temporary"))
        .args(["verify", NAME])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while left_over(&folder) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(pause);
    let pid = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    let ended = child.wait_with_output().unwrap();
    let message = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{message}");
    assert!(ended.stdout.is_empty());
    assert_eq!(left_over(&folder), 0);
    message
}

/// Stopped by Ctrl-C, it removes its folder and does not say that all is well.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_it() {
    let change = |config: &mut Value| config["common"]["steps"] = json!(100_000_000);
    let message = stopped(change, std::time::Duration::ZERO);
    assert!(message.contains("stopped after 0 of 8 runs"), "{message}");
}

/// The same in updates that are not waited for.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_it_in_the_middle_of_long_updates() {
    let change = |config: &mut Value| config["critic"]["epochs"] = json!(10_000_000);
    // So that runs have begun.
    let message = stopped(change, std::time::Duration::from_secs(2));
    assert!(message.contains("nothing was compared"), "{message}");
}
