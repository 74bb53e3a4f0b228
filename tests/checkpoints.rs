//! A checkpoint that is not what was written is never gone on with, and what
//! becomes of it is said.

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use program::{EXPERIMENT, NAME, RUNS, errors, files, folder, interrupt, records, trpo_lab};
use tempfile::TempDir;
use trpo_lab::experiment::frame;
use trpo_lab::record::NUMERICS;

/// The digest of every run, by the path of its record.
fn digests(folder: &TempDir) -> BTreeMap<String, String> {
    let records = records(folder).into_iter();
    records
        .filter(|(_, record)| record.digest == record.compute_digest())
        .map(|(path, record)| (path, record.digest))
        .collect()
}

/// Makes the experiment; what is said on standard error.
fn run(folder: &TempDir) -> String {
    errors(
        &trpo_lab(folder, &["run", "determinism.toml"])
            .assert()
            .success(),
    )
}

fn undisturbed() -> BTreeMap<String, String> {
    let folder = folder(EXPERIMENT);
    run(&folder);
    let digests = digests(&folder);
    assert_eq!(digests.len(), RUNS);
    digests
}

fn checkpoints(folder: &TempDir) -> Vec<PathBuf> {
    let root = folder.path().join("results").join(NAME).join("checkpoints");
    files(&root).keys().map(|name| root.join(name)).collect()
}

/// Where what follows `key` begins.
fn after(bytes: &[u8], key: &[u8]) -> usize {
    let mut parts = bytes.windows(key.len());
    key.len() + parts.position(|part| part == key).unwrap()
}

/// Another number inside the theta of a checkpoint, which is read as well as the one that
/// stood there.
fn other_number(mut bytes: Vec<u8>) -> Vec<u8> {
    let start = after(&bytes, b"theta");
    // A number of four bytes: its mark, then the sign and the exponent.
    let number = (start..).find(|&i| bytes[i] == 0xca).unwrap();
    bytes[number + 1] ^= 0x80;
    bytes
}

#[test]
fn damaged_checkpoints_are_set_aside_and_change_no_digest() {
    let folder = folder(EXPERIMENT);
    interrupt(&folder, EXPERIMENT);
    let paths = checkpoints(&folder);
    assert_eq!(paths.len(), RUNS);
    for (index, path) in paths.iter().enumerate() {
        let mut bytes = fs::read(path).unwrap();
        let length = bytes.len();
        match index {
            0..10 => bytes.truncate(length * index / 10),
            10..13 => bytes[length * (index - 9) / 4] ^= 0x10,
            _ => bytes = other_number(bytes),
        }
        fs::write(path, bytes).unwrap();
    }
    let said = run(&folder);
    assert_eq!(digests(&folder), undisturbed());
    assert_eq!(
        said.matches(".checkpoint: damaged (").count(),
        RUNS,
        "{said}"
    );
    let left = checkpoints(&folder);
    assert_eq!(left.len(), RUNS);
    for path in left {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.ends_with(".checkpoint.damaged"), "{name}");
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn a_sound_checkpoint_of_something_else_is_said_and_not_used() {
    let before = folder(EXPERIMENT);
    // Of a run of three updates.
    interrupt(
        &before,
        &EXPERIMENT.replacen("steps = 512", "steps = 768", 1),
    );
    let said = run(&before);
    let line = "it is of another configuration; the run begins anew";
    assert_eq!(said.matches(line).count(), RUNS, "{said}");
    assert_eq!(digests(&before), undisturbed());
    assert!(checkpoints(&before).is_empty());

    let other = folder(EXPERIMENT);
    interrupt(&other, EXPERIMENT);
    for path in checkpoints(&other) {
        let bytes = fs::read(&path).unwrap();
        let mut payload = frame::payload(&bytes).unwrap().to_vec();
        let number = after(&payload, b"numerics");
        assert_eq!(u32::from(payload[number]), NUMERICS);
        payload[number] += 1;
        let write = |bytes: &mut Vec<u8>| -> Result<(), ()> {
            bytes.extend_from_slice(&payload);
            Ok(())
        };
        fs::write(&path, frame::framed(write).unwrap()).unwrap();
    }
    let said = run(&other);
    let line = format!(
        "numerics version {}, this program has {NUMERICS}",
        NUMERICS + 1
    );
    assert_eq!(said.matches(&line).count(), RUNS, "{said}");
    assert_eq!(digests(&other), undisturbed());
    assert!(checkpoints(&other).is_empty());
}

#[test]
fn a_checkpoint_without_a_digest_is_set_aside() {
    let folder = folder(EXPERIMENT);
    interrupt(&folder, EXPERIMENT);
    for path in checkpoints(&folder) {
        let bytes = fs::read(&path).unwrap();
        fs::write(path.with_extension("json"), frame::payload(&bytes).unwrap()).unwrap();
        fs::remove_file(path).unwrap();
    }
    let said = run(&folder);
    let line = "a checkpoint of an earlier program";
    assert_eq!(said.matches(line).count(), RUNS, "{said}");
    assert_eq!(digests(&folder), undisturbed());
}

#[test]
fn a_checkpoint_beside_a_complete_record_is_removed() {
    let folder = folder(EXPERIMENT);
    run(&folder);
    interrupt(&folder, EXPERIMENT);
    assert_eq!(checkpoints(&folder).len(), RUNS);
    let said = run(&folder);
    assert!(checkpoints(&folder).is_empty(), "{said}");
}
