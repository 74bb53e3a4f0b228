//! From records to the summary, the figures and the report.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::synthetic::{MUJOCO, TASKS, VARIANTS, evaluated, experiment};
use support::{Experiment, settled, small, summarized};
use trpo_lab::columns::{Curve, Value};
use trpo_lab::lab::Lab;
use trpo_lab::record::{Ending, Episodes, Status};
use trpo_lab::summary::Extent;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::{BandRow, ScoreRow, UpdateRow};
use trpo_lab::{figures, report};

/// The names of the pictures that were drawn.
fn drawn(dir: &Path) -> Vec<String> {
    let paths = figures::draw_all(&Lab::standard(), dir, Extent::Usual)
        .unwrap()
        .paths;
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(name).collect()
}

/// Every file below `dir` with its bytes.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(dir).unwrap().to_owned();
                found.insert(relative, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_same_records_give_the_same_bytes_from_summary_to_report() {
    let made = |reversed: bool| {
        let folder = tempfile::tempdir().unwrap();
        let (mut records, manifest) = small();
        if reversed {
            records.reverse();
        }
        let dir = summarized(folder.path(), &(records, manifest));
        figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
        report::write(&Lab::standard(), folder.path()).unwrap();
        contents(folder.path())
    };
    let (first, second) = (made(false), made(true));
    for (path, bytes) in &first {
        assert!(second[path] == *bytes, "{} differs", path.display());
    }
    let names: Vec<_> = first.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "REPORT.md",
            "classic/cost.csv",
            "classic/curves.csv",
            "classic/curves_summary.csv",
            "classic/figures/captions.json",
            "classic/figures/cost.png",
            "classic/figures/cost.svg",
            "classic/figures/files.json",
            "classic/figures/inside_trpo.png",
            "classic/figures/inside_trpo.svg",
            "classic/figures/learning_curves.png",
            "classic/figures/learning_curves.svg",
            "classic/figures/performance_profiles.png",
            "classic/figures/performance_profiles.svg",
            "classic/figures/probability_of_improvement.png",
            "classic/figures/probability_of_improvement.svg",
            "classic/figures/sample_efficiency.png",
            "classic/figures/sample_efficiency.svg",
            "classic/figures/score_intervals.png",
            "classic/figures/score_intervals.svg",
            "classic/figures/time_to_threshold.png",
            "classic/figures/time_to_threshold.svg",
            "classic/figures/trust_region.png",
            "classic/figures/trust_region.svg",
            "classic/files.json",
            "classic/index.html",
            "classic/manifest.json",
            "classic/scores.csv",
            "classic/settings/files.json",
            "classic/settings/ppo.toml",
            "classic/settings/trpo.toml",
            "classic/statistics.json",
            "classic/steps.json",
            "classic/tables/natural.md",
            "classic/tables/published.md",
            "classic/tables/scores.md",
            "classic/tables/verdicts.md",
            "classic/updates.csv",
            "classic/updates_summary.csv",
            "index.html",
        ]
    );
    let text = |path: &str| String::from_utf8(first[Path::new(path)].clone()).unwrap();
    let page = text("classic/index.html");
    assert_eq!(page.matches("<svg").count(), 9);
    assert!(page.contains("<h3 id=\"scores-final-headline\">Final (headline) <a"));
    assert!(page.contains("href=\"settings/trpo.toml\""));
    assert!(text("classic/settings/trpo.toml").contains("[algorithm.trpo]"));
}

/// The committed file must not grow with the length of runs.
#[test]
fn of_long_runs_every_few_updates_are_summarised() {
    for (updates, shown) in [(100, 100), (101, 51), (489, 98)] {
        let experiment = experiment(&["CartPole-v1"], &["trpo"], 2, 2048 * updates);
        let folder = tempfile::tempdir().unwrap();
        let dir = summarized(folder.path(), &settled(experiment));
        let text = fs::read_to_string(dir.join("updates_summary.csv")).unwrap();
        assert_eq!(
            text.matches(",kl_mean,").count(),
            shown,
            "{updates} updates"
        );
    }
}

