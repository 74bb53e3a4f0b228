//! Steps to a threshold: every run a dot, runs that never reach it at the edge.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::FigureError;
use super::canvas::{Align, Painted, Pen, Point, TextLook};
use super::data::{Drawn, Summary};
use super::kind::{Kind, Of, View};
use super::panel::Placed;
use super::picture::{Axis, Block, Mark, Picture, Series, Value};
use super::scale::{Name, Scale};
use super::score_intervals::rows;
use super::style::{INK, SOFT_INK};
use super::theme::{PAPER, mixed};
use crate::format::{list, short};
use crate::stats::efficiency::{Reached, Span};
use crate::summary::curves::rule;
use crate::summary::efficiency::Efficiency;

pub(super) const KIND: Kind = Kind {
    name: "sample_efficiency",
    needs: "a threshold for some task",
    of: Of::Comparisons,
    make: picture,
};

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let known = |env: &str, variant: &str| summary.efficiency(env, variant).is_some();
    let variants = summary.shown(known);
    let tasks = summary.tasks_with(&variants, known);
    if tasks.is_empty() {
        return Ok(None);
    }
    let blocks = tasks.iter().map(|env| block(summary, env, &variants));
    let thresholds = tasks
        .iter()
        .filter_map(|env| Some(format!("{} on {env}", short(summary.threshold(env)?))));
    let thresholds: Vec<String> = thresholds.collect();
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Steps to a threshold".to_owned(),
        caption: format!(
            "Environment steps until the learning curve is at its threshold ({}) at two \
             neighbouring points, or at its last point and in the evaluation of the final policy, \
             on {} Dots: runs, each at the first of the two points; the line before a dot goes back to \
             the point before, since which it happened; upright marks: steps by which half of all runs have \
             reached it, none if fewer ever do; hollow triangles with their number: runs that did \
             not reach it in the steps they had. {}",
            list(&thresholds),
            summary.sample(),
            rule(&summary.manifest)
        ),
        alt: alt(summary, &tasks, &variants),
        blocks: blocks.collect(),
        columns: columns(tasks.len()),
        x_name: "Environment steps".to_owned(),
        keys: Vec::new(),
        note: format!(
            "{}; dot: run; upright mark: half of all runs; triangle with a number: runs that never \
             reach it",
            summary.n()
        ),
    }))
}

/// Blocks side by side, of panels with rows.
pub(super) fn columns(tasks: usize) -> usize {
    match tasks {
        2 | 4 => 2,
        _ => 3,
    }
}

fn block(summary: &Summary, env: &str, variants: &[Drawn]) -> Block {
    let names: Vec<String> = variants
        .iter()
        .map(|variant| variant.label.clone())
        .collect();
    let steps = summary.steps(env);
    // Room right of the last step for the runs that never reach it.
    let axis = Axis {
        to: steps,
        ..Axis::round("", Scale::exactly(0.0, 1.2 * steps), Name::Steps)
    };
    let mut panel = rows(&names, axis);
    for (row, variant) in variants.iter().enumerate() {
        let Some(found) = summary.efficiency(env, &variant.id) else {
            continue;
        };
        let y = row as f64 + 0.5;
        let (pen, shown) = (variant.pen, found.clone());
        panel.marks.push(Mark::new(&variant.id, move |placed| {
            paint(placed, &shown, y, steps, pen)
        }));
        panel.series.push(series(found, variant, y));
    }
    let threshold = summary.threshold(env);
    Block {
        title: env.to_owned(),
        subtitle: threshold.map_or_else(String::new, |t| format!("to {}", short(t))),
        panels: vec![panel],
    }
}

/// The steps by which half of all runs have reached it.
fn series(found: &Efficiency, variant: &Drawn, y: f64) -> Series {
    let value = found.median.map(|median| Value {
        x: median.by,
        y,
        low: found.q25.map(|span| span.by),
        high: found.q75.map(|span| span.by),
        n: Some(found.runs.len() as u64),
    });
    Series {
        id: variant.id.clone(),
        label: variant.label.clone(),
        across: true,
        values: value.into_iter().collect(),
    }
}

