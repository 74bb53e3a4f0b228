//! `trpo-lab score` on tables as people have them, and on what this program
//! writes itself.

#[path = "support/scores.rs"]
mod scores;
mod support;

use std::fs;

use assert_cmd::Command;
use scores::{refused, score};
use serde_json::{Value, json};
use support::synthetic::experiment;
use support::{settled, summarized};
use trpo_lab::export::{self, Format};
use trpo_lab::summary::Statistics;

fn results_of(name: &str, text: impl AsRef<[u8]>, arguments: &[&str]) -> Value {
    let arguments = [&["--json", "--repetitions", "200"], arguments].concat();
    let assert = score(name, text, &arguments).success();
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

const PLAIN: &str = "algorithm,task,run,score\nA,t,0,0.5\nA,t,1,-0.25\nB,t,0,1\nB,t,1,0.75\n";

#[test]
fn tables_are_read_in_the_forms_that_people_have() {
    let expected = results_of("x.csv", PLAIN, &[]);
    for (what, text) in [
        (
            "capitals",
            PLAIN.replace("algorithm,task,run", "ALGORITHM,Task,Run"),
        ),
        (
            "synonyms",
            PLAIN.replace("algorithm,task,run", "Variant,env,seed"),
        ),
        (
            "others",
            PLAIN.replace("algorithm,task,run", "method,Environment,trial"),
        ),
        ("agents", PLAIN.replace("algorithm", "agent")),
        ("semicolons", PLAIN.replace(',', ";")),
        ("tabs", PLAIN.replace(',', "\t")),
        ("decimal commas", PLAIN.replace(',', ";").replace('.', ",")),
        (
            "decimal commas and tabs",
            PLAIN.replace(',', "\t").replace('.', ","),
        ),
        ("a true minus sign", PLAIN.replace('-', "\u{2212}")),
        ("empty columns at the end", PLAIN.replace('\n', ",,\n")),
        ("empty lines at the end", format!("{PLAIN},,,\n,,,\n\n")),
        ("a byte order mark", format!("\u{feff}{PLAIN}")),
        ("old line ends", PLAIN.replace('\n', "\r\n")),
    ] {
        assert_eq!(results_of("x.csv", &text, &[]), expected, "{what}:\n{text}");
    }
    let numbered = |name: &str| {
        let lines = PLAIN.lines().enumerate();
        let line = |(k, line)| match k {
            0 => format!("{name},{line}\n"),
            k => format!("{},{line}\n", k - 1),
        };
        lines.map(line).collect::<String>()
    };
    for name in ["", "Unnamed: 0"] {
        assert_eq!(results_of("x.csv", numbered(name), &[]), expected);
    }
}

#[test]
fn standard_input_is_read_by_its_first_character() {
    let run = |text: &str| {
        let mut command = Command::cargo_bin("trpo-lab").unwrap();
        command.args(["score", "-", "--json", "--repetitions", "200"]);
        command.write_stdin(text).assert()
    };
    let csv = run(PLAIN).success();
    let found: Value = serde_json::from_slice(&csv.get_output().stdout).unwrap();
    assert_eq!(found, results_of("x.csv", PLAIN, &[]));
    let json = r#"{"tasks": ["t"], "algorithms": {"A": [[0.5], [-0.25]], "B": [[1], [0.75]]}}"#;
    let json = run(json).success();
    assert_eq!(json.get_output().stdout, csv.get_output().stdout);
    let wrong = run("algorithm,task\n").code(2);
    let message = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(
        message.contains("standard input, line 1: column `run`"),
        "{message}"
    );
}

#[test]
fn what_a_column_is_is_asked_where_it_cannot_be_told() {
    for (text, parts) in [
        (
            "algorithm,task,run,return,length\nA,t,0,1,2\n",
            &[
                "line 1",
                "`return` and `length` hold numbers",
                "--score NAME",
            ][..],
        ),
        (
            "algorithm,task,run,return,note\nA,t,0,1,x\n",
            &["--score return"],
        ),
        (
            "algorithm,task,run,note\nA,t,0,x\n",
            &["`score` is missing", "`note`", "wanted"],
        ),
        (
            "algorithm,variant,task,run,score\n",
            &["`algorithm` and `variant`", "keep one"],
        ),
        ("algorithm,task,,run,score\n", &["column 3 has no name"]),
        ("algorithm,Task,task,run,score\n", &["`task` stands twice"]),
        ("A,t,0,0.5\n", &["`algorithm` is missing", "found are `A`"]),
        (
            "algorithm,task,run,score\nA,t,0,1,2\n",
            &["line 2", "5 fields", "`2` in a column without a name"],
        ),
        (
            "algorithm,task,run,score\nA,t,0,\"0,5\"\n",
            &["line 2", "`0,5`, which is no number", "separated by `;`"],
        ),
        (
            "algorithm;task;run;score\nA;t;0;0,5\nA;t;1;1.234\n",
            &["line 3", "`1.234`", "line 2", "decimal point"],
        ),
        (
            "algorithm;task;run;score\nA;t;0;1.234,5\n",
            &["line 2", "no number"],
        ),
    ] as [(&str, &[&str]); 11]
    {
        let message = refused("x.csv", text);
        for part in parts {
            assert!(
                message.contains(part),
                "no `{part}` for\n{text}\nin\n{message}"
            );
        }
    }
    let several = "algorithm,task,run,return,length\nA,t,0,1,2\nA,t,1,3,4\n";
    let mean = |score: &str| {
        let found = results_of("x.csv", several, &["--score", score]);
        found["algorithms"]["A"]["mean"]["point"].as_f64().unwrap()
    };
    assert_eq!((mean("return"), mean("Length")), (2.0, 3.0));
    // What is not read is said.
    let extra = "algorithm,task,run,score,steps\nA,t,0,1,100\n";
    let note = results_of("x.csv", extra, &[])["notes"][0].take();
    assert_eq!(note, "not read: column `steps`");
    let one = r#"{"tasks": ["t"], "algorithms": {"A": [[1]]}}"#;
    let assert = score("x.json", one, &["--score", "area"]).code(2);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        message.contains("x.json: a file of this form has one score"),
        "{message}"
    );
}

