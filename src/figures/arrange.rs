//! Where the panels, the legend and the words of a picture stand, for a width.

use std::ops::RangeInclusive;

use super::canvas::{Point, TextLook};
use super::direct::Direct;
use super::legend::{Legend, Row};
use super::letters;
use super::panel::Frame;
use super::picture::{Axis, Block, Panel, Picture, Tall, Ticks};
use super::style::Type;
use super::titles::Titles;

/// The narrowest panel, in points.
const NARROWEST: f64 = 58.0;
/// Space between panels without numbers between them, and beside numbers.
const GAP: f64 = 9.0;
/// Space at the edges of the picture.
const EDGE: f64 = 3.0;

/// The places of everything, in points.
pub(super) struct Arrangement {
    pub size: (f64, f64),
    pub letters: Type,
    /// Blocks side by side.
    pub columns: usize,
    /// By block and panel.
    pub frames: Vec<Vec<Frame>>,
    /// The lines of the title of every block.
    pub titles: Vec<Titles>,
    /// Whether every panel has its own numbers left of it.
    pub own_numbers: bool,
    /// Where names of vertical axes stand.
    pub y_names: f64,
    /// Where the name of the horizontal axes stands.
    pub x_name: Point,
    pub legend: Legend,
    pub place: Place,
    pub direct: Direct,
    /// The lines of the note, and the baseline of the first.
    pub note: (Vec<String>, f64),
}

/// Where the legend stands.
pub(super) enum Place {
    /// Below one another in the room of a panel that is not there, from this point.
    Aside(Point),
    /// In rows below the panels, from this height.
    Below(Vec<Row>, f64),
}

/// The picture in a width of `width` points.
///
/// # Errors
/// The smallest width that holds it, if that is more.
pub(super) fn arrange(picture: &Picture, width: f64) -> Result<Arrangement, f64> {
    let most = picture.columns.min(picture.blocks.len()).max(1);
    let fits = |columns: usize| Columns::of(picture, width, columns).filter(Columns::fits);
    match (1..=most).rev().find_map(fits) {
        Some(columns) => Ok(columns.placed(picture)),
        None => Err(smallest(picture, width)),
    }
}

/// The smallest width of which one column fits, in steps of 2 points.
fn smallest(picture: &Picture, from: f64) -> f64 {
    let widths = (0..1000).map(|step| from + 2.0 * f64::from(step));
    let mut fitting = widths
        .filter(|&width| Columns::of(picture, width, 1).is_some_and(|columns| columns.fits()));
    fitting.next().unwrap_or(f64::INFINITY)
}

/// A picture in columns of panels.
struct Columns {
    letters: Type,
    width: f64,
    columns: usize,
    panel: f64,
    left: f64,
    gap: f64,
    right: f64,
    own_numbers: bool,
    titles: Vec<Titles>,
    direct: Direct,
    legend: Legend,
}

impl Columns {
    fn of(picture: &Picture, width: f64, columns: usize) -> Option<Self> {
        let letters = Type::of_width(width);
        let numbers = |in_first: bool| {
            let blocks = picture.blocks.iter().enumerate();
            let of_blocks =
                blocks.filter(move |(place, _)| place.is_multiple_of(columns) == in_first);
            let panels = of_blocks.flat_map(|(_, block)| &block.panels);
            panels
                .map(|panel| numbers_width(panel, letters))
                .fold(0.0, f64::max)
        };
        let own_numbers = picture.blocks.chunks(columns).any(has_own_numbers);
        let panels = || picture.blocks.iter().flat_map(|block| &block.panels);
        let named = panels().any(|panel| !panel.y.name.is_empty());
        let name = if named { letters.name + 5.0 } else { 0.0 };
        let strip = panels().map(|panel| panel.strip).fold(0.0, f64::max);
        let left = EDGE + name + numbers(true) + 4.0;
        // Half of the last number below an axis goes beyond it, half of the first of
        // the next panel before that.
        let widest = |at: RangeInclusive<f64>| {
            let ends = panels().map(|panel| overhang(&panel.x, letters, at.clone()));
            ends.fold(0.0, f64::max)
        };
        let beyond = widest(0.9..=1.0);
        let between = beyond + widest(0.0..=0.1) + 0.5 * letters.tick;
        let gap = strip
            + match own_numbers {
                true => (numbers(false) + 4.0 + GAP).max(between),
                false => GAP.max(between),
            };
        let direct = Direct::of(picture, letters, width);
        let right = EDGE + strip.max(beyond).max(direct.room(letters));
        let count = columns as f64;
        let panel = (width - left - right - (count - 1.0) * gap) / count;
        let slot = match columns {
            1 => width - 2.0 * EDGE,
            _ => panel + gap - 4.0,
        };
        let titles = picture
            .blocks
            .iter()
            .map(|block| Titles::of(block, slot, letters));
        Some(Self {
            letters,
            width,
            columns,
            panel,
            left,
            gap,
            right,
            own_numbers,
            titles: titles.collect::<Option<_>>()?,
            legend: Legend::new(direct.others(&picture.keys), letters),
            direct,
        })
    }

