//! What signals do to a run: it ends soon, with the code of the signal, loses
//! at most the update under way, and no bit changes.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use program::{EXPERIMENT, files, folder};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use trpo_lab::record::RunRecord;

const BATCH: usize = 512;

/// How long a long update is made, on the CPU.
const LONG: Duration = Duration::from_secs(10);

/// What a signal may take to end the program: the time for which updates are
/// waited for, and some for a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// `trpo-lab train` with these arguments, in `folder`.
fn train(folder: &TempDir, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trpo-lab"));
    command
        .current_dir(folder.path())
        .args(["train", "--env", "Pendulum-v1", "--algo", "vpg"])
        .args(["--threads-per-run", "1", "--set", "hidden=[16]"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // Whoever runs the tests may ignore SIGHUP, which no safe call undoes.
    // SAFETY: between fork and exec only this call is made, which is allowed there.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_DFL);
            Ok(())
        });
    }
    command
}

fn set(key: &str, value: impl std::fmt::Display) -> [String; 2] {
    ["--set".to_owned(), format!("{key}={value}")]
}

/// Two updates, each as long as [`LONG`] on this machine.
fn long_updates() -> Vec<String> {
    static EPOCHS: LazyLock<u64> = LazyLock::new(|| {
        let folder = folder(EXPERIMENT);
        let epochs = 500;
        finish(&folder, &updates(1, epochs));
        let provenance = record(&folder).provenance;
        // Where the system does not tell of the CPU, the wall must do.
        let seconds = match provenance.cpu_seconds {
            0.0 => provenance.parts["critic"],
            seconds => seconds,
        };
        (LONG.as_secs_f64() * epochs as f64 / seconds) as u64
    });
    updates(2, *EPOCHS)
}

fn updates(count: usize, epochs: u64) -> Vec<String> {
    let mut arguments = vec!["--steps".to_owned(), (count * BATCH).to_string()];
    arguments.extend(set("batch", BATCH));
    arguments.extend(set("critic.epochs", epochs));
    arguments
}

/// Lets the program end by itself.
fn finish(folder: &TempDir, arguments: &[String]) {
    let ended = train(folder, arguments).output().unwrap();
    assert!(ended.status.success(), "{}", errors(&ended));
}

