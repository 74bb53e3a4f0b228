//! `trpo-lab show`, and the last words of `trpo-lab train`.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{errors, files, folder, output, trpo_lab};
use tempfile::TempDir;

/// A folder with a run in it, what `train` printed, and the path of its record.
fn trained(task: &str, algorithm: &str, more: &[&str]) -> (TempDir, String, String) {
    let folder = folder("");
    let assert = trpo_lab(&folder, &["train", "--env", task, "--algo", algorithm])
        .args(["--steps", "1792", "--set", "batch=256"])
        .args(["--set", "evaluation_episodes=2", "--set", "hidden=[8]"])
        .args(more)
        .assert()
        .success();
    let all = files(folder.path());
    let mut records = all.keys().filter(|name| name.ends_with("/seed-0.json"));
    let record = records.next().unwrap().clone();
    (folder, output(&assert), record)
}

/// The command that `train` names does what it says.
#[test]
fn train_ends_with_a_command_that_shows_its_run() {
    let (folder, printed, record) = trained("CartPole-v1", "trpo", &["--out", "my results"]);
    let lines: Vec<&str> = printed.lines().collect();
    // Nobody looks: no curve.
    let [_, command, of_the_policy] = lines[..] else {
        panic!("{printed}");
    };
    let expected = format!("`trpo-lab show '{record}'` shows it");
    assert_eq!(command, expected);
    let policy = record
        .replace("/runs/", "/policies/")
        .replace(".json", ".safetensors");
    let expected = format!("`trpo-lab evaluate '{policy}'` plays it");
    assert_eq!(of_the_policy, expected);
    let shown = output(&trpo_lab(&folder, &["show", &record]).assert().success());
    let first = "CartPole-v1 trpo seed 0: completed, 7 updates, 1,792 steps\n";
    assert!(shown.starts_with(first), "{shown}");
    for part in [
        "evaluation  ",
        "training return, steps ",
        "CG residual  Backtracks",
    ] {
        assert!(shown.contains(part), "no `{part}` in {shown}");
    }
    assert!(shown.is_ascii(), "{shown}");
    let rows = shown
        .lines()
        .rev()
        .take(5)
        .map(|line| line.split_whitespace().next());
    let updates: Vec<_> = rows.flatten().collect();
    assert_eq!(updates, ["7", "6", "5", "4", "3"]);
}

#[test]
fn what_an_algorithm_does_not_record_is_no_column() {
    let (folder, _, record) = trained("CartPole-v1", "ppo", &["--set", "evaluation_points=3"]);
    let shown = output(&trpo_lab(&folder, &["show", &record]).assert().success());
    assert!(
        shown.contains("mean return of the evaluations while training"),
        "{shown}"
    );
    assert!(
        !shown.contains("CG residual") && shown.contains("Mean KL"),
        "{shown}"
    );
}

#[test]
fn what_is_no_record_is_refused() {
    let (folder, _, record) = trained("CartPole-v1", "vpg", &[]);
    let refused = |path: &str, code: i32, part: &str| {
        let message = errors(&trpo_lab(&folder, &["show", path]).assert().code(code));
        assert!(message.contains(path), "{message}");
        assert!(message.contains(part), "no `{part}` in {message}");
    };
    refused("nothing.json", 2, "there is no such file");
    refused("results", 2, "this is a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("other.json", "{\"experiment\": \"classic\"}");
    refused("other.json", 2, "no record of a run");
    let text = fs::read_to_string(folder.path().join(&record)).unwrap();
    write("half.json", &text[..text.len() / 2]);
    refused("half.json", 2, "the file ends within");
    write(
        "changed.json",
        &text.replacen("\"seed\":0", "\"seed\":1", 1),
    );
    refused("changed.json", 1, "its content does not have its digest");
}

/// A run that diverged has no score that it did not make, and is shown.
#[test]
fn a_run_that_diverged_is_shown() {
    // One step an update: the first makes the critic huge, the next overflows.
    let critic = ["learning_rate=1e30", "epochs=1", "minibatch=256"];
    let critic = critic.map(|setting| format!("critic.{setting}"));
    let more: Vec<&str> = critic.iter().flat_map(|one| ["--set", one]).collect();
    let (folder, _, record) = trained("Pendulum-v1", "npg", &more);
    let shown = output(&trpo_lab(&folder, &["show", &record]).assert().success());
    assert!(
        shown.contains(": diverged after 1 update, 256 steps: "),
        "{shown}"
    );
    assert!(!shown.contains("evaluation  "), "{shown}");
}
