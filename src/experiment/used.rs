//! The file of the ledger of seeds: its entries, as they are read and written.
//!
//! ```toml
//! [[used]]
//! experiment = "classic"
//! purpose = "report"          # report, search or pilot
//! tasks = ["CartPole-v1"]
//! seeds = "0..20"
//! commit = "04db4d5"
//! date = "2026-11-26"
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::disk::StoreError;
use super::document::{Document, DocumentError};
use super::plan::Plan;
use super::purpose::Purpose;
use super::seeds::{self, shown};

/// Name of the file.
pub const FILE: &str = "seeds.toml";

/// What a new ledger begins with.
const HEADER: &str = "\
# Which seeds have been looked at, on which tasks, by which experiment and for
# what (report, search or pilot). `trpo-lab run`, `reproduce` and `search` write it;
# it is committed with the results. An experiment whose results are reported may
# use only seeds that no other experiment has looked at.
";

/// What is wrong with the ledger, or with using seeds that it knows.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It makes no sense, or knows a seed that was to be used.
    #[error(transparent)]
    Content(#[from] DocumentError),
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seeds that an experiment looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage<'a> {
    /// Name of the experiment.
    pub experiment: &'a str,
    /// What it is made for.
    pub purpose: Purpose,
    /// Its tasks.
    pub tasks: &'a [String],
    /// Its seeds, ascending: each is looked at on every task.
    pub seeds: &'a [u64],
}

impl Plan {
    /// What it looks at.
    pub fn usage(&self) -> Usage<'_> {
        Usage {
            experiment: &self.name,
            purpose: self.analysis.purpose,
            tasks: &self.tasks,
            seeds: &self.seeds,
        }
    }
}

/// The ledger beside an experiment file.
#[derive(Debug)]
pub struct Ledger {
    pub(super) path: PathBuf,
    text: String,
    pub(super) document: Document,
    pub(super) used: Vec<Used>,
}

/// An entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Used {
    pub experiment: Spanned<String>,
    pub purpose: Purpose,
    pub tasks: Vec<String>,
    /// As they are written.
    pub seeds: Spanned<String>,
    commit: Spanned<String>,
    date: Spanned<String>,
    /// The seeds one by one.
    #[serde(skip)]
    pub numbers: BTreeSet<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    #[serde(default)]
    used: Vec<Used>,
}

impl Ledger {
    /// The ledger in the folder of the experiment file `experiment`; an empty one
    /// if there is none yet.
    ///
    /// # Errors
    /// If it cannot be read or makes no sense.
    pub fn beside(experiment: &Path) -> Result<Self, LedgerError> {
        let path = folder_of(experiment).join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(StoreError::io(&path, "read")(error).into()),
        };
        Ok(Self::parse(&path, &text)?)
    }

    /// The ledger that `text` gives. `path` is where it lies.
    ///
    /// # Errors
    /// If it makes no sense.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DocumentError> {
        let document = Document::new(path, text, &[])?;
        let whole: Whole = document.read(document.parse()?)?;
        let mut used = whole.used;
        for entry in &mut used {
            let numbers = seeds::parse(entry.seeds.get_ref());
            let numbers =
                numbers.map_err(|message| document.error(Some(entry.seeds.span()), message))?;
            entry.numbers = numbers.into_iter().collect();
            if !entry.purpose.spends_seeds() {
                let message = "a check is not entered; write report, search or pilot";
                return Err(document.error(Some(entry.experiment.span()), message));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            document,
            used,
        })
    }

    /// The text with `usage` in it: an entry of the same experiment, purpose and
    /// tasks grows, else there is a new one at the end. Everything else stays as
    /// it is written.
    ///
    /// # Errors
    /// If no entry can follow what is written.
    pub fn with(
        &self,
        usage: &Usage<'_>,
        commit: &str,
        date: &str,
    ) -> Result<String, DocumentError> {
        let tasks: BTreeSet<&String> = usage.tasks.iter().collect();
        let same =
            |used: &&Used| used.is_of(usage) && used.tasks.iter().collect::<BTreeSet<_>>() == tasks;
        let grown = self.used.iter().filter(same).find_map(|used| {
            let mut all = used.numbers.clone();
            all.extend(usage.seeds);
            let all: Vec<u64> = all.into_iter().collect();
            // More seeds than an entry may hold go into another one.
            seeds::sorted(all).ok().map(|all| (used, all))
        });
        let mut text = self.text.clone();
        let Some((used, all)) = grown else {
            let tasks: Vec<String> = usage.tasks.iter().map(|task| quoted(task)).collect();
            let before = match text.is_empty() {
                true => HEADER,
                false if text.ends_with('\n') => "",
                false => "\n",
            };
            let entry = format!(
                "{before}\n[[used]]\nexperiment = {}\npurpose = \"{}\"\ntasks = [{}]\n\
                 seeds = \"{}\"\ncommit = {}\ndate = {}\n",
                quoted(usage.experiment),
                usage.purpose,
                tasks.join(", "),
                shown(usage.seeds),
                quoted(commit),
                quoted(date)
            );
            text += &entry;
            // Behind `used = [...]` it would make the file unreadable.
            if Document::new(&self.path, &text, &[]).is_err() {
                let at = self.document.parse()?.get("used").map(Spanned::span);
                let message = "no entry can follow this list; write each as a table `[[used]]`";
                return Err(self.document.error(at, message));
            }
            return Ok(text);
        };
        let mut places = [
            (used.seeds.span(), shown(&all)),
            (used.commit.span(), commit.to_owned()),
            (used.date.span(), date.to_owned()),
        ];
        // From the end, so that no place moves before its turn.
        places.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, value) in places {
            text.replace_range(span, &quoted(&value));
        }
        Ok(text)
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl Used {
    /// Whether it is of the experiment and purpose of `usage`.
    pub fn is_of(&self, usage: &Usage<'_>) -> bool {
        self.experiment.get_ref() == usage.experiment && self.purpose == usage.purpose
    }

    /// Whether it says that `seed` was looked at on `task`.
    pub fn has(&self, task: &str, seed: u64) -> bool {
        self.tasks.iter().any(|known| known == task) && self.numbers.contains(&seed)
    }
}

/// The folder in which the experiment file `experiment` and its ledger lie.
pub(super) fn folder_of(experiment: &Path) -> PathBuf {
    let folder = experiment
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}
