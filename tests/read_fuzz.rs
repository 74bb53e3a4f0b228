//! What is read from files is refused with a message, or gives a value that is the same
//! after it was written and read again: for random bytes, and for real files with damage.
//! Longer, and with AddressSanitizer: tests/fuzz. Files of scores have `score_fuzz`,
//! policies `policies/files`.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use trpo_lab::algo::{AlgorithmConfig, ppo::Ppo, trpo::Trpo};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::check::check_text;
use trpo_lab::env::gym::frame::{Incoming, Outgoing, read};
use trpo_lab::experiment::checkpoint::{content, encode};
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::experiment::frame;
use trpo_lab::experiment::ledger::{Ledger, Usage};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::purpose::Purpose;
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;
use trpo_lab::train::Trainer;
use trpo_lab::words;

static LAB: LazyLock<Lab> = LazyLock::new(Lab::standard);

/// Numbers and signs that somebody, or an accident, puts in the place of others.
const PUT: [&str; 24] = [
    "0",
    "-1",
    "-0.0",
    "1e400",
    "-1e308",
    "1e-320",
    "18446744073709551615",
    "1e9",
    "nan",
    "-inf",
    "null",
    "true",
    "[]",
    "{}",
    "[[",
    "\"\"",
    "\"x\"",
    "\\u0000",
    "\u{fe0f}é",
    "=",
    ",",
    "\n",
    "\r",
    "# ",
];

/// One damage: where, how much, and of which kind.
type Damage = (Index, usize, usize);

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let kinds = 0..PUT.len() + 4;
    prop::collection::vec((any::<Index>(), 0usize..12, kinds), 1..4)
}

fn damaged(file: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for (place, length, kind) in damages {
        let place = place.index(bytes.len() + 1);
        let end = (place + length).min(bytes.len());
        match kind.checked_sub(PUT.len()) {
            None => drop(bytes.splice(place..end, PUT[*kind].bytes())),
            Some(0) => drop(bytes.drain(place..end)),
            Some(1) => {
                let again = bytes[place..end].to_vec();
                bytes.splice(place..place, again);
            }
            Some(2) => bytes.truncate(place),
            // A value is replaced whole.
            Some(_) => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+".contains(byte);
                let rest = bytes[place..].iter().position(|byte| !is_part(byte));
                let end = place + rest.unwrap_or(0);
                bytes.splice(place..end, PUT[length * 2 % PUT.len()].bytes());
            }
        }
    }
    bytes
}

/// One of `files` with damage, or at times bytes of any kind.
fn inputs(files: &'static [Vec<u8>]) -> impl Strategy<Value = Vec<u8>> {
    let damaged = (any::<Index>(), damages())
        .prop_map(|(file, damages)| self::damaged(file.get::<Vec<u8>>(files), &damages));
    prop_oneof![
        7 => damaged,
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

/// That a refusal says something, and not in words of this program. What stands between
/// backticks is of the file.
fn check_message(message: &str) {
    assert!(message.len() > 8, "{message:?}");
    let own = message.split('`').step_by(2);
    let mut words = own.flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
    let of_rust = words.find(|word| ["f64", "usize", "untagged"].contains(word));
    assert_eq!(of_rust, None, "{message}");
}

/// A value of JSON is refused in words, or is the same after it was written and read.
fn json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    match serde_json::from_slice::<T>(bytes) {
        Err(problem) => {
            check_message(&words::of_json(&problem));
            None
        }
        Ok(value) => {
            let written = serde_json::to_vec(&value).unwrap();
            let again: T = serde_json::from_slice(&written).unwrap();
            assert_eq!(again, value);
            Some(value)
        }
    }
}

fn record(bytes: &[u8]) {
    if let Some(record) = json::<RunRecord>(bytes) {
        let updates = record.curve.len();
        assert_eq!(record.chain().len(), updates.div_ceil(10));
        assert_eq!(record.compute_digest().len(), 64);
    }
}

fn manifest(bytes: &[u8]) {
    if let Some(manifest) = json::<Manifest>(bytes) {
        assert_eq!(manifest.agreement(&manifest.runs).1, manifest.runs.len());
        assert!(manifest.without_runs().count() <= manifest.cells.len());
        assert!(manifest.fewest_runs() <= manifest.runs.len());
    }
}

/// The text, if it is one and starts no process.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains("gym:")).then_some(text)
}

