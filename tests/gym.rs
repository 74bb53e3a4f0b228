//! Any environment of Gymnasium: runs on it have digests, its faults have messages, and
//! nothing of it outlives us. Needs a Python with gymnasium, which `TRPO_LAB_PYTHON`
//! names; without one, what is skipped is said.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use trpo_lab::env::check::check_text;
use trpo_lab::env::gym::{Bridge, Interpreter, MadeWith};
use trpo_lab::env::{ActionSpace, Actions, Copies, Outcome, Transitions, registry};
use trpo_lab::rng::{Purpose, Rng, Streams};

/// The Python that is used.
fn python() -> String {
    std::env::var("TRPO_LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn has(module: &str) -> bool {
    let import = Command::new(python())
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status();
    import.is_ok_and(|status| status.success())
}

/// Whether there is Gymnasium; if not, says that `test` is skipped.
fn has_gymnasium(test: &str) -> bool {
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
        if !has_gymnasium($test) {
            return;
        }
    };
}

/// `trpo-lab` in `folder`, with the environments of tests/gym_envs.
fn lab(folder: &Path, arguments: &[&str]) -> Command {
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

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A small run on `env`, with these further arguments.
fn train(folder: &Path, env: &str, more: &[&str]) -> Output {
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

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

/// The records under a folder.
fn records(folder: &Path) -> Vec<PathBuf> {
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

fn record(folder: &Path) -> Value {
    let found = records(folder);
    assert_eq!(found.len(), 1, "{found:?}");
    serde_json::from_str(&fs::read_to_string(&found[0]).unwrap()).unwrap()
}

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

/// The same run twice, in processes of their own.
fn is_a_function_of_its_seed(env: &str, more: &[&str]) {
    let digest = |seed: &str| {
        let folder = folder();
        let more = [more, &["--seed", seed]].concat();
        let output = train(folder.path(), env, &more);
        assert!(output.status.success(), "{}", text(&output));
        let record = record(folder.path());
        assert_eq!(record["status"]["kind"], "completed");
        record["digest"].as_str().unwrap().to_owned()
    };
    let first = digest("3");
    assert_eq!(first, digest("3"), "{env}");
    assert_ne!(first, digest("4"), "{env}");
}

#[test]
fn runs_of_one_seed_have_one_digest() {
    needs_gymnasium!("digests of runs on Gymnasium");
    is_a_function_of_its_seed("gym:CartPole-v1", &["--set", "evaluation_points=2"]);
    is_a_function_of_its_seed("gym:Pendulum-v1", &[]);
    // What an evaluation draws from generators of the whole process is its own.
    is_a_function_of_its_seed("gym:trouble:Global-v0", &["--set", "evaluation_points=2"]);
    if has("Box2D") {
        is_a_function_of_its_seed("gym:LunarLander-v3", &[]);
        is_a_function_of_its_seed("gym:LunarLander-v3", &["--env-arg", "continuous=true"]);
    } else {
        eprintln!("skipped: LunarLander-v3, since there is no Box2D");
    }
}

#[test]
fn evaluations_change_nothing_in_the_training() {
    needs_gymnasium!("evaluations on Gymnasium");
    let curve = |points: &str| {
        let folder = folder();
        let points = format!("evaluation_points={points}");
        let output = train(folder.path(), "gym:trouble:Global-v0", &["--set", &points]);
        assert!(output.status.success(), "{}", text(&output));
        record(folder.path())["curve"].take()
    };
    assert_eq!(curve("0"), curve("2"));
}

#[test]
fn records_say_what_the_environment_is_made_of() {
    needs_gymnasium!("provenance of Gymnasium");
    let folder = folder();
    let output = train(folder.path(), "gym:CartPole-v1", &["--time-limit", "50"]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("interrupted begins anew"), "{said}");
    let path = records(folder.path()).remove(0);
    let path = path.strip_prefix(folder.path()).unwrap();
    assert!(
        path.starts_with("results/train/runs/gym%3ACartPole-v1"),
        "{path:?}"
    );
    let record = record(folder.path());
    assert_eq!(record["config"]["time_limit"], 50);
    assert_eq!(record["config"].get("env_args"), None);
    let lengths = record["episodes"]["length"].as_array().unwrap();
    assert!(lengths.iter().all(|length| length.as_u64().unwrap() <= 50));
    let about = &record["provenance"]["gymnasium"];
    assert_eq!(about["time_limit"], 50);
    assert_eq!(about["observation_dim"], 4);
    assert_eq!(about["actions"], json!({"kind": "discrete", "count": 2}));
    assert_eq!(about["module"], "gymnasium.envs.classic_control.cartpole");
    assert_eq!(about["module_sha256"].as_str().unwrap().len(), 64);
    for name in ["python", "gymnasium", "numpy"] {
        assert!(about["versions"][name].is_string(), "{about}");
    }
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

/// What is said to a run that is not begun, with exit code 2.
fn refused(env: &str, more: &[&str]) -> String {
    let folder = folder();
    let output = train(folder.path(), env, more);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(records(folder.path()).is_empty());
    said
}

#[test]
fn what_cannot_be_trained_on_is_refused_by_name_with_the_remedy() {
    needs_gymnasium!("environments that are refused");
    for (env, more, parts) in [
        (
            "gym:LunarLandr-v3",
            &[][..],
            &[
                "Gymnasium does not know it",
                "LunarLander",
                "pprint_registry",
            ][..],
        ),
        ("gym:nowhere:X-v0", &[], &["nowhere", "cannot be made"]),
        ("gym:", &[], &["write `gym:LunarLander-v3`"]),
        (
            "gym:trouble:Many-v0",
            &[],
            &["MultiDiscrete([2 3])", "neither Discrete nor a Box"],
        ),
        (
            "gym:trouble:Endless-v0",
            &[],
            &[
                "it has no time limit",
                "[task.\"gym:trouble:Endless-v0\"]",
                "--time-limit",
            ],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "wings=2"],
            &["unexpected keyword argument 'wings'"],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "max_episode_steps=2"],
            &["`max_episode_steps` is no argument", "time_limit = N"],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "x=inf"],
            &["must be finite"],
        ),
        (
            "gym:CartPole-v1",
            &["--time-limit", "0"],
            &["`time_limit` must be a whole number of steps from 1"],
        ),
        (
            "CartPole-v1",
            &["--env-arg", "x=1"],
            &["`CartPole-v1` takes no arguments"],
        ),
        (
            "CartPole-v1",
            &["--time-limit", "7"],
            &["is a part of the task", "`gym:CartPole-v1`"],
        ),
        ("LunarLander-v3", &[], &["`gym:ID`"]),
    ] {
        let said = refused(env, more);
        for part in parts {
            assert!(said.contains(part), "{env} {more:?}: no `{part}` in {said}");
        }
    }
    let folder = folder();
    let vine = ["train", "--env", "gym:CartPole-v1", "--algo", "vine"];
    let output = lab(folder.path(), &vine).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("environments of Gymnasium have none"),
        "{said}"
    );
}

