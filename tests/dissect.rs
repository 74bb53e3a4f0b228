//! `trpo-lab dissect`: a step that is made again is the recorded one, bit for bit,
//! and a run that is not the listed one is refused.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{errors, folder, output, records, trpo_lab};
use tempfile::TempDir;
use trpo_lab::dissect::{Candidate, Dissection, Interpolation, Refusal};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::stated::Stated;
use trpo_lab::record::RunRecord;

/// Thirteen updates: more than one interval of digests, the last one cut short.
/// `wide` refuses full steps, `raw` is in units of the reward, with a radius that
/// falls and a Fisher matrix on a part of the rows.
const TEXT: &str = r#"
title = "One step"
headline = "evaluation"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "3..5"
purpose = "check"

[settings]
steps = 3328
batch = 256
copies = 4
hidden = [16]
evaluation_episodes = 2

[variant.trpo]
algorithm = "trpo"

[variant.wide]
algorithm = "trpo"
trpo.delta = 0.2
trpo.damping = 0.001

[variant.raw]
algorithm = "trpo"
trpo.normalize_advantages = false
trpo.anneal = true
trpo.fisher_subsample = 3

[variant.npg]
algorithm = "npg"

[variant.ppo]
algorithm = "ppo"

[variant.vpg]
algorithm = "vpg"
"#;

const NAME: &str = program::NAME;

/// A folder in which the experiment has been run.
fn made() -> TempDir {
    let folder = folder(TEXT);
    trpo_lab(&folder, &["run", "determinism.toml", "--out", "results"])
        .assert()
        .success();
    folder
}

fn dir(folder: &TempDir) -> PathBuf {
    folder.path().join("results").join(NAME)
}

/// The program on an update.
fn dissect(folder: &TempDir, [task, variant, seed, update]: [&str; 4]) -> assert_cmd::Command {
    let mut command = trpo_lab(folder, &["dissect", NAME, "--task", task]);
    command.args(["--variant", variant, "--seed", seed, "--update", update]);
    command
}

fn dissection(folder: &TempDir, of: [&str; 4]) -> Dissection {
    dissect(folder, of).assert().success();
    let [task, variant, seed, update] = of;
    let name = format!("dissect/{task}-{variant}-{seed}-{update}.json");
    Dissection::read(&dir(folder).join(name)).unwrap()
}

/// A number that the record of a run holds of an update, counted from 0.
fn recorded(record: &RunRecord, column: &str, update: usize) -> Option<f64> {
    record.curve.numbers(column).unwrap()[update]
}

#[test]
fn the_accepted_candidate_is_the_recorded_one_bit_for_bit() {
    let folder = made();
    let records = records(&folder);
    let (mut shortened, mut refused) = (0, 0);
    for (task, variant) in [
        ("CartPole-v1", "trpo"),
        ("CartPole-v1", "wide"),
        ("Pendulum-v1", "wide"),
        ("Pendulum-v1", "raw"),
        ("CartPole-v1", "npg"),
    ] {
        let record = &records[&format!("{task}/{variant}/seed-4.json")];
        // The first, one at the end of an interval, and the last.
        for update in [1, 10, 13] {
            let row = update - 1;
            let found = dissection(&folder, [task, variant, "4", &update.to_string()]);
            let what = format!("{task} {variant} {update}");
            assert_eq!(
                recorded(record, "step", row),
                Some(found.steps as f64),
                "{what}"
            );
            assert_eq!(recorded(record, "beta", row), Some(found.beta), "{what}");
            assert_eq!(recorded(record, "x_f_x", row), Some(found.x_f_x), "{what}");
            let residual = found.conjugate_gradient.residuals.last().copied();
            assert_eq!(recorded(record, "cg_residual", row), residual, "{what}");
            let Some(taken) = found.accepted() else {
                refused += 1;
                let outcomes = record.curve.words("outcome").unwrap();
                assert_eq!(outcomes[row], "line_search_failed", "{what}");
                assert!(
                    found.candidates.iter().all(|one| one.refused.is_some()),
                    "{what}"
                );
                continue;
            };
            for (column, value) in [
                ("kl_mean", taken.kl_mean),
                ("kl_max", taken.kl_max),
                ("improvement", taken.reported_improvement),
            ] {
                assert_eq!(recorded(record, column, row), value, "{what}: {column}");
            }
            if variant != "npg" {
                assert_eq!(
                    recorded(record, "accepted", row),
                    Some(taken.j as f64),
                    "{what}"
                );
            }
            if variant != "raw" {
                assert_eq!(taken.improvement, taken.reported_improvement, "{what}");
                assert_eq!(recorded(record, "expected_improvement", row), taken.linear);
            }
            shortened += usize::from(taken.j > 0);
            let before = &found.candidates[..taken.j];
            let too_far = |one: &Candidate| {
                one.refused != Some(Refusal::KlAboveDelta) || one.kl_mean > Some(found.delta)
            };
            assert!(before.iter().all(too_far), "{what}");
            assert!(
                before.iter().all(|one| one.tried && one.refused.is_some()),
                "{what}"
            );
            // It stands on the line with the same numbers, and has a return.
            let on_line = found.line.iter().find(|point| point.share == taken.share);
            assert_eq!(on_line.map(|point| point.kl_mean), taken.kl_mean, "{what}");
            let mut returns = found.returns.points.iter();
            assert!(returns.any(|point| point.share == taken.share), "{what}");
        }
    }
    assert!(
        shortened > 0,
        "no step was shortened: the test sees too little"
    );
    assert!(refused < 15, "no step was made");
    // A radius that falls is that of the update.
    let falling = dissection(&folder, ["Pendulum-v1", "raw", "4", "13"]);
    let record = &records["Pendulum-v1/raw/seed-4.json"];
    assert_eq!(recorded(record, "trust_radius", 12), Some(falling.delta));
    assert_eq!(falling.surrogate_unit, "discounted reward");
}

