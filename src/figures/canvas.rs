//! A surface in points, on which plotters draws SVG.
//!
//! plotters writes whole numbers and neither groups nor dashes: every element is
//! drawn on a surface of its own, [`FINE`] times larger, and what it comes to is
//! taken over with the attributes that are missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::FigureError;
use super::letters::{self, EM, font};
pub(super) use super::letters::{Align, TextLook};
use super::theme::Theme;

/// Units of the drawing in a point.
pub(super) const FINE: f64 = 10.0;

/// Offset of the baseline of a text anchored at its top, in ems, in the SVG
/// that plotters writes.
const BASELINE: f64 = 0.76;

/// A point of the surface, in points of print from the upper left corner.
pub(super) type Point = (f64, f64);

/// What painting comes to.
pub(super) type Painted = Result<(), FigureError>;

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub color: RGBAColor,
    /// In points, or in lines of data where a panel draws it.
    pub width: f64,
    /// Lengths of dashes and gaps in turn, in the unit of the width; empty: solid.
    pub dash: &'static [f64],
}

/// What the letters of a picture are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Text, for where its font is at hand.
    Text,
    /// Outlines, which look the same on every machine.
    Outlines,
}

/// For whom a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Medium {
    pub theme: Theme,
    pub letters: Letters,
    /// Colours as variables of a style sheet, which a page can change.
    pub variables: bool,
}

/// What is drawn on.
pub(super) struct Canvas {
    medium: Medium,
    /// Width and height in points.
    size: (f64, f64),
    body: RefCell<String>,
    /// Outlines that are used, by whether they are bold and by letter.
    glyphs: RefCell<BTreeMap<(bool, char), String>>,
    /// Letters of which the font has no picture.
    missing: RefCell<BTreeSet<char>>,
}

