//! When two scores differ: the one guard against rounding.
//!
//! 0.1 + 0.2 is not 0.3 in doubles, and a test of scores that do not vary takes
//! any difference for a certain one. Everything that compares scores asks a
//! [`Scale`]: differences of means, P(X > Y) and its ties, spreads, verdicts.

/// Differences below this share of the largest score are rounding: some
/// thousand roundings of a double, and less than anybody measures.
const ROUNDING: f64 = 1e-12;

/// How large the scores are that are compared with each other, on one task or
/// over several.
///
/// It also keeps squares in range: variances are taken in units of that size, so
/// that those of scores of 1e-170 are not 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    size: f64,
}

impl Scale {
    /// That of scores of at most `size`, at least 0 and finite.
    pub fn new(size: f64) -> Self {
        Self { size }
    }

    /// That of the largest of all `samples`, in size.
    pub fn of(samples: &[&[f64]]) -> Self {
        Self::new(largest(samples.iter().copied().flatten()))
    }

    /// The scale of the larger scores of the two.
    #[must_use]
    pub fn larger(self, other: Self) -> Self {
        Self::new(self.size.max(other.size))
    }

    /// The largest difference that is none.
    pub fn tolerance(self) -> f64 {
        ROUNDING * self.size
    }

    /// Whether `x` is above `y` by more than rounding.
    pub fn is_above(self, x: f64, y: f64) -> bool {
        x - y > self.tolerance()
    }

    /// `difference`, or 0 where it is rounding.
    pub fn difference(self, difference: f64) -> f64 {
        match difference.abs() > self.tolerance() {
            true => difference,
            false => 0.0,
        }
    }

    /// The power of two in which scores are 1 to 2 in size at most. Dividing
    /// and multiplying by it changes no digit.
    pub(super) fn unit(self) -> f64 {
        const EXPONENT: u64 = 0x7ff << 52;
        match f64::from_bits(self.size.to_bits() & EXPONENT) {
            // Of 0 and of the smallest numbers of all.
            0.0 => f64::MIN_POSITIVE,
            unit => unit,
        }
    }

    /// sqrt(sum of squares) of numbers of this size.
    pub fn root_of_squares(self, numbers: impl Iterator<Item = f64>) -> f64 {
        let unit = self.unit();
        let squares = numbers.map(|number| (number / unit).powi(2));
        squares.sum::<f64>().sqrt() * unit
    }

    /// Mean and unbiased variance of at least two values, both in
    /// [units](Self::unit); `None` of fewer. The variance of values that differ
    /// by no more than rounding is 0; those that are all the same have exactly
    /// that mean.
    pub(super) fn moments(self, values: &[f64]) -> Option<(f64, f64)> {
        let [first, _, ..] = *values else {
            return None;
        };
        // About the first value, so that constants leave no rounding behind.
        let n = values.len() as f64;
        let unit = self.unit();
        let apart = |x: &f64| (x - first) / unit;
        let shift = values.iter().map(apart).sum::<f64>() / n;
        let range = values
            .iter()
            .fold((first, first), |(low, high), &x| (low.min(x), high.max(x)));
        let variance = match self.is_above(range.1, range.0) {
            true => {
                let squares = values.iter().map(|x| (apart(x) - shift).powi(2));
                squares.sum::<f64>() / (n - 1.0)
            }
            false => 0.0,
        };
        Some((first / unit + shift, variance))
    }
}

/// The largest of `scores` in size; 0 of none.
pub(super) fn largest<'a>(scores: impl IntoIterator<Item = &'a f64>) -> f64 {
    let sizes = scores.into_iter().map(|score| score.abs());
    sizes.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_no_difference_at_any_size() {
        for size in [1.0, 1e15, 1e100, 1e-170] {
            let (x, y) = ((0.1 + 0.2) * size, 0.3 * size);
            let scale = Scale::of(&[&[x], &[y]]);
            assert!(!scale.is_above(x, y) && !scale.is_above(y, x), "{size}");
            assert_eq!(scale.difference(x - y), 0.0);
            assert!(scale.is_above(1.001 * x, y) && !scale.is_above(y, 1.001 * x));
            assert!((1.0..2.0).contains(&(0.3 * size / Scale::new(0.3 * size).unit())));
        }
        assert_eq!(Scale::of(&[&[-3.0, 2.0]]).size, 3.0);
        assert!(!Scale::of(&[]).is_above(0.0, 0.0));
    }

    #[test]
    fn spreads_are_those_of_the_scores_and_not_of_their_rounding() {
        let variance = |values: &[f64]| Scale::of(&[values]).moments(values).unwrap().1;
        assert_eq!(variance(&[0.3, 0.1 + 0.2, 0.3]), 0.0);
        for size in [1e-300_f64, 1e-170, 1.0, 1e100] {
            let values = [size, 2.0 * size, 6.0 * size];
            let scale = Scale::of(&[&values]);
            let (mean, variance) = scale.moments(&values).unwrap();
            let (mean, std) = (mean * scale.unit(), variance.sqrt() * scale.unit());
            assert!((mean / size - 3.0).abs() < 1e-12);
            assert!((std / size - 7.0_f64.sqrt()).abs() < 1e-12, "{size}: {std}");
        }
    }
}
