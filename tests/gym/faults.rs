//! What an environment does wrong ends its run with place and words, and its process.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{folder, lab, record, records, text, train};

/// What a run with a fault says, its exit code and its record.
fn faulty(fault: &str) -> (String, i32, Value) {
    let folder = folder();
    let fault = format!("fault={fault}");
    let output = train(
        folder.path(),
        "gym:trouble:Trouble-v0",
        &["--env-arg", &fault, "--env-timeout", "1"],
    );
    let code = output.status.code().unwrap();
    (text(&output), code, record(folder.path()))
}

#[test]
fn a_worker_that_dies_ends_the_run_with_its_last_words() {
    needs_gymnasium!("a worker that dies");
    let (said, code, record) = faulty("dies");
    assert_eq!(code, 1, "{said}");
    assert_eq!(record["status"]["kind"], "failed");
    let error = record["status"]["error"].as_str().unwrap();
    assert!(
        error.starts_with(
            "gym:trouble:Trouble-v0: the process of the environment ended (exit status: 3); it \
             last said:\n"
        ) && error.ends_with("the last words"),
        "{error}"
    );
    assert!(said.contains("the last words"), "{said}");
}

#[test]
fn a_worker_that_raises_ends_the_run_with_place_and_words() {
    needs_gymnasium!("a worker that raises");
    for (fault, words) in [
        (
            "raises",
            "in a step: ZeroDivisionError: nothing is left (trouble.py, line ",
        ),
        (
            "reset",
            "in reset: RuntimeError: the door is locked (trouble.py, ",
        ),
        ("exits", "in a step: SystemExit: enough (trouble.py, "),
        (
            "grows",
            "in a step: ValueError: an observation has the shape (3,), its space says (2,)",
        ),
        (
            "nan-reset",
            "`reset` gave an observation with a number that is not finite",
        ),
    ] {
        let (said, code, record) = faulty(fault);
        assert_eq!(code, 1, "{fault}: {said}");
        let error = record["status"]["error"].as_str().unwrap();
        let start = format!("gym:trouble:Trouble-v0: {words}");
        let error = error.replace("in the evaluation: ", "");
        assert!(error.starts_with(&start), "{fault}: {error}");
    }
}

#[test]
fn numbers_that_are_not_finite_end_the_episode_as_a_fault() {
    needs_gymnasium!("numbers that are not finite");
    for fault in ["nan-step", "inf-step"] {
        let (said, code, record) = faulty(fault);
        assert_eq!(code, 0, "{said}");
        let faults = record["episodes"]["faults"].as_array().unwrap();
        let lengths = record["episodes"]["length"].as_array().unwrap();
        // Every episode, at its fifth step; the reward of that step counts as 0.
        assert_eq!(
            (faults.len(), lengths.len()),
            (512 / 5 / 4 * 4, 512 / 5 / 4 * 4)
        );
        assert!(lengths.iter().all(|length| *length == 5));
        assert_eq!(record["episodes"]["return"][0], 4.0);
        let problem = faults[0]["problem"].as_str().unwrap();
        assert_eq!(problem, "the environment gave a number that is not finite");
    }
}

#[test]
fn what_an_environment_prints_reaches_nobody() {
    needs_gymnasium!("an environment that prints");
    let (said, code, printing) = faulty("prints");
    assert_eq!(code, 0, "{said}");
    assert!(
        !said.contains("xxx") && !said.contains("from another"),
        "{said}"
    );
    let (.., silent) = faulty("none");
    assert_eq!(printing["curve"], silent["curve"]);
}

/// Whether a process of this number runs.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    !matches!(state.chars().next(), None | Some('Z' | 'X'))
}

/// The processes that `fault = "hangs"` leaves a note of.
fn noted(folder: &Path) -> Vec<String> {
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        let text = fs::read_to_string(folder.join("pids")).unwrap_or_default();
        let pids: Vec<String> = text.split(' ').map(str::to_owned).collect();
        if pids.len() == 2 {
            return pids;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("nothing hangs");
}

fn are_gone_within(pids: &[String], seconds: u64) {
    let until = Instant::now() + Duration::from_secs(seconds);
    while pids.iter().any(|pid| lives(pid)) {
        assert!(Instant::now() < until, "{pids:?} live on");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_that_hangs_is_ended_with_all_that_it_started() {
    needs_gymnasium!("a worker that hangs");
    let folder = folder();
    let output = train(
        folder.path(),
        "gym:trouble:Trouble-v0",
        &["--env-arg", "fault=hangs", "--env-timeout", "1"],
    );
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no reply within 1 s"), "{said}");
    assert!(said.contains("--env-timeout"), "{said}");
    are_gone_within(&noted(folder.path()), 1);
}

#[test]
fn a_worker_that_hangs_does_not_outlive_a_program_that_is_killed() {
    needs_gymnasium!("a program that is killed");
    let folder = folder();
    let mut program = lab(
        folder.path(),
        &[
            "train",
            "--env",
            "gym:trouble:Trouble-v0",
            "--algo",
            "trpo",
            "--env-arg",
            "fault=hangs",
        ],
    )
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    let pids = noted(folder.path());
    program.kill().unwrap();
    program.wait().unwrap();
    are_gone_within(&pids, 10);
}

#[test]
fn a_run_that_is_interrupted_begins_anew_and_is_the_same() {
    needs_gymnasium!("an interrupted run");
    let whole = folder();
    let arguments = [
        "train",
        "--env",
        "gym:trouble:Trouble-v0",
        "--env-arg",
        "fault=slow",
        "--algo",
        "trpo",
        "--steps",
        "512",
        "--set",
        "batch=128",
        "--set",
        "copies=4",
        "--set",
        "evaluation_episodes=1",
    ];
    let output = lab(whole.path(), &arguments).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let cut = folder();
    let mut command = lab(cut.path(), &arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = command.spawn().unwrap();
    noted(cut.path());
    let stop = Command::new("kill")
        .args(["-INT", &program.id().to_string()])
        .status();
    assert!(stop.unwrap().success());
    let output = program.wait_with_output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(records(cut.path()).is_empty(), "{said}");
    assert!(
        said.contains("a run that is interrupted begins anew"),
        "{said}"
    );
    assert!(
        said.contains("begin anew where a task cannot keep its state"),
        "{said}"
    );
    let output = lab(cut.path(), &arguments).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(record(cut.path())["digest"], record(whole.path())["digest"]);
}
