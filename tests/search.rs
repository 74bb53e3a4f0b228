//! Searches from file to choice: what is drawn, what is refused, and that the choice
//! follows from the tables alone.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{LeaveEarly, errors, files, output, trpo_lab};
use tempfile::TempDir;
use trpo_lab::env::gym::Interpreter;
use trpo_lab::experiment::checkpoint;
use trpo_lab::experiment::choice;
use trpo_lab::experiment::file::{Experiment, FileError, Overrides};
use trpo_lab::experiment::ledger::{Ledger, Usage};
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::purpose::Purpose;
use trpo_lab::experiment::store::Store;
use trpo_lab::lab::Lab;
use trpo_lab::search::{Search, SearchError};
use trpo_lab::train::Trainer;

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

#[test]
fn a_search_chooses_and_an_experiment_takes_what_it_chose() {
    let folder = searched();
    let chosen = read(&folder, "results/tiny/chosen.toml");
    says(
        &chosen,
        &[
            "protocol = \"free\"",
            "[variant.\"trpo\"]",
            "[variant.\"npg-own\"]",
        ],
    );
    let page = read(&folder, "results/tiny/tables/search.md");
    says(
        &page,
        &[
            "**chosen**",
            "Audit: setting",
            "Spearman",
            "| k |",
            "2 keys searched",
        ],
    );
    let ledger = read(&folder, "experiments/seeds.toml");
    says(
        &ledger,
        &[
            "experiment = \"tiny\"",
            "purpose = \"search\"",
            "seeds = \"0..5\"",
        ],
    );
    // The last rung has fresh seeds, two kept settings and one more as an audit.
    let table = read(&folder, "results/tiny/search.csv");
    let of_last = table.lines().filter(|line| line.starts_with("2,trpo,"));
    assert_eq!(of_last.clone().count(), 3 * 2 * 3);
    assert_eq!(
        of_last.filter(|line| line.contains(",audit,")).count(),
        2 * 3
    );
    assert!(
        !table.contains("2,trpo,0,search,CartPole-v1,1,"),
        "a seed of the first rung"
    );

    let again = output(&trpo_lab(&folder, &["search", "tiny"]).assert().success());
    says(&again, &["0 runs made"]);
    assert_eq!(read(&folder, "results/tiny/chosen.toml"), chosen);
    for names in [&["tiny"][..], &["experiments/tiny.toml"], &[]] {
        let arguments: Vec<&str> = ["search", "--check"].iter().chain(names).copied().collect();
        let said = output(&trpo_lab(&folder, &arguments).assert().success());
        says(&said, &["tiny: what was chosen follows"]);
    }

    trpo_lab(&folder, &["run", "report", "--out", "elsewhere"])
        .assert()
        .success();
    let manifest = read(&folder, "elsewhere/report/manifest.json");
    let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
    let by = &manifest.analysis.searched_by[0];
    assert_eq!((&*by.search, &*by.protocol), ("tiny", "free"));
    let table: toml::Table = toml::from_str(&chosen).unwrap();
    let of = |variant: &str, algorithm: &str| {
        let delta = table["variant"][variant][algorithm]["delta"]
            .as_float()
            .unwrap();
        let rate = table["variant"][variant]["critic"]["learning_rate"]
            .as_float()
            .unwrap();
        (delta, rate)
    };
    for (variant, source, algorithm) in [
        ("trpo", "trpo", "trpo"),
        ("npg", "npg", "npg"),
        ("wide", "npg-own", "npg"),
    ] {
        let config = manifest.config("CartPole-v1", variant).unwrap();
        let config = serde_json::to_value(config).unwrap();
        let delta = config["algorithm"][algorithm]["delta"].as_f64().unwrap();
        let rate = config["critic"]["learning_rate"].as_f64().unwrap();
        assert_eq!((delta, rate), of(source, algorithm), "{variant}");
    }
    // NPG under its own name has what TRPO chose.
    assert_eq!(of("npg", "npg"), of("trpo", "trpo"));
}

#[test]
fn an_interrupted_search_that_goes_on_chooses_the_same() {
    let whole = searched();
    let folder = folder(TEXT);
    // Every run of the first rung is left after its first update.
    let lab = Lab::standard();
    let search = parse(TEXT).unwrap();
    let store = Store::new(&folder.path().join("results/tiny"), "rung-1");
    let plan = search.plan(0, &[vec![0, 1, 2], vec![0, 1, 2]]);
    for cell in &plan.cells {
        for &seed in &plan.seeds {
            let mut trainer = Trainer::new(&lab, &cell.config, seed).unwrap();
            assert!(trainer.run(&mut LeaveEarly).is_break());
            checkpoint::save(&store, &cell.variant, &trainer).unwrap();
        }
    }
    trpo_lab(&folder, &["search", "tiny"]).assert().success();
    for name in [
        "chosen.toml",
        "search.csv",
        "settings.csv",
        "tables/search.md",
    ] {
        let name = format!("results/tiny/{name}");
        assert_eq!(read(&folder, &name), read(&whole, &name), "{name}");
    }
    // And with records of the second rung lost.
    fs::remove_dir_all(folder.path().join("results/tiny/rung-2")).unwrap();
    fs::remove_file(folder.path().join("results/tiny/chosen.toml")).unwrap();
    let said = output(&trpo_lab(&folder, &["search", "tiny"]).assert().success());
    says(&said, &["36 runs made, 24 stood already"]);
    let name = "results/tiny/chosen.toml";
    assert_eq!(read(&folder, name), read(&whole, name));
}

