//! Results know the experiment file that they are of.

use std::fs;
use std::path::Path;

use assert_cmd::assert::Assert;
use tempfile::TempDir;
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::lab::Lab;

use crate::SMALL as TEXT;
use crate::program::{self, errors, output, records};

fn lab(folder: &TempDir, arguments: &[&str]) -> Assert {
    program::trpo_lab(folder, arguments).assert()
}

#[test]
fn every_command_takes_the_path_of_an_experiment_file() {
    let folder = program::folder(TEXT);
    let deep = folder.path().join("deep");
    fs::create_dir(&deep).unwrap();
    fs::write(deep.join("small.toml"), TEXT).unwrap();
    let file = "deep/small.toml";
    lab(&folder, &["run", file]).success();
    for arguments in [
        &["summarize", file][..],
        &["plot", file],
        &["verify", file, "--sample", "1"],
        &["compare", "trpo", "ppo", "--experiment", file],
        &["export", file, "--format", "csv"],
        &["reproduce", file],
    ] {
        lab(&folder, arguments).success();
    }
    let copy = fs::read_to_string(folder.path().join("results/small/experiment.toml")).unwrap();
    let first = "# A copy of the experiment file of these results: deep/small.toml\n";
    assert_eq!(copy, format!("{first}{TEXT}"));
    let message = errors(&lab(&folder, &["plot", "absent.toml"]).code(2));
    assert!(message.contains("absent.toml"), "{message}");
}

#[test]
fn another_file_of_the_same_name_is_another_experiment() {
    let folder = program::folder(TEXT);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("determinism.toml"), TEXT).unwrap();
    lab(&folder, &["run", "determinism.toml"]).success();
    // By any way to it, it is the same file.
    lab(&folder, &["run", "./other/../determinism.toml"]).success();
    for command in ["run", "reproduce", "verify", "summarize", "plot"] {
        let message = errors(&lab(&folder, &[command, "other/determinism.toml"]).code(2));
        for part in [
            "experiment file, determinism.toml, not of other/determinism.toml",
            "--out DIR",
        ] {
            assert!(
                message.contains(part),
                "{command}: no `{part}` in {message}"
            );
        }
    }
    let elsewhere = ["run", "other/determinism.toml", "--out", "second/results"];
    lab(&folder, &elsewhere).success();
    // The file is not below the folder that holds these results.
    let copy = folder
        .path()
        .join("second/results/determinism/experiment.toml");
    let copy = fs::read_to_string(copy).unwrap();
    let path = other.canonicalize().unwrap().join("determinism.toml");
    assert!(copy.starts_with(&format!(
        "# A copy of the experiment file of these results: {}\n",
        path.display()
    )));
}

#[test]
fn of_an_edited_experiment_only_what_changed_is_made_again_and_named() {
    let folder = program::folder(TEXT);
    lab(&folder, &["run", "determinism.toml"]).success();
    let before = records(&folder);
    let edited = TEXT.replace("algorithm = \"ppo\"", "algorithm = \"ppo\"\nppo.clip = 0.3")
        + "[variant.npg]\nalgorithm = \"npg\"\n";
    fs::write(folder.path().join("determinism.toml"), edited).unwrap();
    let printed = output(&lab(&folder, &["run", "determinism.toml"]).success());
    for part in [
        "its settings have changed, made again: CartPole-v1 ppo\n",
        "new: CartPole-v1 npg\n",
        "4 runs made, 2 stood already",
    ] {
        assert!(printed.contains(part), "no `{part}` in {printed}");
    }
    let after = records(&folder);
    for (name, record) in &before {
        assert_eq!(
            record.digest == after[name].digest,
            name.contains("trpo"),
            "{name}"
        );
    }
    fs::write(folder.path().join("determinism.toml"), TEXT).unwrap();
    let printed = output(&lab(&folder, &["run", "determinism.toml"]).success());
    let part = "no longer part of it, records are kept: CartPole-v1 npg\n";
    assert!(printed.contains(part), "{printed}");
}

#[test]
fn an_experiment_called_train_is_refused() {
    let folder = program::folder(TEXT);
    fs::write(folder.path().join("train.toml"), TEXT).unwrap();
    let message = errors(&lab(&folder, &["run", "train.toml"]).code(2));
    assert!(
        message.contains("train.toml: `train` is where"),
        "{message}"
    );
}

#[test]
fn committed_results_are_of_their_experiment_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join("results")).unwrap() {
        let dir = entry.unwrap().path();
        let Ok(manifest) = fs::read(dir.join("manifest.json")) else {
            continue;
        };
        let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
        let name = &manifest.experiment;
        let copy = fs::read_to_string(dir.join("experiment.toml")).unwrap();
        let first = copy.lines().next().unwrap();
        assert!(
            first.ends_with(&format!(": experiments/{name}.toml")),
            "{first}"
        );
        let path = root.join(format!("experiments/{name}.toml"));
        // Without MuJoCo its experiments cannot be read.
        let given = Experiment::parse(&Lab::standard(), &path, name, &copy, &Overrides::default());
        if let Ok(given) = given {
            assert_eq!(given.plan.cells, manifest.cells, "{name}");
        }
    }
}