/// They are only drawn, and are the larger part of what is committed.
#[test]
fn curves_are_written_to_six_digits() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    for file in ["curves.csv", "curves_summary.csv"] {
        let text = fs::read_to_string(dir.join(file)).unwrap();
        let fields = text.lines().skip(1).flat_map(|l| l.split(',').skip(4));
        for field in fields.filter(|field| !field.is_empty()) {
            let number: f64 = field.parse().unwrap();
            let short: f64 = format!("{number:.5e}").parse().unwrap();
            assert_eq!(number, short, "{file}");
        }
    }
}

/// The curve is that of the evaluations, not of the episodes of the training.
#[test]
fn runs_that_were_evaluated_while_they_trained_have_that_curve() {
    let folder = tempfile::tempdir().unwrap();
    let made = evaluated(&TASKS[..2], &VARIANTS[..2], 3, 20_480, 5);
    let dir = summarized(folder.path(), &made);
    let bands: Vec<BandRow> = read_rows(&dir).unwrap();
    assert_eq!(bands.len(), 4 * 6);
    let steps: Vec<u64> = bands[..6].iter().map(|row| row.step).collect();
    assert_eq!(steps, [0, 2, 4, 6, 8, 10].map(|update| 2048 * update));
    let mean = |k: usize| {
        let records = made.0[..3].iter();
        let of = records.map(|(_, record)| record.points[k].evaluation.mean_return());
        of.sum::<f64>() / 3.0
    };
    for (k, row) in bands[..6].iter().enumerate() {
        assert!(
            (row.mean - mean(k)).abs() < 1e-5 * mean(k).abs(),
            "point {k}"
        );
        let (low, high) = (row.low.unwrap(), row.high.unwrap());
        assert!(low <= row.mean && row.mean <= high);
    }
    let scores: Vec<ScoreRow> = read_rows(&dir).unwrap();
    let points = &made.0[0].1.points;
    let value = |k: usize| points[k].evaluation.mean_return();
    let area = (1..5).map(value).sum::<f64>() + 0.5 * (value(0) + value(5));
    assert!((scores[0].area.unwrap() - area / 5.0).abs() < 1e-9);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let captions = fs::read_to_string(dir.join("figures/captions.json")).unwrap();
    assert!(captions.contains("A point is one policy: the mean return of 20 episodes"));
    assert!(!captions.contains("The curve is the training return"));
    assert!(captions.contains("Below, smaller: the training return of the exploring policy"));
    // More points than updates: the summary says so, once.
    let dir = summarized(
        folder.path(),
        &evaluated(&TASKS[..1], &VARIANTS[..2], 3, 20_480, 50),
    );
    let table = fs::read_to_string(dir.join("tables/scores.md")).unwrap();
    let note = "evaluation_points = 50: a run of 10 updates has 10, one after every update";
    assert_eq!(table.matches(note).count(), 1, "{table}");
    // Without them the captions say what is shown instead.
    let dir = summarized(folder.path(), &small());
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let captions = fs::read_to_string(dir.join("figures/captions.json")).unwrap();
    assert!(captions.contains("The curve is the training return of the exploring policy"));
}

