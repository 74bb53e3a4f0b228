//! Where a picture comes from, read back from its metadata.

use std::path::Path;

use super::FigureError;
use super::canvas::escape;

/// The first bytes of a PNG.
const PNG: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// Keywords and texts that the picture at `path` carries, such as
/// `experiment`, `manifest` and `commit`.
///
/// # Errors
/// If the file cannot be read, is neither SVG nor PNG, or carries nothing.
pub fn origin(path: &Path) -> Result<Vec<(String, String)>, FigureError> {
    let wrong = |problem: String| FigureError::Origin {
        path: path.to_owned(),
        problem,
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = if bytes.starts_with(&PNG) {
        of_png(&bytes).map_err(|error| wrong(format!("this PNG is damaged: {error}")))?
    } else {
        let text = std::str::from_utf8(&bytes)
            .ok()
            .filter(|text| text.contains("<svg"));
        of_svg(text.ok_or_else(|| wrong("this is neither an SVG nor a PNG".to_owned()))?)
    };
    if found.is_empty() {
        let problem = "it does not say where it comes from; figures of trpo-lab do, unless \
             another program has written them again";
        return Err(wrong(problem.to_owned()));
    }
    Ok(found)
}

fn of_png(bytes: &[u8]) -> Result<Vec<(String, String)>, png::DecodingError> {
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
    let info = reader.info();
    let plain = info.uncompressed_latin1_text.iter();
    let mut found: Vec<(String, String)> = plain
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()))
        .collect();
    for chunk in &info.utf8_text {
        found.push((chunk.keyword.clone(), chunk.get_text()?));
    }
    Ok(found)
}

fn of_svg(text: &str) -> Vec<(String, String)> {
    let inside = text
        .split_once("<metadata>")
        .and_then(|(_, rest)| rest.split_once("</metadata>"))
        .map_or("", |(inside, _)| inside);
    let entry = |entry: &str| {
        let (keyword, text) = entry.split_once(": ")?;
        Some((keyword.to_owned(), unescape(text)))
    };
    inside.lines().filter_map(entry).collect()
}

/// The text that [`escape`] made `text` of.
fn unescape(text: &str) -> String {
    // The ampersand last, lest `&amp;lt;` become `<`.
    ['<', '>', '"', '\'', '&']
        .iter()
        .fold(text.to_owned(), |text, character| {
            let character = character.to_string();
            text.replace(&escape(&character), &character)
        })
}

#[cfg(test)]
mod tests {
    use super::super::canvas;
    use super::*;

    #[test]
    fn what_pictures_carry_is_read_back() {
        let metadata = [
            ("commit", "a; b: <c & &lt;".to_owned()),
            ("scores", "π.json".to_owned()),
        ];
        let expected: Vec<_> = metadata
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect();
        let svg = canvas::svg((10.0, 5.0), "T", &metadata, |_| Ok(())).unwrap();
        assert_eq!(of_svg(&svg), expected);
        let png = canvas::png(&svg, &metadata).unwrap();
        assert_eq!(of_png(&png).unwrap(), expected);
    }
}
