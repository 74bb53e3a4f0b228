//! The learning curve of a run, and the scores that are read off it.
//!
//! Where the policy was evaluated while it trained, the curve is that of the
//! evaluations: a point a policy, nothing smoothed. Where it was not, it is the
//! [training return](super::training), which is of the exploring policy.
//!
//! A run that diverged has failed. From then on it has the worse of the random
//! policy's return and its own last point, in its curve and in every score; without
//! a reference of the task, which says what a random policy gets, it has nothing.

use super::training::{BINS, apart, bin, training_return};
use crate::config::{Acts, RunConfig};
use crate::env::Reference;
use crate::experiment::manifest::Manifest;
use crate::experiment::plan::Metric;
use crate::format::count;
use crate::record::{Ending, Episodes, RunRecord};
use crate::stats::{mean, median};

/// What the training return is, as captions state it.
const TRAINING: &str = "the training return of the exploring policy: for every 2% of the steps \
     the mean over the steps, each with the return of its episode; steps of unfinished episodes \
     are left out, and a bin without any is a gap";

/// What a curve of `manifest` shows, as captions state it.
pub fn rule(manifest: &Manifest) -> String {
    let with: Vec<&RunConfig> = manifest
        .cells
        .iter()
        .map(|cell| &cell.config)
        .filter(|config| config.points() > 0)
        .collect();
    let [first, ..] = with.as_slice() else {
        return format!("The curve is {TRAINING}.");
    };
    let same = |of: fn(&RunConfig) -> usize| {
        let number = of(first);
        with.iter().all(|c| of(c) == number).then_some(number)
    };
    let episodes = match same(|config| config.common.evaluation_episodes) {
        Some(number) => count(number, "episode"),
        None => "episodes".to_owned(),
    };
    let acts = match first.common.evaluation_policy {
        Acts::Mode => "by the mode of its distribution",
        Acts::Sample => "by samples of its distribution",
    };
    let mut text = format!(
        "A point is one policy: the mean return of {episodes} that are no part of its training, \
         acting {acts}; nothing is smoothed."
    );
    for note in fewer_points(manifest) {
        text += &format!(" {note}.");
    }
    if with.len() < manifest.cells.len() {
        text += &format!(
            " Where the policy was not evaluated while it trained, the curve is {TRAINING}."
        );
    }
    text
}

/// What is to be said of runs that have fewer points than were asked for.
pub fn fewer_points(manifest: &Manifest) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for cell in &manifest.cells {
        let note = cell.config.fewer_points();
        notes.extend(note.filter(|note| !notes.contains(note)));
    }
    notes
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Steps at the point before, or the beginning of the bin.
    pub after: u64,
    /// Steps at the point, or the end of the bin.
    pub by: u64,
    /// Where it is drawn: at the point, or in the middle of the bin.
    pub at: u64,
    /// The return; `None` in a gap, and where there was no run any more.
    pub value: Option<f64>,
}

/// The curve of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCurve {
    /// Its points, in the order of their steps.
    pub points: Vec<CurvePoint>,
    /// What the run has from its divergence on; `None` if it did not diverge, or
    /// its task has no reference.
    pub since_divergence: Option<f64>,
}

impl RunCurve {
    /// The curve of a run on a task with this reference.
    pub fn of(record: &RunRecord, reference: Option<&Reference>) -> Self {
        let mut points = match record.config.points() {
            0 => binned(record),
            last => evaluated(record, last),
        };
        let mut since_divergence = None;
        if record.status.ending() == Ending::Diverged {
            let end = points.iter().rposition(|point| point.value.is_some());
            let last = end.and_then(|end| points[end].value);
            since_divergence = reference.map(|reference| worse(reference, last));
            for point in &mut points[end.map_or(0, |end| end + 1)..] {
                point.value = since_divergence;
            }
        }
        Self {
            points,
            since_divergence,
        }
    }

    /// Area under the curve by trapezoids over the true steps, divided by the last
    /// of them: a mean return. Before its first point a curve is taken to have the
    /// value of that, after its last the value of the last; a gap is bridged.
    pub fn area(&self) -> Option<f64> {
        let values = self.points.iter();
        let drawn: Vec<(f64, f64)> = values
            .filter_map(|point| Some((point.at as f64, point.value?)))
            .collect();
        let (first, last) = (drawn.first()?, drawn.last()?);
        let end = self.points.last()?.by as f64;
        let inside = drawn.windows(2).map(|pair| {
            let [(from, low), (to, high)] = [pair[0], pair[1]];
            (to - from) * 0.5 * (low + high)
        });
        let outside = first.0 * first.1 + (end - last.0) * last.1;
        Some((inside.sum::<f64>() + outside) / end)
    }

