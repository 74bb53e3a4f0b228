//! Figures as parts of a page: text kept as text, colours that follow the page's
//! colour scheme, and the data that they show.

use std::path::Path;

use super::{Caption, FigureError};
use crate::lab::Lab;
use crate::summary::{SummaryError, files};
use crate::words;

/// A figure as a page shows it.
pub struct Inline {
    /// What it is called, and what it shows.
    pub caption: Caption,
    /// The picture, with its text as text.
    pub svg: String,
    /// JSON of what is drawn; empty where the picture has no data to point at.
    pub data: String,
}

/// The figures of the experiment in the folder `dir`, in the order of the report.
///
/// # Errors
/// If a file of them is missing or damaged.
pub fn inline(_: &Lab, dir: &Path) -> Result<Vec<Inline>, FigureError> {
    let path = dir.join("figures/captions.json");
    let text = files::read(&path)?;
    let captions: Vec<Caption> =
        serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
            line: error.line() as u64,
            column: None,
            problem: words::of_json(&error),
            path,
        })?;
    let read = |caption: Caption| {
        let svg = files::read(&dir.join(format!("figures/{}.svg", caption.name)))?;
        Ok(Inline {
            svg: without_size(&svg),
            data: String::new(),
            caption,
        })
    };
    captions.into_iter().map(read).collect()
}

/// Dark values of the colours that pictures name.
pub fn dark_css() -> String {
    String::new()
}

/// The picture without a width and a height of its own.
fn without_size(svg: &str) -> String {
    let (root, rest) = svg.split_once('>').unwrap_or((svg, ""));
    let words = root.split(' ');
    let kept = words.filter(|word| !word.starts_with("width=") && !word.starts_with("height="));
    format!("{}>{rest}", kept.collect::<Vec<_>>().join(" "))
}
