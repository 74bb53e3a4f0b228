//! What the report claims follows from its numbers: synthetic experiments with
//! opposite outcomes, and one with a single seed.

mod support;

use std::fs;
use std::path::Path;

use support::synthetic::experiment;
use support::{Experiment, settled, summarized};
use trpo_lab::claims::{Claims, Verdict};
use trpo_lab::columns::{Curve, Value};
use trpo_lab::experiment::claims::Claim;
use trpo_lab::experiment::plan::{Pair, Step, Sweep};
use trpo_lab::experiment::purpose::Purpose;
use trpo_lab::experiment::references::References;
use trpo_lab::lab::Lab;
use trpo_lab::record::RunRecord;
use trpo_lab::summary::{Extent, Statistics};
use trpo_lab::{figures, report};

/// Tasks with the raw scores that become 0 and 1.
const TASKS: [(&str, f64, f64); 2] = [
    ("CartPole-v1", 21.95, 500.0),
    ("Acrobot-v1", -497.5, -73.506),
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
        // A step ten times as long moves a hundred times as far.
        let place: u32 = variant.split_once('-').unwrap().1.parse().unwrap();
        let look = Look {
            level,
            kl: 0.001 * 10_f64.powi(2 * place as i32),
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

/// The claims that are asked of [`made`].
const CLAIMS: &str = r#"
[[claim]]
id = "better"
text = "TRPO is better than PPO."
source = "a test"
figure = "score_intervals"
could_fail = "PPO is as good"
[[claim.part]]
measure = "difference"
x = "trpo"
y = "ppo"
over = true

[[claim]]
id = "outside"
text = "PPO leaves the trust region; TRPO's states stay below 5 radii."
figure = "trust_region"
[[claim.part]]
measure = "share"
of = "outside"
x = "ppo"
[[claim.part]]
measure = "largest"
column = "kl_max"
unit = "delta"
x = "trpo"
side = "below"
bound = 5

[[claim]]
id = "falls"
text = "VPG falls more often than TRPO."
[[claim.part]]
measure = "share"
of = "falls"
x = "vpg"
y = "trpo"
"#;

/// And of [`swept`].
const SPANS: &str = r#"
[[claim]]
id = "robust"
text = "TRPO is as good over a decade of steps."
figure = "step_size"
[[claim.part]]
measure = "span"
x = "trpo"
bound = 0.4
"#;

fn with_claims(mut made: Experiment, text: &str) -> Experiment {
    #[derive(serde::Deserialize)]
    struct File {
        claim: Vec<Claim>,
    }
    made.1.analysis.claims = toml::from_str::<File>(text).unwrap().claim;
    // By what returns are judged is written down before the runs.
    let known = References::built_in().unwrap();
    for task in &made.1.tasks {
        let returns = known.get(task).unwrap().returns;
        made.1.analysis.references.insert(task.clone(), returns);
    }
    made
}

/// What the report says, and from what.
struct Told {
    text: String,
    page: String,
    claims: Claims,
    statistics: Statistics,
}

fn told(folder: &Path, made: &Experiment) -> Told {
    let dir = summarized(folder, made);
    let claims = Claims::of(&made.0, &made.1, &[]).unwrap();
    claims.write(&dir).unwrap();
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder).unwrap();
    Told {
        text: fs::read_to_string(folder.join("REPORT.md")).unwrap(),
        page: fs::read_to_string(folder.join("index.html")).unwrap(),
        statistics: Statistics::read(&dir).unwrap(),
        claims,
    }
}

fn verdicts(told: &Told) -> Vec<Verdict> {
    told.claims
        .claims
        .iter()
        .map(|claim| claim.verdict)
        .collect()
}

/// What the report says is what stands in its files.
fn assert_true(told: &Told) {
    for (place, claim) in told.claims.claims.iter().enumerate() {
        let (number, words) = (place + 1, claim.verdict.words());
        let heading = format!("### {number}. {}\n\nVerdict: **{words}** (", claim.text);
        assert!(told.text.contains(&heading), "no `{heading}`");
        let start = format!("| {number} | [{}](#{number}-", claim.text);
        let mut rows = told.text.lines().filter(|line| line.starts_with(&start));
        let row = rows.next().unwrap_or_else(|| panic!("no `{start}`"));
        assert!(row.contains(&format!(") | **{words}** |")), "{row}");
        assert!(told.page.contains(&format!("id=\"claim-{number}\"")));
        for answer in &claim.answers {
            let start = format!("| {}", answer.what);
            assert!(told.text.contains(&start), "no `{start}`");
        }
    }
    if let Some(results) = told.statistics.headline()
        && let Some(pair) = results.comparisons.first()
    {
        assert!(
            told.text.contains(&pair.judgement.words),
            "{}",
            pair.judgement.words
        );
        for task in &pair.tasks {
            let verdict = task.judgement.verdict.of_pair(&pair.x, &pair.y);
            let mut rows = told
                .text
                .lines()
                .filter(|line| line.starts_with(&format!("| {} |", task.task)));
            assert!(rows.any(|row| row.contains(&verdict)), "{verdict}");
        }
    }
}

/// A claim about longer runs than were made has no verdict, and is none of those that
/// could be said to hold falsely; of runs as long it has one.
#[test]
fn a_claim_about_longer_runs_is_not_judged() {
    let of = |steps: usize| {
        let folder = tempfile::tempdir().unwrap();
        let mut made = with_claims(made(true, 10), CLAIMS);
        made.1.analysis.claims[0].steps = Some(steps);
        told(folder.path(), &made)
    };
    let long = of(20_001);
    assert_true(&long);
    assert_eq!(long.claims.claims[0].verdict, Verdict::NotRun);
    assert_eq!(long.claims.claims[0].answers[0].value, None);
    for said in [
        "runs of 20,000 steps; the claim is about 20,001",
        "**not run to the end**",
        "Of 2 claims at most",
    ] {
        assert!(long.text.contains(said), "{said}");
    }
    let as_long = of(20_000);
    assert_eq!(as_long.claims.claims[0].verdict, Verdict::Holds);
    assert!(as_long.text.contains("Of 3 claims at most"));
}

#[test]
fn a_verdict_that_other_settings_turn_depends_on_the_tuning() {
    const DEPENDS: &str = "depends on the tuning";
    let named = |right: bool, name: &str| {
        let mut made = made(right, 10);
        made.1.experiment = name.to_owned();
        made
    };
    let mut main = named(true, "classic");
    main.1.analysis.retuned = Some("twin".to_owned());
    for (right, turned) in [(true, false), (false, true)] {
        let folder = tempfile::tempdir().unwrap();
        // Without the twin's results nothing is said of them.
        assert!(!told(folder.path(), &main).text.contains(DEPENDS));
        told(folder.path(), &named(right, "twin"));
        let text = told(folder.path(), &main).text;
        let on = match turned {
            true => "the verdict on 2 of 2 tasks is another one and depends on the tuning; and so",
            false => "the verdict on 0 of 2 tasks is another one",
        };
        assert!(text.contains(on), "{text}");
        let row = "| CartPole-v1 | ";
        let mut rows = text.lines().filter(|line| line.starts_with(row));
        let first = rows.next().unwrap();
        assert_eq!(first.contains(DEPENDS), turned, "{first}");
        assert!(text.contains("Does it depend on the tuning?"));
        // A twin that does not ask the same reassures nobody.
        let mut other = main.clone();
        let (x, y) = ("ppo".to_owned(), "trpo".to_owned());
        other.1.analysis.compare = vec![Pair { x, y }];
        let text = told(folder.path(), &other).text;
        assert!(text.contains("Whether it depends on the tuning is not known"));
    }
}

#[test]
fn an_experiment_that_only_checks_says_so_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut checks = made(true, 10);
    checks.1.analysis.purpose = Purpose::Check;
    let text = told(folder.path(), &checks).text;
    let (opening, chapter) = text.split_once("What stands behind this").unwrap();
    for part in [opening, chapter] {
        assert!(part.contains("checks whether things run"), "{text}");
    }
}

