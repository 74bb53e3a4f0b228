//! Sizes of letters and lines, and the inks, in one place.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Align, Pen, TextLook};
use crate::summary::SHOWN_VARIANTS;

/// Text and reference lines.
pub(super) const INK: RGBColor = RGBColor(0x26, 0x26, 0x26);
/// Text that should stand back.
pub(super) const SOFT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
/// The grid.
pub(super) const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
/// The ground of what stands beside a panel and has no axis of its own.
pub(super) const STRIP: RGBColor = RGBColor(0xF4, 0xF4, 0xF4);

/// Width of the line of a single run, in lines of data.
pub(super) const RUN: f64 = 0.32;
/// Opacity of all of these lines together, as it is in an SVG.
pub(super) const RUNS: &str = "opacity=\"0.3\"";
/// The line of a single run that failed.
pub(super) const FAILED: Pen = Pen {
    color: RGBAColor(SOFT_INK.0, SOFT_INK.1, SOFT_INK.2, 1.0),
    width: RUN,
    dash: &[],
};
/// Opacity of those.
pub(super) const FAILED_RUNS: &str = "opacity=\"0.4\"";
/// Opacity of a band.
pub(super) const BAND: f64 = 0.17;
/// Opacity of the bar of an interval.
pub(super) const INTERVAL: f64 = 0.38;
/// Variants above which bands, or lines that are not smoothed, would hide one
/// another and are left out.
pub(super) const BANDS_UP_TO: usize = SHOWN_VARIANTS;

/// The width of a page of a paper, and of one of its two columns.
pub(super) const PAGE: f64 = 510.0;
const COLUMN: f64 = 400.0;

/// Sizes of letters and lines for the width of a picture, in points. No letter is
/// smaller than 6.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    /// Names of tasks above their panels.
    pub title: f64,
    /// Names of axes.
    pub name: f64,
    /// Numbers at axes.
    pub tick: f64,
    /// Entries of the legend.
    pub key: f64,
    /// What is said more.
    pub detail: f64,
    /// Width of a line of data.
    pub line: f64,
    /// How much larger than on the page of a paper.
    pub scale: f64,
}

impl Type {
    /// For a picture of this width: that of a column, of a page, or more.
    pub fn of_width(width: f64) -> Self {
        let scale = (width / PAGE).max(1.0);
        let (title, name, tick, key, detail, line) = match width < COLUMN {
            true => (7.0, 7.0, 6.5, 6.8, 6.5, 1.05),
            false => (8.0, 7.5, 7.0, 7.5, 6.8, 1.25),
        };
        Self {
            title: scale * title,
            name: scale * name,
            tick: scale * tick,
            key: scale * key,
            detail: scale * detail,
            line: scale * line,
            scale,
        }
    }

    pub fn title(self) -> TextLook {
        look(self.title, INK, true, Align::Middle)
    }

    pub fn name(self) -> TextLook {
        look(self.name, INK, false, Align::Middle)
    }

    pub fn tick(self) -> TextLook {
        look(self.tick, SOFT_INK, false, Align::Middle)
    }

    pub fn key(self) -> TextLook {
        look(self.key, INK, false, Align::Start)
    }

    pub fn detail(self) -> TextLook {
        look(self.detail, SOFT_INK, false, Align::Middle)
    }
}

fn look(size: f64, color: RGBColor, bold: bool, align: Align) -> TextLook {
    TextLook {
        size,
        color,
        bold,
        align,
        upward: false,
    }
}

/// Dashes, in the order in which variants of one algorithm use them, in widths of
/// the line.
pub(super) const DASHES: [&[f64]; 5] = [
    &[],
    &[4.8, 2.0],
    &[1.3, 1.5],
    &[5.6, 1.6, 1.3, 1.6],
    &[2.6, 1.3],
];

/// Further dashes, for algorithms beside which those of [`DASHES`] are taken: dash and
/// two dots, long dashes, dots far apart.
const FURTHER: [&[f64]; 3] = [&[5.6, 1.4, 1.3, 1.4, 1.3, 1.4], &[9.0, 2.0], &[1.3, 3.4]];

/// A pen that draws a line of data; of a dash with no such number it is solid.
pub(super) fn pen(color: RGBColor, dash: usize) -> Pen {
    let mut all = DASHES.iter().chain(&FURTHER);
    Pen {
        color: color.to_rgba(),
        width: 1.0,
        dash: all.nth(dash).copied().unwrap_or_default(),
    }
}
