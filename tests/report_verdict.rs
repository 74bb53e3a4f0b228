//! Verdicts of scores whose answer is known.

use trpo_lab::scores::{Row, ScoreTable, Settings, Verdict, assess, compare};

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
    let expected = [Verdict::Better, Verdict::NotEnoughSeeds, Verdict::Better];
    assert_eq!(on_tasks, expected);
    let (over_tasks, on_tasks) = verdicts(&table, "Y", "X");
    assert_eq!(over_tasks, Verdict::Worse);
    let expected = [Verdict::Worse, Verdict::NotEnoughSeeds, Verdict::Worse];
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
    assert_eq!(found.judgement.verdict, Verdict::NotEnoughSeeds);
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
    assert_eq!(overall.verdict, Verdict::NotEnoughSeeds);
    assert_eq!(task.judgement.verdict, Verdict::NotEnoughSeeds);
    assert_eq!((overall.power, overall.runs_needed), (None, None));
    assert!(
        overall.words.contains("two runs of each"),
        "{}",
        overall.words
    );
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
            place: String::new(),
        })
        .collect();
    let table = ScoreTable::new(vec!["t".to_owned()], &rows, None, "test").unwrap();
    let found = compare(&table, "X", "Y", &Settings::default()).unwrap();
    assert_eq!(found.judgement.verdict, Verdict::NotEnoughSeeds);
    assert_eq!(found.tasks[0].judgement.verdict, Verdict::NotEnoughSeeds);
    assert_eq!(found.tasks[0].p_holm, Some(1.0));
    // Runs that do not vary show any difference that is there.
    assert_eq!(found.judgement.runs_needed, Some(2));
    assert_eq!(found.judgement.power, Some(1.0));
}

#[test]
fn report_verdict_constant_scores_that_differ_do() {
    let table = table([[0.9, 0.8, 0.5], [0.6, 0.8, 0.2]], 0.0, 4);
    let (over_tasks, on_tasks) = verdicts(&table, "X", "Y");
    assert_eq!(over_tasks, Verdict::Better);
    let expected = [Verdict::Better, Verdict::NotEnoughSeeds, Verdict::Better];
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
