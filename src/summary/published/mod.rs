//! Scores that others published, from `experiments/published.toml`.
//!
//! The file is part of the program, so that the same program gives the same
//! tables and figures wherever it is called. It names tasks that this build may
//! not have: what others published does not depend on what can be run here.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{SHOWN_VARIANTS, SummaryError};
use crate::experiment::manifest::Manifest;

mod check;
pub mod discounts;
pub mod table;

/// Where the published scores stand.
pub const FILE: &str = "experiments/published.toml";

const TEXT: &str = include_str!("../../../experiments/published.toml");

/// How a number came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Read where it was published.
    Read,
    /// Taken from the paths of the published figure.
    Digitised,
    /// Read off the published graph by somebody else: approximate.
    Secondary,
}

/// The shape that stands for a source in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Like the letter O.
    Circle,
    /// On a side.
    Square,
    /// On a corner.
    Diamond,
}

/// Number of seeds behind a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeds {
    /// So many.
    Number(u64),
    /// The source does not say.
    NotStated,
}

/// Somebody's scores, all made by one protocol.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What tables and legends call it.
    pub label: String,
    /// Where the numbers stand.
    pub citation: String,
    /// How they came here.
    pub how: How,
    /// Which versions of the tasks they are of, for legends.
    pub versions: String,
    /// Seeds behind each.
    pub seeds: Seeds,
    /// What they are scores of, in a few words.
    pub measures: String,
    /// How they were made, in a sentence.
    pub protocol: String,
    /// What `spread` or `interval` of a score is.
    pub spread: Option<String>,
    /// Its shape in learning curves, if it is drawn there.
    pub mark: Option<Mark>,
    /// The scores.
    pub scores: Vec<Score>,
}

/// One published score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The task here that it stands beside.
    pub task: String,
    /// The task for which it was published, with its version.
    pub published: String,
    /// The algorithm here that comes nearest.
    pub algorithm: String,
    /// Environment steps of training.
    pub steps: u64,
    /// The score.
    pub value: f64,
    /// What stands after its ±.
    pub spread: Option<f64>,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
}

/// All sources.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    source: Vec<Source>,
}

impl Published {
    /// Those of this program.
    ///
    /// # Errors
    /// If the file with which the program was built makes no sense.
    pub fn built_in() -> Result<Self, SummaryError> {
        Self::parse(TEXT)
    }

    /// Reads sources from `text`.
    ///
    /// # Errors
    /// If it is not as the head of [`FILE`] says, with the place.
    pub fn parse(text: &str) -> Result<Self, SummaryError> {
        let wrong = |problem: String| SummaryError::Published { problem };
        let published: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        let (mut labels, mut marks) = (BTreeSet::new(), Vec::new());
        for source in &published.source {
            source.check().map_err(wrong)?;
            if !labels.insert(&source.label) {
                return Err(wrong(format!(
                    "two sources are called `{}`; a label must tell them apart",
                    source.label
                )));
            }
            if source.mark.is_some() && marks.contains(&source.mark) {
                return Err(wrong(format!(
                    "source `{}`: another source has the same mark; take a free one of circle, \
                     square and diamond, or none",
                    source.label
                )));
            }
            marks.extend(source.mark.map(Some));
        }
        Ok(published)
    }

    /// The sources, in the order of the file.
    pub fn sources(&self) -> &[Source] {
        &self.source
    }

    /// Scores for `task` and `algorithm`, each with its source, in the order of
    /// the file.
    pub fn of<'a>(
        &'a self,
        task: &'a str,
        algorithm: &'a str,
    ) -> impl Iterator<Item = (&'a Source, &'a Score)> {
        let scores = self.source.iter().flat_map(|source| {
            let each = source.scores.iter();
            each.map(move |score| (source, score))
        });
        scores.filter(move |(_, score)| score.task == task && score.algorithm == algorithm)
    }
}

