//! Step-size sensitivity: the final return along every sweep, and the share of
//! runs that collapse.

use plotters::style::Color;

use super::axes::{Frame, Labels, Panel};
use super::canvas::{self, Canvas, Metadata, Painted, Pen, TextLook};
use super::data::Summary;
use super::scale::{Name, Scale};
use super::style::{INK, LINE, TITLE as TASK, family, family_pen, label};
use super::{Caption, Figure, FigureError};
use crate::experiment::plan::Sweep;
use crate::summary::sweeps::{LEARNT, SweepPoint, SweepResults};

const TITLE: &str = "Step-size sensitivity";

/// Width of a panel, and heights of the two panels of a task.
const WIDTH: f64 = 150.0;
const RETURN: f64 = 120.0;
const SHARE: f64 = 52.0;
/// Space left of the first column, between columns, right of the last one.
const LEFT: f64 = 65.0;
const GAP: f64 = 16.0;
const RIGHT: f64 = 30.0;
/// Space above the first task, between its panels, between tasks, below all.
const TOP: f64 = 28.0;
const BETWEEN: f64 = 17.0;
const TASKS: f64 = 20.0;
const BOTTOM: f64 = 42.0;

/// `None` if the experiment has no sweep.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let sweeps = &summary.manifest.analysis.sweeps;
    let results = &summary.statistics.sweeps;
    let mut tasks: Vec<&str> = Vec::new();
    for found in results.iter().filter(|found| !found.points.is_empty()) {
        if !tasks.contains(&found.env.as_str()) {
            tasks.push(&found.env);
        }
    }
    if tasks.is_empty() {
        return Ok(None);
    }
    let (columns, blocks) = (sweeps.len() as f64, tasks.len() as f64);
    let block = RETURN + BETWEEN + SHARE;
    let size = (
        LEFT + columns * WIDTH + (columns - 1.0) * GAP + RIGHT,
        TOP + blocks * block + (blocks - 1.0) * TASKS + BOTTOM,
    );
    let svg = canvas::svg(size, TITLE, metadata, |canvas| {
        for (row, env) in tasks.iter().enumerate() {
            let top = TOP + row as f64 * (block + TASKS);
            let found: Vec<Option<&SweepResults>> = sweeps
                .iter()
                .map(|sweep| {
                    results
                        .iter()
                        .find(|r| r.name == sweep.name && r.env == *env)
                })
                .collect();
            let points = found.iter().flatten().flat_map(|found| &found.points);
            let ends = points.flat_map(|p| [Some(p.iqm.point), p.iqm.low, p.iqm.high]);
            let random = summary.random(env);
            let y = Scale::linear(ends.flatten().chain(random));
            for (column, (sweep, found)) in sweeps.iter().zip(found).enumerate() {
                let left = LEFT + column as f64 * (WIDTH + GAP);
                let frame = |top: f64, height: f64| Frame {
                    left,
                    top,
                    right: left + WIDTH,
                    bottom: top + height,
                };
                let place = Place {
                    first_row: row == 0,
                    last_row: row + 1 == tasks.len(),
                    first_column: column == 0,
                };
                let frames = [frame(top, RETURN), frame(top + RETURN + BETWEEN, SHARE)];
                let points = found.map_or(&[][..], |found| &found.points);
                paint(canvas, summary, sweep, points, frames, y, random, place)?;
            }
            let look = TextLook {
                upward: true,
                ..TASK
            };
            canvas.text(env, (size.0 - RIGHT + 18.0, top + block / 2.0), look)?;
        }
        Ok(())
    })?;
    let caption = Caption {
        name: "step_size".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Final return (mean return of the episodes that ended in the last 10% of the steps) \
             against the setting that sizes the steps, and below it the share of runs that \
             collapse: that end with less than half of what they had gained over the random \
             policy at their peak, if that was at least {} of the way to the reference. {} Points: IQM over seeds; bars: its 95% bootstrap interval, \
             which is too narrow for few runs; runs that diverged have collapsed and have the \
             random policy's return, which the dashed line shows, or their last point if that was \
             worse.",
            LEARNT,
            summary.sample()
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

/// Where a pair of panels stands among the others.
#[derive(Clone, Copy)]
struct Place {
    first_row: bool,
    last_row: bool,
    first_column: bool,
}

#[allow(clippy::too_many_arguments)]
fn paint(
    canvas: &Canvas<'_>,
    summary: &Summary,
    sweep: &Sweep,
    points: &[SweepPoint],
    frames: [Frame; 2],
    y: Scale,
    random: Option<f64>,
    place: Place,
) -> Painted {
    let first = sweep.steps.first().map_or("", |step| step.variant.as_str());
    let algorithm = family(&summary.manifest, first);
    let pen = Pen {
        dash: &[],
        width: LINE,
        ..family_pen(&summary.manifest, algorithm)
    };
    let values = || sweep.steps.iter().map(|step| step.value);
    let x = match values().all(|value| value > 0.0) {
        true => Scale::log_around(values()),
        false => Scale::linear(values()),
    };
    let returns = Panel {
        canvas,
        frame: frames[0],
        x,
        y,
    };
    let title = label(&summary.manifest, algorithm);
    returns.axes(Labels {
        title: place.first_row.then_some(title.as_str()),
        y: place.first_column.then_some("Final return"),
        y_numbers: place.first_column,
        ..Labels::default()
    })?;
    if let Some(random) = random {
        returns.level(random)?;
    }
    let line: Vec<_> = points.iter().map(|p| (p.value, p.iqm.point)).collect();
    if line.len() > 1 {
        returns.line(
            &line,
            Pen {
                width: 1.2,
                color: pen.color.mix(0.6),
                ..pen
            },
        )?;
    }
    for point in points {
        if let Some(ends) = point.iqm.interval() {
            returns.line(
                &[(point.value, ends.low), (point.value, ends.high)],
                Pen { width: 2.0, ..pen },
            )?;
        }
        canvas.dot(returns.at(point.value, point.iqm.point), 3.4, pen.color)?;
    }
    let shares = Panel {
        canvas,
        frame: frames[1],
        x,
        y: Scale::exactly(0.0, 1.0),
    };
    let ticks = Scale::exactly(0.0, 1.0).ticks(2, Name::Percent);
    let setting = setting(&sweep.over);
    shares.axes(Labels {
        x: place.last_row.then_some(setting.as_str()),
        x_numbers: place.last_row,
        y: place.first_column.then_some("Collapsed"),
        y_numbers: place.first_column,
        y_ticks: Some(&ticks),
        ..Labels::default()
    })?;
    let floor = [
        (frames[1].left, frames[1].bottom),
        (frames[1].right, frames[1].bottom),
    ];
    canvas.line(
        &floor,
        Pen {
            width: 0.8,
            color: INK.to_rgba().mix(0.5),
            dash: &[],
        },
    )?;
    for point in points.iter().filter(|point| point.runs > 0) {
        let share = point.collapsed as f64 / point.runs as f64;
        let (at, floor) = (shares.at(point.value, share), frames[1].bottom);
        let half = 5.0;
        let outline = [
            (at.0 - half, floor),
            (at.0 - half, at.1),
            (at.0 + half, at.1),
            (at.0 + half, floor),
        ];
        canvas.polygon(&outline, pen.color.mix(0.8))?;
    }
    Ok(())
}

/// What a setting is called in text.
fn setting(key: &str) -> String {
    match key.rsplit('.').next() {
        Some("delta") => "Trust radius δ".to_owned(),
        Some("clip") => "Clipping ε".to_owned(),
        Some("learning_rate") => "Learning rate".to_owned(),
        _ => key.to_owned(),
    }
}
