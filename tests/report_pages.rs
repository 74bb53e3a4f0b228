//! A page for every experiment and every search, and the files that the report
//! links instead of holding all of them.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::synthetic::{TASKS, VARIANTS, experiment};
use support::{settled, small, summarized};
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::{figures, report};

/// A search as it leaves its folder: more columns than a page is wide.
const SEARCH: &str = "# found\n\nWhich settings?\n\nProtocol: **free**.\n\n## trpo\n\n\
    | setting | trpo.delta | lambda | cost | 1: CartPole-v1 | 1: Acrobot-v1 | 1: failed | 1: **score** | 2: CartPole-v1 | 2: Acrobot-v1 | 2: failed | 2: **score** | outcome |\n\
    |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n\
    | 0 | 0.01 | 0.95 | 22.0 | 500.0 | −90.2 | 1 of 15 | 0.900 | 499.0 | −88.0 | 0 of 25 | 0.955 | **chosen** |\n";

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes the report, with figures of `made` and a search beside.
fn written(folder: &Path, made: &support::Experiment) {
    let dir = summarized(folder, made);
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    fs::create_dir_all(folder.join("found/tables")).unwrap();
    fs::write(folder.join("found/tables/search.md"), SEARCH).unwrap();
    fs::write(folder.join("found/chosen.toml"), "search = \"found\"\n").unwrap();
    report::write(&Lab::standard(), folder).unwrap();
}

#[test]
fn every_link_of_the_markdown_leads_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), &small());
    let text = read(&folder.path().join("REPORT.md"));
    let anchors: BTreeSet<String> = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect();
    let mut links = 0;
    for piece in text.split("](").skip(1) {
        let to = piece.split(')').next().unwrap();
        links += 1;
        match to.strip_prefix('#') {
            Some(anchor) => assert!(anchors.contains(anchor), "{to} leads nowhere"),
            None => assert!(folder.path().join(to).is_file(), "there is no {to}"),
        }
    }
    assert!(links > 20, "{text}");
    let contents = text.split("\n## ").next().unwrap();
    for name in ["- [classic](#classic)", "- [Searches](#searches)"] {
        assert!(contents.contains(name), "{contents}");
    }
}

#[test]
fn settings_are_files_and_those_of_nothing_go() {
    let folder = tempfile::tempdir().unwrap();
    let names = |folder: &Path| -> Vec<String> {
        let files = fs::read_dir(folder.join("classic/settings")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    written(
        folder.path(),
        &experiment(&TASKS[..2], &VARIANTS[..2], 2, 20_000),
    );
    assert_eq!(
        names(folder.path()),
        ["files.json", "ppo.toml", "trpo.toml"]
    );
    let mut fewer = experiment(&TASKS[..2], &VARIANTS[..1], 2, 20_000);
    // A key that one task has otherwise.
    let of_task = fewer.1.cells.iter_mut().filter(|cell| cell.env == TASKS[1]);
    of_task.for_each(|cell| cell.config.common.gamma = 0.5);
    let records = fewer.0.iter_mut().map(|(_, record)| record);
    let of_task = records.filter(|record| record.config.env == TASKS[1]);
    of_task.for_each(|record| record.config.common.gamma = 0.5);
    written(folder.path(), &settled(fewer));
    let (first, second) = (TASKS[0], TASKS[1]);
    let expected = [format!("trpo.{first}.toml"), format!("trpo.{second}.toml")];
    let found = names(folder.path());
    assert!(
        expected.iter().all(|name| found.contains(name)),
        "{found:?}"
    );
    assert_eq!(found.len(), 3, "{found:?}");
    let toml = read(&folder.path().join("classic/settings").join(&expected[1]));
    assert!(toml.starts_with(&format!("# trpo on {second}\n")), "{toml}");
    assert!(toml.contains("gamma = 0.5\n"), "{toml}");
}

#[test]
fn a_search_has_a_page_on_which_its_table_has_room() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), &small());
    let page = read(&folder.path().join("found/index.html"));
    assert!(page.contains("<h1 id=\"title\">Which settings?</h1>"));
    assert!(page.contains("href=\"chosen.toml\"") && page.contains("href=\"tables/search.md\""));
    for row in page.split("<tr role=\"row\">").skip(1) {
        let cells = row.split("</tr>").next().unwrap();
        assert!(
            cells.matches("<th ").count() + cells.matches("<td ").count() < 12,
            "{cells}"
        );
    }
    for cell in ["0.01", "−90.2", "−88.0", "0.955", "chosen"] {
        assert!(page.contains(cell), "no {cell}");
    }
    let index = read(&folder.path().join("index.html"));
    assert!(index.contains("<a href=\"found/index.html\">found</a>"));
}

/// What cannot be drawn anew is shown as the file that was committed.
#[test]
fn figures_of_older_rules_are_shown_as_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let (records, mut manifest) = small();
    manifest.experiment = "older".to_owned();
    let dir = summarized(folder.path(), &(records, manifest));
    figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    let path = dir.join("statistics.json");
    let mut statistics: serde_json::Value = serde_json::from_str(&read(&path)).unwrap();
    statistics["rules"] = 0.into();
    fs::write(&path, statistics.to_string()).unwrap();
    written(folder.path(), &small());
    let page = read(&dir.join("index.html"));
    assert!(page.contains("follow older rules than the others"));
    assert!(page.contains("<img src=\"figures/trust_region.svg\""));
    assert!(!page.contains("<svg"));
}
