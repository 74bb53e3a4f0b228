//! The letters of pictures: DejaVu Sans, embedded; fonts of the system are never
//! looked at.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Once, OnceLock};

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, register_font};
use resvg::usvg;
use ttf_parser::{Face, OutlineBuilder};

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextLook {
    /// Size of the em in points.
    pub size: f64,
    pub color: RGBColor,
    pub bold: bool,
    pub align: Align,
    /// Turned a quarter to the left.
    pub upward: bool,
}

/// The family that an SVG names.
const FAMILY: &str = "DejaVu Sans, sans-serif";

/// plotters divides sizes of fonts by this to get ems.
const SIZE_PER_EM: f64 = 1.24;

/// Units of the font in an em.
pub(super) const EM: f64 = 2048.0;

/// The font of a text, for a surface with `fine` units in a point.
pub(super) fn font(look: TextLook, fine: f64) -> FontDesc<'static> {
    let style = if look.bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    FontDesc::new(
        FontFamily::Name(FAMILY),
        look.size * fine * SIZE_PER_EM,
        style,
    )
}

/// Makes the fonts known to plotters, which lays out what it writes by them.
pub(super) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // The embedded fonts are valid; a missing one would only move texts.
        let _ = register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular());
        let _ = register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold());
    });
}

/// A weight of the font.
fn face(bold: bool) -> Option<&'static Face<'static>> {
    static FACES: OnceLock<[Option<Face<'static>>; 2]> = OnceLock::new();
    let parse =
        || [dejavu::sans::regular(), dejavu::sans::bold()].map(|data| Face::parse(data, 0).ok());
    FACES.get_or_init(parse)[usize::from(bold)].as_ref()
}

/// Width of a text in points.
pub(super) fn width(text: &str, look: TextLook) -> f64 {
    let advances = text.chars().map(|letter| advance(letter, look.bold));
    advances.sum::<f64>() * look.size / EM
}

/// From the beginning of a letter to that of the next, in units of the font.
fn advance(letter: char, bold: bool) -> f64 {
    let Some(face) = face(bold) else { return 0.0 };
    let glyph = face.glyph_index(letter).unwrap_or_default();
    face.glyph_hor_advance(glyph).map_or(0.0, f64::from)
}

/// The outline of a letter as an SVG path in units of the font, with y downwards
/// and 0 at the baseline, and its advance.
pub(super) fn outline(letter: char, bold: bool) -> (String, f64) {
    let mut path = Path::default();
    if let Some(face) = face(bold) {
        face.outline_glyph(face.glyph_index(letter).unwrap_or_default(), &mut path);
    }
    (path.0, advance(letter, bold))
}

/// An outline as it is written.
#[derive(Default)]
struct Path(String);

impl Path {
    fn add(&mut self, command: char, points: &[(f32, f32)]) {
        self.0.push(command);
        for (place, (x, y)) in points.iter().enumerate() {
            let space = if place > 0 { " " } else { "" };
            let _ = write!(self.0, "{space}{} {}", x.round(), -y.round());
        }
    }
}

impl OutlineBuilder for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        self.add('M', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.add('L', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.add('Q', &[(x1, y1), (x, y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.add('C', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.0.push('Z');
    }
}

/// The letters of `text` that the font cannot show.
pub(super) fn without_glyph(text: &str, bold: bool) -> BTreeSet<char> {
    // Every letter of ASCII is there, and most texts have no other.
    let unusual = text.chars().filter(|letter| !letter.is_ascii());
    let is_missing = |letter: &char| {
        let glyph = face(bold).and_then(|face| face.glyph_index(*letter));
        glyph.is_none()
    };
    unusual.filter(is_missing).collect()
}

/// The fonts as resvg takes them.
pub(super) fn database() -> Arc<usvg::fontdb::Database> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut database = usvg::fontdb::Database::new();
        database.load_font_data(dejavu::sans::regular().to_vec());
        database.load_font_data(dejavu::sans::bold().to_vec());
        database.set_sans_serif_family("DejaVu Sans");
        Arc::new(database)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::BLACK;

    #[test]
    fn text_is_measured_in_points() {
        let look = TextLook {
            size: 10.0,
            color: BLACK,
            bold: false,
            align: Align::Start,
            upward: false,
        };
        // A digit of DejaVu Sans is 1303 of 2048 units of the em wide.
        let width = width("0000000000", look);
        assert!((width - 63.6).abs() < 0.1, "{width}");
    }

    #[test]
    fn letters_that_the_font_lacks_are_named() {
        assert_eq!(without_glyph("δ ≤ 0.01 漢", false), BTreeSet::from(['漢']));
    }
}
