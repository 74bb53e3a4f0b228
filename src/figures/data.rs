//! What figures draw from: the committed summary of one experiment.

use std::collections::{BTreeMap, BTreeSet};

use super::FigureError;
use super::canvas::Pen;
use super::options::Subset;
use super::palette;
use crate::algo::{AlgorithmConfig, Part, StepLimit};
use crate::env::registry::OUR_OWN;
use crate::experiment::manifest::Manifest;
use crate::format::{count, list, number};
use crate::record::Ending;
use crate::summary::efficiency::Efficiency;
use crate::summary::shares::OUTSIDE;
use crate::summary::{
    BandRow, CollapseRow, CostRow, DiagnosticRow, QValueRow, ScoreRow, Statistics, Steps, UpdateRow,
};

/// A trust radius of TRPO.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Radius {
    /// That of the first update.
    pub delta: f64,
    /// Whether it falls linearly to 0 over the run.
    pub annealed: bool,
}

/// The learning curve of one run.
pub(super) struct RunLine {
    /// Its pieces between gaps, each a list of steps and returns.
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// Whether it diverged, or its final evaluation is that of a failure.
    pub has_failed: bool,
}

/// A variant that is drawn.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// Its name in the experiment.
    pub id: String,
    /// What it is called in figures.
    pub label: String,
    pub pen: Pen,
}

/// The summary of one experiment, or of some of its tasks and variants.
pub(super) struct Summary {
    /// With these tasks and variants alone, in the order in which they are drawn.
    pub manifest: Manifest,
    /// Whether these are all tasks of the experiment.
    pub has_all_tasks: bool,
    /// All variants, whether drawn or not, so that looks do not depend on that.
    pub(super) looks: Vec<Drawn>,
    /// Looks of algorithms, where they stand for all of their variants.
    pub(super) families: BTreeMap<String, (String, Pen)>,
    /// Digest of the whole manifest.
    pub digest: String,
    pub statistics: Statistics,
    pub collapse: Vec<CollapseRow>,
    pub diagnosed: Vec<DiagnosticRow>,
    pub(super) training: BTreeMap<(String, String), Vec<BandRow>>,
    pub(super) q_values: BTreeMap<(String, String), Vec<QValueRow>>,
    pub(super) steps: Option<Steps>,
    pub(super) costs: Vec<CostRow>,
    /// Tasks and variants of which times were measured on a busy machine.
    pub(super) busy: BTreeSet<(String, String)>,
    pub(super) scores: Vec<ScoreRow>,
    pub(super) bands: BTreeMap<(String, String), Vec<BandRow>>,
    pub(super) runs: BTreeMap<(String, String), Vec<RunLine>>,
    pub(super) updates: BTreeMap<(String, String, String), Vec<UpdateRow>>,
}

impl Summary {
    /// The same summary of the tasks and variants that were asked for, under the
    /// labels that were.
    ///
    /// # Errors
    /// If there is none of a name; says which there are.
    pub fn select(mut self, subset: &Subset) -> Result<Self, FigureError> {
        let manifest = &mut self.manifest;
        let unknown = |what, name: &String, known: &[String]| FigureError::Unknown {
            what,
            name: name.clone(),
            of: manifest.experiment.clone(),
            known: known.to_vec(),
        };
        for (what, asked, known) in [
            ("task", &subset.tasks, &manifest.tasks),
            ("variant", &subset.variants, &manifest.variants),
        ] {
            if let Some(name) = asked.iter().find(|name| !known.contains(name)) {
                return Err(unknown(what, name, known));
            }
        }
        for (variant, label) in &subset.labels {
            let look = self.looks.iter_mut().find(|look| look.id == *variant);
            let Some(look) = look else {
                return Err(unknown("variant", variant, &manifest.variants));
            };
            look.label.clone_from(label);
        }
        if !subset.tasks.is_empty() {
            self.has_all_tasks = manifest
                .tasks
                .iter()
                .all(|task| subset.tasks.contains(task));
            manifest.tasks.clone_from(&subset.tasks);
        }
        if !subset.variants.is_empty() {
            manifest.variants.clone_from(&subset.variants);
        }
        let (tasks, variants) = (&manifest.tasks, &manifest.variants);
        let cells = &mut manifest.cells;
        cells.retain(|cell| tasks.contains(&cell.env) && variants.contains(&cell.variant));
        Ok(self)
    }

    /// The variants that have something to show on any task.
    pub fn shown(&self, has: impl Fn(&str, &str) -> bool) -> Vec<Drawn> {
        let variants = self.manifest.variants.iter();
        let on_any_task = |variant: &&String| {
            let mut tasks = self.manifest.tasks.iter();
            tasks.any(|env| has(env, variant))
        };
        let drawn = variants.filter(on_any_task).filter_map(|v| self.look(v));
        drawn.cloned().collect()
    }

