//! `trpo-lab score` on a file with given content.
#![allow(dead_code)] // No test file uses all of it.

use std::fs;

use assert_cmd::Command;
use assert_cmd::assert::Assert;

/// What the program says of a file `name` that holds `text`.
pub fn score(name: &str, text: impl AsRef<[u8]>, arguments: &[&str]) -> Assert {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    Command::cargo_bin("trpo-lab")
        .unwrap()
        .current_dir(folder.path())
        .args(["score", name])
        .args(arguments)
        .assert()
}

/// What is printed on standard error, with exit code 2.
pub fn refused(name: &str, text: impl AsRef<[u8]>) -> String {
    let assert = score(name, text, &["--json"]).code(2);
    let output = assert.get_output();
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}