#[test]
fn a_python_that_is_missing_is_refused_with_the_command_that_installs_it() {
    let said = refused("gym:CartPole-v1", &["--python", "no/such/python"]);
    assert!(
        said.contains("`no/such/python` cannot be started")
            && said.contains("`python3 -m pip install gymnasium`")
            && said.contains("--python"),
        "{said}"
    );
}

#[test]
fn a_python_without_gymnasium_is_refused_with_the_command_that_installs_it() {
    let folder = folder();
    let bare = folder.path().join("bare");
    let script = format!(
        "#!/bin/sh\nunset PYTHONPATH\nexec '{}' -S \"$@\"\n",
        python()
    );
    fs::write(&bare, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&bare, mode).unwrap();
    let bare_starts = Command::new(&bare).args(["-c", ""]).status();
    if !bare_starts.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a Python without gymnasium, since there is no Python");
        return;
    }
    let said = refused("gym:CartPole-v1", &["--python", bare.to_str().unwrap()]);
    assert!(
        said.contains("cannot import gymnasium") && said.contains("-m pip install gymnasium`"),
        "{said}"
    );
}

#[test]
fn spaces_are_flattened_and_wide_boxes_warned_of() {
    needs_gymnasium!("spaces of Gymnasium");
    let folder = folder();
    let output = train(folder.path(), "gym:trouble:Boxes-v0", &[]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("half-width 30").count(), 1, "{said}");
    assert!(said.contains("RescaleAction"), "{said}");
    let about = record(folder.path())["provenance"]["gymnasium"].take();
    assert_eq!(about["observation_dim"], 3 + 4);
    is_a_function_of_its_seed("gym:FrozenLake-v1", &["--env-arg", "is_slippery=false"]);
}

