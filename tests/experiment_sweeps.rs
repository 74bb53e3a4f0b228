//! Sweeps, thresholds and the difference worth knowing in experiment files.

use std::path::Path;

use trpo_lab::algo::ppo::Ppo;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::experiment::file::{Experiment, Overrides};
use trpo_lab::lab::Lab;

const HEAD: &str = r#"title = "T"
headline = "final"
tasks = ["CartPole-v1"]
seeds = "0..2"
"#;

const SWEEP: &str = r#"
[sweep.trpo]
algorithm = "trpo"
over = "trpo.delta"
values = [0.001, 1]
"#;

fn parse(text: &str) -> Result<Experiment, String> {
    let path = Path::new("x.toml");
    Experiment::parse(&Lab::standard(), path, "x", text, &Overrides::default())
        .map_err(|error| error.to_string())
}

#[test]
fn a_sweep_is_a_variant_for_each_value() {
    let experiment = parse(&format!(
        "{HEAD}{SWEEP}\n[variant.ppo]\nalgorithm = \"ppo\"\n"
    ))
    .unwrap();
    assert_eq!(experiment.plan.variants, ["ppo", "trpo-0_001", "trpo-1"]);
    let sweep = &experiment.plan.analysis.sweeps[0];
    let values: Vec<_> = sweep
        .steps
        .iter()
        .map(|step| (step.variant.as_str(), step.value))
        .collect();
    assert_eq!(values, [("trpo-0_001", 0.001), ("trpo-1", 1.0)]);
    let deltas: Vec<f64> = experiment
        .plan
        .cells
        .iter()
        .filter_map(|cell| Some(cell.config.algorithm.settings_of::<Trpo>()?.delta))
        .collect();
    assert_eq!(deltas, [0.001, 1.0]);
}

const DESIGN: &str = r#"
[design]
generators = ["C = AB"]

[design.of.trpo]
algorithm = "trpo"

[design.of.ppo]
algorithm = "ppo"

[design.factor.observations]
off.normalize_observations = false
on.normalize_observations = true

[design.factor.anneal]
off.critic.anneal = false
on.critic.anneal = true
on.ppo.anneal = true

[design.factor.rewards]
off.scale_rewards = false
on.scale_rewards = true
"#;

/// Half of the combinations of three switches, of each algorithm; a switch may have keys of
/// one algorithm that the other does not read.
#[test]
fn a_design_is_a_variant_for_each_row_of_each_algorithm() {
    let plan = parse(&format!("{HEAD}{DESIGN}")).unwrap().plan;
    let expected = [
        "trpo-c", "trpo-a", "trpo-b", "trpo-abc", "ppo-c", "ppo-a", "ppo-b", "ppo-abc",
    ];
    assert_eq!(plan.variants, expected);
    let design = plan.analysis.design.as_ref().unwrap();
    assert_eq!(design.factors, ["observations", "anneal", "rewards"]);
    for (row, cell) in design.rows.iter().zip(&plan.cells) {
        let config = &cell.config;
        assert_eq!(row.variant, cell.variant);
        let found = [
            config.common.normalize_observations,
            config.critic.anneal,
            config.common.scale_rewards,
        ];
        assert_eq!(row.on, found, "{}", row.variant);
        if let Some(ppo) = config.algorithm.settings_of::<Ppo>() {
            assert_eq!(ppo.anneal, row.on[1], "{}", row.variant);
        }
    }
    let claim = |part: &str| {
        let text = format!("{HEAD}{DESIGN}[[claim]]\ntext = \"t\"\npart = [{{ {part} }}]\n");
        let plan = parse(&text.replace("0..2", "0..5")).unwrap().plan;
        trpo_lab::claims::check(&plan, &[]).map_err(|(_, problem)| problem)
    };
    let effect = |names: &str| claim(&format!("measure = \"effect\", {names}"));
    effect("x = \"anneal of ppo\", y = \"anneal of trpo\"").unwrap();
    let problem = effect("x = \"annealing\"").unwrap_err();
    assert!(
        problem.contains("there is no factor `annealing`"),
        "{problem}"
    );
    let problem = effect("x = \"anneal of npg\"").unwrap_err();
    assert!(problem.contains("is not made of `npg`"), "{problem}");
}

