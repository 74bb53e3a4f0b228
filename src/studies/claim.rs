//! Claims of a study, and what its rows say of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AnyStudy, Row, quantity};
use crate::claims::{Answer, Judged, Verdict, verdict};
use crate::experiment;
use crate::experiment::claims::Side;
use crate::format::{count, list, short};
use crate::stats::intervals::t_interval;
use crate::stats::{Interval, mean};
use crate::suggest::{did_you_mean, nearest};

/// Repetitions below which no interval is told.
const FEWEST: usize = 5;

/// Sizes, and factors of ten between the first and the last, that a slope needs.
const SLOPE_OF: (usize, f64) = (6, 1.5);

/// What is claimed of a study.
pub type Claim = experiment::claims::Claim<Part>;

/// One number of a claim, and where it must lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How the number is made of the repetitions.
    pub measure: Measure,
    /// What is measured.
    pub quantity: String,
    /// The case.
    pub x: String,
    /// The case that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Where along the cases; where there is one place only, it need not be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// Where the number must lie.
    #[serde(default)]
    pub side: Side,
    /// Of what.
    #[serde(default)]
    pub bound: f64,
}

/// How a number is made of the repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The mean.
    Mean,
    /// The ratio of x to y, geometric mean.
    Ratio,
    /// The slope of log10 of x on log10 of where along it.
    Slope,
}

/// Refuses a claim of `study` that cannot be judged, or has the name of another.
pub(super) fn check(study: &dyn AnyStudy, others: &[Claim], claim: &Claim) -> Result<(), String> {
    if others.iter().any(|other| other.id == claim.id) {
        return Err(format!(
            "another claim is called `{}` too; give it an `id`",
            claim.id
        ));
    }
    if claim.parts.is_empty() {
        return Err("it has no `[[claim.part]]`: what is measured?".to_owned());
    }
    if claim.figure.is_some() || claim.steps.is_some() {
        return Err(
            "a study has one figure and no steps: leave `figure` and `steps` out".to_owned(),
        );
    }
    for part in &claim.parts {
        let names: Vec<&str> = study.quantities().iter().map(|known| known.name).collect();
        if !names.contains(&part.quantity.as_str()) {
            let meant = did_you_mean(nearest(&part.quantity, names.iter().copied()));
            return Err(format!(
                "a study of kind `{}` has no quantity `{}`{meant}; it has {}",
                study.kind(),
                part.quantity,
                list(&names)
            ));
        }
        match (part.measure, &part.y) {
            (Measure::Ratio, None) => return Err("`ratio` compares: give `y`".to_owned()),
            (Measure::Mean | Measure::Slope, Some(_)) => {
                return Err("only `ratio` compares: leave `y` out".to_owned());
            }
            _ => {}
        }
        if part.side == Side::Within && part.bound <= 0.0 {
            return Err("`within` needs a `bound` above 0".to_owned());
        }
        if part.measure == Measure::Slope && part.at.is_some() {
            return Err("`slope` is along the whole case: leave `at` out".to_owned());
        }
    }
    Ok(())
}

/// What `rows` of a study of this kind say of a claim.
pub(super) fn judged(kind: &str, claim: &Claim, rows: &[Row]) -> Judged {
    let tail = 0.5 * (0.05 / claim.parts.len().max(1) as f64);
    let answers = claim
        .parts
        .iter()
        .map(|part| answer(kind, part, rows, tail));
    let answers: Vec<Answer> = answers.collect();
    Judged {
        id: claim.id.clone(),
        verdict: Verdict::all(answers.iter().map(|answer| answer.verdict)),
        text: claim.text.clone(),
        source: claim.source.clone(),
        figure: Some(kind.to_owned()),
        could_fail: claim.could_fail.clone(),
        answers,
    }
}

