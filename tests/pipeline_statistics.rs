//! From records to `statistics.json`, `cost.csv` and `collapse.csv`.

mod support;

use std::fs;
use std::path::Path;

use support::synthetic::{TASKS, VARIANTS, experiment};
use support::{Experiment, settled, small, summarized};
use trpo_lab::columns::Curve;
use trpo_lab::experiment::plan::{Metric, Step, Sweep};
use trpo_lab::figures;
use trpo_lab::lab::Lab;
use trpo_lab::record::{Episodes, Evaluation, RunRecord, Status};
use trpo_lab::report;
use trpo_lab::scores::Verdict;
use trpo_lab::stats::efficiency::{Reached, Span};
use trpo_lab::stats::statistic::{IQM, MEAN, OPTIMALITY_GAP};
use trpo_lab::summary::Extent;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::{CollapseRow, CostRow, Statistics};

fn statistics(made: &Experiment) -> Statistics {
    let folder = tempfile::tempdir().unwrap();
    Statistics::read(&summarized(folder.path(), made)).unwrap()
}

/// Episodes of one return each, one at every hundredth of the steps.
fn returns(record: &mut RunRecord, of: impl Fn(u64) -> f64) {
    let total = record.config.total_steps();
    record.episodes = Episodes {
        end_step: (1..=100).map(|k| total * k / 100).collect(),
        returns: (1..=100).map(of).collect(),
        length: vec![1; 100],
        faults: Vec::new(),
    };
}

fn diverged() -> Status {
    let quantity = "surrogate".to_owned();
    Status::Diverged {
        update: 2,
        quantity,
    }
}

/// CartPole-v1 lies between 21.95 and 500, Acrobot-v1 between -497.5 and -73.506.
#[test]
fn runs_that_diverge_score_as_random_and_what_was_not_measured_is_missing() {
    let (mut records, manifest) = experiment(&TASKS[..2], &VARIANTS[..2], 4, 20_480);
    for (place, (_, record)) in records.iter_mut().enumerate() {
        // Tasks outermost, then variants, then four seeds: every run is at the
        // reference.
        let reference = if place < 8 { 500.0 } else { -73.506 };
        returns(record, |_| reference);
        record.evaluation.as_mut().unwrap().returns = vec![reference; 2];
    }
    // TRPO on CartPole-v1: one diverges, one ends no episode, one fails.
    records[0].1.status = diverged();
    records[0].1.evaluation = None;
    records[0].1.episodes = Episodes::default();
    records[1].1.episodes = Episodes::default();
    records[2].1.status = Status::Failed {
        error: "out of memory".to_owned(),
    };
    let made = settled((records, manifest));
    let found = statistics(&made);
    assert_eq!(found.manifest, made.1.digest());
    let counts = &found.runs[0];
    assert_eq!(
        (counts.env.as_str(), counts.variant.as_str()),
        ("CartPole-v1", "trpo")
    );
    assert_eq!((counts.runs, counts.diverged), (4, 1));
    assert_eq!((counts.without_episode, counts.failed), (1, 1));
    assert_eq!(found.count(|counts| counts.diverged), 1);
    for metric in Metric::ALL {
        let results = found.score(metric).unwrap();
        let trpo = results.algorithms.get("trpo").unwrap();
        // The one without an episode has an evaluation and no other score.
        let (runs, mean) = match metric {
            Metric::Evaluation => (3, 0.666666666667),
            _ => (2, 0.5),
        };
        assert_eq!(trpo.runs, [runs, 4], "{metric:?}");
        assert_eq!(trpo.task_means, [mean, 1.0], "{metric:?}");
        let ppo = results.algorithms.get("ppo").unwrap();
        assert_eq!(
            (
                ppo.aggregates.get(&MEAN).point,
                ppo.aggregates.get(&OPTIMALITY_GAP).point
            ),
            (1.0, 0.0)
        );
    }
    assert_eq!(found.headline(), found.score(Metric::Final));
    assert_eq!(found.references[0].returns.random, 21.95);
    assert!(found.references[1].source.contains("RL Baselines3 Zoo"));
    // The figures say so.
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &made);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let captions = fs::read_to_string(dir.join("figures/captions.json")).unwrap();
    assert!(captions.contains("1 run that diverged scored as the random policy"));
}

