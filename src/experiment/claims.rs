//! Claims: what an experiment is asked, with the answer that would refute it, as
//! data of its file.
//!
//! ```toml
//! [[claim]]
//! id = "ppo-leaves"                # else made from the text
//! text = "PPO leaves the trust region of TRPO."
//! source = "Schulman et al. 2017"  # where it is said
//! figure = "trust_region"          # which shows it
//! could_fail = "PPO stays inside in all updates"
//!
//! [[claim.part]]                   # all of them must hold
//! measure = "share"
//! of = "outside"
//! x = "ppo"
//! side = "above"                   # the default, of 0
//! ```

use serde::{Deserialize, Serialize};

use super::metric::Metric;

/// What is claimed, and how it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim<P = Part> {
    /// Its name, which no other has.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The claim, as a sentence.
    pub text: String,
    /// Where it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Name of the figure that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// What would refute it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub could_fail: Option<String>,
    /// Environment steps of a run that it is about: of shorter runs it is not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// It holds if all of them hold.
    #[serde(rename = "part")]
    pub parts: Vec<P>,
}

impl<P> Claim<P> {
    /// With a name, made of the text where it has none.
    pub fn named(mut self) -> Self {
        if self.id.is_empty() {
            self.id = name_of(&self.text);
        }
        self
    }
}

/// One number of a claim, and where it must lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the measure.
    pub measure: String,
    /// The variant that is measured, or the sweep.
    pub x: String,
    /// The variant that it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Which score of a run; the headline score of the experiment if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Metric>,
    /// On which tasks; on all of them if none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Whether it is one number over the tasks, normalised where returns are
    /// measured, or one for each of them.
    #[serde(default)]
    pub over: bool,
    /// Where the number must lie.
    #[serde(default)]
    pub side: Side,
    /// Of what.
    #[serde(default)]
    pub bound: Bound,
    /// Of `share`: a share that every summary holds, such as `outside`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Of `share` and `largest`: a column that updates record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Its unit: `delta`, the trust radius of the task; else as it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Of `share`: counted are updates whose column is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Of `share`: counted are updates whose column is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// Of `diagnosed`: what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Of `diagnosed`: at the policy after so many updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<usize>,
}

/// On which side of its bound a number must lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Above it.
    #[default]
    Above,
    /// Below it.
    Below,
    /// Between it and its negative.
    Within,
}

/// A bound: a number, or the margin of the task and its negative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a bound is a number, \"margin\" or \"-margin\"")]
pub enum Bound {
    /// A number in the unit of the measure.
    Number(f64),
    /// In margins.
    Margin(Margin),
}

/// The margin of the task, or that over tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Margin {
    /// The margin.
    #[serde(rename = "margin")]
    Plus,
    /// Its negative.
    #[serde(rename = "-margin")]
    Minus,
}

impl Default for Bound {
    fn default() -> Self {
        Bound::Number(0.0)
    }
}

impl Bound {
    /// It as a number, where the margin is `margin`.
    pub fn value(&self, margin: f64) -> f64 {
        match self {
            Bound::Number(number) => *number,
            Bound::Margin(Margin::Plus) => margin,
            Bound::Margin(Margin::Minus) => -margin,
        }
    }
}

/// The unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The trust radius of the task, at that point of a run.
    Delta,
}

/// A name made from a text: its words in small letters, joined by `-`.
pub fn name_of(text: &str) -> String {
    let letters = text.chars().map(|c| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => ' ',
    });
    let letters: String = letters.collect();
    let words: Vec<&str> = letters.split_whitespace().take(8).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lines_are_a_claim() {
        #[derive(Deserialize)]
        struct File {
            claim: Vec<Claim>,
        }
        let file: File = toml::from_str(
            "[[claim]]\ntext = \"TRPO beats PPO!\"\n\
             part = [{ measure = \"difference\", x = \"trpo\", y = \"ppo\", bound = \"-margin\" }]\n",
        )
        .unwrap();
        let claim = &file.claim[0];
        assert_eq!(name_of(&claim.text), "trpo-beats-ppo");
        let part = &claim.parts[0];
        assert_eq!((part.side, part.bound.value(5.0)), (Side::Above, -5.0));
        let wrong = toml::from_str::<File>(
            "[[claim]]\ntext = \"t\"\npart = [{ measure = \"m\", x = \"x\", bound = \"large\" }]\n",
        );
        let message = wrong.err().unwrap().to_string();
        assert!(message.contains("a bound is a number"), "{message}");
    }
}
