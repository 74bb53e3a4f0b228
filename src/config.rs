//! The complete configuration of a run.
//!
//! This is what is hashed, stored in the record and printed by `--dry-run`.
//! How it is put together from an experiment file is the business of
//! [`experiment`](crate::experiment).

use serde::{Deserialize, Serialize};

use crate::algo::AlgorithmConfig;
use crate::algo::critic_settings::CriticSettings;
pub use crate::common::{Acts, CommonSettings, Estimator, Starts};
use crate::env::gym::{Arguments, MadeWith};
#[cfg(feature = "train")]
use crate::settings::Invalid;

/// Most environment steps of a run: records hold them as f64, which counts so
/// far and no further.
#[cfg(feature = "train")]
const MOST_STEPS: u64 = 1 << 53;

/// Everything that, with a seed, determines a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The task, by Gymnasium's name.
    pub env: String,
    /// What is shared by every algorithm.
    pub common: CommonSettings,
    /// The critic's fit.
    pub critic: CriticSettings,
    /// The algorithm and its settings.
    pub algorithm: AlgorithmConfig,
    /// Version of a task that the laboratory does not bring; left out for ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_version: Option<u32>,
    /// Version of an algorithm that the laboratory does not bring; left out for
    /// ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm_version: Option<u32>,
    /// BLAKE3, in hexadecimal, of the file of the policy that the run goes on from; left out
    /// of one that begins with new networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Arguments with which Gymnasium makes the task; left out where there are none.
    #[serde(default, skip_serializing_if = "Arguments::is_empty")]
    pub env_args: Arguments,
    /// Steps after which Gymnasium truncates an episode, where that is not the
    /// environment's own limit; left out where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<u32>,
}

#[cfg(feature = "train")]
impl RunConfig {
    /// Refuses values that make no sense by themselves or together.
    pub fn check(&self) -> Result<(), Invalid> {
        self.common.check()?;
        self.critic
            .check()
            .map_err(|error| error.inside("critic"))?;
        self.algorithm.check()?;
        let CommonSettings { batch, copies, .. } = self.common;
        if batch % copies != 0 {
            return Err(Invalid::new(
                "batch",
                format!("must be a multiple of `copies` ({copies}), not {batch}"),
            ));
        }
        self.algorithm.fits(&self.common)?;
        if self.common.estimator == Estimator::Returns && self.common.scale_rewards {
            return Err(Invalid::new(
                "scale_rewards",
                "must be false with `estimator = \"returns\"`, whose returns are those of the task",
            ));
        }
        let most = MOST_STEPS as usize;
        if batch > most {
            return Err(Invalid::new(
                "batch",
                format!("must be at most 2^53, not {batch}"),
            ));
        }
        if self.common.steps > most - (batch - 1) {
            return Err(Invalid::new(
                "steps",
                format!(
                    "must be at most 2^53 when rounded up to a multiple of `batch` ({batch}), not {}",
                    self.common.steps
                ),
            ));
        }
        self.check_points()
    }

    /// Every episode of every evaluation has a stream of its own, numbered with
    /// 32 bits.
    fn check_points(&self) -> Result<(), Invalid> {
        let CommonSettings {
            evaluation_points: points,
            evaluation_episodes: episodes,
            ..
        } = self.common;
        let streams = (points as u128 + 1) * episodes as u128;
        if streams <= 1 << 32 {
            return Ok(());
        }
        Err(Invalid::new(
            "evaluation_points",
            format!(
                "must leave at most 2^32 episodes, {episodes} of each evaluation \
                 (`evaluation_episodes`), not {points}"
            ),
        ))
    }

    /// A run of `algorithm` on the task `env` that the laboratory brings, with
    /// defaults for the rest.
    pub fn new(env: impl Into<String>, algorithm: AlgorithmConfig) -> Self {
        Self {
            env: env.into(),
            common: CommonSettings::default(),
            critic: CriticSettings::default(),
            algorithm,
            env_version: None,
            algorithm_version: None,
            from: None,
            env_args: Arguments::new(),
            time_limit: None,
        }
    }

    /// How its task is asked of Gymnasium, if it is one of those.
    pub fn asked(&self) -> MadeWith {
        MadeWith {
            args: self.env_args.clone(),
            time_limit: self.time_limit,
        }
    }

    /// Number of updates: ceil(steps / batch) where every update has a batch;
    /// `None` where updates vary in length.
    pub fn updates(&self) -> Option<usize> {
        let CommonSettings {
            steps,
            batch,
            estimator,
            ..
        } = self.common;
        match estimator {
            Estimator::Gae => self.algorithm.updates(steps, batch),
            Estimator::Returns => None,
        }
    }