    /// The tasks on which any of `variants` has something to show.
    pub fn tasks_with(&self, variants: &[Drawn], has: impl Fn(&str, &str) -> bool) -> Vec<String> {
        let tasks = self.manifest.tasks.iter();
        let has_any = |env: &&String| variants.iter().any(|variant| has(env, &variant.id));
        tasks.filter(has_any).cloned().collect()
    }

    /// How a variant is drawn.
    pub fn look(&self, variant: &str) -> Option<&Drawn> {
        self.looks.iter().find(|look| look.id == variant)
    }

    /// What a variant is called in figures.
    pub fn label(&self, variant: &str) -> String {
        let look = self.look(variant);
        look.map_or_else(|| variant.to_owned(), |look| look.label.clone())
    }

    /// Label and pen of an algorithm.
    pub fn family(&self, algorithm: &str) -> (String, Pen) {
        let look = self.families.get(algorithm).cloned();
        look.unwrap_or_else(|| (algorithm.to_owned(), palette::unknown()))
    }

    /// `n = 20 runs`, for the line below a picture.
    pub fn n(&self) -> String {
        let drawn = |row: &&ScoreRow| {
            let Manifest {
                tasks, variants, ..
            } = &self.manifest;
            tasks.contains(&row.env) && variants.contains(&row.variant)
        };
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in self.scores.iter().filter(drawn) {
            *counts.entry((&row.env, &row.variant)).or_default() += 1;
        }
        let (least, most) = (counts.values().min(), counts.values().max());
        match (least, most) {
            (Some(1), Some(1)) => "n = 1 run".to_owned(),
            (Some(least), Some(most)) if least == most => format!("n = {most} runs"),
            (Some(least), Some(most)) => format!("n = {least} to {most} runs"),
            _ => "n = 0".to_owned(),
        }
    }

    /// The curves of the runs of a task and variant, where they are at hand.
    pub fn runs(&self, env: &str, variant: &str) -> &[RunLine] {
        let runs = self.runs.get(&(env.to_owned(), variant.to_owned()));
        runs.map_or(&[], Vec::as_slice)
    }

    /// The curve of a task and variant, from the first point at which as many
    /// runs have a value as ever will: before it, the mean would be that of the
    /// runs whose episodes end early.
    pub fn band(&self, env: &str, variant: &str) -> &[BandRow] {
        let rows = self.bands.get(&(env.to_owned(), variant.to_owned()));
        let rows = rows.map_or(&[][..], Vec::as_slice);
        let all = rows.iter().map(|row| row.n).max();
        let first = rows.iter().position(|row| Some(row.n) == all);
        &rows[first.unwrap_or(0)..]
    }

    /// The return of the exploring policy beside that curve, where there is both.
    pub fn training(&self, env: &str, variant: &str) -> &[BandRow] {
        let rows = self.training.get(&(env.to_owned(), variant.to_owned()));
        rows.map_or(&[], Vec::as_slice)
    }

    /// The curve at the Q-values that were used, where the experiment asks for them.
    pub fn at_q_values(&self, env: &str, variant: &str) -> &[QValueRow] {
        let rows = self.q_values.get(&(env.to_owned(), variant.to_owned()));
        rows.map_or(&[], Vec::as_slice)
    }

    /// The threshold of a task, if it has one.
    pub fn threshold(&self, env: &str) -> Option<f64> {
        let mut all = self.statistics.efficiency.iter();
        Some(all.find(|found| found.env == env)?.threshold)
    }

    /// The share of a variant's updates that leave the trust radius: mean over tasks
    /// and runs; nothing if not all tasks are drawn.
    pub fn share_outside(&self, variant: &str) -> Option<f64> {
        let steps = self.steps.as_ref().filter(|_| self.has_all_tasks)?;
        let own = steps.variants.iter().find(|own| own.variant == variant)?;
        Some(own.share(&OUTSIDE).estimate?.point)
    }

