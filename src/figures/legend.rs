//! The legend: what lines, areas and marks are called.

use plotters::style::Color;

use super::canvas::{Canvas, Painted, Point, escape};
use super::letters;
use super::panel::Frame;
use super::picture::{Key, Sample};
use super::shapes;
use super::style::{BAND, Type};

/// Length of the line in front of an entry, space after it and between entries, in
/// sizes of the letters.
const SAMPLE: f64 = 2.6;
const SAMPLE_GAP: f64 = 0.5;
const ENTRY_GAP: f64 = 1.6;

/// Entries in their order.
pub(super) struct Legend {
    keys: Vec<Key>,
    letters: Type,
}

/// Entries side by side: the places of the first and of the one after the last, and
/// the widths of their columns.
pub(super) struct Row {
    from: usize,
    to: usize,
    widths: Vec<f64>,
}

impl Legend {
    pub fn new(keys: Vec<Key>, letters: Type) -> Self {
        Self { keys, letters }
    }

    /// Height of a row.
    pub fn row(&self) -> f64 {
        1.65 * self.letters.key
    }

    /// Width of the widest entry.
    pub fn widest(&self) -> f64 {
        self.keys
            .iter()
            .map(|key| self.width(key))
            .fold(0.0, f64::max)
    }

    /// Width of an entry with its details after the name.
    fn width(&self, key: &Key) -> f64 {
        let details = match key.details.is_empty() {
            true => 0.0,
            false => {
                let text = key.details.join("; ");
                SAMPLE_GAP * self.letters.key + letters::width(&text, self.letters.detail())
            }
        };
        (SAMPLE + SAMPLE_GAP) * self.letters.key
            + letters::width(&key.name, self.letters.key())
            + details
    }

    /// Width with the details below the name.
    fn width_of_column(&self, key: &Key) -> f64 {
        let details = key.details.iter();
        let details = details.map(|line| letters::width(line, self.letters.detail()));
        let name = letters::width(&key.name, self.letters.key());
        (SAMPLE + SAMPLE_GAP) * self.letters.key + details.fold(name, f64::max)
    }

    /// Height with the details below the name.
    fn height(&self, key: &Key) -> f64 {
        self.row() + key.details.len() as f64 * 1.3 * self.letters.detail
    }

    /// Where entries below one another begin in a frame, if they have room there.
    pub fn aside(&self, frame: Frame) -> Option<Point> {
        let height: f64 = self.keys.iter().map(|key| self.height(key)).sum();
        let widths = self.keys.iter().map(|key| self.width_of_column(key));
        let width = widths.fold(0.0, f64::max);
        let (wide, tall) = (frame.right - frame.left, frame.bottom - frame.top);
        let fits = height <= tall && width <= wide && !self.keys.is_empty();
        let left = frame.left + (wide - width) / 2.0;
        fits.then_some((left, frame.top + (tall - height) / 2.0))
    }

    /// Rows no wider than `width`: lines and areas first, shapes in rows of their
    /// own.
    pub fn rows(&self, width: f64) -> Vec<Row> {
        let is_shape = |key: &Key| matches!(key.sample, Sample::Shape(_));
        let shapes = self
            .keys
            .iter()
            .position(is_shape)
            .unwrap_or(self.keys.len());
        let mut rows = self.in_rows(0, shapes, width);
        rows.extend(self.in_rows(shapes, self.keys.len(), width));
        rows
    }

    /// Entries in one row, or else in columns of one width.
    fn in_rows(&self, from: usize, to: usize, width: f64) -> Vec<Row> {
        let gap = ENTRY_GAP * self.letters.key;
        let widths: Vec<f64> = self.keys[from..to]
            .iter()
            .map(|key| self.width(key) + gap)
            .collect();
        if widths.is_empty() {
            return Vec::new();
        }
        if widths.iter().sum::<f64>() - gap <= width {
            return vec![Row { from, to, widths }];
        }
        let widest = widths.iter().copied().fold(0.0, f64::max);
        let most = (((width + gap) / widest) as usize).max(1);
        let columns = widths.len().div_ceil(widths.len().div_ceil(most));
        let row = |first: usize| Row {
            from: first,
            to: (first + columns).min(to),
            widths: vec![widest; columns],
        };
        (from..to).step_by(columns).map(row).collect()
    }

    /// Draws rows, centred in a picture `width` wide, from the height `top` on.
    pub fn paint_rows(&self, canvas: &Canvas, rows: &[Row], width: f64, top: f64) -> Painted {
        for (number, row) in rows.iter().enumerate() {
            let y = top + (number as f64 + 0.5) * self.row();
            let all = row.widths.iter().sum::<f64>() - ENTRY_GAP * self.letters.key;
            let mut x = ((width - all) / 2.0).max(3.0);
            for (key, column) in self.keys[row.from..row.to].iter().zip(&row.widths) {
                self.paint(canvas, key, (x, y), false)?;
                x += column;
            }
        }
        Ok(())
    }

    /// Draws entries below one another from a point on.
    pub fn paint_column(&self, canvas: &Canvas, (x, mut top): Point) -> Painted {
        for key in &self.keys {
            self.paint(canvas, key, (x, top + 0.5 * self.row()), true)?;
            top += self.height(key);
        }
        Ok(())
    }

    /// An entry: the sample, whose left end is at `(x, y)`, the name, and the
    /// details `below` it or after it.
    fn paint(&self, canvas: &Canvas, key: &Key, at: Point, below: bool) -> Painted {
        let attributes = match key.series.is_empty() {
            true => "class=\"note\"".to_owned(),
            false => format!("class=\"key\" data-series=\"{}\"", escape(&key.series)),
        };
        canvas.group(&attributes, || {
            self.sample(canvas, key.sample, at)?;
            self.words(canvas, key, at, below)
        })
    }

    fn sample(&self, canvas: &Canvas, sample: Sample, (x, y): Point) -> Painted {
        let size = self.letters.key;
        let end = x + SAMPLE * size;
        match sample {
            Sample::Line { pen, band } => {
                if band {
                    let (top, bottom) = (y - 0.42 * size, y + 0.42 * size);
                    canvas.rectangle((x, top), (end, bottom), pen.color.mix(BAND))?;
                }
                let width = pen.width * self.letters.line;
                canvas.line(&[(x, y), (end, y)], super::canvas::Pen { width, ..pen })
            }
            Sample::Area(color) => {
                let half = 0.4 * size;
                let left = end - 1.5 * size;
                canvas.rectangle((left, y - half), (end, y + half), color)
            }
            Sample::Shape(shape) => {
                shapes::sample(canvas, shape, (x + SAMPLE * size / 2.0, y), self.letters)
            }
        }
    }

    fn words(&self, canvas: &Canvas, key: &Key, (x, y): Point, below: bool) -> Painted {
        let size = self.letters.key;
        let text = x + (SAMPLE + SAMPLE_GAP) * size;
        let baseline = y + 0.36 * size;
        canvas.text(&key.name, (text, baseline), self.letters.key())?;
        let look = super::canvas::TextLook {
            align: super::canvas::Align::Start,
            ..self.letters.detail()
        };
        if !below && !key.details.is_empty() {
            let name = letters::width(&key.name, self.letters.key());
            let after = text + name + SAMPLE_GAP * size;
            return canvas.text(&key.details.join("; "), (after, baseline), look);
        }
        for (number, line) in (1..).zip(&key.details) {
            let y = baseline + f64::from(number) * 1.3 * look.size;
            canvas.text(line, (text, y), look)?;
        }
        Ok(())
    }
}
