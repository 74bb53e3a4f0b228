//! What readers of TOML and JSON complain of, in the words of who wrote the file:
//! `expected usize` becomes a whole number, `unknown field` a key.

use crate::suggest;

/// A complaint of the JSON reader, with its place.
pub fn of_json(error: &serde_json::Error) -> String {
    of_message(&error.to_string())
}

/// The same of a complaint; a place behind it stays behind it.
pub fn of_message(message: &str) -> String {
    let (mut complaint, place) = before_place(message);
    // Of a text within the text, where the place says nothing.
    while let (inner, within) = before_place(complaint)
        && !within.is_empty()
    {
        complaint = inner;
    }
    of_complaint(complaint) + place
}

/// What stands before ` at line 1 column 2`, and that.
fn before_place(message: &str) -> (&str, &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let at = message.rfind(" at line ").filter(|at| {
        let place = message[at + " at line ".len()..].split_once(" column ");
        place.is_some_and(|(line, column)| is_number(line) && is_number(column))
    });
    message.split_at(at.unwrap_or(message.len()))
}

/// A complaint without its place.
fn of_complaint(message: &str) -> String {
    // A new line in a message is noise once the place is named.
    let message = message.replace('\n', " ");
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let rest = meant(rest);
        let rest = rest.replace(", expected one of ", "; there are ");
        return format!(
            "there is no key {}",
            rest.replace(", expected ", "; there is ")
        );
    }
    for (prefix, before, after) in [
        ("missing field ", "the key ", " is missing"),
        ("duplicate field ", "the key ", " stands twice"),
        ("EOF while parsing ", "the file ends within ", ""),
    ] {
        if let Some(rest) = message.strip_prefix(prefix) {
            return format!("{before}{rest}{after}");
        }
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return meant(rest).replacen(", expected ", " is not possible; write ", 1);
    }
    let typed = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|prefix| message.strip_prefix(prefix))
        .and_then(|rest| rest.rsplit_once(", expected "));
    match typed {
        Some((given, wanted)) => format!(
            "this must be {}, not {}",
            self::wanted(wanted),
            self::given(given)
        ),
        None => message.replace("number out of range", "this number is too large"),
    }
}

/// A complaint of an unknown name, and what was probably meant: `` `a`, expected
/// one of `b`, `c` `` with ` (did you mean ...?)` after the first name.
fn meant(complaint: &str) -> String {
    let names: Vec<&str> = complaint.split('`').skip(1).step_by(2).collect();
    let Some((given, known)) = names.split_first() else {
        return complaint.to_owned();
    };
    let nearest = suggest::nearest(given, known.iter().copied());
    let given = format!("`{given}`");
    let suggested = format!("{given}{}", suggest::did_you_mean(nearest));
    complaint.replacen(&given, &suggested, 1)
}

/// The kind of a value that is wanted.
fn wanted(kind: &str) -> &str {
    match kind {
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number of at least 0",
        "isize" | "i64" | "i32" => "a whole number",
        "f64" | "f32" => "a number",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a string" | "str" => "a text in quotation marks",
        other if other == "a map" || other.starts_with("struct ") => "keys with values",
        other => other,
    }
}

/// A value that is given.
fn given(value: &str) -> String {
    let (kind, rest) = value.split_once(' ').unwrap_or((value, ""));
    let rest = rest.trim_start_matches("point ").trim_matches('`');
    match kind {
        "string" => format!("the text {rest}"),
        "integer" | "floating" | "boolean" => rest.to_owned(),
        "sequence" => "a list".to_owned(),
        "map" => "keys with values".to_owned(),
        "unit" | "null" => "nothing".to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_use_the_words_of_who_wrote_the_file() {
        for (message, expected) in [
            (
                "invalid type: string \"ten\", expected usize",
                "this must be a whole number of at least 0, not the text \"ten\"",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "this must be a whole number of at least 0, not -1",
            ),
            (
                "invalid type: floating point `1.5`, expected u64",
                "this must be a whole number of at least 0, not 1.5",
            ),
            (
                "invalid type: integer `3`, expected a boolean",
                "this must be true or false, not 3",
            ),
            (
                "invalid type: string \"clip\", expected f64 at line 1 column 33",
                "this must be a number, not the text \"clip\" at line 1 column 33",
            ),
            (
                "invalid type: map, expected f64 at line 1 column 5 at line 7 column 9",
                "this must be a number, not keys with values at line 7 column 9",
            ),
            (
                "missing field `a` at line x column 3",
                "the key `a` at line x column 3 is missing",
            ),
            (
                "invalid type: map, expected a sequence",
                "this must be a list, not keys with values",
            ),
            (
                "unknown field `a`, expected one of `b`, `c`",
                "there is no key `a`; there are `b`, `c`",
            ),
            (
                "unknown field `epoch`, expected one of `minibatch`, `epochs`",
                "there is no key `epoch` (did you mean `epochs`?); there are `minibatch`, `epochs`",
            ),
            (
                "unknown field `titel`, expected `title`",
                "there is no key `titel` (did you mean `title`?); there is `title`",
            ),
            (
                "unknown variant `finla`, expected one of `final`, `area`",
                "`finla` (did you mean `final`?) is not possible; write one of `final`, `area`",
            ),
            ("missing field `title`", "the key `title` is missing"),
            (
                "unknown variant `x`, expected one of `a`, `b`",
                "`x` is not possible; write one of `a`, `b`",
            ),
            (
                "invalid type: map, expected struct Head",
                "this must be keys with values, not keys with values",
            ),
            ("duplicate field `a`", "the key `a` stands twice"),
            ("EOF while parsing a list", "the file ends within a list"),
            ("number out of range", "this number is too large"),
            ("anything else", "anything else"),
        ] {
            assert_eq!(of_message(message), expected);
        }
    }
}
