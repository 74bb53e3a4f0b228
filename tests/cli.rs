//! What a user meets on the command line: messages that name the place and the
//! remedy, exit code 2 for what was written wrongly and 1 for what failed, and
//! nothing lost.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// An experiment that runs in a moment.
const TINY: &str = r#"title = "Tiny"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..2"

[settings]
steps = 256
batch = 128
copies = 4
hidden = [8]
critic.epochs = 1
evaluation_episodes = 2

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"
ppo.epochs = 1
"#;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A figure says which runs it is of; other files are told apart from it.
#[test]
fn figures_say_where_they_come_from() {
    let folder = folder();
    let scores =
        "algorithm,task,run,score\nTRPO,t,0,0.9\nTRPO,t,1,0.8\nmine,t,0,0.5\nmine,t,1,0.6\n";
    fs::write(folder.path().join("scores.csv"), scores).unwrap();
    let assert = trpo_lab(
        &folder,
        &["score", "scores.csv", "--figures", "new/figures"],
    )
    .success();
    let printed = output(assert);
    for name in [
        "score_intervals",
        "performance_profiles",
        "probability_of_improvement",
    ] {
        for extension in ["svg", "png"] {
            let path = format!("new/figures/{name}.{extension}");
            assert!(printed.contains(&path), "{printed}");
            let origin = output(trpo_lab(&folder, &["which", &path]).success());
            assert_eq!(origin, "scores      scores.csv\n");
        }
    }
    let captions = fs::read_to_string(folder.path().join("new/figures/captions.json")).unwrap();
    assert!(
        captions.contains("t; 2 runs for each algorithm and task (scores.csv)"),
        "{captions}"
    );
    for (path, expected) in [
        ("scores.csv", "scores.csv: this is no SVG, PNG or PDF"),
        ("none.png", "none.png: No such file"),
        (
            "plain.svg",
            "plain.svg: it does not say where it comes from",
        ),
        ("damaged.png", "damaged.png: this PNG is damaged"),
    ] {
        fs::write(folder.path().join("plain.svg"), "<svg><metadata></svg>").unwrap();
        fs::write(folder.path().join("damaged.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let message = errors(trpo_lab(&folder, &["which", path]).code(1));
        assert!(message.contains(expected), "{message}");
    }
}

/// Runs the program inside `folder`.
fn trpo_lab(folder: &TempDir, arguments: &[&str]) -> Assert {
    Command::cargo_bin("trpo-lab")
        .unwrap()
        .current_dir(folder.path())
        .args(arguments)
        .assert()
}

/// Runs an experiment with this text; gives what is printed on standard error.
fn run_text(text: &str, expected_code: i32) -> String {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), text).unwrap();
    errors(trpo_lab(&folder, &["run", "x.toml"]).code(expected_code))
}