fn answer(kind: &str, part: &Part, rows: &[Row], tail: f64) -> Answer {
    let known = quantity(kind, &part.quantity);
    let (meaning, unit) = known.map_or(("", ""), |known| (known.meaning, known.unit));
    let place = part
        .at
        .map(|at| format!(" at {}", short(at)))
        .unwrap_or_default();
    let (what, unit) = match (part.measure, &part.y) {
        (Measure::Mean, _) => (format!("{meaning}, {}{place}", part.x), unit),
        (Measure::Ratio, y) => {
            let y = y.as_deref().unwrap_or_default();
            (format!("{meaning}, {} over {y}{place}", part.x), "")
        }
        (Measure::Slope, _) => (format!("slope of log {meaning}, {}", part.x), ""),
    };
    let asked = Answer {
        what,
        task: None,
        verdict: Verdict::CannotTell,
        value: None,
        interval: None,
        unit: unit.to_owned(),
        side: part.side,
        bound: part.bound,
        note: String::new(),
    };
    match measured(part, rows, tail) {
        Ok((value, interval, strict, n)) => Answer {
            verdict: verdict(part.side, part.bound, interval, strict),
            value: Some(value),
            interval: Some(interval),
            note: format!("of {}", count(n, "repetition")),
            ..asked
        },
        Err(note) => Answer { note, ..asked },
    }
}

/// The number, its 95% interval, the wider one, and of how many repetitions.
fn measured(
    part: &Part,
    rows: &[Row],
    tail: f64,
) -> Result<(f64, Interval, Interval, usize), String> {
    let values = match part.measure {
        Measure::Mean => values(part, &part.x, rows)?,
        Measure::Ratio => {
            let y = values(part, part.y.as_deref().unwrap_or_default(), rows)?;
            let x = values(part, &part.x, rows)?.into_iter();
            x.filter_map(|(repetition, x)| Some((repetition, libm::log(x / y.get(&repetition)?))))
                .collect()
        }
        Measure::Slope => slopes(part, rows)?,
    };
    let all: Vec<f64> = values.into_values().collect();
    if all.len() < FEWEST {
        return Err(format!("{} are too few", count(all.len(), "repetition")));
    }
    let found = mean(&all)
        .zip(t_interval(&all, 0.025))
        .zip(t_interval(&all, tail));
    let ((value, interval), strict) = found.ok_or("there is no mean")?;
    let back = |value: f64| match part.measure {
        Measure::Ratio => libm::exp(value),
        _ => value,
    };
    let ends = |ends: Interval| Interval {
        low: back(ends.low),
        high: back(ends.high),
    };
    Ok((back(value), ends(interval), ends(strict), all.len()))
}

/// A number of each repetition of a case.
fn values(part: &Part, case: &str, rows: &[Row]) -> Result<BTreeMap<u64, f64>, String> {
    let mut found = BTreeMap::new();
    for row in of(part, case, rows) {
        if part.at.is_some_and(|at| at != row.at) {
            continue;
        }
        if found.insert(row.repetition, row.value).is_some() {
            return Err(format!("`{case}` has several places: give `at`"));
        }
    }
    match found.is_empty() {
        true => Err(format!(
            "there is no case `{case}` with this quantity there"
        )),
        false => Ok(found),
    }
}

fn slopes(part: &Part, rows: &[Row]) -> Result<BTreeMap<u64, f64>, String> {
    let mut points: BTreeMap<u64, Vec<[f64; 2]>> = BTreeMap::new();
    for row in of(part, &part.x, rows) {
        let point = [libm::log10(row.at), libm::log10(row.value)];
        points.entry(row.repetition).or_default().push(point);
    }
    let (sizes, decades) = SLOPE_OF;
    let spans = |points: &Vec<[f64; 2]>| {
        let x = || points.iter().map(|[x, _]| *x);
        let ends = [
            x().fold(f64::INFINITY, f64::min),
            x().fold(f64::NEG_INFINITY, f64::max),
        ];
        points.len() >= sizes && ends[1] - ends[0] >= decades
    };
    match points.values().all(spans) {
        true => Ok(points
            .into_iter()
            .map(|(at, points)| (at, slope(&points)))
            .collect()),
        false => Err(format!(
            "a slope needs {sizes} sizes over {} factors of ten",
            short(decades)
        )),
    }
}

