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
//! retuned = "mine-2"               # the same with what another search chose: verdicts
//!                                  # that differ there depend on the tuning
//! smallest_difference = 0.05       # of normalised scores, over tasks; the default
//!
//! [settings]                       # for every task and variant
//! steps = 100_000
//! critic.epochs = 5
//!
//! [task."CartPole-v1"]             # for one task
//! gamma = 0.98
//!
//! [env."gym:LunarLander-v3"]       # what the constructor of an environment of
//! continuous = true                # Gymnasium is given: see `environments`
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
//! "CartPole-v1" = 475              # else nine tenths of the way to its reference
//!
//! [reference."Corridor-v0"]        # by what returns are judged; of a task of the
//! random = 0.1                     # laboratory it is known already
//! reference = 1.0
//! maximum = 1.0                    # the best return, if there is one
//! failed_below = 0.5               # else half way from random to reference
//! margin = 0.05                    # the smallest difference worth knowing
//!
//! [predict."CartPole-v1"]          # what the author expects, before the runs
//! trpo = { mean = 500, low = 480, high = 500 }
//!
//! [published_table]                # one number for each variant that stands for a row
//! rows = { trpo = 0.8, ppo-0_1 = 0.7 } # beside `source`
//! [[compare]]                      # pairs that are asked about; else the first
//! x = "trpo"                       # variant against each other
//! y = "ppo-0_1"
//!
//! [[dissect]]                      # updates that are looked into: see `selection`
//! task = "CartPole-v1"
//! variant = "trpo"
//! seed = 0
//! update = 10
//!
//! [[diagnostic]]                   # what is measured of runs: see `diagnostic`
//! name = "gradient-noise"
//! ```
//!
//! A `[sweep.NAME]` makes one variant for each value of one setting, a `[design]` one for
//! each row of a factorial design.
//!
//! Later layers win: defaults, `[settings]`, `[task.*]`, what searches chose,
//! `[variant.*]`, then `--set` of the command line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

use super::cells::{configuration, refuse_keys_of_others};
use super::choice::{self, Chosen};
use super::disk::is_plain;
use super::document::{Document, DocumentError, expect_table, in_order};
use super::environments;
use super::head::{
    Head, Seeds, analysis, named, pairs, predictions, published_table, purpose, retuned, tasks,
};
use super::plan::{Analysis, Cell, Plan};
use super::selection::{self, Selection};
use super::{design, seeds, sweep};
use crate::env::Task;
use crate::env::gym::About;
use crate::lab::Lab;
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
    /// The updates that are looked into; no part of the plan.
    pub dissect: Vec<Selection>,
    /// Where its claims stand in the text.
    claims_at: Vec<Range<usize>>,
    /// Where what is measured beside them stands.
    diagnostics_at: Vec<Range<usize>>,
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

impl Overrides {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.seeds.is_none() && self.assignments.is_empty()
    }
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
        let by_env = in_order(&document, take_table("env")?, "env")?;
        let mut by_task = in_order(&document, take_table("task")?, "task")?;
        let mut by_variant = in_order(&document, take_table("variant")?, "variant")?;
        let by_sweep = in_order(&document, take_table("sweep")?, "sweep")?;
        let by_design = root.remove(design::KEY);
        let head: Head = document.read(root)?;

        if head.title.get_ref().contains(char::is_control) {
            let message = "`title` holds a control character; write it in one line of letters";
            return Err(document.error(Some(head.title.span()), message));
        }
        let is_one = |name: &String| head.tasks.iter().any(|task| task.get_ref() == name);
        for (task, span, _) in by_task.iter().chain(&by_env) {
            if !is_one(task) {
                let message = format!("`{task}` is not one of the tasks");
                return Err(document.error(Some(span.clone()), message));
            }
        }
        let asked = environments::take(&document, by_env, &mut by_task)?;
        let tasks = tasks(&document, lab, &head.tasks, &asked)?;
        let mut sweeps = Vec::new();
        for layer in by_sweep {
            let (sweep, variants) = sweep::expand(&document, layer)?;
            sweeps.push(sweep);
            by_variant.extend(variants);
        }
        let mut rows_of = None;
        if let Some(value) = by_design {
            let span = value.span();
            let table = expect_table(&document, value, design::KEY)?;
            let (design, variants) = design::expand(&document, table, span)?;
            rows_of = Some(design);
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
            design: rows_of,
            searched_by: chosen.by(),
            retuned: retuned(&document, &head, path, name)?,
            purpose: purpose(&document, head.purpose.as_ref(), is_search)?,
            compare: pairs(&document, &head, &by_variant)?,
            claims: head.claim.iter().map(named).collect(),
            diagnostics: (head.diagnostic.iter())
                .map(|asked| asked.get_ref().clone())
                .collect(),
            predictions: predictions(&document, &head, &tasks, &by_variant)?,
            published_table: published_table(&document, &head, &by_variant)?,
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
            gymnasium: gymnasium(&tasks),
            tasks: tasks.iter().map(|task| task.id().to_owned()).collect(),
            variants: by_variant
                .into_iter()
                .map(|(variant, ..)| variant)
                .collect(),
            seeds: overrides.seeds.clone().unwrap_or_else(|| written.clone()),
            cells,
        };
        let dissected = head.dissect.iter().map(Spanned::span);
        let mut looked_into = dissected.chain(head.diagnostic.iter().map(Spanned::span));
        if let Some(first) = looked_into.next().filter(|_| is_search) {
            let message = "a search is not looked into; write this into the file of an experiment";
            return Err(document.error(Some(first), message));
        }
        let is_as_written = overrides.assignments.is_empty();
        let asked = &head.dissect;
        let dissect = selection::check(&document, asked, (&plan, &written), is_as_written)?;
        Ok(Self {
            plan,
            dissect,
            is_changed,
            path: path.to_owned(),
            text: text.to_owned(),
            claims_at: head.claim.iter().map(Spanned::span).collect(),
            diagnostics_at: head.diagnostic.iter().map(Spanned::span).collect(),
        })
    }

    /// That something is wrong with its claim of this number, from 0.
    pub fn wrong_claim(&self, number: usize, problem: String) -> DocumentError {
        self.wrong(self.claims_at.get(number), problem)
    }

    /// That something is wrong with its diagnostic of this number, from 0.
    pub fn wrong_diagnostic(&self, number: usize, problem: String) -> DocumentError {
        self.wrong(self.diagnostics_at.get(number), problem)
    }

    fn wrong(&self, span: Option<&Range<usize>>, problem: String) -> DocumentError {
        let span = span.cloned();
        match Document::new(&self.path, &self.text, &[]) {
            Ok(document) => document.error(span, problem),
            Err(error) => error,
        }
    }
}

/// What tasks of Gymnasium said of themselves.
fn gymnasium(tasks: &[Arc<Task>]) -> BTreeMap<String, About> {
    let each = tasks.iter().filter_map(|task| {
        let (_, about) = task.gymnasium()?;
        Some((task.id().to_owned(), About::clone(about)))
    });
    each.collect()
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