/// Whether published scores stand beside the variants of an experiment: beside
/// those of a sweep or of a search for settings they would say nothing, and
/// nobody published anything to stand there.
pub fn concerns(manifest: &Manifest) -> bool {
    manifest.analysis.sweeps.is_empty() && manifest.variants.len() <= SHOWN_VARIANTS
}

/// The algorithms of an experiment, each once, in the order of its variants.
pub fn algorithms(manifest: &Manifest) -> Vec<&str> {
    let mut names = Vec::new();
    for variant in &manifest.variants {
        let cell = manifest.cells.iter().find(|cell| cell.variant == *variant);
        let name = cell.map(|cell| cell.config.algorithm.name());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

impl Score {
    /// Whether it is published for another version of the task, or for one that
    /// is not known.
    pub fn is_of_another_version(&self) -> bool {
        self.published != self.task
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::NotStated => f.write_str("not stated"),
        }
    }
}

impl Seeds {
    /// As a phrase: `6 seeds`.
    pub fn phrase(self) -> String {
        match self {
            Self::Number(number) => crate::format::count(number as usize, "seed"),
            Self::NotStated => "seeds not stated".to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl de::Visitor<'_> for Expected {
            type Value = Seeds;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seeds above 0, or \"not stated\"")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seeds, E> {
                let found = u64::try_from(number).ok().filter(|&number| number > 0);
                let other = || E::invalid_value(de::Unexpected::Signed(number), &self);
                found.map(Seeds::Number).ok_or_else(other)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Seeds, E> {
                match text {
                    "not stated" => Ok(Seeds::NotStated),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::references::References;

    #[test]
    fn every_score_has_a_source_a_version_steps_and_seeds() {
        let published = Published::built_in().unwrap();
        let references = References::built_in().unwrap();
        let mut marked = 0;
        for source in published.sources() {
            marked += usize::from(source.mark.is_some());
            for score in &source.scores {
                assert!(references.get(&score.task).is_some(), "{}", score.task);
                assert!(score.steps >= 10_000, "{}: {score:?}", source.label);
                assert!(score.published.contains('v'), "{}: {score:?}", source.label);
            }
        }
        assert_eq!(marked, 3, "more shapes cannot be told apart");
        // A number of each kind, against the paper or page.
        let value = |task, algorithm, label: &str| {
            let mut found = published.of(task, algorithm);
            let (source, score) = found.find(|(source, _)| source.label == label).unwrap();
            (score.value, score.published.as_str(), source.seeds)
        };
        assert_eq!(
            value("Walker2d-v5", "trpo", "OpenAI Baselines"),
            (2342.63, "Walker2d (v1 or v2)", Seeds::Number(6))
        );
        assert_eq!(
            value("Reacher-v5", "npg", "Tianshou"),
            (-4.5, "Reacher-v2", Seeds::Number(10))
        );
        assert_eq!(
            value("Reacher-v5", "trpo", "PPO paper, figure 3"),
            (-115.0, "Reacher-v1", Seeds::NotStated)
        );
        assert_eq!(
            value("Pendulum-v1", "trpo", "RL Baselines3 Zoo"),
            (-174.631, "Pendulum-v1", Seeds::Number(1))
        );
    }

    #[test]
    fn the_seven_tasks_have_scores_of_the_sources_that_are_drawn() {
        let published = Published::built_in().unwrap();
        for task in [
            "HalfCheetah",
            "Hopper",
            "InvertedDoublePendulum",
            "InvertedPendulum",
        ]
        .into_iter()
        .chain(["Reacher", "Swimmer", "Walker2d"])
        {
            for (algorithm, drawn) in [("trpo", 3), ("ppo", 3), ("npg", 1)] {
                let task = format!("{task}-v5");
                let found = published.of(&task, algorithm);
                let found = found
                    .filter(|(source, score)| source.mark.is_some() && score.steps == 1_000_000);
                assert_eq!(found.count(), drawn, "{algorithm} on {task}");
            }
        }
    }
}
