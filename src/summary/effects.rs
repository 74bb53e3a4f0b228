//! Effects of the factors of a design, run by run.

use super::normalised::Normalised;
use super::{ScoreRow, SummaryError};
use crate::experiment::design::{Design, DesignRow};
use crate::experiment::manifest::Manifest;
use crate::stats::{Difference, Scale};

/// What a factor does to what a design is made of, or to all that it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect<'a> {
    /// The place of the factor.
    pub factor: usize,
    /// What the rows are made of; none for all rows.
    pub of: Option<&'a str>,
}

impl<'a> Effect<'a> {
    /// The effect that `text` names: `FACTOR`, or `FACTOR of ALGORITHM`.
    ///
    /// # Errors
    /// If the design has no such factor, or is not made of that.
    pub fn named(design: &'a Design, text: &str) -> Result<Self, String> {
        let (factor, of) = match text.split_once(" of ") {
            Some((factor, of)) => (factor, Some(of)),
            None => (text, None),
        };
        let known = design.factors.iter().position(|name| name == factor);
        let missing = || {
            let all = crate::format::list(&design.factors);
            format!("there is no factor `{factor}` in the design; there are {all}")
        };
        let of = of.map(|of| {
            let known = design.of.iter().find(|name| *name == of);
            known.map(String::as_str).ok_or_else(|| {
                let all = crate::format::list(&design.of);
                format!("the design is not made of `{of}`, but of {all}")
            })
        });
        Ok(Self {
            factor: known.ok_or_else(missing)?,
            of: of.transpose()?,
        })
    }

    /// The mean score of the rows in which the factor is on less that of the others, of
    /// every seed of which all rows have one. `scores` gives those of a variant by seed.
    ///
    /// # Errors
    /// The first of `scores`.
    pub fn by_seed<E>(
        self,
        design: &Design,
        scores: impl Fn(&str) -> Result<Vec<(u64, f64)>, E>,
    ) -> Result<Vec<(u64, f64)>, E> {
        let is_its = |row: &&DesignRow| self.of.is_none_or(|of| row.of == of);
        let rows = design.rows.iter().filter(is_its);
        let rows = rows.map(|row| Ok((row.on[self.factor], scores(&row.variant)?)));
        let rows: Vec<(bool, Vec<(u64, f64)>)> = rows.collect::<Result<_, E>>()?;
        let Some((_, first)) = rows.first() else {
            return Ok(Vec::new());
        };
        let effect = |seed: u64| {
            let mut sums = [0.0; 2];
            for (is_on, scores) in &rows {
                let (_, score) = scores.iter().find(|(of, _)| *of == seed)?;
                sums[usize::from(*is_on)] += score;
            }
            Some((seed, (sums[1] - sums[0]) / (0.5 * rows.len() as f64)))
        };
        Ok(first.iter().filter_map(|(seed, _)| effect(*seed)).collect())
    }
}

/// The scores that effects are made of.
pub struct Scores<'a> {
    of_runs: Normalised<'a>,
    design: &'a Design,
}

impl<'a> Scores<'a> {
    /// Those of an experiment with a design.
    ///
    /// # Errors
    /// If its references make no sense.
    pub fn of(
        manifest: &'a Manifest,
        design: &'a Design,
        rows: &'a [ScoreRow],
    ) -> Result<Self, SummaryError> {
        let of_runs = Normalised::of(manifest, rows)?;
        Ok(Self { of_runs, design })
    }

    /// The mean over tasks of an effect on normalised scores, less that of `other` if there
    /// is one; `None` if a task has no reference.
    pub fn over_tasks(&self, effect: Effect<'_>, other: Option<Effect<'_>>) -> Option<Difference> {
        let of_task = |task: &String| -> Option<Vec<[f64; 2]>> {
            let scores = |variant: &str| self.of_runs.by_seed(task, variant).ok_or(());
            let x = effect.by_seed(self.design, scores).ok()?;
            let Some(other) = other else {
                return Some(x.into_iter().map(|(_, x)| [x, 0.0]).collect());
            };
            let y = other.by_seed(self.design, scores).ok()?;
            let partner = |seed| y.iter().find(|(of, _)| *of == seed).map(|(_, y)| *y);
            let pairs = x.into_iter();
            Some(
                pairs
                    .filter_map(|(seed, x)| Some([x, partner(seed)?]))
                    .collect(),
            )
        };
        let tasks: Option<Vec<_>> = self.of_runs.tasks().iter().map(of_task).collect();
        let paired = |pairs: &Vec<[f64; 2]>| Difference::paired(Scale::new(1.0), pairs);
        let each: Option<Vec<Difference>> = tasks?.iter().map(paired).collect();
        Difference::over_tasks(&each?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two factors of two algorithms, whose scores are known.
    fn design() -> Design {
        let mut rows = Vec::new();
        for of in ["x", "y"] {
            for (a, b) in [(false, false), (true, false), (false, true), (true, true)] {
                rows.push(DesignRow {
                    variant: format!("{of}{}{}", u8::from(a), u8::from(b)),
                    of: of.to_owned(),
                    on: vec![a, b],
                });
            }
        }
        Design {
            factors: vec!["first".to_owned(), "second".to_owned()],
            generators: Vec::new(),
            of: vec!["x".to_owned(), "y".to_owned()],
            rows,
        }
    }

    #[test]
    fn effects_are_those_of_a_linear_model() {
        let design = design();
        // The first factor gives 3 to x and 1 to y, the second takes 2 from both.
        let scores = |variant: &str| {
            let letters: Vec<char> = variant.chars().collect();
            let on = |place: usize| f64::from(u8::from(letters[place] == '1'));
            let gain = if letters[0] == 'x' { 3.0 } else { 1.0 };
            let score = 10.0 + gain * on(1) - 2.0 * on(2);
            let missing = variant == "y11";
            let seeds = if missing { 0..2 } else { 0..3 };
            Ok::<_, ()>(seeds.map(|seed| (seed, score + seed as f64)).collect())
        };
        let effect = |text: &str| {
            let found = Effect::named(&design, text).unwrap();
            found.by_seed(&design, scores).unwrap()
        };
        assert_eq!(effect("first of x"), [(0, 3.0), (1, 3.0), (2, 3.0)]);
        assert_eq!(effect("first"), [(0, 2.0), (1, 2.0)]);
        assert_eq!(effect("second of y"), [(0, -2.0), (1, -2.0)]);
        assert!(Effect::named(&design, "third").is_err());
        assert!(Effect::named(&design, "first of z").is_err());
    }
}
