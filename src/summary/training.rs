//! The training return: what the policy earned while it explored, by the steps at
//! which it did.
//!
//! A mean over the episodes that ended in a window would give an early, short
//! episode the vote of a late, long one, and would know of an episode only when it
//! has ended. Here every *step* has a vote, the return of its episode, where it was
//! made.

use crate::config::RunConfig;
use crate::record::Episodes;

/// Bins of a run, each 2% of its steps.
pub const BINS: u64 = 50;

/// Mean over the steps in (`from`, `to`] of a run, each with the return of its
/// episode; `None` if there is none. Steps of episodes that never ended have no
/// return and are left out.
///
/// Steps are counted over all copies. Copies are stepped side by side, so that two
/// steps of one episode are `apart` counts apart, the number of copies: an episode
/// of L steps that ended at count t has them at t, t - `apart`, .., t - (L - 1)
/// `apart`.
pub fn training_return(episodes: &Episodes, apart: u64, from: u64, to: u64) -> Option<f64> {
    // Of an episode that ended before, no step lies here.
    let first = episodes.end_step.partition_point(|&end| end <= from);
    let (mut steps, mut sum) = (0, 0.0);
    for episode in first..episodes.end_step.len() {
        let (end, length) = (episodes.end_step[episode], episodes.length[episode]);
        // How many of its steps were made by count x.
        let by = |x: u64| match end.checked_sub(x) {
            None => u64::from(length),
            Some(left) => u64::from(length).saturating_sub(left.div_ceil(apart)),
        };
        let here = by(to) - by(from);
        steps += here;
        sum += here as f64 * episodes.returns[episode];
    }
    (steps > 0).then(|| sum / steps as f64)
}

/// How far apart two steps of one episode are, in counts over all copies. An
/// algorithm whose updates vary in length plays episodes of its own: their steps
/// are taken to follow one another.
pub fn apart(config: &RunConfig) -> u64 {
    config.updates().map_or(1, |_| config.common.copies as u64)
}

/// The steps (from, to] of bin `number`, from 0, of a run of `total` steps.
pub fn bin(total: u64, number: u64) -> (u64, u64) {
    let edge = |number: u64| (u128::from(total) * u128::from(number) / u128::from(BINS)) as u64;
    (edge(number), edge(number + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::mean;

    /// Episodes with these ends, lengths and returns.
    fn episodes(ended: &[(u64, u32, f64)]) -> Episodes {
        Episodes {
            end_step: ended.iter().map(|e| e.0).collect(),
            returns: ended.iter().map(|e| e.2).collect(),
            length: ended.iter().map(|e| e.1).collect(),
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_step_has_a_vote_where_it_was_made() {
        // Two copies: steps of the first at 2, 4, 6, of the second at 2, 4, .., 10.
        let both = episodes(&[(6, 3, 10.0), (10, 5, 20.0)]);
        let of = |from, to| training_return(&both, 2, from, to);
        assert_eq!(of(0, 2), Some(15.0));
        assert_eq!(of(0, 6), Some(15.0));
        assert_eq!(of(4, 8), Some((10.0 + 2.0 * 20.0) / 3.0));
        assert_eq!(of(6, 10), Some(20.0));
        assert_eq!(of(2, 3), None, "no step was counted there");
        assert_eq!(of(10, 20), None, "nothing ended");
        // The third step of an episode that never ended has no return.
        assert_eq!(training_return(&episodes(&[]), 2, 0, 6), None);
    }

    #[test]
    fn all_steps_of_all_episodes_are_counted_once() {
        let made = episodes(&[(24, 3, 1.0), (56, 4, 2.0), (80, 10, 4.0), (96, 5, 8.0)]);
        let total = 100;
        for parts in [1, 7, 50, 100] {
            let edge = |part: u64| total * part / parts;
            let steps = |part: u64| {
                let ones = Episodes {
                    returns: vec![1.0; 4],
                    ..made.clone()
                };
                // Of a mean only the sum counts the steps: take it apart.
                (0..4)
                    .map(|i| {
                        let one = episodes(&[(ones.end_step[i], ones.length[i], 1.0)]);
                        let within = (edge(part)..edge(part + 1))
                            .filter(|&x| training_return(&one, 8, x, x + 1).is_some());
                        within.count()
                    })
                    .sum::<usize>()
            };
            assert_eq!((0..parts).map(steps).sum::<usize>(), 3 + 4 + 10 + 5);
        }
    }

    /// Returns that rise linearly, with episodes as long as they pay, as CartPole
    /// has: the mean over the episodes of a trailing window lags behind the batches,
    /// the bins do not.
    #[test]
    fn the_bins_follow_the_batches_where_a_trailing_window_lags() {
        let total = 200_000u64;
        let copies = 8;
        let truth = |step: u64| 20.0 + 480.0 * step as f64 / total as f64;
        let mut ended = Vec::new();
        for copy in 0..copies {
            // Copies out of step with one another.
            let mut step = copy * 40;
            loop {
                let length = truth(step).round();
                step += length as u64 * copies;
                if step > total {
                    break;
                }
                ended.push((step, length as u32, length));
            }
        }
        ended.sort_by_key(|episode| episode.0);
        let made = episodes(&ended);
        let between = |from: u64, to: u64| {
            let place = |step| made.end_step.partition_point(|&end| end <= step);
            mean(&made.returns[place(from)..place(to)]).unwrap()
        };
        // The last episodes of the copies never end.
        for number in 2..BINS - 2 {
            let (from, to) = bin(total, number);
            let found = training_return(&made, copies, from, to).unwrap();
            let (middle, raw) = ((from + to) / 2, between(from, to));
            // An episode of 500 steps takes 2% of the run: it began that earlier.
            let right = truth(middle);
            assert!(
                (found - right).abs() < 12.0,
                "bin {number}: {found} for {right}"
            );
            assert!(
                (found - raw).abs() < 12.0,
                "bin {number}: {found} for {raw}"
            );
            let window = between(to.saturating_sub(total / 10), to);
            let lag = truth(to) - window;
            assert!(number < 5 || lag > 24.0, "bin {number}: lag {lag}");
        }
    }

    #[test]
    fn bins_cover_the_run() {
        for total in [1, 49, 50, 99, 200_704, 1 << 53] {
            assert_eq!((bin(total, 0).0, bin(total, BINS - 1).1), (0, total));
            assert!((1..BINS).all(|k| bin(total, k - 1).1 == bin(total, k).0));
        }
    }
}
