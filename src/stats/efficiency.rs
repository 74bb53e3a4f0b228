//! Sample efficiency: steps to a threshold, with runs that never reach it.
//!
//! A curve is known at points only, so that a threshold is reached somewhere
//! between two of them: steps are intervals, open below and closed above.
//!
//! The curve of IQMs against steps is [`super::Stratified::iqm_curve`].

use serde::{Deserialize, Serialize};

/// Steps (after, by].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The last point before.
    pub after: f64,
    /// The point itself.
    pub by: f64,
}

/// When a run first reached a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// In these steps.
    Within(Span),
    /// Not in as many steps as it had: the run is censored there.
    NotIn(f64),
}

/// When a curve reaches `threshold`: at its first point k at which it and the
/// point after it, k + 1, are at least that. One lucky point is no success. After
/// the last point comes `last`, a further look at what the run ended with.
///
/// Points without a value are passed over; a NaN reaches nothing. `None` of a
/// curve without points.
pub fn steps_to(
    points: &[(Span, Option<f64>)],
    last: Option<f64>,
    threshold: f64,
) -> Option<Reached> {
    let with_value = |&(span, value): &(Span, Option<f64>)| Some((span, value?));
    let known: Vec<(Span, f64)> = points.iter().filter_map(with_value).collect();
    let next = known.iter().skip(1).map(|&(_, value)| Some(value));
    let pairs = known.iter().zip(next.chain([last]));
    let mut stays = pairs
        .filter(|((_, value), next)| *value >= threshold && next.is_some_and(|n| n >= threshold));
    match stays.next() {
        Some(((span, _), _)) => Some(Reached::Within(*span)),
        None => points.last().map(|(span, _)| Reached::NotIn(span.by)),
    }
}

/// The steps in which the share `share` of runs, above 0, has reached the
/// threshold: of n runs in the order of their steps, those that never did last,
/// the ceil(`share` n)-th. `None` if that one never did, or there are no runs.
pub fn steps_for_share(runs: &[Reached], share: f64) -> Option<Span> {
    let span = |run: &Reached| match run {
        Reached::Within(span) => Some(*span),
        Reached::NotIn(_) => None,
    };
    let mut reached: Vec<Span> = runs.iter().filter_map(span).collect();
    reached.sort_by(|a, b| a.by.total_cmp(&b.by).then(a.after.total_cmp(&b.after)));
    // Products of fractions miss a whole number by a few roundings.
    let rank = (share * runs.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    reached.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::Reached::{NotIn, Within};
    use super::*;

    /// Points at 0, 100, 200, ... with these values.
    fn curve(values: &[Option<f64>]) -> Vec<(Span, Option<f64>)> {
        let span = |k: usize| Span {
            after: 100.0 * k.saturating_sub(1) as f64,
            by: 100.0 * k as f64,
        };
        let spans = (0..values.len()).map(span);
        spans.zip(values.iter().copied()).collect()
    }

    fn within(after: f64, by: f64) -> Reached {
        Within(Span { after, by })
    }

    #[test]
    fn two_neighbours_must_be_at_the_threshold() {
        let risen = curve(&[Some(1.0), Some(9.0), Some(2.0), Some(9.0), Some(9.0)]);
        assert_eq!(steps_to(&risen, None, 9.0), Some(within(200.0, 300.0)));
        assert_eq!(steps_to(&risen, None, 9.1), Some(NotIn(400.0)));
        assert_eq!(steps_to(&risen, None, 1.0), Some(within(0.0, 0.0)));
    }

    #[test]
    fn the_last_point_needs_the_look_after_it() {
        let late = curve(&[Some(1.0), Some(2.0), Some(9.0)]);
        assert_eq!(steps_to(&late, None, 9.0), Some(NotIn(200.0)));
        assert_eq!(steps_to(&late, Some(8.0), 9.0), Some(NotIn(200.0)));
        assert_eq!(steps_to(&late, Some(9.0), 9.0), Some(within(100.0, 200.0)));
    }

    #[test]
    fn gaps_are_passed_over_and_nan_reaches_nothing() {
        let gap = curve(&[None, Some(9.0), None, Some(9.0), Some(f64::NAN)]);
        assert_eq!(steps_to(&gap, None, 9.0), Some(within(0.0, 100.0)));
        assert_eq!(steps_to(&gap[3..], Some(9.0), 9.0), Some(NotIn(400.0)));
        assert_eq!(steps_to(&curve(&[None; 3]), None, 0.0), Some(NotIn(200.0)));
        assert_eq!(steps_to(&[], Some(1.0), 0.0), None);
    }

    #[test]
    fn shares_are_order_statistics_with_censored_runs_last() {
        let runs = [
            within(0.0, 10.0),
            NotIn(100.0),
            within(20.0, 30.0),
            NotIn(5.0),
        ];
        let by = |share| steps_for_share(&runs, share).map(|span| span.by);
        assert_eq!([0.25, 0.5, 0.75].map(by), [Some(10.0), Some(30.0), None]);
        // The third of five, and the second: ceil(1.25).
        let five: Vec<Reached> = (1..=5).map(|k| within(0.0, f64::from(k))).collect();
        let by = |share| steps_for_share(&five, share).unwrap().by;
        assert_eq!([0.25, 0.5, 0.75].map(by), [2.0, 3.0, 4.0]);
        assert_eq!(steps_for_share(&[], 0.5), None);
    }
}
