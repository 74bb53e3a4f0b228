//! A surface in display pixels, kept as SVG and rasterised from that SVG, so
//! that both files are the same picture.
//!
//! plotters writes whole numbers only: it draws on a canvas [`FINE`] times
//! larger, whose header is then rewritten to the size on display.

use std::collections::BTreeSet;
use std::sync::{Arc, Once, OnceLock};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, register_font};
use resvg::{tiny_skia, usvg};

use super::FigureError;

/// Units of the drawing in a display pixel.
const FINE: f64 = 8.0;

/// PNG pixels in a display pixel.
const RASTER: f32 = 2.0;

/// The family that the SVG names.
const FAMILY: &str = "DejaVu Sans, sans-serif";

/// plotters divides sizes of fonts by this to get ems.
const SIZE_PER_EM: f64 = 1.24;

/// Height of DejaVu Sans from descender to ascender in ems, by which plotters'
/// text layout scales.
const HEIGHT_PER_EM: f64 = 1.164;

/// Offset of the baseline of a text anchored at its top, in ems, in the SVG
/// that plotters writes.
const BASELINE: f64 = 0.76;

/// A point in display pixels, from the upper left corner.
pub(super) type Point = (f64, f64);

/// What painting comes to.
pub(super) type Painted = Result<(), FigureError>;

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
    /// Size of the em in display pixels.
    pub size: f64,
    pub color: RGBColor,
    pub bold: bool,
    pub align: Align,
    /// Turned a quarter to the left.
    pub upward: bool,
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub color: RGBAColor,
    /// In display pixels.
    pub width: f64,
    /// Lengths of dashes and gaps in display pixels, in turn; empty: solid.
    pub dash: &'static [f64],
}

/// What is drawn on.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl Canvas<'_> {
    /// A line through `points`, dashed if the pen is.
    pub fn line(&self, points: &[Point], pen: Pen) -> Painted {
        let style = pen.color.stroke_width(fine(pen.width) as u32);
        let draw = |piece: &[Point]| {
            let path: Vec<(i32, i32)> = piece.iter().map(|&p| place(p)).collect();
            self.area
                .draw(&PathElement::new(path, style))
                .map_err(drawing)
        };
        match pen.dash {
            [] => draw(points),
            dash => dashes(points, dash)
                .iter()
                .try_for_each(|piece| draw(piece)),
        }
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[Point], color: RGBAColor) -> Painted {
        let path: Vec<(i32, i32)> = points.iter().map(|&p| place(p)).collect();
        self.area.draw(&Polygon::new(path, color)).map_err(drawing)
    }

    /// A filled disc.
    pub fn dot(&self, center: Point, radius: f64, color: RGBAColor) -> Painted {
        let disc = Circle::new(place(center), fine(radius), color.filled());
        self.area.draw(&disc).map_err(drawing)
    }

    /// A text whose baseline begins, is centred or ends at `at`.
    pub fn text(&self, text: &str, at: Point, look: TextLook) -> Painted {
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
        let style = TextStyle::from(font(look).transform(turn))
            .color(&look.color)
            .pos(Pos::new(anchor, VPos::Top));
        self.area
            .draw_text(text, &style, place(at))
            .map_err(drawing)
    }
}

/// Width of a text in display pixels.
pub(super) fn text_width(text: &str, look: TextLook) -> f64 {
    register_fonts();
    let (width, _) = font(look).box_size(text).unwrap_or_default();
    f64::from(width) * HEIGHT_PER_EM / SIZE_PER_EM / FINE
}

fn font(look: TextLook) -> FontDesc<'static> {
    let style = if look.bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    FontDesc::new(
        FontFamily::Name(FAMILY),
        look.size * FINE * SIZE_PER_EM,
        style,
    )
}

fn register_fonts() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // The embedded fonts are valid; a missing one would only make widths 0.
        let _ = register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular());
        let _ = register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold());
    });
}

/// The letters of the texts in `svg` that the font cannot show.
pub(super) fn without_glyph(svg: &str) -> BTreeSet<char> {
    let texts = svg.split("<text").skip(1);
    let texts = texts.filter_map(|rest| rest.split_once('>')?.1.split_once("</text>"));
    let letters = texts.flat_map(|(text, _)| text.chars());
    // Every letter of ASCII is there, most texts have no other, and a line's end
    // is none.
    let mut unusual = letters.filter(|letter| !letter.is_ascii()).peekable();
    if unusual.peek().is_none() {
        return BTreeSet::new();
    }
    let Ok(face) = ttf_parser::Face::parse(dejavu::sans::regular(), 0) else {
        return BTreeSet::new();
    };
    unusual
        .filter(|&letter| face.glyph_index(letter).is_none())
        .collect()
}

fn fine(length: f64) -> i32 {
    (length * FINE).round() as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> FigureError {
    FigureError::Drawing(error.to_string())
}

/// The dashes of a line, with `pattern` as dash and gap in turn.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut part, mut left) = (0, pattern[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length < left {
                left -= length;
                piece.push(to);
                break;
            }
            let share = left / length;
            from = (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            );
            piece.push(from);
            if part % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            part = (part + 1) % pattern.len();
            left = pattern[part];
        }
    }
    if part % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// What a picture says about its origin: keywords and texts.
