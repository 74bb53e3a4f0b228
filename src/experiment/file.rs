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

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::disk::is_plain;
use super::document::{Document, DocumentError};
use super::plan::Plan;
use super::selection::Selection;
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
    pub(super) claims_at: Vec<Range<usize>>,
    /// Where what is measured beside them stands.
    pub(super) diagnostics_at: Vec<Range<usize>>,
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
