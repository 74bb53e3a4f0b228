//! `trpo-lab score` on files that are wrong: messages that name the place and
//! the remedy, exit code 2, and never a panic or a NaN.

#[path = "support/scores.rs"]
mod scores;

use assert_cmd::Command;
use proptest::prelude::*;
use scores::{refused, score};
use trpo_lab::scores::{Settings, assess, file};
use trpo_lab::stats::Stratified;

#[test]
fn score_says_what_is_wrong_with_json() {
    let a = r#"{"tasks": ["t", "u"], "algorithms": {"A": "#;
    for (text, parts) in [
        (String::new(), &["x.json: the file is empty"][..]),
        ("[1, 2]".into(), &["x.json:1:", "the format is"]),
        (
            format!("{a}[[1, 2]]"),
            &[
                "x.json:1:50",
                "the file ends within an object",
                "the format is",
            ],
        ),
        (
            format!("{a}[[1, 2]]}}, \"seeds\": 3}}"),
            &["there is no key `seeds`; there are `tasks`, `algorithms`"],
        ),
        (
            format!("{a}[[1, \"x\"]]}}}}"),
            &["x.json:1:50", "this must be a number, not the text \"x\""],
        ),
        (
            format!("{a}[[1, NaN]]}}}}"),
            &["x.json:1:", "null", "diverged"],
        ),
        (
            format!("{a}[[1, -Infinity]]}}}}"),
            &["x.json:1:", "null", "diverged"],
        ),
        (
            format!("{a}[[1, 1e999]]}}}}"),
            &["x.json:1:", "this number is too large"],
        ),
        (
            format!("{a}[[1, 1e200]]}}}}"),
            &["algorithms.A[0][1]", "1e100", "diverged"],
        ),
        (
            format!("{a}[[1, 2], [3]]}}}}"),
            &["algorithms.A[1]", "(1 for 2)", "null"],
        ),
        (
            format!("{a}[[1, null]]}}}}"),
            &["`A` has no run on `u`", "leave the task out"],
        ),
        (format!("{a}[[null, null]]}}}}"), &["no scores"]),
        (format!("{a}[]}}}}"), &["algorithms.A", "no runs"]),
        (
            format!("{a}[[1, 2]], \"A\": [[1, 2]]}}}}"),
            &["`A` stands twice"],
        ),
        (
            format!("{a}[[1, 2]], \"\": [[1, 2]]}}}}"),
            &["algorithm has no name"],
        ),
        (format!("{a}[[1, 2]]}}}} x"), &["trailing characters"]),
        (
            format!("{a}[[1, 2]]}}, \"random\": [0, 1], \"reference\": [1, 1]}}"),
            &["task `u`", "random = 1 and reference = 1", "two different"],
        ),
        (
            format!("{a}[[1, 2]]}}, \"random\": [0], \"reference\": [1, 1]}}"),
            &["x.json: random", "1 long, but there are 2 tasks"],
        ),
        (
            format!("{a}[[1, 2]]}}, \"random\": {{\"t\": 0, \"v\": 0}}, \"reference\": [1, 1]}}"),
            &["x.json: random", "`v` is not one of the tasks"],
        ),
        (
            format!("{a}[[1, 2]]}}, \"random\": {{\"t\": 0}}, \"reference\": [1, 1]}}"),
            &["x.json: random", "task `u` has none"],
        ),
        (
            format!("{a}[[1, 2]]}}, \"random\": 0, \"reference\": [1, 1]}}"),
            &["a list with a number for each task"],
        ),
        (r#"{"tasks": [], "algorithms": {}}"#.into(), &["no tasks"]),
        (
            r#"{"tasks": ["t"], "algorithms": {}}"#.into(),
            &["no scores"],
        ),
        (
            r#"{"tasks": ["t", "t"], "algorithms": {}}"#.into(),
            &["`t` stands twice"],
        ),
        (
            r#"{"tasks": ["t"]}"#.into(),
            &["key `algorithms` is missing"],
        ),
    ] {
        let message = refused("x.json", &text);
        for part in parts {
            assert!(
                message.contains(part),
                "no `{part}` for\n{text}\nin\n{message}"
            );
        }
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn score_says_what_is_wrong_with_csv() {
    let head = "algorithm,task,run,score\nA,t,0,1\n";
    for (text, parts) in [
        (
            "algorithm,task,run,score\n".into(),
            &["x.csv", "no scores"][..],
        ),
        (
            "algorithm,task,run\nA,t,0\n".into(),
            &["line 1", "`score` is missing"],
        ),
        (
            "algorithm,task,time,score\n".into(),
            &[
                "line 1",
                "`run` is missing",
                "`time`",
                "run (or seed, trial)",
            ],
        ),
        (
            "algorithm,task,run,run,score\n".into(),
            &["`run` stands twice"],
        ),
        (
            "algorithm|task|run|score\nA|t|0|1\n".into(),
            &["line 1", "one column", "semicolon", "algorithm (or"],
        ),
        (
            format!("{head}A,t,1\n"),
            &["line 3", "3 fields", "header has 4"],
        ),
        (
            format!("{head}A,t,0,2\n"),
            &["line 3", "run `0` of `A` on `t`", "line 2"],
        ),
        (
            format!("{head}A,t,1,\n"),
            &["line 3", "column `score`", "diverged"],
        ),
        (
            format!("{head}A,t,1,high\n"),
            &["line 3", "column `score` holds `high`"],
        ),
        (
            format!("{head}A,t,1,nan\n"),
            &["line 3", "NaN is not a score", "diverged"],
        ),
        (
            format!("{head}A,t,1,inf\n"),
            &["line 3", "inf is not a score"],
        ),
        (format!("{head}B,u,0,1\n"), &["`A` has no run on `u`"]),
        (
            format!("{head},t,0,1\n"),
            &["line 3", "algorithm has no name"],
        ),
        (format!("{head}A,,0,1\n"), &["a task has no name"]),
        (
            "algorithm,task,run,score,random\nA,t,0,1,0\n".into(),
            &["line 1", "`reference` is missing"],
        ),
        (
            "algorithm,task,run,score,random,reference\nA,t,0,1,0,1\nA,t,1,1,0,2\n".into(),
            &["line 3", "task `t`", "between 0 and 2", "between 0 and 1"],
        ),
        (
            "algorithm,task,run,score,random,reference\nA,t,0,1,0,\n".into(),
            &["line 2", "column `reference`"],
        ),
    ] as [(String, &[&str]); 17]
    {
        let message = refused("x.csv", &text);
        for part in parts {
            assert!(
                message.contains(part),
                "no `{part}` for\n{text}\nin\n{message}"
            );
        }
    }
    assert!(refused("x.csv", b"algorithm\xff\n").contains("UTF-8"));
}

#[test]
fn score_refuses_files_and_arguments_that_make_no_sense() {
    let absent = Command::cargo_bin("trpo-lab")
        .unwrap()
        .args(["score", "absent.json"])
        .assert()
        .code(2);
    let message = String::from_utf8_lossy(&absent.get_output().stderr).into_owned();
    assert!(
        message.contains("absent.json") && message.contains("JSON or CSV"),
        "{message}"
    );
    let file = r#"{"tasks": ["t"], "algorithms": {"A": [[1], [2]]}}"#;
    for arguments in [
        ["--smallest", "0"],
        ["--smallest", "nan"],
        ["--repetitions", "0"],
        ["--repetitions", "1000000000"],
        ["--seed", "x"],
    ] {
        let assert = score("x.json", file, &arguments).code(2);
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(arguments[0]), "{message}");
    }
}

const WHOLE: [(&str, &str); 2] = [
    (
        "x.json",
        r#"{"tasks": ["t", "u"], "algorithms": {"A": [[0.5, 1], [-0.7, null]],
        "B": [[1e-3, 2e1]]}, "random": [0, 1], "reference": {"t": 3, "u": -4.5}}"#,
    ),
    (
        "x.csv",
        "algorithm,task,run,score,random,reference\nA,t,0,1.5,0,2\nA,\"u\",0,3e5,-1,8\n\
         B,t,x,-7,0,2\nB,u,0,0.1,-1,8\nB,u,1,99,-1,8\n",
    ),
];

proptest! {
    /// Damage a file anywhere: it is refused, or every number is one.
    #[test]
    fn damaged_files_are_refused_or_give_numbers(
        which in 0..2usize,
        place in 0.0..1.0f64,
        cut in 0..4usize,
        put in "[-0-9eE.,:\"{}\\[\\]naNtu \\n;]{0,4}",
    ) {
        let (name, whole) = WHOLE[which];
        let start = (place * whole.len() as f64) as usize;
        let end = (start + cut).min(whole.len());
        let text = [&whole[..start], &put, &whole[end..]].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        match file::read(&path, None).map(|read| read.table) {
            Err(error) => prop_assert!(error.to_string().contains(name), "{}", error),
            Ok(table) => {
                let settings = Settings {
                    bootstrap: Stratified { repetitions: 10, ..Stratified::new(0) },
                    ..Settings::default()
                };
                let results = assess(&table, &settings);
                // NaN and infinity are written as null, which an `f64` refuses;
                // where null is allowed, they would not read back as they were.
                let text = serde_json::to_string(&results).unwrap();
                let read: trpo_lab::scores::Results = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(read, results);
            }
        }
    }
}
