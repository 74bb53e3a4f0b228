//! Results of an incomplete experiment: nothing makes tables of them unasked, and
//! every early look is counted and makes verdicts stricter.

#[path = "support/program.rs"]
#[cfg(unix)]
mod program;
#[path = "support/stored.rs"]
mod stored;
mod support;

use std::fs;
use std::path::Path;

use stored::{printed, refused, stored, trpo_lab};
use support::synthetic::experiment;
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::stated::Stated;
use trpo_lab::experiment::store::Store;
use trpo_lab::summary::Statistics;

const TASKS: [&str; 2] = ["CartPole-v1", "Acrobot-v1"];
const VARIANTS: [&str; 3] = ["trpo", "ppo", "vpg"];

/// Three variants on two tasks with eight seeds, of which the manifest lists those
/// below `seeds`.
fn partly_made(folder: &Path, seeds: u64) -> (Store, Manifest) {
    let (records, manifest) = experiment(&TASKS, &VARIANTS, 8, 20_000);
    let whole = manifest.clone();
    let store = stored(folder, &(records, manifest));
    let mut listed = whole.clone();
    listed.runs.retain(|run| run.seed < seeds);
    for run in whole.runs.iter().filter(|run| run.seed >= seeds) {
        let path = store.record_path(&run.env, &run.variant, run.seed);
        fs::rename(&path, path.with_extension("later")).unwrap();
    }
    write(&store, &listed);
    (store, whole)
}

fn write(store: &Store, manifest: &Manifest) {
    let text = serde_json::to_string(manifest).unwrap();
    fs::write(store.manifest_path(), text).unwrap();
}

/// The rest of the runs, with the manifest that a run leaves.
fn complete(store: &Store, whole: &Manifest) {
    for run in &whole.runs {
        let path = store.record_path(&run.env, &run.variant, run.seed);
        let later = path.with_extension("later");
        if later.exists() {
            fs::rename(later, path).unwrap();
        }
    }
    write(store, whole);
}

/// For how many answers the intervals on tasks hold.
fn answers(store: &Store) -> usize {
    let found = Statistics::read(store.directory()).unwrap();
    let pair = &found.headline().unwrap().comparisons[0];
    pair.tasks[0].judgement.comparisons
}

fn looks(store: &Store) -> usize {
    Stated::read(store.directory()).unwrap().looks
}

#[test]
fn every_early_look_makes_verdicts_stricter() {
    let folder = tempfile::tempdir().unwrap();
    let (store, whole) = partly_made(folder.path(), 6);
    let message = refused(folder.path(), &["summarize", "classic"], 1);
    for part in [
        "results/classic: 36 of 48 runs are made",
        "`trpo-lab run classic` makes the others",
        "`trpo-lab summarize classic --peek` makes tables of these",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(looks(&store), 0);

    // Two declared pairs on two tasks.
    let peek = ["summarize", "classic", "--peek"];
    for (number, asked) in [(1, 4), (2, 8)] {
        let said = printed(folder.path(), &peek);
        let expected = format!("36 of 48 runs are made; look {number} before they are complete");
        assert!(said.contains(&expected), "{said}");
        assert_eq!((looks(&store), answers(&store)), (number, asked));
    }
    let compared = printed(folder.path(), &["compare", "trpo", "ppo"]);
    for part in [
        "only 36 of 48 runs are made",
        "counted in these answers: 2 looks before all runs were made",
        "95% for 4 answers together",
    ] {
        assert!(compared.contains(part), "{compared}");
    }
    printed(folder.path(), &["plot", "classic"]);
    printed(folder.path(), &["report"]);
    let report = fs::read_to_string(folder.path().join("results/REPORT.md")).unwrap();
    let early = "An early look: 36 of 48 runs are made. The results were looked at 2 times so \
                 far. Intervals of verdicts hold for 2 times as many answers for that.";
    assert_eq!(report.matches(early).count(), 2, "{report}");
    assert!(report.contains("With 6 runs it is 95% certain"), "{report}");

    // The look at all of them is the third.
    complete(&store, &whole);
    let said = printed(folder.path(), &["summarize", "classic"]);
    assert!(!said.contains("look"), "{said}");
    assert_eq!((looks(&store), answers(&store)), (2, 12));
    printed(folder.path(), &["plot", "classic"]);
    printed(folder.path(), &["report"]);
    let report = fs::read_to_string(folder.path().join("results/REPORT.md")).unwrap();
    let told = "The results were looked at 2 times before all runs were made. Intervals of \
                verdicts hold for 3 times as many answers for that.";
    assert_eq!(report.matches(told).count(), 2, "{report}");
    let compared = printed(folder.path(), &["compare", "trpo", "ppo"]);
    assert!(
        compared.contains("95% for 6 answers together"),
        "{compared}"
    );
}

#[test]
fn a_look_at_a_complete_experiment_is_not_early() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = partly_made(folder.path(), 8);
    let before = fs::read(store.manifest_path()).unwrap();
    printed(folder.path(), &["summarize", "classic", "--peek"]);
    assert_eq!((looks(&store), answers(&store)), (0, 4));
    assert_eq!(before, fs::read(store.manifest_path()).unwrap());

    // Missing records of runs that were made are no reason to look at the others: what
    // they came to is known.
    let path = store.record_path("CartPole-v1", "ppo", 3);
    fs::remove_file(path).unwrap();
    for arguments in [
        &["summarize", "classic"][..],
        &["summarize", "classic", "--peek"],
    ] {
        let message = refused(folder.path(), arguments, 1);
        assert!(message.contains("seed-3.json: is missing"), "{message}");
        assert!(message.contains("`trpo-lab run classic`"), "{message}");
    }
    assert_eq!(looks(&store), 0);
}

