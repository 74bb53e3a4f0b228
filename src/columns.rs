//! What a run records of each update: columns, and the curve that they form.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A quantity that is recorded once an update, under a name that stands in
/// files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in records and tables.
    pub name: &'static str,
    /// Its name in figures.
    pub label: &'static str,
    /// Its unit; empty for a pure number.
    pub unit: &'static str,
    /// What stands for all seeds.
    pub over_seeds: OverSeeds,
}

/// What stands for the values of all seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverSeeds {
    /// The median, between quartiles.
    Median,
    /// The mean: of counts, whose median would hide what is rare.
    Mean,
    /// The share of each word.
    Shares,
}

impl Column {
    /// A number, whose median over seeds is shown.
    pub const fn number(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            unit: "",
            over_seeds: OverSeeds::Median,
        }
    }

    /// A word, of which shares over seeds are shown.
    pub const fn word(name: &'static str, label: &'static str) -> Self {
        Self {
            over_seeds: OverSeeds::Shares,
            ..Self::number(name, label)
        }
    }

    /// The same in `unit`.
    pub const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same with `over_seeds` in place of the median.
    pub const fn over_seeds(self, over_seeds: OverSeeds) -> Self {
        Self { over_seeds, ..self }
    }
}

/// What one update recorded, in the order in which it was set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row(Vec<(&'static str, Value)>);

impl Row {
    /// Adds a column.
    pub fn set(&mut self, column: Column, value: impl Into<Value>) {
        self.0.push((column.name, value.into()));
    }

    /// The same with a further column.
    pub fn with(mut self, column: Column, value: impl Into<Value>) -> Self {
        self.set(column, value);
        self
    }

    /// Adds the columns of `other`.
    pub fn extend(&mut self, other: Row) {
        self.0.extend(other.0);
    }

    /// One row for several with the same columns: the mean of the numbers that
    /// there are, but the largest for the columns of `largest`, and the last word.
    pub fn mean_of(rows: &[Row], largest: &[Column]) -> Row {
        let Some(last) = rows.last() else {
            return Row::default();
        };
        let cells = last.0.iter().map(|(name, value)| {
            if let Value::Word(_) = value {
                return (*name, value.clone());
            }
            let numbers: Vec<f64> = rows.iter().filter_map(|row| row.number(name)).collect();
            let count = numbers.len() as f64;
            let is_largest = largest.iter().any(|column| column.name == *name);
            let number = match numbers.split_first() {
                None => None,
                Some((first, others)) if is_largest => {
                    // NaN goes on, as it does in a sum.
                    let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
                    Some(others.iter().copied().fold(*first, larger))
                }
                Some(_) => Some(numbers.iter().sum::<f64>() / count),
            };
            (*name, Value::Number(number))
        });
        Row(cells.collect())
    }

    /// Names and values.
    pub fn cells(&self) -> &[(&'static str, Value)] {
        &self.0
    }

    /// The number in the column called `name`, if it has one.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.0.iter().find_map(|(found, value)| match value {
            Value::Number(number) if *found == name => *number,
            _ => None,
        })
    }
}

/// What one column of the curve holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a column is a list of numbers and nulls, or of words"
)]
pub enum Series {
    /// Finite numbers; `None` where the quantity does not exist (the mean
    /// return of a batch in which no episode ended).
    Numbers(Vec<Option<f64>>),
    /// Words, such as the outcome of a step.
    Words(Vec<String>),
}

impl Series {
    /// Number of updates.
    fn len(&self) -> usize {
        match self {
            Series::Numbers(numbers) => numbers.len(),
            Series::Words(words) => words.len(),
        }
    }
}

/// One value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// See [`Series::Numbers`].
    Number(Option<f64>),
    /// See [`Series::Words`].
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
pub struct Curve(Vec<(String, Series)>);

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
                        Value::Number(_) => Series::Numbers(Vec::new()),
                        Value::Word(_) => Series::Words(Vec::new()),
                    };
                    (name.to_string(), column)
                })
                .collect();
        }
        assert_eq!(self.0.len(), row.len(), "a row with other columns");
        for ((name, column), (given, value)) in self.0.iter_mut().zip(row) {
            assert_eq!(name, given, "a row with other columns");
            match (column, value) {
                (Series::Numbers(numbers), Value::Number(number)) => numbers.push(*number),
                (Series::Words(words), Value::Word(word)) => words.push((*word).to_owned()),
                _ => panic!("column `{name}` changed its type"),
            }
        }
    }

    /// Number of updates.
    pub fn len(&self) -> usize {
        self.0.first().map_or(0, |(_, column)| column.len())
    }

    /// Whether no update was made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns in their order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Series)> {
        self.0.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// A numeric column by name.
    pub fn numbers(&self, name: &str) -> Option<&[Option<f64>]> {
        self.columns().find_map(|(found, column)| match column {
            Series::Numbers(numbers) if found == name => Some(numbers.as_slice()),
            _ => None,
        })
    }

    /// A column of words by name.
    pub fn words(&self, name: &str) -> Option<&[String]> {
        self.columns().find_map(|(found, column)| match column {
            Series::Words(words) if found == name => Some(words.as_slice()),
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
                let mut columns: Vec<(String, Series)> = Vec::new();
                while let Some((name, column)) = map.next_entry::<String, Series>()? {
                    let updates = columns
                        .first()
                        .map_or(column.len(), |(_, first)| first.len());
                    if column.len() != updates {
                        let message = format!(
                            "column `{name}` has {} entries where the first has {updates}",
                            column.len()
                        );
                        return Err(A::Error::custom(message));
                    }
                    columns.push((name, column));
                }
                Ok(Curve(columns))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Column = Column::number("a", "A");
    const MOST: Column = Column::number("most", "Most");
    const WORD: Column = Column::word("word", "Word");

    fn row(a: Option<f64>, most: f64, word: &'static str) -> Row {
        Row::default().with(A, a).with(MOST, most).with(WORD, word)
    }

    #[test]
    fn one_row_for_several_has_means_and_maxima() {
        let rows = [
            row(Some(1.0), 3.0, "first"),
            row(None, 5.0, "second"),
            row(Some(2.0), 4.0, "third"),
        ];
        assert_eq!(Row::mean_of(&rows, &[MOST]), row(Some(1.5), 5.0, "third"));
        assert_eq!(Row::mean_of(&rows[1..2], &[]), row(None, 5.0, "second"));
        assert_eq!(Row::mean_of(&[], &[]), Row::default());
        let nan = [row(None, f64::NAN, ""), row(None, 1.0, "")];
        assert!(Row::mean_of(&nan, &[MOST]).number("most").unwrap().is_nan());
    }
}