#[test]
fn other_encodings_and_control_characters_are_named_with_their_place() {
    let message = refused("x.csv", b"algorithm,task,run,score\nM\xfcller,t,0,1\n");
    assert!(
        message.contains("x.csv, line 2: ") && message.contains("Latin-1"),
        "{message}"
    );
    assert!(message.contains("save it as UTF-8"), "{message}");
    let csv =
        |a: &str, t: &str, r: &str| format!("algorithm,task,run,score\nA,t,0,1\n{a},{t},{r},1\n");
    for (text, what) in [
        (csv("A\u{7}", "t", "1"), "an algorithm"),
        (csv("A", "t\u{1b}[31m", "1"), "a task"),
        (csv("A", "t", "1\u{0}"), "a run"),
    ] {
        let message = refused("x.csv", text);
        assert!(
            message.contains(&format!("x.csv, line 3: the name of {what}")),
            "{message}"
        );
        assert!(message.contains("control character U+00"), "{message}");
        assert!(
            !message.trim_end().chars().any(char::is_control),
            "{message:?}"
        );
    }
    for (text, place) in [
        (
            r#"{"tasks": ["t", "u\n"], "algorithms": {"A": [[1, 2]]}}"#,
            "x.json: tasks[1]: ",
        ),
        (
            r#"{"tasks": ["t"], "algorithms": {"A\u0007": [[1]]}}"#,
            "[0][0]: the name of an algorithm",
        ),
        (
            r#"{"tasks": ["t"], "algorithms": {"A": [[1]]}, "x\u0007": 1}"#,
            "x.json:1:",
        ),
    ] {
        let message = refused("x.json", text);
        assert!(message.contains(place), "{message}");
        assert!(
            !message.trim_end().chars().any(char::is_control),
            "{message:?}"
        );
    }
}

