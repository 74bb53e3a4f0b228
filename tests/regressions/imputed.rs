//! What was measured stands, what was not is missing, and what was put in place
//! of a run that diverged is no evidence.

use std::fs;

use trpo_lab::claims::{Claims, Verdict};
use trpo_lab::columns::Curve;
use trpo_lab::experiment::plan::Metric;
use trpo_lab::lab::Lab;
use trpo_lab::record::{Episodes, Status};
use trpo_lab::summary::Extent;
use trpo_lab::summary::{ScoreRow, Statistics, files};
use trpo_lab::{figures, report};

use crate::program;
use crate::support::synthetic::{TASKS, VARIANTS, experiment};
use crate::support::{Experiment, settled, summarized};

/// An experiment of short runs with this headline and these settings.
fn text(headline: &str, tasks: &str, variants: &str) -> String {
    format!(
        "title = \"Short\"\nheadline = \"{headline}\"\ntasks = [{tasks}]\nseeds = \"0..3\"\npurpose = \"check\"\n\
         [settings]\nsteps = 2048\nbatch = 1024\nhidden = [8]\ncritic.epochs = 1\n\
         evaluation_episodes = 2\n{variants}"
    )
}

/// Two variants that diverge at their first update, on every seed.
const DIVERGING: &str = "[variant.vpg]\nalgorithm = \"vpg\"\nvpg.learning_rate = 1e38\n\
    [variant.ppo]\nalgorithm = \"ppo\"\nppo.learning_rate = 1e38\n";

#[test]
fn a_measured_evaluation_stands_where_no_training_episode_ended() {
    // An episode of MountainCarContinuous takes 999 steps: in 256 of each copy
    // none ends.
    let folder = program::folder(&text(
        "evaluation",
        "\"MountainCarContinuous-v0\"",
        "[variant.trpo]\nalgorithm = \"trpo\"\n[variant.ppo]\nalgorithm = \"ppo\"\n",
    ));
    program::trpo_lab(&folder, &["reproduce", "determinism.toml"])
        .assert()
        .success();
    let dir = folder.path().join("results/determinism");
    let rows: Vec<ScoreRow> = files::read_rows(&dir).unwrap();
    assert!(rows.iter().all(|row| row.last.is_none()));
    let statistics = Statistics::read(&dir).unwrap();
    let found = statistics.score(Metric::Evaluation).unwrap();
    let of_trpo = rows.iter().filter(|row| row.variant == "trpo");
    let mean = of_trpo.filter_map(|row| row.evaluation).sum::<f64>() / 3.0;
    let reference = &statistics.references[0];
    let expected = reference.returns.normalised(mean);
    let shown = found.algorithms.get("trpo").unwrap().task_means[0];
    assert!((shown - expected).abs() < 1e-9, "{shown}, not {expected}");
    // What was not measured is in no estimate, and the table says so.
    assert!(statistics.score(Metric::Final).is_none());
    let table = fs::read_to_string(dir.join("tables/scores.md")).unwrap();
    assert!(
        table.contains("trpo: area, training and final of 3 of 3, in which no episode"),
        "{table}"
    );
}

#[test]
fn raw_scores_that_are_exported_were_measured() {
    let text = text("final", "\"CartPole-v1\"", DIVERGING);
    let folder = program::folder(&text);
    let lab = |arguments: &[&str]| program::trpo_lab(&folder, arguments).assert().success();
    lab(&["reproduce", "determinism.toml"]);
    lab(&["export", "determinism", "--format", "rliable"]);
    let path = folder
        .path()
        .join("results/determinism/export/rliable.json");
    let exported: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let raw = &exported["raw_scores"]["final"]["vpg"];
    for run in raw.as_array().unwrap() {
        assert_ne!(run[0], exported["random"][0], "{raw}");
    }
    assert_eq!(exported["imputed"]["vpg"][0][0], true);
}

