//! How probable it is that a run of one algorithm beats one of another.

use super::axes::Panel;
use super::canvas::{self, Metadata};
use super::compared::Compared;
use super::rows::Rows;
use super::scale::{Name, Scale};
use super::score_intervals::interval;
use super::{Caption, Figure, FigureError};

const TITLE: &str = "Probability of improvement";

/// `None` of a single algorithm, or of so many that their pairs fill pages.
pub(super) fn figure(
    compared: &Compared<'_>,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let pairs = &compared.results.comparisons;
    if pairs.is_empty() || !compared.lines {
        return Ok(None);
    }
    let place = |name: &str| {
        let mut algorithms = compared.results.algorithms.iter();
        algorithms.position(|(known, _)| known == name).unwrap_or(0)
    };
    let look = |name: &str| &compared.looks[place(name)];
    let names = pairs
        .iter()
        .map(|pair| format!("{} > {}", look(&pair.x).0, look(&pair.y).0));
    let rows = Rows::new(names.collect(), 1, 1, 330.0).untitled();
    let svg = canvas::svg(rows.size(), TITLE, metadata, |canvas| {
        let panel = Panel {
            canvas,
            frame: rows.frame(0),
            x: Scale::exactly(0.0, 1.0),
            y: rows.axis(),
        };
        let mut labels = rows.labels(0, "X > Y", Some("P(X > Y)"));
        labels.title = None;
        labels.x_as = Some(Name::Number);
        panel.axes(labels)?;
        panel.upright(0.5)?;
        for (row, pair) in pairs.iter().enumerate() {
            let pen = look(&pair.x).1;
            interval(&panel, pair.judgement.improvement, row as f64 + 0.5, pen)?;
        }
        Ok(())
    })?;
    let caption = Caption {
        name: "probability_of_improvement".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "The probability that a run of X has a higher {} than one of Y, ties counting half, \
             averaged over tasks, on {} At the dashed line neither is better.",
            compared.score(),
            compared.sample()
        ),
    };
    Ok(Some(Figure { caption, svg }))
}
