//! `trpo-lab compare`: the verdict on two variants, and what it says where
//! there is none.

#[path = "support/stored.rs"]
mod stored;
mod support;

use std::fs;

use stored::{printed, refused, replace, stored};
use support::small;
use support::synthetic::experiment;
use trpo_lab::experiment::plan::Metric;
use trpo_lab::experiment::stated::Stated;
use trpo_lab::scores::compare;
use trpo_lab::summary::files::read_rows;
use trpo_lab::summary::statistics::{self, Statistics};

/// The verdict in words of all that is printed, by score.
#[test]
fn words_and_numbers_are_those_of_the_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let made = experiment(
        &["CartPole-v1", "Acrobot-v1"],
        &["trpo", "ppo", "vpg"],
        8,
        20_000,
    );
    let store = stored(folder.path(), &made);
    let found = Statistics::read(store.directory()).unwrap();
    let rows = read_rows(store.directory()).unwrap();
    for (name, metric) in [("final", Metric::Final), ("area", Metric::Area)] {
        let pair = ["trpo", "vpg"];
        let table = statistics::table(&rows, &found.references, &pair, metric, "x").unwrap();
        let all = made.1.variants.clone();
        let settings = statistics::settings(&made.1, &Stated::default());
        let expected = compare(&table, &all, ("trpo", "vpg"), &settings).unwrap();
        let text = printed(folder.path(), &["compare", "trpo", "vpg", "--metric", name]);
        assert!(
            text.starts_with(&format!(
                "{}. This is said of these 2 tasks.",
                expected.judgement.words
            )),
            "{text}"
        );
        for task in &expected.tasks {
            assert!(text.contains(&task.judgement.words), "{text}");
        }
        assert!(text.contains(&format!("score: {name} (")), "{text}");
    }
    let default = printed(folder.path(), &["compare", "trpo", "vpg"]);
    assert_eq!(
        default,
        printed(
            folder.path(),
            &["compare", "trpo", "vpg", "--metric", "final"]
        )
    );
    assert!(
        default.contains("score: final (the headline score)"),
        "{default}"
    );
    assert!(
        default.contains("trpo is better than vpg over 2 tasks"),
        "{default}"
    );
    let turned = printed(folder.path(), &["compare", "vpg", "trpo"]);
    assert!(
        turned.contains("trpo is better than vpg over 2 tasks"),
        "{turned}"
    );
}

/// Where the main experiment has no results, somebody else's are meant: the only ones, or
/// which is asked.
#[test]
fn the_experiment_is_named_only_where_there_are_several() {
    let folder = tempfile::tempdir().unwrap();
    let store = stored(folder.path(), &small());
    let results = folder.path().join("results");
    let named = |name: &str| {
        let to = results.join(name);
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(store.directory()).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
    };
    named("mine");
    let _ = printed(folder.path(), &["compare", "trpo", "ppo"]);
    fs::remove_dir_all(store.directory()).unwrap();
    let only = printed(folder.path(), &["compare", "trpo", "ppo"]);
    assert!(only.contains("trpo"), "{only}");
    fs::create_dir_all(results.join("other")).unwrap();
    fs::write(results.join("other/scores.csv"), "").unwrap();
    let message = refused(folder.path(), &["compare", "trpo", "ppo"], 2);
    assert!(
        message.contains("--experiment mine, --experiment other"),
        "{message}"
    );
}

#[test]
fn what_cannot_be_compared_is_said_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let compare = |arguments: &[&str], code| {
        refused(folder.path(), &[&["compare"], arguments].concat(), code)
    };
    let message = compare(&["trpo", "ppo"], 1);
    assert!(
        message.contains("`trpo-lab run classic` makes it"),
        "{message}"
    );
    let store = stored(folder.path(), &small());
    let message = compare(&["trpo", "trop"], 2);
    assert!(
        message
            .contains("classic has no variant `trop` (did you mean `trpo`?); it has trpo and ppo"),
        "{message}"
    );
    let message = compare(&["ppo", "ppo"], 2);
    assert!(message.contains("compared with itself"), "{message}");
    let message = compare(&["trpo", "ppo", "--metric", "median"], 2);
    assert!(
        message.contains("evaluation, area, training, final"),
        "{message}"
    );
    let message = compare(&["trpo", "ppo", "--experiment", "nope"], 1);
    assert!(
        message.contains("`trpo-lab run nope` makes it"),
        "{message}"
    );

    // Other runs than those that were summarised.
    let manifest = store.manifest_path();
    let whole = fs::read_to_string(&manifest).unwrap();
    replace(
        &manifest,
        "\"status\": \"completed\"",
        "\"status\": \"diverged\"",
    );
    let message = compare(&["trpo", "ppo"], 1);
    let remedy = "`trpo-lab summarize classic` makes it";
    assert!(
        message.contains("not of the runs in manifest.json"),
        "{message}"
    );
    assert!(message.contains(remedy), "{message}");
    fs::write(&manifest, whole).unwrap();

    let statistics = store.directory().join(statistics::FILE);
    fs::write(&statistics, "{").unwrap();
    let message = compare(&["trpo", "ppo"], 1);
    assert!(
        message.contains("statistics.json, line 1") && message.contains(remedy),
        "{message}"
    );
    fs::remove_file(&statistics).unwrap();
    let message = compare(&["trpo", "ppo"], 1);
    assert!(message.contains("statistics.json: there is none") && message.contains(remedy));
}
