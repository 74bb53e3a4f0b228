//! Learning curves: a panel for every task, a line for every variant.

use plotters::style::Color;

use super::axes::{Labels, Panel};
use super::canvas::{self, Metadata, Painted, Pen};
use super::data::{RunLine, Summary};
use super::layout::{Grid, Legend};
use super::marks::Marks;
use super::scale::Scale;
use super::style::{BAND, BANDS_UP_TO, FAILED, RUN, shown};
use super::{Caption, Figure, FigureError};
use crate::summary::curves::rule;

const TITLE: &str = "Learning curves";

/// `None` if no episode of any run ended.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let variants = shown(manifest, |env, variant| {
        !summary.band(env, variant).is_empty()
    });
    if variants.is_empty() {
        return Ok(None);
    }
    let banded = variants.len() <= BANDS_UP_TO && manifest.seeds.len() > 1;
    let marks = Marks::of(summary)?;
    let grid = grid(manifest.tasks.len(), marks.strip());
    let mut legend = Legend::of_variants(&summary.manifest, &variants, banded);
    let runs = |env: &str, variant: &str| match banded {
        true => summary.runs(env, variant),
        false => &[],
    };
    let drawn = || {
        let cells = manifest.cells.iter();
        cells.flat_map(|cell| runs(&cell.env, &cell.variant))
    };
    let has_runs = drawn().next().is_some();
    let has_failures = drawn().any(|run| run.has_failed);
    if has_failures {
        legend.add("run that failed".to_owned(), FAILED, false);
    }
    for (shape, name, details) in marks.legend() {
        legend.add_shape(shape, name, details);
    }
    let svg = canvas::svg(grid.size(&legend), TITLE, metadata, |canvas| {
        for (place, env) in manifest.tasks.iter().enumerate() {
            let rows = variants
                .iter()
                .flat_map(|(variant, _)| summary.band(env, variant));
            let values = rows.flat_map(|row| match banded {
                true => [
                    row.mean,
                    row.low.unwrap_or(row.mean),
                    row.high.unwrap_or(row.mean),
                ],
                false => [row.mean; 3],
            });
            let of_runs = variants.iter().flat_map(|(variant, _)| runs(env, variant));
            let points = of_runs.flat_map(|run| run.pieces.concat());
            let values: Vec<f64> = values.chain(points.map(|point| point.1)).collect();
            let reach = marks.reach(place, &values, grid.panel.1);
            let panel = Panel {
                canvas,
                frame: grid.frame(place, 0),
                x: Scale::exactly(0.0, summary.steps(env)),
                y: reach.scale,
            };
            panel.axes(Labels {
                title: Some(env),
                x: grid.lowest(place).then_some("Environment steps"),
                x_numbers: true,
                y: grid.first(place).then_some("Return"),
                y_numbers: true,
                ..Labels::default()
            })?;
            for &(variant, pen) in variants.iter().rev() {
                thin(&panel, runs(env, variant), pen)?;
            }
            // The first variant comes last, on top.
            for &(variant, pen) in variants.iter().rev().filter(|_| banded) {
                let rows = summary.band(env, variant).iter();
                let ends = rows.filter_map(|r| Some((r.step as f64, r.low?, r.high?)));
                panel.band(&ends.collect::<Vec<_>>(), pen, BAND)?;
            }
            for &(variant, pen) in variants.iter().rev() {
                let rows = summary.band(env, variant).iter();
                let line: Vec<_> = rows.map(|row| (row.step as f64, row.mean)).collect();
                panel.line(&line, pen)?;
            }
            marks.draw(&panel, place, reach, summary.steps(env))?;
        }
        grid.legend(canvas, &legend)
    })?;
    let mut lines = "Lines: mean over seeds".to_owned();
    if has_runs {
        lines += "; thin lines: runs";
    }
    if has_failures {
        lines += ", those that diverged or whose final evaluation is that of a failure in black";
    }
    if banded {
        lines += "; bands: 95% percentile bootstrap interval of the mean, which is too narrow for \
             few seeds and decides nothing";
    }
    let sample = summary.sample();
    let diverged = match summary.statistics.count(|counts| counts.diverged) {
        0 => "",
        _ => {
            " A run that diverged has from then on the worse of the random policy's return and \
             its own last point."
        }
    };
    let caption = Caption {
        name: "learning_curves".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Return against environment steps on {sample} {} {lines}. A line begins where \
             every run has a value.{diverged}{}",
            rule(manifest),
            marks.caption(manifest)
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

/// A thin line for every run, those that failed on top in their own ink.
fn thin(panel: &Panel<'_, '_>, runs: &[RunLine], pen: Pen) -> Painted {
    let own = Pen {
        color: pen.color.mix(RUN.0),
        width: RUN.1,
        dash: &[],
    };
    for failed in [false, true] {
        let pen = if failed { FAILED } else { own };
        for run in runs.iter().filter(|run| run.has_failed == failed) {
            let mut pieces = run.pieces.iter();
            pieces.try_for_each(|piece| panel.line(piece, pen))?;
        }
    }
    Ok(())
}

/// Panels with a strip `strip` wide right of each.
fn grid(tasks: usize, strip: f64) -> Grid {
    let (columns, panel) = match tasks {
        1 => (1, (460.0, 270.0)),
        2 | 4 => (2, (355.0, 205.0)),
        3 | 5 | 6 => (3, (240.0, 165.0)),
        _ => (4, (180.0, 150.0)),
    };
    Grid {
        tasks,
        columns,
        rows: 1,
        panel,
        gap: (58.0 + strip, 0.0),
        right: 20.0 + strip,
    }
}
