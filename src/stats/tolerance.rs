//! Tolerance intervals: where most runs land, free of any distribution.

use super::special::beta_cdf;

/// An interval that holds a share of all runs that could be made, with the
/// confidence that it does (Wilks 1941).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// The r-th smallest value.
    pub low: f64,
    /// The r-th largest value.
    pub high: f64,
    /// r: how far from the extremes the ends stand.
    pub rank: usize,
    /// The confidence reached, at least what was asked for.
    pub confidence: f64,
}

/// The confidence with which \[x_(r), x_(n+1-s)\], of `n` values in ascending
/// order, holds at least the share `b` of the distribution:
/// P(Beta(n - r - s + 1, r + s) >= b).
///
/// `None` if that is no interval, r + s > n or r + s = 0, or b is not between 0
/// and 1.
pub fn tolerance_confidence(n: usize, r: usize, s: usize, b: f64) -> Option<f64> {
    let outside = r.checked_add(s)?;
    let possible = outside >= 1 && outside <= n && b > 0.0 && b < 1.0;
    possible.then(|| 1.0 - beta_cdf(b, (n - outside + 1) as f64, outside as f64))
}

/// The narrowest interval \[x_(r), x_(n+1-r)\] that holds the share `b` of runs
/// with `confidence`.
///
/// `None` if there are too few values: [`tolerance_runs`] says how many it takes.
pub fn tolerance_interval(values: &[f64], b: f64, confidence: f64) -> Option<Tolerance> {
    let n = values.len();
    let reached = |rank: usize| {
        tolerance_confidence(n, rank, rank, b).filter(|&reached| reached >= confidence)
    };
    // The confidence falls with the rank.
    let rank = (1..=n / 2).take_while(|&r| reached(r).is_some()).last()?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(Tolerance {
        low: sorted[rank - 1],
        high: sorted[n - rank],
        rank,
        confidence: reached(rank)?,
    })
}

/// The share of all runs that lies between the smallest and the largest of `n`
/// values with `confidence`; `None` of fewer than two.
pub fn share_between_extremes(n: usize, confidence: f64) -> Option<f64> {
    let (mut holds, mut fails) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (holds + fails);
        match tolerance_confidence(n, 1, 1, middle)? >= confidence {
            true => holds = middle,
            false => fails = middle,
        }
    }
    Some(holds)
}

/// The smallest number of runs whose range is a tolerance interval of the share
/// `b` with `confidence`; `None` if that is more than a million.
pub fn tolerance_runs(b: f64, confidence: f64) -> Option<usize> {
    let enough = |&n: &usize| tolerance_confidence(n, 1, 1, b).is_some_and(|c| c >= confidence);
    // Twice as many until they are enough, then between the last two.
    let mut above = (1..=20).map(|k| 1 << k).find(enough)?;
    let mut below = above / 2;
    while below + 1 < above {
        let middle = (below + above) / 2;
        match enough(&middle) {
            true => above = middle,
            false => below = middle,
        }
    }
    Some(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_two_values_as_worked_by_hand() {
        // Both of two values outside a share b: 1 - 2 b + b^2 is the chance that
        // the range covers b.
        let found = tolerance_confidence(2, 1, 1, 0.3).unwrap();
        assert!((found - (1.0 - 2.0 * 0.3 + 0.09)).abs() < 1e-14, "{found}");
        // One-sided, n = 1: P(Beta(1, 1) >= b).
        let found = tolerance_confidence(1, 1, 0, 0.3).unwrap();
        assert!((found - 0.7).abs() < 1e-14, "{found}");
    }

    #[test]
    fn ninety_percent_of_runs_take_46_of_them() {
        assert_eq!(tolerance_runs(0.9, 0.95), Some(46));
        let values: Vec<f64> = (0..46).rev().map(f64::from).collect();
        let found = tolerance_interval(&values, 0.9, 0.95).unwrap();
        assert_eq!((found.low, found.high, found.rank), (0.0, 45.0, 1));
        assert!((0.95..0.955).contains(&found.confidence), "{found:?}");
        assert_eq!(tolerance_interval(&values[1..], 0.9, 0.95), None);
        let narrow = tolerance_interval(&values, 0.5, 0.95).unwrap();
        assert!(narrow.rank > 1 && narrow.low == (narrow.rank - 1) as f64);
    }

    #[test]
    fn twenty_runs_show_where_three_quarters_of_all_lie() {
        let share = share_between_extremes(20, 0.95).unwrap();
        assert!((share - 0.7839).abs() < 1e-4, "{share}");
        assert_eq!(share_between_extremes(1, 0.95), None);
    }

    #[test]
    fn what_is_no_interval_has_no_confidence() {
        assert_eq!(tolerance_confidence(3, 2, 2, 0.5), None);
        assert_eq!(tolerance_confidence(3, 0, 0, 0.5), None);
        assert_eq!(tolerance_confidence(3, 1, 1, f64::NAN), None);
        assert_eq!(tolerance_runs(1.0, 0.5), None);
    }
}
