//! `trpo-lab score`: the reference numbers from files as users write them.

#[path = "support/scores.rs"]
mod scores;

use std::fs;
use std::path::Path;

use scores::{refused, score};
use serde_json::{Value, json};
use trpo_lab::scores::Results;

fn results_of(name: &str, text: &str, arguments: &[&str]) -> Value {
    let arguments = [&["--json"], arguments].concat();
    let assert = score(name, text, &arguments).success();
    let printed = &assert.get_output().stdout;
    // What is printed reads back as the type that figures and reports take.
    let typed: Results = serde_json::from_slice(printed).unwrap();
    let value: Value = serde_json::from_slice(printed).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), value);
    value
}

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/stats/{name}"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The cases of `point_estimates.json`, each as a file of scores.
fn cases() -> Vec<(Value, Value)> {
    let golden = golden("point_estimates.json");
    let cases = golden["cases"].as_array().unwrap();
    let file = |case: &Value| {
        let scores = &case["scores"];
        let count = scores["A"][0].as_array().unwrap().len();
        let tasks: Vec<String> = (0..count).map(|m| format!("task {m}")).collect();
        json!({ "tasks": tasks, "algorithms": scores })
    };
    cases
        .iter()
        .map(|case| (case.clone(), file(case)))
        .collect()
}

fn file_of(name: &str) -> Value {
    let (_, file) = cases()
        .into_iter()
        .find(|(case, _)| case["name"] == name)
        .unwrap();
    file
}

fn close(found: &Value, expected: &Value, tolerance: f64) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    let error = (found - expected).abs();
    assert!(error <= tolerance, "{found}, not {expected}");
}

#[test]
fn score_gives_the_reference_estimates() {
    for (case, file) in cases() {
        let found = results_of("x.json", &file.to_string(), &[]);
        for (name, expected) in case["expected"].as_object().unwrap() {
            for estimate in ["mean", "median", "iqm", "optimality_gap"] {
                let found = &found["algorithms"][name][estimate]["point"];
                close(found, &expected[estimate], 1e-12);
            }
        }
        for (pair, expected) in case["probability_of_improvement"].as_object().unwrap() {
            let found = &found["probability_of_improvement"][pair];
            close(&found["point"], expected, 1e-12);
            assert!(found["low"].as_f64() <= found["point"].as_f64());
            assert!(found["point"].as_f64() <= found["high"].as_f64());
        }
    }
}

#[test]
fn score_gives_the_reference_intervals_and_profiles() {
    for case in golden("bootstrap_ci.json")["cases"].as_array().unwrap() {
        let file = file_of(case["name"].as_str().unwrap());
        let found = results_of("x.json", &file.to_string(), &[]);
        for (name, expected) in case["per_alg"].as_object().unwrap() {
            for (estimate, expected) in expected.as_object().unwrap() {
                let found = &found["algorithms"][name][estimate];
                let [low, high] = ["lo", "hi"].map(|end| expected[end].as_f64().unwrap());
                close(&found["low"], &expected["lo"], 0.05 * (high - low));
                close(&found["high"], &expected["hi"], 0.05 * (high - low));
            }
        }
    }
    for case in golden("performance_profiles.json")["cases"]
        .as_array()
        .unwrap()
    {
        let file = file_of(case["name"].as_str().unwrap());
        let found = results_of("x.json", &file.to_string(), &[]);
        let profiles = &found["performance_profiles"];
        let tau = profiles["tau"].as_array().unwrap();
        for (k, wanted) in case["tau"].as_array().unwrap().iter().enumerate() {
            let place = tau.iter().position(|tau| tau == wanted);
            let place = place.unwrap_or_else(|| panic!("{wanted} is no threshold"));
            for kind in ["run_score", "average_score"] {
                for name in ["A", "B"] {
                    let found = &profiles[kind][name]["point"][place];
                    close(found, &case[kind][name][k], 1e-12);
                }
            }
        }
    }
}

#[test]
fn score_gives_the_reference_test() {
    let golden_tests = golden("classical_tests.json");
    let case = &golden_tests["cases"][0];
    let file = file_of(case["name"].as_str().unwrap()).to_string();
    let found = results_of("x.json", &file, &[]);
    let task = &found["comparisons"][0]["tasks"][0];
    // One answer: the interval that decides is the plain one.
    assert_eq!(task["interval"], task["plain_interval"]);
    for (key, expected) in [("low", "ci_low"), ("high", "ci_high")] {
        close(&task["interval"][key], &case["welch"][expected], 1e-9);
    }
}

