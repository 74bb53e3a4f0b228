//! What `trpo-lab export` writes is what was recorded, and other programs can
//! read it.

#[path = "support/browser.rs"]
mod browser;
#[path = "support/stored.rs"]
mod stored;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use browser::skipped;
use serde_json::Value;
use stored::{printed, refused, replace, stored};
use support::synthetic::evaluated;
use support::{Experiment, settled, small};
use trpo_lab::record::Status;
use trpo_lab::summary::Statistics;

/// Two tasks, two variants, three seeds; one run of TRPO diverged.
fn with_a_divergence() -> Experiment {
    let mut made = small();
    made.0[1].1.status = Status::Diverged {
        update: 3,
        quantity: "kl_mean".to_owned(),
    };
    made.0[1].1.evaluation = None;
    settled(made)
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn rliable_gets_runs_by_tasks_that_mean_what_the_statistics_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = stored(folder.path(), &with_a_divergence());
    let path = printed(folder.path(), &["export", "--format", "rliable"]);
    assert_eq!(path, "results/classic/export/rliable.json\n");
    let text = fs::read_to_string(folder.path().join(path.trim())).unwrap();
    let exported: Value = serde_json::from_str(&text).unwrap();
    let statistics = Statistics::read(store.directory()).unwrap();
    for (name, results) in statistics.scores.iter() {
        for (variant, expected) in results.algorithms.iter() {
            let runs = exported["scores"][name][variant].as_array().unwrap();
            assert_eq!(runs.len(), 3);
            for (task, mean) in expected.task_means.iter().enumerate() {
                let sum: f64 = runs.iter().map(|run| numbers(run)[task]).sum();
                assert!((sum / 3.0 - mean).abs() < 1e-9, "{name} {variant} {task}");
            }
        }
    }
    // The run that diverged has the random policy's score, and it is said; the
    // raw score is what was measured, or nothing.
    assert_eq!(exported["scores"]["final"]["trpo"][1][0], 0.0);
    assert_eq!(exported["imputed"]["trpo"][1][0], true);
    assert_eq!(exported["imputed"]["trpo"][1][1], false);
    let raw = &exported["raw_scores"];
    assert!(raw["final"]["trpo"][2][0].is_f64());
    assert!(raw["final"]["trpo"][1][0].is_null());
    assert!(raw["evaluation"]["trpo"][1][0].is_null());
    let curve = exported["curves"]["ppo"][2][1].as_array().unwrap();
    assert_eq!(
        (curve.len(), exported["steps"]["ppo"][1][49].as_u64()),
        (50, Some((20_070 + 20_480) / 2))
    );
    // Bins of one width, but for rounding.
    let values: Vec<f64> = curve.iter().filter_map(Value::as_f64).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let area = exported["scores"]["area"]["ppo"][2][1].as_f64().unwrap();
    assert!((mean - area).abs() < 0.05, "{mean} and {area}");
}

#[test]
fn csv_has_a_row_for_everything_that_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let made = small();
    let store = stored(folder.path(), &made);
    printed(
        folder.path(),
        &["export", "--format", "csv", "--to", "elsewhere"],
    );
    let read = |name: &str| {
        let path = folder.path().join("elsewhere/csv").join(name);
        fs::read_to_string(path).unwrap()
    };
    let summary = |name: &str| fs::read_to_string(store.directory().join(name)).unwrap();
    for name in ["scores.csv", "updates.csv"] {
        assert_eq!(read(name), summary(name), "{name}");
    }
    // Of curves every digit; the summary, which is committed, has six.
    let (curves, short) = (read("curves.csv"), summary("curves.csv"));
    assert_eq!(curves.lines().count(), short.lines().count());
    let mut longer = 0;
    for (line, short) in curves.lines().zip(short.lines()).skip(1) {
        let (row, value) = line.rsplit_once(',').unwrap();
        let (short_row, short_value) = short.rsplit_once(',').unwrap();
        assert_eq!(row, short_row);
        longer += usize::from(value != short_value);
        if let Ok(value) = value.parse::<f64>() {
            let short: f64 = short_value.parse().unwrap();
            assert!((value - short).abs() <= 5e-6 * value.abs(), "{line}");
        }
    }
    assert!(longer > 0, "the export has lost its digits");
    let episodes: usize = made.0.iter().map(|(_, r)| r.episodes.end_step.len()).sum();
    assert_eq!(read("episodes.csv").lines().count(), 1 + episodes);
    let first = &made.0[0].1.episodes;
    let expected = format!(
        "CartPole-v1,trpo,0,{},{:?},{}",
        first.end_step[0], first.returns[0], first.length[0]
    );
    assert_eq!(read("episodes.csv").lines().nth(1), Some(&*expected));
    // The evaluation of the final policy has no number.
    let evaluations = read("evaluations.csv");
    assert_eq!(evaluations.lines().count(), 1 + 20 * made.0.len());
    let first = &made.0[0].1.evaluation.as_ref().unwrap().returns;
    let expected = format!("CartPole-v1,trpo,0,,10,20480,0,{:?},200", first[0]);
    assert_eq!(evaluations.lines().nth(1), Some(&*expected));
}

