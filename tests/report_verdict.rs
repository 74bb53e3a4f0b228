//! Verdicts of scores whose answer is known, and that no two statements about one
//! pair contradict each other.

use trpo_lab::env::Reference;
use trpo_lab::scores::table::Stopped;
use trpo_lab::scores::verdict::{Against, Judgement};
use trpo_lab::scores::{Row, ScoreTable, Settings, Verdict, assess, compare};

/// Runs of algorithms on one task, whose returns are normalised between 0 and 100
/// with a margin of 5.
fn one_task(algorithms: &[(&str, &[f64])]) -> ScoreTable {
    several(&[("t", algorithms)])
}

/// A task, and the runs of every algorithm on it.
type OnTask<'a> = (&'a str, &'a [(&'a str, &'a [f64])]);

/// The same on several tasks.
fn several(tasks: &[OnTask<'_>]) -> ScoreTable {
    let mut rows = Vec::new();
    for (task, algorithms) in tasks {
        for (algorithm, returns) in *algorithms {
            for (run, &score) in returns.iter().enumerate() {
                rows.push(Row {
                    algorithm: (*algorithm).to_owned(),
                    task: (*task).to_owned(),
                    run: run.to_string(),
                    score,
                    failed: None,
                    place: format!("{algorithm}, {task}, run {run}"),
                });
            }
        }
    }
    let names = tasks.iter().map(|(task, _)| (*task).to_owned()).collect();
    let reference = Reference::between(0.0, 100.0).with_margin(5.0);
    let references = Some(vec![reference; tasks.len()]);
    ScoreTable::new(names, &rows, references, "test")
        .unwrap()
        .of_seeds()
}

fn judged(table: &ScoreTable) -> Judgement {
    let all = ["X".to_owned(), "Y".to_owned()];
    let found = compare(table, &all, ("X", "Y"), &Settings::default()).unwrap();
    found.tasks[0].judgement.clone()
}

/// `n` returns around `mean`, evenly spread by `spread` to either side.
fn around(mean: f64, spread: f64, n: usize) -> Vec<f64> {
    let place = |run: usize| 2.0 * run as f64 / (n - 1).max(1) as f64 - 1.0;
    (0..n).map(|run| mean + spread * place(run)).collect()
}

fn shifted(runs: &[f64], by: f64) -> Vec<f64> {
    runs.iter().map(|run| run + by).collect()
}

/// The same noise in both, and a little of its own in X.
fn paired(difference: f64, own: f64, n: usize) -> [Vec<f64>; 2] {
    let y = around(70.0, 20.0, n);
    let x = y.iter().zip(around(difference, own, n).into_iter().rev());
    [x.map(|(y, d)| y + d).collect(), y]
}

#[test]
fn runs_of_one_seed_are_compared_with_each_other() {
    let [x, y] = paired(1.0, 0.5, 10);
    let pairs = judged(&one_task(&[("X", &x), ("Y", &y)]));
    assert!(pairs.is_paired);
    assert_eq!(pairs.verdict, Verdict::Better);
    assert_eq!(pairs.against_margin, Some(Against::Less));
    assert!(
        pairs
            .words
            .starts_with("X is better than Y on t: mean return 1.00 higher [0."),
        "{}",
        pairs.words
    );
    assert!(
        pairs.words.contains("less than the margin of 5"),
        "{}",
        pairs.words
    );
    // Runs without partners are independent samples, which say less.
    let apart: Vec<Row> = [("X", x, 0), ("Y", y, 100)]
        .into_iter()
        .flat_map(|(name, runs, first)| {
            runs.into_iter().enumerate().map(move |(run, score)| Row {
                algorithm: name.to_owned(),
                task: "t".to_owned(),
                run: (first + run).to_string(),
                score,
                failed: Some(false),
                place: String::new(),
            })
        })
        .collect();
    let reference = Reference::between(0.0, 100.0).with_margin(5.0);
    let table = ScoreTable::new(vec!["t".to_owned()], &apart, Some(vec![reference]), "x");
    let apart = judged(&table.unwrap().of_seeds());
    assert!(!apart.is_paired);
    assert_eq!(apart.verdict, Verdict::CannotTell);
    assert!((apart.difference.unwrap() - pairs.difference.unwrap()).abs() < 1e-9);
    assert!(apart.runs_to_differ.unwrap()[0] > 10 * pairs.runs_to_differ.unwrap()[0] / 2);
}

#[test]
fn every_verdict_has_its_words() {
    let n = 10;
    let same = around(70.0, 10.0, n);
    let [equal, beside] = paired(0.2, 1.0, n);
    let [wide, other] = paired(0.0, 60.0, n);
    for (x, y, verdict, said) in [
        (&shifted(&same, 20.0), &same, Verdict::SameReturns, "x"),
        (
            &equal,
            &beside,
            Verdict::Equivalent,
            "X and Y are equivalent on t: mean return 0.2",
        ),
        (
            &wide,
            &other,
            Verdict::CannotTell,
            "X and Y cannot be told apart on t",
        ),
        (
            &same,
            &same,
            Verdict::SameReturns,
            "X and Y have the same returns on t, in every one of 10 runs",
        ),
    ] {
        let found = judged(&one_task(&[("X", x), ("Y", y)]));
        if said == "x" {
            // All of a constant difference: ten equal signs decide.
            assert_eq!(found.verdict, Verdict::Better);
            assert_eq!(found.against_margin, Some(Against::More));
            continue;
        }
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert!(found.words.starts_with(said), "{}", found.words);
    }
    let equivalent = judged(&one_task(&[("X", &equal), ("Y", &beside)]));
    let open = "failures in up to 31% of the runs are not excluded";
    assert!(equivalent.words.ends_with(open), "{}", equivalent.words);
    let tells = judged(&one_task(&[("X", &wide), ("Y", &other)]));
    assert!(
        tells
            .words
            .contains("runs of each would find a difference of 5"),
        "{}",
        tells.words
    );
}

#[test]
fn few_runs_stopped_runs_and_ceilings_have_their_own_answers() {
    let four = judged(&one_task(&[("X", &[1.0, 2.0, 3.0, 5.0]), ("Y", &[1.0; 4])]));
    assert_eq!(four.verdict, Verdict::TooFewRuns);
    assert!(four.difference.is_some() && four.improvement.low.is_none());
    let one = judged(&one_task(&[("X", &[1.0]), ("Y", &[2.0])]));
    assert_eq!((one.verdict, one.difference), (Verdict::TooFewRuns, None));

    let (x, y) = (around(80.0, 1.0, 6), around(20.0, 1.0, 6));
    let stopped = vec![Stopped {
        algorithm: "Y".to_owned(),
        task: "t".to_owned(),
    }];
    let found = judged(&one_task(&[("X", &x), ("Y", &y)]).without(stopped));
    assert_eq!(found.verdict, Verdict::NoVerdict);
    assert!(
        found.words.contains("stopped by an error"),
        "{}",
        found.words
    );

    let rows: Vec<Row> = ["X", "Y"]
        .iter()
        .flat_map(|name| {
            (0..6).map(|run| Row {
                algorithm: (*name).to_owned(),
                task: "t".to_owned(),
                run: run.to_string(),
                score: if *name == "X" { 100.0 } else { 99.5 },
                failed: None,
                place: String::new(),
            })
        })
        .collect();
    let reference = Reference {
        maximum: Some(100.0),
        ..Reference::between(0.0, 100.0).with_margin(5.0)
    };
    let table = ScoreTable::new(vec!["t".to_owned()], &rows, Some(vec![reference]), "x");
    let found = judged(&table.unwrap().of_seeds());
    assert_eq!(found.verdict, Verdict::AtTheCeiling);
}

#[test]
fn failures_stand_in_words_and_forbid_equivalence() {
    let y = around(52.0, 1.0, 10);
    let mut x = y.clone();
    // Below half way to the reference, and by less than the margin.
    x[3] = 49.0;
    let found = judged(&one_task(&[("X", &x), ("Y", &y)]));
    let said = "inside the margin of 5, but not as many runs of either failed";
    assert!(found.words.contains(said), "{}", found.words);
    assert_eq!((found.verdict, found.failed), (Verdict::CannotTell, [1, 0]));
    assert!(
        found.words.ends_with("1 run of X failed"),
        "{}",
        found.words
    );
}

/// X wins most pairs by little and loses the mean by one disaster.
#[test]
fn what_single_runs_say_stands_beside_what_means_say() {
    let y = around(90.0, 3.0, 20);
    let mut x = shifted(&y, 4.0);
    for run in &mut x[..3] {
        *run = 10.0;
    }
    let found = judged(&one_task(&[("X", &x), ("Y", &y)]));
    assert_eq!(found.verdict, Verdict::CannotTell);
    assert!(
        found.words.contains("X wins 82% of pairs of runs")
            && found.words.contains("3 runs of X failed"),
        "{}",
        found.words
    );
}

#[test]
fn over_tasks_what_is_better_here_and_worse_there_is_mixed() {
    let y = around(50.0, 5.0, 10);
    let (up, down) = (shifted(&y, 20.0), shifted(&y, -10.0));
    let jitter = |runs: &[f64]| {
        let own = around(0.0, 1.0, 10);
        runs.iter()
            .zip(own.iter().rev())
            .map(|(a, b)| a + b)
            .collect::<Vec<f64>>()
    };
    let (up, down) = (jitter(&up), jitter(&down));
    let table = several(&[
        ("t", &[("X", &up), ("Y", &y)]),
        ("u", &[("X", &down), ("Y", &y)]),
        ("v", &[("X", &up), ("Y", &y)]),
    ]);
    let all = ["X".to_owned(), "Y".to_owned()];
    let found = compare(&table, &all, ("X", "Y"), &Settings::default()).unwrap();
    assert_eq!(found.judgement.verdict, Verdict::Mixed);
    let words = &found.judgement.words;
    assert!(
        words.contains("X is better on 2, worse on 1, equivalent on 0, open on 0 of 3 tasks"),
        "{words}"
    );
    // Three answers on tasks together, one over them.
    assert_eq!(found.tasks[0].judgement.comparisons, 3);
    assert_eq!(found.judgement.comparisons, 1);
}

#[test]
fn undeclared_pairs_are_exploratory_and_looks_cost() {
    let y = around(50.0, 5.0, 10);
    let table = one_task(&[
        ("A", &y),
        ("B", &shifted(&y, 1.0)),
        ("C", &shifted(&y, 2.0)),
    ]);
    let of = |results: &trpo_lab::scores::Results, x: &str, y: &str| {
        let mut pairs = results.comparisons.iter();
        let pair = pairs
            .find(|pair| (pair.x.as_str(), pair.y.as_str()) == (x, y))
            .unwrap();
        (pair.judgement.comparisons, pair.judgement.is_exploratory)
    };
    let results = assess(&table, &Settings::default());
    assert_eq!(of(&results, "A", "B"), (2, false));
    assert_eq!(of(&results, "A", "C"), (2, false));
    assert_eq!(of(&results, "B", "C"), (3, true));
    let settings = Settings {
        declared: vec![["C".to_owned(), "B".to_owned()]],
        looks: 2,
        ..Settings::default()
    };
    let results = assess(&table, &settings);
    assert_eq!(of(&results, "C", "B"), (2, false));
    assert_eq!(of(&results, "A", "B"), (6, true));
    // Bold is what no other beats, all pairs being asked for together.
    let best = |name: &str| results.algorithms.get(name).unwrap().tasks[0].is_best;
    assert_eq!([best("A"), best("B"), best("C")], [false, false, true]);
}

/// Every combination of what means and single runs can say.
#[test]
fn means_and_odds_never_contradict_each_other() {
    let n = 20;
    let base = around(60.0, 5.0, n);
    let mut seen = std::collections::BTreeSet::new();
    for shift in [-8.0, -1.0, 0.0, 1.0, 8.0] {
        for disasters in [0, 1, 2, 5, 15] {
            for disaster in [-50.0, 30.0] {
                for noise in [0.5, 12.0] {
                    let own = around(shift, noise, n);
                    let mut x: Vec<f64> = base
                        .iter()
                        .zip(own.iter().rev())
                        .map(|(a, b)| a + b)
                        .collect();
                    for run in x.iter_mut().step_by(2).take(disasters.min(10)) {
                        *run += disaster;
                    }
                    let found = judged(&one_task(&[("X", &x), ("Y", &base)]));
                    check(&found);
                    seen.insert(format!("{:?}", found.verdict));
                }
            }
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
}

/// That words, interval, margin and P(X > Y) say one thing.
fn check(found: &Judgement) {
    let (words, ends) = (&found.words, found.interval.unwrap());
    let point = found.difference.unwrap();
    assert!((ends.low..=ends.high).contains(&point));
    match found.verdict {
        Verdict::Better => assert!(
            ends.low > 0.0 && words.starts_with("X is better"),
            "{words}"
        ),
        Verdict::Worse => assert!(
            ends.high < 0.0 && words.starts_with("Y is better"),
            "{words}"
        ),
        Verdict::Equivalent => {
            assert!(ends.low > -5.0 && ends.high < 5.0 && found.failed[0] == found.failed[1]);
            assert!(words.contains("are not excluded"), "{words}");
        }
        Verdict::CannotTell => {
            assert!(ends.low <= 0.0 && ends.high >= 0.0, "{found:?}");
            assert!(words.contains("cannot be told apart"), "{words}");
        }
        other => panic!("{other:?}: {words}"),
    }
    let odds = found.improvement.interval().unwrap();
    let better = words.contains("loses more often");
    let x_wins = words.contains("X wins");
    let y_wins = words.contains("Y wins");
    assert!(!(x_wins && y_wins));
    assert!(!x_wins || odds.low > 0.5, "{words}");
    assert!(!y_wins || odds.high < 0.5, "{words}");
    match found.verdict {
        Verdict::Better => assert_eq!(better, odds.high < 0.5, "{words}"),
        Verdict::Worse => assert_eq!(better, odds.low > 0.5, "{words}"),
        _ => {
            assert!(!better, "{words}");
            assert_eq!(
                x_wins || y_wins,
                odds.low > 0.5 || odds.high < 0.5,
                "{words}"
            );
        }
    }
    let smallest = found.smallest_margin.unwrap();
    assert_eq!(smallest, ends.low.abs().max(ends.high.abs()));
}

/// Costs: 0 is the best, and X pays less.
#[test]
fn less_is_better_where_the_reference_is_below_random() {
    let rows: Vec<Row> = [("X", 10.0), ("Y", 30.0)]
        .iter()
        .flat_map(|&(name, mean)| {
            around(mean, 2.0, 8)
                .into_iter()
                .enumerate()
                .map(move |(run, score)| Row {
                    algorithm: name.to_owned(),
                    task: "t".to_owned(),
                    run: (run * usize::from(name == "X") + (7 - run) * usize::from(name == "Y"))
                        .to_string(),
                    score,
                    failed: None,
                    place: String::new(),
                })
        })
        .collect();
    let reference = Reference::between(100.0, 0.0).with_margin(5.0);
    let table = ScoreTable::new(vec!["t".to_owned()], &rows, Some(vec![reference]), "x");
    let found = judged(&table.unwrap().of_seeds());
    assert_eq!(found.verdict, Verdict::Better);
    assert!(
        found.words.contains("mean return 20.0 lower ["),
        "{}",
        found.words
    );
    assert!(found.interval.unwrap().high < 0.0);
}

#[test]
fn only_two_algorithms_of_the_table_are_compared() {
    let table = one_task(&[("X", &[1.0; 5]), ("Y", &[2.0; 5])]);
    let all = ["X".to_owned(), "Y".to_owned()];
    for pair in [("X", "X"), ("X", "Z"), ("Z", "Y")] {
        assert_eq!(compare(&table, &all, pair, &Settings::default()), None);
    }
}