#[test]
fn a_choice_that_the_tables_do_not_give_is_refused() {
    let folder = searched();
    let check = ["search", "tiny", "--check"];
    let chosen = read(&folder, "results/tiny/chosen.toml");
    let table = read(&folder, "results/tiny/search.csv");
    let settings = read(&folder, "results/tiny/settings.csv");
    let restore = || {
        write(&folder, "results/tiny/chosen.toml", &chosen);
        write(&folder, "results/tiny/search.csv", &table);
        write(&folder, "results/tiny/settings.csv", &settings);
        trpo_lab(&folder, &check).assert().success();
    };
    // A value by hand: the digest of the tables still fits, and a run finds it.
    let line = chosen
        .lines()
        .find(|line| line.starts_with("critic.learning_rate"))
        .unwrap();
    replace(
        &folder,
        "results/tiny/chosen.toml",
        line,
        "critic.learning_rate = 0.5",
    );
    says(
        &refused(&folder, &check, 1),
        &["chosen.toml:", "critic.learning_rate = 0.5"],
    );
    let message = refused(&folder, &["run", "report"], 2);
    says(
        &message,
        &["chosen.toml", "do not give this", "trpo-lab search tiny"],
    );
    restore();
    // A return, a setting, a row less.
    let row = table.lines().nth(1).unwrap();
    let other = row.replacen(",completed,", ",completed,9", 1);
    assert_ne!(row, other);
    replace(&folder, "results/tiny/search.csv", row, &other);
    refused(&folder, &check, 1);
    let message = refused(&folder, &["run", "report"], 2);
    says(
        &message,
        &[
            "report.toml:6:",
            "does not come from the tables",
            "trpo-lab search tiny",
        ],
    );
    restore();
    let row = settings.lines().last().unwrap();
    let (before, _) = row.rsplit_once(',').unwrap();
    replace(
        &folder,
        "results/tiny/settings.csv",
        row,
        &format!("{before},0.005"),
    );
    refused(&folder, &check, 1);
    restore();
    let row = table.lines().nth(1).unwrap();
    replace(&folder, "results/tiny/search.csv", &format!("{row}\n"), "");
    says(&refused(&folder, &check, 1), &["is missing"]);
    restore();
    // Even with a new digest and choice, settings that nobody drew are noticed.
    replace(&folder, "experiments/tiny.toml", "seed = 3", "seed = 4");
    replace(
        &folder,
        "results/tiny/experiment.toml",
        "seed = 3",
        "seed = 4",
    );
    says(
        &refused(&folder, &check, 1),
        &["does not hold the settings that the file draws"],
    );
    says(
        &refused(&folder, &["search", "none", "--check"], 1),
        &["trpo-lab search none"],
    );
}

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

#[test]
fn draws_depend_on_the_seed_and_the_variant_and_on_nothing_else() {
    let values = |search: &Search, variant: &str| {
        let found = search
            .variants
            .iter()
            .find(|known| known.name == variant)
            .unwrap();
        let settings = found.settings.iter().map(|setting| setting.values.clone());
        settings.collect::<Vec<_>>()
    };
    let one = parse(TEXT).unwrap();
    // NPG first, and nothing else changed.
    let (head, variants) = TEXT.split_once("[variant.trpo]").unwrap();
    let (trpo, npg) = variants.split_once("[variant.npg]").unwrap();
    let other = parse(&format!("{head}[variant.npg]{npg}\n[variant.trpo]{trpo}")).unwrap();
    for variant in ["trpo", "npg"] {
        assert_eq!(values(&one, variant), values(&other, variant));
    }
    assert_ne!(values(&one, "trpo")[1][0].1, values(&one, "npg")[1][0].1);
    let reseeded = parse(&TEXT.replace("seed = 3", "seed = 4")).unwrap();
    assert_eq!(values(&one, "trpo")[0], values(&reseeded, "trpo")[0]);
    assert_ne!(values(&one, "trpo")[1], values(&reseeded, "trpo")[1]);
    // Setting 0 is what the file and the defaults give.
    let first = &values(&one, "trpo")[0];
    let expected = [("trpo.delta", "0.01"), ("critic.learning_rate", "0.001")];
    assert_eq!(
        *first,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    // More settings begin with the same ones.
    let more = parse(&TEXT.replace("settings = 3", "settings = 6")).unwrap();
    assert_eq!(values(&more, "npg")[..3], values(&one, "npg"));
    for setting in values(&more, "trpo") {
        let delta: f64 = setting[0].1.parse().unwrap();
        assert!((0.003..=0.1).contains(&delta));
    }
}

#[test]
fn dearer_settings_are_drawn_again_and_whole_numbers_are_whole() {
    let keys = "critic.epochs = { log = [1, 60] }\ntrpo.cg_iterations = { uniform = [1, 40] }\n";
    let text = TEXT
        .replace("[search.keys]\n", &format!("[search.keys]\n{keys}"))
        .replace("settings = 3", "settings = 12");
    let search = parse(&text).unwrap();
    let trpo = &search.variants[0];
    // 1 epoch, the gradient, 10 iterations and x^T F x.
    assert_eq!(trpo.settings[0].cost, 13.0);
    for setting in &trpo.settings {
        assert!(setting.cost <= 26.0, "{setting:?}");
        let of = |key: &str| {
            let value = setting.values.iter().find(|(known, _)| known == key);
            value.unwrap().1.parse::<u32>().unwrap()
        };
        assert!((1..=60).contains(&of("critic.epochs")));
        assert_eq!(
            setting.cost,
            f64::from(of("critic.epochs") + of("trpo.cg_iterations") + 2)
        );
    }
}

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
