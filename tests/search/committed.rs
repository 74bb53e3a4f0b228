//! The searches that are kept with the project.

use std::fs;
use std::path::Path;

use trpo_lab::env::gym::Interpreter;
use trpo_lab::experiment::choice;
use trpo_lab::experiment::file::{Experiment, FileError, Overrides};
use trpo_lab::experiment::ledger::{Ledger, Usage};
use trpo_lab::experiment::purpose::Purpose;
use trpo_lab::lab::Lab;
use trpo_lab::search::{Search, SearchError};

#[test]
fn the_files_of_experiments_are_read_and_searches_use_seeds_of_their_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lab = Lab::standard();
    if let Ok(python) = std::env::var("TRPO_LAB_PYTHON") {
        lab = lab.with_interpreter(Interpreter {
            python,
            ..Interpreter::default()
        });
    }
    let ledger = Ledger::beside(&root.join("experiments/classic.toml")).unwrap();
    let mut searches: Vec<Search> = Vec::new();
    for entry in fs::read_dir(root.join("experiments")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if !text.contains("\nheadline") {
            continue;
        }
        // Settings of a search that has not been made yet are replaced by none.
        let name = path.file_stem().unwrap().to_str().unwrap();
        let experiment = match Experiment::read(&lab, &path, &Overrides::default()) {
            Err(FileError::Content(error)) if error.message().contains("`trpo-lab search ") => {
                assert!(error.message().contains("there is none"), "{error}");
                let without: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.starts_with("settings_from"))
                    .collect();
                let without = without.join("\n");
                Experiment::parse(&lab, &path, name, &without, &Overrides::default()).unwrap()
            }
            // Without MuJoCo or Gymnasium its experiments cannot be read.
            Err(error) => {
                let is_theirs = text.contains("-v5\"") || text.contains("\"gym:");
                assert!(is_theirs, "{error}");
                continue;
            }
            Ok(experiment) => experiment,
        };
        if text.contains("\n[search]") {
            searches.push(Search::of(&lab, experiment).unwrap());
        }
    }
    assert!(searches.len() >= 4);
    for (place, search) in searches.iter().enumerate() {
        let plan = &search.experiment.plan;
        let seeds = search.seeds();
        assert_eq!(seeds, plan.seeds, "{}: seeds that no rung uses", plan.name);
        // As if it were reported: then nobody else may have looked at its seeds.
        let usage = Usage {
            experiment: &plan.name,
            purpose: Purpose::Search,
            tasks: &plan.tasks,
            seeds: &seeds,
        };
        if !ledger.holds(&usage) {
            let purpose = Purpose::Report;
            ledger.check(&Usage { purpose, ..usage }).unwrap();
        }
        for other in &searches[..place] {
            let (one, two) = (&plan.name, &other.experiment.plan.name);
            let common = other.seeds().iter().any(|seed| seeds.contains(seed));
            assert!(!common, "{one} and {two} share seeds");
        }
    }
}

#[test]
fn searches_that_chose_something_chose_it_by_their_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    for entry in fs::read_dir(&root).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(standing) = fs::read_to_string(folder.join(choice::FILE)) else {
            continue;
        };
        let name = folder.file_name().unwrap().to_str().unwrap();
        let derived = trpo_lab::search::derived(&Lab::standard(), &folder, name);
        let derived = derived.map_err(|error: SearchError| error.to_string());
        assert_eq!(derived.unwrap(), standing, "{name}");
    }
}
