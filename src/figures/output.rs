//! The files of a picture: SVG, and PNG and PDF made of that SVG, so that all are
//! the same picture.

use std::collections::BTreeSet;

use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};
use plotters::style::Color;
use resvg::{tiny_skia, usvg};

use super::FigureError;
use super::canvas::{Canvas, Letters, Medium, Painted, escape, fine};
use super::letters;
use super::theme::{PAPER, Theme};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Letters are outlines, so that no machine shows others.
    Svg,
    /// Pixels.
    Png,
    /// Text that can be searched, in fonts of which it holds what it uses.
    Pdf,
}

impl Format {
    /// All of them with the ends of their files' names.
    pub const ALL: [(&'static str, Self); 3] =
        [("svg", Self::Svg), ("png", Self::Png), ("pdf", Self::Pdf)];

    /// The end of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

/// Pixels in an inch, as SVG has them.
const PIXELS: f64 = 96.0;

/// What a picture says about its origin: keywords and texts.
pub(super) type Metadata = [(&'static str, String)];

/// What a picture says of itself in words.
pub(super) struct Words<'a> {
    pub title: &'a str,
    pub description: &'a str,
    pub origin: &'a Metadata,
}

/// An SVG, and the letters in it that the font cannot show.
pub(super) struct Drawing {
    pub svg: String,
    pub missing: BTreeSet<char>,
}

/// Paints a picture of `size` points.
pub(super) fn svg(
    size: (f64, f64),
    words: &Words<'_>,
    medium: Medium,
    paint: impl FnOnce(&Canvas) -> Painted,
) -> Result<Drawing, FigureError> {
    letters::register();
    let canvas = Canvas::new(size, medium);
    // A page is the ground of its figures.
    if medium.theme != Theme::Transparent && !medium.variables {
        canvas.rectangle((0.0, 0.0), size, PAPER.to_rgba())?;
    }
    paint(&canvas)?;
    let (body, outlines, missing) = canvas.finish();
    let defined = match outlines.is_empty() {
        true => String::new(),
        false => format!("<defs>\n{outlines}</defs>\n"),
    };
    let links = match medium.letters {
        Letters::Outlines => " xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
        Letters::Text => "",
    };
    // A page gives its figures their width.
    let measured = match medium.variables {
        true => String::new(),
        false => format!(" width=\"{:.1}pt\" height=\"{:.1}pt\"", size.0, size.1),
    };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"{links}{measured} viewBox=\"0 0 {} {}\" \
         stroke-linejoin=\"round\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <metadata>{}</metadata>\n{defined}{body}</svg>\n",
        fine(size.0),
        fine(size.1),
        escape(words.title),
        escape(words.description),
        escape(&lines(words.origin)),
    );
    Ok(Drawing { svg, missing })
}

/// An entry a line, so that a line must not break in two.
fn lines(origin: &Metadata) -> String {
    let entry = |(k, v): &(&str, String)| format!("{k}: {}", v.replace(['\n', '\r'], " "));
    let entries: Vec<String> = origin.iter().map(entry).collect();
    entries.join("\n")
}

fn failed(error: &dyn std::fmt::Display) -> FigureError {
    FigureError::Drawing(error.to_string())
}

fn tree(svg: &str) -> Result<usvg::Tree, FigureError> {
    let options = usvg::Options {
        fontdb: letters::database(),
        ..Default::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| failed(&error))
}

/// The SVG in pixels, `dpi` of them in an inch.
fn pixmap(svg: &str, dpi: f64) -> Result<tiny_skia::Pixmap, FigureError> {
    let tree = tree(svg)?;
    let scale = (dpi / PIXELS) as f32;
    // A part of a pixel at an edge would be half transparent.
    let pixels = |length: f32| (length * scale).round().max(1.0) as u32;
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    let mut pixmap = tiny_skia::Pixmap::new(width, height)
        .ok_or_else(|| failed(&format!("{width} x {height} pixels are too many")))?;
    let fit = tiny_skia::Transform::from_scale(
        width as f32 / tree.size().width(),
        height as f32 / tree.size().height(),
    );
    resvg::render(&tree, fit, &mut pixmap.as_mut());
    Ok(pixmap)
}

/// The width of the SVG in pixels, and the colours of these, row by row.
pub(super) fn pixels(svg: &str, dpi: f64) -> Result<(usize, Vec<[u8; 3]>), FigureError> {
    let pixmap = pixmap(svg, dpi)?;
    let colors = pixmap.pixels().iter().map(|pixel| {
        let plain = pixel.demultiply();
        [plain.red(), plain.green(), plain.blue()]
    });
    Ok((pixmap.width() as usize, colors.collect()))
}

/// The SVG as a PNG with `dpi` pixels in an inch.
pub(super) fn png(svg: &str, dpi: f64, origin: &Metadata) -> Result<Vec<u8>, FigureError> {
    encoded(&pixmap(svg, dpi)?, dpi, origin)
}

fn encoded(
    pixmap: &tiny_skia::Pixmap,
    dpi: f64,
    origin: &Metadata,
) -> Result<Vec<u8>, FigureError> {
    let opaque = pixmap.pixels().iter().all(|pixel| pixel.is_opaque());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(match opaque {
        true => png::ColorType::Rgb,
        false => png::ColorType::Rgba,
    });
    encoder.set_compression(png::Compression::High);
    let per_meter = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_meter,
        yppu: per_meter,
        unit: png::Unit::Meter,
    }));
    for (keyword, text) in origin {
        let (keyword, text) = ((*keyword).to_owned(), text.clone());
        // Plain chunks hold Latin letters only.
        let added = match text.is_ascii() {
            true => encoder.add_text_chunk(keyword, text),
            false => encoder.add_itxt_chunk(keyword, text),
        };
        added.map_err(|error| failed(&error))?;
    }
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    let mut pixels = Vec::with_capacity(4 * pixmap.pixels().len());
    for pixel in pixmap.pixels() {
        let plain = pixel.demultiply();
        pixels.extend([plain.red(), plain.green(), plain.blue()]);
        if !opaque {
            pixels.push(plain.alpha());
        }
    }
    writer
        .write_image_data(&pixels)
        .map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// An SVG with text, `size` points large, as a PDF of one page of that size. It
/// has no date, and no identifier but one that follows from its content.
pub(super) fn pdf(svg: &str, size: (f64, f64), words: &Words<'_>) -> Result<Vec<u8>, FigureError> {
    let tree = tree(svg)?;
    let size = Size::from_wh(size.0 as f32, size.1 as f32)
        .ok_or_else(|| failed(&"the picture has no size"))?;
    let mut document = Document::new_with(SerializeSettings::default());
    document.set_metadata(
        krilla::metadata::Metadata::new()
            .title(words.title.to_owned())
            .description(words.description.to_owned())
            .keywords(vec![lines(words.origin)])
            .creator("trpo-lab".to_owned()),
    );
    let settings = PageSettings::new(size);
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    surface
        .draw_svg(&tree, size, SvgSettings::default())
        .ok_or_else(|| failed(&"the PDF could not be drawn"))?;
    surface.finish();
    page.finish();
    document
        .finish()
        .map_err(|error| failed(&format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Medium = Medium {
        theme: Theme::Light,
        letters: Letters::Outlines,
        variables: false,
    };

    #[test]
    fn pictures_carry_their_origin() {
        let origin = [("experiment", "a<b".to_owned())];
        let words = Words {
            title: "T & U",
            description: "D",
            origin: &origin,
        };
        let made = svg((30.0, 15.0), &words, PLAIN, |_| Ok(())).unwrap();
        assert!(
            made.svg
                .contains("width=\"30.0pt\" height=\"15.0pt\" viewBox=\"0 0 300 150\"")
        );
        assert!(
            made.svg
                .contains("<title>T &amp; U</title>\n<desc>D</desc>")
        );
        assert!(made.svg.contains("<metadata>experiment: a&lt;b</metadata>"));
        let png = png(&made.svg, 192.0, &origin).unwrap();
        assert_eq!(png[16..24], [0, 0, 0, 80, 0, 0, 0, 40]);
        let chunk = b"tEXtexperiment\0a<b";
        assert!(png.windows(chunk.len()).any(|window| window == chunk));
    }

    #[test]
    fn a_picture_is_white_to_its_edges_or_transparent() {
        let words = Words {
            title: "T",
            description: "",
            origin: &[],
        };
        let pixels = |theme| {
            let medium = Medium { theme, ..PLAIN };
            let made = svg((10.7, 5.6), &words, medium, |_| Ok(())).unwrap();
            let png = png(&made.svg, 192.0, &[]).unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(png))
                .read_info()
                .unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            pixels
        };
        let white = pixels(Theme::Light);
        assert_eq!(white.len(), 29 * 15 * 3);
        assert!(white.iter().all(|&value| value == 255));
        let nothing = pixels(Theme::Transparent);
        assert_eq!(nothing.len(), 29 * 15 * 4);
        assert!(nothing.iter().all(|&value| value == 0));
    }

    #[test]
    fn a_pdf_is_the_same_twice_and_holds_its_font() {
        let words = Words {
            title: "T",
            description: "D",
            origin: &[("commit", "c".to_owned())],
        };
        let medium = Medium {
            letters: Letters::Text,
            ..PLAIN
        };
        let look = super::super::style::Type::of_width(240.0).tick();
        let made = || {
            let drawn = svg((30.0, 15.0), &words, medium, |canvas| {
                canvas.text("abc", (10.0, 10.0), look)
            })
            .unwrap();
            pdf(&drawn.svg, (30.0, 15.0), &words).unwrap()
        };
        let (first, second) = (made(), made());
        assert!(first == second, "two renderings differ");
        let text = String::from_utf8_lossy(&first);
        assert!(text.starts_with("%PDF") && text.contains("DejaVuSans"));
        assert!(!text.contains("CreationDate"));
        // Of the whole font, 740 kB, only what is used.
        assert!(first.len() < 20_000, "{}", first.len());
    }
}
