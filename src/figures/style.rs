//! Colours, sizes and names, in one place.

use plotters::style::{Color, RGBColor};

use super::canvas::{Align, Pen, TextLook};
use crate::experiment::manifest::Manifest;
use crate::summary::SHOWN_VARIANTS;

/// Names of tasks above their panels.
pub(super) const TITLE: TextLook = look(12.0, INK, true, Align::Middle);
/// Names of axes.
pub(super) const AXIS: TextLook = look(11.0, INK, false, Align::Middle);
/// Numbers at axes.
pub(super) const TICK: TextLook = look(10.0, SOFT_INK, false, Align::Middle);
/// Entries of the legend.
pub(super) const LEGEND: TextLook = look(11.0, INK, false, Align::Start);

/// What is said more of an entry.
pub(super) const DETAIL: TextLook = look(9.5, SOFT_INK, false, Align::Start);

/// Text and reference lines.
pub(super) const INK: RGBColor = RGBColor(0x26, 0x26, 0x26);
/// Text that should stand back.
pub(super) const SOFT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
/// The grid.
pub(super) const GRID: RGBColor = RGBColor(0xE6, 0xE6, 0xE6);

/// The ground of what stands beside a panel and has no axis of its own.
pub(super) const STRIP: RGBColor = RGBColor(0xF5, 0xF5, 0xF5);

/// Width of a line of data.
pub(super) const LINE: f64 = 1.7;
/// Opacity of a band.
pub(super) const BAND: f64 = 0.16;
/// Variants above which bands, or lines that are not smoothed, would hide one
/// another and are left out.
pub(super) const BANDS_UP_TO: usize = SHOWN_VARIANTS;

/// Dashes, in the order in which variants of one algorithm use them.
const DASHES: [&[f64]; 5] = [
    &[],
    &[6.0, 2.5],
    &[1.6, 1.8],
    &[7.0, 2.0, 1.6, 2.0],
    &[3.2, 1.6],
];

/// Dashes of reference lines.
pub(super) const DASHED: &[f64] = DASHES[1];

const fn look(size: f64, color: RGBColor, bold: bool, align: Align) -> TextLook {
    TextLook {
        size,
        color,
        bold,
        align,
        upward: false,
    }
}

// The palette of Okabe and Ito (2008), which colour-blind readers can tell apart.
const ORANGE: RGBColor = RGBColor(0xE6, 0x9F, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const PURPLE: RGBColor = RGBColor(0xCC, 0x79, 0xA7);
const SKY: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
const YELLOW: RGBColor = RGBColor(0xF0, 0xE4, 0x42);

/// Variants with a colour, a name and dashes of their own in every figure: in
/// grey, the dashes tell them apart.
const NAMED: [(&str, RGBColor, &str, usize); 5] = [
    ("trpo", BLUE, "TRPO", 0),
    ("ppo", VERMILLION, "PPO", 1),
    ("vpg", GREEN, "VPG", 3),
    ("vpg-kl", ORANGE, "VPG, KL-adaptive", 2),
    ("npg", PURPLE, "NPG", 4),
];

/// What `variant` is called in figures.
pub(super) fn label(variant: &str) -> String {
    match NAMED.iter().find(|(name, ..)| *name == variant) {
        Some((_, _, label, _)) => (*label).to_owned(),
        None => variant.to_owned(),
    }
}

/// The pen of every variant, in the order of the manifest. A variant that bears
/// the name of its algorithm has that algorithm's colour; other variants of it
/// have shades of the colour and, above four, dashes.
pub(super) fn pens(manifest: &Manifest) -> Vec<Pen> {
    let families: Vec<&str> = manifest
        .variants
        .iter()
        .map(|v| family(manifest, v))
        .collect();
    let is_named = |variant: &str| NAMED.iter().any(|(name, ..)| *name == variant);
    let count = |upto: usize, family: &str, named: bool| {
        let before = manifest.variants.iter().zip(&families).take(upto);
        before
            .filter(|(v, f)| **f == family && is_named(v) == named)
            .count()
    };
    let pen = |(place, variant): (usize, &String)| {
        let family = families[place];
        let (color, dash) = if is_named(variant) {
            (color_of(variant), dash_of(variant))
        } else {
            let number = count(place, family, false);
            let of = count(families.len(), family, false).min(4);
            // An even number of shades leaves out the colour itself.
            let taken = count(families.len(), family, true) > 0;
            let of = if taken { of.next_multiple_of(2) } else { of };
            (shade(color_of(family), number % 4, of), number / 4 % 4)
        };
        Pen {
            color: color.to_rgba(),
            width: LINE,
            dash: DASHES[dash],
        }
    };
    manifest.variants.iter().enumerate().map(pen).collect()
}

/// The variants that have something to show on any task, with their pens.
pub(super) fn shown(manifest: &Manifest, has: impl Fn(&str, &str) -> bool) -> Vec<(&str, Pen)> {
    let names = manifest.variants.iter().map(String::as_str);
    let on_any_task = |variant: &str| manifest.tasks.iter().any(|env| has(env, variant));
    names
        .zip(pens(manifest))
        .filter(|(variant, _)| on_any_task(variant))
        .collect()
}

/// Name of the algorithm of `variant`.
pub(super) fn family<'a>(manifest: &'a Manifest, variant: &str) -> &'a str {
    let cell = manifest.cells.iter().find(|cell| cell.variant == variant);
    cell.map_or("", |cell| cell.config.algorithm.name())
}

