//! Studies, from the experiment file to the report: made, judged, drawn, verified.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{folder, output, trpo_lab};
use tempfile::TempDir;

const BOUND: &str = r#"# Processes are drawn.
# Nothing is trained.
kind = "bound"
title = "How far does it reach?"
seeds = "3..8"

[settings]
states = 6
actions = 2
branching = 2
gammas = [0.5]
iterations = 3

[[claim]]
id = "slower"
text = "The penalty is slower."
[[claim.part]]
measure = "mean"
quantity = "orders_of_magnitude"
x = "penalty, discount 0.5"

[[claim]]
id = "faster"
text = "The penalty is faster."
[[claim.part]]
measure = "ratio"
quantity = "penalty_iterations"
x = "penalty, discount 0.5"
y = "penalty, discount 0.5"
side = "below"
bound = 0.5
"#;

const DIR: &str = "results/determinism";

/// What is said on standard error by a command that ends with this code.
fn errors(folder: &TempDir, arguments: &[&str], code: i32) -> String {
    program::errors(&trpo_lab(folder, arguments).assert().code(code))
}

/// Made, its claims judged and stated before, its figure drawn, its page linked, its seeds in
/// the ledger; made again to the same bytes, and verified.
#[test]
fn a_study_goes_from_its_file_to_the_report() {
    let folder = folder(BOUND);
    let at = |path: &str| folder.path().join(path);
    let read = |path: &str| fs::read_to_string(at(path)).unwrap();
    let run = |arguments: &[&str]| trpo_lab(&folder, arguments).assert().success();
    run(&["run", "determinism.toml"]);
    let rows = read(&format!("{DIR}/study.csv"));
    assert!(
        rows.starts_with("case,at,repetition,quantity,value\n"),
        "{rows}"
    );
    let claims: serde_json::Value =
        serde_json::from_str(&read(&format!("{DIR}/claims.json"))).unwrap();
    let verdicts = [0, 1].map(|place| claims["claims"][place]["verdict"].clone());
    assert_eq!(verdicts, ["holds", "does not hold"]);
    assert!(read("seeds.toml").contains("tasks = [\"bound\"]"));
    run(&["run", "determinism.toml", "--again"]);
    assert_eq!(rows, read(&format!("{DIR}/study.csv")));
    let verified = run(&["verify", "determinism", "--sample", "2"]);
    assert!(output(&verified).contains("2 of 2 repetitions give the same numbers"));
    run(&["plot", "determinism"]);
    assert!(at(&format!("{DIR}/figures/bound.svg")).exists());
    let table = read(&format!("{DIR}/tables/study.md"));
    assert!(table.contains("5 processes, seeds 3..8"), "{table}");
    // What was stated stays stated: another claim comes after the rows.
    fs::write(
        at("determinism.toml"),
        BOUND.replace("bound = 0.5", "bound = 0.6"),
    )
    .unwrap();
    run(&["run", "determinism.toml"]);
    let stated = read(&format!("{DIR}/stated.json"));
    assert!(stated.contains("\"after\": 5"), "{stated}");
}

const TRAINED: &str = r#"title = "Does it train?"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..2"
purpose = "check"
[settings]
steps = 208
batch = 104
hidden = []
evaluation_episodes = 1
[variant.trpo]
algorithm = "trpo"
"#;

/// Beside an experiment its claims stand in the one list of the report, with its figure, and
/// it has a page; alone there is nothing to report on.
#[test]
fn the_report_has_its_claims_its_figure_and_its_page() {
    let folder = folder(BOUND);
    let at = |path: &str| folder.path().join(path);
    let run = |arguments: &[&str]| trpo_lab(&folder, arguments).assert().success();
    let alone = run(&["reproduce", "determinism.toml"]);
    assert!(output(&alone).contains("no report"));
    assert!(at(&format!("{DIR}/figures/bound.png")).exists());
    fs::write(at("trained.toml"), TRAINED).unwrap();
    run(&["reproduce", "determinism.toml", "trained.toml"]);
    let report = fs::read_to_string(at("results/REPORT.md")).unwrap();
    for text in [
        "1. The penalty is slower.",
        "stated before the runs",
        "determinism/figures/bound.png",
        "## Studies",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
    let page = fs::read_to_string(at(&format!("{DIR}/index.html"))).unwrap();
    assert!(page.contains("<svg") && page.contains("Claims that it decides"));
    assert!(page.contains("Processes are drawn. Nothing is trained."));
}

/// A row that was changed by hand is seen.
#[test]
fn rows_that_are_not_its_own_are_refused() {
    let folder = folder(BOUND);
    trpo_lab(&folder, &["run", "determinism.toml"])
        .assert()
        .success();
    let path = folder.path().join(DIR).join("study.csv");
    let rows = fs::read_to_string(&path).unwrap();
    fs::write(&path, rows.replacen(",0.", ",1.", 1)).unwrap();
    let problem = errors(&folder, &["plot", "determinism"], 1);
    assert!(
        problem.contains("not the rows that study.json beside it names"),
        "{problem}"
    );
    // It does not stand, so that it is made again.
    trpo_lab(&folder, &["run", "determinism.toml"])
        .assert()
        .success();
    assert_eq!(rows, fs::read_to_string(&path).unwrap());
}

#[test]
fn what_cannot_be_asked_of_a_study_is_said() {
    let told = folder(&BOUND.replace("states = 6", "states = 1"));
    let problem = errors(&told, &["run", "determinism.toml"], 2);
    assert!(
        problem.contains("determinism.toml:7") && problem.contains("`states`"),
        "{problem}"
    );
    let told = folder(BOUND);
    let problem = errors(&told, &["run", "determinism.toml", "--steps", "10"], 2);
    assert!(
        problem.contains("takes no --seeds, --steps or --set"),
        "{problem}"
    );
    // Nothing is left where it does not end.
    let told = folder(&BOUND.replace("iterations = 3", "iterations = 3\nmost = 2"));
    let problem = errors(&told, &["run", "determinism.toml"], 1);
    assert!(problem.contains("make `most` larger"), "{problem}");
    assert!(!told.path().join(DIR).join("study.csv").exists());
}

/// Times are written on a quiet machine and on no other.
#[test]
fn times_are_whole_or_not_at_all() {
    let folder = folder(
        "kind = \"cost\"\ntitle = \"What does it cost?\"\nseeds = \"0..5\"\n[settings]\n\
         rows = [64, 128]\nwidths = [8]\niterations = [1]\nepochs = [1]\nusual_rows = 64\n",
    );
    let made = trpo_lab(&folder, &["run", "determinism.toml"])
        .output()
        .unwrap();
    let path = folder.path().join(DIR).join("study.csv");
    match made.status.code() {
        Some(0) => {
            let rows = fs::read_to_string(path).unwrap();
            // Five steps by rows and width, one each by iterations and epochs, and a probe.
            assert_eq!(rows.lines().count(), 1 + 5 * (5 * 2 + 5 + 2 + 1));
        }
        Some(1) => {
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(said.contains("the machine is busy"), "{said}");
            assert!(!path.exists());
        }
        code => panic!("{code:?}"),
    }
}
