//! Experiments that change one setting at a time: the first variant of every algorithm is
//! the base, and most of its others differ from it in one key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::normalised::Normalised;
use super::{ScoreRow, SummaryError};
use crate::config::RunConfig;
use crate::experiment::manifest::Manifest;
use crate::stats::{Difference, Scale};

/// Fewer changes of an algorithm are pairs, which are drawn as such.
const FEWEST: usize = 3;

/// At most one in so many changes more keys than one: settings that only make sense
/// together.
const OTHERS: usize = 4;

/// The changes of one algorithm.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Name of the algorithm.
    pub algorithm: String,
    /// Its first variant, from which most others differ in one key.
    pub base: String,
    /// The others, in the order of the experiment.
    pub changes: Vec<Change>,
}

/// A variant with a key, or a few, that its base has otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The variant.
    pub variant: String,
    /// Keys and values: `trpo.damping 0.01`, or the key alone of one that is left out.
    pub name: String,
}

/// What a change does to the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Mean over tasks of the normalised score with the change less that without.
    pub over_tasks: Difference,
    /// The same on every task, in the order of the experiment.
    pub tasks: Vec<Difference>,
}

/// The algorithms of an experiment of which one key at a time is changed, in three variants
/// and more and in three of four; none of sweeps and designs, which have tables of their own.
pub fn families(manifest: &Manifest) -> Vec<Family> {
    let analysis = &manifest.analysis;
    if !analysis.sweeps.is_empty() || analysis.design.is_some() {
        return Vec::new();
    }
    let mut algorithms: Vec<&str> = Vec::new();
    for cell in &manifest.cells {
        let name = cell.config.algorithm.name();
        if !algorithms.contains(&name) {
            algorithms.push(name);
        }
    }
    let found = algorithms.iter();
    found
        .filter_map(|algorithm| family(manifest, algorithm))
        .collect()
}

fn family(manifest: &Manifest, algorithm: &str) -> Option<Family> {
    let is_its = |variant: &&String| {
        let mut cells = manifest.cells.iter();
        let cell = cells.find(|cell| cell.variant == **variant);
        cell.is_some_and(|cell| cell.config.algorithm.name() == algorithm)
    };
    let mut variants = manifest.variants.iter().filter(is_its);
    let base = variants.next()?;
    let changes = variants.map(|variant| {
        let changed = changed(manifest, base, variant)?;
        let (variant, name) = (variant.clone(), named(&changed));
        Some((changed.len() == 1, Change { variant, name }))
    });
    let changes: Vec<(bool, Change)> = changes.collect::<Option<_>>()?;
    let of_one_key = changes.iter().filter(|(is_one, _)| *is_one).count();
    let is_one_at_a_time =
        of_one_key >= FEWEST && OTHERS * (changes.len() - of_one_key) <= changes.len();
    is_one_at_a_time.then(|| Family {
        algorithm: algorithm.to_owned(),
        base: base.clone(),
        changes: changes.into_iter().map(|(_, change)| change).collect(),
    })
}

/// Keys with their values; none of a key that is left out.
type Keys = Vec<(String, Option<Value>)>;

