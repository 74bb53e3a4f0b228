//! What is fixed about a task of MuJoCo, and its compiled model.

use std::sync::{Arc, OnceLock};

use mujoco_rs::wrappers::mj_model::MjModel;

use super::super::{ActionSpace, Spec, Unavailable};
use super::library;
use crate::rng::Rng;

/// The text of one of Gymnasium's models.
macro_rules! asset {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/.mujoco/assets/",
            $name
        ))
    };
}
pub(super) use asset;

/// How far from the model's initial configuration an episode begins.
#[derive(Debug, Clone, Copy)]
pub enum Noise {
    /// Positions and velocities uniformly within this.
    Uniform(f64),
    /// Positions uniformly within this, velocities normal with this standard
    /// deviation.
    Normal(f64),
}

impl Noise {
    /// Adds itself, to all positions first.
    pub fn draw(self, qpos: &mut [f64], qvel: &mut [f64], rng: &mut Rng) {
        let (Noise::Uniform(scale) | Noise::Normal(scale)) = self;
        for position in qpos {
            *position += rng.uniform_in(-scale, scale);
        }
        for velocity in qvel {
            *velocity += match self {
                Noise::Uniform(_) => rng.uniform_in(-scale, scale),
                Noise::Normal(_) => scale * rng.normal(),
            };
        }
    }
}

/// What is fixed about a task.
#[derive(Debug)]
pub struct Settings {
    /// Gymnasium's name, with the version.
    pub id: &'static str,
    /// The model (MJCF).
    pub xml: &'static str,
    /// Steps of the engine per step of the task.
    pub frame_skip: u32,
    /// Number of components of an observation.
    pub observation_dim: usize,
    /// Number of components of an action.
    pub action_dim: usize,
    /// Largest size of a component of an action.
    pub action_bound: f32,
    /// Steps after which an episode is truncated.
    pub time_limit: u32,
    /// Where an episode begins.
    pub noise: Noise,
    /// Whether the task reads the external forces on bodies.
    pub reads_forces: bool,
}

/// A model, compiled when it is first asked for and then shared.
#[derive(Debug)]
pub struct Model {
    settings: Settings,
    spec: OnceLock<Spec>,
    compiled: OnceLock<Result<Arc<MjModel>, String>>,
}

impl Model {
    /// A model that nobody has asked for.
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            spec: OnceLock::new(),
            compiled: OnceLock::new(),
        }
    }

    /// What is fixed about the task.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same, as every task tells it.
    pub fn spec(&self) -> &Spec {
        self.spec.get_or_init(|| {
            let Settings {
                action_dim,
                action_bound,
                ..
            } = self.settings;
            Spec::new(
                self.settings.id,
                self.settings.observation_dim,
                ActionSpace::between(-action_bound, action_bound, action_dim),
                self.settings.time_limit,
            )
        })
    }

    /// The compiled model.
    ///
    /// # Errors
    /// If MuJoCo refuses it.
    pub fn compiled(&self) -> Result<Arc<MjModel>, Unavailable> {
        let compile = || {
            library::install();
            let model = MjModel::from_xml_string(self.settings.xml);
            model.map(Arc::new).map_err(|error| error.to_string())
        };
        let compiled = self.compiled.get_or_init(compile);
        compiled.clone().map_err(|problem| Unavailable::Model {
            id: self.settings.id.to_owned(),
            problem,
        })
    }
}