    /// Environment steps that are really made, where every update has a batch,
    /// and at least are made, where updates vary in length; no more than 2^53 in
    /// a configuration that passes [`RunConfig::check`].
    pub fn total_steps(&self) -> u64 {
        let CommonSettings { steps, batch, .. } = self.common;
        self.updates().map_or(steps as u64, |updates| {
            (updates as u64).saturating_mul(batch as u64)
        })
    }
}

/// Evaluations while training: K + 1 points, k = 0 ..= K.
#[cfg(feature = "train")]
impl RunConfig {
    /// K: `evaluation_points`, or the number of updates U where that is smaller.
    /// With 0 there is no point at all.
    pub fn points(&self) -> usize {
        let asked = self.common.evaluation_points;
        self.updates().map_or(asked, |updates| asked.min(updates))
    }

    /// What is to be said where there are fewer points than were asked for.
    pub fn fewer_points(&self) -> Option<String> {
        let (asked, made) = (self.common.evaluation_points, self.points());
        (made < asked).then(|| {
            format!(
                "evaluation_points = {asked}: a run of {made} updates has {made}, one after every \
                 update"
            )
        })
    }

    /// Updates after which the policy is point k: k U / K, rounded half up;
    /// `None` where updates vary in length, or there are no points.
    pub fn point_update(&self, k: usize) -> Option<usize> {
        let (points, updates) = (self.points() as u128, self.updates()? as u128);
        let twice = 2 * k as u128 * updates + points;
        Some(twice.checked_div(2 * points)? as usize)
    }

    /// Environment steps at point k: those of its updates, or k / K of `steps`,
    /// rounded up, where updates vary in length and point k is the policy after
    /// the first update at which the counted steps reach that; `None` if there
    /// are no points.
    pub fn point_step(&self, k: usize) -> Option<u64> {
        let CommonSettings { steps, batch, .. } = self.common;
        match self.updates() {
            Some(_) => Some(self.point_update(k)? as u64 * batch as u64),
            None => {
                let share = k as u128 * steps as u128;
                let points = self.points() as u128;
                (points > 0).then(|| share.div_ceil(points) as u64)
            }
        }
    }
}

impl RunConfig {
    /// BLAKE3 of the configuration, in hexadecimal.
    pub fn digest(&self) -> String {
        crate::digest::digest_of(self)
    }
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;
    use crate::algo::trpo::Trpo;

    fn config(updates: usize, points: usize) -> RunConfig {
        let mut config = RunConfig::new(
            "CartPole-v1",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        );
        config.common.batch = 100;
        config.common.copies = 1;
        config.common.steps = 100 * updates;
        config.common.evaluation_points = points;
        config
    }

    #[test]
    fn points_are_rounded_half_up_and_never_more_than_updates() {
        let updates = |config: &RunConfig| -> Vec<_> {
            let points = 0..=config.points();
            points.filter_map(|k| config.point_update(k)).collect()
        };
        // 98 / 50 = 1.96, and 7 / 2 = 3.5.
        let usual = updates(&config(98, 50));
        assert_eq!((usual[1], usual[25], usual[50]), (2, 49, 98));
        assert_eq!(updates(&config(7, 2)), [0, 4, 7]);
        assert_eq!(updates(&config(3, 50)), [0, 1, 2, 3]);
        assert_eq!(config(3, 50).point_step(2), Some(200));
        assert!(updates(&config(7, 0)).is_empty());
        assert_eq!(config(7, 0).point_step(0), None);
    }

    #[test]
    fn what_is_not_asked_is_not_written() {
        let written = serde_json::to_string(&config(7, 0)).unwrap();
        assert!(!written.contains("points") && !written.contains("final"));
        let mut asked = config(7, 3);
        asked.common.final_episodes = Some(100);
        asked.common.evaluation_policy = Acts::Sample;
        let written = serde_json::to_string(&asked).unwrap();
        assert!(written.contains(
            r#""evaluation_episodes":20,"evaluation_points":3,"final_episodes":100,"evaluation_policy":"sample""#
        ));
        assert_eq!(serde_json::from_str::<RunConfig>(&written).unwrap(), asked);
    }

    #[test]
    fn more_episodes_than_streams_are_refused() {
        let mut asked = config(7, 1 << 16);
        asked.common.evaluation_episodes = 1 << 16;
        let message = asked.check().unwrap_err().to_string();
        assert!(
            message.starts_with("`evaluation_points` must leave"),
            "{message}"
        );
        asked.common.evaluation_episodes -= 1;
        asked.check().unwrap();
    }
}
