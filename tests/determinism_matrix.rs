//! The whole record of a run, but for its provenance, is the same for every
//! kernel, any number of jobs and of threads inside a run, any order of runs,
//! interrupted or not: through the program itself, in every combination.

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use program::{EXPERIMENT, NAME, RUNS, folder, interrupt, records, trpo_lab};
use tempfile::TempDir;
use trpo_lab::kernels::{Instructions, Kernel};
use trpo_lab::record::{Provenance, RunRecord};

/// One way to make the experiment.
#[derive(Debug, Clone, Copy)]
struct Case {
    kernel: Kernel,
    jobs: usize,
    threads_per_run: usize,
    /// Tasks and variants stand in the file in the opposite order.
    is_reversed: bool,
    /// All runs go on from checkpoints after their first update.
    is_resumed: bool,
}

/// The records without their provenance.
type Results = BTreeMap<String, RunRecord>;

fn without_provenance(mut records: Results) -> Results {
    for record in records.values_mut() {
        record.provenance = Provenance::default();
    }
    records
}

/// What every case must give: one job, the order of the file, the best kernel.
static EXPECTED: LazyLock<Results> = LazyLock::new(|| {
    let folder = folder(&longer());
    run(
        &folder,
        &["--jobs", "1", "--threads-per-run", "1"],
        Kernel::best(),
    );
    let expected = without_provenance(records(&folder));
    assert_eq!(expected.len(), RUNS);
    expected
});

fn run(folder: &TempDir, arguments: &[&str], kernel: Kernel) {
    trpo_lab(folder, &["run", "determinism.toml"])
        .args(arguments)
        .env("TRPO_LAB_KERNEL", kernel.name())
        .assert()
        .success();
}

/// The experiment with batches of three chunks of rows, to give threads inside a
/// run something to divide.
fn longer() -> String {
    let short = "steps = 512\nbatch = 256";
    assert!(EXPERIMENT.contains(short));
    EXPERIMENT.replacen(short, "steps = 1280\nbatch = 640", 1)
}

/// The same with its tasks and variants in the opposite order.
fn reversed() -> String {
    let tasks = r#"["CartPole-v1", "Pendulum-v1"]"#;
    let text = longer();
    assert!(text.contains(tasks));
    let text = text.replacen(tasks, r#"["Pendulum-v1", "CartPole-v1"]"#, 1);
    let mut parts = text.split("\n[variant.");
    let head = parts.next().unwrap().to_owned();
    let variants = parts.fold(String::new(), |after, part| {
        format!("\n[variant.{}\n{after}", part.trim_end())
    });
    head + &variants
}

fn check(case: Case) {
    let text = if case.is_reversed {
        reversed()
    } else {
        longer()
    };
    let folder = folder(&text);
    if case.is_resumed {
        interrupt(&folder, &longer());
    }
    let [jobs, threads] = [case.jobs, case.threads_per_run].map(|n| n.to_string());
    let workers = ["--jobs", &jobs, "--threads-per-run", &threads];
    run(&folder, &workers, case.kernel);
    let records = records(&folder);
    // The case is what it says.
    let updates = if case.is_resumed { 1.0 } else { 2.0 };
    for record in records.values() {
        let provenance = &record.provenance;
        assert_eq!(provenance.kernel, case.kernel.name());
        let steps = provenance.steps_per_second * provenance.wall_seconds;
        assert_eq!(steps.round(), 640.0 * updates, "{case:?}");
    }
    for (path, record) in without_provenance(records) {
        // Whole records would fill the screen.
        assert!(EXPECTED.get(&path) == Some(&record), "{case:?}: {path}");
    }
}

/// All cases of a kernel, if this CPU has it.
fn check_all(instructions: Instructions) {
    let Some(kernel) = instructions.kernel() else {
        eprintln!("skipped: this CPU lacks {}", instructions.name());
        return;
    };
    for (index, jobs) in [1, 2, 8].into_iter().enumerate() {
        for is_reversed in [false, true] {
            for is_resumed in [false, true] {
                // Beside every value of every other.
                let turn = index + usize::from(is_reversed) + usize::from(is_resumed);
                check(Case {
                    kernel,
                    jobs,
                    threads_per_run: [1, 2, 4][turn % 3],
                    is_reversed,
                    is_resumed,
                });
            }
        }
    }
}

#[test]
fn avx512() {
    check_all(Instructions::Avx512);
}

#[test]
fn avx2() {
    check_all(Instructions::Avx2);
}

/// Where the CPU has fused multiply-add, libm uses it here too; where it has
/// not, `make determinism` goes: on an emulated CPU.
#[test]
fn portable() {
    check_all(Instructions::Portable);
}

/// Interrupted by Ctrl-C again and again, wherever that falls.
#[cfg(unix)]
#[test]
fn ctrl_c_changes_nothing() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    // As many steps as keep this machine, however fast, busy for a second:
    // what is over before the first interruption shows nothing.
    let arguments = [
        "run",
        "determinism.toml",
        "--seeds",
        "0",
        "--out",
        "results",
    ];
    let mut steps = 25_600;
    let (whole, longer, time) = loop {
        let whole = folder(EXPERIMENT);
        let longer = ["--steps".to_owned(), steps.to_string()];
        let start = Instant::now();
        trpo_lab(&whole, &arguments)
            .args(&longer)
            .assert()
            .success();
        if start.elapsed() > Duration::from_secs(1) {
            break (whole, longer, start.elapsed());
        }
        steps *= 2;
    };

    let stopped = folder(EXPERIMENT);
    let (mut interruptions, mut checkpoints) = (0, 0);
    loop {
        let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
            .current_dir(stopped.path())
            .args(arguments)
            .args(&longer)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Longer each time, so that even a busy machine arrives.
        std::thread::sleep(time * (interruptions + 1) / 20);
        let pid = child.id().to_string();
        let kill = Command::new("kill").args(["-INT", &pid]).output().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        assert!(kill.status.success(), "it failed by itself");
        interruptions += 1;
        let left = stopped
            .path()
            .join("results")
            .join(NAME)
            .join("checkpoints");
        checkpoints += program::files(&left).len();
        assert!(interruptions < 100, "it does not get on");
    }
    assert!(checkpoints > 0, "it was never interrupted within a run");
    println!("{interruptions} interruptions left {checkpoints} checkpoints");
    let [whole, stopped] = [whole, stopped].map(|folder| without_provenance(records(&folder)));
    assert_eq!(whole.len(), 8);
    assert!(whole == stopped);
}
