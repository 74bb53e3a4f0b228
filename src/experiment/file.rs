//! Experiment files.
//!
//! ```toml
//! title = "Which is better on CartPole?"
//! headline = "evaluation"          # evaluation, area, training or final
//! tasks = ["CartPole-v1"]
//! seeds = "0..10"
//! purpose = "report"               # the default; pilot: a look that is not reported,
//!                                  # check: whether it runs, see the ledger of seeds
//! settings_from = "mine-search"    # what a search chose, or several in a list
//! smallest_difference = 0.05       # of normalised scores, over tasks; the default
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
//! "CartPole-v1" = 475              # else its reference
//!
//! [reference."Corridor-v0"]        # by what returns are judged; of a task of the
//! random = 0.1                     # laboratory it is known already
//! reference = 1.0
//! maximum = 1.0                    # the best return, if there is one
//! failed_below = 0.5               # else half way from random to reference
//! margin = 0.05                    # the smallest difference worth knowing
//!
//! [[compare]]                      # pairs that are asked about; else the first
//! x = "trpo"                       # variant against each other
//! y = "ppo-0_1"
//! ```
//!
//! A `[sweep.NAME]` makes one variant for each value of one setting.
//!
//! Later layers win: defaults, `[settings]`, `[task.*]`, what searches chose,
//! `[variant.*]`, then `--set` of the command line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::cells::{configuration, refuse_keys_of_others};
use super::choice::{self, Chosen};
use super::claims::{Claim, name_of};
use super::disk::is_plain;
use super::document::{Document, DocumentError, expect_table, in_order};
use super::plan::{Analysis, Cell, Metric, Pair, Plan};
use super::purpose::Purpose;
use super::references::References;
use super::{seeds, sweep};
use crate::env::{Reference, Task};
use crate::lab::Lab;
use crate::settings::{Limit, finite, positive};
use crate::suggest::{did_you_mean, nearest};

/// An experiment, and the file that says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// What is to be run.
    pub plan: Plan,
    /// Whether the command line changed what the file says.
    pub is_changed: bool,
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
    /// Where its claims stand in the text.
    claims_at: Vec<Range<usize>>,
}

/// The folder of results of `trpo-lab train`, which no experiment may have.
pub const RESERVED: &str = "train";

/// The table of a search, which the module of that name reads.
pub const SEARCH: &str = "search";

