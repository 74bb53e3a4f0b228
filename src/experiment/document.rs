//! A TOML document in which every value knows its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

use crate::words;

/// The text of an experiment: a file, with what the command line sets appended
/// as a last table `[set]`, so that one place can be named for each value.
#[derive(Debug, Clone)]
pub struct Document {
    path: PathBuf,
    text: String,
    /// Where the file ends in `text`.
    file_end: usize,
    /// What follows it from other files: where each ends, and its name.
    appended: Vec<(usize, String)>,
}

/// Something is wrong with an experiment, at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}{excerpt}")]
pub struct DocumentError {
    place: String,
    message: String,
    excerpt: String,
}

impl DocumentError {
    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Document {
    /// The document of the file at `path`, whose content is `text`.
    pub fn new(path: &Path, text: &str, assignments: &[String]) -> Result<Self, DocumentError> {
        Self::with(path, text, &[], assignments)
    }

    /// The same with tables of other files between it and the command line, each
    /// with the name by which errors call it.
    pub fn with(
        path: &Path,
        text: &str,
        tables: &[(String, String)],
        assignments: &[String],
    ) -> Result<Self, DocumentError> {
        let mut document = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            file_end: text.len(),
            appended: Vec::new(),
        };
        // Alone first, so that what follows cannot repair or break the file.
        document.parse()?;
        for (name, table) in tables {
            document.text.push('\n');
            document.text.push_str(table);
            document.appended.push((document.text.len(), name.clone()));
        }
        if assignments.is_empty() {
            return Ok(document);
        }
        document.text.push_str("\n[set]\n");
        for assignment in assignments {
            document.text.push_str(&quoted_if_word(assignment));
            document.text.push('\n');
        }
        document.parse()?;
        Ok(document)
    }

    /// The whole document as a table.
    pub fn parse(&self) -> Result<DeTable<'_>, DocumentError> {
        DeTable::parse(&self.text)
            .map(Spanned::into_inner)
            .map_err(|error| self.toml_error(&error))
    }

    /// Reads a table as a `T`.
    pub fn read<T: DeserializeOwned>(&self, table: DeTable<'_>) -> Result<T, DocumentError> {
        T::deserialize(deserializer(table)).map_err(|error| self.toml_error(&error))
    }

    /// What the TOML reader complains of, with its place.
    pub fn toml_error(&self, error: &toml::de::Error) -> DocumentError {
        self.error(error.span(), words::of_message(error.message()))
    }

    /// An error at `span`.
    pub fn error(&self, span: Option<Range<usize>>, message: impl Into<String>) -> DocumentError {
        let message = message.into();
        let path = self.path.display();
        let Some(span) = span.filter(|span| span.start <= self.text.len()) else {
            return DocumentError {
                place: path.to_string(),
                message,
                excerpt: String::new(),
            };
        };
        let before = &self.text[..floor_boundary(&self.text, span.start)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        if span.start >= self.file_end && self.text.len() > self.file_end {
            let mut tables = self.appended.iter();
            let table = tables.find(|(end, _)| span.start < *end);
            let place = table.map(|(_, name)| format!("{name}: {line}"));
            return DocumentError {
                place: place.unwrap_or_else(|| format!("--set {line}")),
                message,
                excerpt: String::new(),
            };
        }
        let number = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count();
        let margin = " ".repeat(number.to_string().len());
        let rest = line.chars().count().saturating_sub(column);
        let length = span.len().clamp(1, rest.max(1));
        DocumentError {
            place: format!("{path}:{number}:{}", column + 1),
            message,
            excerpt: format!(
                "\n {margin} |\n {number} | {line}\n {margin} | {}{}",
                " ".repeat(column),
                "^".repeat(length),
            ),
        }
    }
}

/// A deserialiser of a table that keeps places.
pub fn deserializer(table: DeTable<'_>) -> ValueDeserializer<'_> {
    // A table put together from several has no place of its own.
    ValueDeserializer::from(Spanned::new(0..0, DeValue::Table(table)))
}

/// The table that `value` must be.
pub fn expect_table<'i>(
    document: &Document,
    value: Spanned<DeValue<'i>>,
    key: &str,
) -> Result<DeTable<'i>, DocumentError> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => Ok(table),
        other => {
            let message = format!("`{key}` must be a table, not {}", other.type_str());
            Err(document.error(Some(span), message))
        }
    }
}

/// A table inside a table: its name, where that stands, and its content.
pub(super) type Layer<'i> = (String, Range<usize>, DeTable<'i>);

/// The tables inside `table`, in the order of the file.
pub(super) fn in_order<'i>(
    document: &Document,
    table: DeTable<'i>,
    group: &str,
) -> Result<Vec<Layer<'i>>, DocumentError> {
    let mut entries: Vec<(Spanned<DeString<'i>>, Spanned<DeValue<'i>>)> =
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

/// Puts the values of `over` into `base`; tables are merged.
pub fn merge<'i>(base: &mut DeTable<'i>, over: &DeTable<'i>) {
    for (key, value) in over {
        let name: &str = key.get_ref();
        match (base.get_mut(name).map(Spanned::get_mut), value.get_ref()) {
            (Some(DeValue::Table(base)), DeValue::Table(over)) => merge(base, over),
            _ => {
                // Removed first, so that the key too has the later place.
                base.remove(name);
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Where the value at the dotted `path` stands, or the last part of the path
/// that is there.
pub fn place_of(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(a, b)| (a, Some(b)));
    let value = table.get(first)?;
    match (value.get_ref(), rest) {
        (DeValue::Table(inner), Some(rest)) => place_of(inner, rest).or(Some(value.span())),
        _ => Some(value.span()),
    }
}

/// `key = word` is taken for `key = "word"`, as one would type it in a shell.
pub fn quoted_if_word(assignment: &str) -> String {
    let Some((key, value)) = assignment.split_once('=') else {
        return assignment.to_owned();
    };
    let value = value.trim();
    let is_word = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        && !["true", "false", "inf", "nan"].contains(&value);
    if is_word {
        format!("{key}= \"{value}\"")
    } else {
        assignment.to_owned()
    }
}

fn floor_boundary(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