#[test]
fn an_experiment_that_diverged_everywhere_has_a_summary_and_stops_no_other() {
    let folder = program::folder(&text("evaluation", "\"CartPole-v1\"", DIVERGING));
    let sound = text(
        "evaluation",
        "\"CartPole-v1\"",
        "[variant.trpo]\nalgorithm = \"trpo\"\n",
    );
    fs::write(folder.path().join("sound.toml"), sound).unwrap();
    let lab = |arguments: &[&str]| program::trpo_lab(&folder, arguments).assert().success();
    lab(&["reproduce", "determinism.toml", "sound.toml"]);
    lab(&["summarize", "determinism"]);
    lab(&["plot"]);
    lab(&["report"]);
    let results = folder.path().join("results");
    let text = fs::read_to_string(results.join("REPORT.md")).unwrap();
    assert!(
        text.contains("None of its 6 runs was completed: 6 diverged"),
        "{text}"
    );
    assert!(results.join("sound/figures/learning_curves.svg").exists());
    let table = fs::read_to_string(results.join("determinism/tables/scores.md")).unwrap();
    assert!(
        table.contains("vpg: 3 of 3 diverged; every score is the worse of the random policy's")
    );
}

#[test]
fn one_bad_experiment_is_left_out_of_the_report_and_the_exit_code_tells() {
    let sound = |title: &str| {
        text(
            "evaluation",
            "\"CartPole-v1\"",
            "[variant.trpo]\nalgorithm = \"trpo\"\n",
        )
        .replace("Short", title)
    };
    let folder = program::folder(&sound("One"));
    fs::write(folder.path().join("b.toml"), sound("Two")).unwrap();
    let lab = |arguments: &[&str]| program::trpo_lab(&folder, arguments).assert();
    lab(&["reproduce", "determinism.toml", "b.toml"]).success();
    let results = folder.path().join("results");
    fs::write(results.join("b/scores.csv"), "nonsense\n").unwrap();
    fs::write(results.join("b/statistics.json"), "{}").unwrap();
    for command in ["plot", "report"] {
        let errors = program::errors(&lab(&[command]).code(1));
        assert!(errors.contains("error: results/b/"), "{errors}");
    }
    let text = fs::read_to_string(results.join("REPORT.md")).unwrap();
    assert!(text.contains("## Experiments that are left out"), "{text}");
    assert!(text.contains("results/b/statistics.json"), "{text}");
    assert!(text.contains("## determinism"), "{text}");
    let errors = program::errors(&lab(&["summarize", "absent", "b"]).code(1));
    assert!(errors.contains("results/absent"), "{errors}");
    // The one that could be summarised was.
    lab(&["plot"]).success();
    lab(&["report"]).success();
}

/// A summary, its figures and the report.
fn report_of(made: &Experiment) -> String {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), made);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder.path()).unwrap();
    fs::read_to_string(folder.path().join("REPORT.md")).unwrap()
}

#[test]
fn every_run_may_fail() {
    let (mut records, manifest) = experiment(&TASKS[..2], &VARIANTS[..3], 2, 8192);
    for (_, record) in &mut records {
        record.status = Status::Failed {
            error: "out of memory".to_owned(),
        };
        record.curve = Curve::default();
        record.episodes = Episodes::default();
        record.evaluation = None;
    }
    let text = report_of(&settled((records, manifest)));
    assert!(
        text.contains("None of its 12 runs was completed: 12 failed"),
        "{text}"
    );
}

#[test]
fn no_claim_holds_where_nothing_was_measured() {
    // Every run at the random policy's return because it diverged.
    let (mut records, manifest) = experiment(&TASKS[..2], &VARIANTS, 5, 8192);
    for (_, record) in &mut records {
        record.curve = Default::default();
        record.status = Status::Diverged {
            update: 2,
            quantity: "surrogate".to_owned(),
        };
        record.evaluation = None;
    }
    let (records, mut manifest) = settled((records, manifest));
    for part in [
        r#"{ measure = "difference", x = "trpo", y = "ppo" }"#,
        r#"{ measure = "share", of = "outside", x = "trpo", y = "ppo" }"#,
    ] {
        let text = format!("text = \"Better.\"\nid = \"better\"\npart = [{part}]\n");
        manifest.analysis.claims = vec![toml::from_str(&text).unwrap()];
        let claims = Claims::of(&records, &manifest, &[]).unwrap();
        assert_eq!(claims.claims[0].verdict, Verdict::CannotTell, "{claims:?}");
    }
}
