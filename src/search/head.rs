//! What `[search]` says outside of its keys: how settings are drawn.

use serde::Deserialize;
use toml::Spanned;

use super::Protocol;
use super::rungs;
use crate::experiment::document::{Document, DocumentError};

/// The keys of `[search]` outside of its tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub seed: Option<Spanned<u64>>,
    pub protocol: Option<Spanned<Protocol>>,
    pub settings: Option<Spanned<usize>>,
    pub cost_limit: Option<Spanned<f64>>,
    pub rungs: Option<Vec<Spanned<rungs::Written>>>,
    pub over: Option<Spanned<String>>,
    pub values: Option<Spanned<Vec<toml::Value>>>,
}

/// Settings of a variant where nothing is said.
const SETTINGS: usize = 16;

/// Cost limit where nothing is said.
const COST_LIMIT: f64 = 1.5;

impl Head {
    /// Whether it names a key that belongs to the task.
    pub fn is_by_task(&self) -> bool {
        self.over.is_some() || self.values.is_some()
    }

    /// How many settings each variant has.
    ///
    /// # Errors
    /// If that is no choice.
    pub fn count(&self, document: &Document) -> Result<usize, DocumentError> {
        let count = self.settings.as_ref();
        let number = count.map_or(SETTINGS, |count| *count.get_ref());
        if number < 2 {
            let message = format!("`settings` must be at least 2, not {number}: one is no choice");
            return Err(document.error(count.map(Spanned::span), message));
        }
        Ok(number)
    }

    /// How many times the cost of setting 0 a setting may have.
    ///
    /// # Errors
    /// If setting 0 itself may not.
    pub fn limit(&self, document: &Document) -> Result<f64, DocumentError> {
        let limit = self.cost_limit.as_ref();
        let number = limit.map_or(COST_LIMIT, |limit| *limit.get_ref());
        // A NaN compares false.
        let makes_sense = number >= 1.0 && number.is_finite();
        if !makes_sense {
            let message =
                format!("`cost_limit` must be at least 1, the cost of the defaults, not {number}");
            return Err(document.error(limit.map(Spanned::span), message));
        }
        Ok(number)
    }
}
