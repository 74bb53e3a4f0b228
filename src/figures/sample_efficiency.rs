//! Steps to a threshold: every run a dot, runs that never reach it at the edge.

use plotters::style::{Color, WHITE};

use super::axes::Panel;
use super::canvas::{self, Align, Metadata, Painted, Pen, Point, TextLook};
use super::data::Summary;
use super::rows::Rows;
use super::scale::Scale;
use super::style::{INK, SOFT_INK, TICK, label, shown};
use super::{Caption, Figure, FigureError};
use crate::format::{list, short};
use crate::stats::efficiency::{Reached, Span};
use crate::summary::curves::rule;
use crate::summary::efficiency::Efficiency;

const TITLE: &str = "Steps to a threshold";

/// `None` if no task has a threshold.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let variants = shown(manifest, |env, variant| {
        summary.efficiency(env, variant).is_some()
    });
    let tasks: Vec<&String> = manifest
        .tasks
        .iter()
        .filter(|env| {
            variants
                .iter()
                .any(|(v, _)| summary.efficiency(env, v).is_some())
        })
        .collect();
    if tasks.is_empty() {
        return Ok(None);
    }
    let names = variants
        .iter()
        .map(|(variant, _)| label(&summary.manifest, variant))
        .collect();
    let rows = Rows::of_tasks(names, tasks.len());
    let svg = canvas::svg(rows.size(), TITLE, metadata, |canvas| {
        for (place, env) in tasks.iter().enumerate() {
            let steps = summary.steps(env);
            let panel = Panel {
                canvas,
                frame: rows.frame(place),
                // Room right of the last step for the runs that never reach it.
                x: Scale::exactly(0.0, 1.17 * steps),
                y: rows.axis(),
            };
            let mut labels = rows.labels(place, env, Some("Environment steps"));
            labels.x_to = Some(steps);
            panel.axes(labels)?;
            for (row, (variant, pen)) in variants.iter().enumerate() {
                if let Some(found) = summary.efficiency(env, variant) {
                    paint(&panel, found, row as f64 + 0.5, steps, *pen)?;
                }
            }
        }
        Ok(())
    })?;
    let mut thresholds = Vec::new();
    for env in &tasks {
        let found = variants
            .iter()
            .find_map(|(v, _)| summary.efficiency(env, v));
        thresholds.extend(found.map(|found| format!("{} on {env}", short(found.threshold))));
    }
    let caption = Caption {
        name: "sample_efficiency".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Environment steps until the learning curve is at its threshold ({}) at two \
             neighbouring points, or at its last point and in the evaluation of the final policy, \
             on {} Dots: runs, each at the first of the two points; the line before a dot goes back to \
             the point before, since which it happened; upright marks: steps by which half of all runs have \
             reached it, none if fewer ever do; hollow triangles with their number: runs that did \
             not reach it in the steps they had. {}",
            list(&thresholds),
            summary.sample(),
            rule(manifest)
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

fn paint(panel: &Panel<'_, '_>, found: &Efficiency, y: f64, steps: f64, pen: Pen) -> Painted {
    let mut never = 0;
    let mut dots: Vec<Span> = Vec::new();
    for run in &found.runs {
        match run {
            Reached::Within(span) => dots.push(*span),
            Reached::NotIn(_) => never += 1,
        }
    }
    dots.sort_by(|a, b| a.by.total_cmp(&b.by));
    for (place, span) in dots.iter().enumerate() {
        // Runs that tie stand above one another.
        let ties = dots[..place]
            .iter()
            .rev()
            .take_while(|other| other.by == span.by)
            .count();
        let all = dots.iter().filter(|other| other.by == span.by).count();
        let offset = ((ties as f64) - (all - 1) as f64 / 2.0) * (12.0 / all as f64).min(4.0);
        let ((before, middle), (x, _)) = (panel.at(span.after, y), panel.at(span.by, y));
        let since = Pen {
            color: pen.color.mix(0.55),
            width: 1.0,
            dash: &[],
        };
        let middle = middle + offset;
        panel.canvas.line(&[(before, middle), (x, middle)], since)?;
        panel.canvas.dot((x, middle), 2.2, pen.color.mix(0.75))?;
    }
    if let Some(median) = found.median {
        panel.mark(
            median.by,
            y,
            8.0,
            Pen {
                width: 2.0,
                color: INK.to_rgba(),
                ..pen
            },
        )?;
    }
    if never > 0 {
        let (x, middle) = panel.at(1.045 * steps, y);
        triangle(panel, (x, middle), pen)?;
        let look = TextLook {
            align: Align::Start,
            color: SOFT_INK,
            ..TICK
        };
        panel
            .canvas
            .text(&never.to_string(), (x + 7.0, middle + 3.6), look)?;
    }
    Ok(())
}

/// A hollow triangle that points to the right.
fn triangle(panel: &Panel<'_, '_>, (x, y): Point, pen: Pen) -> Painted {
    let corners = [
        (x - 3.5, y - 4.2),
        (x + 3.8, y),
        (x - 3.5, y + 4.2),
        (x - 3.5, y - 4.2),
    ];
    panel.canvas.polygon(&corners, WHITE.to_rgba())?;
    let outline = Pen {
        width: 1.3,
        dash: &[],
        ..pen
    };
    panel.canvas.line(&corners, outline)
}
