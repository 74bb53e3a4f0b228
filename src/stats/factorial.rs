//! Two-level fractional factorial designs (Box, Hunter, Hunter 2005, *Statistics for
//! experimenters*, chapters 5 and 6).
//!
//! Factors are called A, B, C, ... in their order. A generator such as `E = ABC` says that
//! the level of E is the product of those of A, B and C, where on is 1 and off is -1: E
//! cannot be told from the interaction of the three.

use std::fmt::Write as _;

/// Most factors of a design.
pub const MOST_FACTORS: usize = 12;

/// A set of factors, one bit each: an effect, or a word of the defining relation.
type Effect = u32;

/// A design in which every factor is on in half of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fraction {
    factors: usize,
    /// What each generated factor is the product of.
    generated: Vec<(usize, Effect)>,
}

impl Fraction {
    /// The design of so many factors, of which each of `generators` makes one.
    ///
    /// # Errors
    /// What is wrong with a generator, or with the number of factors.
    pub fn new(factors: usize, generators: &[String]) -> Result<Self, String> {
        if factors == 0 || factors > MOST_FACTORS {
            return Err(format!(
                "a design has from 1 to {MOST_FACTORS} factors, not {factors}"
            ));
        }
        let mut generated: Vec<(usize, Effect)> = Vec::new();
        for text in generators {
            let wrong = |why: String| format!("`{text}` {why}; write such as \"E = ABC\"");
            let sides = text.split_once('=');
            let (made, of) = sides.ok_or_else(|| wrong("has no `=`".to_owned()))?;
            let (made, of) = (
                read(made, factors).map_err(wrong)?,
                read(of, factors).map_err(wrong)?,
            );
            if made.count_ones() != 1 {
                return Err(wrong("makes no single factor".to_owned()));
            }
            if of.count_ones() < 2 || of & made != 0 {
                return Err(wrong("is no product of other factors".to_owned()));
            }
            generated.push((made.trailing_zeros() as usize, of));
        }
        let all: Effect = generated.iter().fold(0, |all, (made, _)| all | 1 << made);
        if all.count_ones() as usize != generated.len() {
            return Err("two generators make the same factor".to_owned());
        }
        if let Some((made, _)) = generated.iter().find(|(_, of)| of & all != 0) {
            return Err(format!(
                "the generator of {} takes a factor that is generated itself",
                letters(1 << made)
            ));
        }
        Ok(Self { factors, generated })
    }

    /// Which factors are on, \[rows\]\[factors\], in the standard order: A changes
    /// fastest.
    pub fn rows(&self) -> Vec<Vec<bool>> {
        let is_free = |factor: &usize| self.generated.iter().all(|(made, _)| made != factor);
        let free: Vec<usize> = (0..self.factors).filter(is_free).collect();
        let row = |number: usize| {
            let mut on: Effect = 0;
            for (place, factor) in free.iter().enumerate() {
                on |= ((number >> place & 1) as Effect) << factor;
            }
            for (made, of) in &self.generated {
                let off = (of & !on).count_ones();
                on |= Effect::from(off.is_multiple_of(2)) << made;
            }
            (0..self.factors)
                .map(|factor| on >> factor & 1 == 1)
                .collect()
        };
        (0..1 << free.len()).map(row).collect()
    }

    /// What cannot be told from the effect of a factor, shortest first: `BCE`.
    pub fn aliases(&self, factor: usize) -> Vec<String> {
        let mut found: Vec<Effect> = self.words().iter().map(|word| word ^ 1 << factor).collect();
        // Of equally many letters, those come first that are first in the alphabet.
        found.sort_by_key(|effect| (effect.count_ones(), !effect.reverse_bits()));
        found.into_iter().map(letters).collect()
    }

    /// The length of the shortest word of the defining relation: with IV or more no main
    /// effect is aliased with an interaction of two; none of a complete design.
    pub fn resolution(&self) -> Option<u32> {
        self.words().into_iter().map(Effect::count_ones).min()
    }

    /// The defining relation, without the identity.
    fn words(&self) -> Vec<Effect> {
        let single: Vec<Effect> = (self.generated.iter())
            .map(|(made, of)| of | 1 << made)
            .collect();
        let product = |chosen: usize| {
            let taken = (single.iter().enumerate()).filter(|(place, _)| chosen >> place & 1 == 1);
            taken.fold(0, |product, (_, word)| product ^ word)
        };
        (1..1 << single.len()).map(product).collect()
    }
}

/// The factors that `text` names by their letters.
fn read(text: &str, factors: usize) -> Result<Effect, String> {
    text.trim().chars().try_fold(0, |effect, letter| {
        let known = (0..factors).find(|&factor| letter_of(factor) == letter);
        let factor = known.ok_or_else(|| {
            let last = letter_of(factors - 1);
            format!("names `{letter}`, and factors are called A to {last}")
        })?;
        Ok(effect | 1 << factor)
    })
}

/// The letter of a factor, by its place.
pub fn letter_of(factor: usize) -> char {
    char::from(b'A' + factor as u8)
}

fn letters(effect: Effect) -> String {
    let factors = (0..MOST_FACTORS).filter(|factor| effect >> factor & 1 == 1);
    factors.fold(String::new(), |mut text, factor| {
        // Writing to a text cannot fail.
        let _ = text.write_char(letter_of(factor));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(factors: usize, generators: &[&str]) -> Result<Fraction, String> {
        let generators: Vec<String> = generators.iter().map(|&text| text.to_owned()).collect();
        Fraction::new(factors, &generators)
    }

    /// The 2^(6-2) design of resolution IV: I = ABCE = BCDF = ADEF.
    #[test]
    fn sixteen_rows_of_six_factors_are_orthogonal() {
        let fraction = design(6, &["E = ABC", "F = BCD"]).unwrap();
        let rows = fraction.rows();
        assert_eq!((rows.len(), fraction.resolution()), (16, Some(4)));
        let sign = |row: &[bool], factor: usize| if row[factor] { 1 } else { -1 };
        for a in 0..6 {
            assert_eq!(rows.iter().map(|row| sign(row, a)).sum::<i32>(), 0);
            for b in 0..a {
                let product = |row: &Vec<bool>| sign(row, a) * sign(row, b);
                assert_eq!(rows.iter().map(product).sum::<i32>(), 0, "{a} {b}");
            }
        }
        let of_three = |row: &Vec<bool>| sign(row, 0) * sign(row, 1) * sign(row, 2) == sign(row, 4);
        assert!(rows.iter().all(of_three));
        assert_eq!(fraction.aliases(0), ["BCE", "DEF", "ABCDF"]);
        assert_eq!(fraction.aliases(5), ["ADE", "BCD", "ABCEF"]);
    }

    #[test]
    fn a_complete_design_has_no_aliases() {
        let fraction = design(2, &[]).unwrap();
        let expected = [[false, false], [true, false], [false, true], [true, true]];
        assert_eq!(fraction.rows(), expected);
        assert!(fraction.aliases(1).is_empty() && fraction.resolution().is_none());
    }

    #[test]
    fn what_makes_no_design_is_refused() {
        for (generators, why) in [
            (&["E ABC"][..], "has no `=`"),
            (&["E = AEB"], "is no product of other factors"),
            (&["EF = AB"], "makes no single factor"),
            (&["G = AB"], "factors are called A to F"),
            (&["E = AB", "E = BC"], "two generators make the same factor"),
            (&["E = AB", "F = CE"], "takes a factor that is generated"),
        ] {
            let problem = design(6, generators).unwrap_err();
            assert!(problem.contains(why), "{problem}");
        }
        assert!(design(13, &[]).is_err());
    }
}
