//! Rewards, scaled by the running deviation of their discounted return.

use serde::{Deserialize, Serialize};

use crate::policy::normalise::{CLIP, EPSILON, Moments};

/// Divides rewards by the running deviation of the discounted return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RewardScaler {
    enabled: bool,
    gamma: f64,
    moments: Moments,
    /// The discounted return of every copy so far.
    returns: Vec<f64>,
}

impl RewardScaler {
    /// For `copies` environments; does nothing unless `enabled`.
    pub fn new(copies: usize, gamma: f64, enabled: bool) -> Self {
        Self {
            enabled,
            gamma,
            moments: Moments::default(),
            returns: vec![0.0; copies],
        }
    }

    /// Whether its statistics are numbers.
    pub fn is_finite(&self) -> bool {
        self.moments.are_finite() && self.returns.iter().all(|value| value.is_finite())
    }

    /// Learns from a batch of raw rewards, \[steps\]\[copies\], then gives them
    /// scaled and clipped. `done` tells where an episode ended.
    pub fn scale(&mut self, rewards: &[f64], done: impl Fn(usize) -> bool) -> Vec<f64> {
        if !self.enabled {
            return rewards.to_vec();
        }
        let copies = self.returns.len();
        let mut seen = Vec::with_capacity(rewards.len());
        for (index, reward) in rewards.iter().enumerate() {
            let value = &mut self.returns[index % copies];
            *value = *value * self.gamma + reward;
            seen.push(*value);
            if done(index) {
                *value = 0.0;
            }
        }
        self.moments = self.moments.merged(Moments::of(seen.iter().copied()));
        let scale = 1.0 / (self.moments.variance() + EPSILON).sqrt();
        rewards
            .iter()
            .map(|reward| (reward * scale).clamp(-CLIP, CLIP))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_scaled_by_the_deviation_of_the_return() {
        let mut scaler = RewardScaler::new(1, 0.5, true);
        // Returns 2, 1 + 2 = 3 (ends), 4: mean 3, variance 2/3.
        let scaled = scaler.scale(&[2.0, 2.0, 4.0], |index| index == 1);
        let deviation = (2.0f64 / 3.0).sqrt();
        assert!((scaled[2] - 4.0 / deviation).abs() < 1e-6, "{scaled:?}");
    }
}
