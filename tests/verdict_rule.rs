//! The rule of verdicts is itself measured: how often it says of equal algorithms
//! that one is better, and of different ones that they are equivalent.
//!
//! `docs/verdict-rule.csv` holds the whole simulation. It is made by
//!
//! ```sh
//! TRPO_LAB_WRITE=1 cargo test --release --test verdict_rule -- --include-ignored
//! ```
//!
//! and made again and compared by `make check-all`; some of its rows are here.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use trpo_lab::env::Reference;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::scores::results::Comparison;
use trpo_lab::scores::{Row, ScoreTable, Settings, Verdict, compare};
use trpo_lab::stats::Stratified;
use trpo_lab::summary::ScoreRow;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::statistics;

/// Pairs of algorithms in a row of the table.
const REPETITIONS: usize = 2000;

/// Of 84 rows with three numbers some lie two standard errors above the truth by
/// chance. Such a row is measured anew, with so many pairs.
const AGAIN: usize = 20_000;

/// The margin, in standard deviations of a run.
const MARGIN: f64 = 1.0;

/// How returns of runs are distributed; failures cost eight standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Normal,
    /// Student's t with three degrees of freedom.
    Heavy,
    /// Two values, either as often.
    TwoPoint,
    /// Normal, but a share of runs fails: in both algorithms with the same seeds,
    /// or each with its own.
    Failures(f64, bool),
    /// Normal, cut off at half a standard deviation above the mean: a third tie.
    Ceiling,
}

impl Kind {
    fn name(self) -> String {
        match self {
            Kind::Normal => "normal".to_owned(),
            Kind::Heavy => "heavy-tailed".to_owned(),
            Kind::TwoPoint => "two-point".to_owned(),
            Kind::Failures(share, shared) => format!(
                "{:.0}% failures{}",
                100.0 * share,
                if shared { " of the same seeds" } else { "" }
            ),
            Kind::Ceiling => "ceiling".to_owned(),
        }
    }