impl Canvas {
    /// An empty one.
    pub fn new(size: (f64, f64), medium: Medium) -> Self {
        Self {
            medium,
            size,
            body: RefCell::default(),
            glyphs: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    /// What was drawn, the outlines that it uses, and the letters without a
    /// picture.
    pub fn finish(self) -> (String, String, BTreeSet<char>) {
        let outlines = self.glyphs.into_inner();
        let outline = |((bold, letter), path): ((bool, char), String)| {
            let id = glyph(bold, letter);
            format!("<path id=\"{id}\" d=\"{path}\"/>\n")
        };
        let outlines = outlines.into_iter().map(outline).collect();
        (self.body.into_inner(), outlines, self.missing.into_inner())
    }

    /// What `paint` draws, as a group with these attributes.
    pub fn group(&self, attributes: &str, paint: impl FnOnce() -> Painted) -> Painted {
        let before = self.body.borrow().len();
        let _ = writeln!(self.body.borrow_mut(), "<g {attributes}>");
        let inside = self.body.borrow().len();
        paint()?;
        let mut body = self.body.borrow_mut();
        match body.len() == inside {
            // Nothing was drawn.
            true => body.truncate(before),
            false => body.push_str("</g>\n"),
        }
        Ok(())
    }

    /// A line through `points`, dashed if the pen is.
    pub fn line(&self, points: &[Point], pen: Pen) -> Painted {
        let width = ((pen.width * FINE).round() as u32).max(1);
        let style = self.tinted(pen.color).stroke_width(width);
        let path: Vec<(i32, i32)> = points.iter().map(|&p| place(p)).collect();
        let dash: Vec<String> = pen
            .dash
            .iter()
            .map(|part| fine(*part).to_string())
            .collect();
        let dash = match dash.is_empty() {
            true => String::new(),
            false => format!(" stroke-dasharray=\"{}\"", dash.join(" ")),
        };
        self.element(&dash, |area| area.draw(&PathElement::new(path, style)))
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[Point], color: RGBAColor) -> Painted {
        let path: Vec<(i32, i32)> = points.iter().map(|&p| place(p)).collect();
        let color = self.tinted(color);
        self.element("", |area| area.draw(&Polygon::new(path, color)))
    }

    /// A filled rectangle between two corners.
    pub fn rectangle(
        &self,
        (left, top): Point,
        (right, bottom): Point,
        color: RGBAColor,
    ) -> Painted {
        let outline = [(left, bottom), (left, top), (right, top), (right, bottom)];
        self.polygon(&outline, color)
    }

    /// A filled disc.
    pub fn dot(&self, center: Point, radius: f64, color: RGBAColor) -> Painted {
        let style = self.tinted(color).filled();
        let disc = Circle::new(place(center), fine(radius), style);
        self.element("", |area| area.draw(&disc))
    }

    /// A text whose baseline begins, is centred or ends at `at`.
    pub fn text(&self, text: &str, at: Point, look: TextLook) -> Painted {
        let missing = letters::without_glyph(text, look.bold);
        self.missing.borrow_mut().extend(missing);
        let look = TextLook {
            color: self.medium.theme.color(look.color),
            ..look
        };
        match self.medium.letters {
            Letters::Text => self.written(text, at, look),
            Letters::Outlines => {
                self.outlined(text, at, look);
                Ok(())
            }
        }
    }

    /// Text as text.
    fn written(&self, text: &str, at: Point, look: TextLook) -> Painted {
        let rise = BASELINE * look.size;
        let (at, turn) = match look.upward {
            true => ((at.0 - rise, at.1), FontTransform::Rotate270),
            false => ((at.0, at.1 - rise), FontTransform::None),
        };
        let anchor = match look.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let style = TextStyle::from(font(look, FINE).transform(turn))
            .color(&look.color)
            .pos(Pos::new(anchor, VPos::Top));
        self.element("", |area| area.draw_text(text, &style, place(at)))
    }

    /// Text as outlines of its letters, each of which is kept once.
    fn outlined(&self, text: &str, at: Point, look: TextLook) {
        let width = letters::width(text, look);
        let shift = match look.align {
            Align::Start => 0.0,
            Align::Middle => 0.5,
            Align::End => 1.0,
        };
        let turn = if look.upward { " rotate(-90)" } else { "" };
        let scale = look.size * FINE / EM;
        let RGBColor(r, g, b) = look.color;
        let mut body = self.body.borrow_mut();
        let _ = write!(
            body,
            "<g fill=\"#{r:02X}{g:02X}{b:02X}\" transform=\"translate({} {}){turn} scale({scale:.5})\">",
            fine(at.0),
            fine(at.1)
        );
        let mut along = -shift * width / look.size * EM;
        for letter in text.chars() {
            let (path, advance) = letters::outline(letter, look.bold);
            if !path.is_empty() {
                let id = glyph(look.bold, letter);
                let _ = write!(body, "<use xlink:href=\"#{id}\" x=\"{}\"/>", along.round());
                let mut glyphs = self.glyphs.borrow_mut();
                glyphs.entry((look.bold, letter)).or_insert(path);
            }
            along += advance;
        }
        body.push_str("</g>\n");
    }

    /// A colour as it is on the ground of the picture.
    fn tinted(&self, RGBAColor(r, g, b, opacity): RGBAColor) -> RGBAColor {
        self.medium.theme.color(RGBColor(r, g, b)).mix(opacity)
    }

    /// One element as plotters writes it, with attributes of its own.
    fn element<E: std::error::Error + Send + Sync>(
        &self,
        attributes: &str,
        draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingAreaErrorKind<E>>,
    ) -> Painted {
        let failed = |error: &dyn std::error::Error| FigureError::Drawing(error.to_string());
        let size = (fine(self.size.0) as u32, fine(self.size.1) as u32);
        let mut drawn = String::new();
        {
            let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
            draw(&area).map_err(|error| failed(&error))?;
            area.present().map_err(|error| failed(&error))?;
        }
        let inside = drawn.split_once('\n').map_or("", |(_, rest)| rest);
        let inside = inside
            .rsplit_once("</svg>")
            .map_or(inside, |(rest, _)| rest);
        // What is opaque anyway need not be said.
        let mut inside = inside.replace(" opacity=\"1\"", "");
        if let Some(place) = inside.find(' ').filter(|_| !attributes.is_empty()) {
            inside.insert_str(place, attributes);
        }
        if self.medium.variables {
            inside = as_variables(&inside);
        }
        self.body.borrow_mut().push_str(&inside);
        Ok(())
    }
}

/// `"#0072B2"` as `"var(--fig-0072B2, #0072B2)"`.
fn as_variables(element: &str) -> String {
    let mut parts = element.split("\"#");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (color, rest) = part.split_at(part.len().min(6));
        let _ = write!(text, "\"var(--fig-{color}, #{color}){rest}");
    }
    text
}

/// The name of an outline.
fn glyph(bold: bool, letter: char) -> String {
    let weight = if bold { 'b' } else { 'r' };
    format!("{weight}{:x}", u32::from(letter))
}

pub(super) fn fine(length: f64) -> i32 {
    (length * FINE).round() as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

/// `text` with the characters replaced that mean something in XML and HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `paint` draws.
    fn drawn(medium: Medium, paint: impl FnOnce(&Canvas) -> Painted) -> (String, String) {
        letters::register();
        let canvas = Canvas::new((20.0, 10.0), medium);
        paint(&canvas).unwrap();
        let (body, outlines, _) = canvas.finish();
        (body, outlines)
    }

    const PLAIN: Medium = Medium {
        theme: Theme::Light,
        letters: Letters::Text,
        variables: false,
    };
    const LOOK: TextLook = TextLook {
        size: 7.0,
        color: BLACK,
        bold: false,
        align: Align::Middle,
        upward: false,
    };

    #[test]
    fn dashes_groups_and_variables_are_added_to_what_plotters_writes() {
        let pen = Pen {
            color: RED.to_rgba(),
            width: 1.0,
            dash: &[2.0, 1.5],
        };
        let medium = Medium {
            variables: true,
            ..PLAIN
        };
        let (body, _) = drawn(medium, |canvas| {
            canvas.group("class=\"empty\"", || Ok(()))?;
            canvas.group("class=\"some\"", || {
                canvas.line(&[(0.0, 1.0), (5.0, 1.0)], pen)
            })
        });
        assert!(
            body.starts_with("<g class=\"some\">\n<polyline stroke-dasharray=\"20 15\""),
            "{body}"
        );
        assert!(
            body.contains("stroke=\"var(--fig-FF0000, #FF0000)\""),
            "{body}"
        );
        assert!(
            body.ends_with("</g>\n") && !body.contains("empty"),
            "{body}"
        );
    }

    #[test]
    fn an_outline_is_kept_once_and_stands_where_its_text_would() {
        let medium = Medium {
            letters: Letters::Outlines,
            ..PLAIN
        };
        let (body, outlines) = drawn(medium, |canvas| canvas.text("abba", (10.0, 5.0), LOOK));
        assert_eq!(outlines.matches("<path id=").count(), 2);
        assert_eq!(body.matches("<use").count(), 4);
        assert!(
            body.contains("translate(100 50)") && !body.contains("<text"),
            "{body}"
        );
        // Centred: as far to the left as to the right.
        let from: f64 = body
            .split("x=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let width = letters::width("abba", LOOK) / 7.0 * EM;
        assert!((from + width / 2.0).abs() < 1.0, "{from} {width}");
    }
}
