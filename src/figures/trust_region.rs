//! The trust region: how far every update went, against how far it may go.

use super::axes::{Labels, Panel};
use super::canvas::{self, Align, Metadata, Painted, Pen, TextLook};
use super::data::{Radius, Summary};
use super::layout::{Grid, Legend};
use super::scale::Scale;
use super::style::{BAND, INK, TICK, label, shown};
use super::{Caption, Figure, FigureError};
use crate::algo::step::{KL_MAX, KL_MEAN};
use crate::columns::Column;

const TITLE: &str = "The trust region";

/// The columns shown, a row of panels for each.
pub(super) const COLUMNS: &[Column] = &[KL_MEAN, KL_MAX];

/// Points of the line of a radius that falls.
const FALL: u32 = 200;

/// `None` if no update of any run recorded its divergence, or if there are so
/// many variants that their lines would hide one another.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let variants = shown(manifest, |env, variant| {
        !summary.updates(env, variant, KL_MEAN.name).is_empty()
    });
    if variants.is_empty() {
        return Ok(None);
    }
    let banded = manifest.seeds.len() > 1;
    let some = |what: fn(&Radius) -> bool| {
        let mut tasks = manifest.tasks.iter();
        tasks.any(|env| summary.radii(env).iter().any(what))
    };
    let (labelled, annealed) = (some(|_| true), some(|radius| radius.annealed));
    let grid = Grid {
        tasks: manifest.tasks.len(),
        columns: if manifest.tasks.len() == 5 { 5 } else { 4 },
        rows: COLUMNS.len(),
        panel: match manifest.tasks.len() {
            1 => (420.0, 190.0),
            2 => (320.0, 160.0),
            5 => (150.0, 135.0),
            _ => (192.0, 135.0),
        },
        gap: (28.0, 14.0),
        right: match (labelled, annealed) {
            (true, true) => 70.0,
            (true, false) => 62.0,
            (false, _) => 20.0,
        },
    };
    let legend = Legend::of_variants(&summary.manifest, &variants, banded);
    let svg = canvas::svg(grid.size(&legend), TITLE, metadata, |canvas| {
        for (row, column) in COLUMNS.iter().enumerate() {
            let y = scale(summary, &variants, column.name, banded);
            for (place, env) in manifest.tasks.iter().enumerate() {
                let panel = Panel {
                    canvas,
                    frame: grid.frame(place, row),
                    x: Scale::exactly(0.0, summary.steps(env)),
                    y,
                };
                let bottom = row + 1 == COLUMNS.len();
                panel.axes(Labels {
                    title: (row == 0).then_some(env.as_str()),
                    x: (bottom && grid.lowest(place)).then_some("Environment steps"),
                    x_numbers: bottom,
                    y: grid.first(place).then_some(column.label),
                    y_numbers: grid.first(place),
                    ..Labels::default()
                })?;
                lines(&panel, summary, env, column.name, &variants, banded)?;
                radii(&panel, summary, env, grid.last(place))?;
            }
        }
        grid.legend(canvas, &legend)
    })?;
    let band = match banded {
        true => "Lines: median over seeds; bands: quartiles.",
        false => "Lines: median over seeds.",
    };
    let falls = match annealed {
        true => "; where TRPO is annealed, it falls to 0 over the run",
        false => "",
    };
    let sample = summary.sample();
    let caption = Caption {
        name: "trust_region".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "KL divergence from the old policy to the new one, mean and largest over the states \
             of the batch, of every update on {sample} {band} Dashed: the trust radius δ, which \
             bounds the mean divergence of TRPO's updates, and which PPO and VPG do not know{falls}. \
             No smoothing; a divergence of 0 lies at the lower edge. {}",
            largest(summary)
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

/// The largest mean divergence of every variant, in words.
fn largest(summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let parts = manifest.variants.iter().filter_map(|variant| {
        let rows = manifest
            .tasks
            .iter()
            .flat_map(|env| summary.updates(env, variant, KL_MEAN.name));
        let largest = rows.filter_map(|row| row.max).max_by(f64::total_cmp)?;
        Some(format!(
            "{} {largest:.3}",
            label(&summary.manifest, variant)
        ))
    });
    let parts: Vec<String> = parts.collect();
    format!(
        "Largest mean divergence of any update of any seed: {}.",
        parts.join("; ")
    )
}

/// One scale for all tasks, so that they can be compared.
fn scale(summary: &Summary, variants: &[(&str, Pen)], column: &str, banded: bool) -> Scale {
    let tasks = || summary.manifest.tasks.iter();
    let cells = tasks().flat_map(|env| variants.iter().map(move |(variant, _)| (env, *variant)));
    let rows = cells.flat_map(|(env, variant)| summary.updates(env, variant, column));
    let shown = rows.flat_map(|row| match banded {
        true => [row.median, row.q25, row.q75],
        false => [row.median, None, None],
    });
    let radii = tasks().flat_map(|env| summary.radii(env));
    Scale::log(shown.flatten().chain(radii.map(|radius| radius.delta)))
}

fn lines(
    panel: &Panel<'_, '_>,
    summary: &Summary,
    env: &str,
    column: &str,
    variants: &[(&str, Pen)],
    banded: bool,
) -> Painted {
    for &(variant, pen) in variants.iter().rev().filter(|_| banded) {
        let rows = summary.updates(env, variant, column).iter();
        let ends = rows.filter_map(|row| Some((row.step as f64, row.q25?, row.q75?)));
        panel.band(&ends.collect::<Vec<_>>(), pen, BAND)?;
    }
    for &(variant, pen) in variants.iter().rev() {
        let rows = summary.updates(env, variant, column).iter();
        let line: Vec<_> = rows
            .filter_map(|row| Some((row.step as f64, row.median?)))
            .collect();
        panel.line(&line, Pen { width: 1.4, ..pen })?;
    }
    Ok(())
}

/// The trust radii as levels, or as they fall, labelled right of the panel where
/// that is asked for and where there is room.
fn radii(panel: &Panel<'_, '_>, summary: &Summary, env: &str, labelled: bool) -> Painted {
    let mut above = f64::INFINITY;
    for Radius { delta, annealed } in summary.radii(env) {
        if annealed {
            let shares = (0..FALL).map(|i| f64::from(i) / f64::from(FALL));
            let fall = shares
                .map(|share| (share * summary.steps(env), delta * (1.0 - share)))
                .take_while(|&(_, delta)| panel.y.position(delta) > 0.0);
            panel.line(&fall.collect::<Vec<_>>(), Panel::level_pen())?;
        } else {
            panel.level(delta)?;
        }
        let y = panel.at(0.0, delta).1;
        if labelled && above - y > TICK.size {
            let look = TextLook {
                align: Align::Start,
                color: INK,
                ..TICK
            };
            let text = match annealed {
                true => format!("δ: {delta} → 0"),
                false => format!("δ = {delta}"),
            };
            panel
                .canvas
                .text(&text, (panel.frame.right + 5.0, y + 3.6), look)?;
            above = y;
        }
    }
    Ok(())
}