    /// Whether panels are wide enough for what they show, and entries fit below.
    fn fits(&self) -> bool {
        self.panel >= NARROWEST && self.legend.widest() <= self.width - 2.0 * EDGE
    }

    /// Places, from above.
    fn placed(self, picture: &Picture) -> Arrangement {
        let letters = self.letters;
        let grid = self.grid(picture);
        let all = picture.blocks.len();
        let frames = (0..all).map(|block| {
            let rows = 0..grid.heights.len();
            rows.map(|row| self.frame(&grid, block, row)).collect()
        });
        let frames: Vec<Vec<Frame>> = frames.collect();
        let lines = all.div_ceil(self.columns);
        let mut bottom = grid.above(lines);
        let mut x_name = ((self.left + self.width - self.right) / 2.0, bottom);
        if !picture.x_name.is_empty() {
            bottom += letters.name * 1.3;
            x_name.1 = bottom - 0.25 * letters.name;
        }
        let is_free = all > self.columns && !all.is_multiple_of(self.columns);
        let hole = Frame {
            bottom: grid.above(lines) - grid.below,
            ..self.frame(&grid, all, 0)
        };
        let place = match self.legend.aside(hole).filter(|_| is_free) {
            Some(at) => Place::Aside(at),
            None => {
                let rows = self.legend.rows(self.width - 2.0 * EDGE);
                let at = bottom + 3.0;
                bottom = at + rows.len() as f64 * self.legend.row();
                Place::Below(rows, at)
            }
        };
        let note = wrapped(&picture.note, letters.detail(), self.width - 2.0 * EDGE);
        let baseline = bottom + 1.35 * letters.detail;
        bottom += note.len() as f64 * 1.3 * letters.detail + 4.0;
        Arrangement {
            size: (self.width, bottom.ceil()),
            letters,
            columns: self.columns,
            titles: self.titles,
            own_numbers: self.own_numbers,
            y_names: EDGE + letters.name,
            x_name,
            legend: self.legend,
            place,
            direct: self.direct,
            note: (note, baseline),
            frames,
        }
    }

    /// The heights of everything in a line of blocks.
    fn grid(&self, picture: &Picture) -> Grid {
        let letters = self.letters;
        // Lines of blocks with longer titles are taller.
        let heads = self.titles.chunks(self.columns).map(|line| {
            let count = line.iter().map(Titles::count).max().unwrap_or(0) as f64;
            EDGE + count * letters.title * 1.25 + 3.0
        });
        let panels = picture.blocks.first();
        let panels = panels.map_or(&[][..], |block| &block.panels);
        let mut all = picture.blocks.iter().flat_map(|block| &block.panels);
        let named = all.any(|panel| !panel.x.name.is_empty());
        let name = if named { 1.35 * letters.name } else { 0.0 };
        Grid {
            heads: heads.collect(),
            heights: panels.iter().map(|panel| self.height(panel.tall)).collect(),
            between: 0.9 * letters.tick,
            below: letters.tick + 6.0 + name,
        }
    }

    /// The frame of a panel, by the place of its block and its row.
    fn frame(&self, grid: &Grid, block: usize, row: usize) -> Frame {
        let (line, column) = (block / self.columns, block % self.columns);
        let left = self.left + column as f64 * (self.panel + self.gap);
        let head = grid.heads.get(line).or(grid.heads.last());
        let rows = grid.heights[..row].iter().sum::<f64>() + grid.between * row as f64;
        let top = grid.above(line) + head.copied().unwrap_or(0.0) + rows;
        Frame {
            left,
            top,
            right: left + self.panel,
            bottom: top + grid.heights[row],
        }
    }