/// What `variant` has otherwise than `base`; `None` if that is not the same on all tasks
/// on which they differ.
fn changed(manifest: &Manifest, base: &str, variant: &str) -> Option<Keys> {
    let of_task = |task: &String| -> Option<Keys> {
        let of = |variant| Some(settings(manifest.config(task, variant)?));
        let (from, to) = (of(base)?, of(variant)?);
        let all = from.keys().chain(to.keys()).collect::<BTreeSet<_>>();
        let keys = all.into_iter().filter(|key| from.get(*key) != to.get(*key));
        Some(
            keys.map(|key| (key.clone(), to.get(key).cloned()))
                .collect(),
        )
    };
    let tasks: Option<Vec<Keys>> = manifest.tasks.iter().map(of_task).collect();
    let mut found = tasks?.into_iter().filter(|keys| !keys.is_empty());
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

fn named(changed: &Keys) -> String {
    let each = changed.iter().map(|(key, value)| match value {
        Some(value) => format!("{key} {}", said(value)),
        None => key.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Dotted keys and their values, those that all algorithms share without a group.
fn settings(config: &RunConfig) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let whole = serde_json::to_value(config).unwrap_or_default();
    if let Value::Object(groups) = whole {
        for (group, value) in groups {
            match group.as_str() {
                "common" | "algorithm" => leaves("", value, &mut all),
                "env" => {}
                _ => leaves(&group, value, &mut all),
            }
        }
    }
    all
}

fn leaves(path: &str, value: Value, into: &mut BTreeMap<String, Value>) {
    let Value::Object(inner) = value else {
        into.insert(path.to_owned(), value);
        return;
    };
    for (key, value) in inner {
        let path = match path {
            "" => key,
            path => format!("{path}.{key}"),
        };
        leaves(&path, value, into);
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => {
            let number = number.to_string();
            number.strip_suffix(".0").unwrap_or(&number).to_owned()
        }
        other => other.to_string(),
    }
}

/// What the changes of an experiment do to its headline score.
pub struct Costs<'a> {
    of_runs: Normalised<'a>,
}

impl<'a> Costs<'a> {
    /// Those of the scores in `rows`.
    ///
    /// # Errors
    /// If the references of the experiment make no sense.
    pub fn of(manifest: &'a Manifest, rows: &'a [ScoreRow]) -> Result<Self, SummaryError> {
        let of_runs = Normalised::of(manifest, rows)?;
        Ok(Self { of_runs })
    }

    /// What `variant` has more than `base`, seed by seed; `None` if a task has no reference
    /// or fewer than two seeds.
    pub fn between(&self, base: &str, variant: &str) -> Option<Cost> {
        let of_task = |task: &String| {
            let [from, to] = [base, variant].map(|name| self.of_runs.by_seed(task, name));
            let (from, to) = (from?, to?);
            let partner = |seed| from.iter().find(|(of, _)| *of == seed);
            let pairs = to.iter();
            let pairs = pairs.filter_map(|(seed, x)| Some([*x, partner(*seed)?.1]));
            Difference::paired(Scale::new(1.0), &pairs.collect::<Vec<_>>())
        };
        let tasks: Option<Vec<Difference>> = self.of_runs.tasks().iter().map(of_task).collect();
        let tasks = tasks?;
        Some(Cost {
            over_tasks: Difference::over_tasks(&tasks)?,
            tasks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::ppo::Ppo;
    use crate::algo::trpo::Trpo;
    use crate::experiment::plan::{Analysis, Cell, Metric};
    use crate::record::NUMERICS;

    /// An experiment on one task with these variants.
    fn manifest(variants: &[(&str, RunConfig)]) -> Manifest {
        let cells = variants.iter().map(|(variant, config)| Cell {
            env: config.env.clone(),
            variant: (*variant).to_owned(),
            config: config.clone(),
        });
        let cells: Vec<Cell> = cells.collect();
        Manifest {
            experiment: "changes".to_owned(),
            title: String::new(),
            headline: Metric::Evaluation,
            analysis: Analysis::default(),
            gymnasium: Default::default(),
            commit: String::new(),
            version: String::new(),
            numerics: NUMERICS,
            seeds: vec![0, 1, 2],
            tasks: vec!["CartPole-v1".to_owned()],
            variants: cells.iter().map(|cell| cell.variant.clone()).collect(),
            cells,
            runs: Vec::new(),
        }
    }

    fn trpo(change: impl Fn(&mut RunConfig)) -> RunConfig {
        let algorithm = AlgorithmConfig::new::<Trpo>(Default::default());
        let mut config = RunConfig::new("CartPole-v1", algorithm);
        change(&mut config);
        config
    }

    #[test]
    fn the_base_is_the_first_if_most_differ_from_it_in_one_key() {
        let mut variants = vec![
            ("usual", trpo(|_| {})),
            ("batch", trpo(|config| config.common.batch = 512)),
            ("discount", trpo(|config| config.common.gamma = 0.9)),
            ("passes", trpo(|config| config.critic.epochs = 3)),
            (
                "both",
                trpo(|config| {
                    config.common.gamma = 0.5;
                    config.common.copies = 4;
                }),
            ),
        ];
        let ppo = AlgorithmConfig::new::<Ppo>(Default::default());
        variants.push(("ppo", RunConfig::new("CartPole-v1", ppo)));
        let found = families(&manifest(&variants));
        let names = |family: &Family| -> Vec<String> {
            let changes = family.changes.iter();
            changes.map(|change| change.name.clone()).collect()
        };
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&*found[0].algorithm, &*found[0].base), ("trpo", "usual"));
        let expected = [
            "batch 512",
            "gamma 0.9",
            "critic.epochs 3",
            "copies 4, gamma 0.5",
        ];
        assert_eq!(names(&found[0]), expected);
        // Another one first: from it most differ in two.
        variants.swap(0, 1);
        assert_eq!(families(&manifest(&variants)), []);
        // Without two of them too few are left that change one key.
        variants.swap(0, 1);
        variants.drain(2..4);
        assert_eq!(families(&manifest(&variants)), []);
    }
}