fn alt(summary: &Summary, tasks: &[String], variants: &[Drawn]) -> String {
    let task = |env: &String| {
        let said = variants.iter().filter_map(|variant| {
            let found = summary.efficiency(env, &variant.id)?;
            Some(match found.median {
                Some(median) => {
                    format!(
                        "{} by {}",
                        variant.label,
                        Name::Steps.of(median.by, median.by)
                    )
                }
                None => format!(
                    "{} in {} of {}",
                    variant.label,
                    found.reached,
                    found.runs.len()
                ),
            })
        });
        format!("{env}: {}", list(&said.collect::<Vec<_>>()))
    };
    let tasks: Vec<String> = tasks.iter().map(task).collect();
    format!(
        "Steps by which half of the runs reach the threshold. {}.",
        tasks.join("; ")
    )
}

fn paint(panel: &Placed<'_>, found: &Efficiency, y: f64, steps: f64, pen: Pen) -> Painted {
    let unit = panel.size.tick / 7.0;
    let dots = found.runs.iter().filter_map(|run| match run {
        Reached::Within(span) => Some(*span),
        Reached::NotIn(_) => None,
    });
    let mut dots: Vec<Span> = dots.collect();
    dots.sort_by(|a, b| a.by.total_cmp(&b.by));
    paint_dots(panel, &dots, (y, unit), pen)?;
    if let Some(median) = found.median {
        let color = INK.to_rgba();
        panel.mark(
            median.by,
            y,
            5.8 * unit,
            Pen {
                width: 1.2,
                color,
                ..pen
            },
        )?;
    }
    let never = found.runs.len() - dots.len();
    if never == 0 {
        return Ok(());
    }
    let (x, middle) = panel.at(1.05 * steps, y);
    if !panel.contains((x, middle)) {
        return Ok(());
    }
    triangle(panel, (x, middle), unit, pen)?;
    let look = TextLook {
        align: Align::Start,
        color: SOFT_INK,
        ..panel.size.tick()
    };
    let at = (x + 4.5 * unit, middle + 0.36 * look.size);
    panel.canvas.text(&never.to_string(), at, look)
}

/// A dot for every run, with a line back to the point before; runs that tie stand
/// above one another.
fn paint_dots(panel: &Placed<'_>, dots: &[Span], (y, unit): (f64, f64), pen: Pen) -> Painted {
    let RGBAColor(r, g, b, _) = pen.color;
    let since = Pen {
        color: mixed(RGBColor(r, g, b), PAPER, 0.45).to_rgba(),
        width: 0.7 * unit,
        dash: &[],
    };
    for (place, span) in dots.iter().enumerate() {
        let before = dots[..place].iter().rev();
        let ties = before.take_while(|other| other.by == span.by).count();
        let all = dots.iter().filter(|other| other.by == span.by).count();
        let apart = (8.4 / all as f64).min(2.9) * unit;
        let offset = ((ties as f64) - (all - 1) as f64 / 2.0) * apart;
        let ((before, middle), (x, _)) = (panel.at(span.after, y), panel.at(span.by, y));
        if !panel.contains((x, middle)) {
            continue;
        }
        let at = (x, middle + offset);
        let ends = [(before.max(panel.frame.left), at.1), at];
        panel.canvas.line(&ends, since)?;
        panel.canvas.dot(at, 1.6 * unit, pen.color)?;
    }
    Ok(())
}

/// A hollow triangle that points to the right.
fn triangle(panel: &Placed<'_>, (x, y): Point, unit: f64, pen: Pen) -> Painted {
    let (back, tip, half) = (2.5 * unit, 2.7 * unit, 3.0 * unit);
    let corners = [
        (x - back, y - half),
        (x + tip, y),
        (x - back, y + half),
        (x - back, y - half),
        (x + tip, y),
    ];
    panel.canvas.polygon(&corners[..3], PAPER.to_rgba())?;
    let outline = Pen {
        width: 0.9 * unit,
        dash: &[],
        ..pen
    };
    panel.canvas.line(&corners, outline)
}
