//! Where panels and legends stand.

use super::axes::Frame;
use super::canvas::{Canvas, Painted, Pen, Point, text_width};
use super::style::{BAND, LEGEND, label};
use plotters::style::Color;

/// Panels of one size: a task is a column of `rows` panels, and where tasks do
/// not fit side by side, further blocks of such columns follow below.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub tasks: usize,
    /// Tasks side by side.
    pub columns: usize,
    /// Panels of a task.
    pub rows: usize,
    /// Width and height of a panel.
    pub panel: (f64, f64),
    /// Space between columns, and between the panels of a task.
    pub gap: (f64, f64),
    /// Space right of the last column.
    pub right: f64,
}

/// Space left of the first column, for its numbers and name.
const LEFT: f64 = 65.0;
/// Space above a block, for the names of tasks.
const TOP: f64 = 28.0;
/// Space below a block, for the numbers of its axis.
const BOTTOM: f64 = 24.0;
/// Space below the last block, for the name of the axis.
const NAME: f64 = 20.0;
/// Height of a row of the legend.
const LEGEND_ROW: f64 = 19.0;
/// Length of the line in front of an entry, and space between entries.
const SAMPLE: f64 = 30.0;
const SAMPLE_GAP: f64 = 6.0;
const ENTRY_GAP: f64 = 22.0;

impl Grid {
    /// Width of the picture.
    pub fn width(&self) -> f64 {
        let columns = self.columns.min(self.tasks) as f64;
        LEFT + columns * self.panel.0 + (columns - 1.0) * self.gap.0 + self.right
    }

    /// Height of the picture without its legend.
    fn height(&self) -> f64 {
        self.tasks.div_ceil(self.columns) as f64 * self.block() + NAME
    }

    fn block(&self) -> f64 {
        let rows = self.rows as f64;
        TOP + rows * self.panel.1 + (rows - 1.0) * self.gap.1 + BOTTOM
    }

    /// The panel of `task` in `row`.
    pub fn frame(&self, task: usize, row: usize) -> Frame {
        let (block, column) = (task / self.columns, task % self.columns);
        let left = LEFT + column as f64 * (self.panel.0 + self.gap.0);
        let top = TOP + block as f64 * self.block() + row as f64 * (self.panel.1 + self.gap.1);
        Frame {
            left,
            top,
            right: left + self.panel.0,
            bottom: top + self.panel.1,
        }
    }

    /// Whether the task stands in the first column.
    pub fn first(&self, task: usize) -> bool {
        task.is_multiple_of(self.columns)
    }

    /// Whether no task stands right of this one.
    pub fn last(&self, task: usize) -> bool {
        task % self.columns == self.columns - 1 || task == self.tasks - 1
    }

    /// Whether no task stands below this one.
    pub fn lowest(&self, task: usize) -> bool {
        task + self.columns >= self.tasks
    }

    /// Where the legend stands if the last panel leaves room for it.
    fn hole(&self, legend: &Legend) -> Option<Frame> {
        let is_free = self.tasks > self.columns && !self.tasks.is_multiple_of(self.columns);
        let fits = legend.0.len() as f64 * LEGEND_ROW <= self.panel.1;
        (self.rows == 1 && is_free && fits).then(|| self.frame(self.tasks, 0))
    }

    /// Size of the picture with its legend.
    pub fn size(&self, legend: &Legend) -> (f64, f64) {
        if self.hole(legend).is_some() {
            return (self.width(), self.height());
        }
        let rows = legend.rows(self.width()).len() as f64;
        (self.width(), self.height() + rows * LEGEND_ROW + 12.0)
    }

    /// Draws the legend below the panels, centred under them.
    pub fn legend(&self, canvas: &Canvas<'_>, legend: &Legend) -> Painted {
        if let Some(frame) = self.hole(legend) {
            let widest = legend.0.iter().map(|entry| entry.width).fold(0.0, f64::max);
            let high = legend.0.len() as f64 * LEGEND_ROW;
            let x = (frame.left + frame.right - widest) / 2.0;
            let top = (frame.top + frame.bottom - high) / 2.0;
            for (row, entry) in legend.0.iter().enumerate() {
                entry.paint(canvas, (x, top + (row as f64 + 0.5) * LEGEND_ROW))?;
            }
            return Ok(());
        }
        let center = (LEFT + self.width() - self.right) / 2.0;
        for (number, row) in legend.rows(self.width()).iter().enumerate() {
            let y = self.height() + 8.0 + (number as f64 + 0.5) * LEGEND_ROW;
            let width = row.widths.iter().sum::<f64>() - ENTRY_GAP;
            let mut x = (center - width / 2.0).max(4.0);
            for (entry, column) in row.entries.iter().zip(&row.widths) {
                entry.paint(canvas, (x, y))?;
                x += column;
            }
        }
        Ok(())
    }
}

/// Entries in their order.
#[derive(Default)]
pub(super) struct Legend(Vec<Entry>);

/// One entry: a sample of the line, on a band if there is one, and its name.
struct Entry {
    name: String,
    pen: Pen,
    band: bool,
    width: f64,
}

impl Legend {
    /// The variants with their pens.
    pub fn of_variants(variants: &[(&str, Pen)], band: bool) -> Self {
        let mut legend = Self::default();
        for (variant, pen) in variants {
            legend.add(label(variant), *pen, band);
        }
        legend
    }

    /// Appends an entry.
    pub fn add(&mut self, name: String, pen: Pen, band: bool) {
        let width = SAMPLE + SAMPLE_GAP + text_width(&name, LEGEND);
        self.0.push(Entry {
            name,
            pen,
            band,
            width,
        });
    }

    /// The entries in one row, or else in columns of one width.
    fn rows(&self, width: f64) -> Vec<Row<'_>> {
        let widths = || self.0.iter().map(|entry| entry.width + ENTRY_GAP);
        if widths().sum::<f64>() <= width || self.0.is_empty() {
            return vec![Row {
                entries: &self.0,
                widths: widths().collect(),
            }];
        }
        let widest = widths().fold(0.0, f64::max);
        let most = ((width / widest) as usize).max(1);
        let columns = self.0.len().div_ceil(self.0.len().div_ceil(most));
        let row = |entries| Row {
            entries,
            widths: vec![widest; columns],
        };
        self.0.chunks(columns).map(row).collect()
    }
}

impl Entry {
    /// The sample, whose left end is at `(x, y)`, and the name.
    fn paint(&self, canvas: &Canvas<'_>, (x, y): Point) -> Painted {
        let end = x + SAMPLE;
        if self.band {
            let (top, bottom) = (y - 5.0, y + 5.0);
            let area = [(x, top), (end, top), (end, bottom), (x, bottom)];
            canvas.polygon(&area, self.pen.color.mix(BAND))?;
        }
        canvas.line(&[(x, y), (end, y)], self.pen)?;
        canvas.text(&self.name, (end + SAMPLE_GAP, y + 4.0), LEGEND)
    }
}

/// One row of a legend, with the widths of its columns.
struct Row<'a> {
    entries: &'a [Entry],
    widths: Vec<f64>,
}
