//! Inside the TRPO step: whether its quadratic model, its conjugate gradient
//! and its line search do what they are there for.

use plotters::style::Color;

use super::axes::{Labels, Panel};
use super::canvas::{self, Canvas, Metadata, Painted, Pen};
use super::data::Summary;
use super::layout::{Grid, Legend};
use super::scale::{Name, Scale};
use super::style::{BAND, DASHED, INK, family, label, pens};
use super::{Caption, Figure, FigureError};
use crate::algo::StepLimit;
use crate::algo::natural::{CG_RESIDUAL, EXPECTED_IMPROVEMENT};
use crate::algo::step::{IMPROVEMENT, OUTCOME};
use crate::algo::trpo::BACKTRACKS;
use crate::columns::{Column, OverSeeds};
use crate::experiment::manifest::Manifest;
use crate::summary::UpdateRow;

const TITLE: &str = "Inside the TRPO step";

/// A row of panels.
struct Facet {
    /// What it shows.
    column: Column,
    /// Of a column of words, that of which the share of runs is shown.
    word: Option<&'static str>,
    /// The name of its axis.
    axis: &'static str,
    /// What stands beside it, in another pen.
    beside: Option<Column>,
    scale: Kind,
}

/// How the scale of a facet is chosen; it is one for all tasks.
enum Kind {
    /// Linear, with 0, around the medians.
    Around,
    /// From 0 to what is found, at least so far.
    From0(f64),
    /// Logarithmic.
    Logarithmic,
}

/// The rows of panels, from above.
const FACETS: &[Facet] = &[
    Facet {
        beside: Some(EXPECTED_IMPROVEMENT),
        ..line(IMPROVEMENT, Kind::Around)
    },
    line(BACKTRACKS, Kind::From0(1.0)),
    line(CG_RESIDUAL, Kind::Logarithmic),
    Facet {
        word: Some("line_search_failed"),
        axis: "Failed searches",
        ..line(OUTCOME, Kind::From0(0.1))
    },
];

/// A column as lines over the updates.
const fn line(column: Column, scale: Kind) -> Facet {
    Facet {
        column,
        word: None,
        axis: column.label,
        beside: None,
        scale,
    }
}

/// The columns that the figure reads.
pub(super) fn columns() -> impl Iterator<Item = Column> {
    let facets = FACETS.iter();
    facets.flat_map(|facet| [Some(facet.column), facet.beside].into_iter().flatten())
}

impl Facet {
    /// The name under which the summary holds it.
    fn summarised(&self) -> String {
        match self.word {
            Some(word) => format!("{}:{word}", self.column.name),
            None => self.column.name.to_owned(),
        }
    }
}

/// How far the scale of the improvement follows the quartiles beyond what the
/// medians span, in spans.
const BEYOND: f64 = 0.5;

/// The variant that is shown: of those whose steps stay inside the trust region
/// the one that bears the name of its algorithm, or else the first.
pub(super) fn variant(manifest: &Manifest) -> Option<&String> {
    let stays_inside = |variant: &&String| {
        let mut cells = manifest.cells.iter();
        let cell = cells.find(|cell| cell.variant == **variant);
        cell.is_some_and(|cell| cell.config.algorithm.step_limit() == Some(StepLimit::TrustRegion))
    };
    let bears_its_name = |variant: &&String| family(manifest, variant) == *variant;
    let all = || manifest.variants.iter().filter(stays_inside);
    all().find(bears_its_name).or_else(|| all().next())
}

