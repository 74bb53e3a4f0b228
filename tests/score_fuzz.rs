//! Files of scores that nobody would write: valid, nearly valid and damaged ones,
//! in every form that is read. Each is refused with its place, or gives numbers.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use assert_cmd::Command;
use trpo_lab::figures::draw_scores;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::scores::file::{Scores, parse};
use trpo_lab::scores::{Results, Settings, assess};
use trpo_lab::stats::Stratified;
use trpo_lab::summary::Extent;

const NAMES: [&str; 20] = [
    "A",
    "B",
    "trpo",
    "Müller",
    "a b",
    "δ = 0.01",
    "<b>&\"'",
    "`x`",
    "A>B",
    "",
    " ",
    "null",
    "0.5",
    "final",
    "score",
    "1e5",
    "long long long long long long long long long long long long long",
    "bell\u{7}",
    "\u{202e}turned",
    "日本語のとても長い名前",
];
const HEADERS: [[&str; 4]; 4] = [
    ["algorithm", "task", "run", "score"],
    ["Method", "ENV", "Seed", "Score"],
    ["agent", "environment", "trial", "return"],
    ["variant", "env", "seed", "final"],
];
const ODD_NUMBERS: [&str; 22] = [
    "1e100",
    "-1e100",
    "1e-170",
    "-2e-170",
    "0.30000000000000004",
    "0.3",
    "-0",
    "1e101",
    "nan",
    "inf",
    "",
    "1,5",
    "1.234,5",
    "\u{2212}3",
    "x",
    "1e400",
    "5e-324",
    "+1",
    "1_000",
    "0x10",
    "1 2",
    "1e15",
];

/// What damage puts between.
const PUT: &[u8] = b"-0,;.:\"{}[]\n\t e\xff\xc3\0nN_";

