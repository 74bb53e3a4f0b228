//! Published scores beside ours: the table, the marks, the report.

mod support;

use std::fs;
use std::path::Path;

use support::synthetic::{MUJOCO, experiment};
use support::{settled, small, summarized};
use trpo_lab::format::number;
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::summary::ScoreRow;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::published;
use trpo_lab::summary::statistics::{RULES, Stamp};
use trpo_lab::{figures, report};

/// The table of an experiment on `tasks`.
fn table(tasks: &[&str], variants: &[&str], steps: usize) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &experiment(tasks, variants, 3, steps));
    fs::read_to_string(dir.join("tables/published.md")).ok()
}

/// The cells of the row of `table` that holds all of `parts`.
fn row<'a>(table: &'a str, parts: &[&str]) -> Vec<&'a str> {
    let mut lines = table.lines().filter(|line| line.starts_with("| "));
    let line = lines.find(|line| parts.iter().all(|part| line.contains(part)));
    let line = line.unwrap_or_else(|| panic!("no row with {parts:?} in\n{table}"));
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn the_table_names_source_version_seeds_and_steps_beside_ours() {
    let folder = tempfile::tempdir().unwrap();
    let made = experiment(&["Hopper-v5"], &["trpo", "ppo"], 3, 20_000);
    let dir = summarized(folder.path(), &made);
    let table = fs::read_to_string(dir.join("tables/published.md")).unwrap();
    assert_eq!(
        row(&table, &["| trpo |", "Tianshou"]),
        ["trpo", "Tianshou", "maximum over training", "**Hopper-v3**"]
            .into_iter()
            .chain(["2,046", "± 1,038", "10", "1,000,000"])
            .collect::<Vec<_>>()
    );
    assert_eq!(
        row(&table, &["| ppo |", "PPO paper"])[3..],
        ["**Hopper-v1**", "≈ 2,330", "", "not stated", "1,000,000"]
    );
    assert_eq!(
        row(&table, &["| ppo |", "Henderson"])[3..],
        [
            "**Hopper-v1**",
            "2,715",
            "[2,589, 2,847]",
            "not stated",
            "2,000,000"
        ]
    );
    assert!(row(&table, &["RL Baselines3 Zoo"])[2].contains("one tuned agent"));
    assert!(table.contains("The MAXIMUM over training"));
    assert!(table.contains("A number after ≈"));

    // Ours is the mean over seeds of what stands in scores.csv.
    let rows: Vec<ScoreRow> = read_rows(&dir).unwrap();
    let ours = rows.iter().filter(|row| row.variant == "trpo");
    let ours: Vec<f64> = ours.map(|row| row.last.unwrap()).collect();
    let mean = ours.iter().sum::<f64>() / ours.len() as f64;
    let found = row(&table, &["**here, `trpo`**", "final (headline)"]);
    assert_eq!(found[3], "Hopper-v5");
    assert_eq!(found[4], format!("**{}**", number(mean, 0)), "{found:?}");
    assert_eq!(found[6..], ["3", "20,480"]);
    assert!(!table.contains("| vpg |"), "an algorithm that was not run");
}

#[test]
fn a_variant_that_differs_from_its_algorithm_is_said_to() {
    let table = table(&["Hopper-v5"], &["vpg", "vpg-kl"], 20_000).unwrap();
    let who = row(&table, &["`vpg-kl`"])[1];
    assert!(who.contains("theirs is not"), "{who}");
    assert_eq!(row(&table, &["`vpg`"])[1], "**here, `vpg`**");
    assert!(table.contains("| vpg | Spinning Up, PyTorch |"));
}

/// Swimmer needs a far sight, with which published runs did not see.
#[test]
fn a_discount_that_differs_is_said_where_published_scores_stand() {
    let folder = tempfile::tempdir().unwrap();
    let (mut records, mut manifest) = experiment(&MUJOCO, &["trpo", "ppo"], 2, 100_000);
    let swims = |env: &str| env == "Swimmer-v5";
    for (_, record) in records.iter_mut().filter(|(_, r)| swims(&r.config.env)) {
        record.config.common.gamma = 0.9999;
    }
    for cell in manifest.cells.iter_mut().filter(|cell| swims(&cell.env)) {
        cell.config.common.gamma = 0.9999;
    }
    let dir = summarized(folder.path(), &settled((records, manifest)));
    let table = fs::read_to_string(dir.join("tables/published.md")).unwrap();
    let sections: Vec<&str> = table.split("\n## ").collect();
    let said = |section: &&str| section.contains("discount by 0.9999 on this task, by 0.99 on");
    let tasks = sections.iter().filter(|section| said(section));
    let tasks: Vec<&str> = tasks.filter_map(|section| section.lines().next()).collect();
    assert_eq!(tasks, ["Published for Swimmer-v5"]);
    let (caption, _) = curves(&dir);
    assert_eq!(caption.matches("discount by").count(), 1, "{caption}");
    assert!(
        caption.contains("discount by 0.9999 on Swimmer-v5"),
        "{caption}"
    );
}