#[test]
fn an_early_look_takes_a_run_of_every_variant() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = partly_made(folder.path(), 1);
    let path = store.record_path("Acrobot-v1", "vpg", 0);
    fs::remove_file(path).unwrap();
    let message = refused(folder.path(), &["summarize", "classic", "--peek"], 1);
    let expected = "no run of vpg on Acrobot-v1 is made yet";
    assert!(message.contains(expected), "{message}");
    assert!(message.contains("`trpo-lab run classic`"), "{message}");
    assert_eq!(looks(&store), 0);

    // What is damaged is said, and is no run.
    let path = store.record_path("Acrobot-v1", "ppo", 0);
    fs::write(&path, "{").unwrap();
    let message = refused(folder.path(), &["summarize", "classic", "--peek"], 1);
    assert!(
        message.contains("ppo/seed-0.json: the file ends"),
        "{message}"
    );
}

/// An interrupted experiment has whole seeds, knows what it lacks, and goes on.
#[cfg(unix)]
#[test]
fn an_interrupted_experiment_has_whole_seeds() {
    use std::collections::BTreeMap;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};

    const SEEDS: usize = 100;
    let text = program::EXPERIMENT.replace("0..2", &format!("0..{SEEDS}"));
    let folder = program::folder(&text);
    let store = Store::new(&folder.path().join("results"), program::NAME);
    let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(folder.path())
        .args(["run", "determinism.toml", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let waited_for = store.record_path("Pendulum-v1", "vpg", 5);
    let started = Instant::now();
    while !waited_for.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "no record");
        std::thread::sleep(Duration::from_millis(2));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let mut by_seed: BTreeMap<u64, usize> = BTreeMap::new();
    for record in program::records(&folder).values() {
        *by_seed.entry(record.seed).or_default() += 1;
    }
    let made: usize = by_seed.values().sum();
    let (last, _) = by_seed.pop_last().unwrap();
    assert!(last >= 5 && made < 8 * SEEDS, "{last} {made}");
    assert_eq!(by_seed.len() as u64, last);
    assert!(by_seed.values().all(|&runs| runs == 8), "{by_seed:?}");

    let summarize = ["summarize", program::NAME];
    let message = refused(folder.path(), &summarize, 1);
    let all = 8 * SEEDS;
    let expected = format!("{made} of {all} runs are made");
    assert!(message.contains(&expected), "{message}");
    assert!(!store.manifest_path().exists());
    trpo_lab(folder.path(), &["summarize", program::NAME, "--peek"]).success();
    let listed = store.manifest().unwrap().unwrap().runs.len();
    assert_eq!((listed, looks(&store)), (made, 1));

    let said = printed(folder.path(), &["run", "determinism.toml"]);
    let expected = format!("{} runs made, {made} stood already", all - made);
    assert!(said.contains(&expected), "{said}");
    assert!(!store.planned_path().exists());
    printed(folder.path(), &summarize);
    assert_eq!(looks(&store), 1);
}

/// What was begun with other settings than the file's goes on with them, and is not
/// taken for what the file says.
#[cfg(unix)]
#[test]
fn the_same_command_goes_on_and_another_one_is_refused() {
    let folder = program::folder(program::EXPERIMENT);
    let few = ["run", "determinism.toml", "--seeds", "0"];
    let said = printed(folder.path(), &few);
    assert!(said.contains("8 runs made, 0 stood already"), "{said}");
    let said = printed(folder.path(), &few);
    assert!(said.contains("0 runs made, 8 stood already"), "{said}");
    let message = refused(
        folder.path(),
        &["run", "determinism.toml", "--seeds", "1"],
        2,
    );
    assert!(message.contains("give --out DIR"), "{message}");
}
