//! What an experiment file says outside of its layers of settings: what is run, and
//! what is asked of it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::claims::Claim;
use super::diagnostic::Asked;
use super::disk::is_plain;
use super::document::{Document, DocumentError};
use super::plan::{Analysis, Metric, Pair, Prediction, PublishedTable};
use super::purpose::Purpose;
use super::references::References;
use super::selection::Selection;
use crate::env::gym::MadeWith;
use crate::env::{Reference, Task};
use crate::lab::Lab;
use crate::settings::{Limit, finite, positive};
use crate::suggest::{did_you_mean, nearest};

/// The keys of a file outside of its layers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub title: Spanned<String>,
    pub headline: Metric,
    pub tasks: Vec<Spanned<String>>,
    pub seeds: Spanned<Seeds>,
    smallest_difference: Option<Spanned<f64>>,
    pub purpose: Option<Spanned<Purpose>>,
    retuned: Option<Spanned<String>>,
    #[serde(default)]
    thresholds: BTreeMap<String, Spanned<f64>>,
    #[serde(default)]
    reference: BTreeMap<String, Spanned<Reference>>,
    #[serde(default)]
    compare: Vec<Spanned<Pair>>,
    #[serde(default)]
    pub claim: Vec<Spanned<Claim>>,
    #[serde(default)]
    pub diagnostic: Vec<Spanned<Asked>>,
    #[serde(default)]
    predict: BTreeMap<String, BTreeMap<String, Spanned<Prediction>>>,
    published_table: Option<Spanned<WrittenTable>>,
    #[serde(default)]
    pub dissect: Vec<Spanned<Selection>>,
}

/// A [`PublishedTable`], with the places of its rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    source: String,
    rows: BTreeMap<String, Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "seeds are a text such as \"0..10\" or a list such as [1, 2, 5]"
)]
pub(super) enum Seeds {
    Text(String),
    List(Vec<u64>),
}

/// What the file says of its purpose; a search needs not say it.
pub(super) fn purpose(
    document: &Document,
    said: Option<&Spanned<Purpose>>,
    is_search: bool,
) -> Result<Purpose, DocumentError> {
    match said {
        Some(said) if is_search => {
            let message = "`[search]` says what this is made for; leave `purpose` out";
            Err(document.error(Some(said.span()), message))
        }
        Some(said) => Ok(*said.get_ref()),
        None if is_search => Ok(Purpose::Search),
        None => Ok(Purpose::Report),
    }
}

/// The experiment with other settings, which must lie beside this one, `name`.
pub(super) fn retuned(
    document: &Document,
    head: &Head,
    path: &Path,
    name: &str,
) -> Result<Option<String>, DocumentError> {
    let Some(other) = &head.retuned else {
        return Ok(None);
    };
    let named = other.get_ref();
    let problem = match path.with_file_name(format!("{named}.toml")) {
        _ if !is_plain(named) => {
            "is not the name of an experiment: it is made of letters, digits, `-` and `_`"
                .to_owned()
        }
        _ if named == name => {
            "is this experiment; name the one whose settings another search chose".to_owned()
        }
        file if !file.is_file() => format!("is no experiment: there is no {}", file.display()),
        _ => return Ok(Some(named.clone())),
    };
    Err(document.error(Some(other.span()), format!("`{named}` {problem}")))
}

/// The tasks of the file, each once; those of Gymnasium as they are `asked` for.
pub(super) fn tasks(
    document: &Document,
    lab: &Lab,
    given: &[Spanned<String>],
    asked: &BTreeMap<String, MadeWith>,
) -> Result<Vec<Arc<Task>>, DocumentError> {
    let mut tasks: Vec<Arc<Task>> = Vec::new();
    for task in given {
        let complain = |message: String| document.error(Some(task.span()), message);
        let asked = asked.get(task.get_ref()).cloned().unwrap_or_default();
        let found = lab.find_task_as(task.get_ref(), &asked);
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

/// What is asked of the runs, but for what variants decide.
pub(super) fn analysis(
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

/// What is expected of variants on tasks that there are.
pub(super) fn predictions<T, U>(
    document: &Document,
    head: &Head,
    tasks: &[Arc<Task>],
    variants: &[(String, T, U)],
) -> Result<BTreeMap<String, BTreeMap<String, Prediction>>, DocumentError> {
    let mut all = BTreeMap::new();
    for (task, cells) in &head.predict {
        let mut of_task = BTreeMap::new();
        for (variant, cell) in cells {
            let complain = |message: String| document.error(Some(cell.span()), message);
            if !tasks.iter().any(|known| known.id() == task) {
                return Err(complain(format!("`{task}` is not one of the tasks")));
            }
            if !variants.iter().any(|(name, ..)| name == variant) {
                let meant = nearest(variant, variants.iter().map(|(name, ..)| name.as_str()));
                let meant = did_you_mean(meant);
                return Err(complain(format!("there is no variant `{variant}`{meant}")));
            }
            let Prediction { mean, low, high } = *cell.get_ref();
            // A NaN compares false.
            if !(low <= mean && mean <= high && low.is_finite() && high.is_finite()) {
                return Err(complain(format!(
                    "`mean` = {mean} must lie between `low` = {low} and `high` = {high}"
                )));
            }
            of_task.insert(variant.clone(), *cell.get_ref());
        }
        all.insert(task.clone(), of_task);
    }
    Ok(all)
}

/// The published table whose rows variants that there are stand for.
pub(super) fn published_table<T, U>(
    document: &Document,
    head: &Head,
    variants: &[(String, T, U)],
) -> Result<Option<PublishedTable>, DocumentError> {
    let Some(table) = &head.published_table else {
        return Ok(None);
    };
    let WrittenTable { source, rows } = table.get_ref();
    let complain = |message: &str| Err(document.error(Some(table.span()), message));
    if source.trim().is_empty() {
        return complain("`published_table.source` is empty; say where the table was published");
    }
    if rows.len() < 2 {
        return complain("`published_table.rows` needs two rows at least, or there is no order");
    }
    let mut known = BTreeMap::new();
    for (variant, score) in rows {
        let complain = |message| Err(document.error(Some(score.span()), message));
        if !variants.iter().any(|(name, ..)| name == variant) {
            let meant = nearest(variant, variants.iter().map(|(name, ..)| name.as_str()));
            let meant = did_you_mean(meant);
            return complain(format!("there is no variant `{variant}`{meant}"));
        }
        let key = format!("published_table.rows.{variant}");
        if let Err(problem) = (finite().check)(score.get_ref()) {
            return complain(format!("`{key}` {problem}"));
        }
        known.insert(variant.clone(), *score.get_ref());
    }
    Ok(Some(PublishedTable {
        source: source.clone(),
        rows: known,
    }))
}

/// A claim with a name.
pub(super) fn named(claim: &Spanned<Claim>) -> Claim {
    claim.get_ref().clone().named()
}

/// The pairs that are asked about, of variants that there are.
pub(super) fn pairs<T, U>(
    document: &Document,
    head: &Head,
    variants: &[(String, T, U)],
) -> Result<Vec<Pair>, DocumentError> {
    let mut pairs: Vec<Pair> = Vec::new();
    for pair in &head.compare {
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
