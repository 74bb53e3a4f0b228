//! How the layers of an experiment file make complete configurations.

use toml::de::{DeTable, DeValue};

use super::document::{Document, DocumentError, deserializer, expect_table, merge, place_of};
use crate::algo::AlgorithmConfig;
use crate::algo::critic::CriticSettings;
use crate::config::{CommonSettings, Estimator, RunConfig};
use crate::env::Task;
use crate::env::vector::VecEnv;
use crate::lab::Lab;
use crate::rng::{Purpose, Streams};

/// The configuration that the merged `layers`, later ones over earlier ones,
/// give for `task`. That of the variant itself, `own` of them, holds no
/// key of an algorithm which it has not.
pub fn configuration<'i>(
    document: &Document,
    lab: &Lab,
    task: &Task,
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
    let algorithm = algorithm(document, lab, &mut merged)?;
    refuse_keys_of_others(document, lab, layers[own], &[algorithm.name()], |key| {
        let name = algorithm.name();
        format!("`{key}` would change nothing: the algorithm of this variant is `{name}`")
    })?;
    if algorithm.branches() {
        let refused = |problem: String| document.error(place_of(&whole, "algorithm"), problem);
        keeps_its_state(task, algorithm.name()).map_err(refused)?;
    }
    let common: CommonSettings = document.read(merged)?;
    if common.estimator == Estimator::Returns {
        refuse_keys_of_a_critic(document, layers[own])?;
    }
    let (env_version, algorithm_version) = lab.versions(task, algorithm.name());
    let asked = task.gymnasium().map(|(asked, _)| asked.clone());
    let asked = asked.unwrap_or_default();
    let config = RunConfig {
        env: task.id().to_owned(),
        common,
        critic,
        algorithm,
        env_version,
        algorithm_version,
        from: None,
        env_args: asked.args,
        time_limit: asked.time_limit,
    };
    config
        .check()
        .map_err(|invalid| document.error(place_of(&whole, &invalid.key), invalid.to_string()))?;
    Ok(config)
}

/// Whether `task` can keep its state, which `algorithm` goes on from.
fn keeps_its_state(task: &Task, algorithm: &str) -> Result<(), String> {
    if task.gymnasium().is_some() {
        return Err(format!(
            "`algorithm` = \"{algorithm}\" goes on from saved states, and environments of \
             Gymnasium have none; take `trpo` for {}",
            task.id()
        ));
    }
    let stream = Streams::new(0, task.id()).stream(Purpose::Environment, 0);
    let envs = VecEnv::with_streams(task, vec![stream]).map_err(|error| error.to_string())?;
    match envs.save(0) {
        Some(_) => Ok(()),
        None => Err(format!(
            "`algorithm` = \"{algorithm}\" goes on from saved states, and {} cannot give its state; \
             take `trpo` there, or implement `Copies::save`",
            task.id()
        )),
    }
}

/// Refuses a layer that sets what only advantages by a critic need.
fn refuse_keys_of_a_critic(document: &Document, layer: &DeTable<'_>) -> Result<(), DocumentError> {
    for key in ["lambda", "critic"] {
        if let Some((place, _)) = layer.get_key_value(key) {
            let message = format!(
                "`{key}` would change nothing: with `estimator = \"returns\"` this variant has no \
                 critic"
            );
            return Err(document.error(Some(place.span()), message));
        }
    }
    Ok(())
}

/// Refuses a layer that holds a key of an algorithm which is not one of `used`.
pub fn refuse_keys_of_others(
    document: &Document,
    lab: &Lab,
    layer: &DeTable<'_>,
    used: &[&str],
    message: impl Fn(&str) -> String,
) -> Result<(), DocumentError> {
    let known = lab.algorithms().iter().map(|kind| kind.name());
    for name in known.filter(|name| !used.contains(name)) {
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
    lab: &Lab,
    merged: &mut DeTable<'_>,
) -> Result<AlgorithmConfig, DocumentError> {
    let known = lab.known_algorithms();
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
    let mut found = None;
    for kind in lab.algorithms() {
        let table = match merged.remove(kind.name()) {
            Some(table) => expect_table(document, table, kind.name())?,
            None => DeTable::new(),
        };
        let settings = kind
            .read_toml(deserializer(table))
            .map_err(|error| document.toml_error(&error))?;
        if kind.name() == name {
            found = Some(AlgorithmConfig::from_settings(&name, settings));
        }
    }
    found.ok_or_else(|| {
        let unknown = lab.unknown_algorithm(&name).to_string();
        document.error(Some(chosen.span()), unknown)
    })
}
