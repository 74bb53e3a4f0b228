//! Colours, dashes and labels of algorithms and their variants: one colour and one
//! dash an algorithm, in every figure of every experiment.

use plotters::style::RGBColor;
use plotters::style::colors::colormaps::{Bone, Copper, ViridisRGB};

use super::canvas::Pen;
use super::style::{INK, SOFT_INK, pen as line};
use super::theme::{LINES, PAPER, contrast, mixed};
use crate::algo::ALGORITHMS;
use crate::algo::Look;
use crate::experiment::manifest::Manifest;

// The palette of Okabe and Ito (2008), which colour-blind readers can tell apart;
// what is too light for a line on white is darker here, of the same hue.
const ORANGE: RGBColor = RGBColor(0xB8, 0x7A, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const PURPLE: RGBColor = RGBColor(0xB9, 0x5C, 0x92);
const SKY: RGBColor = RGBColor(0x2E, 0x8F, 0xC8);
const YELLOW: RGBColor = RGBColor(0x8C, 0x84, 0x10);

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
    line(color, dash)
}

/// What `variant` is called in figures.
pub(super) fn label(manifest: &Manifest, variant: &str) -> String {
    let said = said(manifest);
    known(&said, variant)
        .map_or(variant, |look| look.label)
        .to_owned()
}

/// What the algorithms of the laboratory say that a variant is called.
pub(super) fn label_of(variant: &str) -> String {
    let said = brought();
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
/// have shades of the colour, and dashes; where there are too many for shades, colours of
/// one map from dark to light.
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
    let mut of_all: Vec<&str> = Vec::new();
    for &(_, family) in variants {
        if !of_all.contains(&family) {
            of_all.push(family);
        }
    }
    let place_of = |family: &str| of_all.iter().position(|known| *known == family);
    let pens = variants
        .iter()
        .enumerate()
        .map(|(place, &(variant, family))| {
            if is_named(variant, family) {
                return pen(families.look(variant));
            }
            // A dash of its own as well, since shades alone are alike in grey.
            let number = count(place, family, false);
            let of = count(variants.len(), family, false);
            let (color, _) = families.look(family);
            let color = match of > SHADES {
                true => of_many(number, of, place_of(family)),
                false => shade(color, number % 4, of.min(4)),
            };
            pen((color, (number + 1) % 5))
        });
    pens.collect()
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

/// The pen of what nothing is known of.
pub(super) fn unknown() -> Pen {
    pen((SOFT_INK, 0))
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

/// Shade `number` of `of`, from dark to light; the only one is the colour. The
/// lightest is still seen on white.
fn shade(color: RGBColor, number: usize, of: usize) -> RGBColor {
    if of < 2 {
        return color;
    }
    let tints = (0..20).map(|step| mixed(color, PAPER, f64::from(step) / 40.0));
    let seen = tints.take_while(|&tint| contrast(tint, PAPER) >= LINES);
    let lightest = seen.last().unwrap_or(color);
    let darkest = mixed(color, RGBColor(0, 0, 0), 0.62);
    mixed(darkest, lightest, number as f64 / (of - 1) as f64)
}

/// Variants of an algorithm that are told apart by shades of its colour and dashes.
const SHADES: usize = 8;

/// Colour `number` of `of` of a map whose order is seen in grey too: viridis for the first
/// algorithm, then copper, then from black to blue. What would be too light for a line on
/// white is darker.
fn of_many(number: usize, of: usize, algorithm: Option<usize>) -> RGBColor {
    let place = number as f32 / (of - 1) as f32;
    let color = match algorithm.unwrap_or(0) % 3 {
        0 => ViridisRGB::get_color_normalized(place, 0.0, 1.0),
        1 => Copper::get_color_normalized(place, 0.0, 1.0),
        _ => Bone::get_color_normalized(place, 0.0, 1.2),
    };
    let darker = (0..20).map(|step| mixed(color, RGBColor(0, 0, 0), f64::from(step) / 20.0));
    let mut seen = darker.skip_while(|&shade| contrast(shade, PAPER) < LINES);
    seen.next().unwrap_or(INK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(color: RGBColor) -> plotters::style::RGBAColor {
        line(color, 0).color
    }

    #[test]
    fn every_line_is_seen_on_white() {
        let own = brought().into_iter().map(|look| shown_as(&look).0);
        let all: Vec<RGBColor> = own.chain(FREE.map(|free| free.0)).collect();
        let shades = all
            .iter()
            .flat_map(|&c| (0..4).map(move |k| shade(c, k, 4)));
        for color in all.iter().copied().chain(shades) {
            assert!(contrast(color, PAPER) >= LINES, "{color:?}");
        }
    }

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
        assert_eq!(trpo.color, color(BLUE));
        assert_eq!(mine.color, color(VERMILLION), "blue is taken");
        assert_eq!(yours.color, color(GREEN));
    }

    #[test]
    fn many_variants_of_one_algorithm_differ_in_hue_and_are_seen_on_white() {
        let names: Vec<String> = (0..20).map(|place| format!("trpo-{place}")).collect();
        let variants: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "trpo")).collect();
        let pens = pens_of(brought(), &variants);
        for (place, pen) in pens.iter().enumerate() {
            let same = pens.iter().filter(|other| other.color == pen.color);
            assert_eq!(same.count(), 1, "variant {place}");
        }
        for number in 0..20 {
            for algorithm in 0..3 {
                let color = of_many(number, 20, Some(algorithm));
                assert!(contrast(color, PAPER) >= LINES, "{number}");
            }
        }
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
        assert_eq!(pens[0].color, color(RGBColor(1, 2, 3)));
        assert_eq!(
            (pens[0].dash, pens[1].color),
            (super::super::style::DASHES[3], color(BLUE))
        );
    }
}