    /// Returns of two runs of one seed, whose noise correlates by `r`.
    fn pair(self, rng: &mut Rng, r: f64) -> [f64; 2] {
        let shared = rng.normal();
        let mut noise = || r.sqrt() * shared + (1.0 - r).sqrt() * rng.normal();
        let normal = [noise(), noise()];
        match self {
            Kind::Normal => normal,
            Kind::Heavy => {
                let mut chi = || (0..3).map(|_| rng.normal().powi(2)).sum::<f64>() / 3.0;
                let [a, b] = [chi(), chi()];
                // Unit variance: that of t with three degrees of freedom is 3.
                [normal[0] / a.sqrt(), normal[1] / b.sqrt()].map(|x| x / 3.0_f64.sqrt())
            }
            Kind::TwoPoint => normal.map(f64::signum),
            Kind::Failures(share, is_shared) => {
                let fails = |rng: &mut Rng| rng.uniform() < share;
                let first = fails(rng);
                let second = if is_shared { first } else { fails(rng) };
                let lost = |fails: bool| if fails { 8.0 } else { 0.0 };
                [normal[0] - lost(first), normal[1] - lost(second)]
            }
            Kind::Ceiling => normal.map(|x| x.min(0.5)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Case {
    kind: Kind,
    correlation: f64,
    runs: usize,
    tasks: usize,
}

fn cases() -> Vec<Case> {
    let mut kinds = Vec::new();
    for correlation in [0.0, 0.7] {
        for kind in [Kind::Normal, Kind::Heavy, Kind::TwoPoint, Kind::Ceiling] {
            kinds.push((kind, correlation));
        }
    }
    for share in [0.05, 0.1, 0.15] {
        for shared in [false, true] {
            kinds.push((Kind::Failures(share, shared), 0.0));
        }
    }
    let mut cases = Vec::new();
    for (kind, correlation) in kinds {
        for runs in [5, 10, 20] {
            for tasks in [1, 5] {
                cases.push(Case {
                    kind,
                    correlation,
                    runs,
                    tasks,
                });
            }
        }
    }
    cases
}

/// What a case comes to, in shares of all pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shares {
    /// Of equals: said to be better or worse, over all tasks.
    decided: f64,
    /// Of equals: said to be better or worse on any task.
    decided_somewhere: f64,
    /// Of two that differ by the margin: said to be equivalent.
    equivalent: f64,
}

impl Case {
    fn stream(&self, repetition: usize) -> Rng {
        let Case {
            kind,
            correlation,
            runs,
            tasks,
        } = self;
        let name = format!("{}, {correlation}, {runs}, {tasks}", kind.name());
        Streams::new(0, &name).stream(Purpose::Bootstrap, repetition as u32)
    }

    /// One pair of algorithms, of which X is the better by `shift`.
    fn compared(&self, rng: &mut Rng, shift: f64) -> Comparison {
        let mut rows = Vec::new();
        for task in 0..self.tasks {
            for run in 0..self.runs {
                let [x, y] = self.kind.pair(rng, self.correlation);
                for (algorithm, score) in [("X", x + shift), ("Y", y)] {
                    rows.push(Row {
                        algorithm: algorithm.to_owned(),
                        task: task.to_string(),
                        run: run.to_string(),
                        score,
                        // Four deviations down is a failure.
                        failed: Some(score < -4.0),
                        place: String::new(),
                    });
                }
            }
        }
        let tasks: Vec<String> = (0..self.tasks).map(|task| task.to_string()).collect();
        let reference = Reference::between(0.0, 1.0).with_margin(MARGIN);
        let references = Some(vec![reference; self.tasks]);
        let table = ScoreTable::new(tasks, &rows, references, "simulation").unwrap();
        let settings = Settings {
            bootstrap: Stratified {
                repetitions: 1,
                ..Stratified::new(0)
            },
            smallest_difference: MARGIN,
            ..Settings::default()
        };
        let all = ["X".to_owned(), "Y".to_owned()];
        compare(&table.of_seeds(), &all, ("X", "Y"), &settings).unwrap()
    }

    /// The shares, and of how many pairs.
    fn measured(&self) -> (Shares, usize) {
        let first = self.shares(0..REPETITIONS);
        let all = [first.decided, first.decided_somewhere, first.equivalent];
        match all.iter().any(|&share| share > most(REPETITIONS)) {
            true => (self.shares(REPETITIONS..REPETITIONS + AGAIN), AGAIN),
            false => (first, REPETITIONS),
        }
    }

    fn shares(&self, repetitions: Range<usize>) -> Shares {
        let pairs = repetitions.len() as f64;
        let counts: [usize; 3] = repetitions
            .into_par_iter()
            .map(|repetition| {
                let mut rng = self.stream(repetition);
                let equals = self.compared(&mut rng, 0.0);
                let mut on_tasks = equals.tasks.iter().map(|task| task.judgement.verdict);
                let apart = self.compared(&mut rng, MARGIN);
                [
                    usize::from(equals.judgement.verdict.is_decided()),
                    usize::from(on_tasks.any(Verdict::is_decided)),
                    usize::from(apart.judgement.verdict == Verdict::Equivalent),
                ]
            })
            .reduce(|| [0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let [decided, decided_somewhere, equivalent] = counts.map(|count| count as f64 / pairs);
        Shares {
            decided,
            decided_somewhere,
            equivalent,
        }
    }

    fn line(&self) -> String {
        let (shares, pairs) = self.measured();
        format!(
            "{},{},{},{},{pairs},{},{},{}\n",
            self.kind.name(),
            self.correlation,
            self.runs,
            self.tasks,
            shares.decided,
            shares.decided_somewhere,
            shares.equivalent
        )
    }
}

const HEADER: &str = "returns,correlation,runs,tasks,pairs,false_better_or_worse,false_on_some_task,false_equivalent\n";

/// The largest share of so many pairs that is within its level, by two standard
/// errors.
fn most(pairs: usize) -> f64 {
    0.05 + 2.0 * (0.05 * 0.95 / pairs as f64).sqrt()
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verdict-rule.csv")
}

/// Every row with equal means is within its level, by two standard errors of the
/// simulation.
#[test]
fn false_verdicts_are_as_rare_as_the_rule_says() {
    let text = fs::read_to_string(committed()).unwrap();
    let mut rows = 0;
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let pairs: usize = fields[4].parse().unwrap();
        for share in &fields[5..] {
            let share: f64 = share.parse().unwrap();
            assert!(share <= most(pairs), "{line}");
        }
        rows += 1;
    }
    assert_eq!(rows, cases().len());
}

/// That the rule of today is the one that was measured.
#[test]
fn some_rows_come_out_as_they_are_committed() {
    let text = fs::read_to_string(committed()).unwrap();
    for case in cases().iter().filter(|case| case.tasks == 1).step_by(9) {
        let line = case.line();
        assert!(text.contains(&line), "{line}");
    }
}

#[test]
#[ignore = "minutes; make check-all runs it"]
fn all_rows_come_out_as_they_are_committed() {
    let mut text = HEADER.to_owned();
    for case in cases() {
        write!(text, "{}", case.line()).unwrap();
    }
    if std::env::var_os("TRPO_LAB_WRITE").is_some() {
        fs::write(committed(), &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(committed()).unwrap());
}

/// TRPO against itself: the committed runs of one variant under two names, in
/// random halves, so that their seeds are disjoint. Halves of the same runs are
/// not independent of each other, so this is a check and not a measurement.
#[test]
fn an_algorithm_is_rarely_told_apart_from_itself() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/classic");
    let manifest = trpo_lab::summary::files::read_manifest(&folder).unwrap();
    let rows: Vec<ScoreRow> = read_rows(&folder).unwrap();
    let references = trpo_lab::experiment::references::References::of(&manifest).unwrap();
    let (tasks, _) = statistics::normalised(&manifest, &references);
    let mut rng = Streams::new(0, "halves").stream(Purpose::Bootstrap, 0);
    let settings = Settings {
        bootstrap: Stratified {
            repetitions: 1,
            ..Stratified::new(0)
        },
        ..Settings::default()
    };
    let (mut asked, mut told_apart) = (0, 0);
    for _ in 0..200 {
        let mut seeds = manifest.seeds.clone();
        for place in (1..seeds.len()).rev() {
            seeds.swap(place, rng.below(place as u64 + 1) as usize);
        }
        let first = &seeds[..seeds.len() / 2];
        let halves: Vec<ScoreRow> = (rows.iter().filter(|row| row.variant == "trpo"))
            .map(|row| ScoreRow {
                variant: if first.contains(&row.seed) { "X" } else { "Y" }.to_owned(),
                ..row.clone()
            })
            .collect();
        let names = ["X", "Y"];
        let table = statistics::table(&halves, &tasks, &names, manifest.headline, "halves");
        let all = names.map(str::to_owned);
        let found = compare(&table.unwrap(), &all, ("X", "Y"), &settings).unwrap();
        let mut on_tasks = found.tasks.iter().map(|task| task.judgement.verdict);
        asked += 1;
        told_apart += usize::from(on_tasks.any(Verdict::is_decided));
    }
    assert!(told_apart * 10 <= asked, "{told_apart} of {asked}");
}
