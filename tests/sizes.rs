//! Sizes that no machine holds, and numbers that overflow, are refused before
//! anything is done, with the key that is too large.

#[path = "support/program.rs"]
mod program;

use program::{EXPERIMENT, errors, files, folder, output, trpo_lab};

/// `trpo-lab train` with these arguments is refused, and says all `parts`.
fn refused(arguments: &[&str], parts: &[&str]) {
    let folder = folder(EXPERIMENT);
    let assert = trpo_lab(
        &folder,
        &["train", "--env", "CartPole-v1", "--algo", "trpo"],
    )
    .args(arguments)
    .assert()
    .code(2);
    let message = errors(&assert);
    for part in parts {
        assert!(
            message.contains(part),
            "{arguments:?}: no `{part}` in {message}"
        );
    }
    let left = files(folder.path());
    let records = left.keys().filter(|name| name.ends_with(".json")).count();
    assert_eq!(records, 0, "{:?}", left.keys());
}

#[test]
fn what_no_memory_holds_is_refused_with_its_key() {
    let widths = format!("hidden=[{}]", ["4096"; 400].join(","));
    refused(
        &["--set", "batch=100000000000"],
        &["`batch`", "memory", "TB"],
    );
    refused(&["--set", &widths], &["`hidden`", "memory"]);
    refused(
        &["--set", "copies=4000000000", "--set", "batch=4000000000"],
        &["`copies`", "memory"],
    );
    refused(
        &["--set", "evaluation_episodes=4294967295"],
        &["`evaluation_episodes`", "memory"],
    );
    refused(
        &["--steps", "9000000000000000", "--set", "batch=8"],
        &["`steps`", "memory"],
    );
}

#[test]
fn numbers_that_overflow_are_refused_with_their_key() {
    refused(&["--steps", "9007199254740993"], &["`steps`", "2^53"]);
    refused(&["--steps", "9223372036854775807"], &["`steps`", "2^53"]);
    refused(&["--steps", "18446744073709551615"], &["steps"]);
    refused(
        &["--set", "batch=9223372036854775800"],
        &["`batch`", "2^53"],
    );
    refused(
        &["--set", "copies=4294967296", "--set", "batch=4294967296"],
        &["`copies`", "4294967295"],
    );
    refused(
        &["--set", "evaluation_episodes=4294967296"],
        &["`evaluation_episodes`", "4294967295"],
    );
    refused(
        &["--threads-per-run", "18446744073709551615"],
        &["--threads-per-run", "1024"],
    );
}

/// A size that nothing grows with may be as large as a number can be.
#[test]
fn sizes_that_take_no_memory_have_no_limit() {
    let folder = folder(EXPERIMENT);
    trpo_lab(
        &folder,
        &["train", "--env", "CartPole-v1", "--algo", "trpo"],
    )
    .args(["--steps", "256", "--set", "batch=256"])
    .args(["--set", "trpo.fisher_subsample=9223372036854775807"])
    .args(["--set", "critic.minibatch=9223372036854775807"])
    .args(["--set", "trpo.cg_iterations=9223372036854775807"])
    .args(["--seed", "18446744073709551615"])
    .assert()
    .success();
}

#[test]
fn seeds_that_overflow_or_are_too_many_are_refused() {
    let folder = folder(EXPERIMENT);
    for seeds in [
        "0..18446744073709551615",
        "0..=18446744073709551615",
        "1,2,0..18446744073709551615",
        "18446744073709551616",
        "0..10001",
    ] {
        let run = ["run", "determinism.toml", "--seeds", seeds];
        let message = errors(&trpo_lab(&folder, &run).assert().code(2));
        assert!(message.contains("--seeds"), "{seeds}: {message}");
    }
}

#[test]
fn the_largest_seed_goes_from_runs_to_the_report() {
    let text = EXPERIMENT.replacen(
        "seeds = \"0..2\"",
        "seeds = \"18446744073709551614..=18446744073709551615\"",
        1,
    );
    let folder = folder(&text);
    let assert = trpo_lab(&folder, &["reproduce", "determinism.toml"])
        .assert()
        .success();
    assert!(output(&assert).contains("16 runs made"));
    let scores = folder.path().join("results/determinism/scores.csv");
    let scores = std::fs::read_to_string(scores).unwrap();
    assert!(
        scores.contains("trpo,18446744073709551615,completed"),
        "{scores}"
    );
}
