//! Time to a threshold: steps to it, at what each step costs.

use plotters::style::{Color, WHITE};

use super::axes::Panel;
use super::canvas::{self, Align, Metadata, Pen, TextLook, text_width};
use super::data::Summary;
use super::rows::Rows;
use super::scale::{Name, Scale};
use super::style::{SOFT_INK, TICK, label, shown};
use super::{Caption, Figure, FigureError};
use crate::stats::efficiency::Span;

const TITLE: &str = "Time to a threshold";

/// `None` if the times of no run are known, or no task has a threshold.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let manifest = &summary.manifest;
    let known = |env: &str, variant: &str| {
        summary.efficiency(env, variant).is_some() && summary.seconds_a_step(env, variant).is_some()
    };
    let variants = shown(manifest, known);
    let tasks: Vec<&String> = manifest
        .tasks
        .iter()
        .filter(|env| variants.iter().any(|(variant, _)| known(env, variant)))
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
            let second = |variant: &str| summary.seconds_a_step(env, variant);
            let whole = variants.iter().filter_map(|(v, _)| second(v));
            let longest = whole.fold(0.0, f64::max) * summary.steps(env);
            let panel = Panel {
                canvas,
                frame: rows.frame(place),
                x: Scale::exactly(0.0, 1.03 * longest.max(1e-9)),
                y: rows.axis(),
            };
            let mut labels = rows.labels(place, env, Some("Wall time (s)"));
            labels.x_as = Some(Name::Number);
            panel.axes(labels)?;
            for (row, (variant, pen)) in variants.iter().enumerate() {
                let (Some(found), Some(second)) =
                    (summary.efficiency(env, variant), second(variant))
                else {
                    continue;
                };
                let y = row as f64 + 0.5;
                let end = second * summary.steps(env);
                let time = |steps: Option<Span>| steps.map_or(end, |steps| second * steps.by);
                if found.q25.is_some() {
                    let ends = (time(found.q25), time(found.q75));
                    panel.span(ends, y, 5.5, pen.color.mix(0.38))?;
                }
                match found.median {
                    Some(steps) => {
                        panel.mark(second * steps.by, y, 7.5, Pen { width: 2.4, ..*pen })?;
                    }
                    None => {
                        let look = TextLook {
                            align: Align::End,
                            color: SOFT_INK,
                            ..TICK
                        };
                        let text = format!("{} of {}", found.reached, found.runs.len());
                        let (x, middle) = (panel.frame.right - 3.0, panel.at(0.0, y).1);
                        // The line of the row would strike the text out.
                        let (left, right) = (x - text_width(&text, look) - 4.0, x + 4.0);
                        let (top, bottom) = (middle - 6.0, middle + 6.0);
                        let area = [(left, bottom), (left, top), (right, top), (right, bottom)];
                        canvas.polygon(&area, WHITE.to_rgba())?;
                        canvas.text(&text, (x, middle + 3.6), look)?;
                    }
                }
            }
        }
        Ok(())
    })?;
    let caption = Caption {
        name: "time_to_threshold".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "The steps to a threshold, as above, times the median wall time of a step \
             ({}), on {} Marks: time by which half of all runs have reached it; bars: a quarter \
             to three quarters, or to the end of the runs where fewer ever do. Without a mark: \
             how many runs reached it.",
            summary.machine(),
            summary.sample()
        ),
    };
    Ok(Some(Figure { caption, svg }))
}