#[test]
fn verdicts_are_written_and_read_back_with_the_difference_worth_knowing() {
    // Equal differences decide from six runs on.
    let mut made = experiment(&TASKS[..2], &VARIANTS[..2], 6, 20_000);
    made.1.analysis.smallest_difference = 0.25;
    for (variant, record) in &mut made.0 {
        let level = if variant == "trpo" { 1.0 } else { 0.3 };
        let spread = record.seed as f64;
        let (random, reference) = match record.config.env.as_str() {
            "CartPole-v1" => (21.95, 500.0),
            _ => (-497.5, -73.506),
        };
        returns(record, |_| {
            random + (level + 0.01 * spread) * (reference - random)
        });
    }
    let found = statistics(&settled(made));
    let results = found.headline().unwrap();
    assert_eq!(
        (results.smallest_difference, found.smallest_difference),
        (0.25, 0.25)
    );
    assert_eq!(results.comparisons[0].judgement.verdict, Verdict::Better);
    assert_eq!(
        results
            .probability_of_improvement
            .get("trpo>ppo")
            .unwrap()
            .point,
        1.0
    );
}

#[test]
fn tasks_and_variants_without_a_place_are_named() {
    // No reference.
    let found = statistics(&experiment(
        &["CartPole-v1", "Ant-v9"],
        &VARIANTS[..2],
        2,
        8192,
    ));
    assert_eq!(found.headline().unwrap().tasks, ["CartPole-v1"]);
    assert_eq!(found.left_out[0].name, "Ant-v9");
    let reason = &found.left_out[0].reason;
    assert!(
        reason.starts_with("it has no reference; write `[reference.\"Ant-v9\"]` with"),
        "{reason}"
    );
    // Nothing but such tasks: nothing can be normalised, and figures say less.
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(
        folder.path(),
        &experiment(&["Ant-v9"], &VARIANTS[..2], 2, 8192),
    );
    assert!(Statistics::read(&dir).unwrap().scores.0.is_empty());
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder.path()).unwrap();
    let told = std::fs::read_to_string(folder.path().join("REPORT.md")).unwrap();
    assert!(
        told.contains("There is no verdict. Ant-v9: it has no"),
        "{told}"
    );
    assert!(told.contains("`envs Ant-v9` measures"), "{told}");
    // A variant that failed on one task, and one that failed everywhere.
    let mut made = experiment(&TASKS[..2], &VARIANTS[..3], 2, 8192);
    for (variant, record) in &mut made.0 {
        let on_acrobot = variant == "ppo" && record.config.env == "Acrobot-v1";
        if on_acrobot || variant == "vpg" {
            let error = "out of memory".to_owned();
            record.status = Status::Failed { error };
        }
    }
    let found = statistics(&settled(made));
    let left: Vec<_> = found
        .left_out
        .iter()
        .map(|left| left.name.as_str())
        .collect();
    assert_eq!(left, ["vpg", "Acrobot-v1"]);
    assert!(found.left_out[1].reason.contains("`ppo` has no run"));
    let results = found.headline().unwrap();
    assert_eq!((results.tasks.len(), results.algorithms.0.len()), (1, 2));
}

#[test]
fn runs_that_never_reach_a_threshold_are_kept_as_censored() {
    let (mut records, mut manifest) = experiment(&TASKS[..1], &["trpo"], 4, 20_480);
    let total = records[0].1.config.total_steps();
    for (seed, (_, record)) in records.iter_mut().enumerate() {
        // At the threshold from a fifth of the steps on, from a half, never.
        let from = [20, 20, 50, 1000][seed];
        returns(record, |k| if k >= from { 400.0 } else { 400.0 - 1e-9 });
    }
    manifest
        .analysis
        .thresholds
        .insert("CartPole-v1".to_owned(), 400.0);
    let found = statistics(&settled((records, manifest)));
    let [efficiency] = found.efficiency.as_slice() else {
        panic!("one task, one variant");
    };
    assert_eq!((efficiency.threshold, efficiency.reached), (400.0, 3));
    // Bins hold two episodes, and both must be at the threshold.
    let bin = |k: u64| Span {
        after: (total * (k - 1) / 50) as f64,
        by: (total * k / 50) as f64,
    };
    let within = |k| Reached::Within(bin(k));
    let never = Reached::NotIn(total as f64);
    assert_eq!(efficiency.runs, [within(11), within(11), within(26), never]);
    assert_eq!(efficiency.median, Some(bin(11)));
    assert_eq!(efficiency.q75, Some(bin(26)));
}