fn experiment(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let path = Path::new("experiments/fuzz.toml");
    match Experiment::parse(&LAB, path, "fuzz", text, &Overrides::default()) {
        Err(problem) => check_message(problem.message()),
        Ok(experiment) => {
            let manifest = Manifest::new(&experiment.plan, String::new(), Vec::new());
            let written = serde_json::to_vec(&manifest).unwrap();
            let again: Manifest = serde_json::from_slice(&written).unwrap();
            assert_eq!(again, manifest);
        }
    }
}

fn ledger(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let path = Path::new("experiments/seeds.toml");
    let ledger = match Ledger::parse(path, text) {
        Ok(ledger) => ledger,
        Err(problem) => return check_message(problem.message()),
    };
    let tasks = ["CartPole-v1".to_owned(), "Pendulum-v1".to_owned()];
    let free: Vec<u64> = ledger.free(&tasks, 3).collect();
    let usage = Usage {
        experiment: "classic",
        purpose: Purpose::Report,
        tasks: &tasks,
        seeds: &free,
    };
    ledger.check(&usage).unwrap();
    let entered = match ledger.with(&usage, "c", "2026-01-01") {
        Ok(entered) => entered,
        Err(problem) => return check_message(problem.message()),
    };
    assert!(Ledger::parse(path, &entered).unwrap().holds(&usage));
}

fn trajectories(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match check_text(text, &|id| LAB.find_task(id)) {
        Ok(report) => assert!(report.steps > 0),
        Err(problem) => check_message(&problem.to_string()),
    }
}

/// Goes on to the end of the run where it is one.
fn checkpoint(bytes: &[u8]) {
    let checkpoint = match content(bytes) {
        Ok((_, checkpoint)) => checkpoint,
        Err(problem) => return check_message(&words::of_message(&problem.to_string())),
    };
    if !checkpoint.is_of(&checkpointed(), 0) {
        return;
    }
    match Trainer::resume(&LAB, checkpoint) {
        Ok(mut trainer) => {
            assert!(trainer.run(&mut ()).is_continue());
            let record = trainer.into_record(&mut ());
            assert_eq!(record.digest, record.compute_digest());
        }
        Err(problem) => check_message(&problem.to_string()),
    }
}

fn checkpointed() -> RunConfig {
    RunConfig {
        common: CommonSettings {
            steps: 64,
            batch: 32,
            copies: 2,
            hidden: vec![2],
            evaluation_episodes: 1,
            ..CommonSettings::default()
        },
        ..RunConfig::new(
            "CartPole-v1",
            AlgorithmConfig::new::<Ppo>(Default::default()),
        )
    }
}

/// What stands in its frame, past whose digest nothing else would come.
static CHECKPOINTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let trainer = Trainer::new(&LAB, &checkpointed(), 0).unwrap();
    let bytes = encode(&trainer).unwrap();
    vec![frame::payload(&bytes).unwrap().to_vec()]
});

/// Frames in a row until one is none; each, written again, is what was read.
fn frames(bytes: &[u8]) {
    let (mut from, mut payload) = (bytes, Vec::new());
    loop {
        let before = from;
        let kind = match read(&mut from, &mut payload) {
            Ok(kind) => kind,
            Err(problem) => return check_message(&problem.to_string()),
        };
        let mut written = Vec::new();
        let mut outgoing = Outgoing::default();
        let frame = outgoing.begin(kind).bytes(&payload);
        frame.write(&mut written).unwrap();
        assert_eq!(written, before[..before.len() - from.len()]);
        let mut incoming = Incoming::new(&payload);
        let count = incoming.number().unwrap_or(0) as usize;
        let left = incoming.left();
        match incoming.reals(count) {
            Some(reals) => assert_eq!(reals.count() * 8 + incoming.left(), left),
            None => assert!(left / 8 < count),
        }
    }
}

fn folder(folder: &str, keep: impl Fn(&str, &str) -> bool) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        let text = fs::read_to_string(path).ok()?;
        keep(&name, &text).then_some(text.into_bytes())
    };
    paths.iter().filter_map(read).collect()
}

static EXPERIMENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    folder("experiments", |name, text| {
        name.ends_with(".toml") && text.contains("headline") && !text.contains("gym:")
    })
});