#[test]
fn evaluations_while_training_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let made = evaluated(&["CartPole-v1"], &["trpo"], 2, 20_480, 5);
    stored(folder.path(), &made);
    printed(folder.path(), &["export", "--format", "csv", "--to", "x"]);
    let text = fs::read_to_string(folder.path().join("x/csv/evaluations.csv")).unwrap();
    assert_eq!(text.lines().count(), 1 + 2 * (6 * 10 + 20));
    let point = &made.0[0].1.points[2];
    let expected = format!(
        "CartPole-v1,trpo,0,2,4,8192,3,{:?},200",
        point.evaluation.returns[3]
    );
    assert_eq!(text.lines().nth(1 + 2 * 10 + 3), Some(&*expected));
    let path = printed(folder.path(), &["export", "--format", "rliable"]);
    let text = fs::read_to_string(folder.path().join(path.trim())).unwrap();
    let exported: Value = serde_json::from_str(&text).unwrap();
    let steps = numbers(&exported["steps"]["trpo"][0]);
    assert_eq!(steps, [0, 2, 4, 6, 8, 10].map(|k| f64::from(2048 * k)));
    let (random, reference) = (&exported["random"][0], &exported["reference"][0]);
    let (random, reference) = (random.as_f64().unwrap(), reference.as_f64().unwrap());
    let curve = numbers(&exported["curves"]["trpo"][0][0]);
    let raw = random + curve[2] * (reference - random);
    assert!((raw - point.evaluation.mean_return()).abs() < 1e-9);
}

/// Prints what TensorBoard's own reader finds, as JSON.
const READER: &str = r#"
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)]
                  for tag in events.Tags()["scalars"]}))
"#;

#[test]
fn tensorboard_reads_every_number_back() {
    let python = std::env::var("TRPO_LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python)
        .args(["-c", "import tensorboard"])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        let why = "python3 has no tensorboard (pip install tensorboard, or name a Python that \
            has it in TRPO_LAB_PYTHON)";
        return skipped("tensorboard_reads_every_number_back", why);
    }
    let folder = tempfile::tempdir().unwrap();
    let made = small();
    stored(folder.path(), &made);
    let logs = printed(folder.path(), &["export", "--format", "tensorboard"]);
    let run = folder
        .path()
        .join(logs.trim())
        .join("CartPole-v1/trpo/seed-2");
    let output = Command::new(&python)
        .args(["-c", READER])
        .arg(&run)
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let record = &made.0[2].1;
    let points = |tag: &str| -> Vec<(u64, f64)> {
        let list = found[tag].as_array().unwrap().iter();
        list.map(|p| (p[0].as_u64().unwrap(), p[1].as_f64().unwrap()))
            .collect()
    };
    let single = |value: f64| f64::from(value as f32);
    let steps = record.curve.numbers("step").unwrap();
    let kl = record.curve.numbers("kl_mean").unwrap();
    let expected: Vec<(u64, f64)> = steps
        .iter()
        .zip(kl)
        .map(|(step, kl)| (step.unwrap() as u64, single(kl.unwrap())))
        .collect();
    assert_eq!(points("update/kl_mean"), expected);
    let episodes = record.episodes.end_step.iter().copied();
    let returns = record.episodes.returns.iter().map(|&value| single(value));
    assert_eq!(
        points("episode/return"),
        episodes.zip(returns).collect::<Vec<_>>()
    );
    let mean = record.evaluation.as_ref().unwrap().mean_return();
    assert_eq!(points("evaluation/return"), [(20_480, single(mean))]);
    let words = record.curve.words("outcome").unwrap();
    let accepted = words.iter().filter(|word| *word == "accepted").count();
    let ones = points("outcome/accepted")
        .iter()
        .filter(|point| point.1 == 1.0)
        .count();
    assert_eq!(ones, accepted);
}

#[test]
fn what_cannot_be_exported_is_said_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let export = |more: &[&str], code| {
        let arguments = [&["export", "--format", "csv"], more].concat();
        refused(folder.path(), &arguments, code)
    };
    let message = export(&[], 1);
    assert!(
        message.contains("`trpo-lab run classic` makes it"),
        "{message}"
    );
    let store = stored(folder.path(), &small());
    let record = store.record_path("Acrobot-v1", "ppo", 1);
    replace(&record, "\"kl_mean\":[0.0", "\"kl_mean\":[0.5");
    let message = export(&[], 1);
    assert!(
        message.contains("seed-1.json: its content does not have its digest"),
        "{message}"
    );
    fs::remove_file(&record).unwrap();
    let message = export(&[], 1);
    assert!(
        message.contains("is missing; make it with `trpo-lab run classic`"),
        "{message}"
    );
    fs::remove_dir_all(store.directory().join("runs")).unwrap();
    let message = export(&[], 1);
    let expected = "results/classic/runs: there are no records, which are not committed; \
        `trpo-lab run classic` makes them";
    assert!(message.contains(expected), "{message}");
    let moved = Path::new("a/b");
    fs::create_dir_all(folder.path().join(moved)).unwrap();
    fs::rename(store.directory(), folder.path().join("a/b/classic")).unwrap();
    let message = export(&["--out", "a/b"], 1);
    assert!(
        message.contains("`trpo-lab run classic --out a/b` makes them"),
        "{message}"
    );
    let message = refused(folder.path(), &["export", "--format", "xlsx"], 2);
    assert!(message.contains("rliable, csv, tensorboard"), "{message}");
}
