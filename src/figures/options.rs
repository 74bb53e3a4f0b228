//! How somebody wants figures drawn.

use super::output::Format;
use super::style::PAGE;
use super::theme::Theme;
use super::units::{INCH, millimetres};
use crate::summary::Extent;

/// Which tasks and variants are drawn, in which order, and what they are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subset {
    /// Tasks; all of the experiment if there is none.
    pub tasks: Vec<String>,
    /// Variants; all of the experiment if there is none.
    pub variants: Vec<String>,
    /// Variants and what they are called.
    pub labels: Vec<(String, String)>,
}

/// How pictures are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Width in points of print, 72 to an inch.
    pub width: f64,
    /// What is drawn on.
    pub theme: Theme,
    /// The files that are written.
    pub formats: Vec<Format>,
    /// Pixels in an inch of a PNG.
    pub dpi: f64,
    /// What is drawn.
    pub subset: Subset,
    /// The range of horizontal axes that have numbers.
    pub x_limits: Option<(f64, f64)>,
    /// The range of vertical axes that have numbers.
    pub y_limits: Option<(f64, f64)>,
    /// Whether crowded figures are drawn too.
    pub extent: Extent,
}

impl Options {
    /// As figures of reports are drawn: as wide as a page of a paper.
    pub fn usual(extent: Extent) -> Self {
        Self {
            width: PAGE,
            theme: Theme::Light,
            formats: vec![Format::Svg, Format::Png],
            dpi: 192.0,
            subset: Subset::default(),
            x_limits: None,
            y_limits: None,
            extent,
        }
    }
}

/// Reads a width such as `3.3in`, `84mm`, `8.4cm` or `240pt`, in points.
///
/// # Errors
/// Says what a width looks like.
pub fn width(text: &str) -> Result<f64, String> {
    let end = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let points = number
        .trim()
        .parse()
        .ok()
        .and_then(|number: f64| match unit {
            "in" => Some(number * INCH),
            "mm" => Some(millimetres(number)),
            "cm" => Some(millimetres(10.0 * number)),
            "pt" => Some(number),
            _ => None,
        });
    let sane = points.filter(|points| (1.0..=20_000.0).contains(points));
    sane.ok_or_else(|| format!("`{text}` is no width; write one such as 3.3in, 84mm or 240pt"))
}

/// Reads a range such as `0:200000`.
///
/// # Errors
/// Says what a range looks like.
pub fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once(':').and_then(|(low, high)| {
        let number = |text: &str| text.trim().parse().ok().filter(|v: &f64| v.is_finite());
        Some((number(low)?, number(high)?))
    });
    let sane = ends.filter(|(low, high)| low < high);
    sane.ok_or_else(|| {
        format!(
            "`{text}` is no range; write the lower end, a colon and the upper end, such as 0:200000"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_have_units() {
        assert!((width("3.3in").unwrap() - 237.6).abs() < 1e-9);
        assert!((width("180mm").unwrap() - 510.236).abs() < 1e-3);
        assert!((width("18 cm").unwrap() - 510.236).abs() < 1e-3);
        assert_eq!(width("240pt"), Ok(240.0));
        for wrong in ["", "3.3", "in", "-1in", "nanin", "3 furlongs", "1e9in"] {
            assert!(width(wrong).unwrap_err().contains("3.3in"), "{wrong}");
        }
    }

    #[test]
    fn ranges_rise() {
        assert_eq!(range("-1.5:200"), Ok((-1.5, 200.0)));
        for wrong in ["", "1", "2:1", "1:1", "a:b", "0:inf"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