/// The same scores as JSON and as CSV, raw and normalised, in any order.
#[test]
fn score_reads_all_forms_alike() {
    let runs = [
        ("A", 0.25, 0.5),
        ("A", 0.75, 1.0),
        ("B", 0.5, -0.5),
        ("B", 0.0, 1.5),
    ];
    let row = |(_, first, second): &(&str, f64, f64)| json!([first, second]);
    let algorithms = json!({
        "A": runs[..2].iter().map(row).collect::<Vec<_>>(),
        "B": runs[2..].iter().map(row).collect::<Vec<_>>(),
    });
    let plain = json!({"tasks": ["t", "u"], "algorithms": algorithms});
    let expected = results_of("x.json", &plain.to_string(), &[]);

    let mut csv = String::from("\u{feff}run, score, task, algorithm\r\n");
    for (run, (algorithm, first, second)) in runs.iter().enumerate() {
        csv += &format!("{run},{first},t,{algorithm}\r\n{run}, {second} ,\"u\",{algorithm}\r\n");
    }
    assert_eq!(results_of("x.csv", &csv, &[]), expected);
    assert_eq!(results_of("scores.txt", &csv, &[]), expected);

    // t between -100 and 100; u, where less is better, between 8 and 4.
    let raw = |score: f64, m: usize| [200.0 * score - 100.0, 8.0 - 4.0 * score][m];
    let mut csv = String::from("algorithm,task,run,score,random,reference\n");
    for (run, (algorithm, first, second)) in runs.iter().enumerate() {
        csv += &format!("{algorithm},t,{run},{},-100,100\n", raw(*first, 0));
        csv += &format!("{algorithm},u,{run},{},8,4\n", raw(*second, 1));
    }
    let normalised = results_of("x.csv", &csv, &[]);
    let references = json!([
        {"random": -100.0, "reference": 100.0},
        {"random": 8.0, "reference": 4.0},
    ]);
    assert_eq!(normalised["references"], references);
    same_over_tasks(&normalised, &expected);

    let raw_row = |(_, first, second): &(&str, f64, f64)| json!([raw(*first, 0), raw(*second, 1)]);
    let mut file = json!({
        "tasks": ["t", "u"],
        "algorithms": {
            "A": runs[..2].iter().map(raw_row).collect::<Vec<_>>(),
            "B": runs[2..].iter().map(raw_row).collect::<Vec<_>>(),
        },
        "random": [-100, 8],
        "reference": {"u": 4, "t": 100},
    });
    let normalised = results_of("x.json", &file.to_string(), &[]);
    assert_eq!(normalised["references"], references);
    same_over_tasks(&normalised, &expected);

    file.as_object_mut().unwrap().remove("random");
    let errors = refused("x.json", file.to_string());
    assert!(
        errors.contains("`random` and `reference` go together"),
        "{errors}"
    );
}

/// Over tasks raw scores are the same as normalised ones; on a task they are told
/// in their own unit.
fn same_over_tasks(raw: &Value, normalised: &Value) {
    for name in ["A", "B"] {
        for key in ["mean", "median", "iqm", "optimality_gap", "task_means"] {
            let of = |results: &Value| results["algorithms"][name][key].clone();
            assert_eq!(of(raw), of(normalised), "{name} {key}");
        }
    }
    for key in ["difference", "interval", "improvement", "verdict"] {
        let of = |results: &Value| results["comparisons"][0][key].clone();
        assert_eq!(of(raw), of(normalised), "{key}");
    }
}

/// What is undefined is null, never NaN; what is there is still computed.
#[test]
fn score_defines_what_single_and_constant_runs_come_to() {
    let single = r#"{"tasks": ["t", "u"], "algorithms": {"A": [[0.5, 1.0], [0.7, null]], "B": [[0.1, 0.2], [0.3, 0.4]]}}"#;
    let found = results_of("x.json", single, &[]);
    let mean = &found["algorithms"]["A"]["mean"];
    assert_eq!(*mean, json!({"point": 0.8, "low": null, "high": null}));
    assert_eq!(found["algorithms"]["A"]["runs"], json!([2, 1]));
    // Fewer than five runs have no interval.
    assert!(found["algorithms"]["B"]["mean"]["low"].is_null());
    let profile = &found["performance_profiles"]["run_score"];
    assert!(profile["A"]["low"].is_null() && profile["B"]["low"].is_null());
    let pair = &found["comparisons"][0];
    assert_eq!(pair["verdict"], "too few runs");
    assert!(pair["difference"].is_null() && pair["runs_to_differ"].is_null());
    let tasks = &pair["tasks"];
    assert!(tasks[0]["interval"].is_object() && tasks[1]["interval"].is_null());

    let constant = r#"{"tasks": ["t"], "algorithms": {"A": [[1], [1], [1], [1], [1]], "B": [[1], [1], [1], [1], [1]]}}"#;
    let found = results_of("x.json", constant, &[]);
    let point = json!({"point": 1.0, "low": 1.0, "high": 1.0});
    assert_eq!(found["algorithms"]["A"]["iqm"], point);
    let of_task = &found["algorithms"]["A"]["tasks"][0];
    assert!(of_task["interval"].is_null() && of_task["fewer_differ_than"].is_number());
    let task = &found["comparisons"][0]["tasks"][0];
    assert_eq!(task["verdict"], "equivalent");

    let alone = r#"{"tasks": ["t"], "algorithms": {"A": [[0.5]]}}"#;
    let found = results_of("x.json", alone, &[]);
    assert_eq!(found["comparisons"], json!([]));
}

#[test]
fn score_prints_tables() {
    let file = file_of("odd_15").to_string();
    let assert = score("x.json", &file, &[]).success();
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for part in [
        "2 algorithms on 3 tasks",
        "A             5  0.554 [0.4",
        "P(X > Y)",
        "0.57 ",
        "A and B cannot be told apart over 3 tasks: mean normalised score",
        "would find a difference of 0.05",
    ] {
        assert!(printed.contains(part), "no `{part}` in\n{printed}");
    }
    let alone = r#"{"tasks": ["t"], "algorithms": {"A": [[0.5]]}}"#;
    let assert = score("x.json", alone, &[]).success();
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(!printed.contains("P(X > Y)"), "{printed}");
}
