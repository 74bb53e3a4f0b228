//! Numbers as people read them.

/// `value` with `decimals` decimals, thousands separated by commas, and a true
/// minus sign.
pub fn number(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::new();
    // A value that rounds to zero has no sign.
    if value < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text.push('\u{2212}');
    }
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// `value` with as few decimals, at most three, as it needs.
pub fn short(value: f64) -> String {
    let needed = (0..3).find(|&decimals| {
        let scaled = value * 10f64.powi(decimals);
        (scaled - scaled.round()).abs() < 1e-6
    });
    number(value, needed.unwrap_or(3) as usize)
}

/// Decimals with which numbers up to `largest` in size are shown in a table.
pub fn decimals(largest: f64) -> usize {
    match largest.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    }
}

/// `items` as a phrase: `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    let names: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `text` with a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// `count` things, in the singular or the plural: `1 seed`, `10 seeds`.
pub fn count(count: usize, thing: &str) -> String {
    let plural = match (count, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {thing}{plural}", number(count as f64, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_have_their_plural() {
        assert_eq!(count(1, "seed"), "1 seed");
        assert_eq!(count(0, "seed"), "0 seeds");
        assert_eq!(count(2, "process"), "2 processes");
    }

    #[test]
    fn thousands_are_separated_and_signs_are_true() {
        assert_eq!(number(1234567.0, 0), "1,234,567");
        assert_eq!(number(-1234.56, 1), "\u{2212}1,234.6");
        assert_eq!(number(999.0, 0), "999");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(
            [short(-100.0), short(21.95), short(-1248.9461)],
            ["\u{2212}100", "21.95", "\u{2212}1,248.946"]
        );
    }

    #[test]
    fn phrases_read_like_phrases() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(count(1, "seed"), "1 seed");
        assert_eq!(count(1200, "run"), "1,200 runs");
    }
}
