//! On what a picture is drawn, and what that does to its colours.

use plotters::style::RGBColor;

/// The ground of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// White, for print.
    #[default]
    Light,
    /// Nearly black, for screens and slides.
    Dark,
    /// None: what is drawn on light ground, without the ground.
    Transparent,
}

impl Theme {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("light", Self::Light),
        ("dark", Self::Dark),
        ("transparent", Self::Transparent),
    ];

    /// What a colour, chosen for white ground, becomes.
    pub(super) fn color(self, color: RGBColor) -> RGBColor {
        match self {
            Self::Dark => in_the_dark(color),
            Self::Light | Self::Transparent => color,
        }
    }
}

/// White, as paper is.
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// The ground of what is dark: that of the page of the report.
const NIGHT: RGBColor = RGBColor(0x16, 0x18, 0x1B);

/// Contrast that lines keep on white, and that colours get on the dark ground.
pub(super) const LINES: f64 = 3.0;
const IN_THE_DARK: f64 = 4.5;

/// The colour that on dark ground stands for one chosen for white ground: greys
/// are turned around, and colours are mixed with white until they are seen.
pub(super) fn in_the_dark(color: RGBColor) -> RGBColor {
    let RGBColor(r, g, b) = color;
    let spread = r.max(g).max(b) - r.min(g).min(b);
    if spread < 12 {
        // From black on white to nearly white on nearly black.
        let mix = |from: u8, to: u8| {
            let share = f64::from(r) / 255.0;
            (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8
        };
        return RGBColor(mix(0xF2, NIGHT.0), mix(0xF2, NIGHT.1), mix(0xF2, NIGHT.2));
    }
    let lighter = |tenths: u32| mixed(color, PAPER, f64::from(tenths) / 20.0);
    let seen = (0..20)
        .map(lighter)
        .find(|&c| contrast(c, NIGHT) >= IN_THE_DARK);
    seen.unwrap_or(PAPER)
}

/// `share` of `other` in `color`.
pub(super) fn mixed(color: RGBColor, other: RGBColor, share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| {
        (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8
    };
    RGBColor(
        mix(color.0, other.0),
        mix(color.1, other.1),
        mix(color.2, other.2),
    )
}

/// Relative luminance (WCAG 2.1), from 0 of black to 1 of white.
pub(super) fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        match share <= 0.04045 {
            true => share / 12.92,
            false => ((share + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast of two colours (WCAG 2.1), from 1 to 21.
pub(super) fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((contrast(PAPER, RGBColor(0, 0, 0)) - 21.0).abs() < 1e-9);
        // The grey that is said to be just readable on white.
        assert!((contrast(PAPER, RGBColor(0x76, 0x76, 0x76)) - 4.54).abs() < 0.01);
    }

    #[test]
    fn in_the_dark_text_is_light_and_colours_are_seen() {
        assert_eq!(in_the_dark(PAPER), NIGHT);
        let ink = in_the_dark(RGBColor(0x26, 0x26, 0x26));
        assert!(contrast(ink, NIGHT) > 10.0);
        let blue = in_the_dark(RGBColor(0x00, 0x72, 0xB2));
        assert!(contrast(blue, NIGHT) >= IN_THE_DARK);
        assert!(blue.2 > blue.0, "it is still blue");
    }
}
