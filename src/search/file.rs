//! A search with every setting drawn.

use super::Protocol;
use super::rungs::Rung;
use super::space::Key;
use crate::config::RunConfig;
use crate::experiment;
use crate::experiment::file::Experiment;
use crate::experiment::ledger::Usage;
use crate::experiment::plan::{Cell, Plan};
use crate::rng::{Purpose, Rng, Streams};

/// A search.
#[derive(Debug, Clone)]
pub struct Search {
    /// Its file as an experiment: the variants as they are before a search.
    pub experiment: Experiment,
    /// Which keys are searched.
    pub protocol: Protocol,
    /// Of the draw.
    pub seed: u64,
    /// The variants, with their settings.
    pub variants: Vec<Variant>,
    /// The rungs, in their order.
    pub rungs: Vec<Rung>,
}

/// A variant of a search.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The name of its algorithm.
    pub algorithm: String,
    /// The keys that are searched, in the order of the file.
    pub keys: Vec<Key>,
    /// Its settings; number 0 is what the file and the defaults give.
    pub settings: Vec<Setting>,
}

/// One setting of a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Every searched key with its value as TOML writes it.
    pub values: Vec<(String, String)>,
    /// Nominal cost: passes over a row for each environment step, of the critic
    /// and of the policy.
    pub cost: f64,
    /// The complete configuration on each task.
    pub(super) configs: Vec<RunConfig>,
}

impl Variant {
    /// The variant `name` of `plan`, before its keys and settings are known.
    pub(super) fn of(plan: &Plan, name: &str) -> Self {
        let cell = plan.cells.iter().find(|cell| cell.variant == name);
        Self {
            name: name.to_owned(),
            algorithm: cell
                .map_or("", |cell| cell.config.algorithm.name())
                .to_owned(),
            keys: Vec::new(),
            settings: Vec::new(),
        }
    }
}

impl Search {
    /// Every seed that a rung uses, ascending.
    pub fn seeds(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self
            .rungs
            .iter()
            .flat_map(|rung| rung.seeds.clone())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What it does with `seeds`, its own.
    pub fn usage<'a>(&'a self, seeds: &'a [u64]) -> Usage<'a> {
        Usage {
            experiment: &self.experiment.plan.name,
            purpose: experiment::purpose::Purpose::Search,
            tasks: &self.experiment.plan.tasks,
            seeds,
        }
    }

    /// Which of the settings `out` of a variant, which did not reach the last rung,
    /// runs it to see whether that was right; `None` if there is none.
    pub fn audited(&self, variant: &Variant, out: &[usize]) -> Option<usize> {
        let mut rng = stream(self.seed, variant, 1);
        (!out.is_empty()).then(|| out[rng.below(out.len() as u64) as usize])
    }

    /// The runs of rung `number`, from 0: for each variant, by its place, the
    /// settings that take part.
    pub fn plan(&self, number: usize, going: &[Vec<usize>]) -> Plan {
        let (plan, rung) = (&self.experiment.plan, &self.rungs[number]);
        let mut variants = Vec::new();
        let mut cells = Vec::new();
        for (place, task) in plan.tasks.iter().enumerate() {
            for (variant, going) in self.variants.iter().zip(going) {
                for &setting in going {
                    let name = run_name(&variant.name, setting);
                    let mut config = variant.settings[setting].configs[place].clone();
                    config.common.steps = rung.steps(config.common.steps);
                    if place == 0 {
                        variants.push(name.clone());
                    }
                    cells.push(Cell {
                        env: task.clone(),
                        variant: name,
                        config,
                    });
                }
            }
        }
        Plan {
            name: Self::rung_name(number),
            seeds: rung.seeds.clone(),
            variants,
            cells,
            ..plan.clone()
        }
    }

    /// The name of rung `number`, from 0, and of the folder of its records in that of the
    /// search.
    pub fn rung_name(number: usize) -> String {
        format!("rung-{}", number + 1)
    }

    /// As many settings of each variant as take part in rung `number`, from 0: the first ones,
    /// since which they will be is known only when the rungs before it are closed.
    pub fn expected(&self, number: usize) -> Vec<Vec<usize>> {
        let of = |variant: &Variant| {
            let all = variant.settings.len();
            let came = match number {
                0 => all,
                _ => self.rungs[number - 1].keep,
            };
            // An audit more on the last of several.
            let audit = usize::from(number > 0 && number + 1 == self.rungs.len());
            (0..(came + audit).min(all)).collect()
        };
        self.variants.iter().map(of).collect()
    }

    /// Environment steps of rung `number` of these settings.
    pub fn steps(&self, number: usize, going: &[Vec<usize>]) -> u64 {
        let plan = self.plan(number, going);
        let of_cells = plan.cells.iter().map(|cell| cell.config.total_steps());
        of_cells.sum::<u64>() * plan.seeds.len() as u64
    }
}

/// The name of a setting among the runs of a rung.
pub fn run_name(variant: &str, setting: usize) -> String {
    format!("{variant}-{setting:02}")
}

/// What a variant draws: its settings (index 0), and its audit (1). It depends on
/// the name of the variant and on no other variant.
pub(super) fn stream(seed: u64, variant: &Variant, index: u32) -> Rng {
    Streams::new(seed, &format!("search {}", variant.name)).stream(Purpose::Search, index)
}
