//! Names beside the ends of lines, where these end apart: nearer than a legend.

use super::canvas::{Align, Canvas, Painted, TextLook, escape};
use super::letters;
use super::panel::Frame;
use super::picture::{Key, Picture, Sample, Tall};
use super::style::Type;

/// Lines that end nearer than this, in sizes of the letters, would have their names
/// on one another.
const APART: f64 = 1.3;

/// From the end of a line to its name, in points.
const GAP: f64 = 4.0;

/// The entries of a legend that stand beside their lines instead.
#[derive(Default)]
pub(super) struct Direct {
    /// With the position of the end of the line, from 0 at the bottom to 1.
    ends: Vec<(Key, f64)>,
}

impl Direct {
    /// Those of a picture of one block about `width` points wide; none unless every
    /// line of a variant ends apart from all others.
    pub fn of(picture: &Picture, letters: Type, width: f64) -> Self {
        let [block] = picture.blocks.as_slice() else {
            return Self::default();
        };
        let Some(panel) = block.panels.first().filter(|panel| panel.strip == 0.0) else {
            return Self::default();
        };
        let Tall::Share(share, least, most) = panel.tall else {
            return Self::default();
        };
        let height = (share * 0.75 * width).clamp(least * letters.scale, most * letters.scale);
        let end = |key: &&Key| {
            let own = panel.series.iter().find(|series| series.id == key.series)?;
            let position = panel.y.scale.position(own.values.last()?.y);
            let is_line = matches!(key.sample, Sample::Line { .. });
            let is_seen = is_line && (0.0..=1.0).contains(&position);
            is_seen.then(|| ((*key).clone(), position))
        };
        let named = || picture.keys.iter().filter(|key| !key.series.is_empty());
        let mut ends: Vec<(Key, f64)> = named().filter_map(|key| end(&key)).collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut gaps = ends.windows(2).map(|pair| (pair[1].1 - pair[0].1) * height);
        match ends.len() == named().count() && gaps.all(|gap| gap >= APART * letters.key) {
            true => Self { ends },
            false => Self::default(),
        }
    }

    /// Room right of the panel.
    pub fn room(&self, letters: Type) -> f64 {
        let widths = self
            .ends
            .iter()
            .map(|(key, _)| letters::width(&key.name, letters.key()));
        widths.fold(0.0, f64::max) + GAP
    }

    /// The entries that are left for the legend.
    pub fn others(&self, keys: &[Key]) -> Vec<Key> {
        let is_direct = |key: &Key| !self.ends.is_empty() && !key.series.is_empty();
        keys.iter().filter(|key| !is_direct(key)).cloned().collect()
    }

    /// Writes the names right of a panel, in the colours of the lines.
    pub fn paint(&self, canvas: &Canvas, frame: Frame, letters: Type) -> Painted {
        self.ends.iter().try_for_each(|(key, position)| {
            let Sample::Line { pen, .. } = key.sample else {
                return Ok(());
            };
            let look = TextLook {
                color: plotters::style::RGBColor(pen.color.0, pen.color.1, pen.color.2),
                align: Align::Start,
                ..letters.key()
            };
            let y = frame.bottom - position * (frame.bottom - frame.top);
            let at = (frame.right + GAP, y + 0.36 * look.size);
            let attributes = format!("class=\"key\" data-series=\"{}\"", escape(&key.series));
            canvas.group(&attributes, || canvas.text(&key.name, at, look))
        })
    }
}
