//! Episodes of a policy that acts deterministically.

use super::collector::Actions;
use super::normalise::ObservationNormaliser;
use crate::env::registry::Unavailable;
use crate::env::vector::VecEnv;
use crate::policy::Actor;
use crate::rng::{Purpose, Streams};

/// Returns and lengths of `episodes` episodes of the task `env`, each from its
/// own stream, with the statistics of `normaliser` frozen.
pub fn evaluate(
    env: &str,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    episodes: usize,
    streams: &Streams,
) -> Result<(Vec<f64>, Vec<u32>), Unavailable> {
    let stream = |episode| streams.stream(Purpose::Evaluation, episode as u32);
    let mut envs = VecEnv::with_streams(env, (0..episodes).map(stream).collect())?;
    let spec = envs.spec();
    let mut actions = Actions::new(&spec.actions, episodes);
    let mut seen = vec![0.0; episodes * spec.observation_dim];
    let (mut returns, mut lengths) = (vec![0.0; episodes], vec![0; episodes]);
    let mut running: Vec<usize> = (0..episodes).collect();
    while !running.is_empty() {
        normaliser.apply(envs.observations(), &mut seen);
        actor.mode(&seen, &mut actions.chosen);
        running.retain(|&episode| {
            let outcome = envs.step(episode, actions.for_copy(episode));
            returns[episode] += outcome.reward;
            lengths[episode] += 1;
            !(outcome.terminated || outcome.truncated)
        });
    }
    Ok((returns, lengths))
}
