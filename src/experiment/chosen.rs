//! What a search chose: the file `chosen.toml` of its results, and what is
//! appended of it to the document of an experiment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeTable;

use super::disk::is_plain;
use super::document::{Document, DocumentError};

/// Name of the file of what was chosen.
pub const FILE: &str = "chosen.toml";

/// The tables that it is made from, in the same folder.
pub const TABLES: [&str; 2] = ["search.csv", "settings.csv"];

/// The key of an experiment file that names searches.
pub(super) const KEY: &str = "settings_from";

/// The table under which chosen settings are appended to a document.
pub(super) const GROUP: &str = "chosen";

/// A search by which settings of an experiment were chosen, in its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchedBy {
    /// Name of the search.
    pub search: String,
    /// `matched`, `free`, or `by task`.
    pub protocol: String,
    /// The tasks on which it chose; others of an experiment are held out.
    pub tasks: Vec<String>,
    /// [`digest_of_tables`] at the time.
    pub table: String,
}

impl SearchedBy {
    /// Those of `tasks` on which nothing was chosen.
    pub fn held_out<'a>(&self, tasks: &'a [String]) -> Vec<&'a str> {
        let tasks = tasks.iter().filter(|task| !self.tasks.contains(task));
        tasks.map(String::as_str).collect()
    }
}

/// What one search chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Which search.
    pub by: SearchedBy,
    /// The file.
    pub path: PathBuf,
    /// By task, and by variant of the search.
    task: BTreeMap<String, toml::Table>,
    pub(super) variant: BTreeMap<String, toml::Table>,
}

/// The content of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    search: String,
    protocol: String,
    tasks: Vec<String>,
    table: String,
    #[serde(default)]
    task: BTreeMap<String, toml::Table>,
    #[serde(default)]
    variant: BTreeMap<String, toml::Table>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "name one search, or a list of them")]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn all(self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name],
            Names::Several(names) => names,
        }
    }
}

/// 128 bits, in hexadecimal, of the BLAKE3 of the tables in the folder of a search.
///
/// # Errors
/// If one cannot be read.
pub fn digest_of_tables(folder: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for name in TABLES {
        let bytes = fs::read(folder.join(name))?;
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// The folder of results of the search `name`, for an experiment file at `path`.
pub fn folder(path: &Path, name: &str) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    let above = match folder.components().next_back() {
        None | Some(std::path::Component::CurDir) => Path::new("..").to_owned(),
        Some(std::path::Component::ParentDir) => folder.join(".."),
        Some(_) => folder.parent().unwrap_or(Path::new("")).to_owned(),
    };
    above.join("results").join(name)
}

/// What the searches that the experiment file `document` at `path` names chose.
///
/// # Errors
/// If one has chosen nothing, or its tables are others than those that it chose
/// from: the place of its name.
pub(super) fn named(document: &Document, path: &Path) -> Result<Vec<Choice>, DocumentError> {
    let mut root = document.parse()?;
    if let Some((key, _)) = root.get_key_value(GROUP) {
        let message = format!("there is no key `{GROUP}`; write `{KEY} = \"NAME\"`");
        return Err(document.error(Some(key.span()), message));
    }
    let Some(value) = root.remove(KEY) else {
        return Ok(Vec::new());
    };
    let span = value.span();
    let mut alone = DeTable::new();
    alone.insert(Spanned::new(span.clone(), KEY.into()), value);
    #[derive(Deserialize)]
    struct Only {
        settings_from: Names,
    }
    let Only { settings_from } = document.read(alone)?;
    let names = settings_from.all();
    let read = |name: &String| {
        read(&folder(path, name), name)
            .map_err(|message| document.error(Some(span.clone()), message))
    };
    names.iter().map(read).collect()
}

/// What the search `name` chose, from its folder.
fn read(folder: &Path, name: &str) -> Result<Choice, String> {
    let path = folder.join(FILE);
    let shown = path.display();
    let again = format!("`trpo-lab search {name}` makes it");
    if !is_plain(name) {
        return Err(format!("`{name}` is not the name of a search"));
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!("{shown}: there is none; {again}"));
        }
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let document = Document::new(&path, &text, &[]).map_err(|error| error.to_string())?;
    let written: Result<Written, DocumentError> =
        document.parse().and_then(|root| document.read(root));
    let Written {
        search,
        protocol,
        tasks,
        table,
        task,
        variant,
    } = written.map_err(|error| format!("{error}; {again}"))?;
    let found = digest_of_tables(folder);
    if search != name || !found.is_ok_and(|found| found == table) {
        return Err(format!(
            "{shown}: this does not come from the tables beside it ({}); {again}",
            TABLES.join(" and ")
        ));
    }
    Ok(Choice {
        by: SearchedBy {
            search,
            protocol,
            tasks,
            table,
        },
        path,
        task,
        variant,
    })
}

/// What is appended to the document of an experiment, each with its file.
pub(super) fn appendices(choices: &[Choice]) -> Vec<(String, String)> {
    let numbered = choices.iter().enumerate();
    let appendix = |(number, choice): (usize, &Choice)| {
        (choice.path.display().to_string(), choice.appendix(number))
    };
    numbered.map(appendix).collect()
}

impl Choice {
    /// A table for each task and variant, below the number of the search.
    fn appendix(&self, number: usize) -> String {
        let groups = [("task", &self.task), ("variant", &self.variant)];
        let groups = groups.map(|(group, tables)| {
            let tables = tables.iter();
            let tables = tables.map(|(name, table)| (name.clone(), table.clone().into()));
            (group.to_owned(), toml::Value::Table(tables.collect()))
        });
        let numbered = toml::Table::from_iter([(
            number.to_string(),
            toml::Value::Table(groups.into_iter().collect()),
        )]);
        let whole = toml::Table::from_iter([(GROUP.to_owned(), toml::Value::Table(numbered))]);
        // What was read from TOML can be written as TOML.
        toml::to_string(&whole).unwrap_or_default()
    }

    /// The name of the choice that `variant` of `algorithm` takes, `of` if it says
    /// so: that of its own name, or else of its algorithm.
    pub(super) fn name_for(
        &self,
        variant: &str,
        algorithm: &str,
        of: Option<&str>,
    ) -> Option<&str> {
        let wanted = match of {
            Some(of) => vec![of],
            None => vec![variant, algorithm],
        };
        let find = |name: &str| self.variant.get_key_value(name);
        wanted
            .into_iter()
            .find_map(find)
            .map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_looked_for_beside_the_folder_of_the_file() {
        for (path, expected) in [
            ("experiments/x.toml", "results/s"),
            ("x.toml", "../results/s"),
            ("./x.toml", "../results/s"),
            ("/a/experiments/x.toml", "/a/results/s"),
            ("../x.toml", "../../results/s"),
        ] {
            assert_eq!(folder(Path::new(path), "s"), Path::new(expected), "{path}");
        }
    }
}
