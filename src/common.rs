//! The settings that every algorithm shares.

use serde::{Deserialize, Serialize};

use crate::activation::Activation;

#[cfg(feature = "train")]
use crate::rollout::collector::CollectorSettings;
use crate::settings::{
    Described, Limit, any, at_least_one, is_default, is_one, not_negative, positive, require, share,
};

crate::settings! {
    /// What is shared by every algorithm.
    pub struct CommonSettings {
        /// Environment steps to train for; ceil(steps / batch) updates are made.
        steps: usize = 200_000, at_least_one();
        /// Environment steps in the batch of one update, over all copies.
        batch: usize = 2048, at_least_one();
        /// Copies of the environment that are stepped side by side; divides `batch`.
        copies: usize = 8, numbered();
        /// Discount.
        gamma: f64 = 0.99, open_or_one();
        /// lambda of generalised advantage estimation.
        lambda: f64 = 0.95, share();
        /// What a policy step learns from: `gae`, advantages by a critic, or `returns`, the
        /// discounted sums of rewards to the end of the episode, without a critic. A batch of
        /// `returns` is of whole episodes, begun while fewer than `batch` steps are made; a time
        /// limit ends an episode without bootstrap.
        #[serde(skip_serializing_if = "is_default")]
        estimator: Estimator = Estimator::Gae, any();
        /// Sizes of the hidden layers, of the policy and of the critic; []: both are linear.
        hidden: Vec<usize> = vec![64, 64], widths();
        /// What is applied to what a hidden layer gives: `tanh`, `relu`, or `identity`, nothing.
        #[serde(skip_serializing_if = "is_default")]
        activation: Activation = Activation::Tanh, any();
        /// Initial weights of policy and critic: `orthogonal`, with gain sqrt 2 in hidden
        /// layers, or `uniform`, weights and biases of every layer within 1 / sqrt(inputs).
        #[serde(skip_serializing_if = "is_default")]
        initialisation: Initialisation = Initialisation::Orthogonal, any();
        /// Initial logarithm of the standard deviation of continuous actions.
        log_std: f64 = 0.0, log_std_range();
        /// Whether observations are normalised by their running mean and deviation.
        normalize_observations: bool = true, any();
        /// Deviation of the normal noise that is added to every component of an observation,
        /// in the task's own units, wherever the policy acts: in training and when it is
        /// evaluated.
        #[serde(skip_serializing_if = "is_default")]
        observation_noise: f64 = 0.0, not_negative();
        /// Whether rewards are divided by the running deviation of the discounted return.
        scale_rewards: bool = false, any();
        /// What rewards are multiplied by before anything learns from them. Returns that are
        /// recorded and evaluated stay those of the task.
        #[serde(skip_serializing_if = "is_one")]
        reward_factor: f64 = 1.0, positive();
        /// Episodes of every evaluation of the policy.
        evaluation_episodes: usize = 20, numbered();
        /// Evaluations while it trains, beside the one before the first update;
        /// 0: the final policy alone is evaluated.
        #[serde(skip_serializing_if = "is_default")]
        evaluation_points: usize = 0, at_most_numbered();
        /// Episodes of the evaluation of the final policy; as many as
        /// `evaluation_episodes` where none is given.
        #[serde(skip_serializing_if = "is_default")]
        final_episodes: Option<usize> = None, numbered_or_none();
        /// Where episodes while it trains begin: `fresh`, from first states that no
        /// other has, or `same`, from those of the first evaluation.
        #[serde(skip_serializing_if = "is_default")]
        evaluation_starts: Starts = Starts::Fresh, any();
        /// How the policy acts when it is evaluated: by the `mode` of its
        /// distribution, or by a `sample` of it.
        #[serde(skip_serializing_if = "is_default")]
        evaluation_policy: Acts = Acts::Mode, any();
    }
}

/// What a policy step learns from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Estimator {
    /// Advantages by a critic (Schulman et al. 2016).
    #[default]
    Gae,
    /// Monte-Carlo returns of whole episodes (Schulman et al. 2015, section 5.1).
    Returns,
}