struct Generator(Rng);

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// Mostly a plain name, so that most files are nearly valid.
    fn names(&mut self, plain: &str) -> Vec<String> {
        let count = 1 + self.below(3);
        let name = |k| match self.one_in(12) {
            true => self.pick(&NAMES).to_owned(),
            false => format!("{plain}{k}"),
        };
        (0..count).map(name).collect()
    }

    fn number(&mut self) -> String {
        match self.below(40) {
            0 => self.pick(&ODD_NUMBERS).to_owned(),
            1..=5 => (self.below(7) as i64 - 3).to_string(),
            6..=8 => ((self.0.normal() * 300.0).round() / 10.0).to_string(),
            _ => (0.5 + 0.2 * self.0.normal()).to_string(),
        }
    }

    fn csv(&mut self) -> String {
        let kind = self.below(HEADERS.len());
        let with_references = self.one_in(4);
        let mut header: Vec<&str> = HEADERS[kind].to_vec();
        if kind == 3 {
            header.extend(["status", "area", "training", "evaluation"]);
        }
        if with_references {
            header.extend(["random", "reference"]);
        }
        if self.one_in(6) {
            header.push(self.pick(&["", "note", "steps", "score", "random", "Task"]));
        }
        let index = self.one_in(6);
        let mut lines = vec![
            header
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        ];
        let (algorithms, tasks) = (self.names("A"), self.names("t"));
        for algorithm in &algorithms {
            for (m, task) in tasks.iter().enumerate() {
                for run in 0..1 + self.below(7) {
                    let score = self.number();
                    let mut line = vec![algorithm.clone(), task.clone(), run.to_string(), score];
                    if kind == 3 {
                        line.push("completed".to_owned());
                        line.extend((0..3).map(|_| self.number()));
                    }
                    if with_references {
                        line.extend([format!("{m}"), format!("{}.5", m + 1)]);
                    }
                    line.resize(header.len(), String::new());
                    lines.push(line);
                }
            }
        }
        let separator = [",", ",", ";", "\t"][self.below(4)];
        let comma = separator != "," && self.one_in(2);
        let mut text = String::new();
        for (k, mut line) in lines.into_iter().enumerate() {
            if index {
                let name = if k == 0 { String::new() } else { k.to_string() };
                line.insert(0, name);
            }
            let field = |field: String| match comma && k > 0 {
                true => field.replace('.', ","),
                false if field.contains(separator) => format!("\"{field}\""),
                false => field,
            };
            let line: Vec<String> = line.into_iter().map(field).collect();
            text += &line.join(separator);
            text += if self.one_in(40) { "\r\n\n" } else { "\n" };
        }
        text
    }

    fn json(&mut self) -> String {
        let (algorithms, tasks) = (self.names("A"), self.names("t"));
        let quoted = |name: &String| serde_json::to_string(name).unwrap();
        let mut of_algorithm = |name: &String| {
            let runs: Vec<String> = (0..1 + self.below(7))
                .map(|_| {
                    let run = (0..tasks.len()).map(|_| match self.one_in(30) {
                        true => "null".to_owned(),
                        false => self.number(),
                    });
                    format!("[{}]", run.collect::<Vec<_>>().join(", "))
                })
                .collect();
            format!("{}: [{}]", quoted(name), runs.join(", "))
        };
        let scores: Vec<String> = algorithms.iter().map(&mut of_algorithm).collect();
        let scores = format!("{{{}}}", scores.join(", "));
        let names: Vec<String> = tasks.iter().map(quoted).collect();
        let list = |of: &str| format!("[{}]", vec![of; tasks.len()].join(", "));
        let references = format!(r#""random": {}, "reference": {}"#, list("-1"), list("2.5"));
        let names = names.join(", ");
        match self.below(4) {
            0 => format!(r#"{{"tasks": [{names}], "algorithms": {scores}, {references}}}"#),
            1 => format!(
                r#"{{"experiment": "x", "headline": "final", "tasks": [{names}], "seeds": [0, 1],
                {references}, "raw_scores": {{"final": {scores}, "area": {{}}}}, "curves": {{}}}}"#
            ),
            _ => format!(r#"{{"tasks": [{names}], "algorithms": {scores}}}"#),
        }
    }

    /// Damages a text anywhere.
    fn damage(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..1 + self.below(3) {
            let place = self.below(bytes.len() + 1);
            let end = (place + self.below(12)).min(bytes.len());
            match self.below(5) {
                0 => drop(bytes.drain(place..end)),
                1 => {
                    let put = PUT[self.below(PUT.len())];
                    bytes.insert(place, put);
                }
                2 => {
                    let again = bytes[place..end].to_vec();
                    bytes.splice(place..place, again);
                }
                3 => bytes.truncate(place),
                _ => {
                    let put = ODD_NUMBERS[self.below(ODD_NUMBERS.len())].bytes();
                    bytes.splice(place..end, put);
                }
            }
        }
        bytes
    }

    /// A file, and the score to take of it.
    fn file(&mut self) -> (&'static str, Vec<u8>, Option<&'static str>) {
        let is_json = self.one_in(3);
        let text = if is_json { self.json() } else { self.csv() };
        let name = match self.below(4) {
            0 => "scores.txt",
            _ if is_json => "x.json",
            _ => "x.csv",
        };
        let bytes = match self.one_in(2) {
            true => self.damage(text.into_bytes()),
            false => text.into_bytes(),
        };
        let score = match self.below(8) {
            0 => Some("final"),
            1 => Some("Return"),
            _ => None,
        };
        (name, bytes, score)
    }
}

