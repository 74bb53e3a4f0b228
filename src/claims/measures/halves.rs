//! Halves of the seeds, for what is chosen on some runs and measured on others.

use crate::rng::{Purpose, Rng, Streams};
use crate::stats::{Interval, mean, quantile};

/// Ways in which the seeds are halved.
const HALVINGS: usize = 200;

/// Scores of a setting on a task, by seed.
pub(super) type Scores = Vec<(u64, f64)>;

/// The halvings of `seeds`, [to choose on, to measure on]; the same for the same `name`.
pub(super) fn halvings(seeds: &[u64], name: &str) -> Vec<[Vec<u64>; 2]> {
    let mut rng = Streams::new(0, name).stream(Purpose::Bootstrap, 0);
    (0..HALVINGS).map(|_| halved(seeds, &mut rng)).collect()
}

fn halved(seeds: &[u64], rng: &mut Rng) -> [Vec<u64>; 2] {
    let mut seeds = seeds.to_vec();
    rng.shuffle(&mut seeds);
    let measured_on = seeds.split_off(seeds.len() / 2);
    [seeds, measured_on]
}

/// The mean score on these seeds; none where there is no run.
pub(super) fn mean_on(scores: &Scores, seeds: &[u64]) -> Option<f64> {
    let of_seeds = scores.iter().filter(|(seed, _)| seeds.contains(seed));
    mean(&of_seeds.map(|(_, score)| *score).collect::<Vec<f64>>())
}

/// The place of the highest of these, of equal ones the last.
pub(super) fn highest(scores: impl IntoIterator<Item = Option<f64>>) -> Option<usize> {
    let known = scores.into_iter().enumerate();
    let known = known.filter_map(|(place, score)| Some((score?, place)));
    Some(known.max_by(|a, b| a.0.total_cmp(&b.0))?.1)
}

/// What leaves out the share `tail` of what the halvings gave at each end.
pub(super) fn ends(found: &[f64], tail: f64) -> Option<Interval> {
    Some(Interval {
        low: quantile(found, tail)?,
        high: quantile(found, 1.0 - tail)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_disjoint_and_together_all() {
        let seeds: Vec<u64> = (3..12).collect();
        let all = halvings(&seeds, "test");
        for halves in &all {
            let mut together = halves.concat();
            together.sort_unstable();
            assert_eq!((together, halves[0].len()), (seeds.clone(), 4));
        }
        assert_ne!(all[0], all[1]);
        assert_eq!(highest([Some(1.0), None, Some(3.0), Some(2.0)]), Some(2));
    }
}
