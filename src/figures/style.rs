//! Colours, sizes and names, in one place.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Align, Pen, TextLook};
use crate::algo::ALGORITHMS;
use crate::algo::Look;
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
/// Opacity and width of the line of a single run.
pub(super) const RUN: (f64, f64) = (0.3, 0.7);
/// The line of a single run that failed.
pub(super) const FAILED: Pen = Pen {
    color: RGBAColor(0x26, 0x26, 0x26, 0.6),
    width: 0.8,
    dash: &[],
};
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

/// A colour, and the number of its dashes.
type Shown = (RGBColor, usize);

/// For what brings no look of its own, in this order.
const FREE: [Shown; 9] = [
    (BLUE, 0),
    (VERMILLION, 1),
    (GREEN, 3),
    (ORANGE, 2),
    (PURPLE, 4),
    (SKY, 1),
    (INK, 0),
    (YELLOW, 0),
    (SOFT_INK, 2),
];

/// What the algorithms of the laboratory say of themselves.
fn brought() -> Vec<Look> {
    ALGORITHMS
        .iter()
        .flat_map(|kind| kind.looks())
        .copied()
        .collect()
}

/// The same, after what those of `manifest` say.
fn said(manifest: &Manifest) -> Vec<Look> {
    let cells = manifest.cells.iter();
    let looks = cells.flat_map(|cell| cell.config.algorithm.looks());
    looks.copied().chain(brought()).collect()
}

/// What is said of the variant or the algorithm called `name`.
fn known<'a>(said: &'a [Look], name: &str) -> Option<&'a Look> {
    said.iter().find(|look| look.variant == name)
}

fn shown_as(look: &Look) -> Shown {
    let [red, green, blue] = look.color;
    (RGBColor(red, green, blue), look.dash)
}

/// [`FREE`] without what one of `names` has.
fn left_by(said: &[Look], names: &[&str]) -> Vec<Shown> {
    let taken = names
        .iter()
        .filter_map(|name| known(said, name))
        .map(shown_as);
    let taken: Vec<Shown> = taken.collect();
    FREE.into_iter()
        .filter(|free| !taken.contains(free))
        .collect()
}

fn pen((color, dash): Shown) -> Pen {
    Pen {
        color: color.to_rgba(),
        width: LINE,
        dash: DASHES[dash],
    }
}

/// What `variant` is called in figures.
pub(super) fn label(manifest: &Manifest, variant: &str) -> String {
    let said = said(manifest);
    known(&said, variant)
        .map_or(variant, |look| look.label)
        .to_owned()
}

/// How the algorithms of an experiment look.
struct Families<'a> {
    /// What they say of themselves.
    said: Vec<Look>,
    /// Those that bring no look.
    unknown: Vec<(&'a str, Shown)>,
}

impl<'a> Families<'a> {
    /// Of these variants, each with the name of its algorithm.
    fn of(said: Vec<Look>, variants: &[(&'a str, &'a str)]) -> Self {
        let names: Vec<&str> = variants.iter().flat_map(|&(v, f)| [v, f]).collect();
        let free = left_by(&said, &names);
        let mut unknown: Vec<(&str, Shown)> = Vec::new();
        for &(_, family) in variants {
            if known(&said, family).is_none() && !unknown.iter().any(|(other, _)| *other == family)
            {
                unknown.push((family, free[unknown.len() % free.len()]));
            }
        }
        Self { said, unknown }
    }

    fn look(&self, family: &str) -> Shown {
        let given = || self.unknown.iter().find(|(name, _)| *name == family);
        let own = known(&self.said, family).map(shown_as);
        own.or_else(|| Some(given()?.1)).unwrap_or((SOFT_INK, 0))
    }
}

/// Every variant with the name of its algorithm.
fn with_families(manifest: &Manifest) -> Vec<(&str, &str)> {
    let variants = manifest.variants.iter();
    variants
        .map(|variant| (variant.as_str(), family(manifest, variant)))
        .collect()
}

/// The pen of every variant, in the order of the manifest. A variant that bears
/// the name of its algorithm has that algorithm's colour; other variants of it
/// have shades of the colour and, above four, dashes.
pub(super) fn pens(manifest: &Manifest) -> Vec<Pen> {
    pens_of(said(manifest), &with_families(manifest))
}

fn pens_of(said: Vec<Look>, variants: &[(&str, &str)]) -> Vec<Pen> {
    let families = Families::of(said, variants);
    // Its colour is one of its own, and not a shade of its algorithm's.
    let is_named =
        |variant: &str, family: &str| known(&families.said, variant).is_some() || variant == family;
    let count = |upto: usize, of: &str, named: bool| {
        let before = variants.iter().take(upto);
        before
            .filter(|(v, f)| *f == of && is_named(v, f) == named)
            .count()
    };
    let pens = variants
        .iter()
        .enumerate()
        .map(|(place, &(variant, family))| {
            if is_named(variant, family) {
                return pen(families.look(variant));
            }
            let number = count(place, family, false);
            let of = count(variants.len(), family, false).min(4);
            // An even number of shades leaves out the colour itself.
            let taken = count(variants.len(), family, true) > 0;
            let of = if taken { of.next_multiple_of(2) } else { of };
            let (color, _) = families.look(family);
            pen((shade(color, number % 4, of), number / 4 % 4))
        });
    pens.collect()
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

/// The pen of an algorithm wherever it stands for all of its variants.
pub(super) fn family_pen(manifest: &Manifest, algorithm: &str) -> Pen {
    pen(Families::of(said(manifest), &with_families(manifest)).look(algorithm))
}

/// Labels and pens of algorithms that somebody else named: those that bear a
/// known name look like it, the others take the colours that are left, in
/// their order.
pub(super) fn looks(names: &[&str]) -> Vec<(String, Pen)> {
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let said = brought();
    let mut free = left_by(&said, &lower).into_iter().cycle();
    let look = |(name, lower): (&&str, &&str)| {
        let shown = known(&said, lower).map(shown_as).or_else(|| free.next());
        ((*name).to_owned(), pen(shown.unwrap_or((SOFT_INK, 0))))
    };
    names.iter().zip(&lower).map(look).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_that_bring_no_look_take_colours_that_are_left() {
        let variants = [
            ("trpo", "trpo"),
            ("mine", "mine"),
            ("yours", "yours"),
            ("yours-fast", "yours"),
            ("hers-1", "hers"),
        ];
        let pens = pens_of(brought(), &variants);
        let [trpo, mine, yours, fast, hers] = pens.as_slice() else {
            panic!("a pen each");
        };
        let all = [trpo, mine, yours, fast, hers];
        for (place, pen) in all.iter().enumerate() {
            let differs = |other: &&&Pen| (other.color, other.dash) != (pen.color, pen.dash);
            assert_eq!(all.iter().filter(differs).count(), 4, "variant {place}");
        }
        assert_eq!(trpo.color, BLUE.to_rgba());
        assert_eq!(mine.color, VERMILLION.to_rgba(), "blue is taken");
        assert_eq!(yours.color, GREEN.to_rgba());
    }

    #[test]
    fn what_an_algorithm_says_of_itself_counts() {
        let mine = Look {
            variant: "mine",
            label: "Mine",
            color: [1, 2, 3],
            dash: 3,
        };
        let said = [vec![mine], brought()].concat();
        let pens = pens_of(said, &[("mine", "mine"), ("trpo", "trpo")]);
        assert_eq!(pens[0].color, RGBColor(1, 2, 3).to_rgba());
        assert_eq!((pens[0].dash, pens[1].color), (DASHES[3], BLUE.to_rgba()));
    }
}
