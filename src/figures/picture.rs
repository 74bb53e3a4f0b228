//! What a figure shows, before it is known how wide it will be: panels with their
//! axes, marks in values of the axes, and what the marks are called.

use plotters::style::{Color, RGBAColor};

use super::Caption;
use super::canvas::{Painted, Pen, Point};
use super::panel::Placed;
use super::scale::{Name, Scale};
use super::style::BAND;
use crate::summary::published;

/// A figure.
pub(super) struct Picture {
    /// Name of its files, without the extension.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it shows, of how many runs, by which rules.
    pub caption: String,
    /// What is seen in it, in a sentence, for who cannot see it.
    pub alt: String,
    /// From left to right, and on below where there is no room.
    pub blocks: Vec<Block>,
    /// Blocks side by side where there is room for them.
    pub columns: usize,
    /// The name of the horizontal axis of all panels, below them.
    pub x_name: String,
    pub keys: Vec<Key>,
    /// What lines and bands are, and of how many runs: a short line below.
    pub note: String,
}

/// Panels below one another with a title above.
pub(super) struct Block {
    pub title: String,
    /// A second line; empty if there is none.
    pub subtitle: String,
    pub panels: Vec<Panel>,
}

/// A pair of axes with its marks.
pub(super) struct Panel {
    pub tall: Tall,
    pub x: Axis,
    pub y: Axis,
    /// Room right of it, in points, for what has no place on its axis.
    pub strip: f64,
    pub marks: Vec<Mark>,
    /// The numbers behind the marks, for who points at them.
    pub series: Vec<Series>,
}

/// The height of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tall {
    /// A share of its width, within limits in points.
    Share(f64, f64, f64),
    /// So many rows of text.
    Rows(usize),
}

/// An axis.
#[derive(Clone)]
pub(super) struct Axis {
    /// Its name; of a horizontal one only where panels do not share it.
    pub name: String,
    pub scale: Scale,
    pub ticks: Ticks,
    /// The last value at which it is marked.
    pub to: f64,
}

/// Where an axis is marked.
#[derive(Clone)]
pub(super) enum Ticks {
    /// At round values, which are written so.
    Round(Name),
    /// At these.
    Named(Vec<(f64, String)>),
}

impl Axis {
    /// One marked at round values.
    pub fn round(name: impl Into<String>, scale: Scale, as_: Name) -> Self {
        Self {
            name: name.into(),
            scale,
            ticks: Ticks::Round(as_),
            to: f64::INFINITY,
        }
    }

    /// Environment steps from 0 to `steps`.
    pub fn steps(steps: f64) -> Self {
        Self::round("", Scale::exactly(0.0, steps), Name::Steps)
    }

    /// A row for each of `names`, from above: row r lies at r + 0.5.
    pub fn rows(names: &[String]) -> Self {
        let places = (0..).map(|row| f64::from(row) + 0.5);
        Self {
            name: String::new(),
            scale: Scale::exactly(names.len() as f64, 0.0),
            ticks: Ticks::Named(places.zip(names.iter().cloned()).collect()),
            to: f64::INFINITY,
        }
    }

    /// Whether its ticks name rows, and are no values.
    pub fn is_of_rows(&self) -> bool {
        let (low, high, _) = self.scale.ends();
        matches!(self.ticks, Ticks::Named(_)) && high < low
    }

    /// How its values are written.
    pub fn name_of_values(&self) -> Name {
        match self.ticks {
            Ticks::Round(name) => name,
            Ticks::Named(_) => Name::Number,
        }
    }
}

