//! How a run begins.

use std::sync::Once;

use super::{Progress, Trainer};
use crate::algo::critic::Critic;
use crate::common::Initialisation;
use crate::config::RunConfig;
use crate::env::vector::BeginError;
use crate::env::{ActionSpace, Spec, Task, Unavailable};
use crate::exec::Exec;
use crate::lab::{Lab, UnknownAlgorithm};
use crate::nn::Hidden;
use crate::policy::Policy;
use crate::rng::{Purpose, Streams};
use crate::rollout::collector::Collector;
use crate::saved::SavedPolicy;
use crate::warn;

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
    /// The run goes on from a policy, which is not here.
    #[error(
        "the run goes on from the policy whose file has BLAKE3 {0}, which a configuration does \
         not hold: `trpo-lab train --from FILE` makes such runs"
    )]
    From(String),
    /// The policy that the run should go on from has other networks.
    #[error("the policy of the file does not fit: {0}")]
    Policy(String),
}

impl Trainer {
    /// A run before its first update, on a task and with an algorithm of `lab`.
    ///
    /// # Errors
    /// If there are none such, or the task cannot begin.
    pub fn new(lab: &Lab, config: &RunConfig, seed: u64) -> Result<Self, StartError> {
        match &config.from {
            None => Self::fresh(lab, config, seed),
            Some(from) => Err(StartError::From(from.clone())),
        }
    }

    /// A run that goes on from `policy`: with its parameters, its critic's and the statistics
    /// of observations; all else begins anew. [`RunConfig::from`] is the policy's file.
    ///
    /// # Errors
    /// If there is no such task or algorithm, or the policy has other networks or another
    /// way to see observations than the configuration asks for.
    pub fn from_policy(
        lab: &Lab,
        config: &RunConfig,
        seed: u64,
        policy: &SavedPolicy,
    ) -> Result<Self, StartError> {
        let mut trainer = Self::fresh(lab, config, seed)?;
        let spec = trainer.task.spec();
        fits(policy, spec).map_err(StartError::Policy)?;
        let common = &trainer.config.common;
        let differs = |key: &str, own: String, wanted: String| {
            StartError::Policy(format!("it has {key} {own}, where {wanted} is asked for"))
        };
        for (key, sizes) in [
            ("hidden", &policy.hidden),
            ("a critic of hidden", &policy.critic_hidden),
        ] {
            if *sizes != common.hidden {
                let wanted = format!("{:?}", common.hidden);
                return Err(differs(key, format!("{sizes:?}"), wanted));
            }
        }
        let (own, wanted) = (policy.activation(), common.activation);
        if own != wanted {
            let [own, wanted] = [own, wanted].map(|activation| activation.name().to_owned());
            return Err(differs("activation", own, wanted));
        }
        let (own, wanted) = (
            policy.normaliser.is_enabled(),
            common.normalize_observations,
        );
        if own != wanted {
            return Err(differs(
                "normalize_observations",
                own.to_string(),
                wanted.to_string(),
            ));
        }
        trainer.policy.set_theta(&policy.theta);
        let set = trainer.critic.set_w(&policy.critic);
        set.map_err(|count| StartError::Policy(format!("it has {count}")))?;
        let normaliser = policy.normaliser.clone();
        trainer.collector = trainer.collector.with_normaliser(normaliser);
        Ok(trainer)
    }

    /// A run with new networks.
    pub(super) fn fresh(lab: &Lab, config: &RunConfig, seed: u64) -> Result<Self, StartError> {
        say_if_unoptimised();
        let task = lab.task_of(config)?;
        let mut config = config.clone();
        lab.resolve(&mut config.algorithm);
        check_versions(lab, &config, &task)?;
        let common = &config.common;
        let spec = task.spec();
        let streams = Streams::new(seed, &config.env);
        let hidden = Hidden {
            sizes: &common.hidden,
            activation: common.activation,
        };
        let (dim, actions) = (spec.observation_dim, &spec.actions);
        let log_std = common.log_std;
        let rng = &mut streams.stream(Purpose::Initialisation, 0);
        let (policy, critic) = match common.initialisation {
            Initialisation::Orthogonal => (
                Policy::new(dim, actions, hidden, log_std, rng),
                Critic::new(&config.critic, dim, hidden, &streams),
            ),
            Initialisation::Uniform => (
                Policy::uniform(dim, actions, hidden, log_std, rng),
                Critic::uniform(&config.critic, dim, hidden, &streams),
            ),
        };
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

/// Refuses a task or an algorithm that has changed since the configuration was made.
pub(super) fn check_versions(lab: &Lab, config: &RunConfig, task: &Task) -> Result<(), StartError> {
    let (env, algorithm) = lab.versions(task, config.algorithm.name());
    for (name, given, own) in [
        (task.id(), config.env_version, env),
        (config.algorithm.name(), config.algorithm_version, algorithm),
    ] {
        if let Some(given) = given.filter(|_| given != own) {
            let name = name.to_owned();
            return Err(StartError::Version { name, given, own });
        }
    }
    Ok(())
}

/// Whether a policy acts on a task; if not, why not.
pub(super) fn fits(policy: &SavedPolicy, spec: &Spec) -> Result<(), String> {
    let (given, wanted) = (policy.observation_dim, spec.observation_dim);
    if given != wanted {
        return Err(format!(
            "it takes observations of {given} components, {} has {wanted}",
            spec.id
        ));
    }
    match policy.actions == spec.actions {
        true => Ok(()),
        false => Err(format!(
            "it acts in {}, {} takes {}",
            said(&policy.actions),
            spec.id,
            said(&spec.actions)
        )),
    }
}

fn said(actions: &ActionSpace) -> String {
    match actions {
        ActionSpace::Discrete(count) => format!("{count} discrete actions"),
        ActionSpace::Box { low, high } => format!("a box from {low:?} to {high:?}"),
    }
}

/// Says once that training would be many times faster in another build.
fn say_if_unoptimised() {
    static SAID: Once = Once::new();
    if env!("TRPO_LAB_OPT_LEVEL") == "0" {
        SAID.call_once(|| {
            warn!(
                "trpo-lab was built without optimisation and trains many times slower than it \
                 could: build with --release, or set `opt-level = 3` for it in the profile"
            );
        });
    }
}
