//! Searches from file to choice: what is drawn, what is refused, and that the choice
//! follows from the tables alone.

mod choosing;
mod committed;
mod drawing;
#[path = "../support/program.rs"]
mod program;
mod refusing;
mod taking;

use std::fs;
use std::path::Path;

use program::{errors, trpo_lab};
use tempfile::TempDir;
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::lab::Lab;
use trpo_lab::search::Search;

/// Three settings of two algorithms in two rungs of a moment.
const TEXT: &str = r#"
title = "A search of a moment"
headline = "evaluation"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "0..5"

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
    { share = 0.5, seeds = 2, keep = 2 },
    { share = 1.0, seeds = 3, keep = 1 },
]

[search.keys]
trpo.delta = { log = [0.003, 0.1] }
npg.delta = { log = [0.003, 0.1] }
critic.learning_rate = { uniform = [1e-3, 1e-2] }

[variant.trpo]
algorithm = "trpo"

[variant.npg]
algorithm = "npg"
same_as = "trpo"
"#;

/// An experiment with what the search chose.
const REPORT: &str = r#"
title = "With chosen settings"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "100..102"
settings_from = "tiny"

[settings]
steps = 64
batch = 32
hidden = [4]
evaluation_episodes = 1

[variant.trpo]
algorithm = "trpo"

[variant.npg]
algorithm = "npg"

[variant.wide]
algorithm = "npg"
settings_of = "npg-own"
npg.damping = 0.5
"#;

fn folder(search: &str) -> TempDir {
    let folder = program::folder(search);
    fs::create_dir(folder.path().join("experiments")).unwrap();
    write(&folder, "experiments/tiny.toml", search);
    write(&folder, "experiments/report.toml", REPORT);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn replace(folder: &TempDir, name: &str, from: &str, to: &str) {
    let text = read(folder, name);
    assert!(text.contains(from), "{name} holds no {from}");
    write(folder, name, &text.replacen(from, to, 1));
}

fn refused(folder: &TempDir, arguments: &[&str], code: i32) -> String {
    errors(&trpo_lab(folder, arguments).assert().code(code))
}

fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no `{part}` in {message}");
    }
}

fn searched() -> TempDir {
    let folder = folder(TEXT);
    trpo_lab(&folder, &["search", "tiny"]).assert().success();
    folder
}

fn parse(text: &str) -> Result<Search, String> {
    let path = Path::new("experiments/tiny.toml");
    let lab = Lab::standard();
    let experiment = Experiment::parse(&lab, path, "tiny", text, &Overrides::default());
    let search = experiment.and_then(|experiment| Search::of(&lab, experiment));
    search.map_err(|error| error.to_string())
}