/// The slope of least squares.
fn slope(points: &[[f64; 2]]) -> f64 {
    let middle = |place: usize| points.iter().map(|p| p[place]).sum::<f64>() / points.len() as f64;
    let (x, y) = (middle(0), middle(1));
    let products = points.iter().map(|p| (p[0] - x) * (p[1] - y));
    let squares = points.iter().map(|p| (p[0] - x) * (p[0] - x));
    products.sum::<f64>() / squares.sum::<f64>()
}

fn of<'a>(part: &'a Part, case: &'a str, rows: &'a [Row]) -> impl Iterator<Item = &'a Row> {
    let is_of = move |row: &&Row| row.case == case && row.quantity == part.quantity;
    rows.iter().filter(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(measure: Measure) -> Part {
        Part {
            measure,
            quantity: "seconds".to_owned(),
            x: "a".to_owned(),
            y: (measure == Measure::Ratio).then(|| "b".to_owned()),
            at: None,
            side: Side::Above,
            bound: 1.5,
        }
    }

    fn row(case: &str, at: f64, repetition: u64, value: f64) -> Row {
        Row {
            case: case.to_owned(),
            at,
            repetition,
            quantity: "seconds".to_owned(),
            value,
        }
    }

    #[test]
    fn a_ratio_is_of_repetitions_side_by_side_and_geometric() {
        let rows: Vec<Row> = (0..6)
            .flat_map(|r| {
                // Both are slower in later repetitions, the ratio is 2 or 8.
                let drift = f64::from(r + 1);
                let x = if r % 2 == 0 { 2.0 } else { 8.0 };
                [
                    row("a", 0.0, r as u64, x * drift),
                    row("b", 0.0, r as u64, drift),
                ]
            })
            .collect();
        let (value, interval, _, n) = measured(&part(Measure::Ratio), &rows, 0.025).unwrap();
        assert!((value - 4.0).abs() < 1e-12 && n == 6, "{value}");
        // The logarithm is ln 4 -+ t(0.975, 5) ln 2 sqrt(6/5) / sqrt 6.
        let half = 2.570_581_8 * libm::log(2.0) * (1.2_f64 / 6.0).sqrt();
        assert!(
            (interval.high - 4.0 * libm::exp(half)).abs() < 1e-5,
            "{interval:?}"
        );
    }

    #[test]
    fn a_slope_is_that_of_a_power() {
        let sizes = [2e3, 6e3, 2e4, 6e4, 1e5, 2e5];
        let power = |r: u64| {
            sizes.map(move |at: f64| row("a", at, r, 3.0 * at.powf(1.1) * (1.0 + r as f64)))
        };
        let rows: Vec<Row> = (0..5).flat_map(power).collect();
        let (value, ..) = measured(&part(Measure::Slope), &rows, 0.025).unwrap();
        assert!((value - 1.1).abs() < 1e-12, "{value}");
        let few: Vec<Row> = rows.into_iter().filter(|row| row.at < 1e5).collect();
        let problem = measured(&part(Measure::Slope), &few, 0.025).unwrap_err();
        assert!(problem.contains("6 sizes"), "{problem}");
    }

    #[test]
    fn four_repetitions_are_too_few_and_two_places_too_many() {
        let rows: Vec<Row> = (0..4).map(|r| row("a", 1.0, r, 2.0)).collect();
        let problem = measured(&part(Measure::Mean), &rows, 0.025).unwrap_err();
        assert_eq!(problem, "4 repetitions are too few");
        let twice = [row("a", 1.0, 0, 2.0), row("a", 2.0, 0, 2.0)];
        let problem = measured(&part(Measure::Mean), &twice, 0.025).unwrap_err();
        assert!(problem.contains("give `at`"), "{problem}");
    }
}
