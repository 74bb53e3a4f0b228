//! What the report claims follows from its numbers: synthetic experiments with
//! opposite outcomes, and one with a single seed.

mod support;

use std::fs;
use std::path::Path;

use support::synthetic::experiment;
use support::{Experiment, settled, summarized};
use trpo_lab::columns::{Curve, Value};
use trpo_lab::experiment::plan::{Step, Sweep};
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;
use trpo_lab::stats::statistic::IQM;
use trpo_lab::summary::Extent;
use trpo_lab::summary::shares::OUTSIDE;
use trpo_lab::summary::{Statistics, Steps};
use trpo_lab::{figures, report};

/// Tasks with the raw scores that become 0 and 1.
const TASKS: [(&str, f64, f64); 2] = [
    ("CartPole-v1", 21.95, 500.0),
    ("Acrobot-v1", -497.5, -100.0),
];
const VARIANTS: [&str; 4] = ["trpo", "ppo", "vpg", "npg"];
const EPISODES: usize = 8;

/// How the runs of one variant look.
struct Look {
    /// Normalised return.
    level: f64,
    /// Mean divergence of every update, in trust radii.
    kl: f64,
    /// Every second update loses a fifth of the range and the next regains it.
    falls: bool,
    /// Seconds of the policy's part of an update.
    cost: f64,
}

/// An experiment in which the literature is right, or wrong in everything.
fn made(right: bool, seeds: u64) -> Experiment {
    let look = |variant: &str| -> Look {
        let (level, kl, falls, cost) = match (variant, right) {
            ("trpo", true) => (0.9, 0.8, false, 0.02),
            ("ppo", true) => (0.6, 1.5, false, 0.01),
            ("vpg", true) => (0.4, 1.2, true, 0.001),
            (_, true) => (0.7, 1.4, false, 0.01),
            ("trpo", false) => (0.3, 1.7, true, 0.01),
            ("ppo", false) => (0.9, 0.5, false, 0.02),
            ("vpg", false) => (0.4, 0.1, false, 0.001),
            (_, false) => (0.8, 0.9, false, 0.01),
        };
        Look {
            level,
            kl,
            falls,
            cost,
        }
    };
    let names = TASKS.map(|(name, ..)| name);
    let (mut records, manifest) = experiment(&names, &VARIANTS, seeds, 20_000);
    for (variant, record) in &mut records {
        fill(record, &look(variant), variant.starts_with("trpo"), seeds);
    }
    settled((records, manifest))
}

/// Sweeps of TRPO and of VPG over two decades each, in which the literature is
/// right, or wrong.
fn swept(right: bool, seeds: u64) -> Experiment {
    let names = TASKS.map(|(name, ..)| name);
    let sweeps = ["trpo", "vpg"].map(|name| Sweep {
        name: name.to_owned(),
        over: format!("{name}.step"),
        steps: [0.001, 0.01, 0.1]
            .iter()
            .enumerate()
            .map(|(place, &value)| Step {
                variant: format!("{name}-{place}"),
                value,
            })
            .collect(),
    });
    let variants: Vec<&str> = sweeps
        .iter()
        .flat_map(|sweep| sweep.steps.iter().map(|step| step.variant.as_str()))
        .collect();
    let (mut records, mut manifest) = experiment(&names, &variants, seeds, 20_000);
    for (variant, record) in &mut records {
        let is_robust = variant.starts_with("trpo") == right;
        let level = if is_robust || variant.ends_with('1') {
            0.9
        } else {
            0.1
        };
        let look = Look {
            level,
            kl: 0.5,
            falls: false,
            cost: 0.01,
        };
        fill(record, &look, variant.starts_with("trpo"), seeds);
    }
    manifest.analysis.sweeps = sweeps.to_vec();
    settled((records, manifest))
}

/// Makes a record look so.
fn fill(record: &mut RunRecord, look: &Look, is_trpo: bool, seeds: u64) {
    let task = TASKS
        .iter()
        .find(|task| task.0 == record.config.env)
        .unwrap();
    let raw = |level: f64| task.1 + level * (task.2 - task.1);
    let batch = record.config.common.batch;
    // A spread over seeds, the same on both tasks.
    let of_seed = 0.02 * (record.seed as f64 - 0.5 * (seeds - 1) as f64);
    record.curve = Curve::default();
    let episodes = &mut record.episodes;
    *episodes = Default::default();
    for update in 0..record.config.updates().unwrap() {
        let lost = if look.falls && update % 2 == 1 {
            0.2
        } else {
            0.0
        };
        for k in 1..=EPISODES {
            let within = 0.002 * (k as f64 - 4.5);
            episodes
                .end_step
                .push((update * batch + k * batch / EPISODES) as u64);
            episodes
                .returns
                .push(raw(look.level - lost + of_seed + within));
            episodes.length.push(100);
        }
        let kl = look.kl * 0.01;
        let mut row: Vec<(&'static str, Value)> = vec![
            ("step", (((update + 1) * batch) as f64).into()),
            ("return_mean", raw(look.level).into()),
            ("outcome", Value::Word("full_step")),
            ("improvement", 0.01.into()),
            ("kl_mean", kl.into()),
            ("kl_max", (4.0 * kl).into()),
            ("entropy", 0.5.into()),
        ];
        if is_trpo {
            row.push(("expected_improvement", 0.012.into()));
            row.push(("cg_residual", 1e-3.into()));
            row.push(("accepted", 0.0.into()));
        }
        record.curve.push(&row);
    }
    let provenance = &mut record.provenance;
    provenance.wall_seconds = 1.0;
    provenance.steps_per_second = record.config.total_steps() as f64;
    let updates = record.config.updates().unwrap() as f64;
    for part in ["collect", "advantages", "critic"] {
        provenance.parts.insert(part.to_owned(), 0.001 * updates);
    }
    provenance
        .parts
        .insert("policy".to_owned(), look.cost * updates);
}