/// Runs of 1000 steps on one task whose episodes and updates are given by hand.
fn by_hand() -> Experiment {
    let (mut records, mut manifest) = experiment(&["CartPole-v1"], &["trpo"], 4, 20_480);
    for (seed, (_, record)) in records.iter_mut().enumerate() {
        record.config.common.steps = 1000;
        record.config.common.batch = 500;
        record.config.common.copies = 1;
        // Step 100 k and its window lie on the grid of 100 points.
        let ended: &[(u64, f64)] = match seed {
            0 => &[(100, 10.0), (900, 20.0), (901, 30.0), (1000, 50.0)],
            1 => &[(500, 60.0), (700, 20.0)],
            _ => &[],
        };
        record.episodes = Episodes {
            end_step: ended.iter().map(|e| e.0).collect(),
            returns: ended.iter().map(|e| e.1).collect(),
            length: vec![1; ended.len()],
            faults: Vec::new(),
        };
        record.curve = Curve::default();
        let outcomes = ["accepted", "line_search_failed"];
        for update in 0..2 {
            record.curve.push(&[
                ("step", (500.0 * (update + 1) as f64).into()),
                ("accepted", (seed == 0).then_some(0.0).into()),
                ("kl_mean", Value::from(0.5 * seed as f64)),
                (
                    "outcome",
                    Value::Word(outcomes[usize::from(seed == 1 && update == 1)]),
                ),
            ]);
        }
        match seed {
            1 => {
                let quantity = "surrogate".to_owned();
                record.status = Status::Diverged {
                    update: 2,
                    quantity,
                };
                record.evaluation = None;
            }
            3 => {
                let error = "out of memory".to_owned();
                record.status = Status::Failed { error };
                record.evaluation = None;
            }
            _ => record.evaluation.as_mut().unwrap().returns = vec![1.0, 2.0],
        }
    }
    manifest.cells[0].config = records[0].1.config.clone();
    settled((records, manifest))
}

#[test]
fn scores_follow_their_definitions() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &by_hand());
    let scores: Vec<ScoreRow> = read_rows(&dir).unwrap();
    let numbers = |row: &ScoreRow| [row.evaluation, row.area, row.training, row.last];

    // Bins are 20 steps wide: 10 around 90, 20 around 890, 30 around 910, 50 around
    // 990, straight between them.
    assert_eq!(scores[0].status, Ending::Completed);
    let area = 90.0 * 10.0 + 800.0 * 15.0 + 20.0 * 25.0 + 80.0 * 40.0 + 10.0 * 50.0;
    assert_eq!(
        numbers(&scores[0]),
        [Some(1.5), Some(area / 1000.0), Some(40.0), Some(40.0)]
    );

    // 60 around 490, 20 around 690, and then the worse of that and the 21.95 of the
    // random policy.
    assert_eq!(scores[1].status, Ending::Diverged);
    let area = 490.0 * 60.0 + 200.0 * 40.0 + 310.0 * 20.0;
    assert_eq!(
        numbers(&scores[1]),
        [Some(20.0), Some(area / 1000.0), Some(20.0), Some(20.0)]
    );

    assert_eq!(numbers(&scores[2]), [Some(1.5), None, None, None]);
    assert_eq!(scores[3].status, Ending::Failed);
    assert_eq!(numbers(&scores[3]), [None; 4]);

    // The run without an episode has no such score.
    let table = fs::read_to_string(dir.join("tables/scores.md")).unwrap();
    assert!(
        table.contains("| CartPole-v1 | 30.0; 2 of 2 failed [16%, 100%]; 1 stopped by an error |"),
        "{table}"
    );
    assert!(table.contains("A run that was stopped by an error has no score"));
    assert!(
        table.contains("trpo: 1 of 4 diverged; every score is the worse of the random policy's")
    );
    assert!(table.contains("trpo: area, training and final of 1 of 4"));
}

