//! Diagnostics, from the experiment file to the report: made once, resumed, of the listed
//! runs alone, and read by claims.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{errors, folder, output, records, trpo_lab};
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::lab::Lab;

const TEXT: &str = r#"title = "How noisy is the vine?"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..5"
purpose = "check"

[settings]
steps = 600
batch = 100
copies = 4
hidden = []
estimator = "returns"
normalize_observations = false
evaluation_episodes = 1

[variant.vine]
algorithm = "vine"
vine.states = 10
vine.length = 20

[variant.trpo]
algorithm = "trpo"

[[diagnostic]]
name = "gradient-noise"
variants = ["vine"]
settings.updates = [0, 2]
settings.estimates = 40

[[claim]]
id = "less-noise"
text = "The vine has less noise."
[[claim.part]]
measure = "diagnosed"
quantity = "log10_noise_by_steps"
update = 0
x = "vine"
side = "below"
"#;

/// Where a run's file lies.
const FILE: &str = "results/determinism/diagnostics/gradient-noise/CartPole-v1/vine/seed-3.json";

/// What is found is a function of run and settings: what is missing is made again to
/// the same bytes, and what stands is not.
#[test]
fn what_is_missing_is_measured_and_what_stands_is_not() {
    let folder = folder(TEXT);
    let at = |path: &str| folder.path().join(path);
    trpo_lab(&folder, &["reproduce", "determinism.toml"])
        .assert()
        .success();
    let read = |path: &str| fs::read_to_string(at(path)).unwrap();
    let (first, table) = (read(FILE), read("results/determinism/diagnostics.csv"));
    // Five runs, two policies, four quantities.
    assert_eq!(table.lines().count(), 1 + 5 * 2 * 4, "{table}");
    assert!(
        table.starts_with("diagnostic,env,variant,seed,update,quantity,value\n"),
        "{table}"
    );
    assert!(!table.contains(",trpo,"), "{table}");

    fs::remove_file(at(FILE)).unwrap();
    let missing = errors(
        &trpo_lab(&folder, &["summarize", "determinism"])
            .assert()
            .code(1),
    );
    assert!(
        missing.contains(FILE) && missing.contains("`trpo-lab diagnose determinism`"),
        "{missing}"
    );
    let made = errors(
        &trpo_lab(&folder, &["diagnose", "determinism", "--jobs", "1"])
            .assert()
            .success(),
    );
    assert!(
        made.contains("[1/1] gradient-noise of CartPole-v1 vine seed 3"),
        "{made}"
    );
    assert_eq!(read(FILE), first);
    trpo_lab(&folder, &["summarize", "determinism"])
        .assert()
        .success();
    assert_eq!(read("results/determinism/diagnostics.csv"), table);

    let report = read("results/REPORT.md");
    assert!(report.contains("What was found in the runs"), "{report}");
    assert!(
        report.contains("with as many steps, vine at update 0"),
        "{report}"
    );
}

/// A run that is not the one that the manifest lists is no evidence.
#[test]
fn a_run_that_is_not_the_listed_one_is_refused() {
    let folder = folder(TEXT);
    let manifest = folder.path().join("results/determinism/manifest.json");
    trpo_lab(&folder, &["run", "determinism.toml"])
        .assert()
        .success();
    let text = fs::read_to_string(&manifest).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let runs = read["runs"].as_array().unwrap();
    let links = |run: &serde_json::Value| run["chain"][0].as_str().unwrap().to_owned();
    let [one, other] = [links(&runs[0]), links(&runs[1])];
    fs::write(&manifest, text.replace(&one, &other)).unwrap();
    let said = errors(
        &trpo_lab(&folder, &["diagnose", "determinism"])
            .assert()
            .code(1),
    );
    assert!(
        said.contains("it is not the run that the manifest lists"),
        "{said}"
    );
}

/// What makes no sense is refused before any run, with its line.
#[test]
fn diagnostics_that_make_no_sense_are_refused_with_their_line() {
    for (from, to, place, said) in [
        (
            "\"gradient-noise\"",
            "\"gradient-nois\"",
            24,
            "did you mean `gradient-noise`",
        ),
        (
            "settings.estimates = 40",
            "settings.estimates = 4",
            24,
            "`settings.estimates` must be at least 10",
        ),
        ("settings.estimates", "settings.estimate", 24, "estimate"),
        ("[0, 2]", "[2, 0]", 24, "ascending"),
        ("variants = [\"vine\"]\n", "", 24, "not of `trpo`"),
        (
            "\nvariants = [\"vine\"]",
            "\nvariants = [\"vines\"]",
            24,
            "did you mean `vine`",
        ),
        (
            "log10_noise_by_steps",
            "log10_noise_by_step",
            30,
            "did you mean `log10_noise_by_steps`",
        ),
        ("x = \"vine\"", "x = \"trpo\"", 30, "is not asked of `trpo`"),
    ] {
        let text = TEXT.replace(from, to);
        assert_ne!(text, TEXT, "{from}");
        let folder = folder(&text);
        let message = errors(
            &trpo_lab(&folder, &["run", "determinism.toml"])
                .assert()
                .code(2),
        );
        assert!(message.contains(said), "{said}\n{message}");
        assert!(
            message.contains(&format!("determinism.toml:{place}:")),
            "{message}"
        );
        assert!(!folder.path().join("results").exists(), "{said}");
    }
}

