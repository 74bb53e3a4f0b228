//! Text and numbers as files of scores have them.

use std::cell::Cell;

use super::ScoresError;

/// Characters of a name that a message shows.
const SHOWN: usize = 60;

/// The text of a file called `name`, without a byte order mark.
///
/// # Errors
/// If it is not UTF-8: what it looks like instead.
pub(super) fn decoded<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, ScoresError> {
    let error = match std::str::from_utf8(bytes) {
        // Spreadsheets put a byte order mark before their text.
        Ok(text) => return Ok(text.trim_start_matches('\u{feff}')),
        Err(error) => error,
    };
    let start = error.valid_up_to();
    let save = "save it as UTF-8";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = format!("this looks like UTF-16 (in spreadsheets \"Unicode text\"); {save}");
        return Err(ScoresError::content(name, problem));
    }
    // No encoding of text has a zero byte, apart from UTF-16.
    if bytes.contains(&0) || bytes.starts_with(b"PK") {
        let problem = "this is not text; give scores as JSON or CSV in UTF-8";
        return Err(ScoresError::content(name, problem));
    }
    let line = 1 + bytes[..start].iter().filter(|&&byte| byte == b'\n').count();
    let byte = bytes[start];
    let looks = match char::from(byte) {
        letter if letter.is_alphabetic() => format!("there as `{letter}`"),
        _ => format!("there as byte {byte}"),
    };
    Err(ScoresError::content(
        format!("{name}, line {line}"),
        format!("this is not UTF-8; it looks like Latin-1 or Windows-1252, {looks}; {save}"),
    ))
}

/// A name as messages show it: in one line, and not longer than a line.
pub(super) fn shown(name: &str) -> String {
    let mut shown = String::new();
    for (place, character) in name.chars().enumerate() {
        if place == SHOWN {
            shown.push('…');
            break;
        }
        match is_invisible(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// Characters that a name cannot have: control characters, those that turn the
/// direction of text or end a line, and those that no XML may hold.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// That `name`, that of `what`, has no control character.
pub(super) fn check_name(what: &str, name: &str, place: &str) -> Result<(), ScoresError> {
    let Some(character) = name.chars().find(|&c| is_invisible(c)) else {
        return Ok(());
    };
    let problem = format!(
        "the name of {what}, `{}`, holds the control character U+{:04X}; write it without",
        shown(name),
        u32::from(character)
    );
    Err(ScoresError::content(place, problem))
}

/// How the numbers of a table are written.
pub(super) struct Numbers {
    /// Whether a comma may be the decimal point: where it separates no columns.
    pub may_have_comma: bool,
    /// The first number with a decimal point or comma, and the line it stands on.
    first: Cell<Option<(char, u64)>>,
}

impl Numbers {
    pub(super) fn new(separator: u8) -> Self {
        Self {
            may_have_comma: separator != b',',
            first: Cell::new(None),
        }
    }

    /// The number that a field holds.
    pub(super) fn of(&self, field: &str) -> Option<f64> {
        let text = field.replace('\u{2212}', "-");
        let commas = text.matches(',').count();
        if commas == 1 && self.may_have_comma && !text.contains('.') {
            return text.replace(',', ".").parse().ok();
        }
        text.parse().ok()
    }

    /// The number that a field on `line` holds.
    ///
    /// # Errors
    /// If it holds none, or one that is written otherwise than those before: a
    /// comma between thousands would be read as a decimal point.
    pub(super) fn read(&self, field: &str, line: u64) -> Result<f64, String> {
        let Some(number) = self.of(field) else {
            let hint = match field.contains(',') && !self.may_have_comma {
                true => {
                    " (a decimal comma is one only where columns are separated by `;` or a tab)"
                }
                false => "",
            };
            return Err(format!("`{}`, which is no number{hint}", shown(field)));
        };
        if let Some(mark) = field.chars().find(|c| matches!(c, '.' | ',')) {
            let (first, above) = self.first.get().unwrap_or((mark, line));
            self.first.set(Some((first, above)));
            if first != mark {
                return Err(format!(
                    "`{field}`, but line {above} has a number with `{first}`: write all with one \
                     decimal point and none between thousands"
                ));
            }
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_are_called_by_their_names() {
        let problem = |bytes: &[u8]| decoded(bytes, "x.csv").unwrap_err().to_string();
        let latin = problem(b"algorithm\nM\xfcller,t,0,1\n");
        assert!(latin.starts_with("x.csv, line 2: this is not UTF-8; it looks like Latin-1"));
        assert!(latin.contains('ü') && latin.contains("save it as UTF-8"));
        assert!(problem(b"\xff\xfea\0l\0").contains("UTF-16"));
        assert!(problem(b"PK\x03\x04\xff").contains("not text"));
        assert_eq!(decoded("\u{feff}ä".as_bytes(), "x").unwrap(), "ä");
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let (point, comma) = (Numbers::new(b','), Numbers::new(b';'));
        assert_eq!(point.of("\u{2212}1.5e3"), Some(-1500.0));
        assert_eq!((point.of("0,5"), comma.of("0,5")), (None, Some(0.5)));
        assert_eq!((comma.of("1.234,5"), comma.of("1,234,567")), (None, None));
        assert!(
            point
                .read("0,5", 2)
                .unwrap_err()
                .contains("separated by `;`")
        );
        assert_eq!(comma.read("0,5", 2), Ok(0.5));
        assert!(comma.read("1.5", 3).unwrap_err().contains("line 2 has"));
        assert_eq!(comma.read("15", 3), Ok(15.0));
    }

    #[test]
    fn names_are_shown_in_one_line() {
        assert_eq!(shown("a\nb"), "a\\u{a}b");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), SHOWN + 1);
        let refused = check_name("a task", "a\u{7}", "x.csv, line 2").unwrap_err();
        assert!(refused.to_string().contains("U+0007"), "{refused}");
        assert!(check_name("a task", "Müller 2 (δ = 0.01)", "").is_ok());
    }
}
