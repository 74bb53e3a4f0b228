//! How a run begins.

use super::{Progress, Trainer};
use crate::algo::critic::{Critic, CriticSettings};
use crate::common::Initialisation;
use crate::config::RunConfig;
use crate::env::vector::BeginError;
use crate::env::{ActionSpace, Unavailable};
use crate::exec::Exec;
use crate::lab::{Lab, UnknownAlgorithm};
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::collector::Collector;

type NewPolicy = fn(usize, &ActionSpace, &[usize], f64, &mut Rng) -> Policy<f32>;
type NewCritic = fn(&CriticSettings, usize, &[usize], &Streams) -> Critic;

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The task cannot be had.
    #[error(transparent)]
    Env(#[from] Unavailable),
    /// Copies of the task could not be begun.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// There is no such algorithm.
    #[error(transparent)]
    Algorithm(#[from] UnknownAlgorithm),
    /// The task or the algorithm has changed since the configuration was made.
    #[error("the configuration is of version {given} of `{name}`; {}", match own {
        Some(own) => format!("this program has version {own}"),
        None => "this program has that of the laboratory".to_owned(),
    })]
    Version {
        /// The task, or the algorithm.
        name: String,
        /// The version in the configuration.
        given: u32,
        /// That of this program; none where the laboratory brings it.
        own: Option<u32>,
    },
}

impl Trainer {
    /// A run before its first update, on a task and with an algorithm of `lab`.
    ///
    /// # Errors
    /// If there are none such, or the task cannot begin.
    pub fn new(lab: &Lab, config: &RunConfig, seed: u64) -> Result<Self, StartError> {
        let task = lab.task_of(config)?;
        let mut config = config.clone();
        lab.resolve(&mut config.algorithm);
        let (env, algorithm) = lab.versions(&task, config.algorithm.name());
        for (name, given, own) in [
            (task.id(), config.env_version, env),
            (config.algorithm.name(), config.algorithm_version, algorithm),
        ] {
            if let Some(given) = given.filter(|_| given != own) {
                let name = name.to_owned();
                return Err(StartError::Version { name, given, own });
            }
        }
        let common = &config.common;
        let spec = task.spec();
        let streams = Streams::new(seed, &config.env);
        let (new_policy, new_critic): (NewPolicy, NewCritic) = match common.initialisation {
            Initialisation::Orthogonal => (Policy::new, Critic::new),
            Initialisation::Uniform => (Policy::uniform, Critic::uniform),
        };
        let policy = new_policy(
            spec.observation_dim,
            &spec.actions,
            &common.hidden,
            common.log_std,
            &mut streams.stream(Purpose::Initialisation, 0),
        );
        let critic = new_critic(
            &config.critic,
            spec.observation_dim,
            &common.hidden,
            &streams,
        );
        let Some(settings) = config.algorithm.settings() else {
            return Err(lab.unknown_algorithm(config.algorithm.name()).into());
        };
        Ok(Self {
            algorithm: settings.build(policy.theta().len(), &streams),
            collector: Collector::new(&task, common.collection(), &streams)?,
            critic,
            policy,
            streams,
            task,
            seed,
            config,
            progress: Progress::default(),
        })
    }

    /// The same run, which computes with `exec`.
    pub fn with_exec(self, exec: &Exec) -> Self {
        Self {
            policy: self.policy.with_exec(exec),
            critic: self.critic.with_exec(exec),
            ..self
        }
    }
}