#[test]
fn there_is_no_table_where_nothing_was_published() {
    assert_eq!(table(&["Unheard-of-v1"], &["trpo"], 20_000), None);
    assert_eq!(table(&["CartPole-v1"], &["npg"], 20_000), None);
    // A search for settings.
    let names: Vec<String> = ('a'..='i').map(|letter| format!("trpo-{letter}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(table(&["CartPole-v1"], &names, 20_000), None);
    // One that stands from before does not stay.
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    assert!(dir.join("tables/published.md").is_file());
    summarized(
        folder.path(),
        &experiment(&["Unheard-of-v1"], &["trpo"], 2, 20_000),
    );
    assert!(!dir.join("tables/published.md").exists());
}

/// `trpo-lab plot` makes them again when a published score is added.
#[test]
fn committed_tables_are_those_of_this_program() {
    let mut compared = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("results")).unwrap() {
        let committed = entry.unwrap().path();
        // Those of older rules stay as they are.
        let is_of_today = |folder: &Path| Stamp::read(folder).unwrap().rules == RULES;
        if !committed.join("manifest.json").is_file() || !is_of_today(&committed) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["manifest.json", "scores.csv"] {
            fs::copy(committed.join(name), folder.path().join(name)).unwrap();
        }
        published::table::make(folder.path()).unwrap();
        let read = |dir: &Path| fs::read_to_string(dir.join(published::table::FILE)).ok();
        let path = committed.display();
        assert!(
            read(&committed) == read(folder.path()),
            "{path}: `trpo-lab plot` makes another table of published scores"
        );
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn the_report_shows_the_table_after_our_scores() {
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("REPORT.md")).unwrap();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(at("\n### Scores\n") < at("(classic/tables/published.md)"));
    let page = fs::read_to_string(folder.path().join("classic/index.html")).unwrap();
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(at("<h2 id=\"scores\">") < at("<h2 id=\"published-scores\">"));
    assert!(page.contains("<span>RL Baselines3 Zoo</span>"));
}

/// The caption of the learning curves, and their picture with its text as text.
fn curves(dir: &Path) -> (String, String) {
    let figures = figures::page::inline(&Lab::standard(), dir).unwrap();
    let mut figures = figures.into_iter();
    let found = figures.find(|figure| figure.caption.name == "learning_curves");
    let found = found.unwrap();
    (found.caption.caption, found.svg)
}

/// No task of it needs to be built in: what is drawn comes from tables alone.
#[test]
fn learning_curves_name_the_sources_whose_marks_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let made = experiment(&MUJOCO, &["trpo", "ppo"], 2, 100_000);
    let (caption, svg) = curves(&summarized(folder.path(), &made));
    let named = "OpenAI Baselines, Tianshou and PPO paper, figure 3.";
    assert!(caption.contains(named), "{caption}");
    assert!(caption.contains("table of published scores"), "{caption}");
    for text in [
        "v1 or v2, 6 seeds, 1M steps",
        "v3 or v2, 10 seeds, 1M steps",
        "maximum over training",
        "v1, seeds not stated, 1M steps",
        "read off the graph",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    // The strip is not of the axis, which ends at 100k.
    assert_eq!(svg.matches("\n1M\n").count(), 7, "a strip for every task");

    // Only what was published of algorithms that were run.
    let made = experiment(&MUJOCO[..1], &["npg"], 2, 100_000);
    let (caption, svg) = curves(&summarized(folder.path(), &made));
    assert!(caption.contains(": Tianshou."), "{caption}");
    assert!(!svg.contains("OpenAI Baselines"));

    let (caption, svg) = curves(&summarized(folder.path(), &small()));
    assert!(!caption.contains("published"), "{caption}");
    assert!(!svg.contains("Zoo"), "not a source that is drawn");
}