    fn height(&self, tall: Tall) -> f64 {
        match tall {
            Tall::Share(share, least, most) => {
                let scale = self.letters.scale;
                (share * self.panel).clamp(least * scale, most * scale)
            }
            Tall::Rows(rows) => (rows as f64 * 1.9 + 0.3) * self.letters.tick,
        }
    }
}

/// Heights in points.
struct Grid {
    /// Of the titles above every line of blocks.
    heads: Vec<f64>,
    /// Of the panels of a block.
    heights: Vec<f64>,
    /// Between these.
    between: f64,
    /// Of the numbers below a block.
    below: f64,
}

impl Grid {
    /// Height of the first `lines` lines of blocks.
    fn above(&self, lines: usize) -> f64 {
        let heads = self.heads.iter().take(lines).sum::<f64>();
        let between = self.between * (self.heights.len().max(1) - 1) as f64;
        let tall = self.heights.iter().sum::<f64>() + between;
        heads + lines as f64 * (tall + self.below)
    }
}

/// Whether panels beside each other have different vertical scales.
fn has_own_numbers(blocks: &[Block]) -> bool {
    let Some((first, others)) = blocks.split_first() else {
        return false;
    };
    let differs = |(a, b): (&Panel, &Panel)| a.y.scale != b.y.scale;
    let mut others = others.iter();
    others.any(|other| first.panels.iter().zip(&other.panels).any(differs))
}

/// How many values an axis `length` points long is marked at.
pub(super) fn target(length: f64, letters: Type, is_horizontal: bool) -> usize {
    let apart = match is_horizontal {
        true => 6.2 * letters.tick,
        false => 3.2 * letters.tick,
    };
    (length / apart).round().clamp(2.0, 6.0) as usize
}

/// The ticks of an axis `length` points long.
pub(super) fn ticks(
    axis: &Axis,
    length: f64,
    letters: Type,
    is_horizontal: bool,
) -> Vec<(f64, String)> {
    match &axis.ticks {
        Ticks::Named(named) => named.clone(),
        Ticks::Round(name) => {
            let mut found = axis
                .scale
                .ticks(target(length, letters, is_horizontal), *name);
            found.retain(|(value, _)| *value <= axis.to * (1.0 + 1e-9));
            found
        }
    }
}

/// Width of the widest number left of a panel.
fn numbers_width(panel: &Panel, letters: Type) -> f64 {
    // How high it will be is not known yet: a finer scale has longer numbers.
    let heights = [40.0, 60.0, 80.0, 110.0, 150.0].map(|height| height * letters.scale);
    let names = heights
        .iter()
        .flat_map(|&height| ticks(&panel.y, height, letters, false));
    let widths = names.map(|(_, name)| letters::width(&name, letters.tick()));
    widths.fold(0.0, f64::max)
}

/// How far a number at an end of a horizontal axis may go beyond it: the ends are
/// the positions in `at`.
fn overhang(axis: &Axis, letters: Type, at: RangeInclusive<f64>) -> f64 {
    let lengths = [60.0, 85.0, 110.0, 150.0].map(|length| length * letters.scale);
    let names = lengths
        .iter()
        .flat_map(|&length| ticks(axis, length, letters, true));
    let ends = names.filter(|(value, _)| at.contains(&axis.scale.position(*value)));
    let widths = ends.map(|(_, name)| letters::width(&name, letters.tick()) / 2.0);
    widths.fold(2.0, f64::max)
}

/// A text in lines no wider than `width`.
pub(super) fn wrapped(text: &str, look: TextLook, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer.filter(|line| letters::width(line, look) <= width) {
            Some(line) => *lines.last_mut().unwrap_or(&mut String::new()) = line,
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_wrapped_at_spaces() {
        let look = Type::of_width(240.0).detail();
        let lines = wrapped("mean over 20 seeds; band: 95% interval", look, 80.0);
        assert!(lines.len() > 1);
        assert!(
            lines.iter().all(|line| letters::width(line, look) <= 80.0),
            "{lines:?}"
        );
        assert_eq!(lines.join(" "), "mean over 20 seeds; band: 95% interval");
    }
}
