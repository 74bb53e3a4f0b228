//! The experiment file that results are of: a copy of it, with its path, stands
//! beside them as `experiment.toml`.
//!
//! Two files of the same name in two folders are two experiments, and one folder
//! of results holds one. The same file with other content is the experiment as
//! it was edited: what did not change is kept.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{StoreError, write};
use super::file::Experiment;
use super::manifest::Manifest;
use super::plan::Cell;
use super::store::Store;

/// Name of the copy in the folder of results.
pub const FILE: &str = "experiment.toml";

/// What its first line begins with; the path follows.
const MARK: &str = "# A copy of the experiment file of these results: ";

/// Whether a line of a copy is the one that says where the file lies.
pub fn is_mark(line: &str) -> bool {
    line.starts_with(MARK)
}

/// Why results and an experiment file do not belong together.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The results are of another file.
    #[error(
        "{}: these are results of another experiment file, {standing}, not of {given}; give \
         --out DIR for those of {given} (or, if the file was moved, write its new path into the \
         first line there)",
        copy.display()
    )]
    Another {
        /// The copy in the folder of results.
        copy: PathBuf,
        /// The path that stands in it.
        standing: String,
        /// The path that was given.
        given: String,
    },
    /// The copy cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses results that are of another file than the one at `path`.
///
/// # Errors
/// If they are, or the copy cannot be read.
pub fn check(store: &Store, path: &Path) -> Result<(), SourceError> {
    let copy = store.directory().join(FILE);
    let text = match fs::read_to_string(&copy) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io(&copy, "read")(error).into()),
    };
    let first = text.lines().next().unwrap_or_default();
    let Some(standing) = first.strip_prefix(MARK) else {
        // Not ours to obey; the next run writes it anew.
        return Ok(());
    };
    // A relative path is joined to the folder, an absolute one replaces it.
    let is_same = resolved(&home(store).join(standing)) == resolved(path);
    match is_same {
        true => Ok(()),
        false => Err(SourceError::Another {
            copy,
            standing: standing.to_owned(),
            given: path.display().to_string(),
        }),
    }
}

/// Writes the copy of `experiment`, after [`check`].
///
/// # Errors
/// If the results are of another file, or the copy cannot be written.
pub fn claim(store: &Store, experiment: &Experiment) -> Result<(), SourceError> {
    claim_text(store, &experiment.path, &experiment.text)
}

/// [`claim`], of the file at `path` with this text.
///
/// # Errors
/// As there.
pub fn claim_text(store: &Store, path: &Path, text: &str) -> Result<(), SourceError> {
    check(store, path)?;
    let copy = store.directory().join(FILE);
    let path = shown(&home(store), path);
    let text = format!("{MARK}{path}\n{text}");
    if fs::read(&copy).ok().as_deref() != Some(text.as_bytes()) {
        write(&copy, text.as_bytes())?;
    }
    Ok(())
}

impl Experiment {
    /// How its cells differ from those of results that stand, in a sentence for
    /// each kind: what is made again, what is new, what it no longer has.
    pub fn changes_since(&self, standing: &Manifest) -> Vec<String> {
        let name = |cell: &Cell| format!("{} {}", cell.env, cell.variant);
        let cells = self.plan.cells.iter();
        let (known, new): (Vec<&Cell>, Vec<&Cell>) =
            cells.partition(|cell| standing.config(&cell.env, &cell.variant).is_some());
        let differs =
            |cell: &&Cell| standing.config(&cell.env, &cell.variant) != Some(&cell.config);
        let is_gone = |cell: &&Cell| {
            let mut cells = self.plan.cells.iter();
            !cells.any(|own| own.env == cell.env && own.variant == cell.variant)
        };
        let kinds: [(&str, Vec<String>); 3] = [
            (
                "its settings have changed, made again",
                known.into_iter().filter(differs).map(name).collect(),
            ),
            ("new", new.into_iter().map(name).collect()),
            (
                "no longer part of it, records are kept",
                standing.cells.iter().filter(is_gone).map(name).collect(),
            ),
        ];
        let kinds = kinds.into_iter().filter(|(_, names)| !names.is_empty());
        kinds
            .map(|(what, names)| format!("{what}: {}", names.join(", ")))
            .collect()
    }
}

/// The folder that holds the folder of all results.
fn home(store: &Store) -> PathBuf {
    let above = store.directory().ancestors().nth(2);
    let above = above.filter(|path| !path.as_os_str().is_empty());
    resolved(above.unwrap_or(Path::new(".")))
}

/// Below `home` as the path from there, else the whole path.
fn shown(home: &Path, path: &Path) -> String {
    let path = resolved(path);
    let below = path.strip_prefix(home).unwrap_or(&path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    match below.is_absolute() {
        true => below.display().to_string(),
        false => parts.join("/"),
    }
}

/// Without links and dots; as it is if there is no such file.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}
