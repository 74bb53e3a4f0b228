//! Questions in an experiment file that make no sense: the program refuses them before
//! any run, with file, line and remedy.

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{errors, output, trpo_lab};
use tempfile::TempDir;

const BASE: &str = r#"title = "Is anything known?"
headline = "evaluation"
tasks = ["CartPole-v1", "Pendulum-v1"]
seeds = "0..5"

[settings]
steps = 512

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"

[sweep.clip]
algorithm = "ppo"
over = "ppo.clip"
values = [0.1, 0.2]

"#;

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    folder
}

/// What the program says of `text`, which makes no sense on its line `line`.
fn refused(text: &str, line: usize, said: &str) {
    let folder = folder(text);
    let message = errors(&trpo_lab(&folder, &["run", "mine.toml"]).assert().code(2));
    let place = format!("error: mine.toml:{line}:");
    assert!(message.starts_with(&place), "{place} {said}\n{message}");
    assert!(message.contains(said), "{said}\n{message}");
    let left = folder.path().join("results");
    assert!(!left.exists(), "{said}: something was written");
}

/// What stands in the settings of all, or nowhere and so has its default, is
/// refused for the variant whose algorithm makes no sense with it.
#[test]
fn shared_settings_that_an_algorithm_cannot_have_are_refused_with_their_key() {
    let why = "`normalize_observations` must be false with `cma-es`";
    let text = BASE.replace("algorithm = \"trpo\"", "algorithm = \"cma-es\"");
    let given = text.replace("steps = 512", "steps = 512\nnormalize_observations = true");
    refused(&given, 8, why);
    let folder = folder(&text);
    let message = errors(&trpo_lab(&folder, &["run", "mine.toml"]).assert().code(2));
    assert!(
        message.starts_with("error: mine.toml:") && message.contains(why),
        "{message}"
    );
}

/// The same of [`BASE`] with `text` below it, wrong on its line `line`, from 1.
fn refused_below(text: &str, line: usize, said: &str) {
    let above = BASE.lines().count();
    refused(&format!("{BASE}{text}"), above + line, said);
}

/// A claim on lines 1 to 3 with one part.
fn claim(part: &str) -> String {
    format!("[[claim]]\ntext = \"It is so.\"\npart = [{{ {part} }}]\n")
}

#[test]
fn the_base_makes_sense() {
    let more = claim("measure = \"difference\", x = \"trpo\", y = \"ppo\"");
    let folder = folder(&format!("{BASE}{more}"));
    let assert = trpo_lab(&folder, &["run", "mine.toml", "--dry-run"]).assert();
    assert!(output(&assert.success()).contains("# CartPole-v1 trpo, seeds [0, 1, 2, 3, 4]"));
}

#[test]
fn pairs() {
    for (text, line, said) in [
        (
            "[[compare]]\nx = \"trop\"\ny = \"ppo\"\n",
            1,
            "there is no variant `trop` (did you mean `trpo`?)",
        ),
        (
            "[[compare]]\nx = \"ppo\"\ny = \"ppo\"\n",
            1,
            "`ppo` is compared with itself; name two variants",
        ),
        (
            "[[compare]]\nx = \"trpo\"\ny = \"ppo\"\n\n[[compare]]\nx = \"ppo\"\ny = \"trpo\"\n",
            5,
            "`ppo` and `trpo` are compared already",
        ),
        ("[[compare]]\nx = \"trpo\"\nz = \"ppo\"\n", 3, "`z`"),
    ] {
        refused_below(text, line, said);
    }
}

#[test]
fn published_tables() {
    let rows = |rows: &str| format!("[published_table]\nsource = \"A\"\nrows = {{ {rows} }}\n");
    for (text, line, said) in [
        (
            rows("trop = 1.0, ppo = 2.0"),
            3,
            "there is no variant `trop` (did you mean `trpo`?)",
        ),
        (rows("trpo = 1.0"), 1, "needs two rows at least"),
        (
            rows("trpo = 1.0, ppo = nan"),
            3,
            "`published_table.rows.ppo` must be a finite number",
        ),
        (
            rows("trpo = 1.0, ppo = 2.0").replace("\"A\"", "\" \""),
            1,
            "`published_table.source` is empty",
        ),
    ] {
        refused_below(&text, line, said);
    }
}

#[test]
fn claims_of_what_there_is_not() {
    for (part, said) in [
        (
            "measure = \"diference\", x = \"trpo\", y = \"ppo\"",
            "there is no measure `diference` (did you mean `difference`?)",
        ),
        (
            "measure = \"difference\", x = \"trpo\", y = \"pop\"",
            "there is no variant `pop` (did you mean `ppo`?)",
        ),
        (
            "measure = \"difference\", x = \"trpo\", y = \"trpo\"",
            "`trpo` is compared with itself",
        ),
        (
            "measure = \"difference\", x = \"trpo\", y = \"ppo\", tasks = [\"CartPole-v0\"]",
            "`CartPole-v0` is not one of the tasks (did you mean `CartPole-v1`?)",
        ),
        (
            "measure = \"largest\", x = \"ppo\", column = \"kl_maximum\"",
            "updates record no column `kl_maximum`",
        ),
        (
            "measure = \"largest\", x = \"ppo\", column = \"kl_mx\"",
            "updates record no column `kl_mx` (did you mean `kl_max`?)",
        ),
        (
            "measure = \"share\", x = \"ppo\", of = \"outsid\"",
            "not `outsid` (did you mean `outside`?)",
        ),
        (
            "measure = \"span\", x = \"ppo\"",
            "`x` names a sweep: clip, not `ppo`",
        ),
    ] {
        refused_below(&claim(part), 1, said);
    }
    let with_figure = claim("measure = \"collapsed\", x = \"ppo\"").replacen(
        "part",
        "figure = \"trust_regoin\"\npart",
        1,
    );
    let said = "there is no figure `trust_regoin` (did you mean `trust_region`?)";
    refused_below(&with_figure, 1, said);
}

