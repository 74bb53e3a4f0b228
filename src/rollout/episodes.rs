//! Whole episodes of a policy that does not change meanwhile.

use super::collector::Episode;
use crate::env::vector::{BeginError, VecEnv};
use crate::env::{ActionSpace, Actions, EnvFailed, Task};
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::Rng;

/// Which action of its distribution a policy takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// The most likely one.
    Mode,
    /// One that is drawn.
    Sample,
}

/// Plays the episode of every copy of `envs` to its end. Copies act by the mode,
/// or draw from `rngs`, one for each, where there are some. Raw observations
/// that are acted on are told to `seen`. The `end_step` of an episode counts the
/// steps of all of them.
///
/// # Errors
/// If the task fails.
pub fn play(
    envs: &mut VecEnv,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    rngs: Option<&mut [Rng]>,
    seen: impl FnMut(&[f64]),
) -> Result<Vec<Episode>, EnvFailed> {
    play_rewarded(envs, actor, normaliser, rngs, seen, |_, _| {})
}

/// The same, which tells `rewarded` of every step: the number of the episode, and its
/// reward.
///
/// # Errors
/// If the task fails.
pub fn play_rewarded(
    envs: &mut VecEnv,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    mut rngs: Option<&mut [Rng]>,
    seen: impl FnMut(&[f64]),
    rewarded: impl FnMut(usize, f64),
) -> Result<Vec<Episode>, EnvFailed> {
    let mut shown = vec![0.0; envs.copies() * envs.spec().observation_dim];
    let act = |raw: &[f64], chosen: &mut [f32]| {
        normaliser.apply(raw, &mut shown);
        match &mut rngs {
            Some(rngs) => actor.sample(&shown, rngs, chosen),
            None => actor.mode(&shown, chosen),
        }
    };
    play_acting(envs, act, seen, rewarded)
}

/// Plays the episode of every copy of `envs` to its end; `act` writes the actions of all
/// copies on their raw observations.
fn play_acting(
    envs: &mut VecEnv,
    mut act: impl FnMut(&[f64], &mut [f32]),
    mut seen: impl FnMut(&[f64]),
    mut rewarded: impl FnMut(usize, f64),
) -> Result<Vec<Episode>, EnvFailed> {
    let (count, dim) = (envs.copies(), envs.spec().observation_dim);
    let mut actions = Actions::new(&envs.spec().actions, count);
    let begun = Episode {
        end_step: 0,
        return_: 0.0,
        length: 0,
        fault: None,
    };
    let mut played = vec![begun; count];
    let mut running: Vec<usize> = (0..count).collect();
    let mut steps = 0;
    while !running.is_empty() {
        let raw = envs.observations();
        for &episode in &running {
            seen(&raw[episode * dim..][..dim]);
        }
        actions.choose(|chosen| act(raw, chosen));
        envs.step_all(&actions)?;
        steps += running.len() as u64;
        running.retain(|&episode| {
            let outcome = envs.outcomes()[episode];
            rewarded(episode, outcome.reward);
            let playing = &mut played[episode];
            playing.return_ += outcome.reward;
            playing.length += 1;
            playing.end_step = steps;
            playing.fault = outcome.fault;
            actions.set_rests(episode, outcome.ended());
            !outcome.ended()
        });
    }
    Ok(played)
}

/// Episodes of `task`, one for each of `starts`, which is the stream of its
/// resets and dynamics, with the statistics of `normaliser` frozen. The policy
/// acts by the mode, or draws from `actions`, one for each episode, where there
/// are some.
///
/// # Errors
/// If the task cannot be had, or fails.
pub fn evaluate(
    task: &Task,
    actor: &mut Actor<f32>,
    normaliser: &ObservationNormaliser,
    starts: Vec<Rng>,
    mut actions: Option<Vec<Rng>>,
) -> Result<Vec<Episode>, BeginError> {
    let mut envs = VecEnv::with_streams(task, starts)?;
    Ok(play(
        &mut envs,
        actor,
        normaliser,
        actions.as_deref_mut(),
        |_| {},
    )?)
}

/// Episodes of `task` in which actions say nothing, one for each of `starts`: each is drawn
/// by the stream of its episode in `actions`, uniformly from the choices or the box. A
/// component without both bounds is a standard normal one.
///
/// # Errors
/// If the task cannot be had, or fails.
pub fn play_uniform(
    task: &Task,
    starts: Vec<Rng>,
    mut actions: Vec<Rng>,
) -> Result<Vec<Episode>, BeginError> {
    let mut envs = VecEnv::with_streams(task, starts)?;
    let space = task.spec().actions.clone();
    let act = |_: &[f64], chosen: &mut [f32]| {
        let rows = chosen.chunks_exact_mut(space.width());
        for (row, rng) in rows.zip(&mut actions) {
            match &space {
                ActionSpace::Discrete(count) => row[0] = rng.below(*count as u64) as f32,
                ActionSpace::Box { low, high } => {
                    for ((x, &low), &high) in row.iter_mut().zip(low).zip(high) {
                        *x = match low.is_finite() && high.is_finite() {
                            true => rng.uniform_in(low.into(), high.into()) as f32,
                            false => rng.normal() as f32,
                        };
                    }
                }
            }
        }
    };
    Ok(play_acting(&mut envs, act, |_| {}, |_, _| {})?)
}