fn errors(assert: Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn output(assert: Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// The message for TINY with `from` replaced by `to` must hold all `parts`.
fn refused(from: &str, to: &str, parts: &[&str]) {
    assert!(TINY.contains(from), "{from}");
    let message = run_text(&TINY.replacen(from, to, 1), 2);
    for part in parts {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
}

#[test]
fn config_errors_name_the_line_and_the_key() {
    refused(
        "copies = 4",
        "copise = 4",
        &["x.toml:9:1", "copise", "copise = 4", "^^^^^^"],
    );
    refused(
        "epochs = 1\nevaluation",
        "epocs = 1\nevaluation",
        &["x.toml:11:8", "epocs"],
    );
    refused(
        "ppo.epochs = 1",
        "ppo.clop = 0.1",
        &["x.toml:19:5", "clop", "clip"],
    );
    refused(
        "ppo.epochs = 1",
        "ppo.epochs = \"ten\"",
        &["x.toml:19:14", "a whole number of at least 0"],
    );
    refused("ppo.epochs = 1", "ppo.epochs = -1", &["x.toml:19:14", "-1"]);
    refused(
        "ppo.epochs = 1",
        "ppo.clip = -0.1",
        &["x.toml:19:12", "ppo.clip", "above 0"],
    );
    refused(
        "steps = 256",
        "steps = 0",
        &["x.toml:7:9", "`steps` must be at least 1"],
    );
    refused(
        "batch = 128",
        "batch = 130",
        &["x.toml:8:9", "multiple of `copies`"],
    );
    refused("hidden = [8]", "hidden = [0]", &["x.toml:10:10", "hidden"]);
    refused(
        "CartPole-v1",
        "CartPole-v2",
        &["x.toml:3:10", "CartPole-v2", "CartPole-v1"],
    );
    refused(
        "\"trpo\"",
        "\"trop\"",
        &["x.toml:15:13", "no algorithm `trop`", "trpo, npg"],
    );
    refused("algorithm = \"trpo\"", "", &["algorithm"]);
    refused("\"0..2\"", "\"2..2\"", &["x.toml:4:9", "holds no seed"]);
    refused("\"0..2\"", "[1, 1]", &["x.toml:4:9", "seed 1 stands twice"]);
    refused(
        "\"evaluation\"",
        "\"best ever\"",
        &["x.toml:2:12", "best ever", "final"],
    );
    refused(
        "[variant.trpo]",
        "[variant.\"a/b\"]",
        &["x.toml:14:10", "letters"],
    );
    refused(
        "[settings]",
        "[task.\"Pendulum-v1\"]\n[settings]",
        &["not one of the tasks"],
    );
    refused("[settings]", "[settings", &["x.toml:6:"]);
    refused("title = \"Tiny\"\n", "", &["title"]);
}

#[test]
fn mistakes_in_arguments_exit_with_2() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    let message = |arguments: &[&str]| errors(trpo_lab(&folder, arguments).code(2));
    assert!(message(&["run", "absent.toml"]).contains("absent.toml"));
    assert!(message(&["run", "x.toml", "--seeds", "x"]).contains("0..10"));
    assert!(message(&["run", "x.toml", "--jobs", "0"]).contains("--jobs"));
    let set = message(&["run", "x.toml", "--set", "trpo.detla=1"]);
    assert!(
        set.contains("--set trpo.detla") && set.contains("delta"),
        "{set}"
    );
    assert!(message(&["run", "x.toml", "--set", "nonsense"]).contains("--set nonsense"));
    assert!(message(&["train", "--env", "Cartpole", "--algo", "trpo"]).contains("CartPole-v1"));
    assert!(message(&["train", "--env", "CartPole-v1", "--algo", "sac"]).contains("trpo, npg"));
    assert!(message(&["algos", "sac"]).contains("trpo, npg"));
    assert!(message(&["fly"]).contains("fly"));
}

#[test]
fn a_kernel_that_does_not_exist_exits_with_2() {
    let assert = Command::cargo_bin("trpo-lab")
        .unwrap()
        .env("TRPO_LAB_KERNEL", "mmx")
        .arg("envs")
        .assert();
    assert!(errors(assert.code(2)).contains("avx512, avx2, portable"));
}

#[test]
fn lists_say_what_there_is() {
    let folder = folder();
    let algos = output(trpo_lab(&folder, &["algos"]).success());
    for part in [
        "trpo.delta = 0.01",
        "ppo.clip = 0.2",
        "critic.epochs",
        "gamma",
        "Trust radius",
    ] {
        assert!(algos.contains(part), "{part}");
    }
    assert!(output(trpo_lab(&folder, &["envs"]).success()).contains("Pendulum-v1"));
    assert!(output(trpo_lab(&folder, &["--help"]).success()).contains("Examples:"));
}

/// A task without a reference is told what a random policy gets, and what to do with it.
#[test]
fn one_task_is_told_with_what_a_random_policy_gets() {
    let folder = folder();
    let of = |arguments: &[&str]| output(trpo_lab(&folder, arguments).success());
    // 21.95 over 100 episodes with Gymnasium; 2.5 standard errors of both.
    let pole = of(&["envs", "CartPole-v1"]);
    let random = pole.lines().find(|line| line.starts_with("random"));
    let random: f64 = random
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap();
    assert!((random - 21.95).abs() < 4.0, "{pole}");
    assert!(pole.contains("21.95 is worth 0"), "{pole}");
    assert_eq!(pole, of(&["envs", "CartPole-v1"]));
    let unknown = errors(trpo_lab(&folder, &["envs", "Cartpole-v1"]).code(2));
    assert!(unknown.contains("CartPole-v1"), "{unknown}");
}

#[test]
fn a_dry_run_prints_complete_configurations_and_writes_nothing() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    let arguments = [
        "run",
        "x.toml",
        "--dry-run",
        "--steps",
        "512",
        "--seeds",
        "7",
    ];
    let printed = output(trpo_lab(&folder, &arguments).success());
    for part in [
        "steps = 512",
        "[7]",
        "cg_iterations = 10",
        "clip = 0.2",
        "[critic]",
    ] {
        assert!(printed.contains(part), "{part} in:\n{printed}");
    }
    assert!(!folder.path().join("results").exists());
}

/// What it costs, evaluations included, and what it can see stand above.
#[test]
fn a_dry_run_says_what_an_experiment_costs_and_sees() {
    let folder = folder();
    let text = TINY.replacen("[settings]", "[settings]\nevaluation_points = 4", 1);
    fs::write(folder.path().join("x.toml"), text).unwrap();
    let arguments = [
        "run",
        "x.toml",
        "--dry-run",
        "--seeds",
        "0..10",
        "--steps",
        "2560",
    ];
    let printed = output(trpo_lab(&folder, &arguments).success());
    // Five points and the end of two episodes each, none longer than 500 steps.
    for part in [
        "# x: 2 variants on 1 task, 10 seeds: 20 runs",
        "# 51,200 steps of training; evaluations make at most 120,000 beside them",
        "# on one task a difference of 0.99 standard deviations",
    ] {
        assert!(printed.contains(part), "{part} in:\n{printed}");
    }
}

#[test]
fn train_leaves_the_record_of_an_experiment() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    trpo_lab(&folder, &["run", "x.toml", "--seeds", "1"]).success();
    let arguments = [
        "train",
        "--env",
        "CartPole-v1",
        "--algo",
        "trpo",
        "--seed",
        "1",
        "--steps",
        "256",
        "--set",
        "batch=128",
        "--set",
        "copies=4",
        "--set",
        "hidden=[8]",
        "--set",
        "critic.epochs=1",
        "--set",
        "evaluation_episodes=2",
    ];
    trpo_lab(&folder, &arguments).success();
    let digest = |path: &Path| {
        let record: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        record["digest"].as_str().unwrap().to_owned()
    };
    let runs = folder.path().join("results/train/runs/CartPole-v1");
    let variant = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    let by_train = digest(&variant.join("seed-1.json"));
    let by_run = folder
        .path()
        .join("results/x/runs/CartPole-v1/trpo/seed-1.json");
    assert_eq!(by_train, digest(&by_run));
}

