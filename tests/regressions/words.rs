//! What is refused is what would do nothing or make no sense, in the words of
//! who wrote it; what is left out is named.

use std::fs;

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::program::{self, errors, output};

const HEAD: &str = "title = \"Small\"\nheadline = \"evaluation\"\ntasks = [\"CartPole-v1\"]\n\
    seeds = \"0..2\"\n";
const SETTINGS: &str = "[settings]\nsteps = 256\nbatch = 128\nhidden = [8]\n\
    critic.epochs = 1\nevaluation_episodes = 2\n";

fn lab(folder: &TempDir, arguments: &[&str]) -> Assert {
    program::trpo_lab(folder, arguments).assert()
}

/// What is said of an experiment with this text.
fn refused(text: &str) -> String {
    let folder = program::folder(text);
    errors(&lab(&folder, &["run", "determinism.toml", "--dry-run"]).code(2))
}

#[test]
fn keys_of_an_algorithm_that_is_not_used_are_refused() {
    let folder = program::folder("");
    let train = [
        "train",
        "--env",
        "CartPole-v1",
        "--algo",
        "ppo",
        "--set",
        "trpo.delta=1",
    ];
    let message = errors(&lab(&folder, &train).code(2));
    assert!(
        message.contains("--set trpo.delta=1: `trpo.delta` would change nothing"),
        "{message}"
    );
    for layer in [
        "[variant.a]\nalgorithm = \"ppo\"\ntrpo.delta = 0.1\n",
        "[sweep.a]\nalgorithm = \"ppo\"\ntrpo.delta = 0.1\nover = \"ppo.clip\"\nvalues = [0.1]\n",
        "[sweep.a]\nalgorithm = \"ppo\"\nover = \"trpo.delta\"\nvalues = [0.1]\n",
    ] {
        let message = refused(&format!("{HEAD}{SETTINGS}{layer}"));
        for part in [
            "determinism.toml:",
            "`trpo.delta` would change nothing",
            "is `ppo`",
            "^",
        ] {
            assert!(message.contains(part), "no `{part}` in {message}");
        }
    }
    // Shared layers may speak of any algorithm that some variant has.
    let shared = "[task.\"CartPole-v1\"]\ntrpo.delta = 0.02\n";
    let ppo = "[variant.ppo]\nalgorithm = \"ppo\"\n";
    let message = refused(&format!("{HEAD}{SETTINGS}{shared}{ppo}"));
    assert!(
        message.contains("no variant has that algorithm, only `ppo`"),
        "{message}"
    );
    let message = refused(&format!("{HEAD}{SETTINGS}trpo.delta = 0.02\n{ppo}"));
    assert!(
        message.contains("determinism.toml:11:1: `trpo.delta`"),
        "{message}"
    );
    let trpo = "[variant.trpo]\nalgorithm = \"trpo\"\n";
    let folder = program::folder(&format!("{HEAD}{SETTINGS}{shared}{ppo}{trpo}"));
    lab(
        &folder,
        &[
            "run",
            "determinism.toml",
            "--dry-run",
            "--set",
            "ppo.clip=0.1",
        ],
    )
    .success();
}

#[test]
fn a_number_of_steps_that_is_not_made_is_said() {
    let folder = program::folder("");
    let train = [
        "train",
        "--env",
        "CartPole-v1",
        "--algo",
        "ppo",
        "--steps",
        "100",
    ];
    let printed = output(&lab(&folder, &train).success());
    assert!(
        printed.contains("steps = 100: 2,048 will be made"),
        "{printed}"
    );
    assert!(!printed.contains("stood already"), "{printed}");
    let again = output(&lab(&folder, &train).success());
    assert!(
        again.contains("it stood already, nothing was made"),
        "{again}"
    );
}

