//! The estimates over all tasks as values: an entry of [`AGGREGATES`] each.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::aggregate::{self, task_means};
use super::estimates::quantile_in_place;
use super::matrix::Matrix;
use super::resample::Ascending;

/// An estimate over all tasks.
#[derive(Clone, Copy)]
pub struct Statistic {
    /// Its name in files.
    pub name: &'static str,
    /// Its name in tables and figures.
    pub label: &'static str,
    /// What it is, for captions; empty where the words of another say it.
    pub meaning: &'static str,
    /// The name of its axis; of most it is that of the score.
    pub axis: Option<&'static str>,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Its place in figures, from the left.
    pub place: usize,
    /// Its value of normalised scores.
    pub of: fn(&Matrix) -> f64,
    /// Its value of a resample, where there is a quicker way to it.
    pub of_resample: Option<fn(&mut Resample<'_>) -> f64>,
}

/// Every estimate, in the order of files and tables.
pub const AGGREGATES: &[Statistic] = &[MEAN, MEDIAN, IQM, OPTIMALITY_GAP];

/// How many there are.
pub const COUNT: usize = AGGREGATES.len();

/// Mean over tasks of the mean over runs.
pub const MEAN: Statistic = Statistic {
    name: "mean",
    label: "mean",
    meaning: "",
    axis: None,
    lower_is_better: false,
    place: 2,
    of: aggregate::mean,
    of_resample: Some(|resample| {
        let means = &resample.task_means;
        means.iter().sum::<f64>() / means.len() as f64
    }),
};

/// Median over tasks of the mean over runs.
pub const MEDIAN: Statistic = Statistic {
    name: "median",
    label: "median",
    meaning: "median and mean: over tasks, of the means over runs",
    axis: None,
    lower_is_better: false,
    place: 1,
    of: aggregate::median,
    of_resample: Some(|resample| {
        quantile_in_place(resample.task_means, 0.5).expect("a matrix has tasks")
    }),
};

/// Interquartile mean of all scores.
pub const IQM: Statistic = Statistic {
    name: "iqm",
    label: "IQM",
    meaning: "IQM: mean of the middle half of all runs",
    axis: None,
    lower_is_better: false,
    place: 0,
    of: aggregate::iqm,
    of_resample: Some(|resample| resample.ascending.iqm(resample.times)),
};

/// How far scores stay below 1 on average.
pub const OPTIMALITY_GAP: Statistic = Statistic {
    name: "optimality_gap",
    label: "optimality gap",
    meaning: "optimality gap: how far runs stay below 1 on average",
    axis: Some("Missing to 1"),
    lower_is_better: true,
    place: 3,
    of: |scores| aggregate::optimality_gap(scores, 1.0),
    of_resample: None,
};

/// One resample of the scores of one algorithm.
pub struct Resample<'a> {
    /// The scores, in the order in which they were drawn.
    pub scores: &'a Matrix,
    /// Their means over runs by task, in any order.
    pub(super) task_means: &'a mut Vec<f64>,
    /// The sample in ascending order, and how often each score was drawn.
    pub(super) ascending: &'a Ascending,
    pub(super) times: &'a [u32],
}

impl Statistic {
    pub(super) fn of_drawn(&self, resample: &mut Resample<'_>) -> f64 {
        match self.of_resample {
            Some(quick) => quick(resample),
            None => (self.of)(resample.scores),
        }
    }
}

/// All estimates of one algorithm, in the order of [`AGGREGATES`]. In JSON an
/// object by their names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aggregates<T = f64>(pub(super) [T; COUNT]);

impl Aggregates {
    /// Those of `scores`.
    pub fn of(scores: &Matrix) -> Self {
        Self(std::array::from_fn(|place| (AGGREGATES[place].of)(scores)))
    }
}

impl<T> Aggregates<T> {
    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T: Copy> Aggregates<T> {
    /// One of them.
    ///
    /// # Panics
    /// If `statistic` is not one of [`AGGREGATES`].
    pub fn get(&self, statistic: &Statistic) -> T {
        let place = AGGREGATES.iter().position(|s| s.name == statistic.name);
        self.0[place.expect("an entry of AGGREGATES")]
    }
}

impl<T: Serialize> Serialize for Aggregates<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(COUNT))?;
        for (statistic, value) in AGGREGATES.iter().zip(&self.0) {
            map.serialize_entry(statistic.name, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de> + Copy> Deserialize<'de> for Aggregates<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Copy> Visitor<'de> for ByName<T> {
            type Value = Aggregates<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with every estimate by its name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found: BTreeMap<String, T> = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    found.insert(name, value);
                }
                let mut values = Vec::new();
                for statistic in AGGREGATES {
                    let value = found.get(statistic.name);
                    values.push(*value.ok_or_else(|| de::Error::missing_field(statistic.name))?);
                }
                let values = values.try_into();
                // One for each was pushed.
                Ok(Aggregates(values.unwrap_or_else(|_| unreachable!())))
            }
        }
        deserializer.deserialize_map(ByName(PhantomData))
    }
}

/// The means over runs of a resample, in the room of `means`.
pub(super) fn means_into(scores: &Matrix, means: &mut Vec<f64>) {
    means.clear();
    means.extend(task_means(scores));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_written_by_their_names_and_read_back() {
        let scores = Matrix::new(&[[0.0, 1.0], [0.5, 0.5]]).unwrap();
        let all = Aggregates::of(&scores);
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(
            text,
            r#"{"mean":0.5,"median":0.5,"iqm":0.5,"optimality_gap":0.5}"#
        );
        assert_eq!(serde_json::from_str::<Aggregates>(&text).unwrap(), all);
        let less = serde_json::from_str::<Aggregates>(r#"{"mean":0.5}"#).unwrap_err();
        assert!(less.to_string().contains("median"), "{less}");
    }

    #[test]
    fn names_and_places_stand_once() {
        for (number, one) in AGGREGATES.iter().enumerate() {
            for other in &AGGREGATES[..number] {
                assert!(
                    one.name != other.name && one.place != other.place,
                    "{}",
                    one.name
                );
            }
        }
    }
}