/// What the report says, and from what.
struct Told {
    sentences: Vec<String>,
    /// Number and verdict of every claim.
    verdicts: Vec<(usize, String)>,
    text: String,
    statistics: Statistics,
    steps: Steps,
}

fn told(folder: &Path, made: &Experiment) -> Told {
    let dir = summarized(folder, made);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(folder).unwrap();
    let text = fs::read_to_string(folder.join("REPORT.md")).unwrap();
    let page = fs::read_to_string(folder.join("index.html")).unwrap();
    let summary = text.split("## Summary\n\n").nth(1).unwrap();
    let lines = summary.lines().take_while(|line| !line.is_empty());
    let sentences: Vec<String> = lines
        .enumerate()
        .map(|(place, line)| {
            line.strip_prefix(&format!("{}. ", place + 1))
                .unwrap()
                .to_owned()
        })
        .collect();
    for sentence in &sentences {
        assert!(sentence.ends_with('.'), "{sentence}");
        let shown = sentence.replace("`classic`", "<code>classic</code>");
        assert!(
            page.contains(&format!("<li>{shown}</li>")),
            "not in the page: {shown}"
        );
    }
    let claims = text.split("\n### ").skip(1);
    let verdicts = claims.filter_map(|claim| {
        let number = claim.split_once(". ")?.0.parse().ok()?;
        let verdict = claim.split_once("**Verdict: ")?.1.split_once("**")?.0;
        Some((number, verdict.to_owned()))
    });
    Told {
        sentences,
        verdicts: verdicts.collect(),
        statistics: Statistics::read(&dir).unwrap(),
        steps: Steps::read(&dir).unwrap(),
        text,
    }
}

/// What sentences say is what tables say.
fn assert_true(told: &Told) {
    let [sample, ranking, pair, answers, steps] = &told.sentences[..] else {
        panic!("five sentences: {:?}", told.sentences)
    };
    let runs: usize = told.statistics.runs.iter().map(|cell| cell.runs).sum();
    assert!(
        sample.contains(&format!(", {runs} runs, all of which were completed")),
        "{sample}"
    );
    let results = told.statistics.headline().unwrap();
    let order = |a: &&(String, _), b: &&(String, _)| {
        let iqm =
            |x: &(String, trpo_lab::scores::results::AlgorithmResults)| x.1.aggregates.get(&IQM);
        iqm(a).point.total_cmp(&iqm(b).point)
    };
    let (best, of_best) = results.algorithms.0.iter().max_by(order).unwrap();
    let (worst, _) = results.algorithms.0.iter().min_by(order).unwrap();
    let number = format!("{:.3}", of_best.aggregates.get(&IQM).point);
    assert!(ranking.contains(&format!(
        "highest interquartile mean of the score is that of {best}, {number}"
    )));
    assert!(
        ranking.contains(&format!("the lowest that of {worst},")),
        "{ranking}"
    );
    let words = &results.comparisons[0].judgement.words;
    assert_eq!(*pair, format!("Between trpo and ppo: {words}."));
    let parts: Vec<&str> = answers
        .split_once(" below ")
        .unwrap()
        .1
        .split(';')
        .collect();
    let answer = ["holds", "does not hold", "cannot tell with these seeds"];
    for (part, verdict) in parts.iter().zip(answer) {
        let number: usize = part.split_whitespace().next().unwrap().parse().unwrap();
        let claims = told.verdicts.iter().filter(|(_, found)| found == verdict);
        let numbers: Vec<usize> = claims.map(|(number, _)| *number).collect();
        assert_eq!(number, numbers.len(), "{answers}");
        assert!(
            numbers.iter().all(|n| part.contains(&format!("({n})"))),
            "{answers}"
        );
    }
    for (name, algorithm) in [
        ("TRPO", "trpo"),
        ("PPO", "ppo"),
        ("NPG", "npg"),
        ("VPG", "vpg"),
    ] {
        let mut variants = told.steps.variants.iter();
        let outside = variants
            .find(|v| v.algorithm == algorithm)
            .unwrap()
            .share(&OUTSIDE);
        let expected = format!("{name} in {} of {}", outside.count, outside.of);
        assert!(steps.contains(&expected), "{steps}");
        if matches!(algorithm, "trpo" | "ppo") {
            let row = format!("({} of {}) |", outside.count, outside.of);
            let table = told
                .text
                .lines()
                .find(|l| l.starts_with(&format!("| {name}: updates out")));
            assert!(table.unwrap().contains(&row), "{table:?}");
        }
    }
}

