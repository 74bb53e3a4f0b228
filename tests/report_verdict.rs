//! Verdicts of scores whose answer is known.

use std::path::Path;

use trpo_lab::scores::verdict::Judgement;
use trpo_lab::scores::{Row, ScoreTable, Settings, Verdict, assess, compare};
use trpo_lab::summary::statistics::Statistics;

/// Two algorithms on three tasks: the scores of X and of Y lie around their
/// means by `spread`, evenly, so that nothing is left to chance.
fn table(means: [[f64; 3]; 2], spread: f64, runs: usize) -> ScoreTable {
    let mut rows = Vec::new();
    for (algorithm, means) in ["X", "Y"].iter().zip(means) {
        for (m, mean) in means.iter().enumerate() {
            for run in 0..runs {
                let place = 2.0 * run as f64 / (runs - 1).max(1) as f64 - 1.0;
                rows.push(Row {
                    algorithm: (*algorithm).to_owned(),
                    task: format!("task {m}"),
                    run: run.to_string(),
                    score: mean + spread * place,
                    imputed: false,
                    place: format!("{algorithm}, task {m}, run {run}"),
                });
            }
        }
    }
    let tasks = (0..3).map(|m| format!("task {m}")).collect();
    ScoreTable::new(tasks, &rows, None, "test").unwrap()
}

fn verdicts(table: &ScoreTable, x: &str, y: &str) -> (Verdict, Vec<Verdict>) {
    let found = compare(table, x, y, &Settings::default()).unwrap();
    let on_tasks = found.tasks.iter().map(|task| task.judgement.verdict);
    (found.judgement.verdict, on_tasks.collect())
}

#[test]
fn report_verdict_opposite_outcomes() {
    let table = table([[0.9, 0.8, 0.5], [0.6, 0.8, 0.2]], 0.1, 10);
    let (over_tasks, on_tasks) = verdicts(&table, "X", "Y");
    assert_eq!(over_tasks, Verdict::Better);
    let expected = [Verdict::Better, Verdict::CannotBeToldApart, Verdict::Better];
    assert_eq!(on_tasks, expected);
    let (over_tasks, on_tasks) = verdicts(&table, "Y", "X");
    assert_eq!(over_tasks, Verdict::Worse);
    let expected = [Verdict::Worse, Verdict::CannotBeToldApart, Verdict::Worse];
    assert_eq!(on_tasks, expected);
    let words = |x, y| {
        compare(&table, x, y, &Settings::default())
            .unwrap()
            .judgement
            .words
    };
    for (x, y) in [("X", "Y"), ("Y", "X")] {
        let words = words(x, y);
        assert!(
            words.starts_with("X is better than Y over 3 tasks (IQMs differ by 0."),
            "{words}"
        );
    }
}

