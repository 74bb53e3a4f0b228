//! A task whose sensors are noisy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Actions, Copies, EnvError, EnvFailed, Saved, Task, Transitions};
use crate::rng::Rng;
use crate::words;

impl Task {
    /// The same task, which shows every component of an observation with normal noise of
    /// deviation `sigma` added. Noise comes from streams beside those of the copies: the
    /// dynamics and first states are those of the task without it.
    pub fn noisy(self: Arc<Self>, sigma: f64) -> Task {
        let (spec, version) = (self.spec().clone(), self.version_number());
        let (own_reference, is_ours) = (self.own_reference(), self.is_ours());
        let gymnasium = self.gymnasium().cloned();
        let noisy = Task::of_copies(spec, move |streams| {
            let noise = streams.iter().map(Rng::beside).collect();
            let inner = self.copies(streams)?;
            Ok(Box::new(Noisy {
                inner,
                noise,
                sigma,
            }))
        });
        let noisy = noisy.version(version);
        let noisy = if is_ours { noisy.ours() } else { noisy };
        let noisy = match gymnasium {
            Some((asked, about)) => noisy.of_gymnasium(asked, about),
            None => noisy,
        };
        match own_reference {
            Some(reference) => noisy.judged_by(reference),
            None => noisy,
        }
    }
}

/// Copies that are seen through noise.
struct Noisy {
    inner: Box<dyn Copies>,
    /// One stream for each copy.
    noise: Vec<Rng>,
    sigma: f64,
}

/// What is saved of a copy.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoisyState {
    inner: Saved,
    noise: Rng,
}

impl Noisy {
    /// Adds noise to what copy `i` shows, or showed last.
    fn disturb(&mut self, i: usize, shown: &mut [f64]) {
        for x in shown {
            *x += self.sigma * self.noise[i].normal();
        }
    }

    fn read(state: &Saved) -> Result<NoisyState, EnvError> {
        serde_json::from_str(&state.0).map_err(|error| EnvError::State {
            id: "a task with noise".to_owned(),
            problem: words::of_json(&error),
        })
    }
}

impl Copies for Noisy {
    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed> {
        self.inner.observe(observations)?;
        let dim = observations.len() / self.noise.len().max(1);
        for i in 0..self.noise.len() {
            self.disturb(i, &mut observations[i * dim..][..dim]);
        }
        Ok(())
    }

    fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed> {
        self.inner.step(actions, out)?;
        let dim = out.observations.len() / self.noise.len().max(1);
        for i in (0..self.noise.len()).filter(|&i| actions.of(i).is_some()) {
            let row = i * dim..(i + 1) * dim;
            self.disturb(i, &mut out.next_observations[row.clone()]);
            if out.outcomes[i].ended() {
                self.disturb(i, &mut out.observations[row]);
            } else {
                // What is acted on is where the step led, seen once.
                out.observations[row.clone()].copy_from_slice(&out.next_observations[row]);
            }
        }
        Ok(())
    }

    fn save(&self, i: usize) -> Option<Saved> {
        let saved = NoisyState {
            inner: self.inner.save(i)?,
            noise: self.noise[i].clone(),
        };
        serde_json::to_string(&saved).ok().map(Saved)
    }

    fn restore(&mut self, i: usize, state: &Saved) -> Result<(), EnvError> {
        let NoisyState { inner, noise } = Self::read(state)?;
        self.inner.restore(i, &inner)?;
        self.noise[i] = noise;
        Ok(())
    }

    fn branch(&mut self, i: usize, state: &Saved, stream: Rng) -> Result<(), EnvError> {
        self.noise[i] = stream.beside();
        self.inner.branch(i, &Self::read(state)?.inner, stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::registry::standard;
    use crate::env::vector::VecEnv;
    use crate::rng::{Purpose, Streams};

    fn copies(task: &Task, count: u32) -> VecEnv {
        let streams = Streams::new(3, task.id());
        let of = (0..count).map(|i| streams.stream(Purpose::Environment, i));
        VecEnv::with_streams(task, of.collect()).unwrap()
    }

    /// What Pendulum shows in 300 steps, with torques that depend on the step alone, and
    /// its rewards.
    fn shown(envs: &mut VecEnv) -> (Vec<f64>, Vec<f64>) {
        let mut actions = Actions::new(&envs.spec().actions, envs.copies());
        let (mut seen, mut rewards) = (Vec::new(), Vec::new());
        for step in 0..300 {
            seen.extend_from_slice(envs.observations());
            let torque = if step % 20 < 10 { 1.0 } else { -1.0 };
            actions.choose(|chosen| chosen.fill(torque));
            envs.step_all(&actions).unwrap();
            rewards.extend(envs.outcomes().iter().map(|outcome| outcome.reward));
        }
        (seen, rewards)
    }

    #[test]
    fn noise_has_its_deviation_and_leaves_the_dynamics_alone() {
        let clean = standard("Pendulum-v1").unwrap();
        let noisy = clean.clone().noisy(0.1);
        let (seen, rewards) = shown(&mut copies(&clean, 4));
        let (noisily_seen, the_same) = shown(&mut copies(&noisy, 4));
        assert_eq!(rewards, the_same);
        let noise = seen.iter().zip(&noisily_seen).map(|(a, b)| b - a);
        let square = noise.map(|x| x * x).sum::<f64>() / seen.len() as f64;
        assert!((square.sqrt() - 0.1).abs() < 0.005, "{}", square.sqrt());
    }

    #[test]
    fn a_copy_that_was_kept_goes_on_with_its_noise() {
        let task = standard("Pendulum-v1").unwrap().noisy(0.1);
        let mut envs = copies(&task, 2);
        shown(&mut envs);
        let kept = envs.snapshot().unwrap();
        let expected = shown(&mut envs);
        envs.restore(kept).unwrap();
        assert_eq!(shown(&mut envs), expected);
    }
}
