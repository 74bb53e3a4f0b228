//! Too many variants for a look each: thin lines in the colour of their algorithm, and
//! full ones of those that have nothing changed.

use plotters::style::Color;

use super::canvas::Pen;
use super::data::{Drawn, Summary};
use super::palette::family;
use super::picture::Key;
use crate::experiment::manifest::Manifest;
use crate::summary::changes::families;

/// From so many on nobody finds a line by its colour.
const CROWDED: usize = 17;
/// Width of the others' lines, in points.
const THIN: f64 = 0.5;
/// How much of its colour such a line has.
const PALE: f64 = 0.55;

/// The algorithms of so many variants.
pub(super) struct Crowd {
    /// Names, with what they are called and their lines.
    algorithms: Vec<(String, (String, Pen))>,
    /// Variants that have nothing changed.
    bases: Vec<String>,
}

impl Crowd {
    /// Of these variants, if they are too many.
    pub fn of(summary: &Summary, variants: &[Drawn]) -> Option<Self> {
        if variants.len() < CROWDED {
            return None;
        }
        let mut algorithms: Vec<(String, (String, Pen))> = Vec::new();
        for variant in variants {
            let algorithm = family(&summary.manifest, &variant.id);
            if !algorithms.iter().any(|(known, _)| known == algorithm) {
                let (label, pen) = summary.family(algorithm);
                let pen = Pen { dash: &[], ..pen };
                algorithms.push((algorithm.to_owned(), (label, pen)));
            }
        }
        Some(Self {
            algorithms,
            bases: bases(&summary.manifest),
        })
    }

    /// Gives every variant the line of its algorithm. Those with nothing changed come first,
    /// which is on top.
    pub fn dress(&self, manifest: &Manifest, variants: &mut [Drawn]) {
        let is_base = |variant: &Drawn| self.bases.contains(&variant.id);
        for variant in variants.iter_mut() {
            let algorithm = family(manifest, &variant.id);
            let known = self.algorithms.iter().find(|(name, _)| name == algorithm);
            let Some((_, (_, pen))) = known else { continue };
            variant.pen = match is_base(variant) {
                true => *pen,
                false => Pen {
                    color: pen.color.mix(PALE),
                    width: THIN,
                    dash: &[],
                },
            };
        }
        variants.sort_by_key(|variant| !is_base(variant));
    }

    /// The legend.
    pub fn keys(&self) -> Vec<Key> {
        let all = self.algorithms.iter();
        all.map(|(_, (label, pen))| Key::line("", label, *pen, false))
            .collect()
    }

    /// What is said of the lines.
    pub fn note(&self) -> &'static str {
        match self.bases.is_empty() {
            true => " of every variant, in the colour of its algorithm",
            false => {
                " of every variant, in the colour of its algorithm, wide where nothing is changed"
            }
        }
    }
}

/// Variants from which most others differ in one setting, and rows of a design in which all
/// factors are off.
fn bases(manifest: &Manifest) -> Vec<String> {
    let design = manifest.analysis.design.iter();
    let rows = design.flat_map(|design| &design.rows);
    let off = rows.filter(|row| row.on.iter().all(|on| !on));
    let of_families = families(manifest).into_iter().map(|family| family.base);
    of_families
        .chain(off.map(|row| row.variant.clone()))
        .collect()
}
