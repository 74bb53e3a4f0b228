//! From a picture to the bytes of its files.

use std::collections::BTreeSet;

use super::FigureError;
use super::arrange::{Arrangement, arrange};
use super::canvas::{Letters, Medium};
use super::options::Options;
use super::output::{Drawing, Format, Metadata, Words, pdf, png, svg};
use super::paint::paint;
use super::picture::Picture;

/// The files of a picture, and the letters in it that the font cannot show.
pub(super) struct Files {
    pub files: Vec<(Format, Vec<u8>)>,
    pub missing: BTreeSet<char>,
}

/// The picture in every format that `options` ask for.
///
/// # Errors
/// If it does not fit in its width, or cannot be drawn.
pub(super) fn files(
    picture: &Picture,
    origin: &Metadata,
    options: &Options,
) -> Result<Files, FigureError> {
    let places = arranged(picture, options.width)?;
    let words = words(picture, origin);
    let draw = |letters| {
        let medium = Medium {
            theme: options.theme,
            letters,
            variables: false,
        };
        drawn(picture, &places, &words, medium)
    };
    let outlines = draw(Letters::Outlines)?;
    let mut files = Vec::new();
    for &format in &options.formats {
        let bytes = match format {
            Format::Svg => outlines.svg.clone().into_bytes(),
            Format::Png => png(&outlines.svg, options.dpi, origin)?,
            Format::Pdf => pdf(&draw(Letters::Text)?.svg, places.size, &words)?,
        };
        files.push((format, bytes));
    }
    Ok(Files {
        files,
        missing: outlines.missing,
    })
}

/// The places of a picture in a width.
pub(super) fn arranged(picture: &Picture, width: f64) -> Result<Arrangement, FigureError> {
    arrange(picture, width).map_err(|smallest| FigureError::Narrow {
        name: picture.name.clone(),
        width,
        smallest,
    })
}

/// The picture as an SVG.
pub(super) fn drawn(
    picture: &Picture,
    places: &Arrangement,
    words: &Words<'_>,
    medium: Medium,
) -> Result<Drawing, FigureError> {
    svg(places.size, words, medium, |canvas| {
        paint(canvas, picture, places)
    })
}

/// What a picture says of itself in words.
pub(super) fn words<'a>(picture: &'a Picture, origin: &'a Metadata) -> Words<'a> {
    Words {
        title: &picture.title,
        description: &picture.alt,
        origin,
    }
}
