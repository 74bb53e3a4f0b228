//! Factorial designs: one variant for each row, of each algorithm.
//!
//! ```toml
//! [design]
//! generators = ["E = ABC", "F = BCD"]    # the sixteen rows of a 2^(6-2) design
//!
//! [design.of.trpo]                       # what each row is made of
//! algorithm = "trpo"
//!
//! [design.factor.observations]           # A, in the order of the file
//! off.normalize_observations = false
//! on.normalize_observations = true
//! ```
//!
//! Of a level, settings of another algorithm of the design are left out: `on.ppo.anneal`
//! and `on.trpo.anneal` can stand side by side.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::document::{Document, DocumentError, Layer, expect_table, in_order, merge};
use crate::stats::factorial::{Fraction, letter_of};

/// The key of the table.
pub(super) const KEY: &str = "design";

/// Variants that stand for the rows of a design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// The factors, in the order of the file: A, B, C, ...
    pub factors: Vec<String>,
    /// Which factors are products of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generators: Vec<String>,
    /// What rows are made of: algorithms, in the order of the file.
    pub of: Vec<String>,
    /// The variants.
    pub rows: Vec<DesignRow>,
}

/// One variant of a design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DesignRow {
    /// The variant.
    pub variant: String,
    /// What it is made of.
    pub of: String,
    /// Which factors are on.
    pub on: Vec<bool>,
}

impl Design {
    /// Its rows and aliases; a design that was read from a file has some.
    ///
    /// # Errors
    /// What is wrong with its generators.
    pub fn fraction(&self) -> Result<Fraction, String> {
        Fraction::new(self.factors.len(), &self.generators)
    }
}

/// The design in `table`, which stands at `span`, and its variants.
pub(super) fn expand<'i>(
    document: &Document,
    mut table: DeTable<'i>,
    span: Range<usize>,
) -> Result<(Design, Vec<Layer<'i>>), DocumentError> {
    let wrong = |problem: String| document.error(Some(span.clone()), problem);
    let generators = match table.remove("generators") {
        Some(value) => Vec::<String>::deserialize(ValueDeserializer::from(value))
            .map_err(|error| document.toml_error(&error))?,
        None => Vec::new(),
    };
    let mut tables = |key: &str, example: &str| {
        let missing = || {
            wrong(format!(
                "a design needs a `[design.{key}.NAME]`, such as {example}"
            ))
        };
        let value = table.remove(key).ok_or_else(missing)?;
        let name = format!("design.{key}");
        in_order(document, expect_table(document, value, &name)?, &name)
    };
    let bases = tables("of", "`[design.of.trpo]` with `algorithm = \"trpo\"`")?;
    let written = tables("factor", "`[design.factor.anneal]` with `off` and `on`")?;
    if let Some(other) = table.keys().next() {
        let message = format!("`{}` is no key of a design", other.get_ref());
        return Err(document.error(Some(other.span()), message));
    }
    let mut factors = Vec::new();
    for (name, span, levels) in written {
        factors.push((name.clone(), read_levels(document, &name, span, levels)?));
    }
    let names: Vec<String> = factors.iter().map(|(name, _)| name.clone()).collect();
    let fraction = Fraction::new(names.len(), &generators).map_err(wrong)?;
    let algorithms: Vec<String> = bases.iter().filter_map(algorithm).collect();
    let mut design = Design {
        factors: names,
        generators,
        of: bases.iter().map(|(name, ..)| name.clone()).collect(),
        rows: Vec::new(),
    };
    let mut layers: Vec<Layer<'i>> = Vec::new();
    for base in &bases {
        let (of, span, settings) = base;
        let own = algorithm(base);
        let others = algorithms.iter().filter(|name| own.as_ref() != Some(name));
        let others: Vec<&String> = others.collect();
        for on in fraction.rows() {
            let mut row = settings.clone();
            for ((_, levels), &is_on) in factors.iter().zip(&on) {
                let mut level = levels[usize::from(is_on)].clone();
                for other in &others {
                    level.remove(other.as_str());
                }
                merge(&mut row, &level);
            }
            let variant = format!("{of}-{}", named(&on));
            layers.push((variant.clone(), span.clone(), row));
            design.rows.push(DesignRow {
                variant,
                of: of.clone(),
                on,
            });
        }
    }
    Ok((design, layers))
}

/// The settings of a factor that is off, and of one that is on.
fn read_levels<'i>(
    document: &Document,
    name: &str,
    span: Range<usize>,
    mut levels: DeTable<'i>,
) -> Result<[DeTable<'i>; 2], DocumentError> {
    let mut level = |key: &str| match levels.remove(key) {
        Some(value) => expect_table(document, value, key),
        None => {
            let message = format!(
                "factor `{name}` has no `{key}`; write `off.critic.anneal = false` and \
                 `on.critic.anneal = true`"
            );
            Err(document.error(Some(span.clone()), message))
        }
    };
    let both = [level("off")?, level("on")?];
    match levels.keys().next() {
        None => Ok(both),
        Some(other) => {
            let message = format!("a factor is `off` or `on`, not `{}`", other.get_ref());
            Err(document.error(Some(other.span()), message))
        }
    }
}

/// The algorithm that a base names.
fn algorithm((.., settings): &Layer<'_>) -> Option<String> {
    match settings.get("algorithm")?.get_ref() {
        DeValue::String(name) => Some(name.to_string()),
        _ => None,
    }
}

/// `ace`, the letters of the factors that are on; `none` of none.
fn named(on: &[bool]) -> String {
    let letters = on.iter().enumerate().filter(|(_, is_on)| **is_on);
    let letters: String = letters
        .map(|(factor, _)| letter_of(factor).to_ascii_lowercase())
        .collect();
    if letters.is_empty() {
        "none".to_owned()
    } else {
        letters
    }
}
