//! The one place where randomness comes from.
//!
//! A run draws from ChaCha8 streams whose key is derived from its seed and the
//! name of its environment; every purpose (and every copy of the environment)
//! has a stream of its own. Runs of different algorithms with the same seed
//! therefore start from the same networks and the same first states.
//!
//! Samples are made from the raw bits with our own formulas and the pure-Rust
//! [`libm`], so that neither a platform's libm nor a library's tables can
//! change them.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

/// What a stream is used for. The discriminants are part of the contract of
/// reproducible bits: never renumber them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights of the policy (index 0) and of the critic (index 1).
    Initialisation = 0,
    /// Resets and dynamics of training environment `index`.
    Environment = 1,
    /// Actions sampled in training environment `index`.
    Action = 2,
    /// Shuffling of the policy's minibatches.
    PolicyShuffle = 3,
    /// Shuffling of the critic's minibatches.
    CriticShuffle = 4,
    /// Offset of the rows on which the Fisher matrix is estimated.
    FisherSubsample = 5,
    /// Resets of the evaluation episodes.
    Evaluation = 6,
    /// Resampling in a bootstrap.
    Bootstrap = 7,
    /// Drawing the runs that are verified.
    Verification = 8,
    /// Resets and dynamics of episode, walk or branch `index` that an algorithm
    /// asks for outside of its batches.
    Trial = 9,
    /// Actions sampled in trial `index`.
    TrialAction = 10,
    /// What else an algorithm draws.
    Algorithm = 11,
    /// Resets and dynamics of the episodes that evaluate a policy while it trains.
    Point = 12,
    /// Actions sampled in those.
    PointAction = 13,
    /// Actions sampled in the evaluation of the final policy, by index of the
    /// episode.
    EvaluationAction = 14,
    /// Dynamics of the rollouts of a vine, by index of the rollout: the same for all
    /// actions that are tried in a state.
    Branch = 15,
    /// Actions sampled in those, after the first.
    BranchAction = 16,
    /// Actions sampled when the policy of a file is evaluated, by index of the episode.
    SavedAction = 17,
    /// Settings that a search draws (index 0), and which of those that it leaves
    /// out are looked at again (index 1).
    Search = 20,
}

/// The family of streams of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streams {
    key: [u8; 32],
}

impl Streams {
    /// The streams of the run with this seed on this environment.
    pub fn new(seed: u64, environment: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("trpo-lab random streams, version 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(environment.as_bytes());
        Self {
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// The stream for `purpose` and `index` (the number of an environment
    /// copy, or 0), at its beginning.
    pub fn stream(&self, purpose: Purpose, index: u32) -> Rng {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream((purpose as u64) << 32 | u64::from(index));
        Rng(generator)
    }
}

/// One random stream. It serialises, with its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// Uniform in [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [low, high).
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal, by the cosine branch of Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }

    /// Uniform integer in 0..bound, without bias (Lemire 2019).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "an empty range has no element to draw");
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            let low = product as u64;
            // The threshold is below the bound: the slow remainder is rarely
            // taken.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// The stream beside this one, at its beginning: no purpose has it, and what is drawn
    /// from either says nothing of the other.
    pub fn beside(&self) -> Self {
        let mut generator = self.0.clone();
        generator.set_stream(generator.get_stream() | 1 << 63);
        generator.set_word_pos(0);
        Self(generator)
    }

    /// A uniformly random permutation in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_environment_purpose_and_index() {
        let first =
            |seed, env, purpose, index| Streams::new(seed, env).stream(purpose, index).uniform();
        let base = first(0, "CartPole-v1", Purpose::Action, 0);
        assert_eq!(base, first(0, "CartPole-v1", Purpose::Action, 0));
        for other in [
            first(1, "CartPole-v1", Purpose::Action, 0),
            first(0, "Acrobot-v1", Purpose::Action, 0),
            first(0, "CartPole-v1", Purpose::Environment, 0),
            first(0, "CartPole-v1", Purpose::Action, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_stream_continues_after_serialisation() {
        let mut rng = Streams::new(3, "x").stream(Purpose::Environment, 2);
        rng.normal();
        let text = serde_json::to_string(&rng).unwrap();
        let mut restored: Rng = serde_json::from_str(&text).unwrap();
        assert_eq!(rng.uniform(), restored.uniform());
    }

    #[test]
    fn normal_and_below_have_the_right_moments() {
        let mut rng = Streams::new(0, "moments").stream(Purpose::Bootstrap, 0);
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.015, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");

        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7) as usize] += 1;
        }
        assert!(
            counts.iter().all(|&c| (9_500..10_500).contains(&c)),
            "{counts:?}"
        );
    }

    #[test]
    fn shuffle_is_a_permutation() {
        let mut rng = Streams::new(0, "shuffle").stream(Purpose::PolicyShuffle, 0);
        let mut items: Vec<u32> = (0..100).collect();
        rng.shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
