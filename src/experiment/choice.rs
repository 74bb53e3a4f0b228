//! Settings that a search chose, in an experiment that is run with them.
//!
//! `settings_from = "NAME"` takes `chosen.toml` from the results of that search,
//! `results/NAME` beside the folder of the experiment file. Values by task and by
//! variant are layers between `[task.*]` and `[variant.*]`; nothing else may set
//! what they set, since then it would not be the search that chose it.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use super::chosen::{Choice, FILE, SearchedBy, TABLES, digest_of_tables, folder};
pub(super) use super::chosen::{GROUP, KEY, appendices, named};
use super::document::{Document, DocumentError, Layer};

/// The key of a variant whose choice is that of another name, or `false`: it takes
/// nothing that was chosen for variants.
const OF: &str = "settings_of";

/// In place of a name where nothing is taken: no variant is called so.
const NOTHING: &str = "";

/// The chosen settings as layers of a document to which they were appended.
#[derive(Default)]
pub(super) struct Chosen<'i> {
    choices: Vec<Choice>,
    /// By choice: the tables of tasks and of variants.
    tables: Vec<(DeTable<'i>, DeTable<'i>)>,
    /// By variant: which choice it says to take.
    of: BTreeMap<String, (String, Range<usize>)>,
}

impl<'i> Chosen<'i> {
    /// Takes them out of the table [`GROUP`] of the root, and out of the variants
    /// what these say of them.
    pub fn take(choices: Vec<Choice>, mut group: DeTable<'i>, variants: &mut [Layer<'i>]) -> Self {
        if choices.is_empty() {
            return Self::default();
        }
        let mut of = BTreeMap::new();
        for (variant, _, table) in variants {
            let name = match table.get(OF).map(Spanned::get_ref) {
                Some(DeValue::String(name)) => Some(name.to_string()),
                Some(DeValue::Boolean(false)) => Some(NOTHING.to_owned()),
                _ => None,
            };
            if let Some(name) = name {
                let span = table.remove(OF).map_or(0..0, |value| value.span());
                of.insert(variant.clone(), (name, span));
            }
        }
        let mut inner = |number: usize| -> (DeTable<'i>, DeTable<'i>) {
            let own = group.remove(number.to_string().as_str());
            let mut own = table_of(own);
            (
                table_of(own.remove("task")),
                table_of(own.remove("variant")),
            )
        };
        let tables = (0..choices.len()).map(&mut inner).collect();
        Self {
            choices,
            tables,
            of,
        }
    }

    /// The searches, for the manifest.
    pub fn by(&self) -> Vec<SearchedBy> {
        self.choices
            .iter()
            .map(|choice| choice.by.clone())
            .collect()
    }

    /// The layers of a variant on a task.
    ///
    /// # Errors
    /// If a search has nothing for the variant, two of them set the same key, or
    /// another layer sets it.
    pub fn layers(
        &self,
        document: &Document,
        cell: &Cell<'_, 'i>,
    ) -> Result<Vec<&DeTable<'i>>, DocumentError> {
        let mut found: Vec<(&DeTable<'i>, &Choice)> = Vec::new();
        let of = self.of.get(cell.variant);
        for (choice, (tasks, variants)) in self.choices.iter().zip(&self.tables) {
            if let Some(DeValue::Table(table)) = tasks.get(cell.task).map(Spanned::get_ref) {
                found.push((table, choice));
            }
            if choice.variant.is_empty() {
                continue;
            }
            let of_name = of.map(|(name, _)| name.as_str());
            if of_name == Some(NOTHING) {
                continue;
            }
            let name = choice.name_for(cell.variant, cell.algorithm(), of_name);
            let table = name
                .and_then(|name| variants.get(name))
                .map(Spanned::get_ref);
            let Some(DeValue::Table(table)) = table else {
                let names: Vec<&str> = choice.variant.keys().map(String::as_str).collect();
                let message = format!(
                    "the search `{}` chose nothing for `{}`; it has {}; write `{OF} = \"{}\"` \
                     into the variant, or `{OF} = false` if it takes nothing",
                    choice.by.search,
                    of_name.unwrap_or(cell.variant),
                    names.join(", "),
                    names[0],
                );
                let span = of.map_or(cell.span.clone(), |(_, span)| span.clone());
                return Err(document.error(Some(span), message));
            };
            found.push((table, choice));
        }
        for (place, (table, choice)) in found.iter().enumerate() {
            for key in keys(table) {
                let earlier = found[..place].iter();
                let mut twice = earlier.filter(|(other, _)| find(other, &key).is_some());
                if let Some((_, other)) = twice.next() {
                    let names = (&other.by.search, &choice.by.search);
                    let message = format!(
                        "both `{}` and `{}` chose `{key}`; name one",
                        names.0, names.1
                    );
                    return Err(document.error(Some(cell.span.clone()), message));
                }
                self.refuse_override(document, cell, choice, &key)?;
            }
        }
        Ok(found.into_iter().map(|(table, _)| table).collect())
    }

    /// Refuses another layer that sets the chosen `key`. `[settings]` may set what
    /// was chosen by task, for the tasks that no search chose for.
    fn refuse_override(
        &self,
        document: &Document,
        cell: &Cell<'_, 'i>,
        choice: &Choice,
        key: &str,
    ) -> Result<(), DocumentError> {
        let is_by_task = choice.variant.is_empty();
        let general = [cell.settings].into_iter().filter(|_| !is_by_task);
        let places = general.chain(cell.others.iter().copied());
        if let Some(span) = places.filter_map(|layer| find(layer, key)).next() {
            let message = format!(
                "`{key}` was chosen by the search `{}` ({}), and what a search chose is not \
                 overridden; take it away here, or leave out `{KEY}`",
                choice.by.search,
                choice.path.display()
            );
            return Err(document.error(Some(span), message));
        }
        Ok(())
    }
}

/// What a task under a variant says by itself.
pub(super) struct Cell<'a, 'i> {
    pub task: &'a str,
    pub variant: &'a str,
    /// Where the variant is named.
    pub span: Range<usize>,
    /// `[settings]`.
    pub settings: &'a DeTable<'i>,
    /// All other layers: of the task, of the variant, of the command line.
    pub others: [&'a DeTable<'i>; 3],
}

impl Cell<'_, '_> {
    /// The name of its algorithm, or nothing where it has none.
    fn algorithm(&self) -> &str {
        let [_, variant, set] = self.others;
        let layers = [set, variant, self.settings];
        let named = layers.into_iter().find_map(|layer| layer.get("algorithm"));
        match named.map(Spanned::get_ref) {
            Some(DeValue::String(name)) => name,
            _ => "",
        }
    }
}

fn table_of<'i>(value: Option<Spanned<DeValue<'i>>>) -> DeTable<'i> {
    match value.map(Spanned::into_inner) {
        Some(DeValue::Table(table)) => table,
        _ => DeTable::new(),
    }
}

/// Every key of a table of tables, dotted.
fn keys(table: &DeTable<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        let key = key.get_ref();
        match value.get_ref() {
            DeValue::Table(inner) => {
                found.extend(keys(inner).iter().map(|rest| format!("{key}.{rest}")));
            }
            _ => found.push(key.to_string()),
        }
    }
    found
}

/// Where the value at the dotted `key` stands, if it does.
pub fn find(table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    match key.split_once('.') {
        None => table.get(key).map(Spanned::span),
        Some((first, rest)) => match table.get(first)?.get_ref() {
            DeValue::Table(inner) => find(inner, rest),
            _ => None,
        },
    }
}
