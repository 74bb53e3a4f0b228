//! Sweeps: one variant for each value of one setting.
//!
//! ```toml
//! [sweep.trpo]
//! algorithm = "trpo"
//! over = "trpo.delta"
//! values = [0.001, 0.01, 0.1]      # variants trpo-0_001, trpo-0_01, trpo-0_1
//! ```

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::document::{Document, DocumentError, Layer, merge};
use super::plan::{Step, Sweep};
use crate::settings::finite;

/// The sweep in `layer`, and its variants.
pub(super) fn expand<'i>(
    document: &Document,
    (name, span, mut table): Layer<'i>,
) -> Result<(Sweep, Vec<Layer<'i>>), DocumentError> {
    let mut take = |key: &str| {
        table.remove(key).ok_or_else(|| {
            let message = format!(
                "sweep `{name}` has no `{key}`; write `over = \"trpo.delta\"` and \
                 `values = [0.001, 0.01]`"
            );
            document.error(Some(span.clone()), message)
        })
    };
    let over = String::deserialize(ValueDeserializer::from(take("over")?))
        .map_err(|error| document.toml_error(&error))?;
    let values = take("values")?;
    let DeValue::Array(values) = values.get_ref() else {
        let message = "`values` must be a list of numbers, such as [0.001, 0.01]";
        return Err(document.error(Some(values.span()), message));
    };
    let mut sweep = Sweep {
        name: name.clone(),
        over,
        steps: Vec::new(),
    };
    let mut layers: Vec<Layer<'i>> = Vec::new();
    for value in values.iter() {
        let wrong = |problem: String| document.error(Some(value.span()), problem);
        let number = f64::deserialize(ValueDeserializer::from(value.clone()))
            .map_err(|error| document.toml_error(&error))?;
        // Whether it makes sense is for the key to say.
        (finite().check)(&number).map_err(|problem| wrong(format!("`values` {problem}")))?;
        let variant = format!("{name}-{number}").replace('.', "_");
        if sweep.steps.iter().any(|step| step.value == number) {
            return Err(wrong(format!("{number} stands twice")));
        }
        let mut settings = table.clone();
        merge(&mut settings, &assignment(&sweep.over, value));
        sweep.steps.push(Step {
            variant: variant.clone(),
            value: number,
        });
        layers.push((variant, value.span(), settings));
    }
    if layers.is_empty() {
        let message = format!("sweep `{name}` has no values; give at least one");
        return Err(document.error(Some(span), message));
    }
    Ok((sweep, layers))
}

/// `key = value` as a table, a dotted key as tables in tables. Every part has
/// the place of the value, so that errors show it.
fn assignment<'i>(key: &str, value: &Spanned<DeValue<'i>>) -> DeTable<'i> {
    let (first, inner) = match key.split_once('.') {
        Some((first, rest)) => {
            let inner = DeValue::Table(assignment(rest, value));
            (first, Spanned::new(value.span(), inner))
        }
        None => (key, value.clone()),
    };
    let mut table = DeTable::new();
    table.insert(Spanned::new(value.span(), first.to_owned().into()), inner);
    table
}