#[test]
fn what_a_file_gives_to_a_task_that_takes_nothing_is_refused_with_its_place() {
    let head = "title = \"?\"\nheadline = \"evaluation\"\nseeds = \"0..1\"\n";
    for (rest, words) in [
        (
            "tasks = [\"CartPole-v1\"]\n[env.\"gym:CartPole-v1\"]\nx = 1\n",
            "mine.toml:5:6: `gym:CartPole-v1` is not one of the tasks",
        ),
        (
            "tasks = [\"CartPole-v1\"]\n[env.CartPole-v1]\nx = 1\n",
            "mine.toml:5:6: `CartPole-v1` takes no arguments",
        ),
        (
            "tasks = [\"CartPole-v1\"]\n[task.CartPole-v1]\ntime_limit = 9\n",
            "mine.toml:6:1: the time limit of `CartPole-v1` is a part of the task",
        ),
        (
            "tasks = [\"gym:CartPole-v1\"]\n[task.\"gym:CartPole-v1\"]\ntime_limit = 0.5\n",
            "mine.toml:6:14: ",
        ),
        (
            "tasks = [\"gym:X-v0\"]\n[env.\"gym:X-v0\"]\nx = 2020-01-01\n",
            "mine.toml:6:5: `x` must be true or false, a number",
        ),
        (
            "tasks = [\"gym:X-v0\"]\nenv = 3\n",
            "mine.toml:5:7: `env` must be a table",
        ),
    ] {
        let folder = folder();
        let variant = "[variant.trpo]\nalgorithm = \"trpo\"\n";
        fs::write(
            folder.path().join("mine.toml"),
            format!("{head}{rest}{variant}"),
        )
        .unwrap();
        let output = lab(folder.path(), &["run", "mine.toml"]).output().unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "no `{words}` in {said}");
    }
}