fn verdicts(told: &Told) -> Vec<(usize, &str)> {
    told.verdicts
        .iter()
        .map(|(n, verdict)| (*n, verdict.as_str()))
        .collect()
}

#[test]
fn report_verdict_opposite_outcomes_are_told_apart() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let right = told(folders[0].path(), &made(true, 6));
    let wrong = told(folders[1].path(), &made(false, 6));
    let all = |verdict| [1, 2, 4, 5, 6].map(|number| (number, verdict)).to_vec();
    assert_eq!(verdicts(&right), all("holds"));
    assert_eq!(verdicts(&wrong), all("does not hold"));
    for told in [&right, &wrong] {
        assert_true(told);
    }
    assert!(
        right.sentences[2].contains("trpo is better than ppo"),
        "{}",
        right.sentences[2]
    );
    assert!(
        wrong.sentences[2].contains("ppo is better than trpo"),
        "{}",
        wrong.sentences[2]
    );
    // All but who ran and how often.
    assert_eq!(right.sentences[0], wrong.sentences[0]);
    for place in 1..5 {
        assert_ne!(right.sentences[place], wrong.sentences[place]);
    }
}

#[test]
fn report_verdict_one_seed_cannot_tell() {
    let folder = tempfile::tempdir().unwrap();
    let told = told(folder.path(), &made(true, 1));
    let open = [1, 2, 4, 5, 6].map(|number| (number, "cannot tell with these seeds"));
    assert_eq!(verdicts(&told), open);
    assert_true(&told);
    assert!(told.sentences[2].contains("too few runs: a verdict over tasks takes 5 runs"));
    assert!(
        told.sentences[0].contains("with 1 seed each"),
        "{}",
        told.sentences[0]
    );
}

#[test]
fn report_verdict_step_sizes() {
    for (right, seeds, verdict, words) in [
        (
            true,
            4,
            "holds",
            "VPG (learning rate 0.1) collapsed in 0 of 8 runs and TRPO",
        ),
        (false, 4, "does not hold", "TRPO (δ = 0.1) in 0 of 8 runs."),
        (
            true,
            1,
            "cannot tell with these seeds",
            "in 0 of 2 runs and TRPO",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let told = told(folder.path(), &swept(right, seeds));
        let found = told
            .verdicts
            .iter()
            .find(|(number, _)| *number == 3)
            .unwrap();
        assert_eq!(found.1, verdict);
        assert!(told.sentences[4].contains(words), "{}", told.sentences[4]);
        let span = match right {
            true if seeds > 1 => "span of trpo.step as good as the best | 0.001 to 0.1 |",
            true => "span of trpo.step as good as the best | none surely |",
            false => "span of trpo.step as good as the best | 0.01 to 0.01 |",
        };
        assert!(told.text.contains(span), "{}", told.text);
    }
}

/// A report over tables of other runs would be a lie.
#[test]
fn a_report_needs_the_summary_of_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = || report::write(folder.path()).unwrap_err().to_string();
    let experiment = made(true, 2);
    let dir = summarized(folder.path(), &experiment);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(folder.path()).unwrap();
    let out = folder.path().display();

    let manifest = dir.join("manifest.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        whole.replacen("\"version\": \"0.1.0\"", "\"version\": \"0.1.1\"", 1),
    )
    .unwrap();
    let message = complaint();
    assert!(
        message.contains("statistics.json: it is not of the runs in manifest.json"),
        "{message}"
    );
    assert!(message.contains(&format!(
        "`trpo-lab summarize classic --out {out}` makes it"
    )));
    fs::write(&manifest, &whole).unwrap();

    let svg = dir.join("figures/trust_region.svg");
    let drawn = fs::read_to_string(&svg).unwrap();
    fs::write(&svg, drawn.replacen("manifest: ", "manifest: 0", 1)).unwrap();
    let message = complaint();
    assert!(
        message.contains("trust_region.svg: it is not of the runs in"),
        "{message}"
    );
    assert!(message.contains(&format!("`trpo-lab plot classic --out {out}` makes it")));
    fs::write(&svg, drawn).unwrap();

    for name in ["steps.json", "cost.csv", "statistics.json"] {
        let text = fs::read_to_string(dir.join(name)).unwrap();
        fs::write(dir.join(name), "[").unwrap();
        let message = complaint();
        assert!(message.contains(&format!("{name}, line 1")), "{message}");
        fs::remove_file(dir.join(name)).unwrap();
        let message = complaint();
        assert!(
            message.contains(&format!("{name}: there is none; `trpo-lab summarize")),
            "{message}"
        );
        fs::write(dir.join(name), text).unwrap();
    }
    report::write(folder.path()).unwrap();
}