#[test]
fn messages_use_no_names_of_types() {
    let with = |from: &str, to: &str| {
        let text = format!("{HEAD}{SETTINGS}[variant.ppo]\nalgorithm = \"ppo\"\n");
        assert!(text.contains(from), "{from}");
        refused(&text.replacen(from, to, 1))
    };
    for (from, to, expected) in [
        (
            "steps = 256",
            "steps = 2.5",
            "must be a whole number of at least 0, not 2.5",
        ),
        ("steps = 256", "steps = \"many\"", "not the text \"many\""),
        ("hidden = [8]", "hidden = 8", "must be a list, not 8"),
        (
            "[settings]\n",
            "[settings]\ngamma = true\n",
            "must be a number, not true",
        ),
        (
            "[settings]\n",
            "[settings]\nscale_rewards = 1\n",
            "must be true or false, not 1",
        ),
        (
            "seeds = \"0..2\"",
            "seeds = 1.5",
            "seeds are a text such as \"0..10\"",
        ),
        ("title = \"Small\"\n", "", "the key `title` is missing"),
        (
            "\"Small\"",
            "\"Bell\\u0007\"",
            "`title` holds a control character",
        ),
        (
            "batch = 128",
            "bach = 128",
            "there is no key `bach` (did you mean `batch`?); there are",
        ),
        (
            "\"evaluation\"",
            "\"fastest\"",
            "`fastest` is not possible; write one of `evaluation`",
        ),
    ] {
        let message = with(from, to);
        assert!(message.contains(expected), "no `{expected}` in {message}");
        for word in ["usize", "u64", "f64", "untagged", "enum", "struct", "field"] {
            assert!(!message.contains(word), "`{word}` in {message}");
        }
    }
    let folder = program::folder("");
    for (arguments, expected) in [
        (
            &["run", "x", "--jobs", "0"][..],
            "whole number from 1 to 1024",
        ),
        (&["run", "x", "--steps", "3.5"], "whole number from 0"),
        (
            &["train", "--env", "x", "--algo", "x", "--seed", "1e3"],
            "whole number from 0",
        ),
    ] {
        let message = errors(&lab(&folder, arguments).code(2));
        assert!(message.contains(expected), "no `{expected}` in {message}");
    }
}

#[test]
fn values_of_a_sweep_are_checked_by_the_key_that_they_are_for() {
    let sweep = |over: &str, values: &str| {
        format!(
            "{HEAD}{SETTINGS}[sweep.x]\nalgorithm = \"trpo\"\nover = \"{over}\"\n\
             values = [{values}]\n"
        )
        .replace("CartPole", "Pendulum")
    };
    let folder = program::folder(&sweep("log_std", "-0.5, 0, 0.5"));
    lab(&folder, &["reproduce", "determinism.toml"]).success();
    let runs = folder.path().join("results/determinism/runs/Pendulum-v1");
    for variant in ["x--0_5", "x-0", "x-0_5"] {
        assert!(runs.join(variant).is_dir(), "{variant}");
    }
    let message = refused(&sweep("log_std", "-0.5, 3"));
    assert!(
        message.contains("`log_std` must be from -5 to 2, not 3"),
        "{message}"
    );
    assert!(message.contains("determinism.toml:14:17"), "{message}");
    let message = refused(&sweep("trpo.delta", "0.1, -0.1"));
    assert!(
        message.contains("`trpo.delta` must be a number above 0"),
        "{message}"
    );
    let message = refused(&sweep("gamma", "nan"));
    assert!(message.contains("finite"), "{message}");
    let message = refused(&sweep("batch", "1.5"));
    assert!(message.contains("whole number"), "{message}");
}

#[test]
fn figures_that_many_variants_leave_out_are_named_with_the_option_that_draws_them() {
    let variants: String = (0..9)
        .map(|k| {
            format!(
                "[variant.v{k}]\nalgorithm = \"trpo\"\ntrpo.delta = 0.0{}\n",
                k + 1
            )
        })
        .collect();
    let folder = program::folder(&format!("{HEAD}{SETTINGS}{variants}"));
    let said = errors(&lab(&folder, &["reproduce", "determinism.toml"]).success());
    for part in [
        "determinism: without performance_profiles, probability_of_improvement, trust_region and \
         inside_trpo",
        "`trpo-lab summarize --all determinism` and `trpo-lab plot --all determinism`",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    lab(&folder, &["summarize", "--all", "determinism"]).success();
    let drawn = lab(&folder, &["plot", "--all", "determinism"]).success();
    assert_eq!(errors(&drawn), "");
    for name in ["trust_region", "inside_trpo", "performance_profiles"] {
        assert!(output(&drawn).contains(&format!("{name}.svg")), "{name}");
    }
}

#[test]
fn letters_that_figures_cannot_show_are_said_once() {
    let folder = program::folder("");
    let scores = "algorithm,task,run,score\nä漢,t,0,0.9\nä漢,t,1,0.8\n字,t,0,0.5\n字,t,1,0.6\n";
    fs::write(folder.path().join("scores.csv"), scores).unwrap();
    let arguments = ["score", "scores.csv", "--figures", "new"];
    let said = errors(&lab(&folder, &arguments).success());
    assert_eq!(
        said,
        "scores.csv: the font of the figures has no 字 (U+5B57) and 漢 (U+6F22): a box stands \
         in its place\n"
    );
}
