//! JSON for people and for comparison: numbers with twelve significant digits,
//! objects on lines of their own, lists on one.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::{SummaryError, files};
use crate::words;

/// `value` as JSON, with a new line at its end. Digits beyond the twelfth are
/// left out, since functions of the standard library may differ there from
/// machine to machine.
fn json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    let formatter = Rounded(PrettyFormatter::with_indent(b" "));
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// Reads the value that a file of JSON holds.
///
/// # Errors
/// If it is missing or damaged.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, SummaryError> {
    let text = files::read(path)?;
    serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
        path: path.to_owned(),
        line: error.line() as u64,
        column: None,
        problem: words::of_json(&error),
    })
}

/// Writes `value` with [`json`].
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), SummaryError> {
    let text = json(value).map_err(|error| SummaryError::File {
        path: path.to_owned(),
        source: error.into(),
    })?;
    files::write(path, text.as_bytes())
}

/// The nearest number with twelve significant digits.
pub(super) fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

struct Rounded(PrettyFormatter<'static>);

impl Formatter for Rounded {
    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, twelve_digits(value))
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"]")
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(w, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stand_on_one_line_and_numbers_are_rounded() {
        let value = serde_json::json!({"a": [1.0, 0.1 + 0.2, null], "b": {"c": [{"d": 1}, {}]}});
        let expected =
            "{\n \"a\": [1.0, 0.3, null],\n \"b\": {\n  \"c\": [{\n   \"d\": 1\n  }, {}]\n }\n}\n";
        assert_eq!(json(&value).unwrap(), expected);
        let digits = twelve_digits(1.0 / 3.0);
        assert_eq!(digits, 0.333333333333);
        assert_eq!(twelve_digits(digits), digits);
        assert_eq!(twelve_digits(0.0), 0.0);
    }
}