#[test]
fn one_seed_has_no_intervals_and_one_algorithm_no_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let one = experiment(&TASKS[..2], &VARIANTS[..2], 1, 8192);
    let dir = summarized(folder.path(), &one);
    let results = Statistics::read(&dir).unwrap();
    let results = results.headline().unwrap();
    assert_eq!(
        results
            .algorithms
            .get("trpo")
            .unwrap()
            .aggregates
            .get(&IQM)
            .low,
        None
    );
    assert_eq!(
        results.comparisons[0].judgement.verdict,
        Verdict::TooFewRuns
    );
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let dir = summarized(
        folder.path(),
        &experiment(&TASKS[..2], &VARIANTS[..1], 3, 8192),
    );
    let paths = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap()
        .paths;
    let drawn = |name: &str| paths.iter().any(|path| path.ends_with(name));
    assert!(drawn("figures/score_intervals.svg"));
    // A profile alone says nothing.
    assert!(!drawn("figures/performance_profiles.png"));
    assert!(!drawn("figures/probability_of_improvement.svg"));
}

#[test]
fn a_summary_older_than_the_manifest_is_not_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let made = small();
    let dir = summarized(folder.path(), &made);
    let mut manifest = made.1;
    manifest.commit = "another".to_owned();
    fs::write(
        dir.join("manifest.json"),
        serde_json::to_vec(&manifest).unwrap(),
    )
    .unwrap();
    let message = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("statistics.json: these are not the statistics"),
        "{message}"
    );
    fs::write(dir.join("statistics.json"), "{\n \"experiment\": 3\n}").unwrap();
    let message = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap_err()
        .to_string();
    assert!(message.contains("statistics.json, line 2"), "{message}");
}

#[test]
fn times_are_measured_once_for_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let (mut records, mut manifest) = small();
    let dir = summarized(folder.path(), &(records.clone(), manifest.clone()));
    let rows: Vec<CostRow> = read_rows(&dir).unwrap();
    assert_eq!(rows.len(), 2 * 2 * 4);
    let policy = rows.iter().find(|row| row.part == "policy").unwrap();
    assert_eq!(
        (policy.n, policy.median, policy.cpu.as_str()),
        (3, 0.01, "A machine")
    );
    // A slower machine, the same runs: nothing changes.
    for (_, record) in &mut records {
        record.provenance.parts.insert("policy".to_owned(), 1e3);
    }
    summarized(folder.path(), &(records.clone(), manifest.clone()));
    assert_eq!(rows, read_rows::<CostRow>(&dir).unwrap());
    // Other runs: measured again.
    manifest.title = "Other".to_owned();
    summarized(folder.path(), &(records.clone(), manifest.clone()));
    assert_ne!(rows, read_rows::<CostRow>(&dir).unwrap());
    // Half of a run that went on from a checkpoint, in half of the time.
    for (_, record) in &mut records {
        record.provenance.wall_seconds /= 2.0;
        record.provenance.parts.insert(
            "critic".to_owned(),
            0.5 * 0.009 * record.config.updates().unwrap() as f64,
        );
    }
    manifest.title = "Third".to_owned();
    summarized(folder.path(), &(records, manifest));
    let rows: Vec<CostRow> = read_rows(&dir).unwrap();
    assert_eq!(
        rows.iter().find(|row| row.part == "critic").unwrap().median,
        0.009
    );
}

/// Four runs of VPG and of TRPO on CartPole-v1, in sweeps of one value each.
fn swept(of_vpg: impl Fn(u64, u64) -> f64) -> Experiment {
    let (mut records, mut manifest) = experiment(&TASKS[..1], &["trpo", "vpg"], 4, 20_480);
    for (variant, record) in &mut records {
        let seed = record.seed;
        match variant.as_str() {
            "vpg" => returns(record, |k| of_vpg(seed, k)),
            _ => returns(record, |k| 100.0 + k as f64),
        }
        record.evaluation = None;
    }
    for (name, over) in [("trpo", "trpo.delta"), ("vpg", "vpg.learning_rate")] {
        manifest.analysis.sweeps.push(Sweep {
            name: name.to_owned(),
            over: over.to_owned(),
            steps: vec![Step {
                variant: name.to_owned(),
                value: 0.01,
            }],
        });
    }
    settled((records, manifest))
}

