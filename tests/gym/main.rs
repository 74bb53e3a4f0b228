//! Any environment of Gymnasium: runs on it have digests, its faults have messages, and
//! nothing of it outlives us. Needs a Python with gymnasium, which `TRPO_LAB_PYTHON`
//! names; without one, what is skipped is said.
#![cfg(unix)]

#[macro_use]
mod support;
mod bridge;
mod faults;
mod refused;

use std::fs;

use serde_json::{Value, json};
use support::{folder, has, lab, record, records, text, train};

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
