//! How the layers of an experiment file make complete configurations.

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::document::{Document, DocumentError, deserializer, merge, place_of};
use crate::algo::AlgorithmConfig;
use crate::algo::critic::CriticSettings;
use crate::config::{CommonSettings, RunConfig};

/// The configuration that the merged `layers`, later ones over earlier ones,
/// give for the task `env`. That of the variant itself, `own` of them, holds no
/// key of an algorithm which it has not.
pub fn configuration<'i>(
    document: &Document,
    env: &str,
    layers: &[&DeTable<'i>],
    own: usize,
) -> Result<RunConfig, DocumentError> {
    let mut merged = DeTable::new();
    for layer in layers {
        merge(&mut merged, layer);
    }
    let whole = merged.clone();

    let critic: CriticSettings = match merged.remove("critic") {
        Some(table) => document.read(expect_table(document, table, "critic")?)?,
        None => CriticSettings::default(),
    };
    let algorithm = algorithm(document, &mut merged)?;
    refuse_keys_of_others(document, layers[own], &[algorithm.name()], |key| {
        let name = algorithm.name();
        format!("`{key}` would change nothing: the algorithm of this variant is `{name}`")
    })?;
    let common: CommonSettings = document.read(merged)?;
    let config = RunConfig {
        env: env.to_owned(),
        common,
        critic,
        algorithm,
    };
    config
        .check()
        .map_err(|invalid| document.error(place_of(&whole, &invalid.key), invalid.to_string()))?;
    Ok(config)
}

/// Refuses a layer that holds a key of an algorithm which is not one of `used`.
pub fn refuse_keys_of_others(
    document: &Document,
    layer: &DeTable<'_>,
    used: &[&str],
    message: impl Fn(&str) -> String,
) -> Result<(), DocumentError> {
    let known = AlgorithmConfig::NAMES.iter();
    for &name in known.filter(|name| !used.contains(name)) {
        let Some((place, value)) = layer.get_key_value(name) else {
            continue;
        };
        let inner = match value.get_ref() {
            DeValue::Table(table) => table.keys().next(),
            _ => None,
        };
        let key = inner.map_or(name.to_owned(), |key| format!("{name}.{}", key.get_ref()));
        return Err(document.error(Some(place.span()), message(&key)));
    }
    Ok(())
}

/// Takes `algorithm` and every algorithm's table out of `merged`. All tables
/// are read, so that a mistake in one that is not used is noticed too.
fn algorithm(
    document: &Document,
    merged: &mut DeTable<'_>,
) -> Result<AlgorithmConfig, DocumentError> {
    let known = AlgorithmConfig::NAMES.join(", ");
    let Some(chosen) = merged.remove("algorithm") else {
        return Err(document.error(
            None,
            format!("a variant has no `algorithm`; write `algorithm = \"trpo\"` (or {known})"),
        ));
    };
    let name = match chosen.get_ref() {
        DeValue::String(name) => name.to_string(),
        other => {
            let message = format!("`algorithm` must be a string, not {}", other.type_str());
            return Err(document.error(Some(chosen.span()), message));
        }
    };
    let mut settings = None;
    for &candidate in AlgorithmConfig::NAMES {
        let table = match merged.remove(candidate) {
            Some(table) => expect_table(document, table, candidate)?,
            None => DeTable::new(),
        };
        let read: Option<Result<_, de::Error>> =
            AlgorithmConfig::deserialize_settings(candidate, deserializer(table));
        let read = read
            .transpose()
            .map_err(|error| document.toml_error(&error))?;
        if candidate == name {
            settings = read;
        }
    }
    settings.ok_or_else(|| {
        let message = format!("there is no algorithm `{name}`; there are {known}");
        document.error(Some(chosen.span()), message)
    })
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