#[test]
fn opposite_outcomes_are_told_apart() {
    use Verdict::{DoesNotHold, Holds};
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let right = told(folders[0].path(), &with_claims(made(true, 10), CLAIMS));
    let wrong = told(folders[1].path(), &with_claims(made(false, 10), CLAIMS));
    assert_eq!(verdicts(&right), [Holds; 3]);
    assert_eq!(verdicts(&wrong), [DoesNotHold; 3]);
    for told in [&right, &wrong] {
        assert_true(told);
    }
    for (told, better, worse) in [(&right, "trpo", "ppo"), (&wrong, "ppo", "trpo")] {
        let mut lines = told.text.lines();
        let first = lines.find(|line| line.starts_with("**")).unwrap();
        let said = format!("**{better} is better than {worse}** on these 2 tasks together");
        assert!(first.starts_with(&said), "{first}");
        let said = format!("On Acrobot-v1 {better} is better by ");
        assert!(first.contains(&said), "{first}");
        let said = format!("In full: {better} is better than {worse} over 2 tasks");
        assert!(told.text.contains(&said), "{}", told.text);
    }
    // Nobody stated this before the runs.
    assert!(
        right
            .text
            .contains("not stated before the runs (exploratory)")
    );
    assert!(
        right
            .text
            .contains("Of 3 claims at most 0.075 are expected")
    );
    assert!(
        right
            .text
            .contains("Source: a test. It would fail if: PPO is as good.")
    );
}

#[test]
fn one_seed_cannot_tell() {
    let folder = tempfile::tempdir().unwrap();
    let told = told(folder.path(), &with_claims(made(true, 1), CLAIMS));
    assert_eq!(verdicts(&told), [Verdict::CannotTell; 3]);
    assert_true(&told);
    assert!(
        told.text
            .contains("there are too few runs of trpo and ppo over 2 tasks")
    );
}

#[test]
fn step_sizes() {
    for (right, verdict) in [(true, Verdict::Holds), (false, Verdict::DoesNotHold)] {
        let folder = tempfile::tempdir().unwrap();
        let told = told(folder.path(), &with_claims(swept(right, 6), SPANS));
        assert_eq!(verdicts(&told), [verdict], "{:?}", told.claims);
        assert_true(&told);
    }
}

/// A report over tables of other runs would be a lie.
#[test]
fn a_report_needs_the_summary_of_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = || {
        report::write(&Lab::standard(), folder.path())
            .unwrap_err()
            .to_string()
    };
    let experiment = made(true, 2);
    let dir = summarized(folder.path(), &experiment);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder.path()).unwrap();
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

    for name in ["cost.csv", "statistics.json"] {
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
    report::write(&Lab::standard(), folder.path()).unwrap();
}