#[test]
fn a_line_begins_where_the_policy_was_and_its_models_are_those_of_small_steps() {
    let folder = made();
    for task in ["CartPole-v1", "Pendulum-v1"] {
        let found = dissection(&folder, [task, "trpo", "3", "2"]);
        let here = &found.line[0];
        let at_zero = [
            here.share,
            here.improvement,
            here.linear,
            here.kl_mean,
            here.kl_max,
        ];
        assert_eq!(at_zero, [0.0; 5]);
        assert!(found.line.is_sorted_by(|a, b| a.share < b.share));
        assert_eq!(found.line.last().map(|point| point.share), Some(1.5));
        for point in &found.line {
            let damped = point.share * point.share * found.delta;
            assert!((point.kl_model_damped / damped - 1.0).abs() < 1e-9 || damped == 0.0);
            assert!(point.kl_model <= point.kl_model_damped);
        }
        // Differences of numbers of single precision: neither too small nor too large.
        let small = found.line.iter().find(|point| point.share == 0.05).unwrap();
        let of_model = |value: f64, model: f64| (value / model - 1.0).abs();
        let [kl, rise] = [
            of_model(small.kl_mean, small.kl_model),
            of_model(small.improvement, small.linear),
        ];
        assert!(kl < 0.1 && rise < 0.1, "{task}: {kl} {rise}");
        let ritz = &found.conjugate_gradient.ritz_values;
        assert_eq!(ritz.len() + 1, found.conjugate_gradient.residuals.len());
        // F is positive semidefinite.
        assert!(ritz[0] > 0.99 * found.damping, "{ritz:?}");
        let returns = &found.returns;
        assert_eq!((returns.episodes, returns.acting.as_str()), (20, "mode"));
        let [first, ..] = returns.points.as_slice() else {
            panic!()
        };
        assert_eq!((first.share, first.difference), (0.0, 0.0));
        assert!(returns.points.iter().all(|point| point.returns.len() == 20));
    }
}

