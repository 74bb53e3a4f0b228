//! The numbers of a paper's table beside ours, from the experiment file to the
//! report.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{folder, trpo_lab};

const TEXT: &str = r#"title = "Is the order that of the paper?"
headline = "evaluation"
tasks = ["CartPole-v1", "Acrobot-v1"]
seeds = "0..3"
purpose = "check"

[settings]
algorithm = "ppo"
steps = 4096
batch = 512
hidden = [16]
evaluation_episodes = 5

[variant.learns]

[variant.stands]
ppo.learning_rate = 1e-9

[variant.other]

[published_table]
source = "Somebody (2020), table 7"
rows = { stands = 0.25, learns = 0.75 }
"#;

/// The report has the rows that were named, in the order of the variants, ours
/// beside them, and says how many pairs there are.
#[test]
fn a_published_table_stands_beside_ours_in_the_report() {
    let folder = folder(TEXT);
    trpo_lab(&folder, &["reproduce", "determinism.toml"])
        .assert()
        .success();
    let report = fs::read_to_string(folder.path().join("results/REPORT.md")).unwrap();
    let (_, section) = report.split_once("Beside the published table").unwrap();
    let (section, _) = section.split_once("\n#").unwrap();
    assert!(
        section.contains("Published: Somebody (2020), table 7."),
        "{section}"
    );
    assert!(section.contains("Of 1 pair"), "{section}");
    let rows: Vec<&str> = section
        .lines()
        .filter(|line| line.contains("| 0."))
        .collect();
    assert_eq!(rows.len(), 2, "{section}");
    assert!(rows[0].starts_with("| learns | 0.75 | "), "{section}");
    assert!(rows[1].starts_with("| stands | 0.25 | "), "{section}");
    assert!(!section.contains("| other |"), "{section}");
}
