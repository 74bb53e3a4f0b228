//! What is stated before the runs, and what comes after them: `stated.json`, the
//! report and the verdicts say which is which.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::PathBuf;

use program::{NAME, errors, folder, output, trpo_lab};
use tempfile::TempDir;
use trpo_lab::experiment::stated::{FILE, Stated};

/// Two variants on one task with five seeds.
const EXPERIMENT: &str = r#"title = "Is anything known?"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..5"

[settings]
steps = 512
batch = 256
copies = 4
hidden = [8, 8]
critic.epochs = 1

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"
ppo.epochs = 1
"#;

const CLAIM: &str = r#"
[[claim]]
text = "TRPO is no worse than PPO."
part = [{ measure = "difference", x = "trpo", y = "ppo", bound = "-margin" }]
"#;

const MARGIN: &str = r#"
[reference."CartPole-v1"]
random = 21.95
reference = 500
margin = 400
"#;

fn results(folder: &TempDir) -> PathBuf {
    folder.path().join("results").join(NAME)
}

fn reproduce(folder: &TempDir) {
    let arguments = ["reproduce", "determinism.toml"];
    trpo_lab(folder, &arguments).assert().success();
}

/// Writes the experiment anew and makes everything again.
fn edited(folder: &TempDir, text: &str) {
    fs::write(folder.path().join("determinism.toml"), text).unwrap();
    reproduce(folder);
}

fn report(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("results/REPORT.md")).unwrap()
}

fn compared(folder: &TempDir) -> String {
    let arguments = ["compare", "trpo", "ppo", "--experiment", NAME];
    output(&trpo_lab(folder, &arguments).assert().success())
}

#[test]
fn what_stood_in_the_file_was_stated_before_the_runs() {
    let folder = folder(&format!("{EXPERIMENT}{MARGIN}{CLAIM}"));
    reproduce(&folder);
    let stated = Stated::read(&results(&folder)).unwrap();
    let names: Vec<&str> = (stated.statements.iter())
        .map(|statement| statement.what.as_str())
        .collect();
    for what in [
        "seeds",
        "pairs",
        "references",
        "thresholds",
        "score",
        "claim trpo-is-no-worse-than-ppo",
    ] {
        assert!(names.contains(&what), "{names:?}");
    }
    let counts = stated.statements.iter().map(|s| (s.after, s.of));
    assert!(counts.clone().all(|found| found == (0, 10)), "{stated:?}");
    let text = report(&folder);
    assert!(text.contains("stated before the runs"), "{text}");
    assert!(!text.contains("exploratory"), "{text}");
    assert!(!compared(&folder).contains("exploratory"));

    // Nothing new is stated, however often it is made.
    let before = fs::read(results(&folder).join(FILE)).unwrap();
    reproduce(&folder);
    trpo_lab(&folder, &["run", "determinism.toml", "--again"])
        .assert()
        .success();
    assert_eq!(before, fs::read(results(&folder).join(FILE)).unwrap());
}

#[test]
fn a_claim_after_the_runs_is_exploratory() {
    let folder = folder(EXPERIMENT);
    reproduce(&folder);
    edited(&folder, &format!("{EXPERIMENT}{CLAIM}"));
    let stated = Stated::read(&results(&folder)).unwrap();
    let claim = stated.statements.last().unwrap();
    assert_eq!(claim.what, "claim trpo-is-no-worse-than-ppo");
    assert_eq!((claim.after, claim.of), (10, 10));
    let said = "stated after 10 of 10 runs (exploratory)";
    // In the list of claims and at the claim.
    assert_eq!(report(&folder).matches(said).count(), 2);
    // The pairs were there before.
    assert!(!compared(&folder).contains("exploratory"));

    // Said in other words it is another claim, and the first one stays stated.
    let reworded = CLAIM.replace("-margin", "margin");
    edited(&folder, &format!("{EXPERIMENT}{reworded}"));
    let now = Stated::read(&results(&folder)).unwrap();
    assert_eq!(now.statements.len(), stated.statements.len() + 1);
    assert_eq!(now.statements[..stated.statements.len()], stated.statements);
}

#[test]
fn a_margin_after_the_runs_makes_verdicts_exploratory() {
    let folder = folder(EXPERIMENT);
    reproduce(&folder);
    assert!(!compared(&folder).contains("exploratory"));
    edited(&folder, &format!("{EXPERIMENT}{MARGIN}"));
    let text = compared(&folder);
    assert!(text.contains("trpo and ppo are equivalent"), "{text}");
    assert!(text.contains("equivalent (exploratory)"), "{text}");
    assert!(
        report(&folder).contains("these verdicts are exploratory"),
        "{}",
        report(&folder)
    );
    // As it was, it was stated before.
    edited(&folder, EXPERIMENT);
    assert!(!compared(&folder).contains("exploratory"));
}

#[test]
fn seeds_that_are_added_after_a_look_make_verdicts_exploratory() {
    let folder = folder(EXPERIMENT);
    reproduce(&folder);
    assert!(!compared(&folder).contains("exploratory"));
    edited(&folder, &EXPERIMENT.replace("0..5", "0..7"));
    assert!(compared(&folder).contains("exploratory"));
}

#[test]
fn damaged_statements_are_not_written_over() {
    let folder = folder(&format!("{EXPERIMENT}{CLAIM}"));
    reproduce(&folder);
    let path = results(&folder).join(FILE);
    for damaged in [
        "{\n\"statements\": [",
        "{\"statements\": [], \"when\": 1}",
        "",
    ] {
        fs::write(&path, damaged).unwrap();
        for arguments in [
            &["run", "determinism.toml"][..],
            &["summarize", NAME],
            &["report"],
            &["compare", "trpo", "ppo", "--experiment", NAME],
        ] {
            let message = errors(&trpo_lab(&folder, arguments).assert().code(1));
            let place = format!("results/{NAME}/{FILE}: ");
            assert!(message.contains(&place), "{arguments:?}: {message}");
            assert!(message.contains(" at line "), "{arguments:?}: {message}");
            assert!(message.contains("restore it"), "{arguments:?}: {message}");
            assert!(!message.contains("panicked"), "{message}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
    // Without the file, all is stated after the runs.
    fs::remove_file(&path).unwrap();
    reproduce(&folder);
    let stated = Stated::read(&results(&folder)).unwrap();
    assert!(stated.statements.iter().all(|found| found.after == 10));
}
