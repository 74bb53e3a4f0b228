//! What a search draws from: keys with ranges, and settings drawn from them.
//!
//! ```toml
//! [search.keys]
//! "trpo.delta" = { log = [0.003, 0.1] }      # log-uniform
//! lambda = { uniform = [0.9, 0.99] }
//! "ppo.minibatch" = { list = [64, 128, 256] }
//! ```
//!
//! A key of whole numbers is rounded to the nearest one in its range, any other to
//! three digits: what is chosen can be read and written.

use std::ops;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::algo::critic_settings::CriticSettings;
use crate::config::CommonSettings;
use crate::experiment::document::{Document, DocumentError};
use crate::lab::Lab;
use crate::rng::Rng;
use crate::settings::KeyDoc;
use crate::suggest::{did_you_mean, nearest};

/// Where values of a key lie. Numbers are finite, and the first end of a range is
/// below the second.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// log(value) is uniform.
    Log(f64, f64),
    /// The value is uniform.
    Uniform(f64, f64),
    /// One of these, as TOML writes them; all as likely.
    List(Vec<String>),
}

/// A key that is searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its name, with its group: `trpo.delta`.
    pub name: String,
    /// Where its values lie.
    pub range: Range,
    /// Whether they are whole numbers.
    pub is_whole: bool,
    /// Where it stands in the experiment file.
    pub place: ops::Range<usize>,
}

impl Key {
    /// A value, as TOML writes it.
    pub fn draw(&self, rng: &mut Rng) -> String {
        match &self.range {
            Range::List(values) => values[rng.below(values.len() as u64) as usize].clone(),
            Range::Uniform(low, high) => self.written(rng.uniform_in(*low, *high)),
            Range::Log(low, high) => {
                let log = rng.uniform_in(libm::log(*low), libm::log(*high));
                self.written(libm::exp(log))
            }
        }
    }

    /// Both ends of its range, or every value of its list.
    pub fn ends(&self) -> Vec<String> {
        match &self.range {
            Range::List(values) => values.clone(),
            Range::Uniform(low, high) | Range::Log(low, high) => {
                vec![self.written(*low), self.written(*high)]
            }
        }
    }

    fn written(&self, value: f64) -> String {
        let (Range::Log(low, high) | Range::Uniform(low, high)) = self.range else {
            return String::new();
        };
        match self.is_whole {
            true => format!("{}", value.round().clamp(low, high) as i64),
            false => {
                let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
                format!("{:?}", rounded.clamp(low, high))
            }
        }
    }

    /// Whether it belongs to the algorithm called `algorithm`.
    pub fn is_of(&self, algorithm: &str) -> bool {
        let group = self.name.split_once('.');
        group.is_some_and(|(group, _)| group == algorithm)
    }
}

/// Every key that a variant of `algorithm` has, by its dotted name.
pub fn known(lab: &Lab, algorithm: &str) -> Vec<(String, KeyDoc)> {
    let grouped = |group: &str, docs: Vec<KeyDoc>| -> Vec<(String, KeyDoc)> {
        let name = |doc: &KeyDoc| match group {
            "" => doc.key.to_owned(),
            group => format!("{group}.{}", doc.key),
        };
        docs.into_iter().map(|doc| (name(&doc), doc)).collect()
    };
    let mut all = grouped("", CommonSettings::documentation());
    all.extend(grouped("critic", CriticSettings::documentation()));
    if let Ok(kind) = lab.find_algorithm(algorithm) {
        all.extend(grouped(algorithm, kind.keys()));
    }
    all
}

/// What a search must not change: how long a run is, and how it is judged.
fn is_fixed(key: &str) -> bool {
    key == "steps" || key.starts_with("evaluation") || key.starts_with("final_")
}

/// The name of a key with its range, and their places.
pub type Leaf<'i> = (String, ops::Range<usize>, Spanned<DeValue<'i>>);

/// The keys of `table` with their ranges, in the order of the file: a table that
/// holds `log`, `uniform` or `list` is a range, any other a group of keys.
pub fn leaves<'i>(table: DeTable<'i>) -> Vec<Leaf<'i>> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if !RANGES.iter().any(|range| inner.contains_key(*range)) => {
                for (rest, place, range) in leaves(inner) {
                    found.push((format!("{name}.{rest}"), place, range));
                }
            }
            range => found.push((name, key.span(), Spanned::new(span, range))),
        }
    }
    found.sort_by_key(|(_, place, _)| place.start);
    found
}

