//! Counts the instructions of six small runs and compares them with
//! `gate.json`, so that a change that makes training slower is noticed
//! whatever else the machine is doing.
//!
//! `cargo bench --bench gate -- compare` (or `make bench-gate`) fails where a
//! run takes more than 3% more instructions than are written down by the same
//! compiler; `accept` (or `make bench-gate-accept`) writes the present counts.
//! Valgrind's callgrind counts. It knows no AVX-512, so the AVX2 kernels run;
//! one thread, a fixed seed, and only what happens inside of [`measured`], so
//! that starting the process and asking for the CPU do not count.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde::{Deserialize, Serialize};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::npg::Npg;
use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::algo::vpg::Vpg;
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::kernels::Instructions;
use trpo_lab::train::train;

/// Where the counts stand.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gate.json");

/// The compiler of this program.
const RUSTC: &str = env!("TRPO_LAB_RUSTC");

/// How much more or less may go unsaid, in percent.
const TOLERANCE: f64 = 3.0;

/// What `gate.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    /// `rustc --version` of the compiler that made them.
    rustc: String,
    /// Instructions by the name of the run.
    runs: BTreeMap<String, u64>,
}

/// The runs: between them the four algorithms, discrete and continuous actions,
/// wide and narrow networks. Short, because valgrind computes a fused
/// multiply-add in software: a vector of them takes it a microsecond.
fn runs() -> Vec<(&'static str, RunConfig)> {
    let run = |name, env: &str, algorithm, steps, hidden: &[usize]| {
        let common = CommonSettings {
            steps,
            batch: 256,
            hidden: hidden.to_vec(),
            evaluation_episodes: 1,
            ..CommonSettings::default()
        };
        let config = RunConfig {
            common,
            ..RunConfig::new(env, algorithm)
        };
        (name, config)
    };
    let trpo = || AlgorithmConfig::new::<Trpo>(Default::default());
    let npg = AlgorithmConfig::new::<Npg>(Default::default());
    let vpg = || AlgorithmConfig::new::<Vpg>(Default::default());
    let ppo = AlgorithmConfig::new::<Ppo>(Default::default());
    // Products of matrices are nearly all of it.
    let mut wide = run("wide", "Pendulum-v1", trpo(), 256, &[128, 128]);
    wide.1.critic.epochs = 2;
    // The environment, random numbers and actions are most of it.
    let mut stepping = run("stepping", "Acrobot-v1", vpg(), 16_384, &[8]);
    stepping.1.critic.epochs = 1;
    vec![
        run("trpo", "CartPole-v1", trpo(), 512, &[64, 64]),
        run("npg", "Pendulum-v1", npg, 512, &[64, 64]),
        run("vpg", "CartPole-v1", vpg(), 1024, &[64, 64]),
        run("ppo", "Pendulum-v1", ppo, 512, &[64, 64]),
        wide,
        stepping,
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo adds its own.
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let outcome = match words.as_slice() {
        ["run", name] => run_one(name),
        ["compare"] => count_all().and_then(|counts| compare(&counts)),
        ["accept"] => count_all().and_then(|counts| accept(&counts)),
        _ => {
            println!("gate: `make bench-gate` compares, `make bench-gate-accept` rewrites");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("gate: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Makes the run called `name`, under callgrind.
fn run_one(name: &str) -> Result<(), String> {
    // Valgrind shows no AVX-512: by default these are the instructions.
    if Instructions::Avx2.kernel().is_none() {
        return Err("this CPU has no AVX2, with which the counts are made".to_owned());
    }
    let mut runs = runs().into_iter();
    let (_, config) = runs
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("there is no run `{name}`"))?;
    let status = measured(&config);
    match status {
        "completed" => Ok(()),
        other => Err(format!("the run `{name}` has {other}")),
    }
}

/// What is counted. Gives how the run ended.
#[inline(never)]
fn measured(config: &RunConfig) -> &'static str {
    std::hint::black_box(train(config, 0)).status.name()
}

/// The counts of all runs now, as many at a time as there are cores: how many
/// does not change an instruction.
fn count_all() -> Result<Counts, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let names: Vec<&str> = runs().into_iter().map(|(name, _)| name).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts = BTreeMap::new();
    for names in names.chunks(cores) {
        let found: Vec<Result<u64, String>> = std::thread::scope(|scope| {
            let each = names.iter();
            let counting: Vec<_> = each
                .map(|name| scope.spawn(|| count(&program, name)))
                .collect();
            let results = counting.into_iter().map(|thread| thread.join());
            results
                .map(|result| result.unwrap_or_else(|_| Err("a thread panicked".to_owned())))
                .collect()
        });
        for (name, count) in names.iter().zip(found) {
            counts.insert((*name).to_owned(), count?);
        }
    }
    Ok(Counts {
        rustc: RUSTC.to_owned(),
        runs: counts,
    })
}

/// Instructions of the run called `name`.
fn count(program: &Path, name: &str) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=gate::measured*"])
        .arg(program)
        .args(["run", name])
        .output()
        .map_err(|error| format!("valgrind: {error}; install the package `valgrind`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.rsplit("Collected :").next().unwrap_or_default();
    let count: Option<u64> = collected
        .lines()
        .next()
        .and_then(|number| number.trim().parse().ok());
    match count.filter(|&count| count > 0 && output.status.success()) {
        Some(count) => Ok(count),
        None => Err(format!("the run `{name}` was not counted:\n{said}")),
    }
}

/// Holds `now` against what is written down, and says what differs.
fn compare(now: &Counts) -> Result<(), String> {
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let before: Counts = serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))?;
    let mut slower = String::new();
    for (name, &count) in &now.runs {
        let Some(&accepted) = before.runs.get(name) else {
            let _ = write!(slower, "\n  {name}: {count}, and none is written down");
            continue;
        };
        let percent = 100.0 * (count as f64 / accepted as f64 - 1.0);
        println!("{name:<10} {accepted:>14} -> {count:>14} instructions, {percent:+.2}%");
        if percent > TOLERANCE {
            let _ = write!(slower, "\n  {name}: {accepted} -> {count}, {percent:+.2}%");
        } else if percent < -TOLERANCE {
            println!("{name}: fewer than before; `make bench-gate-accept` keeps the gain");
        }
    }
    for name in before.runs.keys() {
        if !now.runs.contains_key(name) {
            let _ = write!(
                slower,
                "\n  {name}: is written down, and there is no such run"
            );
        }
    }
    if slower.is_empty() {
        return Ok(());
    }
    let message = format!(
        "more instructions than benches/gate.json allows ({TOLERANCE}% more):{slower}\n\
         If that is meant, `make bench-gate-accept` writes these, and the commit says why."
    );
    if before.rustc == RUSTC {
        return Err(message);
    }
    println!(
        "warning: {message}\nThey are of another compiler, {}, so this is no failure.",
        before.rustc
    );
    Ok(())
}

/// Writes `now` down.
fn accept(now: &Counts) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(now).map_err(|error| error.to_string())?;
    text.push('\n');
    std::fs::write(FILE, text).map_err(|error| format!("{FILE}: {error}"))?;
    for (name, count) in &now.runs {
        println!("{name:<10} {count:>14} instructions");
    }
    Ok(())
}
