//! The manifest of an experiment's results: which runs, from which code, with
//! which digests. It is committed; the records are not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{Analysis, Cell, Metric, Plan};
use crate::config::RunConfig;
use crate::env::gym::About;
use crate::record::{Ending, NUMERICS, RunRecord};

/// What stands in `results/<experiment>/manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of the experiment: that of its file.
    pub experiment: String,
    /// What it asks, in a sentence.
    pub title: String,
    /// The score named before running.
    pub headline: Metric,
    /// What else it asks of its runs; left out where the file says nothing.
    #[serde(default, skip_serializing_if = "Analysis::is_default")]
    pub analysis: Analysis,
    /// By task, what environments of Gymnasium said of themselves: spaces, time limit,
    /// versions, the digest of their module; left out where there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gymnasium: BTreeMap<String, About>,
    /// Git commit of the code that made the results, with `-dirty` appended
    /// where the working tree differed from it; `unknown` outside git.
    pub commit: String,
    /// Version of this crate.
    pub version: String,
    /// [`crate::record::NUMERICS`].
    pub numerics: u32,
    /// Seeds that were run, ascending.
    pub seeds: Vec<u64>,
    /// Tasks, in the order of the experiment file.
    pub tasks: Vec<String>,
    /// Variants, in the order of the experiment file.
    pub variants: Vec<String>,
    /// The complete configuration of every task and variant, tasks outermost.
    pub cells: Vec<Cell>,
    /// One entry per run: tasks outermost, then variants, then seeds. All that were
    /// planned, but of an early look at an experiment those that stood.
    pub runs: Vec<RunEntry>,
}

/// One run, with what is needed to check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEntry {
    /// Task.
    pub env: String,
    /// Variant.
    pub variant: String,
    /// Seed.
    pub seed: u64,
    /// How it ended.
    pub status: Ending,
    /// Digest of the record.
    pub digest: String,
    /// [`RunRecord::chain`].
    pub chain: Vec<String>,
}

impl RunEntry {
    /// The entry of a record made under `variant`.
    pub fn new(variant: &str, record: &RunRecord) -> Self {
        Self {
            env: record.config.env.clone(),
            variant: variant.to_owned(),
            seed: record.seed,
            status: record.status.ending(),
            digest: record.digest.clone(),
            chain: record.chain(),
        }
    }
}

impl Manifest {
    /// The manifest of what was planned, with these runs, made by the code of
    /// `commit`.
    pub fn new(plan: &Plan, commit: String, runs: Vec<RunEntry>) -> Self {
        Self {
            experiment: plan.name.clone(),
            title: plan.title.clone(),
            headline: plan.headline,
            analysis: plan.analysis.clone(),
            gymnasium: plan.gymnasium.clone(),
            commit,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            numerics: NUMERICS,
            seeds: plan.seeds.clone(),
            tasks: plan.tasks.clone(),
            variants: plan.variants.clone(),
            cells: plan.cells.clone(),
            runs,
        }
    }

    /// How many runs were planned: every cell under every seed.
    pub fn planned(&self) -> usize {
        self.cells.len() * self.seeds.len()
    }

    /// Whether all runs that were planned are listed. Those of an early look at an
    /// experiment are not.
    pub fn is_complete(&self) -> bool {
        self.runs.len() >= self.planned()
    }

    /// Whether its runs are those of `plan`.
    pub fn is_of(&self, plan: &Plan) -> bool {
        (&self.cells, &self.seeds) == (&plan.cells, &plan.seeds)
    }

    /// The cells of which no run is listed.
    pub fn without_runs(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| self.runs_of(cell) == 0)
    }

    /// The runs that every cell has at least.
    pub fn fewest_runs(&self) -> usize {
        let counts = self.cells.iter().map(|cell| self.runs_of(cell));
        counts.min().unwrap_or(0)
    }

    fn runs_of(&self, cell: &Cell) -> usize {
        let is_its = |run: &&RunEntry| run.env == cell.env && run.variant == cell.variant;
        self.runs.iter().filter(is_its).count()
    }

    /// Whether `other` differs at most in the commit that made it.
    pub fn has_same_results(&self, other: &Self) -> bool {
        let commit = self.commit.clone();
        *self
            == Self {
                commit,
                ..other.clone()
            }
    }

    /// How many of `runs` have the digest that stands here, and how many there
    /// are.
    pub fn agreement(&self, runs: &[RunEntry]) -> (usize, usize) {
        let equal = runs.iter().filter(|run| {
            self.runs.iter().any(|standing| {
                (
                    &standing.env,
                    &standing.variant,
                    standing.seed,
                    &standing.digest,
                ) == (&run.env, &run.variant, run.seed, &run.digest)
            })
        });
        (equal.count(), runs.len())
    }

    /// The configuration of `variant` on `env`.
    pub fn config(&self, env: &str, variant: &str) -> Option<&RunConfig> {
        self.cells
            .iter()
            .find(|cell| cell.env == env && cell.variant == variant)
            .map(|cell| &cell.config)
    }

    /// BLAKE3 of the manifest as compact JSON, in hexadecimal.
    pub fn digest(&self) -> String {
        crate::digest::digest_of(self)
    }
}
