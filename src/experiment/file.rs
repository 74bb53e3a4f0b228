//! Experiment files.
//!
//! ```toml
//! title = "Which is better on CartPole?"
//! headline = "evaluation"          # final, best, area or evaluation
//! tasks = ["CartPole-v1"]
//! seeds = "0..10"
//! smallest_difference = 0.1        # of normalised scores, worth knowing; the default
//!
//! [settings]                       # for every task and variant
//! steps = 100_000
//! critic.epochs = 5
//!
//! [task."CartPole-v1"]             # for one task
//! gamma = 0.98
//!
//! [variant.trpo]                   # for one variant
//! algorithm = "trpo"
//! trpo.delta = 0.02
//!
//! [sweep.ppo]                      # variants ppo-0_1 and ppo-0_2
//! algorithm = "ppo"
//! over = "ppo.clip"
//! values = [0.1, 0.2]
//!
//! [thresholds]                     # returns from which on a task counts as learnt;
//! "CartPole-v1" = 475              # else its reference of references.toml
//! ```
//!
//! A `[sweep.NAME]` makes one variant for each value of one setting.
//!
//! Later layers win: defaults, `[settings]`, `[task.*]`, `[variant.*]`, then
//! `--set` of the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::analysis::Analysis;
use super::cells::{configuration, expect_table, refuse_keys_of_others};
use super::document::{Document, DocumentError};
use super::manifest::{Cell, Metric};
use super::{seeds, sweep};
use crate::algo::AlgorithmConfig;
use crate::env::registry;
use crate::settings::{finite, positive};

/// An experiment with every configuration complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The name of its file without `.toml`.
    pub name: String,
    /// What it asks.
    pub title: String,
    /// The score named before running.
    pub headline: Metric,
    /// What else it asks of its runs.
    pub analysis: Analysis,
    /// Tasks, in the order of the file.
    pub tasks: Vec<String>,
    /// Variants, in the order of the file.
    pub variants: Vec<String>,
    /// Seeds, ascending.
    pub seeds: Vec<u64>,
    /// Every task under every variant, tasks outermost.
    pub cells: Vec<Cell>,
    /// Whether the command line changed what the file says.
    pub is_changed: bool,
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// The folder of results of `trpo-lab train`, which no experiment may have.
pub const RESERVED: &str = "train";

/// What the command line changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--seeds`.
    pub seeds: Option<Vec<u64>>,
    /// `--steps` and `--set`, as `key = value`.
    pub assignments: Vec<String>,
}

/// A file that does not give an experiment.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{path}: {source}; experiments are TOML files such as experiments/smoke.toml")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its name cannot be that of a folder.
    #[error("{0}: the name of an experiment file is made of letters, digits, `-` and `_`")]
    Name(String),
    /// Its results would stand where those of single runs do.
    #[error(
        "{0}: `{RESERVED}` is where `trpo-lab train` keeps its runs; give the file another name"
    )]
    Reserved(String),
    /// Its content is wrong.
    #[error(transparent)]
    Content(#[from] DocumentError),
}

/// The keys of a file outside of its layers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: Spanned<String>,
    headline: Metric,
    tasks: Vec<Spanned<String>>,
    seeds: Spanned<Seeds>,
    smallest_difference: Option<Spanned<f64>>,
    #[serde(default)]
    thresholds: BTreeMap<String, Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "seeds are a text such as \"0..10\" or a list such as [1, 2, 5]"
)]
enum Seeds {
    Text(String),
    List(Vec<u64>),
}

