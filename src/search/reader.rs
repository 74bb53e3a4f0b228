//! Reads a search from its file, and draws every setting.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Protocol;
use super::error::SearchError;
use super::file::{Search, Setting, Variant, stream};
use super::rungs::{self, LEAST_UPDATES, Rung};
use super::space::{self, Key, Leaf};
use crate::config::RunConfig;
use crate::experiment::choice::find;
use crate::experiment::document::{Document, DocumentError, expect_table};
use crate::experiment::file::{Experiment, Overrides, SAME_AS, SEARCH};
use crate::format;
use crate::lab::Lab;

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

/// Draws for each setting after which ranges are taken to hold no further one.
const PATIENCE: usize = 200;

/// What is known while a file is read.
pub(super) struct Reader<'a> {
    pub lab: &'a Lab,
    path: &'a Path,
    name: &'a str,
    text: &'a str,
    pub document: &'a Document,
}

impl Search {
    /// The search in the file at `path`.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(lab: &Lab, path: &Path) -> Result<Self, SearchError> {
        let experiment = Experiment::read(lab, path, &Overrides::default())?;
        Ok(Self::of(lab, experiment)?)
    }

    /// The search that the file of `experiment` gives.
    ///
    /// # Errors
    /// If it gives none.
    pub fn of(lab: &Lab, experiment: Experiment) -> Result<Self, DocumentError> {
        let document = Document::new(&experiment.path, &experiment.text, &[])?;
        let reader = Reader {
            lab,
            path: &experiment.path,
            name: &experiment.plan.name,
            text: &experiment.text,
            document: &document,
        };
        let mut root = document.parse()?;
        let Some((place, table)) = root.remove_entry(SEARCH) else {
            let message = format!(
                "there is no `[{SEARCH}]`, so that nothing is searched; `trpo-lab run` makes the runs"
            );
            return Err(document.error(None, message));
        };
        let place = place.span();
        let mut table = expect_table(&document, table, SEARCH)?;
        let mut take = |key: &str| match table.remove(key) {
            Some(value) => expect_table(&document, value, key),
            None => Ok(DeTable::new()),
        };
        let general = space::leaves(take("keys")?);
        let own = take("variant")?;
        let head: Head = document.read(table)?;
        if head.over.is_some() || head.values.is_some() {
            let fixed = general.first().map(|(_, place, _)| place.clone());
            let fixed = fixed.or(own.keys().next().map(Spanned::span));
            return reader.by_task(&experiment, head, fixed, place);
        }
        let (Some(seed), Some(protocol)) = (&head.seed, &head.protocol) else {
            let message = "a search needs `seed`, the seed of its draw, and `protocol = \"free\"` \
                           or \"matched\"";
            return Err(document.error(Some(place), message));
        };
        let (seed, protocol) = (*seed.get_ref(), *protocol.get_ref());
        let count = head
            .settings
            .as_ref()
            .map_or(SETTINGS, |count| *count.get_ref());
        if count < 2 {
            let span = head.settings.map(|count| count.span());
            let message = format!("`settings` must be at least 2, not {count}: one is no choice");
            return Err(document.error(span, message));
        }
        let limit = head
            .cost_limit
            .as_ref()
            .map_or(COST_LIMIT, |limit| *limit.get_ref());
        // A NaN compares false.
        let makes_sense = limit >= 1.0 && limit.is_finite();
        if !makes_sense {
            let span = head.cost_limit.map(|limit| limit.span());
            let message =
                format!("`cost_limit` must be at least 1, the cost of the defaults, not {limit}");
            return Err(document.error(span, message));
        }
        let of_seeds = root.get("seeds").map_or(place.clone(), Spanned::span);
        let seeds = (&experiment.plan.seeds[..], of_seeds);
        let rungs = rungs::split(&document, head.rungs, count, seeds, place.clone())?;
        let variants = reader.variants(&experiment, general, own, protocol, &root, &place)?;
        let mut search = Self {
            protocol,
            seed,
            variants,
            rungs,
            experiment: experiment.clone(),
        };
        for variant in &mut search.variants {
            for key in &variant.keys {
                for value in key.ends() {
                    let values = vec![(key.name.clone(), value)];
                    let setting = reader.setting(variant, values, &key.place)?;
                    check_updates(&document, &search.rungs, &setting, &variant.keys)?;
                }
            }
            variant.settings = reader.draw(variant, seed, count, limit, &place)?;
        }
        search.check(&document)?;
        Ok(search)
    }

    /// Refuses settings that a rung leaves too few updates.
    pub(super) fn check(&self, document: &Document) -> Result<(), DocumentError> {
        for variant in &self.variants {
            for setting in &variant.settings {
                check_updates(document, &self.rungs, setting, &variant.keys)?;
            }
        }
        Ok(())
    }
}