/// The line begins at the old policy and goes through the recorded one; between, the
/// three surrogates are what their names say.
#[test]
fn a_step_of_ppo_is_interpolated() {
    let folder = made();
    let records = records(&folder);
    let mut clipped = 0;
    for task in ["CartPole-v1", "Pendulum-v1"] {
        for update in [1, 12] {
            let of = [task, "ppo", "4", &update.to_string()];
            dissect(&folder, of).assert().success();
            let name = format!("interpolate/{task}-ppo-4-{update}.json");
            let found = Interpolation::read(&dir(&folder).join(name)).unwrap();
            let record = &records[&format!("{task}/ppo/seed-4.json")];
            let recorded = |column| recorded(record, column, update - 1).unwrap();
            let [here, taken] = [0.0, 1.0].map(|factor| {
                let mut line = found.line.iter();
                line.find(|point| point.factor == factor).unwrap()
            });
            assert_eq!(here.kl_mean, 0.0);
            assert_eq!(taken.kl_mean, recorded("kl_mean"));
            assert_eq!(
                taken.surrogate - here.surrogate,
                recorded("improvement"),
                "{task} {update}"
            );
            let near = |a: f64, b: f64| (a - b).abs() < 1e-5;
            assert!(near(here.clipped, here.surrogate) && near(here.minimum, here.surrogate));
            for point in &found.line {
                let least = point.surrogate.min(point.clipped);
                assert!(point.minimum <= least + 1e-5, "{point:?}");
            }
            let last = found.line.last().unwrap();
            assert_eq!(last.factor, 2.5);
            assert!(last.kl_mean > taken.kl_mean, "{task} {update}");
            clipped += usize::from(last.minimum < last.surrogate - 1e-3);
            assert_eq!((found.term.len(), found.clip), (41, 0.2));
        }
    }
    assert!(clipped > 0, "nothing is clipped: the test sees too little");
}

/// The same to the last byte, whatever kernel; and nothing else is touched.
#[test]
fn a_dissection_is_a_function_of_the_run() {
    let folder = made();
    let of = ["Pendulum-v1", "trpo", "3", "4"];
    let before = program::files(folder.path());
    dissect(&folder, of).assert().success();
    let mut once = program::files(folder.path());
    dissect(&folder, of)
        .env("TRPO_LAB_KERNEL", "portable")
        .assert()
        .success();
    assert_eq!(once, program::files(folder.path()));
    let name = format!("results/{NAME}/dissect/Pendulum-v1-trpo-3-4.json");
    assert!(once.remove(&name).is_some());
    assert_eq!(once, before);
}

