//! Median, IQM, mean and optimality gap over tasks, with their intervals.

use plotters::style::Color;

use super::axes::Panel;
use super::canvas::{self, Metadata, Pen};
use super::compared::Compared;
use super::rows::Rows;
use super::scale::{Name, Scale};
use super::{Caption, Figure, FigureError};
use crate::format::capital;
use crate::stats::{AGGREGATES, Estimate};

const TITLE: &str = "Scores over all tasks";

/// Panels side by side.
const COLUMNS: usize = 4;

pub(super) fn figure(compared: &Compared<'_>, metadata: &Metadata) -> Result<Figure, FigureError> {
    let names: Vec<String> = compared.looks.iter().map(|look| look.0.clone()).collect();
    let mut statistics = AGGREGATES.to_vec();
    statistics.sort_by_key(|statistic| statistic.place);
    let rows = Rows::new(names, statistics.len(), COLUMNS, 168.0);
    let score = compared.score();
    let svg = canvas::svg(rows.size(), TITLE, metadata, |canvas| {
        for (place, statistic) in statistics.iter().enumerate() {
            let estimates: Vec<Estimate> = compared
                .results
                .algorithms
                .iter()
                .map(|(_, algorithm)| algorithm.aggregates.get(statistic))
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
            let mut axis = capital(statistic.axis.unwrap_or(&score));
            if statistic.lower_is_better {
                axis += " (less is better)";
            }
            let name = capital(statistic.label);
            let mut labels = rows.labels(place, &name, Some(&axis));
            labels.x_as = Some(Name::Number);
            panel.axes(labels)?;
            for (row, (estimate, (_, pen))) in estimates.iter().zip(&compared.looks).enumerate() {
                interval(&panel, *estimate, row as f64 + 0.5, *pen)?;
            }
        }
        Ok(())
    })?;
    let meanings = statistics.iter().map(|statistic| statistic.meaning);
    let meanings: Vec<&str> = meanings.filter(|meaning| !meaning.is_empty()).collect();
    let caption = Caption {
        name: "score_intervals".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "The {score} on {} {}.",
            compared.sample(),
            meanings.join("; ")
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