fn check_updates(
    document: &Document,
    rungs: &[Rung],
    setting: &Setting,
    keys: &[Key],
) -> Result<(), DocumentError> {
    for rung in rungs {
        for config in &setting.configs {
            let mut config = config.clone();
            config.common.steps = rung.steps(config.common.steps);
            let Some(updates) = config.updates().filter(|updates| *updates < LEAST_UPDATES) else {
                continue;
            };
            let message = format!(
                "{} steps in batches of {} are {}, and with fewer than {LEAST_UPDATES} a run says \
                 nothing of its settings; give more steps, a larger share or smaller batches",
                format::number(config.common.steps as f64, 0),
                format::number(config.common.batch as f64, 0),
                format::count(updates, "update"),
            );
            let batch = keys.iter().find(|key| key.name == "batch");
            let place = batch.map_or(rung.place.clone(), |key| key.place.clone());
            return Err(document.error(Some(place), message));
        }
    }
    Ok(())
}

impl Reader<'_> {
    /// The variants of `experiment`, with their keys and without settings.
    fn variants(
        &self,
        experiment: &Experiment,
        general: Vec<Leaf<'_>>,
        mut own: DeTable<'_>,
        protocol: Protocol,
        root: &DeTable<'_>,
        place: &Range<usize>,
    ) -> Result<Vec<Variant>, DocumentError> {
        let plan = &experiment.plan;
        let mut variants = Vec::new();
        for name in &plan.variants {
            let cell = plan.cells.iter().find(|cell| cell.variant == *name);
            let algorithm = cell
                .map_or("", |cell| cell.config.algorithm.name())
                .to_owned();
            let leaves = match own.remove(name.as_str()) {
                Some(table) => space::leaves(expect_table(self.document, table, name)?),
                None => Vec::new(),
            };
            let mut all: Vec<Leaf<'_>> = general.clone();
            all.retain(|(key, ..)| {
                let group = key.split_once('.').map_or("", |(group, _)| group);
                let is_of_other = group != algorithm && self.lab.find_algorithm(group).is_ok();
                !is_of_other && !leaves.iter().any(|(own, ..)| own == key)
            });
            all.extend(leaves);
            all.sort_by_key(|(_, place, _)| place.start);
            let mut keys: Vec<Key> = Vec::new();
            for leaf in all {
                let key = space::key(self.document, self.lab, &algorithm, leaf)?;
                self.check_key(&key, &algorithm, protocol, root)?;
                keys.push(key);
            }
            if keys.is_empty() {
                let message = format!(
                    "no key of `{name}` is searched; give one in `[search.keys]` or \
                     `[search.variant.{name}]`, or take the variant out"
                );
                return Err(self.document.error(Some(place.clone()), message));
            }
            variants.push(Variant {
                name: name.clone(),
                algorithm,
                keys,
                settings: Vec::new(),
            });
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
            let own = super::chosen::own_name(&variant.name);
            if variants.iter().any(|known| known.name == own) {
                return wrong(format!(
                    "`{own}` is the name of the choice of its own; rename that one"
                ));
            }
        }
        Ok(())
    }

    /// The setting with these values; what is wrong with them is shown at `place`.
    pub(super) fn setting(
        &self,
        variant: &Variant,
        values: Vec<(String, String)>,
        place: &Range<usize>,
    ) -> Result<Setting, DocumentError> {
        let assignments = values.iter().map(|(key, value)| format!("{key}={value}"));
        let overrides = Overrides {
            seeds: None,
            assignments: assignments.collect(),
        };
        let parsed = Experiment::parse(self.lab, self.path, self.name, self.text, &overrides);
        let cells = parsed.map_err(|error| {
            let values: Vec<String> = overrides.assignments.clone();
            let message = format!("{}: {}", values.join(", "), error.message());
            self.document.error(Some(place.clone()), message)
        })?;
        let cells = cells.plan.cells.into_iter();
        let own = cells.filter(|cell| cell.variant == variant.name);
        let configs: Vec<RunConfig> = own.map(|cell| cell.config).collect();
        let costs: f64 = configs.iter().map(cost).sum();
        Ok(Setting {
            values,
            cost: costs / configs.len() as f64,
            configs,
        })
    }

    /// Setting 0: what the file and the defaults give for every key.
    fn first(&self, variant: &Variant, place: &Range<usize>) -> Result<Setting, DocumentError> {
        let mut first = self.setting(variant, Vec::new(), place)?;
        let known = space::known(self.lab, &variant.algorithm);
        let value = |key: &Key| {
            let default = known.iter().find(|(name, _)| *name == key.name);
            let default = default.map_or_else(String::new, |(_, doc)| doc.default.clone());
            let written = first
                .configs
                .first()
                .and_then(|config| written(config, &key.name));
            (key.name.clone(), written.unwrap_or(default))
        };
        first.values = variant.keys.iter().map(value).collect();
        Ok(first)
    }

    /// Setting 0 and others that are drawn, each different and none dearer than
    /// `limit` times setting 0.
    fn draw(
        &self,
        variant: &Variant,
        seed: u64,
        count: usize,
        limit: f64,
        place: &Range<usize>,
    ) -> Result<Vec<Setting>, DocumentError> {
        let mut rng = stream(seed, variant, 0);
        let mut settings = vec![self.first(variant, place)?];
        for _ in 0..PATIENCE * count {
            let keys = variant.keys.iter();
            let values: Vec<_> = keys
                .map(|key| (key.name.clone(), key.draw(&mut rng)))
                .collect();
            if settings.iter().any(|known| known.values == values) {
                continue;
            }
            let setting = self.setting(variant, values, &variant.keys[0].place)?;
            if setting.cost <= limit * settings[0].cost {
                settings.push(setting);
            }
            if settings.len() == count {
                return Ok(settings);
            }
        }
        let message = format!(
            "`{}`: only {} different settings of {count} were found within {limit} times the cost \
             of the defaults; give wider ranges, a higher `cost_limit` or fewer `settings`",
            variant.name,
            settings.len()
        );
        Err(self.document.error(Some(place.clone()), message))
    }
}

/// Passes over a row for each environment step: those of the critic's epochs, and
/// those of the policy's step.
fn cost(config: &RunConfig) -> f64 {
    config.critic.epochs as f64 + config.algorithm.passes().unwrap_or(1.0)
}

/// What `config` has for the dotted `key`, as TOML writes it; `None` where it is
/// left out.
fn written(config: &RunConfig, key: &str) -> Option<String> {
    let whole = serde_json::to_value(config).ok()?;
    let (group, name) = key.split_once('.').unwrap_or(("common", key));
    let group = match group {
        "common" | "critic" => whole.get(group)?,
        algorithm => whole.get("algorithm")?.get(algorithm)?,
    };
    Some(group.get(name)?.to_string())
}
