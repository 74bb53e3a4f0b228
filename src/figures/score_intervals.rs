//! Median, IQM, mean and optimality gap over tasks, with their intervals.

use plotters::style::Color;

use super::axes::Panel;
use super::canvas::{self, Metadata, Pen};
use super::compared::Compared;
use super::rows::Rows;
use super::scale::{Name, Scale};
use super::{Caption, Figure, FigureError};
use crate::stats::{Aggregates, Estimate};

const TITLE: &str = "Scores over all tasks";

/// The estimates, from left to right.
type Panels = [(&'static str, fn(&Aggregates<Estimate>) -> Estimate); 4];
const PANELS: Panels = [
    ("IQM", |all| all.iqm),
    ("Median", |all| all.median),
    ("Mean", |all| all.mean),
    ("Optimality gap", |all| all.optimality_gap),
];

pub(super) fn figure(compared: &Compared<'_>, metadata: &Metadata) -> Result<Figure, FigureError> {
    let names: Vec<String> = compared.looks.iter().map(|look| look.0.clone()).collect();
    let rows = Rows::new(names, PANELS.len(), PANELS.len(), 168.0);
    let score = compared.score();
    let svg = canvas::svg(rows.size(), TITLE, metadata, |canvas| {
        for (place, (name, of)) in PANELS.into_iter().enumerate() {
            let estimates: Vec<Estimate> = compared
                .results
                .algorithms
                .iter()
                .map(|(_, algorithm)| of(&algorithm.aggregates))
                .collect();
            let ends = estimates
                .iter()
                .flat_map(|e| [Some(e.point), e.low, e.high]);
            let panel = Panel {
                canvas,
                frame: rows.frame(place),
                x: Scale::linear(ends.flatten()),
                y: rows.axis(),
            };
            let axis = match place {
                3 => "Missing to 1 (less is better)".to_owned(),
                _ => capital(&score),
            };
            let mut labels = rows.labels(place, name, Some(&axis));
            labels.x_as = Some(Name::Number);
            panel.axes(labels)?;
            for (row, (estimate, (_, pen))) in estimates.iter().zip(&compared.looks).enumerate() {
                interval(&panel, *estimate, row as f64 + 0.5, *pen)?;
            }
        }
        Ok(())
    })?;
    let caption = Caption {
        name: "score_intervals".to_owned(),
        title: TITLE.to_owned(),
        caption: format!(
            "The {score} on {} IQM: mean of the middle half of all runs; median and mean: over \
             tasks, of the means over runs; optimality gap: how far runs stay below 1 on average.",
            compared.sample()
        ),
    };
    Ok(Figure { caption, svg })
}

/// An estimate as an upright mark, on a bar from end to end of its interval.
pub(super) fn interval(
    panel: &Panel<'_, '_>,
    estimate: Estimate,
    y: f64,
    pen: Pen,
) -> canvas::Painted {
    if let Some(ends) = estimate.interval() {
        panel.span((ends.low, ends.high), y, 5.5, pen.color.mix(0.38))?;
    }
    panel.mark(estimate.point, y, 7.5, Pen { width: 2.4, ..pen })
}

/// `text` with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
