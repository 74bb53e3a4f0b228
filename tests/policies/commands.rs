//! What a user does with policies on the command line.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

fn lab(folder: &TempDir, args: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("trpo-lab").unwrap();
    command.current_dir(folder.path()).args(args).assert()
}

fn printed(assert: &Assert) -> String {
    let output = assert.get_output();
    let all = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

const SMALL: [&str; 10] = [
    "--steps",
    "512",
    "--set",
    "batch=256",
    "--set",
    "hidden=[8]",
    "--set",
    "evaluation_episodes=3",
    "--set",
    "evaluation_points=2",
];

/// Trains, and gives the file of the policy.
fn trained(folder: &TempDir, env: &str, algo: &str) -> PathBuf {
    let args = ["train", "--env", env, "--algo", algo];
    lab(folder, &[&args[..], &SMALL].concat()).success();
    only_file(&folder.path().join("results/train/policies").join(env))
}

fn only_file(env: &Path) -> PathBuf {
    let variant = fs::read_dir(env).unwrap().next().unwrap().unwrap().path();
    variant.join("seed-0.safetensors")
}

#[test]
fn a_run_leaves_policies_that_are_evaluated_as_its_record_says() {
    let folder = tempfile::tempdir().unwrap();
    let policy = trained(&folder, "CartPole-v1", "trpo");
    let path = policy.to_str().unwrap();
    let said = printed(&lab(&folder, &["evaluate", path]).success());
    assert!(
        said.contains("3 episodes: mean return") && said.contains("return for return"),
        "{said}"
    );
    let best = path.replace("seed-0", "seed-0.best");
    let said = printed(&lab(&folder, &["evaluate", &best]).success());
    assert!(said.contains("its best in training, after"), "{said}");
    let said = printed(&lab(&folder, &["evaluate", path, "--json", "--episodes", "5"]).success());
    let numbers: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(numbers["returns"].as_array().unwrap().len(), 5);

    // A record with another evaluation is not passed over.
    let runs = path
        .replace("policies", "runs")
        .replace(".safetensors", ".json");
    let mut record: trpo_lab::record::RunRecord =
        serde_json::from_slice(&fs::read(&runs).unwrap()).unwrap();
    record.evaluation.as_mut().unwrap().returns[0] += 1.0;
    record.digest = record.compute_digest();
    fs::write(&runs, serde_json::to_vec(&record).unwrap()).unwrap();
    let said = printed(&lab(&folder, &["evaluate", path]).success());
    assert!(
        said.contains("not the record of this policy's run"),
        "{said}"
    );
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let policy = trained(&folder, "CartPole-v1", "ppo");
    let path = policy.to_str().unwrap();
    for (args, code, expected) in [
        (
            vec!["evaluate", "missing.safetensors"],
            2,
            "missing.safetensors: cannot read",
        ),
        (
            vec!["evaluate", path, "--env", "Acrobot-v1"],
            2,
            "takes observations of 4 components",
        ),
        (
            vec!["evaluate", path, "--env", "Nowhere-v0"],
            2,
            "Nowhere-v0",
        ),
        (vec!["evaluate", path, "--episodes", "0"], 2, "--episodes"),
        (
            vec!["train", "--from", path, "--set", "hidden=[9]"],
            2,
            "it has hidden [8], where [9]",
        ),
        (
            vec!["train", "--from", path, "--env", "Pendulum-v1"],
            2,
            "observations of 4 components",
        ),
        (vec!["train", "--algo", "ppo"], 2, "--env"),
        (
            vec!["export", "--format", "onnx"],
            2,
            "takes the file of a policy",
        ),
    ] {
        let assert = lab(&folder, &args).code(code);
        let said = printed(&assert);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    fs::write(
        folder.path().join("cut.safetensors"),
        &fs::read(&policy).unwrap()[..900],
    )
    .unwrap();
    for args in [
        &["evaluate", "cut.safetensors"][..],
        &["export", "--format", "onnx", "cut.safetensors"],
    ] {
        let said = printed(&lab(&folder, args).code(1));
        assert!(said.contains("cut.safetensors: no whole file"), "{said}");
    }
    // The folder has nothing but what stood there.
    assert!(!folder.path().join("cut.onnx").exists());
}

#[test]
fn a_run_that_goes_on_from_a_policy_says_so_in_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let policy = trained(&folder, "CartPole-v1", "trpo");
    let path = policy.to_str().unwrap();
    let more = [
        "train",
        "--from",
        path,
        "--steps",
        "512",
        "--set",
        "batch=256",
        "--seed",
        "4",
    ];
    let said = printed(&lab(&folder, &more).success());
    let record = said
        .split(": completed")
        .next()
        .unwrap()
        .lines()
        .last()
        .unwrap()
        .to_owned();
    let record = fs::read_to_string(folder.path().join(record.trim())).unwrap();
    let hash = blake3::hash(&fs::read(&policy).unwrap())
        .to_hex()
        .to_string();
    assert!(
        record.contains(&format!("\"from\":\"{hash}\"")),
        "{hash} is in the record"
    );
    // Asked again, it stands.
    assert!(printed(&lab(&folder, &more).success()).contains("it stood already"));
}
