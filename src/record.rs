//! What a run leaves behind: one JSON file.
//!
//! Everything but [`Provenance`] is a function of the run's configuration and
//! seed, and the digest covers it.

use std::collections::BTreeMap;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::columns::{Curve, Series};
use crate::config::RunConfig;
use crate::digest::{digest_of, to_json};
use crate::env::gym::About;

/// Version of the layout of a record.
pub const SCHEMA: u32 = 1;

/// Version of the arithmetic. It is raised whenever the bits of a result
/// change; results of different versions are never mixed.
pub const NUMERICS: u32 = 2;

/// Updates covered by one link of the chain of digests.
pub const CHAIN_INTERVAL: usize = 10;

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The complete configuration.
    pub config: RunConfig,
    /// The seed.
    pub seed: u64,
    /// How the run ended.
    pub status: Status,
    /// One entry per update.
    pub curve: Curve,
    /// Every episode that ended during training.
    pub episodes: Episodes,
    /// The final policy; absent unless completed.
    pub evaluation: Option<Evaluation>,
    /// The policy while it trained, in the order of its updates; left out where
    /// there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// [`NUMERICS`].
    pub numerics: u32,
    /// BLAKE3, in hexadecimal, of all of the above.
    pub digest: String,
    /// Where and how fast the run was made; not covered by the digest.
    pub provenance: Provenance,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Status {
    /// All updates were made.
    Completed,
    /// A quantity stopped being finite.
    Diverged {
        /// The update, from 0.
        update: usize,
        /// Which quantity.
        quantity: String,
    },
    /// An error of the program or the machine.
    Failed {
        /// Its message.
        error: String,
    },
}

impl Status {
    /// `completed`, `diverged` or `failed`.
    pub fn name(&self) -> &'static str {
        self.ending().name()
    }

    /// The kind of it alone.
    pub fn ending(&self) -> Ending {
        match self {
            Status::Completed => Ending::Completed,
            Status::Diverged { .. } => Ending::Diverged,
            Status::Failed { .. } => Ending::Failed,
        }
    }
}

/// The kind of a [`Status`], as manifests and tables hold it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// All updates were made.
    #[default]
    Completed,
    /// A quantity stopped being finite.
    Diverged,
    /// An error of the program or the machine stopped the run.
    Failed,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 3] = [Ending::Completed, Ending::Diverged, Ending::Failed];

    /// Those of runs that were not completed.
    pub const BAD: [Ending; 2] = [Ending::Diverged, Ending::Failed];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Completed => "completed",
            Ending::Diverged => "diverged",
            Ending::Failed => "failed",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Every episode that ended during training, in the order of its end (ties:
/// the copy's number). Returns are raw and undiscounted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episodes {
    /// Environment steps made by the whole run, all copies, when it ended.
    pub end_step: Vec<u64>,
    /// Undiscounted sum of raw rewards.
    #[serde(rename = "return")]
    pub returns: Vec<f64>,
    /// Steps of the episode.
    pub length: Vec<u32>,
    /// Those that a fault of the simulation ended; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<EpisodeFault>,
}

/// An episode that a fault of the simulation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeFault {
    /// Its place among the episodes, from 0.
    pub episode: usize,
    /// What went wrong, in words.
    pub problem: String,
}

/// Episodes of a policy that does not change meanwhile, taking the mode of its
/// distribution, or a sample where the configuration says so. Their steps are not
/// steps of the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Undiscounted sum of raw rewards.
    pub returns: Vec<f64>,
    /// Steps of each episode.
    pub lengths: Vec<u32>,
    /// Those that a fault of the simulation ended; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<EpisodeFault>,
}

impl Evaluation {
    /// Mean return.
    pub fn mean_return(&self) -> f64 {
        self.returns.iter().sum::<f64>() / self.returns.len() as f64
    }
}

/// An evaluation while training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Updates made before it.
    pub update: usize,
    /// Environment steps made before it, all copies.
    pub step: u64,
    /// The episodes.
    pub evaluation: Evaluation,
}

/// Where a run was made, and how fast. Nothing here reaches a result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Versions: this crate, git commit, rustc, dfdx.
    pub versions: BTreeMap<String, String>,
    /// Model of the CPU.
    pub cpu: String,
    /// Which kernels ran: `avx512`, `avx2` or `portable`.
    pub kernel: String,
    /// Seconds on the wall.
    pub wall_seconds: f64,
    /// Seconds on the CPU, of the thread that made the run.
    pub cpu_seconds: f64,
    /// Wall seconds by part: collect, advantages, policy, critic, evaluation.
    pub parts: BTreeMap<String, f64>,
    /// Environment steps per second of wall time.
    pub steps_per_second: f64,
    /// Load average of the machine, a core, when the run ended: about the share of
    /// its cores that are busy, above 1 where processes wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// Share of the machine's CPU time that others on its host took during the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stolen: Option<f64>,
    /// The program, by a part of its digest, where a part of the run is not one
    /// that the laboratory brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What the environment said of itself, where it is one of Gymnasium's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gymnasium: Option<About>,
}

impl RunRecord {
    /// BLAKE3 of everything but the digest itself, the provenance and the
    /// text of an error, as compact JSON in the declared order of fields.
    pub fn compute_digest(&self) -> String {
        #[derive(Serialize)]
        struct Digested<'a> {
            schema: u32,
            config: &'a RunConfig,
            seed: u64,
            status: Status,
            curve: &'a Curve,
            episodes: &'a Episodes,
            evaluation: &'a Option<Evaluation>,
            #[serde(skip_serializing_if = "<[Point]>::is_empty")]
            points: &'a [Point],
            numerics: u32,
        }
        let status = match &self.status {
            Status::Failed { .. } => Status::Failed {
                error: String::new(),
            },
            other => other.clone(),
        };
        digest_of(&Digested {
            schema: self.schema,
            config: &self.config,
            seed: self.seed,
            status,
            curve: &self.curve,
            episodes: &self.episodes,
            evaluation: &self.evaluation,
            points: &self.points,
            numerics: self.numerics,
        })
    }

    /// The episodes that a fault of the simulation ended, in training and then
    /// in the evaluations.
    pub fn faults(&self) -> impl Iterator<Item = &EpisodeFault> {
        let while_training = self.points.iter().map(|point| &point.evaluation);
        let evaluations = while_training.chain(&self.evaluation);
        let faults = evaluations.flat_map(|evaluation| &evaluation.faults);
        self.episodes.faults.iter().chain(faults)
    }

    /// [`chain`] of its curve.
    pub fn chain(&self) -> Vec<String> {
        chain(&self.curve)
    }
}

/// 64 bits, in hexadecimal, of the digest of `curve` so far, after every
/// [`CHAIN_INTERVAL`] updates and at its end: where two runs part can be found
/// from these.
pub fn chain(curve: &Curve) -> Vec<String> {
    let updates = curve.len();
    let mut hasher = blake3::Hasher::new();
    let mut links = Vec::new();
    let mut start = 0;
    while start < updates {
        let end = (start + CHAIN_INTERVAL).min(updates);
        for (name, column) in curve.columns() {
            let part = match column {
                Series::Numbers(all) => Series::Numbers(all[start..end].to_vec()),
                Series::Words(all) => Series::Words(all[start..end].to_vec()),
            };
            hasher.update(name.as_bytes());
            hasher.update(&to_json(&part));
        }
        links.push(hasher.finalize().to_hex()[..16].to_owned());
        start = end;
    }
    links
}
