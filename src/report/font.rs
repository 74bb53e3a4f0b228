//! The font of the figures, as a part of a page: only the letters that the page's
//! pictures use.

use std::collections::BTreeSet;

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use ttf_parser::Face;

/// What the script writes into pictures: numbers of an axis that was zoomed.
const WRITTEN: &str = "0123456789.,-\u{2212}+kM% ";

/// `@font-face` rules for the text of pictures; none where there is no text.
pub(super) fn faces(pictures: &[&str]) -> String {
    let letters: BTreeSet<char> = pictures.iter().flat_map(|svg| letters(svg)).collect();
    if letters.is_empty() {
        return String::new();
    }
    let letters: BTreeSet<char> = letters.into_iter().chain(WRITTEN.chars()).collect();
    let is_bold = pictures.iter().any(|svg| svg.contains("bold"));
    let mut faces = face(dejavu::sans::regular(), "normal", &letters);
    if is_bold {
        faces += &face(dejavu::sans::bold(), "bold", &letters);
    }
    faces
}

/// The rule of one font; none if it cannot be cut, where the page falls back on a
/// font of the system.
fn face(font: &[u8], weight: &str, letters: &BTreeSet<char>) -> String {
    let Some(bytes) = cut(font, letters) else {
        return String::new();
    };
    format!(
        "@font-face {{ font-family: \"DejaVu Sans\"; font-weight: {weight}; \
         src: url(data:font/ttf;base64,{}) format(\"truetype\"); }}\n",
        base64(&bytes)
    )
}

/// A font of the glyphs of `letters` alone.
fn cut(font: &[u8], letters: &BTreeSet<char>) -> Option<Vec<u8>> {
    let face = Face::parse(font, 0).ok()?;
    let glyphs = letters
        .iter()
        .filter_map(|&letter| face.glyph_index(letter));
    // The first glyph, which stands for what is missing, must be the first.
    let glyphs: BTreeSet<u16> = glyphs.map(|glyph| glyph.0).chain([0]).collect();
    let glyphs: Vec<u16> = glyphs.into_iter().collect();
    let provider = ReadScope::new(font).read::<FontData<'_>>().ok()?;
    let provider = provider.table_provider(0).ok()?;
    subset(
        &provider,
        &glyphs,
        &SubsetProfile::Minimal,
        CmapTarget::Unicode,
    )
    .ok()
}

/// The letters of a picture that stand in no tag, nor in its title and metadata.
fn letters(svg: &str) -> BTreeSet<char> {
    let mut found = BTreeSet::new();
    for piece in svg.split("<text").skip(1) {
        let text = piece.split("</text").next().unwrap_or_default();
        let mut is_tag = true;
        let text = text
            .replace("&amp;", "&")
            .replace("&lt;", "\u{2039}")
            .replace("&gt;", "\u{203a}");
        for letter in text.chars() {
            match letter {
                '<' => is_tag = true,
                '>' => is_tag = false,
                '\u{2039}' if !is_tag => drop(found.insert('<')),
                '\u{203a}' if !is_tag => drop(found.insert('>')),
                letter if !is_tag && !letter.is_control() => drop(found.insert(letter)),
                _ => {}
            }
        }
    }
    found
}

/// Bytes as text of 64 letters (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= three.len() {
                letter.into()
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_text() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn only_what_is_written_counts() {
        let svg = "<svg><title>Z</title><text x=\"5\">a<tspan>\u{3b4}</tspan> &lt;</text></svg>";
        assert_eq!(letters(svg), BTreeSet::from(['a', '\u{3b4}', ' ', '<']));
    }

    #[test]
    fn a_cut_font_has_its_letters_and_no_others() {
        let letters = BTreeSet::from(['a', '\u{3b4}', '\u{2212}']);
        let bytes = cut(dejavu::sans::regular(), &letters).unwrap();
        assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
        let face = Face::parse(&bytes, 0).unwrap();
        assert!(
            letters
                .iter()
                .all(|&letter| face.glyph_index(letter).is_some())
        );
        assert_eq!(face.glyph_index('b'), None);
        assert_eq!(cut(dejavu::sans::regular(), &letters), Some(bytes.clone()));
    }
}
