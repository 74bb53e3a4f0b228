//! MuJoCo's tasks, version 5, as Gymnasium defines them.
//!
//! A task is one file that implements [`Task`] over a shared
//! [`Simulation`], and one line of the registry. The library and
//! the models come from `make mujoco`; the models become part of the program.
//!
//! Bits depend on the version of MuJoCo and on the `sin`, `cos` and `exp` of
//! the C library that it calls, which may differ between versions and between
//! CPUs.

mod ant;
mod half_cheetah;
mod hopper;
mod humanoid;
mod inverted_double_pendulum;
mod inverted_pendulum;
// It is a library in C.
#[allow(unsafe_code)]
mod library;
mod model;
mod reacher;
#[allow(unsafe_code)]
mod simulation;
mod sums;
mod swimmer;
mod walker2d;

pub use ant::Ant;
pub use half_cheetah::HalfCheetah;
pub use hopper::Hopper;
pub use humanoid::Humanoid;
pub use inverted_double_pendulum::InvertedDoublePendulum;
pub use inverted_pendulum::InvertedPendulum;
pub use model::{Model, Noise, Settings};
pub use reacher::Reacher;
pub use simulation::Simulation;
pub use swimmer::Swimmer;
pub use walker2d::Walker2d;

use std::marker::PhantomData;

use super::{Action, Env, EnvError, Fault, Spec, Transition, Unavailable};
use crate::rng::Rng;

/// The version of the MuJoCo library.
pub fn version() -> &'static str {
    mujoco_rs::mujoco_version()
}

/// What makes one task out of a simulation.
pub trait Task: Send + 'static {
    /// Its model and what is fixed about it.
    fn model() -> &'static Model;

    /// Draws positions, then velocities, about the initial ones.
    fn draw(qpos: &mut [f64], qvel: &mut [f64], rng: &mut Rng) {
        Self::model().settings().noise.draw(qpos, qvel, rng);
    }

    /// The coordinate whose velocity is rewarded, in m.
    fn progress(simulation: &Simulation) -> f64 {
        simulation.qpos()[0]
    }

    /// What a step gave that moved [`Task::progress`] at `velocity`, in m/s,
    /// under `action`.
    fn transition(simulation: &Simulation, action: &[f32], velocity: f64) -> Transition;

    /// Writes the observation.
    fn observe(simulation: &Simulation, observation: &mut [f64]);
}

/// A task of MuJoCo. Its state is that of the simulation (time, positions,
/// velocities, accelerations to start the solver from), the progress made, and
/// the observation, which may hold what the engine derived and nothing else
/// keeps; positions and velocities alone mean the first state of an episode.
pub struct Mujoco<T> {
    simulation: Simulation,
    progress: f64,
    /// Of a state gone on from, until the next step; else empty.
    observation: Vec<f64>,
    task: PhantomData<T>,
}

/// What is fixed about the task `T`.
pub fn spec<T: Task>() -> &'static Spec {
    T::model().spec()
}

/// The task `T` as the laboratory takes it.
pub fn task<T: Task>() -> super::Task {
    super::Task::fallible(spec::<T>().clone(), make::<T>)
}

/// A copy of the task `T`.
///
/// # Errors
/// If MuJoCo refuses the model.
fn make<T: Task>() -> Result<Box<dyn Env>, Unavailable> {
    Ok(Box::new(Mujoco::<T> {
        simulation: Simulation::new(T::model().compiled()?),
        progress: 0.0,
        observation: Vec::new(),
        task: PhantomData,
    }))
}

impl<T: Task> Mujoco<T> {
    /// After a fault: an episode over, in the initial configuration.
    fn faulted(&mut self, fault: Fault) -> Transition {
        // The initial configuration of a model that loaded computes.
        let _ = self.simulation.start(|_, _| {});
        self.progress = T::progress(&self.simulation);
        Transition {
            reward: 0.0,
            terminated: true,
            fault: Some(fault),
        }
    }

    fn advance(&mut self, action: &[f32]) -> Result<Transition, Fault> {
        self.observation.clear();
        let model = T::model().settings();
        self.simulation.step(action, model.frame_skip)?;
        if model.reads_forces {
            self.simulation.compute_external_forces()?;
        }
        let before = std::mem::replace(&mut self.progress, T::progress(&self.simulation));
        let seconds = self.simulation.model().opt().timestep * f64::from(model.frame_skip);
        let velocity = (self.progress - before) / seconds;
        Ok(T::transition(&self.simulation, action, velocity))
    }
}

impl<T: Task> Env for Mujoco<T> {
    fn spec(&self) -> Spec {
        spec::<T>().clone()
    }

    fn reset(&mut self, rng: &mut Rng) {
        self.observation.clear();
        // Noise of a tenth about the initial configuration computes.
        let _ = self.simulation.start(|qpos, qvel| T::draw(qpos, qvel, rng));
        self.progress = T::progress(&self.simulation);
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let action = action.components(spec::<T>());
        self.advance(action)
            .unwrap_or_else(|fault| self.faulted(fault))
    }

    fn observe(&self, observation: &mut [f64]) {
        match self.observation.is_empty() {
            true => T::observe(&self.simulation, observation),
            false => observation.copy_from_slice(&self.observation),
        }
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.simulation.state();
        state.push(self.progress);
        let physics = state.len();
        state.resize(physics + spec::<T>().observation_dim, 0.0);
        self.observe(&mut state[physics..]);
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        let id = spec::<T>().id.to_string();
        let (nq, nv) = self.simulation.dimensions();
        let physics = self.simulation.state_len();
        let whole = physics + 1 + spec::<T>().observation_dim;
        let outcome = if state.len() == nq + nv {
            let (positions, velocities) = state.split_at(nq);
            let started = self.simulation.start(|qpos, qvel| {
                qpos.copy_from_slice(positions);
                qvel.copy_from_slice(velocities);
            });
            self.observation.clear();
            self.progress = T::progress(&self.simulation);
            started
        } else if state.len() == whole {
            self.progress = state[physics];
            self.observation = state[physics + 1..].to_vec();
            self.simulation.resume(&state[..physics])
        } else {
            return Err(EnvError::StateLength {
                id,
                given: state.len(),
                expected: format!(
                    "{}: positions and velocities, or {whole}: a saved state",
                    nq + nv
                ),
            });
        };
        outcome.map_err(|Fault(problem)| EnvError::State {
            id,
            problem: problem.to_owned(),
        })
    }
}
