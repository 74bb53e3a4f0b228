//! What holds for the statistics of any scores.

use proptest::collection::vec;
use proptest::prelude::*;
use trpo_lab::stats::aggregate::{probability_of_improvement, run_profile, task_profile};
use trpo_lab::stats::statistic::{IQM, MEAN, MEDIAN, OPTIMALITY_GAP};
use trpo_lab::stats::{Aggregates, Difference, Matrix, Opponents, Sample, Scale, Stratified};

/// Tasks of one to six runs, ties included.
fn tasks(count: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    let score = prop_oneof![-2.0..3.0f64, (-2..3i32).prop_map(f64::from)];
    vec(vec(score, 1..7), count)
}

fn pair() -> impl Strategy<Value = [Vec<Vec<f64>>; 2]> {
    (1..5usize).prop_flat_map(|count| [tasks(count), tasks(count)])
}

fn matrix(tasks: &[Vec<f64>]) -> Matrix {
    Matrix::new(tasks).unwrap()
}

fn opponents(x: &Matrix, y: &Matrix) -> Vec<Opponents> {
    let task = |m| Opponents {
        x: x.task(m).to_vec(),
        y: y.task(m).to_vec(),
        are_paired: false,
        scale: x.scale(y, m),
    };
    (0..x.tasks()).map(task).collect()
}

fn few_repetitions() -> Stratified {
    let mut bootstrap = Stratified::new(0);
    bootstrap.repetitions = 60;
    bootstrap
}

proptest! {
    #[test]
    fn estimates_lie_between_the_smallest_and_the_largest_score([tasks, _] in pair()) {
        let scores = matrix(&tasks);
        let low = scores.scores().iter().copied().fold(f64::MAX, f64::min) - 1e-12;
        let high = scores.scores().iter().copied().fold(f64::MIN, f64::max) + 1e-12;
        let found = Aggregates::of(&scores);
        for estimate in [found.get(&MEAN), found.get(&MEDIAN), found.get(&IQM)] {
            prop_assert!((low..=high).contains(&estimate));
        }
        prop_assert!(found.get(&OPTIMALITY_GAP) >= -1e-12);
        prop_assert!((1.0 - high..=1.0 - low).contains(&found.get(&OPTIMALITY_GAP)) || high > 1.0);
    }

    #[test]
    fn improvement_is_symmetric([x, y] in pair()) {
        let (x, y) = (matrix(&x), matrix(&y));
        let forward = probability_of_improvement(&x, &y);
        let backward = probability_of_improvement(&y, &x);
        prop_assert!((0.0..=1.0).contains(&forward));
        prop_assert!((forward + backward - 1.0).abs() < 1e-12);
        let forward = few_repetitions().improvement("x, y", &opponents(&x, &y)).1;
        prop_assert!(forward.low.is_none_or(|low| low <= forward.point + 1e-12));
        prop_assert!(forward.high.is_none_or(|high| high >= forward.point - 1e-12));
    }

    #[test]
    fn the_order_of_runs_changes_no_bit(
        ([mut x, y], turn) in (pair(), 0..6usize)
    ) {
        let all = |x: &[Vec<f64>]| {
            let (x, y) = (matrix(x), matrix(&y));
            let sample = |name, scores| Sample { name, scores };
            let bootstrap = few_repetitions();
            let comparison = bootstrap.improvement("x, y", &opponents(&x, &y));
            (bootstrap.aggregates(sample("x", &x)), comparison)
        };
        let before = all(&x);
        for runs in &mut x {
            let by = turn % runs.len();
            runs.rotate_left(by);
            runs.reverse();
        }
        prop_assert_eq!(before, all(&x));
    }

    #[test]
    fn intervals_hold_resampled_values_only([tasks, _] in pair()) {
        let scores = matrix(&tasks);
        let found = few_repetitions().aggregates(Sample { name: "x", scores: &scores });
        let (lowest, highest) = (
            scores.scores().iter().copied().fold(f64::MAX, f64::min) - 1e-12,
            scores.scores().iter().copied().fold(f64::MIN, f64::max) + 1e-12,
        );
        for estimate in [found.get(&MEAN), found.get(&MEDIAN), found.get(&IQM)] {
            prop_assert_eq!(estimate.low.is_some(), scores.has_spread());
            if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                prop_assert!(lowest <= low && low <= high && high <= highest);
            }
        }
    }

    #[test]
    fn profiles_fall_from_one_to_zero([tasks, _] in pair()) {
        let scores = matrix(&tasks);
        let tau: Vec<f64> = (-5..7).map(|k| f64::from(k) / 2.0).collect();
        for profile in [run_profile(&scores, &tau), task_profile(&scores, &tau)] {
            prop_assert_eq!((profile[0], *profile.last().unwrap()), (1.0, 0.0));
            prop_assert!(profile.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }

    #[test]
    fn a_difference_turns_with_its_samples([x, y] in pair(), shift in -3.0..3.0f64) {
        let (x, y) = (&x[0], &y[0]);
        let of = |x: &[f64], y: &[f64]| Difference::independent(Scale::of(&[x, y]), x, y);
        let (Some(found), Some(mirrored)) = (of(x, y), of(y, x)) else {
            prop_assert!(x.len() < 2 || y.len() < 2);
            return Ok(());
        };
        prop_assert!((found.point + mirrored.point).abs() < 1e-12);
        prop_assert!((found.error - mirrored.error).abs() < 1e-12);
        let (wide, narrow) = (found.interval(0.005), found.interval(0.025));
        prop_assert!(narrow.low <= found.point && found.point <= narrow.high);
        prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        if found.varies() {
            let fewest = x.len().min(y.len()) - 1;
            prop_assert!(found.df >= fewest as f64 - 1e-9);
            prop_assert!(found.df <= (x.len() + y.len() - 2) as f64 + 1e-9);
        }
        // Adding a constant to both changes nothing.
        let moved = |values: &[f64]| values.iter().map(|v| v + shift).collect::<Vec<_>>();
        let after = of(&moved(x), &moved(y)).unwrap();
        prop_assert!((found.point - after.point).abs() < 1e-9);
    }
}
