//! The true return of the policies along a step.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::file::{ReturnPoint, Returns};
use super::step::{Step, ascending};
use super::{DissectError, Scene};
use crate::config::Acts;
use crate::env::vector::BeginError;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::episodes::evaluate;
use crate::stats::{Interval, mean, t_interval};

/// Episodes of each policy.
const EPISODES: usize = 20;

/// Shares at which there are returns, with the accepted one.
const SHARES: [f64; 8] = [0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5];

/// What the ends of a two-sided 95% interval leave out.
const TAIL: f64 = 0.025;

/// Plays the policies at [`SHARES`] and at the `accepted` one. The episodes of all
/// of them have the same streams, those of the first evaluation of the run while
/// training, and see observations normalised as those of the batch were.
pub(super) fn along(
    scene: &Scene,
    step: &Step<'_>,
    accepted: Option<f64>,
) -> Result<Returns, DissectError> {
    let shares = ascending(SHARES.into_iter().chain(accepted));
    let played = shares
        .par_iter()
        .map(|&share| Ok((share, play(scene, step.theta(share))?)));
    let played = played.collect::<Result<Vec<(f64, Vec<f64>)>, BeginError>>();
    let played = played.map_err(|error| DissectError::Evaluation(error.to_string()))?;
    // Share 0 is the first.
    let here = played.first().map_or(Vec::new(), |(_, here)| here.clone());
    let points = played.into_iter().map(|(share, returns)| {
        let pairs = returns.iter().zip(&here);
        let differences: Vec<f64> = pairs.map(|(there, here)| there - here).collect();
        let (mean, interval) = estimate(&returns)?;
        let (difference, difference_interval) = estimate(&differences)?;
        Some(ReturnPoint {
            share,
            mean,
            interval,
            difference,
            difference_interval,
            returns,
        })
    });
    let points = points.collect::<Option<Vec<ReturnPoint>>>();
    let too_large = || DissectError::Evaluation("a return is not finite".to_owned());
    let acting = match scene.config.common.evaluation_policy {
        Acts::Mode => "mode",
        Acts::Sample => "sample",
    };
    Ok(Returns {
        episodes: EPISODES,
        starts: "same".to_owned(),
        acting: acting.to_owned(),
        points: points.ok_or_else(too_large)?,
    })
}

/// The returns of the policy with the parameters `theta`.
fn play(scene: &Scene, theta: Vec<f32>) -> Result<Vec<f64>, BeginError> {
    let common = &scene.config.common;
    let family = Streams::new(scene.seed, &scene.config.env);
    let streams = |purpose| -> Vec<Rng> {
        let indices = 0..EPISODES as u32;
        indices.map(|index| family.stream(purpose, index)).collect()
    };
    let mut policy = scene.policy.clone();
    policy.set_theta(&theta);
    let played = evaluate(
        &scene.task,
        &mut policy.actor(),
        &scene.normaliser,
        streams(Purpose::Point),
        (common.evaluation_policy == Acts::Sample).then(|| streams(Purpose::PointAction)),
    )?;
    Ok(played.iter().map(|episode| episode.return_).collect())
}

/// The mean and its 95% t interval.
fn estimate(values: &[f64]) -> Option<(f64, Interval)> {
    let (mean, interval) = (mean(values)?, t_interval(values, TAIL)?);
    let all = [mean, interval.low, interval.high];
    all.iter()
        .all(|value| value.is_finite())
        .then_some((mean, interval))
}
