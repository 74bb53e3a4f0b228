//! Which keys each variant of a search draws.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Protocol;
use super::chosen::own_name;
use super::file::Variant;
use super::source::Source;
use super::space::{self, Key, Leaf};
use crate::experiment::choice::find;
use crate::experiment::document::{DocumentError, expect_table};
use crate::experiment::file::SAME_AS;
use crate::experiment::plan::Plan;

/// The keys that a file searches, with their ranges as they are written.
pub(super) struct Keys<'i> {
    /// Of every variant that has them.
    pub general: Vec<Leaf<'i>>,
    /// By variant, beside or instead of those.
    pub own: DeTable<'i>,
}

impl Keys<'_> {
    /// Where the first one stands, or the first variant with some.
    pub fn place(&self) -> Option<Range<usize>> {
        let general = self.general.first().map(|(_, place, _)| place.clone());
        general.or(self.own.keys().next().map(Spanned::span))
    }
}

impl Source<'_> {
    /// The variants of `plan`, with their keys and without settings; `root` is the
    /// document without `[search]`, which stands at `place`.
    ///
    /// # Errors
    /// If a key is none to search, nothing of a variant is searched, or what is
    /// given changes nothing.
    pub(super) fn variants(
        &self,
        plan: &Plan,
        keys: Keys<'_>,
        protocol: Protocol,
        root: &DeTable<'_>,
        place: &Range<usize>,
    ) -> Result<Vec<Variant>, DocumentError> {
        let Keys { general, mut own } = keys;
        let mut variants = Vec::new();
        for name in &plan.variants {
            let mut variant = Variant::of(plan, name);
            let leaves = match own.remove(name.as_str()) {
                Some(table) => space::leaves(expect_table(self.document, table, name)?),
                None => Vec::new(),
            };
            for leaf in self.leaves_of(&variant.algorithm, &general, leaves) {
                let key = space::key(self.document, self.lab, &variant.algorithm, leaf)?;
                self.check_key(&key, &variant.algorithm, protocol, root)?;
                variant.keys.push(key);
            }
            if variant.keys.is_empty() {
                let message = format!(
                    "no key of `{name}` is searched; give one in `[search.keys]` or \
                     `[search.variant.{name}]`, or take the variant out"
                );
                return Err(self.document.error(Some(place.clone()), message));
            }
            variants.push(variant);
        }
        if let Some(unknown) = own.keys().next() {
            let message = format!("there is no variant `{}`", unknown.get_ref());
            return Err(self.document.error(Some(unknown.span()), message));
        }
        for (key, place, _) in &general {
            if !variants
                .iter()
                .any(|variant| variant.keys.iter().any(|own| own.name == *key))
            {
                let message = format!("`{key}` would change nothing: no variant searches it");
                return Err(self.document.error(Some(place.clone()), message));
            }
        }
        self.check_same_as(&variants, root)?;
        Ok(variants)
    }

    /// The `general` keys that a variant of `algorithm` has, and its `own`, which win
    /// over those, in the order of the file.
    fn leaves_of<'i>(
        &self,
        algorithm: &str,
        general: &[Leaf<'i>],
        own: Vec<Leaf<'i>>,
    ) -> Vec<Leaf<'i>> {
        let mut all = general.to_vec();
        all.retain(|(key, ..)| {
            let group = key.split_once('.').map_or("", |(group, _)| group);
            let is_of_other = group != algorithm && self.lab.find_algorithm(group).is_ok();
            !is_of_other && !own.iter().any(|(own, ..)| own == key)
        });
        all.extend(own);
        all.sort_by_key(|(_, place, _)| place.start);
        all
    }

    /// Refuses a key that the protocol shares by all, or that a task sets.
    fn check_key(
        &self,
        key: &Key,
        algorithm: &str,
        protocol: Protocol,
        root: &DeTable<'_>,
    ) -> Result<(), DocumentError> {
        let name = &key.name;
        if protocol == Protocol::Matched && !key.is_of(algorithm) {
            let message = format!(
                "`{name}` is shared by all algorithms, and a matched search has one set of those \
                 for all; search it with protocol = \"free\", or set it in [settings]"
            );
            return Err(self.document.error(Some(key.place.clone()), message));
        }
        let Some(DeValue::Table(tasks)) = root.get("task").map(Spanned::get_ref) else {
            return Ok(());
        };
        for (_, task) in tasks {
            if let DeValue::Table(task) = task.get_ref()
                && let Some(span) = find(task, name)
            {
                let message =
                    format!("`{name}` is searched for all tasks alike; take it away here");
                return Err(self.document.error(Some(span), message));
            }
        }
        Ok(())
    }

    /// Refuses a variant that takes the choice of one that there is not.
    fn check_same_as(&self, variants: &[Variant], root: &DeTable<'_>) -> Result<(), DocumentError> {
        let Some(DeValue::Table(tables)) = root.get("variant").map(Spanned::get_ref) else {
            return Ok(());
        };
        let takes = |name: &str| match tables.get(name).map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => table.get(SAME_AS),
            _ => None,
        };
        for variant in variants {
            let Some(value) = takes(&variant.name) else {
                continue;
            };
            let of: String = space::read(self.document, value.clone())?;
            let wrong = |message| Err(self.document.error(Some(value.span()), message));
            if of == variant.name || takes(&of).is_some() || !variants.iter().any(|v| v.name == of)
            {
                return wrong(format!(
                    "`{SAME_AS}` names another variant, which has its own choice; `{of}` is not one"
                ));
            }
            let own = own_name(&variant.name);
            if variants.iter().any(|known| known.name == own) {
                return wrong(format!(
                    "`{own}` is the name of the choice of its own; rename that one"
                ));
            }
        }
        Ok(())
    }
}
