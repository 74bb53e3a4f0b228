//! Letters that figures cannot show.

use crate::figures::Drawn;
use crate::format::list;
use crate::warn;

/// Says which letters the figures of `name` cannot show.
pub(super) fn say(name: &str, drawn: &Drawn) {
    let letters = drawn.without_glyph.iter();
    let letters: Vec<String> = letters
        .map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter)))
        .collect();
    if !letters.is_empty() {
        let letters = list(&letters);
        warn!("{name}: the font of the figures has no {letters}: a box stands in its place");
    }
}
