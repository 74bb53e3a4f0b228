//! An experiment made in parts: the same manifest as from one process, wherever the parts
//! were made; nothing overwritten, and what is missing is named with its command.

mod manual;
mod searches;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_cmd::Command as Run;
use trpo_lab::record::RunRecord;

const TINY: &str = r#"
title = "Parts"
headline = "final"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "0..3"

[settings]
steps = 1024
batch = 256
copies = 2
hidden = [8]
final_episodes = 2

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"
"#;

const RECORD: &str = "tiny/runs/CartPole-v1/trpo/seed-0.json";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    folder
}

/// What the program says, with its exit code.
fn lab(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = Run::cargo_bin("trpo-lab")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn merge(folder: &Path, more: &[&str], code: i32) -> String {
    let arguments = ["merge", "tiny.toml", "--wait", "0", "--jobs", "1"];
    lab(folder, &[&arguments[..], more].concat(), code)
}

/// A part that is being made.
fn part(folder: &Path, shard: &str, out: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(folder)
        .args(["run", "tiny.toml", "--jobs", "1"])
        .args(["--shard", shard, "--out", out])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn all(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// The manifest and what was stated, as one process leaves them.
fn of_one_process() -> [Vec<u8>; 2] {
    let folder = folder();
    lab(folder.path(), &["run", "tiny.toml"], 0);
    left(folder.path())
}

fn left(folder: &Path) -> [Vec<u8>; 2] {
    ["manifest.json", "stated.json"]
        .map(|name| fs::read(folder.join("results/tiny").join(name)).unwrap())
}

#[test]
fn parts_give_the_manifest_of_one_process_in_one_folder_or_in_several() {
    let expected = of_one_process();
    let shards = ["1/4", "2/4", "3/4", "4/4"];

    let together = folder();
    let path = together.path();
    all(shards
        .iter()
        .map(|shard| part(path, shard, "results"))
        .collect());
    assert!(path.join("results/tiny/shards/3-of-4.json").is_file());
    // Seeds are spent when the first run begins, not when parts are put together.
    let ledger = fs::read_to_string(path.join("seeds.toml")).unwrap();
    assert_eq!(
        ledger.matches("experiment = \"tiny\"").count(),
        1,
        "{ledger}"
    );
    let said = merge(path, &[], 0);
    assert!(said.contains("12 of 12 runs"), "{said}");
    assert_eq!(left(path), expected);
    assert!(!path.join("results/tiny/shards").exists());
    assert!(
        path.join("results/tiny/figures/learning_curves.svg")
            .is_file()
    );
    // Again, as often as one likes.
    merge(path, &[], 0);
    assert_eq!(left(path), expected);

    let apart = folder();
    let path = apart.path();
    let out = |shard: &str| format!("of-{}", &shard[..1]);
    all(shards
        .iter()
        .map(|shard| part(path, shard, &out(shard)))
        .collect());
    let from = [
        "--from", "of-1", "--from", "of-2", "--from", "of-3", "--from", "of-4",
    ];
    let said = merge(path, &from, 0);
    assert!(said.contains("12 taken from other folders"), "{said}");
    assert_eq!(left(path), expected);
    let policy = "results/tiny/policies/Pendulum-v1/ppo/seed-2.safetensors";
    assert!(path.join(policy).is_file());
}

#[test]
fn what_is_missing_is_named_with_the_command_that_makes_it() {
    let folder = folder();
    let path = folder.path();
    all(vec![part(path, "1/2", "results")]);
    let said = merge(path, &[], 1);
    assert!(said.contains("6 of 12 runs"), "{said}");
    assert!(said.contains("missing: "), "{said}");
    assert!(
        said.contains("`trpo-lab run tiny --shard 2/2` makes them"),
        "{said}"
    );
    assert!(!said.contains("--shard 1/2"), "{said}");
    assert!(!path.join("results/tiny/manifest.json").exists());
    // A part that was lost is made again, and what stands is not.
    fs::remove_file(path.join("results").join(RECORD)).unwrap();
    let said = lab(path, &["run", "tiny.toml", "--shard", "1/2"], 0);
    let said = said + &lab(path, &["run", "tiny.toml", "--shard", "2/2"], 0);
    assert!(said.contains("stood already"), "{said}");
    merge(path, &[], 0);
    assert_eq!(left(path), of_one_process());
}

#[test]
fn parts_of_something_else_are_refused_and_nothing_is_overwritten() {
    let folder = folder();
    let path = folder.path();
    for wrong in ["0/2", "3/2", "2"] {
        let said = lab(path, &["run", "tiny.toml", "--shard", wrong], 2);
        assert!(said.contains("such as 2/8"), "{said}");
    }
    // What makes everything is told in two commands.
    for shard in [&["--shard"][..], &["--shard", "1/2"]] {
        let said = lab(path, &[&["reproduce", "tiny.toml"], shard].concat(), 2);
        let two = [
            "`trpo-lab run tiny.toml --shard I/N`",
            "`trpo-lab merge tiny.toml`",
        ];
        assert!(two.iter().all(|command| said.contains(command)), "{said}");
    }
    all(vec![part(path, "1/2", "results")]);
    let marker = path.join("results/tiny/shards/1-of-2.json");
    let before = fs::read(&marker).unwrap();
    // Another number of parts.
    let said = lab(path, &["run", "tiny.toml", "--shard", "1/3"], 2);
    assert!(
        said.contains("1-of-2.json: it is part 1 of 2") && said.contains("merge --close tiny"),
        "{said}"
    );
    assert!(!path.join("results/tiny/shards/1-of-3.json").exists());
    // All runs at once.
    let said = lab(path, &["run", "tiny.toml"], 2);
    assert!(said.contains("made in 2 parts"), "{said}");
    // An edited file.
    fs::write(path.join("tiny.toml"), TINY.replace("1024", "2048")).unwrap();
    for arguments in [
        &["run", "tiny.toml", "--shard", "2/2"][..],
        &["merge", "tiny.toml"],
    ] {
        let said = lab(path, arguments, 2);
        assert!(
            said.contains("other settings, seeds or questions"),
            "{said}"
        );
    }
    assert_eq!(fs::read(&marker).unwrap(), before);
    fs::write(path.join("tiny.toml"), TINY).unwrap();
    // What the command line changes is a part of what is made.
    let less = ["--seeds", "0..1", "--out", "less"];
    lab(
        path,
        &[&["run", "tiny.toml", "--shard", "1/1"], &less[..]].concat(),
        0,
    );
    merge(path, &["--out", "less"], 2);
    let said = merge(path, &less, 0);
    assert!(said.contains("4 of 4 runs"), "{said}");
    // Closed, it goes on as one.
    let said = merge(path, &["--close"], 0);
    assert!(said.contains("6 of 12 runs have records"), "{said}");
    let said = lab(path, &["run", "tiny.toml"], 0);
    assert!(said.contains("6 runs made, 6 stood already"), "{said}");
    assert_eq!(left(path), of_one_process());
}

#[test]
fn records_that_differ_are_kept_and_those_of_several_commits_asked_about() {
    let folder = folder();
    let path = folder.path();
    lab(path, &["run", "tiny.toml", "--out", "a"], 0);
    lab(path, &["run", "tiny.toml", "--out", "b"], 0);
    let from = ["--from", "a", "--from", "b"];
    let [ours, theirs] = ["a", "b"].map(|root| path.join(root).join(RECORD));
    let whole = fs::read(&theirs).unwrap();
    let mut record: RunRecord = serde_json::from_slice(&whole).unwrap();
    record.episodes.returns[0] += 1.0;
    record.digest = record.compute_digest();
    fs::write(&theirs, serde_json::to_vec(&record).unwrap()).unwrap();
    let said = merge(path, &from, 1);
    assert!(
        said.contains("are one run and differ") && said.contains("both are kept"),
        "{said}"
    );
    assert!(said.contains("11 of 12 runs"), "{said}");
    assert!(ours.is_file() && theirs.is_file());
    // A byte of one: damaged, and the other would do, but somebody has to say so.
    fs::write(&theirs, &whole[..whole.len() - 9]).unwrap();
    let said = merge(path, &from, 1);
    assert!(said.contains("damaged"), "{said}");

    let mut record: RunRecord = serde_json::from_slice(&whole).unwrap();
    let commit = "0123456789abcdef".to_owned();
    record
        .provenance
        .versions
        .insert("commit".to_owned(), commit);
    fs::write(&ours, serde_json::to_vec(&record).unwrap()).unwrap();
    fs::write(&theirs, &whole).unwrap();
    fs::remove_dir_all(path.join("results")).unwrap();
    let said = merge(path, &from, 1);
    assert!(said.contains("0123456789abcdef (1 run)"), "{said}");
    assert!(!path.join("results/tiny/manifest.json").exists());
    let said = merge(path, &[&from[..], &["--accept-commits"]].concat(), 0);
    assert!(said.contains("12 there twice"), "{said}");
    let said = merge(path, &["--from", "nowhere"], 2);
    assert!(said.contains("--from nowhere"), "{said}");
}

/// From files alone: what is done, what is missing, and the step of a run that was left.
#[test]
fn status_says_how_far_everything_is() {
    let folder = folder();
    let path = folder.path();
    let said = lab(path, &["status", "tiny.toml"], 0);
    assert!(
        said.contains("0 of 12 runs done, 0 under way, 0 failed, 12 missing"),
        "{said}"
    );
    all(vec![part(path, "1/2", "results")]);
    let said = lab(path, &["status", "tiny.toml"], 0);
    assert!(
        said.contains("6 of 12 runs done, 0 under way, 0 failed, 6 missing"),
        "{said}"
    );
    assert!(said.contains("1 of 2 parts begun"), "{said}");
    assert!(said.contains("of one CPU left"), "{said}");

    // On seeds of its own: those of the other are spent.
    let long = TINY.replace("1024", "50_000_000").replace("0..3", "10..13");
    fs::write(path.join("long.toml"), long).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(path)
        .args(["run", "long.toml", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let pid = child.id().to_string();
    let kill = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let said = lab(path, &["status", "long.toml"], 0);
    assert!(said.contains("1 under way, 0 failed, 11 missing"), "{said}");
    assert!(said.contains("of 50,000,128 steps, "), "{said}");
}

/// The scripts are ones that bash reads; a cluster that is not there or refuses is told.
#[test]
fn jobs_of_slurm_are_scripts_and_its_refusals_its_own_words() {
    let folder = folder();
    let path = folder.path();
    let slurm = ["slurm", "tiny.toml", "--shards", "5", "--array-size", "2"];
    let more = [
        "--partition",
        "short",
        "--time",
        "1",
        "--cpus",
        "3",
        "--max-parallel",
        "2",
    ];
    let said = lab(path, &[&slurm[..], &more].concat(), 0);
    assert!(said.contains("12 runs in 5 parts"), "{said}");
    for (name, lines) in [
        (
            "array-1.sh",
            ["#SBATCH --array=1-2%2", "$((0 + SLURM_ARRAY_TASK_ID))/5"],
        ),
        (
            "array-3.sh",
            ["#SBATCH --array=1-1%2", "$((4 + SLURM_ARRAY_TASK_ID))/5"],
        ),
        (
            "merge.sh",
            ["#SBATCH --partition=short", " merge 'tiny.toml'"],
        ),
    ] {
        let script = path.join("results/tiny/slurm").join(name);
        let text = fs::read_to_string(&script).unwrap();
        for line in lines {
            assert!(text.contains(line), "{name}: {text}");
        }
        assert!(!text.contains('{') || !text.contains("{shards}"), "{text}");
        assert!(
            Command::new("bash")
                .arg("-n")
                .arg(&script)
                .status()
                .unwrap()
                .success()
        );
    }
    let text = fs::read_to_string(path.join("results/tiny/slurm/array-1.sh")).unwrap();
    assert!(text.contains("#SBATCH --signal=B:TERM@40\n"), "{text}");

    for wrong in ["soon", "0", "1:2:3:4"] {
        let said = lab(path, &["slurm", "tiny.toml", "--time", wrong], 2);
        assert!(said.contains("minutes, H:MM:SS"), "{said}");
    }
    let bin = path.join("bin");
    fs::create_dir(&bin).unwrap();
    let submit = |code: i32| {
        let output = Run::cargo_bin("trpo-lab")
            .unwrap()
            .current_dir(path)
            .env("PATH", &bin)
            .args(slurm)
            .arg("--submit")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(submit(1).contains("sbatch cannot be started"));
    let sbatch = bin.join("sbatch");
    fs::write(&sbatch, "#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n").unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&sbatch, fs::Permissions::from_mode(0o755)).unwrap();
    let said = submit(1);
    assert!(
        said.contains("sbatch refuses") && said.contains("invalid partition"),
        "{said}"
    );
}
