//! What a task gives are numbers.

use super::{EnvFailed, Spec, Transitions};

/// Whether a policy can see `x`: it is finite as a 32-bit number. NaN compares false.
fn is_seen(x: f64) -> bool {
    x.abs() <= f64::from(f32::MAX)
}

/// Refuses a reward that is no number, and an observation that is none for a policy: it would
/// be in every parameter after the next update.
///
/// # Errors
/// The first of them, with its place.
pub(super) fn check(spec: &Spec, now: &Transitions) -> Result<(), EnvFailed> {
    // No early end: several at a time.
    let all = |shown: &[f64]| shown.iter().fold(true, |all, &x| all & is_seen(x));
    let rewards = now.outcomes.iter();
    let are_numbers = rewards.fold(true, |all, outcome| all & outcome.reward.is_finite());
    match are_numbers && all(&now.observations) && all(&now.next_observations) {
        true => Ok(()),
        false => Err(no_number(spec, now)),
    }
}

/// Names what [`check`] refuses.
#[cold]
fn no_number(spec: &Spec, now: &Transitions) -> EnvFailed {
    let rewards = now.outcomes.iter().map(|outcome| outcome.reward);
    let mut rewards = rewards
        .enumerate()
        .filter(|(_, reward)| !reward.is_finite());
    let of_reward = rewards
        .next()
        .map(|(copy, reward)| format!("the reward of copy {copy} is {reward}"));
    let of_shown = || {
        let shown = [&now.next_observations, &now.observations].into_iter();
        let mut shown = shown.flat_map(|shown| shown.iter().enumerate());
        let (place, x) = shown.find(|(_, x)| !is_seen(**x))?;
        let dim = spec.observation_dim.max(1);
        Some(format!(
            "component {} of the observation of copy {} is {x:e}, and a policy sees 32-bit numbers",
            place % dim,
            place / dim
        ))
    };
    EnvFailed {
        id: spec.id.to_string(),
        problem: of_reward.or_else(of_shown).unwrap_or_default(),
    }
}