    /// A recorded column of a task and variant by update.
    pub fn updates(&self, env: &str, variant: &str, column: &str) -> &[UpdateRow] {
        let key = (env.to_owned(), variant.to_owned(), column.to_owned());
        self.updates.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether any updates are summarised.
    pub fn has_updates(&self) -> bool {
        !self.updates.is_empty()
    }

    /// What a caption says of the sample: tasks, seeds, runs that ended badly
    /// and the file of the experiment.
    pub fn sample(&self) -> String {
        let Manifest {
            experiment,
            tasks,
            seeds,
            ..
        } = &self.manifest;
        let mut text = format!(
            "{}; {} for each variant",
            list(tasks),
            count(seeds.len(), "seed")
        );
        for own in tasks.iter().filter(|task| OUR_OWN.contains(&task.as_str())) {
            text += &format!("; {own} is a task of this laboratory, not Gymnasium's");
        }
        for status in Ending::BAD {
            let runs = self
                .scores
                .iter()
                .filter(|row| row.status == status)
                .count();
            if runs > 0 {
                text += &format!("; {} {status}", count(runs, "run"));
            }
        }
        text + &format!(" (experiments/{experiment}.toml).")
    }

    /// Steps to the threshold of a task under a variant.
    pub fn efficiency(&self, env: &str, variant: &str) -> Option<&Efficiency> {
        let mut all = self.statistics.efficiency.iter();
        all.find(|found| found.env == env && found.variant == variant)
    }

    /// The raw return of the random policy.
    pub fn random(&self, env: &str) -> Option<f64> {
        let mut references = self.statistics.references.iter();
        references
            .find(|task| task.task == env)
            .map(|task| task.returns.random)
    }

    /// Time of a part of an update.
    pub fn cost(&self, env: &str, variant: &str, part: Part) -> Option<&CostRow> {
        let mut costs = self.costs.iter();
        costs.find(|row| row.env == env && row.variant == variant && row.part == part.name())
    }

    /// Seconds that an environment step takes, all parts of updates together.
    pub fn seconds_a_step(&self, env: &str, variant: &str) -> Option<f64> {
        let batch = self.manifest.config(env, variant)?.common.batch as f64;
        let rows = self
            .costs
            .iter()
            .filter(|row| row.env == env && row.variant == variant);
        let update: f64 = rows.map(|row| row.median).sum();
        (update > 0.0).then_some(update / batch)
    }

    /// Says of which tasks and variants times are left out; empty if of none.
    pub fn left_out_as_busy(&self) -> String {
        let cells = self.busy.iter();
        let cells: Vec<String> = cells.map(|(env, v)| format!("{v} on {env}")).collect();
        match cells.is_empty() {
            true => String::new(),
            false => format!(
                " Left out, since the machine was busy with other things: {}.",
                list(&cells)
            ),
        }
    }

    /// The CPUs on which times were measured, with their kernels.
    pub fn machine(&self) -> String {
        let name = |row: &CostRow| format!("{} ({} kernels)", row.cpu, row.kernel);
        let mut names: Vec<String> = self.costs.iter().map(name).collect();
        names.sort();
        names.dedup();
        list(&names)
    }

    /// Sizes of the batches of all runs.
    pub fn batches(&self) -> String {
        let mut sizes: Vec<usize> = self
            .manifest
            .cells
            .iter()
            .map(|c| c.config.common.batch)
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        let sizes: Vec<String> = sizes.iter().map(|&size| number(size as f64, 0)).collect();
        list(&sizes)
    }

    /// Whether updates of some variant vary in length.
    pub fn varies(&self) -> bool {
        let mut cells = self.manifest.cells.iter();
        cells.any(|cell| cell.config.updates().is_none())
    }

    /// How variants differ from what goes by the name of their algorithm, as captions
    /// state it; nothing if none does.
    pub fn departures(&self, variants: &[Drawn]) -> String {
        let departure = |variant: &Drawn| {
            let mut cells = self.manifest.cells.iter();
            let cell = cells.find(|cell| cell.variant == variant.id)?;
            let departure = cell.config.algorithm.departure()?;
            // Where the label says it already, once is enough.
            let is_new = !variant
                .label
                .to_lowercase()
                .contains(&departure.to_lowercase());
            is_new.then(|| format!(" {}: {departure}.", variant.label))
        };
        variants.iter().filter_map(departure).collect()
    }

    /// Environment steps of the runs on `env`.
    pub fn steps(&self, env: &str) -> f64 {
        let cells = self.manifest.cells.iter().filter(|cell| cell.env == env);
        let steps = cells.map(|cell| cell.config.total_steps());
        // Updates that vary in length go beyond.
        let drawn = self.bands.iter().filter(|((task, _), _)| task == env);
        let drawn = drawn.flat_map(|(_, rows)| rows).map(|row| row.step);
        steps.chain(drawn).max().unwrap_or(1) as f64
    }

    /// The trust radii inside which variants on `env` stay, ascending. That of
    /// NPG is none: it sets the length of a step and holds nothing inside.
    pub fn radii(&self, env: &str) -> Vec<Radius> {
        let cells = self.manifest.cells.iter().filter(|cell| cell.env == env);
        let radius = |algorithm: &AlgorithmConfig| {
            let holds = algorithm.step_limit() == Some(StepLimit::TrustRegion);
            let radius = algorithm.trust_radius().filter(|_| holds)?;
            Some(Radius {
                delta: radius.start,
                annealed: radius.anneal,
            })
        };
        let mut radii: Vec<Radius> = cells
            .filter_map(|cell| radius(&cell.config.algorithm))
            .collect();
        radii.sort_by(|a, b| {
            a.delta
                .total_cmp(&b.delta)
                .then(a.annealed.cmp(&b.annealed))
        });
        radii.dedup();
        radii
    }
}