impl Experiment {
    /// Reads the file at `path`.
    pub fn read(path: &Path, overrides: &Overrides) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| FileError::Unreadable {
            path: shown.clone(),
            source,
        })?;
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("");
        if !is_plain(name) {
            return Err(FileError::Name(shown));
        }
        if name == RESERVED {
            return Err(FileError::Reserved(shown));
        }
        Ok(Self::parse(path, name, &text, overrides)?)
    }

    /// The experiment called `name` that `text` gives. `path` is only named in
    /// errors.
    pub fn parse(
        path: &Path,
        name: &str,
        text: &str,
        overrides: &Overrides,
    ) -> Result<Self, DocumentError> {
        let document = Document::new(path, text, &overrides.assignments)?;
        let mut root = document.parse()?;
        let mut take_table = |key: &str| match root.remove(key) {
            Some(value) => expect_table(&document, value, key),
            None => Ok(DeTable::new()),
        };
        let settings = take_table("settings")?;
        let set = take_table("set")?;
        let by_task = in_order(&document, take_table("task")?, "task")?;
        let mut by_variant = in_order(&document, take_table("variant")?, "variant")?;
        let by_sweep = in_order(&document, take_table("sweep")?, "sweep")?;
        let head: Head = document.read(root)?;

        if head.title.get_ref().contains(char::is_control) {
            let message = "`title` holds a control character; write it in one line of letters";
            return Err(document.error(Some(head.title.span()), message));
        }
        let tasks = tasks(&document, &head.tasks)?;
        for (task, span, _) in &by_task {
            if !tasks.contains(task) {
                let message = format!("`{task}` is not one of the tasks");
                return Err(document.error(Some(span.clone()), message));
            }
        }
        let mut sweeps = Vec::new();
        for layer in by_sweep {
            let (sweep, variants) = sweep::expand(&document, layer)?;
            sweeps.push(sweep);
            by_variant.extend(variants);
        }
        if by_variant.is_empty() {
            let message = "there must be a `[variant.NAME]` with an `algorithm`";
            return Err(document.error(None, message));
        }
        for (place, (variant, span, _)) in by_variant.iter().enumerate() {
            if !is_plain(variant) {
                let message = "the name of a variant is made of letters, digits, `-` and `_`";
                return Err(document.error(Some(span.clone()), message));
            }
            if by_variant[..place]
                .iter()
                .any(|(known, ..)| known == variant)
            {
                let message = format!("there is a variant `{variant}` already");
                return Err(document.error(Some(span.clone()), message));
            }
        }
        let nothing = DeTable::new();
        let mut cells = Vec::new();
        for env in &tasks {
            let task = by_task.iter().find(|(task, ..)| task == env);
            let task = task.map_or(&nothing, |(_, _, table)| table);
            for (variant, _, table) in &by_variant {
                let layers = [&settings, task, table, &set];
                let config = configuration(&document, env, &layers, 2)?;
                cells.push(Cell {
                    env: env.clone(),
                    variant: variant.clone(),
                    config,
                });
            }
        }
        let used: Vec<&str> = cells
            .iter()
            .map(|cell| cell.config.algorithm.name())
            .collect();
        let shared = by_task.iter().map(|(_, _, table)| table);
        for layer in shared.chain([&settings, &set]) {
            refuse_keys_of_others(&document, layer, &used, |key| {
                format!(
                    "`{key}` would change nothing: no variant has that algorithm, only {}",
                    variants_use(&used)
                )
            })?;
        }
        let analysis = Analysis {
            sweeps,
            ..analysis(&document, &head, &tasks)?
        };
        let written = match head.seeds.get_ref() {
            Seeds::Text(text) => seeds::parse(text),
            Seeds::List(list) => seeds::sorted(list.clone()),
        }
        .map_err(|message| document.error(Some(head.seeds.span()), message))?;
        let is_changed = !overrides.assignments.is_empty()
            || overrides
                .seeds
                .as_ref()
                .is_some_and(|seeds| *seeds != written);
        Ok(Self {
            name: name.to_owned(),
            title: head.title.into_inner(),
            headline: head.headline,
            analysis,
            tasks,
            variants: by_variant
                .into_iter()
                .map(|(variant, ..)| variant)
                .collect(),
            seeds: overrides.seeds.clone().unwrap_or(written),
            cells,
            is_changed,
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }
}

/// The algorithms that are used, once each.
fn variants_use(used: &[&str]) -> String {
    let known = AlgorithmConfig::NAMES.iter();
    let named: Vec<String> = known
        .filter(|name| used.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    named.join(", ")
}

/// Whether `name` can be that of a folder anywhere.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

fn tasks(document: &Document, given: &[Spanned<String>]) -> Result<Vec<String>, DocumentError> {
    let mut tasks = Vec::new();
    for task in given {
        let complain = |message: String| document.error(Some(task.span()), message);
        registry::spec(task.get_ref()).map_err(|error| complain(error.to_string()))?;
        if tasks.contains(task.get_ref()) {
            return Err(complain(format!("`{}` stands twice", task.get_ref())));
        }
        tasks.push(task.get_ref().clone());
    }
    if tasks.is_empty() {
        return Err(document.error(None, "`tasks` must name at least one task"));
    }
    Ok(tasks)
}

fn analysis(document: &Document, head: &Head, tasks: &[String]) -> Result<Analysis, DocumentError> {
    let mut analysis = Analysis::default();
    let of = |key: &str, value: &Spanned<f64>, check: fn(&f64) -> Result<(), String>| {
        let wrong = |problem| document.error(Some(value.span()), format!("`{key}` {problem}"));
        check(value.get_ref()).map_err(wrong)?;
        Ok(*value.get_ref())
    };
    if let Some(value) = &head.smallest_difference {
        analysis.smallest_difference = of("smallest_difference", value, positive)?;
    }
    for (task, value) in &head.thresholds {
        if !tasks.contains(task) {
            let message = format!("`{task}` is not one of the tasks");
            return Err(document.error(Some(value.span()), message));
        }
        let threshold = of(&format!("thresholds.{task}"), value, finite)?;
        analysis.thresholds.insert(task.clone(), threshold);
    }
    Ok(analysis)
}

/// A table inside a table: its name, where that stands, and its content.
pub(super) type Layer<'i> = (String, std::ops::Range<usize>, DeTable<'i>);

/// The tables inside `table`, in the order of the file.
fn in_order<'i>(
    document: &Document,
    table: DeTable<'i>,
    group: &str,
) -> Result<Vec<Layer<'i>>, DocumentError> {
    let mut entries: Vec<(Spanned<de::DeString<'i>>, Spanned<DeValue<'i>>)> =
        table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
        .into_iter()
        .map(|(key, value)| {
            let name = key.get_ref().to_string();
            let table = expect_table(document, value, &format!("{group}.{name}"))?;
            Ok((name, key.span(), table))
        })
        .collect()
}
