//! A search in parts: rung by rung the choice and the tables of one process.

use std::fs;
use std::path::Path;

use super::lab;

/// Three settings of one algorithm in two rungs of a moment.
const SEARCH: &str = r#"
title = "A search in parts"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "20..25"

[settings]
steps = 1600
batch = 32
copies = 4
hidden = [4]
evaluation_episodes = 1
critic.epochs = 1

[search]
seed = 3
protocol = "free"
settings = 3
cost_limit = 2.0
rungs = [
    { share = 0.5, seeds = 2, keep = 1 },
    { share = 1.0, seeds = 3, keep = 1 },
]

[search.keys]
trpo.delta = { log = [0.003, 0.1] }

[variant.trpo]
algorithm = "trpo"
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("find.toml"), SEARCH).unwrap();
    folder
}

fn merge(folder: &Path, more: &[&str], code: i32) -> String {
    let arguments = ["merge", "find.toml", "--wait", "0"];
    lab(folder, &[&arguments[..], more].concat(), code)
}

fn part(folder: &Path, shard: &str, out: &str, code: i32) -> String {
    let arguments = ["search", "find.toml", "--shard", shard, "--out", out];
    lab(folder, &arguments, code)
}

/// What a search leaves.
fn left(folder: &Path) -> Vec<Vec<u8>> {
    let names = [
        "chosen.toml",
        "search.csv",
        "settings.csv",
        "tables/search.md",
    ];
    let read = |name| fs::read(folder.join("results/find").join(name)).unwrap();
    names.into_iter().map(read).collect()
}

fn of_one_process() -> Vec<Vec<u8>> {
    let folder = folder();
    lab(folder.path(), &["search", "find.toml"], 0);
    left(folder.path())
}

#[test]
fn a_search_in_one_folder_is_that_of_one_process() {
    let folder = folder();
    let path = folder.path();
    let said = part(path, "1/2", "results", 0);
    assert!(
        said.contains("rung 1 of 2") && said.contains("3 runs made"),
        "{said}"
    );
    // The rung is not closed by a part alone, and no part goes beyond it.
    let said = part(path, "1/2", "results", 0);
    assert!(said.contains("0 runs made, 3 stood already"), "{said}");
    let said = merge(path, &[], 1);
    assert!(
        said.contains("`trpo-lab search find --shard 2/2` makes them"),
        "{said}"
    );
    let said = lab(path, &["status", "find.toml"], 0);
    assert!(
        said.contains("rung 1 of 2") && said.contains("3 of 6 runs done"),
        "{said}"
    );
    // Nor does one process make what parts are at.
    let said = lab(path, &["search", "find.toml"], 2);
    assert!(said.contains("made in 2 parts"), "{said}");
    let said = part(path, "1/3", "results", 2);
    assert!(said.contains("merge --close find"), "{said}");
    part(path, "2/2", "results", 0);
    let said = part(path, "1/2", "results", 0);
    assert!(said.contains("rung 1 of 2"), "{said}");
    let said = merge(path, &[], 0);
    assert!(
        said.contains("go on") && said.contains("rung 2 of 2"),
        "{said}"
    );
    assert!(!path.join("results/find/chosen.toml").exists());
    // Another number of parts in another rung.
    part(path, "1/1", "results", 0);
    let said = merge(path, &[], 0);
    assert!(said.contains("chosen.toml"), "{said}");
    assert_eq!(left(path), of_one_process());
    // Again, as often as one likes; there is nothing left to make.
    merge(path, &[], 0);
    assert_eq!(left(path), of_one_process());
    let said = part(path, "1/1", "results", 2);
    assert!(said.contains("every rung is closed"), "{said}");
    lab(path, &["search", "find.toml", "--check"], 0);
}

#[test]
fn a_search_in_folders_of_its_parts_goes_on_from_the_one_that_was_merged() {
    let folder = folder();
    let path = folder.path();
    for (shard, out) in [("1/2", "a"), ("2/2", "b")] {
        part(path, shard, out, 0);
    }
    let said = merge(path, &["--from", "a", "--from", "b"], 0);
    assert!(said.contains("6 taken from other folders"), "{said}");
    // What was not closed in a folder of its own is still at the first rung.
    let said = part(path, "1/2", "a", 0);
    assert!(said.contains("0 runs made"), "{said}");
    for shard in ["1/2", "2/2"] {
        part(path, shard, "results", 0);
    }
    merge(path, &[], 0);
    assert_eq!(left(path), of_one_process());
}

/// A rung that one process has made needs no closing, one with a lost record does.
#[test]
fn parts_go_on_where_one_process_was_and_it_where_they_were() {
    let folder = folder();
    let path = folder.path();
    lab(path, &["search", "find.toml"], 0);
    fs::remove_dir_all(path.join("results/find/rung-2")).unwrap();
    fs::remove_file(path.join("results/find/chosen.toml")).unwrap();
    let said = part(path, "1/1", "results", 0);
    assert!(said.contains("rung 2 of 2"), "{said}");
    let said = merge(path, &["--close"], 0);
    assert!(
        said.contains("`trpo-lab search find` makes the others"),
        "{said}"
    );
    let said = lab(path, &["search", "find.toml"], 0);
    assert!(said.contains("0 runs made"), "{said}");
    assert_eq!(left(path), of_one_process());
}

#[test]
fn each_rung_has_its_jobs() {
    let folder = folder();
    let path = folder.path();
    let said = lab(path, &["slurm", "find.toml", "--shards", "2"], 0);
    let after = "sbatch --dependency=afterok:MERGE --kill-on-invalid-dep=yes";
    assert_eq!(said.matches(after).count(), 1, "{said}");
    for (name, line) in [
        ("rung-1-array-1.sh", " search 'find.toml'"),
        ("rung-2-array-1.sh", "SLURM_ARRAY_TASK_ID))/2"),
        ("rung-2-merge.sh", " merge 'find.toml'"),
    ] {
        let text = fs::read_to_string(path.join("results/find/slurm").join(name)).unwrap();
        assert!(text.contains(line), "{name}: {text}");
    }
}
