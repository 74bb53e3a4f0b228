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
/// If the file cannot be read, is neither SVG nor PNG nor PDF, or carries nothing.
pub fn origin(path: &Path) -> Result<Vec<(String, String)>, FigureError> {
    let wrong = |problem: String| FigureError::Origin {
        path: path.to_owned(),
        problem,
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = if bytes.starts_with(&PNG) {
        of_png(&bytes).map_err(|error| wrong(format!("this PNG is damaged: {error}")))?
    } else if bytes.starts_with(b"%PDF") {
        entries(
            &String::from_utf8_lossy(&bytes),
            "<pdf:Keywords>",
            "</pdf:Keywords>",
        )
    } else {
        let text = std::str::from_utf8(&bytes)
            .ok()
            .filter(|text| text.contains("<svg"));
        let text = text.ok_or_else(|| wrong("this is no SVG, PNG or PDF".to_owned()))?;
        entries(text, "<metadata>", "</metadata>")
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

/// The entries of `text` between two tags, a line each.
fn entries(text: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let inside = text
        .split_once(from)
        .and_then(|(_, rest)| rest.split_once(to))
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
    use super::super::canvas::{Letters, Medium};
    use super::super::output::{Words, pdf, png, svg};
    use super::super::theme::Theme;
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
        let words = Words {
            title: "T",
            description: "D",
            origin: &metadata,
        };
        let medium = Medium {
            theme: Theme::Light,
            letters: Letters::Text,
            variables: false,
        };
        let svg = svg((10.0, 5.0), &words, medium, |_| Ok(())).unwrap().svg;
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("a.svg", svg.clone().into_bytes()),
            ("a.png", png(&svg, 96.0, &metadata).unwrap()),
            ("a.pdf", pdf(&svg, (10.0, 5.0), &words).unwrap()),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(origin(&path).unwrap(), expected, "{name}");
        }
    }
}
