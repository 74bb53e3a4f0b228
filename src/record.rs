//! What a run leaves behind: one JSON file.
//!
//! Everything but [`Provenance`] is a function of the run's configuration and
//! seed, and the digest covers it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::RunConfig;

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
    /// The final policy, acting deterministically; absent unless completed.
    pub evaluation: Option<Evaluation>,
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
        match self {
            Status::Completed => "completed",
            Status::Diverged { .. } => "diverged",
            Status::Failed { .. } => "failed",
        }
    }
}

/// One column of the curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// Finite numbers; `None` where the quantity does not exist (the mean
    /// return of a batch in which no episode ended).
    Numbers(Vec<Option<f64>>),
    /// Words, such as the outcome of a step.
    Words(Vec<String>),
}

/// One value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// See [`Column::Numbers`].
    Number(Option<f64>),
    /// See [`Column::Words`].
    Word(&'static str),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(Some(number))
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        Value::Number(number)
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Value::Word(word)
    }
}

/// Columns by update, in a fixed order. In JSON: an object of arrays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve(Vec<(String, Column)>);

impl Curve {
    /// Appends one update. The first row decides the columns.
    ///
    /// # Panics
    /// If a later row has other columns, which is an error of the algorithm.
    pub fn push(&mut self, row: &[(&'static str, Value)]) {
        if self.0.is_empty() {
            self.0 = row
                .iter()
                .map(|(name, value)| {
                    let column = match value {
                        Value::Number(_) => Column::Numbers(Vec::new()),
                        Value::Word(_) => Column::Words(Vec::new()),
                    };
                    (name.to_string(), column)
                })
                .collect();
        }
        assert_eq!(self.0.len(), row.len(), "a row with other columns");
        for ((name, column), (given, value)) in self.0.iter_mut().zip(row) {
            assert_eq!(name, given, "a row with other columns");
            match (column, value) {
                (Column::Numbers(numbers), Value::Number(number)) => numbers.push(*number),
                (Column::Words(words), Value::Word(word)) => words.push((*word).to_owned()),
                _ => panic!("column `{name}` changed its type"),
            }
        }
    }

    /// Number of updates.
    pub fn len(&self) -> usize {
        self.0.first().map_or(0, |(_, column)| match column {
            Column::Numbers(numbers) => numbers.len(),
            Column::Words(words) => words.len(),
        })
    }

    /// Whether no update was made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns in their order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.0.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// A numeric column by name.
    pub fn numbers(&self, name: &str) -> Option<&[Option<f64>]> {
        self.columns().find_map(|(found, column)| match column {
            Column::Numbers(numbers) if found == name => Some(numbers.as_slice()),
            _ => None,
        })
    }

    /// A column of words by name.
    pub fn words(&self, name: &str) -> Option<&[String]> {
        self.columns().find_map(|(found, column)| match column {
            Column::Words(words) if found == name => Some(words.as_slice()),
            _ => None,
        })
    }
}

impl Serialize for Curve {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, column) in &self.0 {
            map.serialize_entry(name, column)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Curve {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Curve;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of columns")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Curve, A::Error> {
                let mut columns = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    columns.push(entry);
                }
                Ok(Curve(columns))
            }
        }
        deserializer.deserialize_map(InOrder)
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

/// Episodes of the final policy, taking the mode of its distribution.
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
            numerics: self.numerics,
        })
    }

    /// The episodes that a fault of the simulation ended, in training and then
    /// in the evaluation.
    pub fn faults(&self) -> impl Iterator<Item = &EpisodeFault> {
        let evaluation = self.evaluation.iter().flat_map(|e| &e.faults);
        self.episodes.faults.iter().chain(evaluation)
    }

    /// 64 bits, in hexadecimal, of the digest of the curve so far, after every
    /// [`CHAIN_INTERVAL`] updates and at the end: where two runs part can be
    /// found from these.
    pub fn chain(&self) -> Vec<String> {
        let updates = self.curve.len();
        let mut hasher = blake3::Hasher::new();
        let mut links = Vec::new();
        let mut start = 0;
        while start < updates {
            let end = (start + CHAIN_INTERVAL).min(updates);
            for (name, column) in self.curve.columns() {
                let part = match column {
                    Column::Numbers(all) => Column::Numbers(all[start..end].to_vec()),
                    Column::Words(all) => Column::Words(all[start..end].to_vec()),
                };
                hasher.update(name.as_bytes());
                hasher.update(&to_json(&part));
            }
            links.push(hasher.finalize().to_hex()[..16].to_owned());
            start = end;
        }
        links
    }
}

/// BLAKE3, in hexadecimal, of a value as compact JSON.
pub fn digest_of(value: &impl Serialize) -> String {
    blake3::hash(&to_json(value)).to_hex().to_string()
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Writing to memory cannot fail, and these types have string keys only.
    serde_json::to_vec(value).expect("plain data serialises")
}