/// Where nothing says what 1 is, no return can be normalised; and nothing looks into the
/// runs of a search.
#[test]
fn diagnostics_that_no_run_could_answer_are_refused() {
    let lab = Lab::standard();
    let path = Path::new("mine.toml");
    let read = Experiment::parse(&lab, path, "mine", STEPS, &Overrides::default());
    let mut plan = read.unwrap().plan;
    assert_eq!(trpo_lab::diagnostics::check(&plan), Ok(()));
    plan.analysis.references.clear();
    let (number, said) = trpo_lab::diagnostics::check(&plan).unwrap_err();
    assert_eq!(number, 0);
    assert!(said.contains("CartPole-v1 has no reference"), "{said}");

    let search = STEPS.replace("purpose = \"check\"\n", "");
    let search = format!("{search}\n[search]\nover = \"trpo.delta\"\nvalues = [0.1, 0.2]\n");
    let folder = folder(&search);
    let message = errors(
        &trpo_lab(&folder, &["search", "determinism.toml"])
            .assert()
            .code(2),
    );
    assert!(message.contains("a search is not looked into"), "{message}");
}

/// A claim on what nobody measures is refused, and the manual's table of diagnostics is
/// that of the program.
#[test]
fn a_claim_needs_its_diagnostic() {
    let (before, after) = TEXT.split_once("[[diagnostic]]").unwrap();
    let (_, after) = after.split_once("[[claim]]").unwrap();
    let folder = folder(&format!("{before}[[claim]]{after}"));
    let message = errors(
        &trpo_lab(&folder, &["run", "determinism.toml"])
            .assert()
            .code(2),
    );
    assert!(
        message.contains("ask for it in a `[[diagnostic]]`"),
        "{message}"
    );
    let manual = include_str!("../docs/experiments.md");
    for diagnostic in trpo_lab::diagnostics::DIAGNOSTICS {
        assert!(manual.contains(&format!("| `{}` |", diagnostic.name())));
        for quantity in diagnostic.quantities() {
            assert!(
                manual.contains(&format!("`{}`", quantity.name)),
                "{}",
                quantity.name
            );
        }
    }
    let help = output(
        &trpo_lab(&folder, &["diagnose", "--help"])
            .assert()
            .success(),
    );
    assert!(help.contains("goes on where it was interrupted"), "{help}");
}

const STEPS: &str = r#"title = "What does the line search change?"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..5"
purpose = "check"

[settings]
steps = 10_240
batch = 512
hidden = [8]
evaluation_episodes = 1

[variant.trpo]
algorithm = "trpo"
trpo.delta = 0.5
trpo.damping = 1e-4

[[diagnostic]]
name = "full-steps"
settings.episodes = 10

[[diagnostic]]
name = "falls"
settings.episodes = 10

[[claim]]
id = "always-refused"
text = "A full step is refused in nine of ten runs."
[[claim.part]]
measure = "diagnosed"
quantity = "full_step_ever_refused"
x = "trpo"
bound = 0.9
"#;

/// The full steps that are made again are those that the runs made: as many are taken
/// as records say, and every other is refused for one reason or the other.
#[test]
fn full_steps_made_again_are_those_of_the_run() {
    let folder = folder(STEPS);
    let said = output(
        &trpo_lab(&folder, &["reproduce", "determinism.toml"])
            .assert()
            .success(),
    );
    // Five runs of 20 updates: 60 and 41 policies, 10 episodes of at most 500 steps.
    let cost = "diagnostics make at most 2,525,000 steps beside 51,200 of training";
    assert!(said.contains(cost), "{said}");
    let table = fs::read_to_string(folder.path().join("results/determinism/diagnostics.csv"));
    let table = table.unwrap();
    for (path, record) in records(&folder) {
        let seed = record.seed.to_string();
        let value = |quantity: &str| -> f64 {
            let mut rows = table
                .lines()
                .map(|line| line.split(',').collect::<Vec<_>>());
            let row = rows.find(|row| row[3] == seed && row[5] == quantity);
            row.unwrap()[6].parse().unwrap()
        };
        let accepted = record.curve.numbers("accepted").unwrap();
        let full = accepted.iter().filter(|j| **j == Some(0.0)).count();
        assert!((1..20).contains(&full), "{path}: {full} of 20");
        assert_eq!(value("full_step_taken"), full as f64 / 20.0, "{path}");
        let all = [
            "full_step_taken",
            "full_step_too_far",
            "full_step_no_better",
        ]
        .map(value);
        assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{all:?}");
        assert!(value("falls") + value("rises") <= 1.0);
        assert!(value("falls_by_0_01") >= value("falls"));
    }
    // Five runs of five are no proof of nine of ten: what was never seen may be there.
    let claims = fs::read_to_string(folder.path().join("results/determinism/claims.json")).unwrap();
    let claims: serde_json::Value = serde_json::from_str(&claims).unwrap();
    let answer = &claims["claims"][0]["answers"][0];
    assert_eq!(answer["value"], 1.0);
    assert!((answer["interval"]["low"].as_f64().unwrap() - 0.478).abs() < 1e-3);
    assert_eq!(claims["claims"][0]["verdict"], "cannot tell");
}
