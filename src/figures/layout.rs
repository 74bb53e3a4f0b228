//! Where panels and legends stand.

use super::axes::Frame;
use super::canvas::{Canvas, Painted, Pen, Point, text_width};
use super::shapes;
use super::style::{BAND, DETAIL, LEGEND, label};
use crate::experiment::manifest::Manifest;
use crate::summary::published::Mark;
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
/// Height of a line of details below an entry.
const DETAIL_ROW: f64 = 12.5;

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
        let frame = self.frame(self.tasks, 0);
        // Details need what is left around the panel as well.
        let frame = match legend.has_details() {
            false => frame,
            true => Frame {
                left: frame.left - 0.4 * self.gap.0,
                // Below the name of the axis of the panel above.
                top: frame.top - TOP + NAME - 6.0,
                right: frame.right + self.right,
                bottom: frame.bottom + BOTTOM + NAME,
            },
        };
        let fits = legend.height() <= frame.bottom - frame.top;
        (self.rows == 1 && is_free && fits).then_some(frame)
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
            let widths = legend.0.iter().map(Entry::width_of_column);
            let x = (frame.left + frame.right - widths.fold(0.0, f64::max)) / 2.0;
            let mut top = (frame.top + frame.bottom - legend.height()) / 2.0;
            for entry in &legend.0 {
                entry.paint(canvas, (x, top + 0.5 * LEGEND_ROW), true)?;
                top += entry.height();
            }
            return Ok(());
        }
        let center = (LEFT + self.width() - self.right) / 2.0;
        for (number, row) in legend.rows(self.width()).iter().enumerate() {
            let y = self.height() + 8.0 + (number as f64 + 0.5) * LEGEND_ROW;
            let width = row.widths.iter().sum::<f64>() - ENTRY_GAP;
            let mut x = (center - width / 2.0).max(4.0);
            for (entry, column) in row.entries.iter().zip(&row.widths) {
                entry.paint(canvas, (x, y), false)?;
                x += column;
            }
        }
        Ok(())
    }
}

/// Entries in their order.
#[derive(Default)]
pub(super) struct Legend(Vec<Entry>);

/// One entry: a sample of what is drawn, and its name.
struct Entry {
    sample: Sample,
    name: String,
    /// What is said more: below the name, or after it.
    details: Vec<String>,
}

/// What an entry stands for.
#[derive(Clone, Copy)]
enum Sample {
    /// A line, on a band if there is one.
    Line { pen: Pen, band: bool },
    /// A mark of any colour.
    Shape(Mark),
}

impl Legend {
    /// The variants with their pens.
    pub fn of_variants(manifest: &Manifest, variants: &[(&str, Pen)], band: bool) -> Self {
        let mut legend = Self::default();
        for (variant, pen) in variants {
            legend.add(label(manifest, variant), *pen, band);
        }
        legend
    }

    /// Appends an entry.
    pub fn add(&mut self, name: String, pen: Pen, band: bool) {
        self.0.push(Entry {
            sample: Sample::Line { pen, band },
            name,
            details: Vec::new(),
        });
    }

    /// Appends a shape, after all lines.
    pub fn add_shape(&mut self, shape: Mark, name: String, details: Vec<String>) {
        self.0.push(Entry {
            sample: Sample::Shape(shape),
            name,
            details,
        });
    }

    fn has_details(&self) -> bool {
        self.0.iter().any(|entry| !entry.details.is_empty())
    }

    /// Height of all entries below one another.
    fn height(&self) -> f64 {
        self.0.iter().map(Entry::height).sum()
    }

    /// Lines and shapes, each in one row, or else in columns of one width.
    fn rows(&self, width: f64) -> Vec<Row<'_>> {
        let is_line = |entry: &Entry| matches!(entry.sample, Sample::Line { .. });
        let (lines, shapes) = self.0.split_at(self.0.partition_point(is_line));
        let mut rows = rows(lines, width);
        if !shapes.is_empty() {
            rows.extend(self::rows(shapes, width));
        }
        rows
    }
}

/// Entries in one row, or else in columns of one width.
fn rows(entries: &[Entry], width: f64) -> Vec<Row<'_>> {
    let widths = || entries.iter().map(|entry| entry.width_of_row() + ENTRY_GAP);
    if widths().sum::<f64>() <= width || entries.is_empty() {
        return vec![Row {
            entries,
            widths: widths().collect(),
        }];
    }
    let widest = widths().fold(0.0, f64::max);
    let most = ((width / widest) as usize).max(1);
    let columns = entries.len().div_ceil(entries.len().div_ceil(most));
    let row = |entries| Row {
        entries,
        widths: vec![widest; columns],
    };
    entries.chunks(columns).map(row).collect()
}

impl Entry {
    /// Width with the details after the name.
    fn width_of_row(&self) -> f64 {
        SAMPLE + SAMPLE_GAP + text_width(&self.name, LEGEND) + self.width_of_details()
    }

    fn width_of_details(&self) -> f64 {
        match self.details.is_empty() {
            true => 0.0,
            false => SAMPLE_GAP + text_width(&self.details.join("; "), DETAIL),
        }
    }

    /// Width with the details below the name.
    fn width_of_column(&self) -> f64 {
        let details = self.details.iter().map(|line| text_width(line, DETAIL));
        let widest = details.fold(text_width(&self.name, LEGEND), f64::max);
        SAMPLE + SAMPLE_GAP + widest
    }

    /// Height with the details below the name.
    fn height(&self) -> f64 {
        LEGEND_ROW + self.details.len() as f64 * DETAIL_ROW
    }

    /// The sample, whose left end is at `(x, y)`, the name, and the details
    /// `below` it or after it.
    fn paint(&self, canvas: &Canvas<'_>, (x, y): Point, below: bool) -> Painted {
        let end = x + SAMPLE;
        match self.sample {
            Sample::Line { pen, band } => {
                if band {
                    let (top, bottom) = (y - 5.0, y + 5.0);
                    let area = [(x, top), (end, top), (end, bottom), (x, bottom)];
                    canvas.polygon(&area, pen.color.mix(BAND))?;
                }
                canvas.line(&[(x, y), (end, y)], pen)?;
            }
            Sample::Shape(shape) => shapes::sample(canvas, shape, (x + SAMPLE / 2.0, y))?,
        }
        let text = end + SAMPLE_GAP;
        canvas.text(&self.name, (text, y + 4.0), LEGEND)?;
        if !below && !self.details.is_empty() {
            let after = text + text_width(&self.name, LEGEND) + SAMPLE_GAP;
            return canvas.text(&self.details.join("; "), (after, y + 4.0), DETAIL);
        }
        for (number, line) in (1..).zip(&self.details) {
            let y = y + 3.0 + f64::from(number) * DETAIL_ROW;
            canvas.text(line, (text, y), DETAIL)?;
        }
        Ok(())
    }
}

/// One row of a legend, with the widths of its columns.
struct Row<'a> {
    entries: &'a [Entry],
    widths: Vec<f64>,
}
