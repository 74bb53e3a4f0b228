//! docs/tutorial.md: its code is that of the examples, which are compiled and run, and its
//! lines of a profile name crates that are there.

use std::fs;
use std::path::Path;

const TUTORIAL: &str = include_str!("../docs/tutorial.md");

/// The blocks of the tutorial that are marked as `language`.
fn blocks(language: &str) -> Vec<&'static str> {
    let mark = format!("```{language}\n");
    let after = TUTORIAL.split(mark.as_str()).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

/// The examples that end in `extension`, one after the other.
fn examples(extension: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn its_code_is_that_of_the_examples() {
    let (examples, blocks) = (examples("rs"), blocks("rust"));
    assert!(blocks.len() >= 6, "only {} blocks", blocks.len());
    for block in blocks {
        assert!(examples.contains(block), "in no example:\n{block}");
    }
}

/// But for the line by which the example keeps out of the ledger.
#[test]
fn its_experiment_is_that_of_the_example() {
    let example = examples("toml");
    let lines: Vec<&str> = example.lines().collect();
    let experiment = blocks("toml")
        .into_iter()
        .find(|block| block.starts_with("title"))
        .unwrap();
    for line in experiment.lines() {
        assert!(lines.contains(&line), "not in the example: {line}");
    }
}

/// Cargo says nothing about a profile for a crate that is not there, and builds everything
/// without optimisation.
#[test]
fn its_profile_optimises_what_ours_does() {
    let profile = blocks("toml")
        .into_iter()
        .find(|block| block.contains("[profile"))
        .unwrap();
    let profile = profile.split("[profile.release.package]\n").nth(1).unwrap();
    let ours = include_str!("../Cargo.toml");
    let locked = include_str!("../Cargo.lock");
    let mut crates = 0;
    for line in profile.lines() {
        let (name, level) = line.split_once(" = ").unwrap();
        if name == "\"*\"" {
            assert_eq!(level, "{ opt-level = 0 }");
            assert!(ours.contains("[profile.release.package.\"*\"]\nopt-level = 0\n"));
            continue;
        }
        crates += 1;
        assert_eq!(level, "{ opt-level = 3 }", "{line}");
        assert!(locked.contains(&format!("\nname = \"{name}\"\n")), "{name}");
        // The crate itself has the level of the profile.
        let same = format!("[profile.release.package.{name}]\nopt-level = 3\n");
        assert!(name == "trpo-lab" || ours.contains(&same), "{name}");
    }
    assert_eq!(crates, 8);
}