/// `None` if no variant's steps stay inside the trust region.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let Some(variant) = variant(manifest) else {
        return Ok(None);
    };
    if manifest.tasks.iter().all(|env| {
        summary
            .updates(env, variant, EXPECTED_IMPROVEMENT.name)
            .is_empty()
    }) {
        return Ok(None);
    }
    let place = manifest
        .variants
        .iter()
        .position(|v| v == variant)
        .unwrap_or(0);
    let pen = Pen {
        dash: &[],
        ..pens(manifest)[place]
    };
    let grid = Grid {
        tasks: manifest.tasks.len(),
        columns: if manifest.tasks.len() == 5 { 5 } else { 4 },
        rows: FACETS.len(),
        panel: match manifest.tasks.len() {
            1 => (420.0, 110.0),
            2 => (320.0, 105.0),
            5 => (152.0, 92.0),
            _ => (196.0, 96.0),
        },
        gap: (28.0, 14.0),
        right: 16.0,
    };
    let mut legend = Legend::default();
    legend.add("actual".to_owned(), pen, manifest.seeds.len() > 1);
    legend.add(
        "expected from the gradient".to_owned(),
        expected_pen(),
        false,
    );
    let svg = canvas::svg(grid.size(&legend), TITLE, metadata, |canvas| {
        for row in 0..FACETS.len() {
            paint_row(canvas, summary, variant, &grid, row, pen)?;
        }
        grid.legend(canvas, &legend)
    })?;
    let (name, sample) = (label(manifest, variant), summary.sample());
    let caption = Caption {
        name: "inside_trpo".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Every update of {name} on {sample} From above: improvement of the surrogate, actual \
             and as expected from its gradient; number of times that the accepted step was \
             shortened; relative residual of the conjugate gradient; share of seeds whose line \
             search found no step. Lines: median over seeds (backtracks: mean over \
             those with an accepted step); bands: quartiles, cut off where they leave the \
             panel. No smoothing."
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

fn expected_pen() -> Pen {
    Pen {
        color: INK.to_rgba(),
        width: 1.2,
        dash: DASHED,
    }
}

/// The values of `lines`, and those of `bands` that are not far from them: one
/// update in thousands, a hundred times the others, would press all of them
/// flat. Bands are cut off at the frame.
fn near(lines: &[f64], bands: impl Iterator<Item = f64>) -> Vec<f64> {
    let low = lines.iter().copied().fold(f64::INFINITY, f64::min);
    let high = lines.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let room = BEYOND * (high - low);
    let bands = bands.filter(|value| (low - room..=high + room).contains(value));
    lines.iter().copied().chain(bands).collect()
}

/// One row of panels, on one scale.
fn paint_row(
    canvas: &Canvas<'_>,
    summary: &Summary,
    variant: &str,
    grid: &Grid,
    row: usize,
    pen: Pen,
) -> Painted {
    let facet = &FACETS[row];
    let column = facet.summarised();
    let tasks = &summary.manifest.tasks;
    let rows = || {
        tasks
            .iter()
            .flat_map(|env| summary.updates(env, variant, &column))
    };
    let beside = |env: &str| match facet.beside {
        Some(column) => summary.updates(env, variant, column.name),
        None => &[],
    };
    let quartiles = |row: &UpdateRow| [row.q25, row.median, row.q75].into_iter().flatten();
    let y = match facet.scale {
        Kind::Around => {
            let others = tasks.iter().flat_map(|env| beside(env));
            let medians = rows().chain(others).filter_map(|row| row.median);
            let lines: Vec<f64> = medians.chain([0.0]).collect();
            Scale::linear(near(&lines, rows().flat_map(quartiles)))
        }
        Kind::From0(least) => {
            let most = rows().map(|row| row.mean).fold(least, f64::max);
            Scale::exactly(0.0, most * 1.05)
        }
        Kind::Logarithmic => Scale::log(rows().flat_map(quartiles)),
    };
    let ticks = match (&facet.scale, facet.word) {
        (_, Some(_)) => Some(y.ticks(3, Name::Percent)),
        (Kind::From0(_), None) => Some(y.ticks(3, Name::Number)),
        _ => None,
    };
    let of_mean = facet.column.over_seeds == OverSeeds::Mean;
    let bottom = row + 1 == FACETS.len();
    for (place, env) in tasks.iter().enumerate() {
        let panel = Panel {
            canvas,
            frame: grid.frame(place, row),
            x: Scale::exactly(0.0, summary.steps(env)),
            y,
        };
        panel.axes(Labels {
            title: (row == 0).then_some(env.as_str()),
            x: (bottom && grid.lowest(place)).then_some("Environment steps"),
            x_numbers: bottom,
            y: grid.first(place).then_some(facet.axis),
            y_numbers: grid.first(place),
            y_ticks: ticks.as_deref(),
            ..Labels::default()
        })?;
        let updates = summary.updates(env, variant, &column);
        let step = |row: &UpdateRow| row.step as f64;
        if facet.word.is_some() {
            // Where no run has the word, the reader is to see that, not nothing.
            let floor = [(0.0, 0.0), (summary.steps(env), 0.0)];
            panel.line(&floor, Pen { width: 1.4, ..pen })?;
            let half = 0.4 * updates.first().map_or(0.0, step);
            let some = updates.iter().filter(|row| row.mean > 0.0);
            let mut bars = some.map(|row| panel.bar(step(row) - half, half, row.mean, pen));
            bars.try_for_each(|bar| bar)?;
            continue;
        }
        let ends = updates
            .iter()
            .filter_map(|row| Some((step(row), row.q25?, row.q75?)));
        if !of_mean {
            panel.band(&ends.collect::<Vec<_>>(), pen, BAND)?;
        }
        let middle = |row: &UpdateRow| match of_mean {
            true => Some((step(row), row.mean)),
            false => Some((step(row), row.median?)),
        };
        let line: Vec<_> = updates.iter().filter_map(middle).collect();
        panel.line(&line, Pen { width: 1.4, ..pen })?;
        if facet.beside.is_some() {
            let line: Vec<_> = beside(env).iter().filter_map(middle).collect();
            panel.line(&line, expected_pen())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlying_quartile_does_not_flatten_the_lines() {
        let bands = [-0.04, 0.12, 0.16, 1.1];
        assert_eq!(
            near(&[0.0, 0.1], bands.into_iter()),
            [0.0, 0.1, -0.04, 0.12]
        );
    }
}