/// Changes the manifest.
fn alter(folder: &TempDir, change: impl Fn(&mut Manifest)) {
    let path = dir(folder).join("manifest.json");
    let mut manifest: Manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn a_run_that_is_not_the_listed_one_is_refused() {
    let folder = made();
    let of = |update| ["CartPole-v1", "trpo", "3", update];
    // The digest of the second interval: it covers the updates up to the last.
    alter(&folder, |manifest| {
        manifest.runs[0].chain[1] = "0".to_owned()
    });
    dissect(&folder, of("10")).assert().success();
    let message = errors(&dissect(&folder, of("11")).assert().code(1));
    assert!(
        message.contains("not the run that the manifest lists"),
        "{message}"
    );
    assert!(message.contains("from update 11 on"), "{message}");
    // Another configuration gives another run.
    alter(&folder, |manifest| {
        manifest.cells[0].config.common.gamma = 0.9
    });
    dissect(&folder, of("2")).assert().code(1);
    let files = fs::read_dir(dir(&folder).join("dissect")).unwrap().count();
    assert_eq!(files, 1);
}

#[test]
fn what_there_is_not_is_answered_with_what_there_is() {
    let folder = made();
    let refused = |of: [&str; 4], part: &str| {
        let message = errors(&dissect(&folder, of).assert().code(2));
        assert!(message.contains(part), "no `{part}` in {message}");
    };
    let cases = [
        (
            ["CartPole-v0", "trpo", "3", "1"],
            "it has CartPole-v1 and Pendulum-v1",
        ),
        (
            ["CartPole-v1", "trop", "3", "1"],
            "(did you mean `trpo`?); it has trpo, wide",
        ),
        (
            ["CartPole-v1", "trpo", "7", "1"],
            "it has the seeds 3 and 4",
        ),
        (
            ["CartPole-v1", "vpg", "3", "1"],
            "dissected are steps of trpo, npg and ppo",
        ),
        (["CartPole-v1", "trpo", "3", "14"], "have 13 updates"),
        (["CartPole-v1", "trpo", "3", "0"], "counted from 1"),
    ];
    for (of, part) in cases {
        refused(of, part);
    }
    assert!(!dir(&folder).join("dissect").exists());
    fs::remove_file(dir(&folder).join("manifest.json")).unwrap();
    refused(
        ["CartPole-v1", "trpo", "3", "1"],
        "manifest.json: there is none",
    );
}

/// A run that ended in a divergence has fewer updates than its configuration says.
#[test]
fn an_update_after_a_divergence_is_not_there() {
    // One step an update: the first makes the critic huge, the next overflows.
    let critic = "critic = { learning_rate = 1e30, epochs = 1, minibatch = 256 }";
    let npg = "algorithm = \"npg\"";
    let folder = folder(&TEXT.replace(npg, &format!("{npg}\n{critic}")));
    trpo_lab(&folder, &["run", "determinism.toml", "--out", "results"])
        .assert()
        .success();
    let records = records(&folder);
    let record = &records["Pendulum-v1/npg/seed-3.json"];
    assert_eq!(record.status.name(), "diverged");
    assert_eq!(record.curve.len(), 1);
    for update in ["2", "3", "13"] {
        let of = ["Pendulum-v1", "npg", "3", update];
        let message = errors(&dissect(&folder, of).assert().code(2));
        let part = "ended after 1 update (diverged)";
        assert!(message.contains(part), "{message}");
    }
    dissection(&folder, ["Pendulum-v1", "npg", "3", "1"]);
}

const ASKED: &str =
    "\n[[dissect]]\ntask = \"CartPole-v1\"\nvariant = \"trpo\"\nseed = 4\nupdate = 3\n";

/// An experiment file that asks for an update; what is printed on standard output.
fn reproduced(folder: &TempDir) -> String {
    let command = ["reproduce", "determinism.toml", "--out", "results"];
    output(&trpo_lab(folder, &command).assert().success())
}

fn manifest_digest(dir: &Path) -> String {
    let text = fs::read(dir.join("manifest.json")).unwrap();
    serde_json::from_slice::<Manifest>(&text).unwrap().digest()
}

#[test]
fn what_an_experiment_file_asks_for_is_made_once_and_changes_nothing_else() {
    let folder = folder(TEXT);
    reproduced(&folder);
    let dir = dir(&folder);
    let before = (manifest_digest(&dir), Stated::read(&dir).unwrap());
    let path = folder.path().join("determinism.toml");
    fs::write(&path, format!("{TEXT}{ASKED}")).unwrap();
    let file = dir.join("dissect/CartPole-v1-trpo-4-3.json");
    assert!(reproduced(&folder).contains("CartPole-v1-trpo-4-3.json"));
    let made = fs::read(&file).unwrap();
    assert!(reproduced(&folder).contains("is dissected already"));
    assert_eq!(before, (manifest_digest(&dir), Stated::read(&dir).unwrap()));
    // One of another run is made again, one that is damaged too.
    let other = String::from_utf8(made.clone())
        .unwrap()
        .replacen("\"run\": \"", "\"run\": \"0", 1);
    for text in [other.as_str(), "{"] {
        fs::write(&file, text).unwrap();
        assert!(!reproduced(&folder).contains("is dissected already"));
        assert_eq!(fs::read(&file).unwrap(), made);
    }
}

#[test]
fn what_an_experiment_file_asks_for_must_be_there() {
    let folder = folder(TEXT);
    let refused = |from: &str, to: &str, part: &str| {
        let text = format!("{TEXT}{}", ASKED.replacen(from, to, 1));
        fs::write(folder.path().join("determinism.toml"), text).unwrap();
        let assert = trpo_lab(&folder, &["run", "determinism.toml", "--dry-run"]).assert();
        let message = errors(&assert.code(2));
        // The file and the line.
        assert!(message.contains("determinism.toml:"), "{message}");
        assert!(message.contains(part), "no `{part}` in {message}");
    };
    refused(
        "CartPole-v1",
        "CartPole-v0",
        "`CartPole-v0` is not one of the tasks",
    );
    refused(
        "\"trpo\"",
        "\"vpg\"",
        "dissected are steps of trpo, npg and ppo",
    );
    refused("\"trpo\"", "\"trop\"", "there is no variant `trop`");
    refused("seed = 4", "seed = 5", "5 is not one of the seeds");
    refused("update = 3", "update = 14", "has 13 updates");
    refused("update = 3", "update = 0", "counted from 1");
    refused("update = 3", "updates = 3", "`updates`");
    refused(
        "update = 3\n",
        &format!("update = 3\n{ASKED}"),
        "stands twice",
    );
    // Fewer steps on the command line are no fault of the file.
    let text = format!("{TEXT}{ASKED}");
    fs::write(folder.path().join("determinism.toml"), text).unwrap();
    let command = ["run", "determinism.toml", "--dry-run", "--steps", "256"];
    trpo_lab(&folder, &command).assert().success();
}