impl Described for Estimator {
    const SCHEMA: &'static str = r#"{"enum": ["gae", "returns"]}"#;
}

/// The distribution of initial weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initialisation {
    /// Orthogonal matrices and zero biases (Saxe et al. 2014); the policy's last layer is
    /// small, so that first actions are almost uniform.
    #[default]
    Orthogonal,
    /// Weights and biases uniform in \[-1 / sqrt(inputs), 1 / sqrt(inputs)\], in the last
    /// layer too: what PyTorch's linear layers begin with.
    Uniform,
}

impl Described for Initialisation {
    const SCHEMA: &'static str = r#"{"enum": ["orthogonal", "uniform"]}"#;
}

/// Where the episodes of an evaluation while training begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Starts {
    /// From states that no other episode begins from: episode e of evaluation k
    /// draws from stream k E + e, where E is `evaluation_episodes`.
    #[default]
    Fresh,
    /// From the same states in every evaluation: episode e draws from stream e.
    Same,
}

impl Described for Starts {
    const SCHEMA: &'static str = r#"{"enum": ["fresh", "same"]}"#;
}

/// How the policy acts when it is evaluated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acts {
    /// The most likely action.
    #[default]
    Mode,
    /// One that is drawn.
    Sample,
}

impl Described for Acts {
    const SCHEMA: &'static str = r#"{"enum": ["mode", "sample"]}"#;
}

impl CommonSettings {
    /// Episodes of the evaluation of the final policy.
    pub fn final_episodes(&self) -> usize {
        self.final_episodes.unwrap_or(self.evaluation_episodes)
    }
}

#[cfg(feature = "train")]
impl CommonSettings {
    /// What of them the collection of a batch needs.
    pub fn collection(&self) -> CollectorSettings {
        CollectorSettings {
            copies: self.copies,
            horizon: self.batch / self.copies,
            gamma: self.gamma,
            lambda: self.lambda,
            normalize_observations: self.normalize_observations,
            scale_rewards: self.scale_rewards,
            reward_factor: self.reward_factor,
            whole_episodes: self.estimator == Estimator::Returns,
        }
    }
}

/// Copies and episodes each have random streams, numbered with 32 bits.
const fn numbered() -> Limit<usize> {
    Limit {
        check: |value| {
            let holds = (1..=u32::MAX as usize).contains(value);
            require(holds, value, "from 1 to 4294967295")
        },
        schema: r#"{"type": "integer", "minimum": 1, "maximum": 4294967295}"#,
    }
}

/// As [`numbered`], or 0.
const fn at_most_numbered() -> Limit<usize> {
    Limit {
        check: |value| {
            let holds = *value <= u32::MAX as usize;
            require(holds, value, "from 0 to 4294967295")
        },
        schema: r#"{"type": "integer", "minimum": 0, "maximum": 4294967295}"#,
    }
}

/// As [`numbered`], where one is given.
const fn numbered_or_none() -> Limit<Option<usize>> {
    Limit {
        check: |value| value.map_or(Ok(()), |value| (numbered().check)(&value)),
        schema: numbered().schema,
    }
}

const fn open_or_one() -> Limit<f64> {
    Limit {
        check: |&value| {
            let holds = value > 0.0 && value <= 1.0;
            require(holds, &value, "above 0 and at most 1")
        },
        schema: r#"{"type": "number", "exclusiveMinimum": 0, "maximum": 1}"#,
    }
}

const fn log_std_range() -> Limit<f64> {
    Limit {
        check: |value| require((-5.0..=2.0).contains(value), value, "from -5 to 2"),
        schema: r#"{"type": "number", "minimum": -5, "maximum": 2}"#,
    }
}

const fn widths() -> Limit<Vec<usize>> {
    Limit {
        check: |value| {
            let holds = value.iter().all(|&width| (1..=4096).contains(&width));
            let shown = crate::settings::written(value);
            require(
                holds,
                &shown,
                "a list of sizes from 1 to 4096 ([]: a linear policy)",
            )
        },
        schema: r#"{"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 4096}}"#,
    }
}
