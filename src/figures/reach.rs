//! How far the vertical axis of learning curves reaches for published scores.

use super::scale::Scale;

/// How many times higher than the curves alone a panel may become for marks.
const STRETCH: f64 = 1.75;
/// Height of a mark with its arrow, and of every further mark beyond it, in points.
const LANE: f64 = 19.0;
pub(super) const STACK: f64 = 6.8;
/// About the height of a panel, in points: how high it will be is not known yet.
const HEIGHT: f64 = 95.0;
/// A vertical scale, and the values between which marks stand at their place;
/// others lie beyond it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub scale: Scale,
    pub low: f64,
    pub high: f64,
}

impl Reach {
    /// Over the values of the curves of a panel, and the marks of
    /// every column that are not too far off, with room beyond for those that
    /// are.
    pub fn of(curves: &[f64], columns: &[Vec<f64>]) -> Self {
        let finite = || curves.iter().copied().filter(|value| value.is_finite());
        let marks = columns.concat();
        if marks.is_empty() || finite().next().is_none() {
            return Self {
                scale: Scale::linear(curves.iter().copied()),
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
            };
        }
        let ends = (
            finite().fold(f64::INFINITY, f64::min),
            finite().fold(f64::NEG_INFINITY, f64::max),
        );
        let (low, high) = reach(ends, &marks);
        let room = |is_beyond: &dyn Fn(f64) -> bool| {
            let beyond = |column: &Vec<f64>| column.iter().filter(|&&v| is_beyond(v)).count();
            match columns.iter().map(beyond).max().unwrap_or(0) {
                0 => 0.04,
                more => (LANE + STACK * (more - 1) as f64) / HEIGHT,
            }
        };
        let (below, above) = (room(&|value| value < low), room(&|value| value > high));
        let span = match high - low {
            none if none <= 0.0 => 0.2 * high.abs().max(1.0),
            some => some,
        };
        let whole = span / (1.0 - below - above).max(0.2);
        Self {
            scale: Scale::exactly(low - below * whole, high + above * whole),
            low,
            high,
        }
    }
}

/// The range of the curves, and with it every mark, the nearest first, as long
/// as the whole is not more than [`STRETCH`] times the curves.
fn reach((low, high): (f64, f64), marks: &[f64]) -> (f64, f64) {
    let span = high - low;
    let off = |mark: f64| (low - mark).max(mark - high).max(0.0);
    let mut marks = marks.to_vec();
    marks.sort_by(|a, b| off(*a).total_cmp(&off(*b)));
    let mut ends = (low, high);
    for mark in marks {
        let wider = (ends.0.min(mark), ends.1.max(mark));
        if wider.1 - wider.0 <= STRETCH * span {
            ends = wider;
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_takes_in_marks_but_no_outlier() {
        assert_eq!(reach((0.0, 100.0), &[130.0, 50.0, -40.0]), (-40.0, 130.0));
        assert_eq!(reach((0.0, 100.0), &[176.0, 175.0]), (0.0, 175.0));
        // The nearest first: both together would be too much.
        assert_eq!(reach((0.0, 100.0), &[-60.0, 40.0, 140.0]), (-0.0, 140.0));
        assert_eq!(reach((5.0, 5.0), &[6.0]), (5.0, 5.0));
    }

    #[test]
    fn without_marks_the_scale_is_that_of_the_curves() {
        let scale = Reach::of(&[1.0, 3.0], &[vec![], vec![]]).scale;
        assert_eq!(scale, Scale::linear([1.0, 3.0]));
    }
}