#[test]
fn claims_that_cannot_be_asked_so() {
    for (part, said) in [
        (
            "measure = \"difference\", x = \"trpo\", y = \"ppo\", side = \"within\", bound = 0",
            "the bound must be above 0, not 0",
        ),
        (
            // The default bound.
            "measure = \"difference\", x = \"trpo\", y = \"ppo\", side = \"within\"",
            "the bound must be above 0, not 0",
        ),
        (
            "measure = \"difference\", x = \"trpo\", y = \"ppo\", bound = inf",
            "`bound` must be a finite number",
        ),
        (
            "measure = \"share\", x = \"trpo\", of = \"outside\"",
            "true by construction: `trpo` accepts no step",
        ),
        (
            "measure = \"share\", x = \"trpo\", column = \"kl_mean\", unit = \"delta\", above = 1",
            "true by construction: `trpo` accepts no step",
        ),
        (
            "measure = \"difference\", x = \"trpo\"",
            "`difference` compares two variants; give `y`",
        ),
        (
            "measure = \"span\", x = \"clip\", y = \"ppo\"",
            "`span` is of one `x`; leave `y` out",
        ),
        (
            "measure = \"collapsed\", x = \"ppo\", column = \"kl_max\"",
            "`collapsed` does not read `column`; leave it out",
        ),
        (
            "measure = \"share\", x = \"ppo\", of = \"outside\", score = \"area\"",
            "`share` does not read `score`; leave it out",
        ),
        (
            "measure = \"share\", x = \"ppo\", of = \"outside\", above = 1",
            "leave `above`, `below` and `unit` out",
        ),
        ("measure = \"share\", x = \"ppo\"", "give `of` or `column`"),
        ("measure = \"largest\", x = \"ppo\"", "give `column`"),
    ] {
        refused_below(&claim(part), 1, said);
    }
    let whole = claim("measure = \"difference\", x = \"trpo\", y = \"ppo\"");
    refused_below(
        &format!("{whole}\n{whole}"),
        5,
        "there is a claim `it-is-so` already",
    );
    let empty = whole.replace("It is so.", " ");
    refused_below(&empty, 1, "a claim is a sentence; write it as `text`");
    let few = BASE.replace("0..5", "0..4");
    let line = BASE.lines().count() + 1;
    let said = "there are 4 seeds, and it takes 5 to say anything";
    refused(&format!("{few}{whole}"), line, said);

    // What a variant's search does not enforce can be asked, and so can a radius that
    // the search does not hold.
    for part in [
        "measure = \"share\", x = \"ppo\", of = \"outside\"",
        "measure = \"share\", x = \"trpo\", column = \"kl_max\", unit = \"delta\", above = 1",
        "measure = \"share\", x = \"ppo\", y = \"trpo\", of = \"outside\"",
    ] {
        let folder = folder(&format!("{BASE}{}", claim(part)));
        let arguments = ["run", "mine.toml", "--dry-run"];
        trpo_lab(&folder, &arguments).assert().success();
    }
}

#[test]
fn references() {
    let own =
        |more: &str| format!("[reference.\"CartPole-v1\"]\nrandom = 20\nreference = 500\n{more}\n");
    for (more, said) in [
        ("margin = 0", "`margin` must be above 0, not 0"),
        ("margin = -5", "`margin` must be above 0, not -5"),
        ("maximum = 400", "`maximum` is the best return"),
        (
            "failed_below = 501",
            "`failed_below` = 501 would make every run fail",
        ),
        (
            "maximum = 600\nfailed_below = 601",
            "`failed_below` = 601 would make every run fail",
        ),
    ] {
        refused_below(&own(more), 1, said);
    }
    let equal = own("").replace("500", "20");
    refused_below(&equal, 1, "give two different finite scores");
    refused_below(&own("marign = 5"), 4, "marign");
    let other = own("").replace("CartPole-v1", "Acrobot-v1");
    refused_below(&other, 1, "`Acrobot-v1` is not one of the tasks");
    refused_below(
        "[thresholds]\n\"Acrobot-v1\" = -100\n",
        2,
        "`Acrobot-v1` is not",
    );
}