pub(super) type Metadata = [(&'static str, String)];

/// Paints a picture of `size` display pixels, rounded up to whole ones, on white.
pub(super) fn svg(
    size: (f64, f64),
    title: &str,
    metadata: &Metadata,
    paint: impl FnOnce(&Canvas<'_>) -> Painted,
) -> Result<String, FigureError> {
    register_fonts();
    // A part of a pixel at the edge would be half transparent in the PNG.
    let size = (size.0.ceil(), size.1.ceil());
    let (width, height) = (fine(size.0), fine(size.1));
    let mut body = String::new();
    {
        let area = SVGBackend::with_string(&mut body, (width as u32, height as u32));
        let canvas = Canvas {
            area: area.into_drawing_area(),
        };
        canvas.area.fill(&WHITE).map_err(drawing)?;
        paint(&canvas)?;
        canvas.area.present().map_err(drawing)?;
    }
    let (_, drawn) = body.split_once('\n').unwrap_or_default();
    // An entry a line, so that a line must not break in two.
    let entry = |(k, v): &(&str, String)| format!("{k}: {}", v.replace(['\n', '\r'], " "));
    let origin: Vec<String> = metadata.iter().map(entry).collect();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" stroke-linejoin=\"round\" role=\"img\">\n\
         <title>{}</title>\n<metadata>{}</metadata>\n{drawn}",
        size.0,
        size.1,
        escape(title),
        escape(&origin.join("\n")),
    ))
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

/// The SVG as a PNG, at twice its size on display.
pub(super) fn png(svg: &str, metadata: &Metadata) -> Result<Vec<u8>, FigureError> {
    let failed = |error: &dyn std::fmt::Display| FigureError::Drawing(error.to_string());
    let options = usvg::Options {
        fontdb: fonts(),
        ..Default::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size().scale_by(RASTER);
    let mut pixmap = size
        .and_then(|size| tiny_skia::Pixmap::new(size.width(), size.height()))
        .ok_or_else(|| failed(&"the picture has no size"))?;
    let scale = tiny_skia::Transform::from_scale(RASTER, RASTER);
    resvg::render(&tree, scale, &mut pixmap.as_mut());

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    for (keyword, text) in metadata {
        let (keyword, text) = ((*keyword).to_owned(), text.clone());
        // Plain chunks hold Latin letters only.
        let added = match text.is_ascii() {
            true => encoder.add_text_chunk(keyword, text),
            false => encoder.add_itxt_chunk(keyword, text),
        };
        added.map_err(|error| failed(&error))?;
    }
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    // The background is opaque: alpha is 1 everywhere.
    let pixels = pixmap
        .pixels()
        .iter()
        .flat_map(|p| [p.red(), p.green(), p.blue()]);
    let pixels: Vec<u8> = pixels.collect();
    writer
        .write_image_data(&pixels)
        .map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// The embedded fonts; those of the system are never looked at.
fn fonts() -> Arc<usvg::fontdb::Database> {
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

    #[test]
    fn dashes_follow_the_line_around_corners() {
        let corner = [(0.0, 0.0), (3.0, 0.0), (3.0, 4.0)];
        let pieces = dashes(&corner, &[4.0, 2.0]);
        assert_eq!(
            pieces,
            [
                vec![(0.0, 0.0), (3.0, 0.0), (3.0, 1.0)],
                vec![(3.0, 3.0), (3.0, 4.0)]
            ]
        );
    }

    #[test]
    fn text_is_measured_in_display_pixels() {
        let look = TextLook {
            size: 10.0,
            color: BLACK,
            bold: false,
            align: Align::Start,
            upward: false,
        };
        // A digit of DejaVu Sans is 1303 of 2048 units of the em wide.
        let width = text_width("0000000000", look);
        assert!((width - 63.6).abs() < 0.5, "{width}");
    }

    #[test]
    fn pictures_carry_their_origin() {
        let metadata = [("experiment", "a<b".to_owned())];
        let svg = svg((10.0, 5.0), "T & U", &metadata, |_| Ok(())).unwrap();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"5\" viewBox=\"0 0 80 40\""));
        assert!(svg.contains("<title>T &amp; U</title>"));
        assert!(svg.contains("<metadata>experiment: a&lt;b</metadata>"));
        let png = png(&svg, &metadata).unwrap();
        assert_eq!(png[16..24], [0, 0, 0, 20, 0, 0, 0, 10]);
        let chunk = b"tEXtexperiment\0a<b";
        assert!(png.windows(chunk.len()).any(|window| window == chunk));
    }

    #[test]
    fn a_picture_is_white_to_its_edges() {
        let svg = svg((10.7, 5.6), "T", &[], |_| Ok(())).unwrap();
        let png = png(&svg, &[]).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels.len(), 22 * 12 * 3);
        assert!(pixels.iter().all(|&value| value == 255));
    }
}
