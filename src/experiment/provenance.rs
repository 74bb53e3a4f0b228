//! Where and how fast a run was made. Nothing here reaches a result.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::kernels::Kernel;
use crate::record::Provenance;
use crate::train::Part;

/// The git commit of the working folder, with `-dirty` appended where the code
/// or the experiments differ from it; `unknown` without git.
pub fn git_commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let sources = [
        // A run must not be in the way of a commit that is made meanwhile, and
        // when it is killed no lock may stay.
        "--no-optional-locks",
        "status",
        "--porcelain",
        "--",
        "src",
        "experiments",
        // The ledger is written when runs begin.
        ":(exclude)experiments/seeds.toml",
        "build.rs",
        "Cargo.toml",
        "Cargo.lock",
    ];
    match git(&sources) {
        Some(changes) if changes.is_empty() => commit,
        _ => format!("{commit}-dirty"),
    }
}

/// The version of MuJoCo, in a build that has it.
fn mujoco() -> Option<(&'static str, &'static str)> {
    #[cfg(feature = "mujoco")]
    return Some(("mujoco", crate::env::mujoco::version()));
    #[cfg(not(feature = "mujoco"))]
    None
}

/// What is the same for every run of this process.
#[derive(Debug, Clone)]
pub struct Machine {
    versions: BTreeMap<String, String>,
    cpu: String,
    kernel: Kernel,
}

impl Machine {
    /// This machine and this program; `commit` from [`git_commit`], `kernel`
    /// that of the runs.
    pub fn here(commit: &str, kernel: Kernel) -> Self {
        let versions = [
            ("trpo-lab", env!("CARGO_PKG_VERSION")),
            ("rustc", env!("TRPO_LAB_RUSTC")),
            ("dfdx", env!("TRPO_LAB_DFDX")),
            ("commit", commit),
        ];
        let versions = versions.into_iter().chain(mujoco());
        let versions = versions.map(|(name, version)| (name.to_owned(), version.to_owned()));
        Self {
            versions: versions.collect(),
            cpu: cpu_model(),
            kernel,
        }
    }
}

/// The model of the CPU.
pub fn cpu_model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let model = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, model)| model.trim());
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// CPU seconds of this thread so far; 0 where the system does not tell.
fn thread_cpu_seconds() -> f64 {
    let text = fs::read_to_string(Path::new("/proc/thread-self/schedstat")).unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) * 1e-9
}

/// Load average of the last minute, a core; `None` where the system does not tell.
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split_whitespace().next()?.parse().ok()?;
    let cores = std::thread::available_parallelism().ok()?;
    Some(load / cores.get() as f64)
}

/// CPU time of the machine so far, and how much of it others on its host took.
pub fn machine_time() -> Option<[f64; 2]> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let numbers = text.lines().next()?.split_whitespace().skip(1);
    // user, nice, system, idle, iowait, irq, softirq, steal: the rest is in user.
    let numbers: Vec<f64> = numbers.take(8).filter_map(|n| n.parse().ok()).collect();
    Some([numbers.iter().sum(), *numbers.get(7)?])
}

/// Steps per second; 0 where the clock stood still, as a coarse one does, since JSON has no
/// infinite numbers and a record with one could not be read again.
pub fn speed(steps: u64, seconds: f64) -> f64 {
    match seconds > 0.0 {
        true => steps as f64 / seconds,
        false => 0.0,
    }
}

/// Measures one run.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
    cpu_started: f64,
    machine_started: Option<[f64; 2]>,
    part: Option<(Part, Instant)>,
    parts: BTreeMap<Part, f64>,
    /// Seconds in which checkpoints were made and written.
    checkpoints: f64,
}

/// What the seconds of checkpoints are called beside those of the parts of a run.
const CHECKPOINTS: &str = "checkpoints";

impl Stopwatch {
    /// Starts on the thread that makes the run.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu_started: thread_cpu_seconds(),
            machine_started: machine_time(),
            part: None,
            parts: BTreeMap::new(),
            checkpoints: 0.0,
        }
    }

    /// A part begins, and the one before it ends.
    pub fn begin(&mut self, part: Part) {
        let now = Instant::now();
        self.end_part(now);
        self.part = Some((part, now));
    }

    /// No part is under way until the next one begins.
    pub fn rest(&mut self) {
        self.end_part(Instant::now());
    }

    /// Making and writing a checkpoint took so long.
    pub fn kept(&mut self, time: Duration) {
        self.checkpoints += time.as_secs_f64();
    }

    fn end_part(&mut self, now: Instant) {
        if let Some((part, since)) = self.part.take() {
            *self.parts.entry(part).or_default() += (now - since).as_secs_f64();
        }
    }

    /// What was measured, for a run that made `steps` steps since the start.
    pub fn finish(mut self, machine: &Machine, steps: u64) -> Provenance {
        self.end_part(Instant::now());
        let wall_seconds = self.started.elapsed().as_secs_f64();
        let parts = self.parts.iter();
        let parts = parts.map(|(part, seconds)| (part.name().to_owned(), *seconds));
        let checkpoints = (CHECKPOINTS.to_owned(), self.checkpoints);
        let stolen = self
            .machine_started
            .zip(machine_time())
            .map(|(start, end)| {
                let [all, stolen] = [0, 1].map(|place| end[place] - start[place]);
                if all > 0.0 { stolen / all } else { 0.0 }
            });
        Provenance {
            load: load(),
            stolen,
            versions: machine.versions.clone(),
            cpu: machine.cpu.clone(),
            kernel: machine.kernel.name().to_owned(),
            wall_seconds,
            cpu_seconds: thread_cpu_seconds() - self.cpu_started,
            parts: parts.chain([checkpoints]).collect(),
            steps_per_second: speed(steps, wall_seconds),
            program: None,
            gymnasium: None,
        }
    }
}