/// The key of a variant of a search that takes what another one chose.
pub const SAME_AS: &str = "same_as";

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
    #[error(
        "{path}: {source}{}; experiments are TOML files such as experiments/smoke.toml",
        did_you_mean(.nearest.as_deref())
    )]
    Unreadable {
        /// The file.
        path: String,
        /// The file beside it that was probably meant.
        nearest: Option<String>,
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

impl FileError {
    /// The file at `path` cannot be read, because of `source`.
    pub fn unreadable(path: &Path, source: std::io::Error) -> Self {
        FileError::Unreadable {
            path: path.display().to_string(),
            nearest: experiment_near(path),
            source,
        }
    }
}

/// The experiment file beside `path` that was probably meant; none if there is a
/// file at `path`.
fn experiment_near(path: &Path) -> Option<String> {
    let stem = |path: &Path| Some(path.file_stem()?.to_str()?.to_owned());
    let folder = path.parent().filter(|_| !path.exists())?;
    let here = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let entries = std::fs::read_dir(here).ok()?.flatten();
    let files = entries.map(|entry| entry.path());
    let files = files.filter(|file| file.extension().is_some_and(|end| end == "toml"));
    let stems: Vec<String> = files.filter_map(|file| stem(&file)).collect();
    let nearest = nearest(&stem(path)?, stems.iter().map(String::as_str))?;
    let meant = folder.join(format!("{nearest}.toml"));
    Some(meant.display().to_string())
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
    purpose: Option<Spanned<Purpose>>,
    #[serde(default)]
    thresholds: BTreeMap<String, Spanned<f64>>,
    #[serde(default)]
    reference: BTreeMap<String, Spanned<Reference>>,
    #[serde(default)]
    compare: Vec<Spanned<Pair>>,
    #[serde(default)]
    claim: Vec<Spanned<Claim>>,
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
    /// Reads the file at `path`, which names tasks and algorithms of `lab`.
    ///
    /// # Errors
    /// If it does not give an experiment.
    pub fn read(lab: &Lab, path: &Path, overrides: &Overrides) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| FileError::unreadable(path, source))?;
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
        Ok(Self::parse(lab, path, name, &text, overrides)?)
    }

    /// The experiment called `name` that `text` gives. `path` is only named in
    /// errors.
    ///
    /// # Errors
    /// If it does not give an experiment.
    pub fn parse(
        lab: &Lab,
        path: &Path,
        name: &str,
        text: &str,
        overrides: &Overrides,
    ) -> Result<Self, DocumentError> {
        let choices = choice::named(&Document::new(path, text, &[])?, path)?;
        let appendices = choice::appendices(&choices);
        let document = Document::with(path, text, &appendices, &overrides.assignments)?;
        let mut root = document.parse()?;
        root.remove(choice::KEY);
        let is_search = root.remove(SEARCH).is_some();
        let mut take_table = |key: &str| match root.remove(key) {
            Some(value) => expect_table(&document, value, key),
            None => Ok(DeTable::new()),
        };
        let settings = take_table("settings")?;
        let set = take_table("set")?;
        let chosen = take_table(choice::GROUP)?;
        let by_task = in_order(&document, take_table("task")?, "task")?;
        let mut by_variant = in_order(&document, take_table("variant")?, "variant")?;
        let by_sweep = in_order(&document, take_table("sweep")?, "sweep")?;
        let head: Head = document.read(root)?;

        if head.title.get_ref().contains(char::is_control) {
            let message = "`title` holds a control character; write it in one line of letters";
            return Err(document.error(Some(head.title.span()), message));
        }
        let tasks = tasks(&document, lab, &head.tasks)?;
        let is_one = |name: &String| tasks.iter().any(|task| task.id() == name);
        for (task, span, _) in &by_task {
            if !is_one(task) {
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
        if is_search {
            for (.., table) in &mut by_variant {
                table.remove(SAME_AS);
            }
        }
        let chosen = Chosen::take(choices, chosen, &mut by_variant);
        let nothing = DeTable::new();
        let mut cells = Vec::new();
        for task in &tasks {
            let layer = by_task.iter().find(|(name, ..)| name == task.id());
            let layer = layer.map_or(&nothing, |(_, _, table)| table);
            for (variant, span, table) in &by_variant {
                let of_search = chosen.layers(
                    &document,
                    &choice::Cell {
                        task: task.id(),
                        variant,
                        span: span.clone(),
                        settings: &settings,
                        others: [layer, table, &set],
                    },
                )?;
                let mut layers = vec![&settings, layer];
                layers.extend(of_search);
                let own = layers.len();
                layers.extend([table, &set]);
                let config = configuration(&document, lab, task, &layers, own)?;
                cells.push(Cell {
                    env: task.id().to_owned(),
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
            refuse_keys_of_others(&document, lab, layer, &used, |key| {
                format!(
                    "`{key}` would change nothing: no variant has that algorithm, only {}",
                    variants_use(lab, &used)
                )
            })?;
        }
        let analysis = Analysis {
            sweeps,
            searched_by: chosen.by(),
            purpose: purpose(&document, head.purpose.as_ref(), is_search)?,
            compare: pairs(&document, &head.compare, &by_variant)?,
            claims: head.claim.iter().map(named).collect(),
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
        let plan = Plan {
            name: name.to_owned(),
            title: head.title.into_inner(),
            headline: head.headline,
            analysis,
            tasks: tasks.iter().map(|task| task.id().to_owned()).collect(),
            variants: by_variant
                .into_iter()
                .map(|(variant, ..)| variant)
                .collect(),
            seeds: overrides.seeds.clone().unwrap_or(written),
            cells,
        };
        Ok(Self {
            plan,
            is_changed,
            path: path.to_owned(),
            text: text.to_owned(),
            claims_at: head.claim.iter().map(Spanned::span).collect(),
        })
    }

    /// That something is wrong with its claim of this number, from 0.
    pub fn wrong_claim(&self, number: usize, problem: String) -> DocumentError {
        let span = self.claims_at.get(number).cloned();
        match Document::new(&self.path, &self.text, &[]) {
            Ok(document) => document.error(span, problem),
            Err(error) => error,
        }
    }
}

/// The algorithms that are used, once each.
fn variants_use(lab: &Lab, used: &[&str]) -> String {
    let known = lab.algorithms().iter().map(|kind| kind.name());
    let named: Vec<String> = known
        .filter(|name| used.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    named.join(", ")
}

fn tasks(
    document: &Document,
    lab: &Lab,
    given: &[Spanned<String>],
) -> Result<Vec<Arc<Task>>, DocumentError> {
    let mut tasks: Vec<Arc<Task>> = Vec::new();
    for task in given {
        let complain = |message: String| document.error(Some(task.span()), message);
        let found = lab.find_task(task.get_ref());
        let found = found.map_err(|error| complain(error.to_string()))?;
        if tasks.iter().any(|known| known.id() == found.id()) {
            return Err(complain(format!("`{}` stands twice", task.get_ref())));
        }
        tasks.push(found);
    }
    if tasks.is_empty() {
        return Err(document.error(None, "`tasks` must name at least one task"));
    }
    Ok(tasks)
}

/// What the file says of its purpose; a search needs not say it.
fn purpose(
    document: &Document,
    said: Option<&Spanned<Purpose>>,
    is_search: bool,
) -> Result<Purpose, DocumentError> {
    match said {
        Some(said) if is_search => {
            let message = format!("`[{SEARCH}]` says what this is made for; leave `purpose` out");
            Err(document.error(Some(said.span()), message))
        }
        Some(said) => Ok(*said.get_ref()),
        None if is_search => Ok(Purpose::Search),
        None => Ok(Purpose::Report),
    }
}

fn analysis(
    document: &Document,
    head: &Head,
    tasks: &[Arc<Task>],
) -> Result<Analysis, DocumentError> {
    let mut analysis = Analysis::default();
    let of = |key: &str, value: &Spanned<f64>, limit: Limit<f64>| {
        let wrong = |problem| document.error(Some(value.span()), format!("`{key}` {problem}"));
        (limit.check)(value.get_ref()).map_err(wrong)?;
        Ok(*value.get_ref())
    };
    if let Some(value) = &head.smallest_difference {
        analysis.smallest_difference = of("smallest_difference", value, positive())?;
    }
    let is_one = |name: &str, span: Range<usize>| {
        if tasks.iter().any(|task| task.id() == name) {
            return Ok(());
        }
        let message = format!("`{name}` is not one of the tasks");
        Err(document.error(Some(span), message))
    };
    for (task, value) in &head.thresholds {
        is_one(task, value.span())?;
        let threshold = of(&format!("thresholds.{task}"), value, finite())?;
        analysis.thresholds.insert(task.clone(), threshold);
    }
    for (task, value) in &head.reference {
        is_one(task, value.span())?;
        let checked = value.get_ref().check();
        checked.map_err(|problem| document.error(Some(value.span()), problem))?;
        analysis.references.insert(task.clone(), *value.get_ref());
    }
    let known = References::built_in();
    let known = known.map_err(|error| document.error(None, error.to_string()))?;
    for task in tasks {
        let ours = || Some(known.get(task.id())?.returns);
        if let Some(own) = task.own_reference().or_else(ours) {
            let id = task.id().to_owned();
            analysis.references.entry(id).or_insert(own);
        }
    }
    Ok(analysis)
}

/// A claim with a name.
fn named(claim: &Spanned<Claim>) -> Claim {
    let mut claim = claim.get_ref().clone();
    if claim.id.is_empty() {
        claim.id = name_of(&claim.text);
    }
    claim
}

/// The pairs that are asked about, of variants that there are.
fn pairs<T, U>(
    document: &Document,
    given: &[Spanned<Pair>],
    variants: &[(String, T, U)],
) -> Result<Vec<Pair>, DocumentError> {
    let mut pairs: Vec<Pair> = Vec::new();
    for pair in given {
        let complain = |message: String| document.error(Some(pair.span()), message);
        let names = || variants.iter().map(|(name, ..)| name.as_str());
        let Pair { x, y } = pair.get_ref();
        for name in [x, y] {
            if !names().any(|known| known == name) {
                let meant = did_you_mean(nearest(name, names()));
                return Err(complain(format!("there is no variant `{name}`{meant}")));
            }
        }
        if x == y {
            let message = format!("`{x}` is compared with itself; name two variants");
            return Err(complain(message));
        }
        let is_known =
            |known: &Pair| (&known.x, &known.y) == (x, y) || (&known.x, &known.y) == (y, x);
        if pairs.iter().any(is_known) {
            return Err(complain(format!("`{x}` and `{y}` are compared already")));
        }
        pairs.push(pair.get_ref().clone());
    }
    Ok(pairs)
}