#[test]
fn mistakes_of_a_design_are_shown_where_they_stand() {
    for (old, new, expected) in [
        ("C = AB", "C = AX", "x.toml:6:1: `C = AX` names `X`"),
        (
            "off.scale_rewards = false\n",
            "",
            "x.toml:24:16: factor `rewards` has no `off`",
        ),
        (
            "off.scale_rewards = false\n",
            "off.scale_rewards = false\nlow.scale_rewards = false\n",
            "x.toml:26:1: a factor is `off` or `on`, not `low`",
        ),
        (
            "generators",
            "generator",
            "x.toml:7:1: `generator` is no key of a design",
        ),
        (
            "on.scale_rewards = true",
            "on.scale_reward = true",
            "x.toml:26:4: there is no key `scale_reward`",
        ),
    ] {
        let message = parse(&format!("{HEAD}{}", DESIGN.replace(old, new))).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn thresholds_and_the_smallest_difference_are_optional() {
    let variant = "[variant.trpo]\nalgorithm = \"trpo\"\n";
    let plain = parse(&format!("{HEAD}{variant}")).unwrap();
    let analysis = &plain.plan.analysis;
    assert!(analysis.thresholds.is_empty() && analysis.compare.is_empty());
    assert_eq!(analysis.smallest_difference, 0.05);
    // By what returns are judged is written down all the same.
    assert_eq!(analysis.references["CartPole-v1"].margin, Some(25.0));
    let more = "smallest_difference = 0.07\n[thresholds]\n\"CartPole-v1\" = 475\n";
    let given = parse(&format!("{HEAD}{more}{variant}"))
        .unwrap()
        .plan
        .analysis;
    assert_eq!(
        (given.smallest_difference, given.thresholds["CartPole-v1"]),
        (0.07, 475.0)
    );
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let variant = "[variant.trpo]\nalgorithm = \"trpo\"\n";
    for (text, expected) in [
        (
            SWEEP.replace("over = \"trpo.delta\"\n", ""),
            "x.toml:6:8: sweep `trpo` has no `over`",
        ),
        (
            SWEEP.replace("values = [0.001, 1]\n", ""),
            "sweep `trpo` has no `values`",
        ),
        (
            SWEEP.replace("[0.001, 1]", "[]"),
            "sweep `trpo` has no values; give at least one",
        ),
        (
            SWEEP.replace("[0.001, 1]", "3"),
            "x.toml:9:10: `values` must be a list of numbers",
        ),
        (
            SWEEP.replace("[0.001, 1]", "[0.001, \"a\"]"),
            "x.toml:9:18: this must be a number, not the text \"a\"",
        ),
        (
            SWEEP.replace("0.001, 1", "0.001, 0"),
            "x.toml:9:18: `trpo.delta` must be a number above 0",
        ),
        (
            SWEEP.replace("0.001, 1", "1, 1.0"),
            "x.toml:9:14: 1 stands twice",
        ),
        (
            SWEEP.replace("trpo.delta", "trpo.sigma"),
            "there is no key `sigma`",
        ),
        (SWEEP.replace("trpo.delta", ""), "there is no key ``"),
        (
            SWEEP.replace("trpo.delta", "trpo..delta"),
            "there is no key ``",
        ),
        (
            SWEEP.replace("\"trpo.delta\"", "7"),
            "must be a text in quotation marks, not 7",
        ),
        (
            format!("{SWEEP}[variant.trpo-1]\nalgorithm = \"trpo\"\n"),
            "there is a variant `trpo-1` already",
        ),
        (
            format!("smallest_difference = 0\n{variant}"),
            "x.toml:5:23: `smallest_difference`",
        ),
        (
            format!("smallest_difference = nan\n{variant}"),
            "x.toml:5:23: `smallest_difference`",
        ),
        (
            format!("[thresholds]\n\"Pendulum-v1\" = 1\n{variant}"),
            "x.toml:6:17: `Pendulum-v1` is not one of the tasks",
        ),
        (
            format!("[thresholds]\n\"CartPole-v1\" = inf\n{variant}"),
            "x.toml:6:17: `thresholds.CartPole-v1`",
        ),
        (
            format!("thresholds = 3\n{variant}"),
            "x.toml:5:14: this must be keys with values, not 3",
        ),
        ("sweep = 3\n".to_owned(), "`sweep` must be a table"),
    ] {
        let message = parse(&format!("{HEAD}{text}")).unwrap_err();
        assert!(message.contains(expected), "{text}\n{message}");
    }
}
