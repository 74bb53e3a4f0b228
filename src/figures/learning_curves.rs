//! Learning curves: a panel for every task, a line for every variant.

use super::axes::{Labels, Panel};
use super::canvas::{self, Metadata};
use super::data::Summary;
use super::layout::{Grid, Legend};
use super::marks::Marks;
use super::scale::Scale;
use super::style::{BAND, BANDS_UP_TO, shown};
use super::{Caption, Figure, FigureError};
use crate::summary::curves::RULE;

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
                    row.iqm,
                    row.low.unwrap_or(row.iqm),
                    row.high.unwrap_or(row.iqm),
                ],
                false => [row.iqm; 3],
            });
            let values: Vec<f64> = values.collect();
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
            // The first variant comes last, on top.
            for &(variant, pen) in variants.iter().rev().filter(|_| banded) {
                let rows = summary.band(env, variant).iter();
                let ends = rows.filter_map(|r| Some((r.step as f64, r.low?, r.high?)));
                panel.band(&ends.collect::<Vec<_>>(), pen, BAND)?;
            }
            for &(variant, pen) in variants.iter().rev() {
                let rows = summary.band(env, variant).iter();
                let line: Vec<_> = rows.map(|row| (row.step as f64, row.iqm)).collect();
                panel.line(&line, pen)?;
            }
            marks.draw(&panel, place, reach, summary.steps(env))?;
        }
        grid.legend(canvas, &legend)
    })?;
    let band = match banded {
        true => {
            "Lines: interquartile mean over seeds; bands: its 95% percentile bootstrap interval, which is too narrow for few seeds."
        }
        false => "Lines: interquartile mean over seeds.",
    };
    let sample = summary.sample();
    let diverged = match summary.statistics.count(|counts| counts.diverged) {
        0 => "",
        _ => " A run that diverged keeps its last value.",
    };
    let caption = Caption {
        name: "learning_curves".to_owned(),
        title: TITLE.to_owned(),
        caption: format!(
            "Return against environment steps on {sample} {band} {RULE} A line begins where \
             every run has a value.{diverged}{}",
            marks.caption(manifest)
        ),
    };
    Ok(Some(Figure { caption, svg }))
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
