//! Searches that make no sense.

use super::program::{files, output, trpo_lab};
use super::{REPORT, TEXT, folder, parse, refused, says, write};

#[test]
fn what_makes_no_sense_is_refused_at_its_place() {
    let mut problems = Vec::new();
    for (from, to, parts) in [
        ("seed = 3\n", "", &["tiny.toml:15:", "needs `seed`"][..]),
        (
            "\"free\"",
            "\"fun\"",
            &["tiny.toml:17:", "`fun` is not possible"],
        ),
        (
            "\"free\"",
            "\"matched\"",
            &["tiny.toml:28:", "shared by all algorithms"],
        ),
        (
            "settings = 3",
            "settings = 1",
            &["tiny.toml:18:", "at least 2"],
        ),
        (
            "settings = 3",
            "settings = 3\nfun = 1",
            &["tiny.toml:19:", "there is no key `fun`"],
        ),
        (
            "cost_limit = 2.0",
            "cost_limit = 0.5",
            &["tiny.toml:19:", "at least 1"],
        ),
        (
            "0..5",
            "0..4",
            &["tiny.toml:5:", "need 5 seeds, 2 and 3 fresh ones"],
        ),
        (
            "share = 0.5",
            "share = 0.1",
            &["tiny.toml:21:", "are 5 updates", "fewer than 24"],
        ),
        (
            "share = 0.5",
            "share = 1.0",
            &["tiny.toml:22:", "above 1 and at most 1"],
        ),
        (
            "seeds = 2",
            "seeds = 1",
            &["tiny.toml:21:", "at least 2 seeds"],
        ),
        ("keep = 2", "keep = 4", &["tiny.toml:21:", "from 1 to 3"]),
        ("keep = 1", "keep = 2", &["tiny.toml:22:", "keep = 1"]),
        (
            "[0.003, 0.1]",
            "[0.1, 0.003]",
            &["tiny.toml:26:14", "empty"],
        ),
        (
            "[0.003, 0.1]",
            "[0.0, 0.003]",
            &["tiny.toml:26:14", "above 0"],
        ),
        ("[0.003, 0.1]", "[0.003]", &["tiny.toml:26:"]),
        ("{ log = [0.003, 0.1] }", "0.1", &["tiny.toml:26:"]),
        (
            "log = [0.003, 0.1]",
            "log = [0.1, 1], list = [1]",
            &["tiny.toml:26:", "write one of"],
        ),
        (
            "log = [0.003, 0.1]",
            "list = []",
            &["tiny.toml:26:", "the list is empty"],
        ),
        (
            "log = [0.003, 0.1]",
            "list = [0.1, 0.1]",
            &["tiny.toml:26:", "stands twice"],
        ),
        (
            "trpo.delta",
            "trpo.delat",
            &["tiny.toml:26:6", "did you mean `trpo.delta`"],
        ),
        (
            "trpo.delta",
            "ppo.clip",
            &["tiny.toml:26:5", "`ppo.clip` would change nothing"],
        ),
        (
            "trpo.delta",
            "steps",
            &["tiny.toml:26:1", "how long a run is"],
        ),
        (
            "trpo.delta",
            "trpo.anneal",
            &["tiny.toml:26:15", "is no number"],
        ),
        (
            "trpo.delta",
            "trpo.cg_iterations",
            &["tiny.toml:26:22", "is a whole number"],
        ),
        (
            "uniform = [1e-3",
            "uniform = [-1",
            &["tiny.toml:28:", "`critic.learning_rate` must be"],
        ),
        ("\nuniform", "", &[]),
        (
            "critic.learning_rate = {",
            "batch = { list = [32, 64] }\ncritic.learning_rate = {",
            &["tiny.toml:28:1", "in batches of 64 are 13 updates"],
        ),
        (
            "critic.learning_rate = {",
            "batch = { list = [30] }\ncritic.learning_rate = {",
            &["tiny.toml:28:1", "multiple of `copies`"],
        ),
        ("settings = 3", "settings = 9", &[]),
        (
            "{ log = [0.003, 0.1] }\nnpg.delta",
            "{ list = [0.01, 0.02] }\nnpg.delta",
            &[],
        ),
        (
            "[variant.trpo]",
            "[task.\"CartPole-v1\"]\ntrpo.delta = 0.1\n[variant.trpo]",
            &["tiny.toml:31:14", "is searched for all tasks alike"],
        ),
        (
            "[variant.trpo]",
            "[search.variant.ppo]\nlambda = { list = [1.0] }\n[variant.trpo]",
            &["tiny.toml:30:17", "no variant `ppo`"],
        ),
        (
            "[variant.trpo]",
            "[variant.vpg]\nalgorithm = \"vpg\"\n[variant.trpo]",
            &[],
        ),
        (
            "same_as = \"trpo\"",
            "same_as = \"npg\"",
            &["tiny.toml:35:11", "names another variant"],
        ),
        (
            "title",
            "purpose = \"report\"\ntitle",
            &["tiny.toml:2:11", "leave `purpose` out"],
        ),
        (
            "seed = 3",
            "over = \"gamma\"",
            &["tiny.toml:15:", "write both `over"],
        ),
        (
            "seed = 3",
            "over = \"gamma\"\nvalues = [0.9]",
            &["take this away"],
        ),
    ] {
        let told = parse(&TEXT.replacen(from, to, 1)).err().unwrap_or_default();
        let lacks = |part: &&&str| !told.contains(**part);
        if told.is_empty() != parts.is_empty() || parts.iter().any(|part| lacks(&part)) {
            problems.push(format!("`{to}` for `{from}`: no {parts:?} in: {told}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let lists = "{ list = [0.01, 0.02] }";
    let few = TEXT
        .replace("{ log = [0.003, 0.1] }", lists)
        .replace("{ uniform = [1e-3, 1e-2] }", "{ list = [0.001] }");
    says(
        &parse(&few).unwrap_err(),
        &["tiny.toml:15:", "only 2 different settings of 3"],
    );
}

#[test]
fn a_search_is_no_experiment_and_an_experiment_no_search() {
    let folder = folder(TEXT);
    for command in ["run", "reproduce"] {
        let message = refused(&folder, &[command, "tiny"], 2);
        says(&message, &["this is a search", "trpo-lab search tiny"]);
    }
    let report = REPORT
        .replace("settings_from = \"tiny\"\n", "")
        .replace("settings_of = \"npg-own\"\n", "");
    write(&folder, "experiments/report.toml", &report);
    says(
        &refused(&folder, &["search", "report"], 2),
        &["report.toml", "trpo-lab run"],
    );
    trpo_lab(&folder, &["run", "report"]).assert().success();
    write(&folder, "experiments/report.toml", TEXT);
    says(
        &refused(&folder, &["search", "report"], 2),
        &["which was no search"],
    );
    let shown = output(
        &trpo_lab(&folder, &["search", "tiny", "--dry-run"])
            .assert()
            .success(),
    );
    says(
        &shown,
        &[
            "trpo 0: trpo.delta=0.01",
            "rung 2: share 1, seeds 2..5, 1 kept; 36 runs, about 57,600 steps",
        ],
    );
    assert!(!files(&folder.path().join("results")).contains_key("tiny/search.csv"));
}

#[test]
fn a_search_on_seeds_that_are_reported_is_refused() {
    let folder = folder(TEXT);
    let report = REPORT
        .replace("settings_from = \"tiny\"\n", "")
        .replace("settings_of = \"npg-own\"\n", "")
        .replace("100..102", "3..5");
    write(&folder, "experiments/report.toml", &report);
    trpo_lab(&folder, &["run", "report"]).assert().success();
    let message = refused(&folder, &["search", "tiny"], 2);
    says(
        &message,
        &[
            "seeds.toml:",
            "seed 3 of CartPole-v1",
            "`report` (report)",
            "\"5..10\"",
        ],
    );
}
