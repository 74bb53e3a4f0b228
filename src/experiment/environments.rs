//! How a file asks for environments of Gymnasium.
//!
//! ```toml
//! tasks = ["gym:LunarLander-v3"]
//!
//! [env."gym:LunarLander-v3"]     # what its constructor is given
//! continuous = true
//!
//! [task."gym:LunarLander-v3"]    # settings for the task; of those of Gymnasium also
//! time_limit = 500               # where episodes are cut instead of the own limit
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, DocumentError, Layer, place_of};
use crate::env::gym::{self, Arguments, MadeWith};

/// The key of a `[task.*]` that is no setting.
const TIME_LIMIT: &str = "time_limit";

/// How each task of Gymnasium is asked for, by the tables `[env.*]` and the time limits
/// of `[task.*]`, which are taken out of there.
///
/// # Errors
/// If a task that is not Gymnasium's is given something, or something makes no sense.
pub(super) fn take<'i>(
    document: &Document,
    by_env: Vec<Layer<'i>>,
    by_task: &mut [Layer<'i>],
) -> Result<BTreeMap<String, MadeWith>, DocumentError> {
    let mut all: BTreeMap<String, MadeWith> = BTreeMap::new();
    for (name, span, table) in by_env {
        if !gym::is_one(&name) {
            let message = format!(
                "`{name}` takes no arguments; environments of Gymnasium do, such as \
                 `gym:LunarLander-v3`"
            );
            return Err(document.error(Some(span), message));
        }
        all.entry(name).or_default().args = arguments(document, table)?;
    }
    for (name, _, table) in by_task {
        let Some(limit) = time_limit(document, name, table)? else {
            continue;
        };
        all.entry(name.clone()).or_default().time_limit = Some(limit);
    }
    Ok(all)
}

/// The arguments in a table `[env.*]`.
fn arguments(document: &Document, table: DeTable<'_>) -> Result<Arguments, DocumentError> {
    for (key, value) in &table {
        let key: &str = key.get_ref();
        let problem = match value.get_ref() {
            _ if key == "max_episode_steps" => format!(
                "is no argument of an environment; write `{TIME_LIMIT} = N` into \
                 `[task.\"gym:...\"]`, or give --time-limit N to `train`"
            ),
            value if holds_date(value) => {
                "must be true or false, a number, a text, a list or a table, not a date".to_owned()
            }
            _ => continue,
        };
        return Err(document.error(Some(value.span()), format!("`{key}` {problem}")));
    }
    let places = table.clone();
    let arguments: Arguments = document.read(table)?;
    match arguments.iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(arguments),
        Some((key, _)) => {
            let message = format!("`{key}` must be finite");
            Err(document.error(place_of(&places, key), message))
        }
    }
}

/// Whether there is a date in a value: TOML has them, JSON and Gymnasium do not.
fn holds_date(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Datetime(_) => true,
        DeValue::Array(list) => list.iter().any(|value| holds_date(value.get_ref())),
        DeValue::Table(table) => table.values().any(|value| holds_date(value.get_ref())),
        _ => false,
    }
}

/// Takes the time limit out of the settings of the task `name`.
fn time_limit(
    document: &Document,
    name: &str,
    table: &mut DeTable<'_>,
) -> Result<Option<u32>, DocumentError> {
    #[derive(Deserialize)]
    struct Limit {
        time_limit: Spanned<i64>,
    }
    let Some((key, value)) = table.get_key_value(TIME_LIMIT) else {
        return Ok(None);
    };
    if !gym::is_one(name) {
        let message = format!(
            "the time limit of `{name}` is a part of the task; `{TIME_LIMIT}` is for environments \
             of Gymnasium, such as `gym:{name}`"
        );
        return Err(document.error(Some(key.span()), message));
    }
    let mut only = DeTable::new();
    only.insert(key.clone(), value.clone());
    table.remove(TIME_LIMIT);
    let given = document.read::<Limit>(only)?.time_limit;
    match u32::try_from(*given.get_ref()) {
        Ok(limit @ 1..) => Ok(Some(limit)),
        _ => {
            let message = format!(
                "`{TIME_LIMIT}` must be a whole number of steps from 1 to {}, not {}",
                u32::MAX,
                given.get_ref()
            );
            Err(document.error(Some(given.span()), message))
        }
    }
}
