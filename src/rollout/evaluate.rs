//! Episodes of a policy that acts deterministically.

use super::collector::{Actions, Episode};
use super::normalise::ObservationNormaliser;
use crate::env::registry::Unavailable;
use crate::env::vector::VecEnv;
use crate::policy::Actor;
use crate::rng::{Purpose, Streams};

/// `episodes` episodes of the task `env`, each from its own stream, with the
/// statistics of `normaliser` frozen.
pub fn evaluate(
    env: &str,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    episodes: usize,
    streams: &Streams,
) -> Result<Vec<Episode>, Unavailable> {
    let stream = |episode| streams.stream(Purpose::Evaluation, episode as u32);
    let mut envs = VecEnv::with_streams(env, (0..episodes).map(stream).collect())?;
    let spec = envs.spec();
    let mut actions = Actions::new(&spec.actions, episodes);
    let mut seen = vec![0.0; episodes * spec.observation_dim];
    let begun = Episode {
        end_step: 0,
        return_: 0.0,
        length: 0,
        fault: None,
    };
    let mut played = vec![begun; episodes];
    let mut running: Vec<usize> = (0..episodes).collect();
    while !running.is_empty() {
        normaliser.apply(envs.observations(), &mut seen);
        actor.mode(&seen, &mut actions.chosen);
        running.retain(|&episode| {
            let outcome = envs.step(episode, actions.for_copy(episode));
            let playing = &mut played[episode];
            playing.return_ += outcome.reward;
            playing.length += 1;
            playing.end_step += 1;
            playing.fault = outcome.fault;
            !outcome.ended()
        });
    }
    Ok(played)
}
