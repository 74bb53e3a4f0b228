//! A search from its file to what an experiment takes from it.

use std::fs;

use trpo_lab::experiment::checkpoint;
use trpo_lab::experiment::manifest::Manifest;
use trpo_lab::experiment::store::Store;
use trpo_lab::lab::Lab;
use trpo_lab::train::Trainer;

use super::program::{LeaveEarly, output, trpo_lab};
use super::{TEXT, folder, parse, read, refused, replace, says, searched, write};

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