/// An experiment from its file to its report; what reads it starts no Python.
#[test]
fn experiments_are_read_without_python() {
    needs_gymnasium!("experiments on Gymnasium");
    let folder = folder();
    let file = folder.path().join("mine.toml");
    let experiment = r#"title = "Which lands?"
headline = "evaluation"
tasks = ["gym:FrozenLake-v1", "CartPole-v1"]
seeds = "0..3"

[settings]
steps = 512
batch = 256
copies = 4
hidden = [8]
critic.epochs = 1
evaluation_episodes = 3

[env."gym:FrozenLake-v1"]
map_name = "4x4"
is_slippery = false

[task."gym:FrozenLake-v1"]
time_limit = 30
gamma = 0.9

[reference."gym:FrozenLake-v1"]
random = 0.0
reference = 1.0

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"
ppo.epochs = 1
"#;
    fs::write(&file, experiment).unwrap();
    let output = lab(folder.path(), &["reproduce", "mine.toml"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let manifest = fs::read_to_string(folder.path().join("results/mine/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let about = &manifest["gymnasium"]["gym:FrozenLake-v1"];
    assert_eq!(
        (
            about["observation_dim"].as_u64(),
            about["time_limit"].as_u64()
        ),
        (Some(16), Some(30))
    );
    let config = &manifest["cells"][0]["config"];
    assert_eq!(
        config["env_args"],
        json!({"is_slippery": false, "map_name": "4x4"})
    );
    assert_eq!(
        (&config["time_limit"], &config["common"]["gamma"]),
        (&json!(30), &json!(0.9))
    );
    assert_eq!(manifest["cells"][2]["config"].get("env_args"), None);

    let verified = lab(folder.path(), &["verify", "mine"]).output().unwrap();
    let said = text(&verified);
    assert!(verified.status.success(), "{said}");
    assert!(said.contains("12 of 12 digests equal"), "{said}");
    assert!(
        said.contains("one machine and equal versions; those are equal"),
        "{said}"
    );

    for arguments in [
        &["summarize", "mine"][..],
        &["plot", "mine"],
        &["report"],
        &["compare", "trpo", "ppo", "--experiment", "mine"],
        &["export", "mine", "--format", "csv"],
        &["export", "mine", "--format", "tensorboard"],
        &[
            "show",
            "results/mine/runs/gym%3AFrozenLake-v1/trpo/seed-0.json",
        ],
    ] {
        let output = lab(folder.path(), arguments)
            .env("PATH", "")
            .env("TRPO_LAB_PYTHON", "no/such/python")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    }
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

/// Steps copies `task` of Gymnasium with actions that `act` draws, until every copy has
/// ended an episode, and gives their first episodes as a trajectory file.
fn recorded(task: &str, space: &ActionSpace, act: impl Fn(&mut Rng) -> f32) -> String {
    const COPIES: usize = 3;
    let streams = Streams::new(5, task);
    let stream = |purpose, i: usize| streams.stream(purpose, i as u32);
    let interpreter = Interpreter {
        python: python(),
        ..Interpreter::default()
    };
    let mut bridge = Bridge::new(
        &format!("gym:{task}"),
        &MadeWith::default(),
        &interpreter,
        (0..COPIES)
            .map(|i| stream(Purpose::Environment, i))
            .collect(),
    )
    .unwrap();
    let states: Vec<Vec<f64>> = (0..COPIES).map(|i| bridge.state(i).unwrap()).collect();
    let dim = registry::standard(task).unwrap().spec().observation_dim;
    let mut out = Transitions {
        observations: vec![0.0; COPIES * dim],
        next_observations: vec![0.0; COPIES * dim],
        outcomes: vec![Outcome::default(); COPIES],
    };
    bridge.observe(&mut out.observations).unwrap();
    let row = |numbers: &[f64], i: usize| json!(numbers[i * dim..(i + 1) * dim]);
    let mut episodes: Vec<Value> = (0..COPIES)
        .map(|i| {
            json!({
                "init": {"state": states[i]}, "obs0": row(&out.observations, i), "actions": [],
                "obs": [], "rewards": [], "terminated": [], "truncated": [],
            })
        })
        .collect();
    let mut rng = stream(Purpose::Action, 0);
    let mut actions = Actions::new(space, COPIES);
    let mut running = [true; COPIES];
    while running.contains(&true) {
        actions.choose(|chosen| chosen.fill_with(|| act(&mut rng)));
        bridge.step(&actions, &mut out).unwrap();
        let going: Vec<usize> = (0..COPIES).filter(|&i| running[i]).collect();
        for i in going {
            let outcome = out.outcomes[i];
            let chosen = actions.chosen()[i];
            let action = match space {
                ActionSpace::Discrete(_) => json!(chosen as usize),
                ActionSpace::Box { .. } => json!([chosen]),
            };
            for (key, value) in [
                ("actions", action),
                ("obs", row(&out.next_observations, i)),
                ("rewards", json!(outcome.reward)),
                ("terminated", json!(u8::from(outcome.terminated))),
                ("truncated", json!(u8::from(outcome.truncated))),
            ] {
                episodes[i][key].as_array_mut().unwrap().push(value);
            }
            running[i] = !outcome.ended();
            actions.set_rests(i, outcome.ended());
        }
    }
    json!({"env": task, "episodes": episodes}).to_string()
}

#[test]
fn trajectories_of_the_bridge_replay_in_our_own_tasks() {
    needs_gymnasium!("trajectories of the bridge");
    let discrete = recorded("CartPole-v1", &ActionSpace::Discrete(2), |rng| {
        rng.below(2) as f32
    });
    let torques = ActionSpace::between(-2.0, 2.0, 1);
    let continuous = recorded("Pendulum-v1", &torques, |rng| {
        rng.uniform_in(-2.0, 2.0) as f32
    });
    for file in [discrete, continuous] {
        let report = check_text(&file, &registry::standard).unwrap();
        assert!(report.passed(), "{report:?}");
        assert!(report.steps > 30, "{report:?}");
    }
}

/// Microseconds of a step through the bridge beside those of a bare round trip of as
/// many bytes through two pipes. A measurement, by hand:
/// `cargo test --release --test gym -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed_beside_a_bare_round_trip() {
    use std::io::{Read, Write};
    needs_gymnasium!("the speed of the bridge");
    const STEPS: u32 = 20_000;
    let bare = |request: usize, reply: usize| {
        let echo = format!(
            "import os\nwhile True:\n  n = {request}\n  while n > 0:\n    data = os.read(0, n)\n    \
             if not data: raise SystemExit\n    n -= len(data)\n  os.write(1, bytes({reply}))"
        );
        let mut child = Command::new(python())
            .args(["-c", &echo])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        let mut from = child.stdout.take().unwrap();
        let (sent, mut received) = (vec![0; request], vec![0; reply]);
        let mut trip = || {
            to.write_all(&sent).unwrap();
            from.read_exact(&mut received).unwrap();
        };
        (0..1000).for_each(|_| trip());
        let start = Instant::now();
        (0..STEPS).for_each(|_| trip());
        let micros = start.elapsed().as_secs_f64() / f64::from(STEPS) * 1e6;
        drop(to);
        child.wait().unwrap();
        micros
    };
    let bridged = |task: &str, copies: usize| {
        let interpreter = Interpreter {
            python: python(),
            ..Interpreter::default()
        };
        let streams = Streams::new(0, task);
        let streams = (0..copies).map(|i| streams.stream(Purpose::Environment, i as u32));
        let mut bridge =
            Bridge::new(task, &MadeWith::default(), &interpreter, streams.collect()).unwrap();
        let mut out = Transitions {
            observations: vec![0.0; copies * 4],
            next_observations: vec![0.0; copies * 4],
            outcomes: vec![Outcome::default(); copies],
        };
        let actions = Actions::new(&ActionSpace::Discrete(2), copies);
        let mut step = || bridge.step(&actions, &mut out).unwrap();
        (0..1000).for_each(|_| step());
        let start = Instant::now();
        (0..STEPS).for_each(|_| step());
        start.elapsed().as_secs_f64() / f64::from(STEPS) * 1e6
    };
    // What the environments themselves take, stepped in a loop by Python.
    let alone = |id: &str, copies: usize| {
        let loops = format!(
            r#"
import gymnasium, random, time
environments = [gymnasium.make("{id}", disable_env_checker=True) for _ in range({copies})]
for e in environments: e.reset(seed=0)
start = time.perf_counter()
for _ in range(20000):
    for e in environments:
        _, _, terminated, truncated, _ = e.step(0)
        if terminated or truncated: e.reset(seed=random.getrandbits(31))
print((time.perf_counter() - start) / 20000 * 1e6)
"#
        );
        let output = Command::new(python())
            .args(["-c", &loops])
            .output()
            .unwrap();
        text(&output).trim().parse::<f64>().unwrap()
    };
    for copies in [1, 8] {
        let bare = bare(13 + 12 * copies, 5 + 41 * copies);
        for id in ["trouble:Nothing-v0", "CartPole-v1"] {
            if id.starts_with("trouble") && std::env::var_os("PYTHONPATH").is_none() {
                continue;
            }
            let (bridge, alone) = (bridged(&format!("gym:{id}"), copies), alone(id, copies));
            eprintln!(
                "{id}, {copies} copies: bare round trip {bare:.1} us, steps alone {alone:.1} us, \
                 step through the bridge {bridge:.1} us: {:.1} us more than both",
                bridge - bare - alone
            );
        }
    }
}
