//! What is known of an environment of Gymnasium without asking it again: how it was
//! made, its spaces, its versions. It stands in manifests and in records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::env::{ActionSpace, Spec};

/// What `gymnasium.make` is given beside the name, and where episodes are cut. The part
/// of a configuration that makes the environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MadeWith {
    /// Arguments of the environment, by name.
    pub args: Arguments,
    /// Steps after which an episode is truncated, instead of the environment's own
    /// limit.
    pub time_limit: Option<u32>,
}

/// Arguments of an environment, by name.
pub type Arguments = BTreeMap<String, Argument>;

/// An argument of an environment: whatever TOML can say, but for dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "an argument is true or false, a number, a text, a list or a table"
)]
pub enum Argument {
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Integer(i64),
    /// A `float`, finite.
    Number(f64),
    /// A `str`.
    Text(String),
    /// A `list`.
    List(Vec<Argument>),
    /// A `dict`.
    Table(Arguments),
}

impl Argument {
    /// Whether every number in it is finite: JSON has no others.
    pub fn is_finite(&self) -> bool {
        match self {
            Argument::Number(number) => number.is_finite(),
            Argument::List(list) => list.iter().all(Self::is_finite),
            Argument::Table(table) => table.values().all(Self::is_finite),
            _ => true,
        }
    }
}

/// What an environment said of itself when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Its space of observations, as Gymnasium writes it.
    pub observations: String,
    /// Numbers of an observation, flattened by `gymnasium.spaces.flatten`.
    pub observation_dim: usize,
    /// Its space of actions.
    pub actions: Bounds,
    /// Steps after which an episode is truncated.
    pub time_limit: u32,
    /// Versions of Python, Gymnasium, numpy and what else it is made of.
    pub versions: BTreeMap<String, String>,
    /// The Python module of its class.
    pub module: String,
    /// SHA-256, in hexadecimal, of the file of that module, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_sha256: Option<String>,
}

/// A space of actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Bounds {
    /// A choice of so many.
    Discrete {
        /// Number of choices.
        count: usize,
    },
    /// A box of real vectors.
    Box {
        /// Smallest value of each component; null where there is none.
        low: Vec<Option<f32>>,
        /// Largest value of each component; null where there is none.
        high: Vec<Option<f32>>,
    },
}

impl Bounds {
    /// The same, as tasks have it.
    pub fn space(&self) -> ActionSpace {
        let or = |bounds: &[Option<f32>], none: f32| {
            let bound = |bound: &Option<f32>| bound.unwrap_or(none);
            bounds.iter().map(bound).collect()
        };
        match self {
            Bounds::Discrete { count } => ActionSpace::Discrete(*count),
            Bounds::Box { low, high } => ActionSpace::Box {
                low: or(low, f32::NEG_INFINITY),
                high: or(high, f32::INFINITY),
            },
        }
    }
}

/// Half-widths of a box of actions within which a policy whose actions have a standard
/// deviation of 1 at the beginning both explores and is not mostly clipped.
const USUAL: std::ops::RangeInclusive<f32> = 0.1..=10.0;

impl About {
    /// What is fixed about the task called `id`.
    pub fn spec(&self, id: &str) -> Spec {
        Spec::new(
            id.to_owned(),
            self.observation_dim,
            self.actions.space(),
            self.time_limit,
        )
    }

    /// What somebody who trains on it should know: that its actions have a scale to
    /// which no policy of ours begins.
    pub fn warning(&self, id: &str) -> Option<String> {
        let ActionSpace::Box { low, high } = self.actions.space() else {
            return None;
        };
        let mut halves = low.iter().zip(&high).map(|(low, high)| (high - low) / 2.0);
        let unusual = halves.find(|half| !USUAL.contains(half))?;
        Some(format!(
            "{id}: a component of its actions has the half-width {unusual}, and policies begin \
             with a standard deviation of 1; `gymnasium.wrappers.RescaleAction(env, -1.0, 1.0)` \
             in an environment of your own rescales it, or set `log_std`"
        ))
    }

    /// Its versions in a line.
    pub fn versions(&self) -> String {
        let each = self.versions.iter();
        let each: Vec<String> = each.map(|(name, v)| format!("{name} {v}")).collect();
        each.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(low: Option<f32>, high: Option<f32>) -> About {
        About {
            observations: "Box".to_owned(),
            observation_dim: 3,
            actions: Bounds::Box {
                low: vec![Some(-1.0), low],
                high: vec![Some(1.0), high],
            },
            time_limit: 200,
            versions: BTreeMap::new(),
            module: "m".to_owned(),
            module_sha256: None,
        }
    }

    #[test]
    fn unusual_widths_are_warned_of_with_the_wrapper() {
        assert_eq!(about(Some(-2.0), Some(2.0)).warning("gym:X"), None);
        for (low, high, shown) in [
            (Some(-0.05), Some(0.05), "0.05"),
            (Some(-50.0), Some(50.0), "50"),
            (None, Some(1.0), "inf"),
        ] {
            let warning = about(low, high).warning("gym:X").unwrap();
            assert!(
                warning.contains(&format!("half-width {shown},")),
                "{warning}"
            );
            assert!(warning.contains("RescaleAction"), "{warning}");
        }
    }

    #[test]
    fn what_was_said_survives_a_file() {
        let said = about(None, Some(0.1));
        let written = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<About>(&written).unwrap(), said);
        let ActionSpace::Box { low, .. } = said.spec("gym:X").actions else {
            panic!("{written}");
        };
        assert_eq!(low, [-1.0, f32::NEG_INFINITY]);
    }

    #[test]
    fn arguments_keep_their_kind() {
        let text = r#"{"a":true,"b":1,"c":1.0,"d":"x","e":[1,2.5],"f":{"g":false}}"#;
        let arguments: Arguments = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&arguments).unwrap(), text);
        assert!(arguments.values().all(Argument::is_finite));
        let list = Argument::List(vec![Argument::Number(f64::INFINITY)]);
        assert!(!list.is_finite());
    }
}