fn errors(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

/// What stands below the results, by its path.
fn standing(folder: &TempDir) -> Vec<PathBuf> {
    let names = files(folder.path()).into_keys().map(PathBuf::from);
    names
        .filter(|name| name.starts_with("results/train"))
        .collect()
}

/// The only record.
fn record(folder: &TempDir) -> RunRecord {
    let standing = standing(folder);
    let mut records = standing
        .iter()
        .filter(|name| name.extension().is_some_and(|e| e == "json"));
    let path = folder.path().join(records.next().unwrap());
    assert!(records.next().is_none());
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn has_checkpoint(folder: &TempDir) -> bool {
    let is_checkpoint = |name: &PathBuf| name.starts_with("results/train/checkpoints");
    standing(folder).iter().any(is_checkpoint)
}

/// Steps that the program made in its last invocation.
fn steps_made(record: &RunRecord) -> u64 {
    let provenance = &record.provenance;
    (provenance.steps_per_second * provenance.wall_seconds).round() as u64
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Sends `signals` and waits for the end, which comes soon.
fn stopped_by(child: Child, signals: &[Signal]) -> Output {
    let sent = Instant::now();
    for (index, &signal) in signals.iter().enumerate() {
        if index > 0 {
            sleep(Duration::from_millis(200));
        }
        send(&child, signal);
    }
    let ended = child.wait_with_output().unwrap();
    assert!(
        sent.elapsed() < SOON,
        "after {:?}: {}",
        sent.elapsed(),
        errors(&ended)
    );
    ended
}

/// Waits until the program has worked for so long, on the CPU where the system
/// tells, else on the wall. Says whether it is still at work.
fn works_for(child: &mut Child, time: Duration) -> bool {
    let started = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        // The 14th and 15th field, counted behind the name: hundredths.
        let fields = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let ticks: Vec<u64> = fields.skip(11).take(2).flat_map(str::parse).collect();
        let worked = match ticks[..] {
            [user, system] => Duration::from_millis(10 * (user + system)),
            _ => started.elapsed(),
        };
        if worked >= time {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
}

/// Sends a signal in the middle of the second of two long updates, and makes
/// the same command again. Gives the first end and the record.
fn in_a_long_update(signal: Signal) -> (Output, RunRecord) {
    let arguments = long_updates();
    let mut wait = LONG.mul_f64(1.5);
    for _ in 0..8 {
        let folder = folder(EXPERIMENT);
        let mut child = train(&folder, &arguments).spawn().unwrap();
        if !works_for(&mut child, wait) {
            wait = wait.mul_f64(0.8);
            continue;
        }
        let ended = stopped_by(child, &[signal]);
        let met_a_boundary = errors(&ended).contains("stopped: 0 of 1 runs");
        if met_a_boundary || !has_checkpoint(&folder) {
            // Of the first update: a machine that was quicker before.
            wait = wait.mul_f64(1.2);
            continue;
        }
        finish(&folder, &arguments);
        assert!(!has_checkpoint(&folder));
        return (ended, record(&folder));
    }
    panic!("the second update was never met");
}

/// What the long run gives when nothing comes between: a signal that was
/// ignored at the start does not.
static UNDISTURBED: LazyLock<RunRecord> = LazyLock::new(|| {
    let folder = folder(EXPERIMENT);
    let program = train(&folder, &long_updates());
    let mut child = ignoring("HUP", &program).spawn().unwrap();
    sleep(LONG / 2);
    assert!(child.try_wait().unwrap().is_none());
    send(&child, Signal::HUP);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", errors(&ended));
    record(&folder)
});

/// The same program, started by a shell that ignores a signal.
fn ignoring(signal: &str, program: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("trap '' {signal}; exec \"$@\""), "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(program.get_current_dir().unwrap_or(Path::new(".")))
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    shell
}

fn check_long(signal: Signal, code: i32) {
    let (ended, record) = in_a_long_update(signal);
    let message = errors(&ended);
    assert_eq!(ended.status.code(), Some(code), "{message}");
    assert!(
        message.contains("stopping after the updates under way"),
        "{message}"
    );
    assert!(
        message.contains("go on from their last complete updates"),
        "{message}"
    );
    assert_eq!(
        steps_made(&record),
        BATCH as u64,
        "only the update under way is lost"
    );
    assert_eq!(record.digest, UNDISTURBED.digest);
}

#[test]
fn sigint_in_a_long_update_loses_that_update_at_most() {
    check_long(Signal::INT, 130);
}

#[test]
fn sigterm_in_a_long_update_loses_that_update_at_most() {
    check_long(Signal::TERM, 143);
}

#[test]
fn sighup_in_a_long_update_loses_that_update_at_most() {
    check_long(Signal::HUP, 143);
}

#[test]
fn sighup_that_was_ignored_at_the_start_stays_ignored() {
    assert_eq!(steps_made(&UNDISTURBED), 2 * BATCH as u64);
}

#[test]
fn a_second_sigint_ends_at_once() {
    let folder = folder(EXPERIMENT);
    let child = train(&folder, &long_updates()).spawn().unwrap();
    sleep(LONG / 4);
    let sent = Instant::now();
    let ended = stopped_by(child, &[Signal::INT, Signal::INT]);
    assert!(
        sent.elapsed() < Duration::from_millis(1400),
        "{:?}",
        sent.elapsed()
    );
    assert_eq!(ended.status.code(), Some(130));
}

/// A terminal that goes away may send two; and impatient programs do.
#[test]
fn a_second_sigterm_or_sighup_changes_nothing() {
    let arguments = short_updates();
    let folder = folder(EXPERIMENT);
    let child = train(&folder, &arguments).spawn().unwrap();
    sleep(Duration::from_millis(300));
    let ended = stopped_by(child, &[Signal::HUP, Signal::TERM]);
    assert_eq!(ended.status.code(), Some(143));
    assert!(
        errors(&ended).contains("stopped: 0 of 1 runs"),
        "{}",
        errors(&ended)
    );
    assert!(has_checkpoint(&folder));
}

/// Many updates, together of a few seconds.
fn short_updates() -> Vec<String> {
    static COUNT: LazyLock<usize> = LazyLock::new(|| {
        let folder = folder(EXPERIMENT);
        finish(&folder, &updates(100, 1));
        let seconds = record(&folder).provenance.wall_seconds;
        (300.0 / seconds) as usize
    });
    updates(*COUNT, 1)
}

#[test]
fn short_updates_are_waited_for() {
    let arguments = short_updates();
    let whole = folder(EXPERIMENT);
    finish(&whole, &arguments);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143)] {
        let folder = folder(EXPERIMENT);
        let child = train(&folder, &arguments).spawn().unwrap();
        sleep(Duration::from_millis(700));
        let ended = stopped_by(child, &[signal]);
        let message = errors(&ended);
        assert_eq!(ended.status.code(), Some(code), "{message}");
        assert!(
            message.contains("stopped: 0 of 1 runs are complete"),
            "{message}"
        );
        assert!(has_checkpoint(&folder));
        finish(&folder, &arguments);
        assert!(steps_made(&record(&folder)) < steps_made(&record(&whole)));
        assert_eq!(record(&folder).digest, record(&whole).digest);
    }
}

/// A closed terminal or pipe: what cannot be said is no reason to fail.
#[test]
fn a_run_that_nobody_listens_to_goes_on_and_can_be_stopped() {
    let arguments = short_updates();
    let folder = folder(EXPERIMENT);
    let mut child = train(&folder, &arguments).spawn().unwrap();
    drop(child.stderr.take());
    sleep(Duration::from_millis(700));
    assert_eq!(stopped_by(child, &[Signal::HUP]).status.code(), Some(143));
    assert!(has_checkpoint(&folder));
    let mut child = train(&folder, &arguments).spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(record(&folder).status.name(), "completed");
}

/// As in the background of a shell that is not interactive.
#[test]
fn sigint_and_sigterm_count_where_they_were_ignored_at_the_start() {
    for (name, signal, code) in [("INT", Signal::INT, 130), ("TERM", Signal::TERM, 143)] {
        let folder = folder(EXPERIMENT);
        let program = train(&folder, &short_updates());
        let child = ignoring(name, &program).spawn().unwrap();
        sleep(Duration::from_millis(500));
        assert_eq!(stopped_by(child, &[signal]).status.code(), Some(code));
    }
}

#[test]
fn a_long_evaluation_is_not_waited_for_and_loses_no_update() {
    let evaluated = |episodes: u64| {
        let mut arguments = updates(2, 1);
        arguments.extend(set("evaluation_episodes", episodes));
        arguments
    };
    let first = folder(EXPERIMENT);
    finish(&first, &evaluated(1000));
    let seconds = record(&first).provenance.parts["evaluation"];
    let arguments = evaluated((6.0 * 1000.0 / seconds) as u64);
    let whole = folder(EXPERIMENT);
    finish(&whole, &arguments);
    let stopped = folder(EXPERIMENT);
    let child = train(&stopped, &arguments).spawn().unwrap();
    sleep(Duration::from_secs(1));
    let ended = stopped_by(child, &[Signal::TERM]);
    assert_eq!(ended.status.code(), Some(143), "{}", errors(&ended));
    assert!(has_checkpoint(&stopped));
    finish(&stopped, &arguments);
    assert_eq!(steps_made(&record(&stopped)), 0);
    assert_eq!(record(&stopped).digest, record(&whole).digest);
}

#[test]
fn reproduce_stops_before_the_next_experiment() {
    let folder = folder(&EXPERIMENT.replacen("steps = 512", "steps = 100_000_000", 1));
    fs::write(folder.path().join("next.toml"), EXPERIMENT).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(folder.path())
        .args(["reproduce", "determinism.toml", "next.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(700));
    let ended = stopped_by(child, &[Signal::INT]);
    assert_eq!(ended.status.code(), Some(130), "{}", errors(&ended));
    assert!(!folder.path().join("results/next").exists());
}