    /// What the run had at its best and kept for a while: the highest median of
    /// three neighbouring points, so that one lucky point is no peak. Of fewer than
    /// three the highest.
    pub fn peak(&self) -> Option<f64> {
        let values: Vec<f64> = self.points.iter().filter_map(|point| point.value).collect();
        let highest = |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp);
        match values.len() {
            0..3 => highest(&mut values.iter().copied()),
            _ => highest(&mut values.windows(3).filter_map(median)),
        }
    }
}

/// The worse of the random policy's return and `last`.
fn worse(reference: &Reference, last: Option<f64>) -> f64 {
    let random = reference.random;
    last.filter(|&last| reference.normalised(last) < 0.0)
        .unwrap_or(random)
}

/// The evaluations while training, up to point `last`.
fn evaluated(record: &RunRecord, last: usize) -> Vec<CurvePoint> {
    let mut after = 0;
    let point = |k: usize| {
        let made = record.points.get(k);
        // Where none was made any more, it stands where it would have.
        let by = made.map_or_else(|| record.config.point_step(k), |point| Some(point.step))?;
        let point = CurvePoint {
            after: std::mem::replace(&mut after, by),
            by,
            at: by,
            value: made.and_then(|point| mean(&point.evaluation.returns)),
        };
        Some(point)
    };
    (0..=last).filter_map(point).collect()
}

/// The training return, whether or not the policy was evaluated while it trained.
pub fn binned(record: &RunRecord) -> Vec<CurvePoint> {
    let total = record.config.total_steps();
    let apart = apart(&record.config);
    let point = |number| {
        let (after, by) = bin(total, number);
        CurvePoint {
            after,
            by,
            at: after + (by - after) / 2,
            value: training_return(&record.episodes, apart, after, by),
        }
    };
    (0..BINS).map(point).collect()
}

/// The scores of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// Mean return of the evaluation of the final policy.
    pub evaluation: Option<f64>,
    /// [`RunCurve::area`].
    pub area: Option<f64>,
    /// Mean training return over the last 10% of the steps; missing if no step
    /// there is one of an episode that ended.
    pub training: Option<f64>,
    /// Mean return of the episodes that ended in the last 10% of the steps, as
    /// published scores are; missing if no episode ever ended.
    pub last: Option<f64>,
}

impl Scores {
    /// One of them.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Evaluation => self.evaluation,
            Metric::Area => self.area,
            Metric::Training => self.training,
            Metric::Final => self.last,
        }
    }

    /// The scores of a run on a task with this reference; none of a run that
    /// failed by an error.
    pub fn of(record: &RunRecord, reference: Option<&Reference>) -> Self {
        let curve = RunCurve::of(record, reference);
        match record.status.ending() {
            Ending::Failed => Self::default(),
            Ending::Diverged => {
                let then = curve.since_divergence;
                Self {
                    evaluation: then,
                    area: then.and_then(|_| curve.area()),
                    training: then,
                    last: then,
                }
            }
            Ending::Completed => {
                let (total, config) = (record.config.total_steps(), &record.config);
                let tenth = total - total / 10;
                let evaluation = record.evaluation.as_ref();
                Self {
                    evaluation: evaluation.and_then(|made| mean(&made.returns)),
                    area: curve.area(),
                    training: training_return(&record.episodes, apart(config), tenth, total),
                    last: final_return(&record.episodes, total),
                }
            }
        }
    }
}