/// The kinds of ranges.
const RANGES: [&str; 3] = ["log", "uniform", "list"];

/// A range as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    log: Option<[f64; 2]>,
    uniform: Option<[f64; 2]>,
    list: Option<Vec<toml::Value>>,
}

/// The documentation of the key `name`, of a variant of `algorithm`.
///
/// # Errors
/// If there is no such key, or it is none to search.
pub fn documentation(
    document: &Document,
    lab: &Lab,
    algorithm: &str,
    name: &str,
    place: &ops::Range<usize>,
) -> Result<KeyDoc, DocumentError> {
    let wrong = |message: String| document.error(Some(place.clone()), message);
    let mut known = known(lab, algorithm);
    let Some(found) = known.iter().position(|(known, _)| known == name) else {
        let names = known.iter().map(|(name, _)| name.as_str());
        let meant = did_you_mean(nearest(name, names));
        return Err(wrong(format!(
            "there is no key `{name}`{meant}; `trpo-lab algos {algorithm}` lists them"
        )));
    };
    if is_fixed(name) {
        return Err(wrong(format!(
            "`{name}` says how long a run is or how it is judged, which is the same for all \
             settings; write it into [settings]"
        )));
    }
    Ok(known.swap_remove(found).1)
}

/// The key that `leaf` gives, of a variant of `algorithm`.
///
/// # Errors
/// If there is no such key, it is none to search, or its range is none.
pub fn key(
    document: &Document,
    lab: &Lab,
    algorithm: &str,
    (name, place, value): Leaf<'_>,
) -> Result<Key, DocumentError> {
    let doc = documentation(document, lab, algorithm, &name, &place)?;
    let is_whole = doc.schema.contains("\"integer\"") && !doc.schema.contains("\"array\"");
    let is_number = is_whole || doc.schema.contains("\"number\"");
    let span = value.span();
    let Written { log, uniform, list } = read(document, value)?;
    let complain = |message: String| document.error(Some(span.clone()), message);
    let between = |[low, high]: [f64; 2], at_least: f64| {
        if !is_number {
            return Err(complain(format!(
                "`{name}` is no number; write {{ list = [..] }}"
            )));
        }
        // A NaN compares false.
        let makes_sense = low < high && low >= at_least && high.is_finite();
        if !makes_sense {
            return Err(complain(format!(
                "the range from {low} to {high} is empty or not possible; write the smaller end \
                 first{}",
                if at_least > f64::MIN { ", above 0" } else { "" }
            )));
        }
        if is_whole && (low.fract() != 0.0 || high.fract() != 0.0) {
            return Err(complain(format!(
                "`{name}` is a whole number; so are the ends of its range"
            )));
        }
        Ok((low, high))
    };
    let range = match (log, uniform, list) {
        (Some(ends), None, None) => {
            let (low, high) = between(ends, f64::MIN_POSITIVE)?;
            Range::Log(low, high)
        }
        (None, Some(ends), None) => {
            let (low, high) = between(ends, f64::MIN)?;
            Range::Uniform(low, high)
        }
        (None, None, Some(values)) => Range::List(list_of(&values).map_err(complain)?),
        _ => {
            return Err(complain(
                "write one of { log = [low, high] }, { uniform = [low, high] } and { list = [..] }"
                    .to_owned(),
            ));
        }
    };
    Ok(Key {
        name,
        range,
        is_whole,
        place,
    })
}

/// The values of a list as TOML writes them, at least one, and none twice.
pub fn list_of(values: &[toml::Value]) -> Result<Vec<String>, String> {
    let written: Vec<String> = values.iter().map(toml::Value::to_string).collect();
    if written.is_empty() {
        return Err("the list is empty; give at least one value".to_owned());
    }
    for (place, value) in written.iter().enumerate() {
        if written[..place].contains(value) {
            return Err(format!("{value} stands twice"));
        }
    }
    Ok(written)
}

/// Reads a value as a `T`, with places in what is complained of.
pub fn read<T: DeserializeOwned>(
    document: &Document,
    value: Spanned<DeValue<'_>>,
) -> Result<T, DocumentError> {
    T::deserialize(ValueDeserializer::from(value)).map_err(|error| document.toml_error(&error))
}
