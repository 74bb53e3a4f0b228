//! From the text of an experiment file to the [`Experiment`].
//!
//! Its tables become layers of settings; those of a task and a variant give the configuration of a
//! cell, and what else the file says the analysis.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::cells::{configuration, refuse_keys_of_others};
use super::choice::{self, Chosen};
use super::design::{self, Design};
use super::disk::is_plain;
use super::document::{Document, DocumentError, Layer, expect_table, in_order};
use super::file::{Experiment, Overrides, SAME_AS, SEARCH};
use super::head::{
    Head, Seeds, analysis, named, pairs, predictions, published_table, purpose, retuned, tasks,
};
use super::plan::{Analysis, Cell, Plan, Sweep};
use super::{environments, seeds, selection, sweep};
use crate::env::Task;
use crate::env::gym::About;
use crate::lab::Lab;

impl Experiment {
    /// The experiment called `name` that `text` gives. `path` is only named in
    /// errors.
    ///
    /// # Errors
    /// If it does not give an experiment.
    pub fn parse(
        lab: &Lab,
        path: &Path,
        name: &str,
        text: &str,
        overrides: &Overrides,
    ) -> Result<Self, DocumentError> {
        let choices = choice::named(&Document::new(path, text, &[])?, path)?;
        let appendices = choice::appendices(&choices);
        let document = &Document::with(path, text, &appendices, &overrides.assignments)?;
        let mut root = document.parse()?;
        root.remove(choice::KEY);
        let is_search = root.remove(SEARCH).is_some();
        let mut layers = Layers::take(document, &mut root)?;
        let chosen = match root.remove(choice::GROUP) {
            Some(value) => expect_table(document, value, choice::GROUP)?,
            None => DeTable::new(),
        };
        let head: Head = document.read(root)?;
        if head.title.get_ref().contains(char::is_control) {
            let message = "`title` holds a control character; write it in one line of letters";
            return Err(document.error(Some(head.title.span()), message));
        }

        let tasks = layers.tasks(document, lab, &head)?;
        let (sweeps, design) = layers.expand(document)?;
        layers.check_variants(document)?;
        if is_search {
            for (.., table) in &mut layers.by_variant {
                table.remove(SAME_AS);
            }
        }
        let chosen = Chosen::take(choices, chosen, &mut layers.by_variant);
        let cells = layers.cells(document, lab, &tasks, &chosen)?;
        layers.refuse_keys_without_effect(document, lab, &cells)?;

        let variants = layers.by_variant;
        let analysis = Analysis {
            sweeps,
            design,
            searched_by: chosen.by(),
            retuned: retuned(document, &head, path, name)?,
            purpose: purpose(document, head.purpose.as_ref(), is_search)?,
            compare: pairs(document, &head, &variants)?,
            claims: head.claim.iter().map(named).collect(),
            diagnostics: (head.diagnostic.iter())
                .map(|asked| asked.get_ref().clone())
                .collect(),
            predictions: predictions(document, &head, &tasks, &variants)?,
            published_table: published_table(document, &head, &variants)?,
            ..analysis(document, &head, &tasks)?
        };
        let written = match head.seeds.get_ref() {
            Seeds::Text(text) => seeds::parse(text),
            Seeds::List(list) => seeds::sorted(list.clone()),
        }
        .map_err(|message| document.error(Some(head.seeds.span()), message))?;
        let seeds = overrides.seeds.as_ref().unwrap_or(&written);
        let is_as_written = overrides.assignments.is_empty();
        let plan = Plan {
            name: name.to_owned(),
            title: head.title.get_ref().clone(),
            headline: head.headline,
            analysis,
            gymnasium: gymnasium(&tasks),
            tasks: tasks.iter().map(|task| task.id().to_owned()).collect(),
            variants: variants.into_iter().map(|(name, ..)| name).collect(),
            seeds: seeds.clone(),
            cells,
        };
        if is_search {
            refuse_looking_into(document, &head)?;
        }
        let asked = &head.dissect;
        let dissect = selection::check(document, asked, (&plan, &written), is_as_written)?;
        Ok(Self {
            is_changed: !is_as_written || plan.seeds != written,
            plan,
            dissect,
            path: path.to_owned(),
            text: text.to_owned(),
            claims_at: spans(&head.claim),
            diagnostics_at: spans(&head.diagnostic),
        })
    }
}

/// The tables that set something.
struct Layers<'i> {
    /// `[settings]`.
    settings: DeTable<'i>,
    /// `--set`.
    set: DeTable<'i>,
    /// `[env.*]`.
    by_env: Vec<Layer<'i>>,
    /// `[task.*]`.
    by_task: Vec<Layer<'i>>,
    /// `[variant.*]`, then those of sweeps and of the design.
    by_variant: Vec<Layer<'i>>,
    /// `[sweep.*]`.
    by_sweep: Vec<Layer<'i>>,
    /// `[design]`.
    design: Option<Spanned<DeValue<'i>>>,
}

impl<'i> Layers<'i> {
    /// Takes them out of `root`.
    fn take(document: &Document, root: &mut DeTable<'i>) -> Result<Self, DocumentError> {
        let mut table = |key: &str| match root.remove(key) {
            Some(value) => expect_table(document, value, key),
            None => Ok(DeTable::new()),
        };
        Ok(Self {
            settings: table("settings")?,
            set: table("set")?,
            by_env: in_order(document, table("env")?, "env")?,
            by_task: in_order(document, table("task")?, "task")?,
            by_variant: in_order(document, table("variant")?, "variant")?,
            by_sweep: in_order(document, table("sweep")?, "sweep")?,
            design: root.remove(design::KEY),
        })
    }

