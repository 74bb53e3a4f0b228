//! Plausible records without training: learning curves and step diagnostics
//! of the shapes that the algorithms have.

use trpo_lab::algo::npg::Npg;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::algo::{AlgorithmConfig, npg, ppo, trpo, vpg};
use trpo_lab::columns::{Curve, Value};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::experiment::manifest::{Manifest, RunEntry};
use trpo_lab::experiment::plan::{Cell, Metric};
use trpo_lab::experiment::references::References;
use trpo_lab::record::{
    Episodes, Evaluation, NUMERICS, Point, Provenance, RunRecord, SCHEMA, Status,
};
use trpo_lab::rng::{Purpose, Rng, Streams};

/// The four classic tasks.
pub const TASKS: [&str; 4] = [
    "CartPole-v1",
    "Acrobot-v1",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
];

/// The seven MuJoCo tasks of the PPO paper.
pub const MUJOCO: [&str; 7] = [
    "HalfCheetah-v5",
    "Hopper-v5",
    "InvertedDoublePendulum-v5",
    "InvertedPendulum-v5",
    "Reacher-v5",
    "Swimmer-v5",
    "Walker2d-v5",
];

/// The five classic variants.
pub const VARIANTS: [&str; 5] = ["trpo", "ppo", "vpg", "vpg-kl", "npg"];

/// Records of every task under every variant, and their manifest.
pub fn experiment(
    tasks: &[&str],
    variants: &[&str],
    seeds: u64,
    steps: usize,
) -> (Vec<(String, RunRecord)>, Manifest) {
    evaluated(tasks, variants, seeds, steps, 0)
}