#[test]
fn messages_speak_the_words_of_the_reader() {
    let a = r#"{"tasks": ["t"], "algorithms": {"A": "#;
    for text in [
        format!("{a}[[\"x\"]]}}}}"),
        format!("{a}[1]}}}}"),
        format!("{a}{{}}}}}}"),
        format!("{a}[[1]]}}, \"random\": 1, \"reference\": [1]}}"),
        format!("{a}[[1]]}}, \"random\": [true], \"reference\": [1]}}"),
        format!("{a}[[1"),
        format!("{a}[[1]]}}, \"b\": 1}}"),
        "{}".to_owned(),
        r#"{"tasks": [1], "algorithms": {}}"#.to_owned(),
        r#"{"raw_scores": {}, "tasks": []}"#.to_owned(),
        r#"{"raw_scores": [], "headline": 1}"#.to_owned(),
    ] {
        let message = refused("x.json", &text);
        for word in [
            "f64", "usize", "u64", "untagged", "struct", "sequence", "EOF", " map", "field",
        ] {
            assert!(!message.contains(word), "`{word}` in {message}");
        }
        assert!(message.contains("x.json:1:"), "{message}");
    }
}

#[test]
fn what_this_program_writes_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let made = settled(experiment(
        &["CartPole-v1", "Acrobot-v1"],
        &["trpo", "ppo"],
        5,
        8192,
    ));
    let dir = summarized(folder.path(), &made);
    let csv = fs::read(dir.join("scores.csv")).unwrap();
    let found = results_of("scores.csv", &csv, &[]);
    let note = found["notes"][0].as_str().unwrap();
    assert!(
        note.contains("column `evaluation`") && note.contains("final"),
        "{note}"
    );
    let chosen = results_of("scores.csv", &csv, &["--score", "evaluation"]);
    assert_eq!(chosen["algorithms"], found["algorithms"]);
    let other = results_of("scores.csv", &csv, &["--score", "area"]);
    assert_ne!(other["algorithms"], found["algorithms"]);
    // A run that an error stopped has no score.
    let text = String::from_utf8(csv).unwrap();
    let last = text.trim_end().lines().last().unwrap();
    let start = last.split(',').take(3).collect::<Vec<_>>().join(",");
    let text = text.replace(last, &format!("{start},failed,,,,"));
    let found = results_of("scores.csv", &text, &[]);
    assert_eq!(found["algorithms"]["ppo"]["runs"], json!([5, 4]));
    assert_eq!(found["notes"][1], "left out for want of a score: 1 run");
    let found = results_of("scores.csv", text.replace(",failed,", ",diverged,"), &[]);
    let note = found["notes"][1].as_str().unwrap();
    assert!(note.contains("1 run, 1 of which diverged"), "{note}");
    // One that diverged after some episodes keeps what was measured, and it is said.
    let text = text.replacen(",completed,", ",diverged,", 1);
    let found = results_of("scores.csv", &text, &[]);
    assert_eq!(found["algorithms"]["ppo"]["runs"], json!([5, 4]));
    let notes = found["notes"].to_string();
    assert!(
        notes.contains("measured before they diverged: 1 run;"),
        "{notes}"
    );

    // The export for rliable holds the references: the numbers are those of the
    // statistics.
    let exported = export::write(Format::Rliable, &made.0, &made.1, folder.path()).unwrap();
    let json = fs::read(&exported[0]).unwrap();
    let statistics = Statistics::read(&dir).unwrap();
    for (name, expected) in statistics.scores.iter() {
        let found = results_of("rliable.json", &json, &["--score", name]);
        for (algorithm, expected) in expected.algorithms.iter() {
            let found = found["algorithms"][algorithm]["iqm"]["point"]
                .as_f64()
                .unwrap();
            let expected = expected
                .aggregates
                .get(&trpo_lab::stats::statistic::IQM)
                .point;
            assert!((found - expected).abs() < 1e-9, "{name} {algorithm}");
        }
    }
    let found = results_of("rliable.json", &json, &[]);
    assert!(
        found["notes"][0]
            .as_str()
            .unwrap()
            .contains("the headline of the export")
    );
    let assert = score("rliable.json", &json, &["--score", "median"]).code(2);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        message.contains("raw_scores: there is no score `median`"),
        "{message}"
    );
    assert!(message.contains("`final`"), "{message}");
}
