//! Panels whose rows are named on the left: one for each algorithm, pair or
//! variant.

use super::axes::{Frame, Labels};
use super::canvas::text_width;
use super::scale::Scale;
use super::style::TICK;

/// Panels of one size beside each other, and below where they do not fit.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Names of the rows, from above, with their places on the axis.
    ticks: Vec<(f64, String)>,
    panels: usize,
    columns: usize,
    width: f64,
    left: f64,
    top: f64,
}

/// Height of a row.
const ROW: f64 = 21.0;
/// Space between panels.
const GAP: f64 = 20.0;
/// Space above a panel, for its title.
const TOP: f64 = 28.0;
/// Space below a panel, for the numbers and the name of its axis.
const BELOW: f64 = 42.0;
/// Space right of the last panel.
const RIGHT: f64 = 16.0;

impl Rows {
    /// `panels` panels, at most `columns` side by side and each `width` wide,
    /// with a row for each of `names`.
    pub fn new(names: Vec<String>, panels: usize, columns: usize, width: f64) -> Self {
        let widest = names.iter().map(|name| text_width(name, TICK));
        Self {
            left: widest.fold(30.0, f64::max) + 16.0,
            ticks: (0..).map(|row| f64::from(row) + 0.5).zip(names).collect(),
            panels,
            columns: columns.min(panels).max(1),
            width,
            top: TOP,
        }
    }

    /// A panel for each of `tasks` tasks, of a size that fits a page.
    pub fn of_tasks(names: Vec<String>, tasks: usize) -> Self {
        let (columns, width) = match tasks {
            1 => (1, 420.0),
            2 | 4 => (2, 330.0),
            _ => (3, 225.0),
        };
        Self::new(names, tasks, columns, width)
    }

    /// The same panels without titles above them.
    pub fn untitled(self) -> Self {
        Self { top: 10.0, ..self }
    }

    /// Where a legend could stand: the room after the last panel, if there is
    /// any.
    pub fn hole(&self) -> Option<Frame> {
        let is_free = !self.panels.is_multiple_of(self.columns);
        is_free.then(|| self.frame(self.panels))
    }

    /// Width and height of the picture without a legend.
    pub fn size(&self) -> (f64, f64) {
        let columns = self.columns as f64;
        let width = self.left + columns * self.width + (columns - 1.0) * GAP + RIGHT;
        let blocks = self.panels.div_ceil(self.columns) as f64;
        (width, blocks * self.block())
    }

    fn block(&self) -> f64 {
        self.top + self.ticks.len() as f64 * ROW + BELOW
    }

    /// Where a panel stands.
    pub fn frame(&self, panel: usize) -> Frame {
        let (block, column) = (panel / self.columns, panel % self.columns);
        let left = self.left + column as f64 * (self.width + GAP);
        let top = self.top + block as f64 * self.block();
        Frame {
            left,
            top,
            right: left + self.width,
            bottom: top + self.ticks.len() as f64 * ROW,
        }
    }

    /// The vertical axis: row `r` from above lies at r + 0.5.
    pub fn axis(&self) -> Scale {
        Scale::exactly(self.ticks.len() as f64, 0.0)
    }

    /// Labels of a panel, with the names of the rows left of the first ones.
    pub fn labels<'a>(&'a self, panel: usize, title: &'a str, x: Option<&'a str>) -> Labels<'a> {
        Labels {
            title: Some(title),
            x: x.filter(|_| panel + self.columns >= self.panels),
            x_numbers: true,
            y_numbers: panel.is_multiple_of(self.columns),
            y_ticks: Some(&self.ticks),
            ..Labels::default()
        }
    }
}
