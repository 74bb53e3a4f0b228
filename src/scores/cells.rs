//! Numbers of judgements as tables show them.

use super::verdict::Judgement;
use crate::format::{decimals, number, short};
use crate::stats::Interval;

/// What stands in a table where there is no number.
pub const NOTHING: &str = "–";

impl Judgement {
    /// Difference and the interval that decides: `12.3 [4.1, 20.5]`.
    pub fn difference_cell(&self) -> String {
        Self::cell(self.difference.zip(self.interval))
    }

    /// The same of the better one less the other.
    pub fn advantage_cell(&self) -> String {
        let found = self.difference.zip(self.interval);
        Self::cell(found.map(|(difference, ends)| match difference < 0.0 {
            true => (-difference, ends.mirrored()),
            false => (difference, ends),
        }))
    }

    fn cell(found: Option<(f64, Interval)>) -> String {
        let text = found.map(|(difference, Interval { low, high })| {
            let digits = decimals(low.abs().max(high.abs()));
            let show = |value: f64| number(value, digits);
            format!("{} [{}, {}]", show(difference), show(low), show(high))
        });
        text.unwrap_or_else(|| NOTHING.to_owned())
    }

    /// P(X > Y): `0.73 [0.61, 0.84]`, or without an interval below ten runs.
    pub fn odds_cell(&self) -> String {
        let show = |value| number(value, 2);
        let interval = self.improvement.interval();
        let interval = interval.map(|ends| format!(" [{}, {}]", show(ends.low), show(ends.high)));
        show(self.improvement.point) + &interval.unwrap_or_default()
    }

    /// The smallest margin at which the two would be equivalent, rounded up to three
    /// digits.
    pub fn smallest_margin_cell(&self) -> String {
        let margin = self.smallest_margin.map(|margin| short(rounded_up(margin)));
        margin.unwrap_or_else(|| NOTHING.to_owned())
    }

    /// Runs of each that would find a difference of the margin, and that would show
    /// equals to be equivalent: `12 to 21` where the spread may be larger than seen.
    pub fn runs_cells(&self) -> [String; 2] {
        [self.runs_to_differ, self.runs_to_be_equal].map(|runs| match runs {
            Some([found, most]) if found < most => {
                format!("{} to {}", number(found as f64, 0), number(most as f64, 0))
            }
            Some([found, _]) => number(found as f64, 0),
            None => NOTHING.to_owned(),
        })
    }
}

/// To three digits, and not less.
fn rounded_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powi(value.log10().floor() as i32 - 2);
    (value / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_rounded_up() {
        assert_eq!(rounded_up(0.12341), 0.124);
        assert_eq!(rounded_up(123.0), 123.0);
        assert_eq!(rounded_up(0.0), 0.0);
    }
}