static LEDGERS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let whole = fs::read_to_string("experiments/seeds.toml").unwrap();
    let few: Vec<&str> = whole.split_inclusive("\n\n").take(4).collect();
    let few = few.concat().into_bytes();
    vec![few, whole.into_bytes(), Vec::new(), b"used = []".to_vec()]
});

/// Two small runs, one that acts by index and one by numbers.
static RECORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let run = |task: &str, algorithm| {
        let config = RunConfig {
            common: CommonSettings {
                steps: 96,
                batch: 32,
                hidden: vec![2],
                evaluation_episodes: 1,
                ..CommonSettings::default()
            },
            ..RunConfig::new(task, algorithm)
        };
        serde_json::to_vec(&trpo_lab::train::train(&config, 0)).unwrap()
    };
    vec![
        run(
            "CartPole-v1",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        ),
        run(
            "Pendulum-v1",
            AlgorithmConfig::new::<Ppo>(Default::default()),
        ),
    ]
});

/// Manifests with their first two cells.
static MANIFESTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let names = ["classic", "lunarlander", "robust", "vine-noise"];
    let cut = |name: &str| {
        let text = fs::read(format!("results/{name}/manifest.json")).unwrap();
        let mut manifest: Manifest = serde_json::from_slice(&text).unwrap();
        manifest.cells.truncate(2);
        manifest.runs.truncate(2);
        serde_json::to_vec(&manifest).unwrap()
    };
    names.map(cut).to_vec()
});

/// The first two episodes of each, with two steps.
static TRAJECTORIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cut = |bytes: Vec<u8>| {
        let mut file: Value = serde_json::from_slice(&bytes).unwrap();
        let episodes = file["episodes"].as_array_mut().unwrap();
        episodes.truncate(2);
        for episode in episodes {
            for key in ["actions", "obs", "rewards", "terminated", "truncated"] {
                episode[key].as_array_mut().unwrap().truncate(2);
            }
        }
        serde_json::to_vec(&file).unwrap()
    };
    let all = folder("tests/golden/env", |name, _| name.ends_with(".json"));
    all.into_iter().map(cut).collect()
});

static FRAMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut pipe = Vec::new();
    for kind in *b"SA" {
        let mut outgoing = Outgoing::default();
        let frame = outgoing
            .begin(kind)
            .number(2)
            .reals(&[0.5, -1.0, f32::NAN, 0.0]);
        frame.bytes(b"{}").write(&mut pipe).unwrap();
    }
    vec![pipe]
});

/// What is not damaged is read.
#[test]
fn the_files_themselves_are_read() {
    for bytes in RECORDS.iter() {
        serde_json::from_slice::<RunRecord>(bytes).unwrap();
    }
    assert!(EXPERIMENTS.len() > 20 && TRAJECTORIES.len() > 5);
    for bytes in CHECKPOINTS.iter() {
        checkpoint(bytes);
        content(bytes).unwrap();
    }
    for text in EXPERIMENTS.iter().chain(LEDGERS.iter()) {
        experiment(text);
    }
    let read = TRAJECTORIES
        .iter()
        .filter(|bytes| check_text(text(bytes).unwrap(), &|id| LAB.find_task(id)).is_ok());
    assert!(read.count() >= 5);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_record_is_refused_or_survives(bytes in inputs(&RECORDS)) {
        record(&bytes);
    }

    #[test]
    fn a_manifest_is_refused_or_survives(bytes in inputs(&MANIFESTS)) {
        manifest(&bytes);
    }

    #[test]
    fn an_experiment_is_refused_or_survives(bytes in inputs(&EXPERIMENTS)) {
        experiment(&bytes);
    }

    #[test]
    fn a_ledger_is_refused_or_knows_what_is_entered(bytes in inputs(&LEDGERS)) {
        ledger(&bytes);
    }

    #[test]
    fn trajectories_are_refused_or_replayed(bytes in inputs(&TRAJECTORIES)) {
        trajectories(&bytes);
    }

    #[test]
    fn a_checkpoint_is_refused_or_a_run_goes_on_from_it(bytes in inputs(&CHECKPOINTS)) {
        checkpoint(&bytes);
    }

    #[test]
    fn frames_are_refused_or_survive(bytes in inputs(&FRAMES)) {
        frames(&bytes);
    }
}
