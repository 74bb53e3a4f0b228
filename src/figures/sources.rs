//! What legends and captions say of published scores and their sources.

use super::marks::Marks;
use super::picture::{Key, Sample};
use super::scale::Name;
use crate::experiment::manifest::Manifest;
use crate::format::list;
use crate::summary::published::discounts::{self, Discount};
use crate::summary::published::{How, Mark};

impl Marks {
    /// For the legend: shape, name and details of every source.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.sources.iter().enumerate().map(|(place, source)| {
            let scores = self.scores.iter().flatten();
            let steps = scores.filter(|score| score.source == place);
            let steps: Vec<f64> = steps.map(|score| score.steps).collect();
            let mut details = vec![format!(
                "{}, {}, {} steps",
                source.versions,
                source.seeds.phrase(),
                Name::Steps.between(&steps)
            )];
            // Of other than the usual score, and of an uncertain number, it is said.
            details.extend((source.measures != "training").then(|| source.measures.clone()));
            details.extend((source.how == How::Secondary).then(|| "read off the graph".to_owned()));
            let shape = source.mark.unwrap_or(Mark::Circle);
            Key {
                details,
                ..Key::new("", &source.label, Sample::Shape(shape))
            }
        })
    }

    /// What the line below a picture says of them, beginning with a semicolon.
    pub fn note(&self) -> String {
        let fills = self
            .fills
            .iter()
            .map(|(name, fill)| format!("{name} {fill}"));
        let fills: Vec<String> = fills.collect();
        match fills.is_empty() {
            true => String::new(),
            false => format!("; published marks: {}", fills.join(", ")),
        }
    }

    /// What the caption says of them, beginning with a space; nothing if there
    /// are none.
    pub fn caption(&self, manifest: &Manifest) -> String {
        if self.sources.is_empty() {
            return String::new();
        }
        let names: Vec<&str> = self.sources.iter().map(|s| s.label.as_str()).collect();
        let strip = match self.strip > 0.0 {
            true => {
                " The strip right of a panel has a column for each of them and no steps of \
                     its own."
            }
            false => "",
        };
        let discounts: String = discounts::unusual(manifest).iter().map(discount).collect();
        format!(
            " Marks are published scores, in the colour and the fill of the algorithm{}, of the \
             versions of the tasks that the legend names: {}.{strip} Marks that coincide stand inside one another; an \
             arrow: the scores at it lie beyond the panel.{discounts} Numbers and protocols: table \
             of published scores.",
            self.note().replacen("; published marks:", " -", 1),
            list(&names)
        )
    }
}

/// What makes the marks of a task less comparable than those of others.
fn discount(found: &Discount<'_>) -> String {
    let Discount { task, gamma, usual } = found;
    format!(
        " The runs here discount by {gamma} on {task} and by {usual} on most other tasks; published \
         ones may not."
    )
}