/// The colour of the algorithm or variant called `name`.
fn color_of(name: &str) -> RGBColor {
    let found = NAMED.iter().find(|known| known.0 == name);
    found.map_or(SOFT_INK, |known| known.1)
}

fn dash_of(name: &str) -> usize {
    let found = NAMED.iter().find(|known| known.0 == name);
    found.map_or(0, |known| known.3)
}

/// The pen of an algorithm wherever it stands for all of its variants.
pub(super) fn family_pen(family: &str) -> Pen {
    Pen {
        color: color_of(family).to_rgba(),
        width: LINE,
        dash: DASHES[dash_of(family)],
    }
}

/// Labels and pens of algorithms that somebody else named: those that bear a
/// known name look like it, the others take the colours that are left, in
/// their order.
pub(super) fn looks(names: &[&str]) -> Vec<(String, Pen)> {
    let known = |name: &str| {
        let name = name.to_lowercase();
        NAMED.iter().position(|known| known.0 == name)
    };
    let taken: Vec<usize> = names.iter().filter_map(|name| known(name)).collect();
    let free = (0..NAMED.len()).filter(|place| !taken.contains(place));
    let mut free: Vec<(RGBColor, usize)> =
        free.map(|place| (NAMED[place].1, NAMED[place].3)).collect();
    free.extend([(SKY, 1), (INK, 0), (YELLOW, 0), (SOFT_INK, 2)]);
    let mut others = 0;
    let look = |name: &&str| {
        let (color, dash) = match known(name) {
            Some(place) => (NAMED[place].1, NAMED[place].3),
            None => {
                others += 1;
                free[(others - 1) % free.len()]
            }
        };
        let pen = Pen {
            color: color.to_rgba(),
            width: LINE,
            dash: DASHES[dash],
        };
        ((*name).to_owned(), pen)
    };
    names.iter().map(look).collect()
}

/// Shade `number` of `of`, from dark to light; the only one is the colour.
fn shade(RGBColor(r, g, b): RGBColor, number: usize, of: usize) -> RGBColor {
    if of < 2 {
        return RGBColor(r, g, b);
    }
    // From -1, black, over 0, the colour, to 1, white.
    let lightness = -0.55 + 1.1 * number as f64 / (of - 1) as f64;
    let mix = |channel: u8| {
        let channel = f64::from(channel);
        let end = if lightness < 0.0 { 0.0 } else { 255.0 };
        (channel + lightness.abs() * (end - channel)).round() as u8
    };
    RGBColor(mix(r), mix(g), mix(b))
}
