//! How much memory a run takes, about, before it is made.
//!
//! An estimate, not a bound: it counts what grows with the settings, each as
//! often as it is held at the worst moment, and nothing that is small for every
//! run. It is there to refuse what no machine can hold. All sums saturate.

use crate::config::RunConfig;

/// Bytes of a copy of a task beside its observations: its state and two random
/// streams, and both as the digits of a checkpoint.
const COPY: u64 = 2048;

/// Bytes of one parameter: in the network, packed twice for the kernels, a
/// gradient and two moments, four vectors of the conjugate gradient, all of
/// f32; and the digits of the two numbers, on average, that a checkpoint holds.
const PARAMETER: u64 = 4 * 10 + 2 * 12;

/// Bytes of an update in the curve: some 30 columns, and their digits when the
/// record is written.
const UPDATE: u64 = 30 * (16 + 20);

/// Steps in which an episode is taken to end, and the bytes that it leaves: its
/// end, return and length, and their digits.
const EPISODE: (u64, u64) = (100, 20 + 40);

/// Bytes of an episode of an evaluation while training: its return and length,
/// and their digits in the record and in a checkpoint.
const POINT: u64 = 12 + 2 * 28;

/// The memory of a run by what it grows with, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// The rows of a batch: what was observed, done and rewarded, advantages,
    /// targets and values, and the activations of the policy on every row.
    pub batch: u64,
    /// The parameters of policy and critic, with their gradients, their
    /// optimisers' state and their share of a checkpoint.
    pub networks: u64,
    /// The copies of the task.
    pub copies: u64,
    /// What is recorded of updates and episodes.
    pub record: u64,
    /// The copies of the task in an evaluation.
    pub evaluation: u64,
    /// Those in the evaluation of the final policy, where it has a number of its
    /// own.
    pub last: u64,
    /// What is recorded of evaluations while training.
    pub points: u64,
}

impl Footprint {
    /// All of it.
    pub fn total(&self) -> u64 {
        let parts = self.parts().into_iter();
        parts.fold(0, |sum, (bytes, _)| sum.saturating_add(bytes))
    }

    /// The keys that make it large, the one that counts most first: those of
    /// every part that is at least a tenth of the largest.
    pub fn keys(&self) -> Vec<&'static str> {
        let mut parts = self.parts();
        parts.sort_by_key(|&(bytes, _)| std::cmp::Reverse(bytes));
        let least = parts[0].0 / 10;
        let large = parts.into_iter().filter(|&(bytes, _)| bytes >= least);
        let mut keys = Vec::new();
        for key in large.flat_map(|(_, keys)| keys) {
            if !keys.contains(key) {
                keys.push(*key);
            }
        }
        keys
    }

    fn parts(&self) -> [(u64, &'static [&'static str]); 7] {
        [
            (self.batch, &["batch", "hidden"]),
            (self.networks, &["hidden"]),
            (self.copies, &["copies"]),
            (self.record, &["steps", "batch"]),
            (self.evaluation, &["evaluation_episodes"]),
            (self.last, &["final_episodes"]),
            (self.points, &["evaluation_points", "evaluation_episodes"]),
        ]
    }
}

impl RunConfig {
    /// The memory of this run on a task with observations of `observation_dim`
    /// components and actions of `action_dim` (1 for a choice among actions).
    pub fn footprint(&self, observation_dim: usize, action_dim: usize) -> Footprint {
        let common = &self.common;
        let [observation, action] = [observation_dim, action_dim].map(|n| n as u64);
        let [rows, copies, episodes, last, points] = [
            common.batch,
            common.copies,
            common.evaluation_episodes,
            common.final_episodes.unwrap_or(0),
            self.points(),
        ]
        .map(|n| n as u64);
        let sum = |a: u64, b: u64| a.saturating_add(b);

        // As observed and as seen, the latter again in the batch; actions twice.
        let collected = sum(16 * observation, 8 * action);
        // Rewards raw and scaled, values, next values and advantages in f64;
        // six more numbers of f32, a place in the order, three flags.
        let row = sum(collected, 5 * 8 + 6 * 4 + 8 + 3);
        let widths = common.hidden.iter().map(|&width| width as u64);
        let activations = widths.fold(0, sum).saturating_mul(4);

        let mut parameters = 0u64;
        let mut inputs = observation;
        for &width in &common.hidden {
            let layer = sum(inputs, 1).saturating_mul(width as u64);
            parameters = sum(parameters, layer);
            inputs = width as u64;
        }
        let heads = sum(inputs, 1).saturating_mul(sum(action, 1));
        let parameters = sum(parameters.saturating_mul(2), heads);

        let copy = sum(COPY, 24 * observation);
        let steps = self.total_steps();
        let ended = steps / EPISODE.0;
        // An update of no fixed length has an episode at least.
        let updates = self.updates().map_or(ended, |updates| updates as u64);
        Footprint {
            batch: rows.saturating_mul(sum(row, activations)),
            networks: parameters.saturating_mul(PARAMETER),
            copies: copies.saturating_mul(copy),
            record: sum(
                updates.saturating_mul(UPDATE),
                ended.saturating_mul(EPISODE.1),
            ),
            evaluation: episodes.saturating_mul(copy),
            last: last.saturating_mul(copy),
            points: points.saturating_mul(episodes).saturating_mul(POINT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::config::CommonSettings;

    fn footprint(change: impl Fn(&mut CommonSettings)) -> Footprint {
        let mut config = RunConfig {
            common: CommonSettings::default(),
            ..RunConfig::new(
                "CartPole-v1",
                AlgorithmConfig::new::<crate::algo::trpo::Trpo>(Default::default()),
            )
        };
        change(&mut config.common);
        config.footprint(4, 1)
    }

    #[test]
    fn a_usual_run_takes_few_megabytes() {
        let bytes = footprint(|_| {}).total();
        assert!((1 << 20..32 << 20).contains(&bytes), "{bytes}");
    }

    #[test]
    fn every_size_counts_and_is_named() {
        let large = 1 << 40;
        let named = |key: &str, change: &dyn Fn(&mut CommonSettings)| {
            let footprint = footprint(change);
            assert!(footprint.total() > 100 << 30, "{key}: {footprint:?}");
            assert_eq!(footprint.keys()[0], key);
        };
        named("batch", &|common| common.batch = large);
        named("copies", &|common| common.copies = large);
        named("steps", &|common| common.steps = 1 << 50);
        named("evaluation_episodes", &|common| {
            common.evaluation_episodes = large;
        });
        named("final_episodes", &|common| {
            common.final_episodes = Some(large)
        });
        named("evaluation_points", &|common| {
            common.evaluation_points = large;
            common.evaluation_episodes = large >> 20;
            common.steps = 1 << 36;
            common.batch = 1024;
        });
        named("hidden", &|common| common.hidden = vec![4096; 200]);
    }

    #[test]
    fn no_size_overflows() {
        let footprint = footprint(|common| {
            common.batch = usize::MAX;
            common.copies = usize::MAX;
            common.evaluation_episodes = usize::MAX;
            common.evaluation_points = usize::MAX;
            common.final_episodes = Some(usize::MAX);
            common.hidden = vec![usize::MAX; 3];
        });
        assert_eq!(footprint.total(), u64::MAX);
    }
}