#[test]
fn standing_results_are_not_replaced_by_overrides() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    trpo_lab(&folder, &["run", "x.toml"]).success();
    for change in [["--steps", "128"], ["--seeds", "5"], ["--set", "gamma=0.9"]] {
        let arguments = [&["run", "x.toml"], &change[..]].concat();
        let message = errors(trpo_lab(&folder, &arguments).code(2));
        assert!(message.contains("--out"), "{message}");
        trpo_lab(&folder, &[&arguments[..], &["--out", "other"]].concat()).success();
    }
    let again = output(trpo_lab(&folder, &["run", "x.toml"]).success());
    assert!(again.contains("0 runs made, 4 stood already"), "{again}");
}

#[test]
fn a_damaged_record_is_set_aside_and_made_again() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    trpo_lab(&folder, &["run", "x.toml"]).success();
    let runs = folder.path().join("results/x/runs/CartPole-v1");
    let truncated = runs.join("trpo/seed-0.json");
    let altered = runs.join("ppo/seed-1.json");
    let whole = fs::read_to_string(&truncated).unwrap();
    fs::write(&truncated, &whole[..whole.len() / 2]).unwrap();
    let text = fs::read_to_string(&altered).unwrap();
    fs::write(&altered, text.replacen("\"length\":[", "\"length\":[9,", 1)).unwrap();

    let assert = trpo_lab(&folder, &["run", "x.toml"]).success();
    let message = errors(assert);
    for part in [
        "trpo/seed-0.json: damaged",
        "column",
        "ppo/seed-1.json: damaged",
        "digest",
    ] {
        assert!(message.contains(part), "{part} in:\n{message}");
    }
    assert!(runs.join("trpo/seed-0.json.damaged").exists());
    let digest = |text: &str| {
        let record: serde_json::Value = serde_json::from_str(text).unwrap();
        record["digest"].clone()
    };
    assert_eq!(
        digest(&fs::read_to_string(&truncated).unwrap()),
        digest(&whole)
    );
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    let results = folder.path().join("results/x");
    fs::create_dir_all(&results).unwrap();
    let lock = fs::File::create(results.join(".lock")).unwrap();
    lock.try_lock().unwrap();
    let message = errors(trpo_lab(&folder, &["run", "x.toml"]).code(1));
    assert!(message.contains("another process"), "{message}");
    // What a killed process held, the system has freed.
    drop(lock);
    trpo_lab(&folder, &["run", "x.toml"]).success();
}

#[test]
fn a_results_folder_that_cannot_be_made_is_a_failure() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), TINY).unwrap();
    fs::write(folder.path().join("results"), "a file in its place").unwrap();
    let message = errors(trpo_lab(&folder, &["run", "x.toml"]).code(1));
    assert!(
        message.contains("results/x: cannot create the folder"),
        "{message}"
    );
}

/// A full disk, where the system has one to offer.
#[test]
fn a_full_disk_is_a_failure_that_keeps_what_stands() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("skipped: no /dev/full on this system");
        return;
    }
    let error = trpo_lab::experiment::disk::write(&full.join("x"), b"x").unwrap_err();
    assert!(error.to_string().contains("/dev/full"), "{error}");
}

#[test]
fn stages_that_miss_their_input_say_what_makes_it() {
    let folder = folder();
    let message = errors(trpo_lab(&folder, &["summarize", "x"]).code(1));
    assert!(message.contains("trpo-lab run"), "{message}");
    let message = errors(trpo_lab(&folder, &["plot", "x"]).code(1));
    assert!(message.contains("results/x"), "{message}");
}

/// Without MuJoCo its tasks are known by name, with the way to them.
#[cfg(not(feature = "mujoco"))]
#[test]
fn a_task_of_mujoco_says_which_command_adds_it() {
    let folder = folder();
    let text = TINY.replace("CartPole-v1", "Hopper-v5");
    fs::write(folder.path().join("hopper.toml"), text).unwrap();
    for arguments in [
        &["train", "--env", "Hopper-v5", "--algo", "trpo"][..],
        &["run", "hopper.toml"],
        &["reproduce", "hopper.toml"],
    ] {
        let assert = trpo_lab(&folder, arguments).code(2);
        let message = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(message.contains("`Hopper-v5` needs MuJoCo"), "{message}");
        assert!(message.contains("`make mujoco`"), "{message}");
        assert!(message.contains("--features mujoco"), "{message}");
    }
}