/// Mean return of the episodes that ended in the last 10% of the steps; where none
/// did, in the last 10% before some hundredth of the steps, the latest with any.
fn final_return(episodes: &Episodes, total: u64) -> Option<f64> {
    let ended_by = |hundredths: u64| {
        let step = u128::from(total) * u128::from(hundredths) / 100;
        let end = &episodes.end_step;
        end.partition_point(|&end| u128::from(end) <= step)
    };
    (1..=100).rev().find_map(|k: u64| {
        let window = ended_by(k.saturating_sub(10))..ended_by(k);
        mean(&episodes.returns[window])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::trpo::Trpo;
    use crate::record::{Evaluation, Point, Status};
    use crate::train::failed;

    fn diverged() -> Status {
        Status::Diverged {
            update: 2,
            quantity: "kl_mean".to_owned(),
        }
    }

    fn evaluation(of: f64) -> Evaluation {
        Evaluation {
            returns: vec![of - 1.0, of + 1.0],
            lengths: vec![1; 2],
            faults: Vec::new(),
        }
    }

    /// A run of 1,000 steps in 10 updates, evaluated at these points of 5.
    fn record(points: &[f64]) -> RunRecord {
        let mut config = RunConfig::new(
            "CartPole-v1",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        );
        config.common.steps = 1000;
        config.common.batch = 100;
        config.common.copies = 1;
        config.common.evaluation_points = 5;
        let point = |(k, &of): (usize, &f64)| Point {
            update: 2 * k,
            step: 200 * k as u64,
            evaluation: evaluation(of),
        };
        RunRecord {
            status: Status::Completed,
            points: points.iter().enumerate().map(point).collect(),
            evaluation: Some(evaluation(50.0)),
            ..failed(&config, 0, String::new())
        }
    }

    fn values(curve: &RunCurve) -> Vec<Option<f64>> {
        curve.points.iter().map(|point| point.value).collect()
    }

    #[test]
    fn the_area_is_that_of_trapezoids_from_the_first_point_to_the_last() {
        let curve = RunCurve::of(&record(&[0.0, 10.0, 20.0, 20.0, 0.0, 40.0]), None);
        // Halves of the ends, the others whole, in five parts.
        let area = (0.0 + 10.0 + 20.0 + 20.0 + 0.0 + 0.5 * 40.0) / 5.0;
        assert_eq!(curve.area(), Some(area));
        assert_eq!(curve.peak(), Some(20.0), "40 is one point");
        let ends: Vec<(u64, u64)> = curve.points.iter().map(|p| (p.after, p.by)).collect();
        assert_eq!(ends[..3], [(0, 0), (0, 200), (200, 400)]);
    }

    #[test]
    fn the_area_of_bins_is_their_mean_and_a_gap_is_bridged() {
        let mut made = record(&[]);
        made.config.common.evaluation_points = 0;
        // An episode of 20 steps for every bin of 20.
        made.episodes = Episodes {
            end_step: (1..=50).map(|k| 20 * k).collect(),
            returns: (1..=50).map(f64::from).collect(),
            length: vec![20; 50],
            faults: Vec::new(),
        };
        let curve = RunCurve::of(&made, None);
        assert_eq!(values(&curve)[..2], [Some(1.0), Some(2.0)]);
        assert!((curve.area().unwrap() - 25.5).abs() < 1e-12);
        let scores = Scores::of(&made, None);
        assert_eq!((scores.training, scores.last), (Some(48.0), Some(48.0)));
        assert_eq!(scores.evaluation, Some(50.0));
        // Without the second: from 1 to 3 straight.
        made.episodes.end_step.remove(1);
        made.episodes.returns.remove(1);
        made.episodes.length.remove(1);
        let curve = RunCurve::of(&made, None);
        assert_eq!(values(&curve)[..3], [Some(1.0), None, Some(3.0)]);
        assert!((curve.area().unwrap() - 25.5).abs() < 1e-12);
    }

    #[test]
    fn a_run_that_diverged_has_the_worse_of_random_and_its_last_point() {
        let reference = Reference::between(20.0, 500.0);
        for (last, then) in [(100.0, 20.0), (9.0, 9.0)] {
            let mut made = record(&[10.0, last]);
            made.status = diverged();
            made.evaluation = None;
            let curve = RunCurve::of(&made, Some(&reference));
            let expected = [10.0, last, then, then, then, then];
            assert_eq!(values(&curve), expected.map(Some));
            assert_eq!(curve.points[5].by, 1000, "where it would have ended");
            let scores = Scores::of(&made, Some(&reference));
            assert_eq!(scores.evaluation, Some(then));
            assert_eq!((scores.training, scores.last), (Some(then), Some(then)));
            let area = (5.0 + last + 3.0 * then + 0.5 * then) / 5.0;
            assert!((scores.area.unwrap() - area).abs() < 1e-12);
            // Nothing says what a random policy gets.
            assert_eq!(Scores::of(&made, None), Scores::default());
        }
        // Where less is better the worse is the larger.
        let mut made = record(&[10.0, 30.0]);
        made.status = diverged();
        let less = Scores::of(&made, Some(&Reference::between(20.0, 0.0)));
        assert_eq!(less.evaluation, Some(30.0));
    }

    #[test]
    fn the_final_return_is_that_of_the_last_window_in_which_an_episode_ended() {
        let of = |ended: &[(u64, f64)]| {
            let episodes = Episodes {
                end_step: ended.iter().map(|e| e.0).collect(),
                returns: ended.iter().map(|e| e.1).collect(),
                length: vec![1; ended.len()],
                faults: Vec::new(),
            };
            final_return(&episodes, 1000)
        };
        assert_eq!(
            of(&[(100, 1.0), (900, 3.0), (901, 5.0), (1000, 9.0)]),
            Some(7.0)
        );
        // The latest window with any is (690, 790].
        assert_eq!(of(&[(500, 60.0), (690, 1.0), (700, 20.0)]), Some(20.0));
        assert_eq!(of(&[]), None);
    }
}