#[test]
fn curves_and_updates_are_summarised_over_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &by_hand());

    let curves = fs::read_to_string(dir.join("curves.csv")).unwrap();
    assert_eq!(
        curves.lines().count(),
        1 + 3 * 50,
        "the failed run has no curve"
    );
    assert_eq!(curves.lines().nth(4), Some("CartPole-v1,trpo,0,70,"));
    assert_eq!(curves.lines().nth(5), Some("CartPole-v1,trpo,0,90,10.0"));

    let bands: Vec<BandRow> = read_rows(&dir).unwrap();
    let at = |step| bands.iter().find(|row| row.step == step).unwrap();
    assert_eq!(bands[0].step, 90);
    assert_eq!((at(90).n, at(90).mean, at(90).low), (1, 10.0, None));
    assert_eq!((at(910).n, at(910).mean), (2, 25.0));
    assert_eq!((at(910).low, at(910).high), (Some(20.0), Some(30.0)));

    let updates: Vec<UpdateRow> = read_rows(&dir).unwrap();
    let of = |update, column: &str| {
        updates
            .iter()
            .find(|row| row.update == update && row.column == column)
            .unwrap()
    };
    let kl = of(1, "kl_mean");
    assert_eq!((kl.step, kl.n, kl.mean), (1000, 3, 0.5));
    let quantiles = [kl.min, kl.q25, kl.median, kl.q75, kl.max];
    assert_eq!(quantiles, [0.0, 0.25, 0.5, 0.75, 1.0].map(Some));
    assert_eq!(of(0, "accepted").n, 1);
    assert_eq!(of(0, "outcome:line_search_failed").mean, 0.0);
    assert_eq!(of(1, "outcome:line_search_failed").mean, 1.0 / 3.0);
    assert_eq!(of(1, "outcome:accepted").median, None);
}

#[test]
fn every_figure_has_a_caption_and_is_drawn_the_same_twice() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    let paths = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap()
        .paths;
    let first = contents(&dir);
    assert_eq!(
        paths,
        figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
            .unwrap()
            .paths
    );
    assert!(first == contents(&dir), "drawn again, something differs");
    let captions = fs::read(dir.join("figures/captions.json")).unwrap();
    let captions: Vec<figures::Caption> = serde_json::from_slice(&captions).unwrap();
    assert_eq!(2 * captions.len(), paths.len());
    for (caption, path) in captions.iter().zip(paths.iter().step_by(2)) {
        assert_eq!(
            path.file_stem().unwrap().to_str(),
            Some(caption.name.as_str())
        );
        for part in [
            "CartPole-v1 and Acrobot-v1",
            "3 seeds",
            "(experiments/classic.toml)",
        ] {
            assert!(
                caption.caption.contains(part),
                "{}: {}",
                caption.name,
                caption.caption
            );
        }
    }
}

#[test]
fn names_and_titles_are_escaped_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let (records, mut manifest) = small();
    manifest.title = "Is a < b & \"c\"?".to_owned();
    let dir = summarized(folder.path(), &(records, manifest));
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder.path()).unwrap();
    let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(page.contains("Is a &lt; b &amp; &quot;c&quot;?"));
    let report = fs::read_to_string(folder.path().join("REPORT.md")).unwrap();
    assert!(report.contains("\nIs a &lt; b &amp; \"c\"?\n"));
    assert!(report.contains("](classic/figures/trust_region.png)"));
}

#[test]
fn pictures_name_experiment_manifest_and_commit() {
    let folder = tempfile::tempdir().unwrap();
    let made = small();
    let dir = summarized(folder.path(), &made);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let svg = fs::read_to_string(dir.join("figures/learning_curves.svg")).unwrap();
    let (digest, commit) = (made.1.digest(), &made.1.commit);
    let origin = format!("<metadata>experiment: classic\nmanifest: {digest}\ncommit: {commit}<");
    assert!(svg.contains(&origin));
    let png = fs::read(dir.join("figures/learning_curves.png")).unwrap();
    let chunk = format!("tEXtmanifest\0{digest}");
    assert!(
        png.windows(chunk.len())
            .any(|window| window == chunk.as_bytes())
    );
}