#[test]
fn collapses_are_counted_and_the_one_in_the_middle_is_kept_to_be_seen() {
    // Random is 21.95. Best 400 or so, then: half of the gain is left; less than
    // half is; none is; never learnt anything.
    let made = swept(|seed, k| match (seed, k > 50) {
        (3, false) => 30.0,
        (3, true) => 10.0,
        (_, false) => 421.95,
        (0, true) => 222.0,
        (1, true) => 221.0,
        _ => 15.0,
    });
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &made);
    let found = Statistics::read(&dir).unwrap();
    let vpg = &found.sweeps[1];
    assert_eq!(
        (vpg.name.as_str(), vpg.env.as_str()),
        ("vpg", "CartPole-v1")
    );
    assert_eq!((vpg.points[0].runs, vpg.points[0].collapsed), (4, 2));
    assert_eq!(found.sweeps[0].points[0].collapsed, 0);
    let rows: Vec<CollapseRow> = read_rows(&dir).unwrap();
    let mut runs: Vec<_> = rows
        .iter()
        .map(|row| (row.variant.as_str(), row.seed))
        .collect();
    runs.dedup();
    // Of two the smaller fall.
    assert_eq!(runs, [("vpg", 1), ("trpo", 1)]);
    let names = |dir: &Path| -> Vec<String> {
        let paths = figures::draw_all(&Lab::standard(), dir, Extent::Usual)
            .unwrap()
            .paths;
        let name =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        paths.iter().map(name).collect()
    };
    let all = [
        "step_size.svg",
        "step_size.png",
        "collapse_seen.svg",
        "collapse_seen.png",
    ];
    assert_eq!(names(&dir), all);
    // Nothing collapses: one figure less.
    let dir = summarized(folder.path(), &swept(|_, _| 300.0));
    assert_eq!(names(&dir), all[..2]);
}

/// A peak of evaluations was held against the end of training: a policy that explores
/// poorly and acts well by its mode had collapsed.
#[test]
fn what_ends_well_by_its_evaluation_has_not_collapsed() {
    let (mut records, manifest) = swept(|_, k| if k > 50 { 15.0 } else { 421.95 });
    for (variant, record) in &mut records {
        let returns = match (variant.as_str(), record.seed) {
            ("vpg", 0) => vec![30.0; 10],
            // The mean is below half of the gain, its interval is not.
            ("vpg", 1) => [15.0, 415.0].repeat(5),
            _ => vec![420.0; 10],
        };
        let lengths = vec![1; returns.len()];
        record.evaluation = Some(Evaluation {
            returns,
            lengths,
            faults: Vec::new(),
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &settled((records, manifest)));
    let found = Statistics::read(&dir).unwrap();
    assert_eq!(found.sweeps[1].points[0].collapsed, 1);
}

#[test]
fn a_sweep_survives_runs_that_diverge_at_once() {
    let (mut records, manifest) = swept(|_, _| 300.0);
    for (variant, record) in &mut records {
        if variant == "vpg" {
            record.status = diverged();
            record.evaluation = None;
            record.curve = Curve::default();
            record.episodes = Episodes::default();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &settled((records, manifest)));
    let point = &Statistics::read(&dir).unwrap().sweeps[1].points[0];
    assert_eq!((point.collapsed, point.mean), (4, 21.95));
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
}

#[test]
fn variants_that_diverge_with_every_seed_have_failed_with_every_seed() {
    let (mut records, manifest) = experiment(&TASKS[..2], &VARIANTS[..3], 6, 20_480);
    for (variant, record) in &mut records {
        if *variant != VARIANTS[2] {
            record.status = diverged();
            record.evaluation = None;
        }
    }
    let found = statistics(&settled((records, manifest)));
    let pair = serde_json::to_value(&found.headline().unwrap().comparisons[0]).unwrap();
    for judgement in [&pair, &pair["tasks"][0]] {
        assert_eq!(judgement["failed"][0], judgement["failed"][1]);
        assert_eq!(judgement["failures_up_to"], 1.0);
    }
    let words = pair["words"].as_str().unwrap();
    assert!(
        words.contains("12 runs of trpo and 12 runs of ppo failed"),
        "{words}"
    );
}
