//! Sample efficiency: steps to a threshold, with runs that never reach it.
//!
//! The curve of IQMs against steps is [`super::Stratified::iqm_curve`].

use serde::{Deserialize, Serialize};

/// When a run first reached a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// After this many steps.
    After(f64),
    /// Not in as many steps as it had: the run is censored there.
    NotIn(f64),
}

/// When a curve, of values at ascending `steps`, first is at least `threshold`.
///
/// `None` values are those before the first episode ended. A NaN reaches
/// nothing. `None` of a curve without points.
pub fn steps_to(steps: &[f64], values: &[Option<f64>], threshold: f64) -> Option<Reached> {
    let reaches = |value: &Option<f64>| value.is_some_and(|value| value >= threshold);
    let first = values.iter().zip(steps).find(|(value, _)| reaches(value));
    match first {
        Some((_, &step)) => Some(Reached::After(step)),
        None => steps.last().map(|&last| Reached::NotIn(last)),
    }
}

/// The steps by which the share `share` of runs has reached the threshold, by
/// the estimate of Kaplan and Meier (1958), for which a censored run counts as
/// long as it was watched.
///
/// With runs of one length this is the smallest number of steps by which at
/// least that share has. `None` if so many never do, or there are no runs.
pub fn steps_for_share(runs: &[Reached], share: f64) -> Option<f64> {
    let step = |run: &Reached| match *run {
        Reached::After(step) | Reached::NotIn(step) => step,
    };
    let mut reached: Vec<f64> = runs
        .iter()
        .filter(|run| matches!(run, Reached::After(_)))
        .map(step)
        .collect();
    reached.sort_unstable_by(f64::total_cmp);
    let mut without = 1.0;
    for same in reached.chunk_by(|a, b| a == b) {
        // A run censored at a step was still watched there.
        let watched = runs.iter().filter(|run| step(run) >= same[0]).count();
        without *= 1.0 - same.len() as f64 / watched as f64;
        // Products of fractions miss the share by a few roundings.
        if 1.0 - without >= share - 1e-12 {
            return Some(same[0]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Reached::{After, NotIn};
    use super::*;

    #[test]
    fn the_first_point_at_the_threshold_counts() {
        let steps = [100.0, 200.0, 300.0];
        let curve = [None, Some(5.0), Some(4.0)];
        assert_eq!(steps_to(&steps, &curve, 5.0), Some(After(200.0)));
        assert_eq!(steps_to(&steps, &curve, 5.1), Some(NotIn(300.0)));
        assert_eq!(steps_to(&steps, &[None; 3], 0.0), Some(NotIn(300.0)));
        assert_eq!(steps_to(&[], &[], 0.0), None);
        assert_eq!(steps_to(&[1.0], &[Some(f64::NAN)], 0.0), Some(NotIn(1.0)));
    }

    #[test]
    fn censored_runs_are_not_dropped() {
        let runs = [After(10.0), NotIn(100.0), After(30.0), NotIn(100.0)];
        assert_eq!(steps_for_share(&runs, 0.25), Some(10.0));
        assert_eq!(steps_for_share(&runs, 0.5), Some(30.0));
        assert_eq!(steps_for_share(&runs, 0.75), None);
        assert_eq!(steps_for_share(&[], 0.5), None);
    }

    #[test]
    fn a_run_censored_early_counts_while_it_was_watched() {
        // At 10 one of four, at 30 one of the two still watched: 5/8 by then.
        let runs = [After(10.0), NotIn(20.0), After(30.0), NotIn(40.0)];
        assert_eq!(steps_for_share(&runs, 0.6), Some(30.0));
        assert_eq!(steps_for_share(&runs, 0.65), None);
    }
}