#[test]
fn figures_survive_odd_experiments() {
    let all = [
        "learning_curves",
        "score_intervals",
        "performance_profiles",
        "sample_efficiency",
        "cost",
        "time_to_threshold",
        "trust_region",
        "inside_trpo",
    ];
    let files = |names: &[&str]| -> Vec<String> {
        names
            .iter()
            .flat_map(|n| [format!("{n}.svg"), format!("{n}.png")])
            .collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let draw = |made: Experiment| drawn(&summarized(folder.path(), &made));

    // One task, one variant, one seed, one update: a profile alone says nothing.
    let names = [&all[..2], &all[3..]].concat();
    assert_eq!(
        draw(experiment(&TASKS[3..], &["trpo"], 1, 2048)),
        files(&names)
    );
    // No TRPO, a second variant of PPO.
    let made = experiment(&TASKS[..2], &["vpg", "ppo", "ppo-b"], 2, 8192);
    let names = [&all[..3], &["probability_of_improvement"], &all[3..7]].concat();
    assert_eq!(draw(made), files(&names));
    // A search: too many variants for lines that are not smoothed, so that
    // no updates are summarised.
    let names: Vec<String> = ('a'..='p').map(|letter| format!("trpo-{letter}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = experiment(&TASKS[..1], &names, 2, 8192);
    let names = [&all[..2], &all[3..6]].concat();
    assert_eq!(draw(made), files(&names));
    let updates = fs::read_to_string(folder.path().join("classic/updates_summary.csv")).unwrap();
    assert_eq!(updates.lines().count(), 1);
    // Divergence before the first update, no episode, no divergence between policies.
    let mut made = small();
    for (place, (_, record)) in made.0.iter_mut().enumerate() {
        record.episodes = Episodes::default();
        if place % 3 == 0 {
            record.curve = Curve::default();
            let quantity = "kl_mean".to_owned();
            record.status = Status::Diverged {
                update: 0,
                quantity,
            };
            record.evaluation = None;
        } else {
            record.curve = Curve::default();
            record.curve.push(&[
                ("step", 2048.0.into()),
                ("kl_mean", 0.0.into()),
                ("kl_max", 0.0.into()),
            ]);
        }
    }
    // Two profiles that are the same say nothing either.
    let names = [&all[..2], &["probability_of_improvement"], &all[3..7]].concat();
    assert_eq!(draw(settled(made)), files(&names));
}

/// Draws pictures to look at into the folder that `TRPO_LAB_GALLERY` names.
#[test]
#[ignore = "for the eye"]
fn gallery() {
    let folder = std::env::var("TRPO_LAB_GALLERY").expect("TRPO_LAB_GALLERY names a folder");
    let search: Vec<String> = ('a'..='p').map(|letter| format!("trpo-{letter}")).collect();
    let search: Vec<&str> = search.iter().map(String::as_str).collect();
    let many = [
        "A-v5",
        "B-v5",
        "InvertedDoublePendulum-v5",
        "D-v5",
        "E-v5",
        "F-v5",
        "G-v5",
    ];
    let four = ["trpo", "ppo", "vpg-kl", "npg"];
    for (name, tasks, variants, seeds, steps) in [
        ("classic", &TASKS[..], &VARIANTS[..], 10, 200_000),
        ("one", &TASKS[..1], &VARIANTS[..1], 1, 200_000),
        ("two", &TASKS[..2], &["vpg", "ppo", "ppo-b"][..], 3, 200_000),
        ("search", &TASKS[..3], &search[..], 2, 200_000),
        ("many", &many[..], &VARIANTS[..], 3, 200_000),
        ("mujoco", &MUJOCO[..], &four[..], 5, 1_000_000),
        ("mujoco-short", &MUJOCO[..2], &four[..], 3, 200_000),
        ("mujoco-long", &MUJOCO[1..2], &four[..], 3, 3_000_000),
    ] {
        let (records, mut manifest) = experiment(tasks, variants, seeds, steps);
        manifest.experiment = name.to_owned();
        figures::draw_all(
            &Lab::standard(),
            &summarized(Path::new(&folder), &(records, manifest)),
            Extent::Usual,
        )
        .unwrap();
    }
    let (records, mut manifest) = evaluated(&TASKS, &VARIANTS, 20, 200_000, 50);
    manifest.experiment = "evaluated".to_owned();
    let dir = summarized(Path::new(&folder), &(records, manifest));
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), Path::new(&folder)).unwrap();
}
