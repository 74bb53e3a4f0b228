//! What a file may say beside what a search chose.

use trpo_lab::experiment::manifest::Manifest;

use super::program::{errors, output, trpo_lab};
use super::{REPORT, folder, read, refused, says, searched, write};

#[test]
fn what_a_search_chose_is_not_overridden() {
    let folder = searched();
    let with = |from: &str, to: &str| {
        write(
            &folder,
            "experiments/report.toml",
            &REPORT.replacen(from, to, 1),
        );
        refused(&folder, &["run", "report", "--dry-run"], 2)
    };
    let says_so = |message: String, place: &str, key: &str| {
        says(
            &message,
            &[place, &format!("`{key}` was chosen by the search `tiny`")],
        );
    };
    let own = "[variant.npg]\nalgorithm = \"npg\"\n";
    says_so(
        with(own, &format!("{own}npg.delta = 0.01\n")),
        "report.toml:19:13",
        "npg.delta",
    );
    says_so(
        with("hidden = [4]", "critic.learning_rate = 0.1"),
        "report.toml:11:24",
        "critic.learning_rate",
    );
    let task = "[task.\"CartPole-v1\"]\ncritic.learning_rate = 0.1\n\n[variant.trpo]";
    says_so(
        with("[variant.trpo]", task),
        "report.toml:15:24",
        "critic.learning_rate",
    );
    says(
        &with("\"tiny\"", "\"tony\""),
        &["report.toml:6:17", "trpo-lab search tony"],
    );
    says(
        &with("\"tiny\"", "\"../x\""),
        &["report.toml:6:17", "is not the name of a search"],
    );
    says(&with("\"tiny\"", "3"), &["report.toml:6:17"]);
    says(
        &with("\"npg-own\"", "\"ppo\""),
        &["report.toml:22:", "has npg, npg-own, trpo"],
    );
    says(
        &with(
            "[variant.wide]\nalgorithm = \"npg\"\nsettings_of = \"npg-own\"\nnpg.damping = 0.5\n",
            "[variant.ppo]\nalgorithm = \"ppo\"\n",
        ),
        &["report.toml:20:", "chose nothing for `ppo`"],
    );
    says(
        &with("settings_from", "chosen"),
        &["there is no key `chosen`"],
    );
    // Which takes nothing, and so may set what was searched.
    write(
        &folder,
        "experiments/report.toml",
        &REPORT.replace(
            "[variant.wide]\nalgorithm = \"npg\"\nsettings_of = \"npg-own\"\nnpg.damping = 0.5\n",
            "[variant.ppo]\nalgorithm = \"ppo\"\nsettings_of = false\n",
        ),
    );
    trpo_lab(&folder, &["run", "report", "--dry-run"])
        .assert()
        .success();
    write(&folder, "experiments/report.toml", REPORT);
    let set = ["run", "report", "--dry-run", "--set", "trpo.delta=0.5"];
    says_so(
        refused(&folder, &set, 2),
        "--set trpo.delta=0.5",
        "trpo.delta",
    );
    // A key that was not searched is free, and what is chosen is shown.
    let free = ["run", "report", "--dry-run", "--set", "trpo.damping=0.5"];
    let shown = output(&trpo_lab(&folder, &free).assert().success());
    says(&shown, &["damping = 0.5"]);
    // What makes no sense with it names where it is from.
    let odd = ["run", "report", "--set", "batch=33"];
    says(&refused(&folder, &odd, 2), &["--set batch=33"]);
}

#[test]
fn one_value_for_each_task_is_chosen_for_all_algorithms() {
    let text = r#"
title = "How far ahead?"
headline = "evaluation"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "0..2"

[settings]
steps = 800
batch = 32
copies = 4
hidden = [4]
evaluation_episodes = 1

[search]
over = "gamma"
values = [0.9, 0.99]

[variant.trpo]
algorithm = "trpo"

[variant.vpg]
algorithm = "vpg"
"#;
    let folder = folder(text);
    trpo_lab(&folder, &["search", "tiny"]).assert().success();
    let chosen = read(&folder, "results/tiny/chosen.toml");
    says(
        &chosen,
        &[
            "[task.\"CartPole-v1\"]",
            "[task.\"Pendulum-v1\"]",
            "gamma = 0.9",
        ],
    );
    trpo_lab(&folder, &["search", "tiny", "--check"])
        .assert()
        .success();
    says(
        &read(&folder, "results/tiny/tables/search.md"),
        &["**chosen**", "One value of `gamma`"],
    );
    // The general value is that of the tasks that were no part of it.
    let report = REPORT
        .replace("settings_of = \"npg-own\"\n", "")
        .replace("hidden = [4]", "gamma = 0.5")
        .replace("[\"CartPole-v1\"]", "[\"CartPole-v1\", \"Acrobot-v1\"]");
    write(&folder, "experiments/report.toml", &report);
    let said = errors(&trpo_lab(&folder, &["run", "report"]).assert().success());
    says(&said, &["held out of the search `tiny`: Acrobot-v1"]);
    let manifest = read(&folder, "results/report/manifest.json");
    let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
    let table: toml::Table = toml::from_str(&chosen).unwrap();
    let gamma = |task: &str| manifest.config(task, "npg").unwrap().common.gamma;
    assert_eq!(
        gamma("CartPole-v1"),
        table["task"]["CartPole-v1"]["gamma"].as_float().unwrap()
    );
    assert_eq!(gamma("Acrobot-v1"), 0.5);
    let overridden = report.replace("npg.damping", "gamma");
    write(&folder, "experiments/report.toml", &overridden);
    let message = refused(&folder, &["run", "report", "--dry-run"], 2);
    says(
        &message,
        &[
            "report.toml:22:9",
            "`gamma` was chosen by the search `tiny`",
        ],
    );
}
