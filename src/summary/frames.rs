//! Tidy tables (one row per run and point of its curve, one per run and update) and
//! what they come to over seeds.
//!
//! Of updates polars groups; the estimates of a group are those of [`stats`](crate::stats),
//! so that each has one definition, and no sum depends on a number of threads.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, DataType, IntoLazy, PolarsResult, Series, col};

use super::curves::{CurvePoint, binned};
use super::{BandRow, CurveRow, Run, SummaryError, UpdateRow};
use crate::columns;
use crate::experiment::references::References;
use crate::stats::{self, Bootstrap};

/// Seed of every bootstrap.
pub(super) const BOOTSTRAP_SEED: u64 = 0;

/// Columns of [`updates`] that say which row it is.
const UPDATE_KEYS: usize = 5;

/// A row for every run and point of its learning curve.
pub(super) fn curves(runs: &[Run<'_>], references: &References) -> Vec<CurveRow> {
    rows_of(without_failed(runs), |run| run.curve(references).points)
}

/// The same of the training return, of runs whose learning curve is that of
/// evaluations.
pub(super) fn training(runs: &[Run<'_>]) -> Vec<CurveRow> {
    let mut runs = without_failed(runs);
    runs.retain(|run| run.record.config.points() > 0);
    rows_of(runs, |run| binned(run.record))
}

pub(super) fn rows_of(
    runs: Vec<&Run<'_>>,
    points: impl Fn(&Run<'_>) -> Vec<CurvePoint>,
) -> Vec<CurveRow> {
    let rows = runs.into_iter().flat_map(|run| {
        let points = points(run).into_iter();
        points.map(|point| CurveRow {
            env: run.env.to_owned(),
            variant: run.variant.to_owned(),
            seed: run.record.seed,
            step: point.at,
            value: point.value,
        })
    });
    rows.collect()
}

/// [`curves`] to six significant digits: more than any picture of them shows,
/// in half the room.
pub(super) fn short_curves(curves: &[CurveRow]) -> Vec<CurveRow> {
    let short = |row: &CurveRow| CurveRow {
        value: row.value.map(six_digits),
        ..row.clone()
    };
    curves.iter().map(short).collect()
}

/// Mean over runs and its interval, by task, variant and point, to six significant
/// digits. Where the steps of a point vary from run to run, it stands at their
/// mean.
pub(super) fn bands(curves: &[CurveRow]) -> Vec<BandRow> {
    let bootstrap = Bootstrap::new(BOOTSTRAP_SEED);
    let average = |sample: &[f64]| stats::mean(sample).unwrap_or(f64::NAN);
    let mut rows = Vec::new();
    // Rows come by cell, and in it by run.
    let cells = curves.chunk_by(|a, b| (&a.env, &a.variant) == (&b.env, &b.variant));
    for cell in cells {
        let runs: Vec<&[CurveRow]> = cell.chunk_by(|a, b| a.seed == b.seed).collect();
        let values: Vec<Vec<Option<f64>>> = runs
            .iter()
            .map(|run| run.iter().map(|row| row.value).collect())
            .collect();
        let intervals = bootstrap.bands(0, &values, average);
        for (point, interval) in intervals.into_iter().enumerate() {
            let present: Vec<f64> = values.iter().filter_map(|run| run[point]).collect();
            let Some(mean) = stats::mean(&present) else {
                continue;
            };
            let steps: Vec<f64> = runs.iter().map(|run| run[point].step as f64).collect();
            rows.push(BandRow {
                env: cell[0].env.clone(),
                variant: cell[0].variant.clone(),
                step: average(&steps).round() as u64,
                n: present.len() as u64,
                mean: six_digits(mean),
                low: interval.map(|interval| six_digits(interval.low)),
                high: interval.map(|interval| six_digits(interval.high)),
            });
        }
    }
    rows
}

/// One row per run and update: `env`, `variant`, `seed`, `update`, `step` and
/// every column of any record, in the order of their first appearance.
pub(super) fn updates(runs: &[Run<'_>]) -> Result<DataFrame, SummaryError> {
    let runs = without_failed(runs);
    let mut update: Vec<u64> = Vec::new();
    let mut steps: Vec<u64> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for run in &runs {
        let curve = &run.record.curve;
        update.extend(0..curve.len() as u64);
        for (name, column) in curve.columns() {
            let length = match column {
                columns::Series::Numbers(numbers) => numbers.len(),
                columns::Series::Words(words) => words.len(),
            };
            if length != curve.len() {
                return Err(unfit(run, name, "has another length than the rest"));
            }
            if name != "step" && !names.contains(&name) {
                names.push(name);
            }
        }
        let made = curve.numbers("step").unwrap_or_default().iter().flatten();
        let before = steps.len();
        steps.extend(made.map(|&step| step as u64));
        if steps.len() - before != curve.len() {
            return Err(unfit(run, "step", "must hold a number for every update"));
        }
    }
    let mut columns = keys(&runs, |run| run.record.curve.len());
    columns.push(Column::new("update".into(), update));
    columns.push(Column::new("step".into(), steps));
    for name in names {
        columns.push(recorded(&runs, name)?);
    }
    Ok(DataFrame::new_infer_height(columns)?)
}

/// The column `name` of every curve, one after the other; null in runs whose
/// algorithm has no such column.
fn recorded(runs: &[&Run<'_>], name: &str) -> Result<Column, SummaryError> {
    let mut numbers: Vec<Option<f64>> = Vec::new();
    let mut words: Vec<Option<&str>> = Vec::new();
    let of_words = |run: &&&Run<'_>| run.record.curve.words(name).is_some();
    if runs.iter().any(|run| of_words(&run)) {
        for run in runs {
            let curve = &run.record.curve;
            match (curve.words(name), curve.numbers(name)) {
                (Some(column), _) => words.extend(column.iter().map(|w| Some(w.as_str()))),
                (None, None) => words.resize(words.len() + curve.len(), None),
                _ => return Err(unfit(run, name, "holds numbers here and words elsewhere")),
            }
        }
        return Ok(Column::new(name.into(), words));
    }
    for run in runs {
        match run.record.curve.numbers(name) {
            Some(column) => numbers.extend(column),
            None => numbers.resize(numbers.len() + run.record.curve.len(), None),
        }
    }
    Ok(Column::new(name.into(), numbers))
}

/// So many updates at most are summarised: the file is committed, and a panel
/// of a figure shows no more.
const SHOWN_UPDATES: u64 = 100;

/// Quantiles over seeds, by task, variant, update and column of `shown`, in the
/// order of the records, where any run has a value; of runs of more than
/// [`SHOWN_UPDATES`] every second, third, ... update. A column of words has a
/// row for each word that the cell ever has, `column:word`, with the share of
/// runs as its mean.
///
/// Where updates vary in length an update stands at the mean of its steps, and ends
/// with the run that makes the fewest: what is left then would jump back.
pub(super) fn updates_summary(
    updates: &DataFrame,
    shown: &[columns::Column],
) -> PolarsResult<Vec<UpdateRow>> {
    let groups = grouped(updates, &["env", "variant", "update"])?;
    let vocabulary = vocabulary(updates)?;
    let mut rows = Vec::new();
    let numbers = groups.column("update")?.u64()?;
    let last = numbers.iter().flatten().max().unwrap_or(0);
    let stride = (last + 1).div_ceil(SHOWN_UPDATES);
    let places = Places::of(&groups)?;
    for (group, update) in numbers.iter().enumerate() {
        let update = update.unwrap_or(0);
        if update % stride != 0 {
            continue;
        }
        let row = UpdateRow {
            env: text(&groups, "env", group),
            variant: text(&groups, "variant", group),
            update,
            step: places.steps[group],
            ..UpdateRow::default()
        };
        if places.is_past_a_run(&row, group) {
            continue;
        }
        for column in &updates.columns()[UPDATE_KEYS..] {
            let name = column.name().as_str();
            if !shown.iter().any(|column| column.name == name) {
                continue;
            }
            let values = list(&groups, name, group)?;
            if column.dtype() != &DataType::String {
                let values: Vec<f64> = values.f64()?.iter().flatten().collect();
                rows.extend(quantiles(&row, name, &values));
                continue;
            }
            let said: Vec<&str> = values.str()?.iter().flatten().collect();
            let known = vocabulary.get(&(row.env.as_str(), row.variant.as_str(), name));
            rows.extend(known.into_iter().flatten().map(|word| UpdateRow {
                column: format!("{name}:{word}"),
                n: said.len() as u64,
                mean: said.iter().filter(|w| *w == word).count() as f64 / said.len() as f64,
                ..row.clone()
            }));
        }
    }
    Ok(rows)
}

/// Where updates stand.
struct Places {
    /// Mean steps of every group.
    steps: Vec<u64>,
    /// Runs in every group.
    runs: Vec<usize>,
    /// By task and variant: the most runs of a group, and whether steps of an update
    /// differ from run to run.
    cells: BTreeMap<(String, String), (usize, bool)>,
}

impl Places {
    fn of(groups: &DataFrame) -> PolarsResult<Self> {
        let mut places = Self {
            steps: Vec::new(),
            runs: Vec::new(),
            cells: BTreeMap::new(),
        };
        for group in 0..groups.height() {
            let steps = list(groups, "step", group)?;
            let steps: Vec<u64> = steps.u64()?.iter().flatten().collect();
            let cell = (text(groups, "env", group), text(groups, "variant", group));
            let (most, varies) = places.cells.entry(cell).or_default();
            *most = steps.len().max(*most);
            *varies |= steps.windows(2).any(|pair| pair[0] != pair[1]);
            let sum: u64 = steps.iter().sum();
            places.steps.push(sum / steps.len().max(1) as u64);
            places.runs.push(steps.len());
        }
        Ok(places)
    }

    /// Whether a run of the cell of `row`, whose updates vary in length, has ended
    /// before this group.
    fn is_past_a_run(&self, row: &UpdateRow, group: usize) -> bool {
        let cell = self.cells.get(&(row.env.clone(), row.variant.clone()));
        cell.is_some_and(|&(most, varies)| varies && self.runs[group] < most)
    }
}

/// `row`, filled with the quantiles of `values` to six significant digits;
/// `None` of no values.
fn quantiles(row: &UpdateRow, column: &str, values: &[f64]) -> Option<UpdateRow> {
    let quantile = |share| stats::quantile(values, share).map(six_digits);
    Some(UpdateRow {
        column: column.to_owned(),
        n: values.len() as u64,
        mean: six_digits(stats::mean(values)?),
        min: quantile(0.0),
        q25: quantile(0.25),
        median: quantile(0.5),
        q75: quantile(0.75),
        max: quantile(1.0),
        ..row.clone()
    })
}

/// The nearest number with six significant digits.
pub(super) fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// A task, a variant and a column of words.
type WordsOf<'a> = (&'a str, &'a str, &'a str);

/// The words that each cell ever has, ascending.
fn vocabulary(updates: &DataFrame) -> PolarsResult<BTreeMap<WordsOf<'_>, BTreeSet<&str>>> {
    let mut found: BTreeMap<WordsOf<'_>, BTreeSet<&str>> = BTreeMap::new();
    let envs = updates.column("env")?.str()?;
    let variants = updates.column("variant")?.str()?;
    for column in &updates.columns()[UPDATE_KEYS..] {
        if column.dtype() != &DataType::String {
            continue;
        }
        for ((env, variant), word) in envs.iter().zip(variants.iter()).zip(column.str()?.iter()) {
            if let (Some(env), Some(variant), Some(word)) = (env, variant, word) {
                let words = found.entry((env, variant, column.name())).or_default();
                words.insert(word);
            }
        }
    }
    Ok(found)
}

/// The groups of rows with the same `keys`, in the order of their first row;
/// every other column becomes one of lists.
fn grouped(frame: &DataFrame, keys: &[&str]) -> PolarsResult<DataFrame> {
    let names = frame.columns().iter().map(|column| column.name().as_str());
    let others = names.filter(|name| !keys.contains(name));
    frame
        .clone()
        .lazy()
        .group_by_stable(keys.iter().map(|&key| col(key)).collect::<Vec<_>>())
        .agg(others.map(col).collect::<Vec<_>>())
        .collect()
}

/// The list in row `row` of a grouped frame.
fn list(groups: &DataFrame, column: &str, row: usize) -> PolarsResult<Series> {
    let lists = groups.column(column)?.list()?;
    Ok(lists.get_as_series(row).unwrap_or_default())
}

/// The text in row `row` of a key column.
fn text(groups: &DataFrame, column: &str, row: usize) -> String {
    let column = groups.column(column).and_then(|column| column.str());
    column
        .ok()
        .and_then(|c| c.get(row))
        .unwrap_or_default()
        .to_owned()
}

/// The columns `env`, `variant` and `seed`, with so many rows for every run.
pub(super) fn keys(runs: &[&Run<'_>], rows: impl Fn(&Run<'_>) -> usize) -> Vec<Column> {
    let each = || {
        runs.iter()
            .flat_map(|run| std::iter::repeat_n(run, rows(run)))
    };
    vec![
        Column::new("env".into(), each().map(|run| run.env).collect::<Vec<_>>()),
        Column::new(
            "variant".into(),
            each().map(|run| run.variant).collect::<Vec<_>>(),
        ),
        Column::new(
            "seed".into(),
            each().map(|run| run.record.seed).collect::<Vec<_>>(),
        ),
    ]
}

pub(super) fn without_failed<'a, 'b>(runs: &'b [Run<'a>]) -> Vec<&'b Run<'a>> {
    runs.iter().filter(|run| !run.failed()).collect()
}

fn unfit(run: &Run<'_>, column: &str, problem: &'static str) -> SummaryError {
    SummaryError::Column {
        run: run.name(),
        column: column.to_owned(),
        problem,
    }
}
