//! What summary, figures and report say of input that is missing, damaged or
//! contradicts itself.

mod support;

use std::fs;

use support::{Experiment, small, summarized};
use trpo_lab::columns::{Curve, Value};
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::{BandRow, summarize};
use trpo_lab::{figures, report};

#[test]
fn records_and_manifest_must_fit() {
    let folder = tempfile::tempdir().unwrap();
    let error = |change: fn(&mut Experiment)| {
        let mut made = small();
        change(&mut made);
        summarize(
            &made.0,
            &made.1,
            folder.path(),
            Extent::Usual,
            &figures::columns(),
        )
        .unwrap_err()
        .to_string()
    };
    for (change, expected) in [
        (
            (|made| drop(made.0.remove(4))) as fn(&mut Experiment),
            "run CartPole-v1, ppo, seed 1: is in the manifest but has no record",
        ),
        (
            |made| drop(made.1.runs.remove(4)),
            "run CartPole-v1, ppo, seed 1: has a record but is not in the manifest",
        ),
        (
            |made| made.0.push(made.0[0].clone()),
            "run CartPole-v1, trpo, seed 0: has two records",
        ),
        (
            |made| made.0[0].1.digest.clear(),
            "run CartPole-v1, trpo, seed 0: its record and the manifest have other digests",
        ),
        (
            |made| made.1.cells[0].config.common.gamma = 0.5,
            "run CartPole-v1, trpo, seed 0: its record and the manifest have other settings",
        ),
        (
            |made| {
                let curve = &mut made.0[1].1.curve;
                *curve = Curve::default();
                curve.push(&[("step", 1.0.into()), ("kl_mean", Value::Word("big"))]);
            },
            "run CartPole-v1, trpo, seed 0: column `kl_mean` holds numbers here and words elsewhere",
        ),
        (
            |made| {
                let curve = &mut made.0[1].1.curve;
                *curve = Curve::default();
                curve.push(&[("kl_mean", 1.0.into())]);
            },
            "run CartPole-v1, trpo, seed 1: column `step` must hold a number for every update",
        ),
    ] {
        let message = error(change);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn damaged_tables_are_named_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    let damage = |file: &str, from: &str, to: &str| {
        let path = dir.join(file);
        let whole = fs::read_to_string(&path).unwrap();
        assert!(whole.contains(from), "{file} holds no {from}");
        fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let message = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
            .unwrap_err()
            .to_string();
        fs::write(&path, whole).unwrap();
        assert!(message.contains(file), "{message}");
        message
    };
    let message = damage("scores.csv", "seed,status", "seed,state");
    assert!(
        message.contains("line 1: the header is `env,variant,seed,state,evaluation"),
        "{message}"
    );
    let message = damage("scores.csv", "CartPole-v1,trpo,1,", "CartPole-v1,trpo,one,");
    assert!(
        message.ends_with("line 3, column `seed`: `one` is not a whole number"),
        "{message}"
    );
    let mean = read_rows::<BandRow>(&dir).unwrap()[0].mean;
    let message = damage("curves_summary.csv", &format!(",{mean:?},"), ",inf,");
    let expected = "line 2, column `mean`: `inf` is not a finite number";
    assert!(message.ends_with(expected), "{message}");
    let message = damage(
        "updates_summary.csv",
        "trpo,0,2048,kl_mean,",
        "trpo,0,2048,",
    );
    assert!(
        message.ends_with("line 2: 11 fields, where the header has 12"),
        "{message}"
    );
    let message = damage(
        "updates_summary.csv",
        "CartPole-v1,trpo",
        "CartPole-v9,trpo",
    );
    assert!(
        message.contains("`trpo` on `CartPole-v9` is not in manifest.json"),
        "{message}"
    );
    let message = damage("cost.csv", ",policy,3,", ",policy,-1,");
    let expected = "line 4, column `n`: `-1` is not a whole number";
    assert!(message.ends_with(expected), "{message}");
    let message = damage("statistics.json", "\"headline\"", "\"deadline\"");
    assert!(
        message.contains("line 4: there is no key `deadline`"),
        "{message}"
    );
    let message = damage("manifest.json", "\"headline\"", "\"deadline\"");
    assert!(
        message.contains("line 4: there is no key `deadline`"),
        "{message}"
    );

    fs::remove_file(dir.join("scores.csv")).unwrap();
    let message = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap_err()
        .to_string();
    assert!(message.contains("scores.csv: No such file"), "{message}");
}

#[test]
fn a_report_needs_experiments_with_whole_figures() {
    let folder = tempfile::tempdir().unwrap();
    let message = report::write(&Lab::standard(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("no experiment with a manifest.json"),
        "{message}"
    );
    let dir = summarized(folder.path(), &small());
    let message = report::write(&Lab::standard(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("captions.json: there is none; `trpo-lab plot"),
        "{message}"
    );
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    fs::write(dir.join("figures/trust_region.svg"), "<svg").unwrap();
    let message = report::write(&Lab::standard(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("trust_region.svg, line 1: not one whole SVG"),
        "{message}"
    );
}