#[test]
fn report_verdict_too_few_seeds() {
    let table = table([[0.6, 0.5, 0.7], [0.5, 0.6, 0.6]], 0.4, 3);
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    assert_eq!(found.judgement.verdict, Verdict::TooFewRuns);
    for task in &found.tasks {
        // Three runs at -0.4, 0, 0.4: a standard deviation of 0.4, so an effect
        // of 0.25, for which the tables of Cohen (1988) name 253 runs.
        let judgement = &task.judgement;
        assert_eq!(judgement.verdict, Verdict::NotEnoughSeeds);
        assert!((judgement.pooled_std.unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(judgement.runs_needed, Some(253));
        assert!(judgement.power.unwrap() < 0.1);
        let expected = format!(
            "not enough seeds to tell X from Y on {}: 80% power for a difference of 0.1 takes 253 \
             runs of each; these have 5%",
            task.task
        );
        assert_eq!(judgement.words, expected);
    }
    // Over tasks the mean of three varies less: 0.4 / sqrt(3), an effect of 0.43.
    let std = found.judgement.pooled_std.unwrap();
    assert!((std - 0.4 / 3.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!(found.judgement.runs_needed, Some(85));
}

#[test]
fn report_verdict_single_runs_have_no_spread() {
    let table = table([[0.9, 0.8, 0.5], [0.1, 0.1, 0.1]], 0.0, 1);
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    let (overall, task) = (&found.judgement, &found.tasks[0]);
    assert_eq!(overall.verdict, Verdict::TooFewRuns);
    assert_eq!(task.judgement.verdict, Verdict::NotEnoughSeeds);
    assert_eq!((overall.power, overall.runs_needed), (None, None));
    assert!(
        overall
            .words
            .starts_with("too few runs: a verdict over tasks takes 5 runs of each"),
        "{}",
        overall.words
    );
    assert!(task.judgement.words.contains("two runs of each"));
    assert_eq!(
        (task.welch, task.p_holm, task.effect_size),
        (None, None, None)
    );
    assert_eq!(found.iqm_difference.low, None);
    assert_eq!(found.probability_of_improvement.point, 1.0);
}

/// All runs at the ceiling of a task: rounding must not make a winner.
#[test]
fn report_verdict_constant_scores_do_not_differ_by_rounding() {
    let rows: Vec<Row> = [("X", 3), ("Y", 7)]
        .iter()
        .flat_map(|&(algorithm, runs)| (0..runs).map(move |run| (algorithm, run)))
        .map(|(algorithm, run)| Row {
            algorithm: algorithm.to_owned(),
            task: "t".to_owned(),
            run: run.to_string(),
            score: 0.1,
            imputed: false,
            place: String::new(),
        })
        .collect();
    let table = ScoreTable::new(vec!["t".to_owned()], &rows, None, "test").unwrap();
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    assert_eq!(found.judgement.verdict, Verdict::CannotBeToldApart);
    assert_eq!(found.tasks[0].judgement.verdict, Verdict::CannotBeToldApart);
    assert_eq!(found.tasks[0].p_holm, Some(1.0));
    // Runs that do not vary show any difference that is there.
    assert_eq!(found.judgement.runs_needed, Some(2));
    assert_eq!(found.judgement.power, Some(1.0));
}

#[test]
fn report_verdict_constant_scores_that_differ_do() {
    let table = table([[0.9, 0.8, 0.5], [0.6, 0.8, 0.2]], 0.0, 5);
    let (over_tasks, on_tasks) = verdicts(&table, "X", "Y");
    assert_eq!(over_tasks, Verdict::Better);
    let expected = [Verdict::Better, Verdict::CannotBeToldApart, Verdict::Better];
    assert_eq!(on_tasks, expected);
}

/// Looking at more pairs costs: a p-value is corrected for all that are made.
#[test]
fn report_verdict_holm_is_over_all_tests_made() {
    let table = table([[0.60, 0.5, 0.5], [0.5, 0.5, 0.5]], 0.12, 10);
    let pair = compare(&table, "X", "Y", &Settings::default()).unwrap();
    let [first, ..] = &pair.tasks[..] else {
        panic!("three tasks")
    };
    let p = first.welch.unwrap().p;
    assert!((first.p_holm.unwrap() - 3.0 * p).abs() < 1e-15);
    let all = assess(&table, &Settings::default());
    assert_eq!(all.comparisons, [pair]);
}

#[test]
fn report_verdict_takes_two_different_algorithms_of_the_table() {
    let table = table([[0.5; 3]; 2], 0.1, 3);
    for (x, y) in [("X", "X"), ("X", "Z"), ("Z", "Y")] {
        assert_eq!(compare(&table, x, y, &Settings::default()), None);
    }
}

/// The scores of X and Y on tasks `t` and `u`, five runs of each, with the first
/// so many of each diverged at the score of the random policy, 0.
fn diverged(counts: [[usize; 2]; 2], level: f64) -> ScoreTable {
    let mut rows = Vec::new();
    for (algorithm, counts) in ["X", "Y"].iter().zip(counts) {
        for (task, diverged) in ["t", "u"].iter().zip(counts) {
            for run in 0..5 {
                let imputed = run < diverged;
                rows.push(Row {
                    algorithm: (*algorithm).to_owned(),
                    task: (*task).to_owned(),
                    run: run.to_string(),
                    score: if imputed {
                        0.0
                    } else {
                        level + 0.001 * run as f64
                    },
                    imputed,
                    place: format!("{algorithm}, {task}, run {run}"),
                });
            }
        }
    }
    ScoreTable::new(vec!["t".to_owned(), "u".to_owned()], &rows, None, "test").unwrap()
}

#[test]
fn report_verdict_of_runs_that_all_diverged_is_that_nothing_was_measured() {
    let table = diverged([[5, 5], [5, 5]], 0.8);
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    let all = found.tasks.iter().map(|task| &task.judgement);
    for judgement in all.chain([&found.judgement]) {
        assert_eq!(judgement.verdict, Verdict::NothingMeasured);
        assert_eq!((judgement.power, judgement.runs_needed), (None, None));
    }
    assert_eq!(
        found.tasks[0].judgement.words,
        "nothing was measured of X and Y on t: which of X and Y is better on t is open (5 of 5 \
         runs of X and 5 of 5 runs of Y diverged and score as the random policy)"
    );
    assert_eq!((found.imputed, found.tasks[0].imputed), ([10, 10], [5, 5]));
    let task = &found.tasks[0];
    assert_eq!(
        (task.welch, task.p_holm, task.effect_size),
        (None, None, None)
    );
}

#[test]
fn report_verdict_where_one_side_diverged_may_be_a_difference_but_no_equality() {
    // Y diverged on u, where X has learnt something, or nothing.
    let table = diverged([[0, 0], [1, 5]], 0.8);
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    let on_u = &found.tasks[1].judgement;
    assert_eq!(
        (on_u.verdict, on_u.power, on_u.runs_needed),
        (Verdict::Better, None, None)
    );
    let said = "(5 of 5 runs of Y diverged and score as the random policy)";
    assert!(on_u.words.ends_with(said), "{}", on_u.words);
    let said = "(1 of 5 runs of Y diverged and scores as the random policy)";
    assert!(found.tasks[0].judgement.words.ends_with(said));
    let said = "(6 of 10 runs of Y diverged and score as the random policy)";
    assert!(
        found.judgement.words.ends_with(said),
        "{}",
        found.judgement.words
    );
    assert_eq!(
        (found.judgement.power, found.judgement.runs_needed),
        (None, None)
    );

    let table = diverged([[0, 0], [0, 5]], 0.0);
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    assert_eq!(found.judgement.verdict, Verdict::NothingMeasured);
    let words = &found.judgement.words;
    assert!(
        words.starts_with("nothing was measured of Y on u: which"),
        "{words}"
    );
    // On the other task both were measured.
    let on_t = found.tasks[0].judgement.verdict;
    assert_eq!(on_t, Verdict::CannotBeToldApart);
}

#[test]
fn report_verdict_in_older_files_still_reads() {
    // One word for two states: the power tells them apart.
    let stored = |power: &str| {
        let text = format!(
            r#"{{"verdict": "not enough seeds to tell", "words": "w", "pooled_std": 0.1,
                "power": {power}, "runs_needed": 2}}"#
        );
        serde_json::from_str::<Judgement>(&text).unwrap().verdict
    };
    assert_eq!(stored("0.99"), Verdict::CannotBeToldApart);
    assert_eq!(stored("0.79"), Verdict::NotEnoughSeeds);
    assert_eq!(stored("null"), Verdict::NotEnoughSeeds);
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let mut read = 0;
    for folder in std::fs::read_dir(results).unwrap() {
        let folder = folder.unwrap().path();
        if folder.join("statistics.json").is_file() {
            let statistics = Statistics::read(&folder).unwrap();
            read += statistics.scores.iter().count();
        }
    }
    assert!(read > 0, "no statistics are committed");
}