/// That a message names the file, stands on one line and says something.
fn check_message(name: &str, message: &str) {
    let rest = message
        .strip_prefix(name)
        .unwrap_or_else(|| panic!("no place: {message}"));
    let has_place = [", line ", ":", ": "]
        .iter()
        .any(|start| rest.starts_with(start));
    assert!(has_place && rest.len() > 15, "no place: {message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    assert!(message.chars().count() < 1500, "{message}");
    for word in ["f64", "usize", "untagged"] {
        assert!(!message.contains(word), "{message}");
    }
}

/// That every number is one.
fn check_results(scores: &Scores) -> Results {
    let settings = Settings {
        bootstrap: Stratified {
            repetitions: 500,
            ..Stratified::new(0)
        },
        ..Settings::default()
    };
    let results = assess(&scores.table, &settings);
    // NaN and infinity are written as null, which a number refuses; where null is
    // allowed, they would not read back as they were.
    let text = serde_json::to_string(&results).unwrap();
    let read: Results = serde_json::from_str(&text).unwrap();
    assert_eq!(read, results);
    for pair in &results.comparisons {
        for judgement in pair
            .tasks
            .iter()
            .map(|t| &t.judgement)
            .chain([&pair.judgement])
        {
            let ends = judgement.interval;
            assert!(ends.is_none_or(|ends| ends.low <= ends.high));
            assert!(!judgement.words.is_empty() && judgement.comparisons > 0);
        }
    }
    results
}

struct Sizes {
    read: usize,
    assessed: usize,
    drawn: usize,
    run: usize,
}

fn fuzz(seed: u64, sizes: &Sizes) {
    let rng = Streams::new(seed, "score fuzz").stream(Purpose::Bootstrap, 0);
    let mut generator = Generator(rng);
    let folder = tempfile::tempdir().unwrap();
    let (mut accepted, mut run) = (0, 0);
    for case in 0..sizes.read {
        let (name, bytes, score) = generator.file();
        let whole = AssertUnwindSafe(|| match parse(&bytes, name, score) {
            Err(error) => check_message(name, &error.to_string()),
            Ok(scores) => {
                accepted += 1;
                if accepted <= sizes.assessed {
                    let results = check_results(&scores);
                    if accepted <= sizes.drawn {
                        draw_scores(
                            &results,
                            name,
                            &folder.path().join("figures"),
                            Extent::Usual,
                        )
                        .unwrap();
                    }
                }
            }
        });
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            catch_unwind(whole).is_ok(),
            "case {case}, {name}:\n{}",
            shown()
        );
        if case % (sizes.read / sizes.run) == 0 {
            run += 1;
            check_program(folder.path(), name, &bytes, score);
        }
    }
    println!(
        "{accepted} of {} files read, {run} given to the program",
        sizes.read
    );
    assert!(accepted >= sizes.assessed, "{accepted} files are too few");
    assert!(
        sizes.read - accepted >= sizes.read / 4,
        "too few were refused"
    );
}

fn check_program(folder: &Path, name: &str, bytes: &[u8], score: Option<&str>) {
    fs::write(folder.join(name), bytes).unwrap();
    let mut command = Command::cargo_bin("trpo-lab").unwrap();
    command
        .current_dir(folder)
        .args(["score", name, "--repetitions", "100"]);
    command.args(score.iter().flat_map(|score| ["--score", score]));
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    let shown = String::from_utf8_lossy(bytes);
    assert!(
        code.is_some_and(|code| code <= 2),
        "{code:?} {errors} for\n{shown}"
    );
    assert!(!errors.contains("panicked"), "{errors}");
    assert_eq!(code == Some(0), errors.is_empty(), "{errors}");
}

#[test]
fn odd_files_are_refused_with_their_place_or_give_numbers() {
    let sizes = Sizes {
        read: 5_000,
        assessed: 50,
        drawn: 5,
        run: 10,
    };
    fuzz(0, &sizes);
}

/// The same at length: about a minute.
#[test]
#[ignore = "takes a minute; `cargo test --release --test score_fuzz -- --ignored`"]
fn many_odd_files_are_refused_with_their_place_or_give_numbers() {
    let sizes = Sizes {
        read: 200_000,
        assessed: 2_000,
        drawn: 60,
        run: 40,
    };
    fuzz(1, &sizes);
}