/// The same, evaluated at `points` points of ten episodes while they train.
pub fn evaluated(
    tasks: &[&str],
    variants: &[&str],
    seeds: u64,
    steps: usize,
    points: usize,
) -> (Vec<(String, RunRecord)>, Manifest) {
    let mut records = Vec::new();
    let mut cells = Vec::new();
    for env in tasks {
        for (number, variant) in variants.iter().enumerate() {
            let mut config = config(env, variant, number, steps);
            config.common.evaluation_points = points;
            for seed in 0..seeds {
                records.push(((*variant).to_owned(), record(&config, number, seed)));
            }
            cells.push(Cell {
                env: (*env).to_owned(),
                variant: (*variant).to_owned(),
                config,
            });
        }
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let manifest = Manifest {
        experiment: "classic".to_owned(),
        title: "Do trust regions help on the classic tasks?".to_owned(),
        headline: Metric::Final,
        analysis: Default::default(),
        gymnasium: Default::default(),
        commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        version: "0.1.0".to_owned(),
        numerics: NUMERICS,
        seeds: (0..seeds).collect(),
        tasks: owned(tasks),
        variants: owned(variants),
        cells,
        runs: entries(&records),
    };
    (records, manifest)
}

/// The manifest's entries of these records.
pub fn entries(records: &[(String, RunRecord)]) -> Vec<RunEntry> {
    let entry = |(variant, record): &(String, RunRecord)| RunEntry::new(variant, record);
    records.iter().map(entry).collect()
}

fn config(env: &str, variant: &str, number: usize, steps: usize) -> RunConfig {
    let algorithm = match variant.split('-').next() {
        Some("ppo") => AlgorithmConfig::new::<Ppo>(ppo::PpoSettings::default()),
        Some("npg") => AlgorithmConfig::new::<Npg>(npg::NpgSettings::default()),
        Some("vpg") => AlgorithmConfig::new::<Vpg>(vpg::VpgSettings {
            kl_adaptive: variant == "vpg-kl",
            ..Default::default()
        }),
        _ => AlgorithmConfig::new::<Trpo>(trpo::TrpoSettings {
            delta: match variant {
                "trpo" => 0.01,
                _ => 0.001 * f64::from(1 << (number / 2)),
            },
            ..Default::default()
        }),
    };
    RunConfig {
        common: CommonSettings {
            steps,
            ..Default::default()
        },
        ..RunConfig::new(env, algorithm)
    }
}

fn record(config: &RunConfig, number: usize, seed: u64) -> RunRecord {
    let mut rng =
        Streams::new(seed + 100 * number as u64, &config.env).stream(Purpose::Environment, 0);
    let speed = (0.5 + 4.0 * [1.0, 0.9, 0.35, 0.5, 0.95][number % 5]) * (0.25 * rng.normal()).exp();
    let skill = Skill {
        env: config.env.clone(),
        total: config.total_steps() as f64,
        range: range(&config.env),
        speed,
        collapse: (number % 5 == 2 && seed % 3 == 1).then(|| rng.uniform_in(0.4, 0.8)),
    };
    let episodes = episodes(config, &skill, &mut rng);
    let mut record = RunRecord {
        schema: SCHEMA,
        config: config.clone(),
        seed,
        status: Status::Completed,
        curve: curve(config, &episodes, &skill, &mut rng),
        evaluation: Some(evaluation(&skill, skill.total, 20, &mut rng)),
        points: points(config, &skill, seed),
        episodes,
        numerics: NUMERICS,
        digest: String::new(),
        provenance: provenance(config),
    };
    record.digest = record.compute_digest();
    record
}

fn evaluation(skill: &Skill, step: f64, episodes: usize, rng: &mut Rng) -> Evaluation {
    Evaluation {
        returns: (0..episodes).map(|_| skill.episode(step, rng).0).collect(),
        lengths: vec![200; episodes],
        faults: Vec::new(),
    }
}

fn points(config: &RunConfig, skill: &Skill, seed: u64) -> Vec<Point> {
    let mut rng = Streams::new(seed, &config.env).stream(Purpose::Point, 0);
    let mut point = |k: usize| {
        let step = config.point_step(k)?;
        Some(Point {
            update: config.point_update(k)?,
            step,
            evaluation: evaluation(skill, step as f64, 10, &mut rng),
        })
    };
    (0..=config.points()).filter_map(&mut point).collect()
}

/// Times that depend on nothing but the configuration.
fn provenance(config: &RunConfig) -> Provenance {
    let updates = config.updates().unwrap() as f64;
    let policy = match config.algorithm.name() {
        "vpg" => 0.001,
        _ => 0.01,
    };
    let parts = [
        ("collect", 0.002),
        ("advantages", 0.0005),
        ("policy", policy),
        ("critic", 0.009),
    ];
    let parts = parts.map(|(part, seconds)| (part.to_owned(), seconds * updates));
    let wall_seconds = parts.iter().map(|part| part.1).sum();
    Provenance {
        cpu: "A machine".to_owned(),
        kernel: "avx2".to_owned(),
        wall_seconds,
        parts: parts.into(),
        steps_per_second: config.total_steps() as f64 / wall_seconds,
        ..Provenance::default()
    }
}

/// From the random policy's return to the reference, of a MuJoCo task.
fn range(env: &str) -> Option<(f64, f64)> {
    let references = References::built_in().unwrap();
    let found = references.get(env).filter(|_| env.ends_with("-v5"));
    found.map(|task| (task.returns.random, task.returns.reference))
}

/// How good a run is, when.
struct Skill {
    env: String,
    total: f64,
    /// Returns between which it learns, where they are not built in.
    range: Option<(f64, f64)>,
    speed: f64,
    /// Share of the steps after which it loses what it learnt.
    collapse: Option<f64>,
}

impl Skill {
    /// From 0, nothing learnt, to 1, solved.
    fn at(&self, step: f64) -> f64 {
        let time = step / self.total;
        let learnt = 1.0 - (-self.speed * time * (1.0 + 2.0 * time)).exp();
        match self.collapse {
            Some(start) if time > start => learnt * (-12.0 * (time - start)).exp(),
            _ => learnt,
        }
    }

    /// Return and length of an episode that begins at `step`.
    fn episode(&self, step: f64, rng: &mut Rng) -> (f64, u32) {
        let skill = self.at(step);
        match self.env.as_str() {
            "CartPole-v1" => {
                let length = (20.0 + 520.0 * skill + (10.0 + 90.0 * skill) * rng.normal())
                    .clamp(9.0, 500.0)
                    .round();
                (length, length as u32)
            }
            "Acrobot-v1" => {
                let length = (520.0 - 440.0 * skill + 35.0 * rng.normal())
                    .clamp(70.0, 500.0)
                    .round();
                (1.0 - length, length as u32)
            }
            "MountainCarContinuous-v0" if rng.uniform() < skill * skill => {
                (95.0 - 6.0 * rng.uniform(), 150)
            }
            "MountainCarContinuous-v0" => (-45.0 * (1.0 - skill) - rng.uniform(), 999),
            _ => match self.range {
                Some((low, high)) => {
                    let noise = 0.05 * (high - low) * rng.normal();
                    (low + 0.9 * (high - low) * skill + noise, 500)
                }
                None => (-1250.0 + 1080.0 * skill + 110.0 * rng.normal(), 200),
            },
        }
    }
}

fn episodes(config: &RunConfig, skill: &Skill, rng: &mut Rng) -> Episodes {
    let copies = config.common.copies as u64;
    let mut ended = Vec::new();
    for copy in 0..copies {
        let mut step = 0;
        loop {
            let (ret, length) = skill.episode(step as f64, rng);
            step += u64::from(length) * copies;
            if step > config.total_steps() {
                break;
            }
            ended.push((step, copy, ret, length));
        }
    }
    ended.sort_by_key(|&(step, copy, ..)| (step, copy));
    Episodes {
        end_step: ended.iter().map(|e| e.0).collect(),
        returns: ended.iter().map(|e| e.2).collect(),
        length: ended.iter().map(|e| e.3).collect(),
        faults: Vec::new(),
    }
}

fn curve(config: &RunConfig, episodes: &Episodes, skill: &Skill, rng: &mut Rng) -> Curve {
    let mut curve = Curve::default();
    let batch = config.common.batch as u64;
    for update in 0..config.updates().unwrap() as u64 {
        let (start, end) = (update * batch, (update + 1) * batch);
        let ended = |step| episodes.end_step.partition_point(|&e| e <= step);
        let returns = &episodes.returns[ended(start)..ended(end)];
        let mean = returns.iter().sum::<f64>() / returns.len() as f64;
        let left = 1.0 - skill.at(end as f64);
        let mut row: Vec<(&'static str, Value)> = vec![
            ("step", (end as f64).into()),
            ("episodes", (returns.len() as f64).into()),
            ("return_mean", mean.is_finite().then_some(mean).into()),
            ("entropy", (0.2 + 0.45 * left).into()),
        ];
        let algorithm = &config.algorithm;
        let delta = algorithm.trust_radius().map(|radius| radius.start);
        row.extend(match (algorithm.name(), delta) {
            (name, Some(delta)) => trust_region(delta, left, name == "trpo", rng),
            ("vpg", None) => {
                let scale = if algorithm.departure().is_some() {
                    0.01
                } else {
                    0.0008 + 0.03 * (1.0 - left)
                };
                let kl = scale * (0.6 * rng.normal()).exp();
                vec![kl_of(kl), kl_max(kl, rng), ("learning_rate", 3e-3.into())]
            }
            _ => {
                let kl = 0.012 * (0.4 * rng.normal()).exp();
                vec![kl_of(kl), kl_max(kl, rng), ("clip_fraction", 0.1.into())]
            }
        });
        row.push(("explained_variance", (0.9 - 0.7 * left).into()));
        curve.push(&row);
    }
    curve
}

fn kl_of(kl: f64) -> (&'static str, Value) {
    ("kl_mean", kl.into())
}

fn kl_max(kl: f64, rng: &mut Rng) -> (&'static str, Value) {
    ("kl_max", (kl * (2.0 + 0.5 * rng.normal()).exp()).into())
}

fn trust_region(delta: f64, left: f64, search: bool, rng: &mut Rng) -> Vec<(&'static str, Value)> {
    let backtracks = (rng.uniform() * 1.6 + 0.3 * rng.normal().abs()).floor();
    let failed = search && rng.uniform() < 0.04;
    let full = delta * (0.93 + 0.25 * rng.uniform());
    let kl = match (search, failed) {
        (true, true) => 0.0,
        (true, false) => (full * 0.25_f64.powf(backtracks)).min(0.999 * delta),
        (false, _) => full * (0.15 * rng.normal()).exp(),
    };
    let expected = (0.012 + 0.05 * left) * (0.15 * rng.normal()).exp();
    let gained = if failed {
        0.0
    } else {
        expected * 0.5_f64.powf(backtracks) * 0.85
    };
    let accepted = (search && !failed).then_some(backtracks);
    vec![
        kl_of(kl),
        kl_max(kl, rng),
        ("expected_improvement", expected.into()),
        ("improvement", gained.into()),
        (
            "outcome",
            Value::Word(if failed {
                "line_search_failed"
            } else {
                "accepted"
            }),
        ),
        ("accepted", accepted.into()),
        ("cg_iterations", 10.0.into()),
        (
            "cg_residual",
            (10f64.powf(-2.6 + 1.2 * left + 0.3 * rng.normal())).into(),
        ),
    ]
}