    /// The tasks, with what `[env.*]` and `[task.*]` say of their environments.
    fn tasks(
        &mut self,
        document: &Document,
        lab: &Lab,
        head: &Head,
    ) -> Result<Vec<Arc<Task>>, DocumentError> {
        let is_one = |name: &String| head.tasks.iter().any(|task| task.get_ref() == name);
        for (task, span, _) in self.by_task.iter().chain(&self.by_env) {
            if !is_one(task) {
                let message = format!("`{task}` is not one of the tasks");
                return Err(document.error(Some(span.clone()), message));
            }
        }
        let by_env = std::mem::take(&mut self.by_env);
        let asked = environments::take(document, by_env, &mut self.by_task)?;
        tasks(document, lab, &head.tasks, &asked)
    }

    /// Adds the variants of sweeps and of the design, which are returned.
    fn expand(
        &mut self,
        document: &Document,
    ) -> Result<(Vec<Sweep>, Option<Design>), DocumentError> {
        let mut sweeps = Vec::new();
        for layer in std::mem::take(&mut self.by_sweep) {
            let (sweep, variants) = sweep::expand(document, layer)?;
            sweeps.push(sweep);
            self.by_variant.extend(variants);
        }
        let Some(value) = self.design.take() else {
            return Ok((sweeps, None));
        };
        let span = value.span();
        let table = expect_table(document, value, design::KEY)?;
        let (design, variants) = design::expand(document, table, span)?;
        self.by_variant.extend(variants);
        Ok((sweeps, Some(design)))
    }

    /// Refuses no variant at all, and names that a folder cannot have or that are there twice.
    fn check_variants(&self, document: &Document) -> Result<(), DocumentError> {
        if self.by_variant.is_empty() {
            let message = "there must be a `[variant.NAME]` with an `algorithm`";
            return Err(document.error(None, message));
        }
        for (place, (variant, span, _)) in self.by_variant.iter().enumerate() {
            let mut before = self.by_variant[..place].iter();
            let message = if !is_plain(variant) {
                "the name of a variant is made of letters, digits, `-` and `_`".to_owned()
            } else if before.any(|(known, ..)| known == variant) {
                format!("there is a variant `{variant}` already")
            } else {
                continue;
            };
            return Err(document.error(Some(span.clone()), message));
        }
        Ok(())
    }

    /// The configuration of every variant on every task.
    fn cells(
        &self,
        document: &Document,
        lab: &Lab,
        tasks: &[Arc<Task>],
        chosen: &Chosen<'i>,
    ) -> Result<Vec<Cell>, DocumentError> {
        let nothing = DeTable::new();
        let mut cells = Vec::new();
        for task in tasks {
            let layer = self.by_task.iter().find(|(name, ..)| name == task.id());
            let layer = layer.map_or(&nothing, |(_, _, table)| table);
            for (variant, span, table) in &self.by_variant {
                let cell = choice::Cell {
                    task: task.id(),
                    variant,
                    span: span.clone(),
                    settings: &self.settings,
                    others: [layer, table, &self.set],
                };
                let mut layers = vec![&self.settings, layer];
                layers.extend(chosen.layers(document, &cell)?);
                let own = layers.len();
                layers.extend([table, &self.set]);
                cells.push(Cell {
                    env: task.id().to_owned(),
                    variant: variant.clone(),
                    config: configuration(document, lab, task, &layers, own)?,
                });
            }
        }
        Ok(cells)
    }

    /// Refuses settings for all variants of an algorithm that none of them has.
    fn refuse_keys_without_effect(
        &self,
        document: &Document,
        lab: &Lab,
        cells: &[Cell],
    ) -> Result<(), DocumentError> {
        let used = cells.iter().map(|cell| cell.config.algorithm.name());
        let used: Vec<&str> = used.collect();
        let shared = self.by_task.iter().map(|(_, _, table)| table);
        for layer in shared.chain([&self.settings, &self.set]) {
            refuse_keys_of_others(document, lab, layer, &used, |key| {
                format!(
                    "`{key}` would change nothing: no variant has that algorithm, only {}",
                    variants_use(lab, &used)
                )
            })?;
        }
        Ok(())
    }
}

/// Refuses what looks into runs, in the file of a search.
fn refuse_looking_into(document: &Document, head: &Head) -> Result<(), DocumentError> {
    let asked = [spans(&head.dissect), spans(&head.diagnostic)].concat();
    if let Some(first) = asked.into_iter().next() {
        let message = "a search is not looked into; write this into the file of an experiment";
        return Err(document.error(Some(first), message));
    }
    Ok(())
}

fn spans<T>(values: &[Spanned<T>]) -> Vec<Range<usize>> {
    values.iter().map(Spanned::span).collect()
}

/// What tasks of Gymnasium said of themselves.
fn gymnasium(tasks: &[Arc<Task>]) -> BTreeMap<String, About> {
    let each = tasks.iter().filter_map(|task| {
        let (_, about) = task.gymnasium()?;
        Some((task.id().to_owned(), About::clone(about)))
    });
    each.collect()
}

/// The algorithms that are used, once each.
fn variants_use(lab: &Lab, used: &[&str]) -> String {
    let known = lab.algorithms().iter().map(|kind| kind.name());
    let named: Vec<String> = known
        .filter(|name| used.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    named.join(", ")
}
