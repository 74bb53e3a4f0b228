//! The programs of `examples/` do what they say, and a program that changed says
//! so.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// `cargo test` builds the examples beside the tests.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.ancestors().nth(2).unwrap().join("examples");
    let path = folder.join(name);
    assert!(path.exists(), "`cargo test` builds {}", path.display());
    path
}

/// Makes the experiment of the file `examples/<name>.toml`.
fn reproduce(program: &Path, name: &str, out: &Path, more: &[&str]) -> (Output, String) {
    let output = Command::new(program)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("reproduce")
        .arg(format!("examples/{name}.toml"))
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{said}");
    (output, said)
}

fn report(out: &Path) -> String {
    fs::read_to_string(out.join("REPORT.md")).unwrap()
}

#[test]
fn a_task_of_ones_own_is_compared_drawn_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let program = example("custom_env");
    let (output, said) = reproduce(&program, "corridor", folder.path(), &[]);
    assert!(!said.contains("--again"), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let answer = "trpo and ppo have the same returns on Corridor-v0";
    assert!(printed.contains(answer), "{printed}");
    let results = folder.path().join("corridor");
    assert!(results.join("figures/learning_curves.svg").exists());
    assert!(report(folder.path()).contains("Corridor-v0"));
    let record = results.join("runs/Corridor-v0/trpo/seed-0.json");
    let record = fs::read_to_string(record).unwrap();
    assert!(record.contains(r#""env_version":1"#), "{record}");
}

/// As where a reward was edited and the version was not raised: the program is
/// another, the configuration is not.
#[test]
fn records_of_another_build_are_said_once_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("changed");
    fs::copy(example("custom_env"), &program).unwrap();
    let out = folder.path().join("out");
    reproduce(&program, "corridor", &out, &[]);
    let (again, said) = reproduce(&program, "corridor", &out, &[]);
    assert!(!said.contains("another build"), "{said}");
    assert!(
        String::from_utf8(again.stdout)
            .unwrap()
            .contains("0 runs made")
    );

    let mut changed = OpenOptions::new().append(true).open(&program).unwrap();
    changed.write_all(b" ").unwrap();
    drop(changed);
    let (_, said) = reproduce(&program, "corridor", &out, &[]);
    assert_eq!(said.matches("another build").count(), 1, "{said}");
    assert!(
        said.contains("10 records") && said.contains("--again"),
        "{said}"
    );
    let (made, said) = reproduce(&program, "corridor", &out, &["--again"]);
    assert!(!said.contains("another build"), "{said}");
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(
        made.contains("10 runs made") && made.contains("10 of 10 digests equal"),
        "{made}"
    );
}

#[test]
fn an_algorithm_of_ones_own_stands_beside_ours() {
    let folder = tempfile::tempdir().unwrap();
    let program = example("custom_algorithm");
    reproduce(&program, "search", folder.path(), &[]);
    let results = folder.path().join("search");
    assert!(results.join("figures/learning_curves.svg").exists());
    let scores = fs::read_to_string(results.join("scores.csv")).unwrap();
    assert_eq!(
        scores
            .lines()
            .filter(|line| line.contains(",search,"))
            .count(),
        5
    );
    // Its updates are episodes, of any length: it has as many points as TRPO.
    let curves = fs::read_to_string(results.join("curves.csv")).unwrap();
    for variant in [",search,", ",trpo,"] {
        let of = curves.lines().filter(|line| line.contains(variant));
        assert_eq!(of.count(), 5 * 11, "{variant}");
    }

    // Any build reads what an algorithm that it lacks has left.
    let lab = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .args(["plot", "search", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(
        lab.status.success(),
        "{}",
        String::from_utf8_lossy(&lab.stderr)
    );
}

/// A policy that was trained here acts in a program that has only the layer for it.
#[test]
fn a_policy_acts_in_a_program_of_its_own() {
    let policy = "tests/golden/policies/version-1.safetensors";
    let mut child = Command::new(example("act"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg(policy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"0.6 -0.8 0.5\n1 0 0\n1 0\n").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert!(printed.starts_with('['), "{printed}");
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(
        problem.contains("2 components") || problem.contains("WrongObservation"),
        "{problem}"
    );
}

/// Trains, watches, evaluates, saves, loads and acts without the command line.
#[test]
fn the_laboratory_is_a_library_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.safetensors");
    let output = Command::new(example("use_as_library"))
        .arg(&path)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(printed.contains("40960 steps, KL 0.0"), "{printed}");
    assert!(
        printed.contains("over 100 episodes") && printed.contains("push right"),
        "{printed}"
    );
    assert!(path.exists());
}
