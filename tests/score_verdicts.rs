//! `trpo-lab score`: verdicts that are not there, differences that are rounding,
//! scores that are raw, and one answer in table, JSON and words.

#[path = "support/scores.rs"]
mod scores;

use std::fmt::Write;

use scores::score;
use serde_json::{Value, json};
use trpo_lab::rng::{Purpose, Rng, Streams};

fn results_of(file: &str, arguments: &[&str]) -> Value {
    let arguments = [&["--json"], arguments].concat();
    let assert = score("x.json", file, &arguments).success();
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

fn rng() -> Rng {
    Streams::new(0, "score verdicts").stream(Purpose::Bootstrap, 0)
}

/// Two equal algorithms compared. Each pair is a file of its own, or it would be
/// corrected for the others.
fn equals(rng: &mut Rng, tasks: usize, runs: usize) -> Value {
    let mut text = "algorithm,task,run,score\n".to_owned();
    for algorithm in ["A", "B"] {
        for task in 0..tasks {
            for run in 0..runs {
                let score = 0.5 + 0.1 * rng.normal();
                writeln!(text, "{algorithm},t{task},{run},{score}").unwrap();
            }
        }
    }
    assessed(&text)["comparisons"][0].take()
}

fn assessed(text: &str) -> Value {
    let table = trpo_lab::scores::file::parse(text.as_bytes(), "x.csv", None)
        .unwrap()
        .table;
    let mut settings = trpo_lab::scores::Settings::default();
    settings.bootstrap.repetitions = 200;
    serde_json::to_value(trpo_lab::scores::assess(&table, &settings)).unwrap()
}

#[test]
fn equal_algorithms_with_two_to_four_runs_on_one_task_are_rarely_told_apart() {
    let mut rng = rng();
    for runs in 2..=4 {
        let tables = 1000;
        let decided = (0..tables).filter(|_| {
            let pair = equals(&mut rng, 1, runs);
            pair["verdict"] == "better" || pair["verdict"] == "worse"
        });
        let share = decided.count() as f64 / f64::from(tables);
        assert!(share <= 0.06, "{runs} runs: {share}");
    }
}

#[test]
fn the_verdict_over_one_task_is_that_on_the_task() {
    let mut rng = rng();
    for runs in [1, 2, 4, 5, 12] {
        let pair = equals(&mut rng, 1, runs);
        for key in ["verdict", "words", "interval", "runs_to_differ", "margin"] {
            assert_eq!(pair[key], pair["tasks"][0][key], "{runs} runs");
        }
    }
}

#[test]
fn fewer_than_five_runs_give_no_verdict() {
    let mut rng = rng();
    for runs in 1..=4 {
        for _ in 0..50 {
            let pair = equals(&mut rng, 3, runs);
            assert_eq!(pair["verdict"], "too few runs");
            let mut on_tasks = pair["tasks"].as_array().unwrap().iter();
            assert!(on_tasks.all(|task| task["verdict"] == "too few runs"));
        }
    }
    // Not even where the difference is plain, nor if one side has many runs.
    let file = json!({"tasks": ["t", "u"], "algorithms": {
        "A": [[0.9, 0.8], [0.91, 0.81], [0.92, 0.8], [0.9, 0.82]],
        "B": [[0.1, 0.2], [0.12, 0.2], [0.1, 0.21], [0.1, 0.2], [0.11, 0.2], [0.1, 0.22]],
    }});
    let pair = &results_of(&file.to_string(), &[])["comparisons"][0];
    assert_eq!(pair["verdict"], "too few runs");
    assert_eq!(pair["tasks"][0]["verdict"], "too few runs");
    // What it would take is said all the same.
    assert!(pair["runs_to_differ"][0].is_number());
    let words = pair["words"].as_str().unwrap();
    assert!(words.contains("it takes 5 of each"), "{words}");
}

#[test]
fn rounding_makes_no_difference_at_any_size() {
    for size in [1.0, 1e15, 1e-170, 1e90] {
        let of = |score: f64| vec![vec![score * size; 2]; 5];
        let (x, y) = (of(0.1 + 0.2), of(0.3));
        assert_ne!(x, y);
        let file = json!({"tasks": ["t", "u"], "algorithms": {"A": x, "B": y}});
        let pair = &results_of(&file.to_string(), &["--repetitions", "200"])["comparisons"][0];
        for judgement in [pair, &pair["tasks"][0]] {
            assert_eq!(judgement["difference"], 0.0, "{size}");
            assert_eq!(judgement["interval"], json!({"low": 0.0, "high": 0.0}));
            assert_eq!(judgement["improvement"]["point"], 0.5);
            assert_eq!(judgement["verdict"], "equivalent");
        }
    }
    // Normalised to 0 by a random policy of nearly the same score.
    let file = json!({
        "tasks": ["t"], "random": [0.3], "reference": [1],
        "algorithms": {"A": vec![[0.1 + 0.2]; 5], "B": vec![[0.3]; 5]},
    });
    let task = &results_of(&file.to_string(), &[])["comparisons"][0]["tasks"][0];
    assert_eq!(
        (&task["difference"], &task["improvement"]["point"]),
        (&json!(0.0), &json!(0.5))
    );
}

#[test]
fn tiny_scores_that_differ_are_compared_like_others() {
    let of = |size: f64| {
        let scores = |level: f64| {
            (0..6)
                .map(|k| vec![(level + 0.1 * f64::from(k)) * size])
                .collect()
        };
        let (x, y): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (scores(1.0), scores(1.2));
        let file = json!({"tasks": ["t"], "algorithms": {"A": x, "B": y}});
        let smallest = (0.2 * size).to_string();
        results_of(&file.to_string(), &["--smallest", &smallest])["comparisons"][0]["tasks"][0]
            .take()
    };
    let (plain, tiny) = (of(1.0), of(1e-170));
    for key in ["difference", "spread", "smallest_margin"] {
        let [plain, tiny] = [&plain, &tiny].map(|task| task[key].as_f64().unwrap());
        assert!(
            (plain - tiny * 1e170).abs() < 1e-9,
            "{key}: {tiny}, not {plain}"
        );
    }
    for key in ["verdict", "runs_to_differ", "runs_to_be_equal"] {
        assert_eq!(plain[key], tiny[key]);
    }
}

/// A column called seed says that runs share their streams; others do not.
#[test]
fn runs_of_one_seed_are_pairs() {
    let text = |column: &str| {
        let mut text = format!("algorithm,task,{column},score\n");
        for seed in 0..8 {
            let noise = f64::from(seed * 5 % 8) * 0.1;
            writeln!(
                text,
                "A,t,{seed},{}",
                0.52 + noise + 0.001 * f64::from(seed)
            )
            .unwrap();
            writeln!(text, "B,t,{seed},{}", 0.5 + noise).unwrap();
        }
        text
    };
    let pair = |column| assessed(&text(column))["comparisons"][0].take();
    let (seeds, runs) = (pair("seed"), pair("run"));
    assert_eq!(
        (&seeds["is_paired"], &seeds["verdict"]),
        (&json!(true), &json!("better"))
    );
    assert_eq!(
        (&runs["is_paired"], &runs["verdict"]),
        (&json!(false), &json!("cannot tell"))
    );
}

#[test]
fn margins_of_the_command_line_are_those_of_the_verdict() {
    let run = |k: i32| vec![0.5 + 0.01 * f64::from(k % 3 - 1); 2];
    let runs: Vec<Vec<f64>> = (0..6).map(run).collect();
    let file = json!({"tasks": ["t", "u"], "algorithms": {"A": runs, "B": runs}}).to_string();
    let of = |arguments: &[&str]| results_of(&file, arguments)["comparisons"][0]["tasks"][0].take();
    assert_eq!(of(&[])["verdict"], "equivalent");
    let strict = of(&["--margin", "t=0.001"]);
    assert_eq!(
        (&strict["verdict"], &strict["margin"]),
        (&json!("cannot tell"), &json!(0.001))
    );
    for (wrong, said) in [
        ("t", "write TASK=VALUE"),
        ("v=1", "`v` is not one of the tasks"),
        ("t=x", "`x` is no number"),
        ("t=0", "must be above 0"),
    ] {
        let assert = score("x.json", &file, &["--margin", wrong]).code(2);
        let errors = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(errors.contains(said), "{errors}");
    }
}

#[test]
fn table_json_and_words_carry_one_answer() {
    // Equal means, from ever wider spreads: first equivalent, then open.
    for (spread, verdict, words) in [
        (0.01, "equivalent", "equivalent"),
        (0.4, "cannot tell", "cannot be told apart"),
    ] {
        let run = |k: i32| vec![0.5 + spread * f64::from(k % 3 - 1); 2];
        let runs: Vec<Vec<f64>> = (0..6).map(run).collect();
        let file = json!({"tasks": ["t", "u"], "algorithms": {"A": runs, "B": runs}}).to_string();
        let pair = &results_of(&file, &[])["comparisons"][0];
        for judgement in [pair, &pair["tasks"][0]] {
            assert_eq!(judgement["verdict"], verdict);
            assert!(
                judgement["words"].as_str().unwrap().contains(words),
                "{judgement}"
            );
        }
        let assert = score("x.json", &file, &[]).success();
        let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(
            printed.contains(pair["words"].as_str().unwrap()),
            "{printed}"
        );
        // Over tasks and on both.
        assert!(printed.matches(verdict).count() >= 3, "{printed}");
    }
}

#[test]
fn scores_that_look_raw_are_said_to_be_taken_as_normalised() {
    let raw = r#"{"tasks": ["Pendulum-v1"], "algorithms": {"A": [[-200], [-180]]}}"#;
    let note = results_of(raw, &[])["notes"][0]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "taken as normalised",
        "-200 on `Pendulum-v1`",
        "`random` and `reference`",
    ] {
        assert!(note.contains(part), "no `{part}` in {note}");
    }
    let assert = score("x.json", raw, &[]).success();
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(printed.starts_with(&format!("note: {note}\n")), "{printed}");
    for normalised in [
        r#"{"tasks": ["t"], "algorithms": {"A": [[-0.4], [3]]}}"#,
        r#"{"tasks": ["t"], "algorithms": {"A": [[-200], [-180]]}, "random": [-1200], "reference": [-150]}"#,
    ] {
        assert_eq!(results_of(normalised, &[])["notes"], Value::Null);
    }
}

/// Fifteen times as many runs take fifteen times as long, not 225 times.
#[test]
fn the_time_of_score_grows_as_the_number_of_runs() {
    let seconds = |runs: usize| {
        let mut rng = rng();
        let mut text = "algorithm,task,run,score\n".to_owned();
        for run in 0..2 * runs {
            let algorithm = ["A", "B"][run % 2];
            writeln!(text, "{algorithm},t,{run},{}", rng.normal()).unwrap();
        }
        let start = std::time::Instant::now();
        assessed(&text);
        start.elapsed().as_secs_f64()
    };
    let (few, many) = (seconds(2_000), seconds(30_000));
    assert!(many < 45.0 * few, "{few} s, then {many} s");
}
