//! What `src/lib.rs` and `src/kernels/vector/mod.rs` say of the sources holds:
//! from `train` down no file knows of files, clocks or arguments, and unsafe code
//! stands in the files that are listed here.

use std::fs;
use std::path::{Path, PathBuf};

/// What reads files, clocks or arguments below `train`, and what it uses.
const OUTSIDE_WORLD: &[(&str, &str)] = &[
    // Reference trajectories; nothing that trains calls it.
    ("env/check.rs", "std::fs"),
    // How long the process of an environment of Gymnasium may take; no result knows.
    ("env/gym/worker.rs", "std::time"),
    // The file of a policy, for what acts; training makes the bytes and no file.
    ("saved/mod.rs", "std::fs"),
];

/// The files that hold unsafe code.
const UNSAFE: &[&str] = &[
    // Handlers of signals.
    "cli/signals.rs",
    // MuJoCo is a library in C.
    "env/mujoco/library.rs",
    "env/mujoco/simulation.rs",
    // Numbers of a buffer, the pages under it, and calls of vector instructions.
    "kernels/lanes.rs",
    "kernels/matrix.rs",
    "kernels/narrow.rs",
    "kernels/pages.rs",
    "kernels/peak.rs",
    "kernels/select.rs",
    "kernels/transpose.rs",
    "kernels/vector/blocks.rs",
    "kernels/vector/dots.rs",
    "kernels/vector/mod.rs",
    "kernels/vector/peak.rs",
    "kernels/vector/transpose.rs",
];

/// Every file of `src`: its path from there, with `/`, and its lines that are
/// not comments.
fn sources() -> Vec<(String, Vec<String>)> {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(str::trim);
        let code = lines.filter(|line| !line.starts_with("//"));
        let names = path.strip_prefix(&root).unwrap().iter();
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        (names.join("/"), code.map(str::to_owned).collect())
    };
    found.into_iter().map(source).collect()
}

/// The modules from `train` down, by the table in `src/lib.rs`.
fn from_train_down() -> Vec<String> {
    let text = include_str!("../src/lib.rs");
    let rows = text.lines().filter(|line| line.starts_with("//! | ["));
    let names = rows.flat_map(|row| {
        let modules = row.split(" | ").nth(1).unwrap().split('`');
        modules.skip(1).step_by(2)
    });
    let names: Vec<&str> = names.map(|name| name.trim_start_matches("mod@")).collect();
    let train = names.iter().position(|name| *name == "train").unwrap();
    names[train..]
        .iter()
        .map(|name| (*name).to_owned())
        .collect()
}

#[test]
fn from_train_down_nothing_knows_of_files_clocks_or_arguments() {
    let modules = from_train_down();
    for module in ["env", "kernels", "math", "train"] {
        assert!(modules.iter().any(|name| name == module), "{modules:?}");
    }
    let mut found = Vec::new();
    for (file, lines) in sources() {
        let module = file.trim_end_matches(".rs").split('/').next().unwrap();
        if !modules.iter().any(|name| name == module) {
            continue;
        }
        for line in lines {
            let grouped = line.starts_with("use std::{");
            assert!(!grouped, "src/{file}: a line for each import of std");
            for world in ["std::fs", "std::time", "std::env", "std::net"] {
                if line.contains(world) {
                    found.push((file.clone(), world));
                }
            }
        }
    }
    found.dedup();
    let found: Vec<(&str, &str)> = found.iter().map(|(file, w)| (&file[..], *w)).collect();
    assert_eq!(found, OUTSIDE_WORLD);
}

#[test]
fn unsafe_code_stands_where_it_is_listed() {
    let holds_unsafe = |line: &String| {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| word == "unsafe")
    };
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|(_, lines)| lines.iter().any(holds_unsafe))
        .map(|(file, _)| file)
        .collect();
    assert_eq!(found, UNSAFE);
}