#[test]
fn predictions() {
    let expected = |task: &str, variant: &str, numbers: [i32; 3]| {
        let [mean, low, high] = numbers;
        format!(
            "[predict.\"{task}\"]\n{variant} = {{ mean = {mean}, low = {low}, high = {high} }}\n"
        )
    };
    for (text, said) in [
        (
            expected("Acrobot-v1", "trpo", [1, 0, 2]),
            "`Acrobot-v1` is not one of the tasks",
        ),
        (
            expected("CartPole-v1", "trop", [1, 0, 2]),
            "there is no variant `trop` (did you mean `trpo`?)",
        ),
        (
            expected("CartPole-v1", "trpo", [3, 0, 2]),
            "`mean` = 3 must lie between `low` = 0 and `high` = 2",
        ),
        (
            expected("CartPole-v1", "trpo", [-1, 0, 2]),
            "`mean` = -1 must lie between `low` = 0 and `high` = 2",
        ),
    ] {
        refused_below(&text, 2, said);
    }
}

#[test]
fn the_experiment_with_other_settings() {
    for (name, said) in [
        ("mine", "`mine` is this experiment"),
        ("../mine", "is not the name of an experiment"),
        ("theirs", "is no experiment: there is no theirs.toml"),
    ] {
        refused(&format!("retuned = \"{name}\"\n{BASE}"), 1, said);
    }
}

/// What a new user writes first: three lines below the smallest experiment.
#[test]
fn three_lines_below_smoke_are_a_verdict() {
    let smoke = fs::read_to_string("experiments/smoke.toml").unwrap();
    // Five seeds, and fewer steps, which are enough for a verdict.
    assert!(smoke.contains("\"0..2\"") && smoke.contains("steps = 20_000"));
    let smoke = smoke.replace("\"0..2\"", "\"0..5\"");
    let smoke = smoke.replace("steps = 20_000", "steps = 2_048");
    let part = "measure = \"share\", of = \"outside\", x = \"ppo\", side = \"below\", bound = 1";
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{smoke}\n{}", claim(part));
    fs::write(folder.path().join("smoke.toml"), text).unwrap();
    let arguments = ["reproduce", "smoke.toml"];
    trpo_lab(&folder, &arguments).assert().success();
    let report = fs::read_to_string(folder.path().join("results/REPORT.md")).unwrap();
    let verdict = "### 1. It is so.\n\nVerdict: **";
    assert!(report.contains(verdict), "{report}");
    let said = "(experiment [smoke](#smoke), stated before the runs)";
    assert!(report.contains(said), "{report}");
    // A number with its interval for each task.
    let rows = report
        .lines()
        .filter(|line| line.starts_with("| updates of ppo `outside` (5 runs) |"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), 2, "{report}");
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert!(
            cells[2].ends_with('%') && cells[3].starts_with('['),
            "{row}"
        );
    }
}

/// Without a critic, what only a critic needs would change nothing.
#[test]
fn a_variant_without_a_critic_sets_no_key_of_one() {
    let base = BASE.replace("steps = 512", "steps = 512\nestimator = \"returns\"");
    for key in ["lambda = 0.9", "critic.epochs = 3"] {
        let own = format!("[variant.trpo]\n{key}");
        let name = key.split(['.', ' ']).next().unwrap();
        let why = format!("`{name}` would change nothing: with `estimator = \"returns\"`");
        refused(&base.replace("[variant.trpo]", &own), 11, &why);
    }
    let scaled = base.replace("steps = 512", "steps = 512\nscale_rewards = true");
    refused(
        &scaled,
        8,
        "`scale_rewards` must be false with `estimator = \"returns\"`",
    );
}

/// What sees no single reward, or sums raw ones, takes no factor of rewards.
#[test]
fn a_factor_of_rewards_is_refused_where_it_would_mean_nothing() {
    for (algorithm, why) in [
        ("cem", "`reward_factor` must be 1 with `cem`"),
        ("cma-es", "`reward_factor` must be 1 with `cma-es`"),
        ("vine", "`reward_factor` must be 1 with `vine`"),
    ] {
        let asked = format!("algorithm = \"{algorithm}\"\nreward_factor = 2.0");
        refused(&BASE.replace("algorithm = \"trpo\"", &asked), 11, why);
    }
    let none = BASE.replace("steps = 512", "steps = 512\nreward_factor = 0.0");
    refused(&none, 8, "`reward_factor` must be a number above 0");
    let noise = BASE.replace("steps = 512", "steps = 512\nobservation_noise = -0.1");
    refused(
        &noise,
        8,
        "`observation_noise` must be a number of at least 0",
    );
}

/// A layer without units, and a vine with more states than its trunk has rows.
#[test]
fn what_a_policy_or_a_vine_cannot_be_is_refused_with_its_key() {
    let layers = BASE.replace("steps = 512", "steps = 512\nhidden = [0]");
    refused(
        &layers,
        8,
        "`hidden` must be a list of sizes from 1 to 4096 ([]: a linear policy)",
    );
    let vine = BASE.replace(
        "algorithm = \"trpo\"",
        "algorithm = \"vine\"\nbatch = 32\nvine.states = 33",
    );
    refused(
        &vine,
        12,
        "`vine.states` must be at most the rows of the trunk (`batch` = 32)",
    );
}