/// What paints in a panel.
pub(super) type Paint = Box<dyn Fn(&Placed<'_>) -> Painted>;

/// Something that is painted, in the order of the marks.
pub(super) struct Mark {
    /// The variant that it belongs to; empty if to none.
    pub series: String,
    pub paint: Paint,
}

impl Mark {
    /// Whatever `paint` paints, as a mark of `series`.
    pub fn new(series: &str, paint: impl Fn(&Placed<'_>) -> Painted + 'static) -> Self {
        Self {
            series: series.to_owned(),
            paint: Box::new(paint),
        }
    }

    /// A line through points.
    pub fn line(series: &str, points: Vec<Point>, pen: Pen) -> Self {
        Self::new(series, move |panel| panel.line(&points, pen))
    }

    /// The area between `(x, low, high)`.
    pub fn band(series: &str, points: Vec<(f64, f64, f64)>, color: RGBAColor) -> Self {
        Self::new(series, move |panel| panel.band(&points, color))
    }

    /// A dashed level with its name, if it has one.
    pub fn level(y: f64, name: &str) -> Self {
        let name = name.to_owned();
        Self::new("", move |panel| {
            panel.level(y)?;
            match name.is_empty() {
                true => Ok(()),
                false => panel.note(&name, y),
            }
        })
    }

    /// An upright dashed line.
    pub fn upright(x: f64) -> Self {
        Self::new("", move |panel| panel.upright(x))
    }
}

/// Numbers behind the marks of a variant.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// The variant.
    pub id: String,
    pub label: String,
    /// Whether intervals lie along the horizontal axis.
    pub across: bool,
    pub values: Vec<Value>,
}

impl Series {
    /// Points of a line of one step, which is of no variant and no sample.
    pub fn of_points(label: &str, points: &[(f64, f64)]) -> Self {
        let value = |&(x, y): &(f64, f64)| Value {
            x,
            y,
            ..Value::default()
        };
        Self {
            id: label.to_owned(),
            label: label.to_owned(),
            across: false,
            values: points.iter().map(value).collect(),
        }
    }
}

/// One of them, with its interval and the number of runs behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Value {
    pub x: f64,
    pub y: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub n: Option<u64>,
}

/// A line with its band, of one variant.
pub(super) struct Curve {
    pub id: String,
    pub label: String,
    pub pen: Pen,
    /// Whether the intervals of its values are drawn.
    pub banded: bool,
    pub values: Vec<Value>,
}

impl Panel {
    /// Adds curves: all bands below all lines, and the first curve on top.
    pub fn add_curves(&mut self, curves: Vec<Curve>) {
        for curve in curves.iter().rev().filter(|curve| curve.banded) {
            let ends = curve.values.iter();
            let ends = ends.filter_map(|value| Some((value.x, value.low?, value.high?)));
            let color = curve.pen.color.mix(BAND);
            self.marks
                .push(Mark::band(&curve.id, ends.collect(), color));
        }
        for curve in curves.iter().rev() {
            let points = curve.values.iter().map(|value| (value.x, value.y));
            self.marks
                .push(Mark::line(&curve.id, points.collect(), curve.pen));
        }
        self.series.extend(curves.into_iter().map(|curve| Series {
            id: curve.id,
            label: curve.label,
            across: false,
            values: curve.values,
        }));
    }
}

/// An entry of the legend.
#[derive(Clone)]
pub(super) struct Key {
    /// The variant that it stands for; empty if for none.
    pub series: String,
    pub sample: Sample,
    pub name: String,
    /// What is said more: below the name, or after it.
    pub details: Vec<String>,
}

/// What an entry stands for.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// A line, on a band if there is one.
    Line { pen: Pen, band: bool },
    /// A filled area.
    Area(RGBAColor),
    /// A mark of any colour.
    Shape(published::Mark),
}

impl Key {
    /// An entry without details.
    pub fn new(series: &str, name: impl Into<String>, sample: Sample) -> Self {
        Self {
            series: series.to_owned(),
            sample,
            name: name.into(),
            details: Vec::new(),
        }
    }

    /// A line of a variant.
    pub fn line(series: &str, name: impl Into<String>, pen: Pen, band: bool) -> Self {
        Self::new(series, name, Sample::Line { pen, band })
    }
}

impl Picture {
    /// What it says of itself.
    pub fn said(&self) -> Caption {
        Caption {
            name: self.name.clone(),
            title: self.title.clone(),
            caption: self.caption.clone(),
            alt: self.alt.clone(),
        }
    }

    /// Shows only a range of values, of axes that have numbers.
    pub fn limit(&mut self, x: Option<(f64, f64)>, y: Option<(f64, f64)>) {
        let panels = self.blocks.iter_mut().flat_map(|block| &mut block.panels);
        for panel in panels {
            for (axis, limits) in [(&mut panel.x, x), (&mut panel.y, y)] {
                if let (Some((low, high)), Ticks::Round(_)) = (limits, &axis.ticks) {
                    axis.scale = axis.scale.between(low, high);
                }
            }
        }
    }
}
