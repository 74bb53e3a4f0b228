//! Observations as a policy sees them: normalised by running statistics.

use serde::{Deserialize, Serialize};

/// Normalised values are clipped to [-CLIP, CLIP].
pub const CLIP: f64 = 10.0;

/// Added to a variance before its root is taken.
pub const EPSILON: f64 = 1e-8;

/// Count, mean and sum of squared deviations of some numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments of `values`, in two passes.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum) = (0.0, 0.0);
        for value in values.clone() {
            count += 1.0;
            sum += value;
        }
        if count == 0.0 {
            return Self::default();
        }
        let mean = sum / count;
        let squares = values.map(|value| (value - mean) * (value - mean)).sum();
        Self {
            count,
            mean,
            squares,
        }
    }

    /// The moments of both sets of numbers together (Chan et al. 1979).
    pub fn merged(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let difference = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + difference * other.count / count,
            squares: self.squares
                + other.squares
                + difference * difference * self.count * other.count / count,
        }
    }

    /// Moments of `count` numbers with this mean, whose variance is `variance` to the bit.
    pub fn restored(count: f64, mean: f64, variance: f64) -> Self {
        if count == 0.0 {
            return Self::default();
        }
        let near = variance * count;
        let (below, above) = (near.next_down(), near.next_up());
        let candidates = [near, below, above, below.next_down(), above.next_up()];
        // The sum from which the variance came is at most two steps away.
        let exact = candidates
            .into_iter()
            .find(|squares| squares / count == variance);
        Self {
            count,
            mean,
            squares: exact.unwrap_or(near),
        }
    }

    /// Whether they are numbers: squares of large ones may exceed all of them.
    pub fn are_finite(&self) -> bool {
        self.mean.is_finite() && self.squares.is_finite()
    }

    /// How many numbers there are.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Their mean; 0 while there are none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Population variance; 1 while there are no numbers.
    pub fn variance(&self) -> f64 {
        if self.count == 0.0 {
            1.0
        } else {
            self.squares / self.count
        }
    }
}

/// Normalises observations by the moments of all earlier batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservationNormaliser {
    /// Per component; empty if observations are left as they are.
    moments: Vec<Moments>,
}

impl ObservationNormaliser {
    /// For observations of `dim` components; does nothing unless `enabled`.
    pub fn new(dim: usize, enabled: bool) -> Self {
        let count = if enabled { dim } else { 0 };
        Self {
            moments: vec![Moments::default(); count],
        }
    }

    /// By these moments, one of every component.
    pub fn by(moments: Vec<Moments>) -> Self {
        Self { moments }
    }

    /// The moments of every component; none if observations are left as they are.
    pub fn moments(&self) -> &[Moments] {
        &self.moments
    }

    /// Whether all moments are numbers.
    pub fn is_finite(&self) -> bool {
        self.moments.iter().all(Moments::are_finite)
    }

    /// Whether it does anything.
    pub fn is_enabled(&self) -> bool {
        !self.moments.is_empty()
    }

    /// Writes (x - mean) / deviation, clipped, as the policy sees it.
    pub fn apply(&self, raw: &[f64], out: &mut [f32]) {
        if self.moments.is_empty() {
            for (out, &raw) in out.iter_mut().zip(raw) {
                *out = raw as f32;
            }
            return;
        }
        for ((out, &raw), moments) in out.iter_mut().zip(raw).zip(self.moments.iter().cycle()) {
            let scaled = (raw - moments.mean) / (moments.variance() + EPSILON).sqrt();
            *out = scaled.clamp(-CLIP, CLIP) as f32;
        }
    }

    /// Merges raw observations, \[rows\]\[dim\].
    pub fn learn(&mut self, raw: &[f64]) {
        let dim = self.moments.len();
        for (component, moments) in self.moments.iter_mut().enumerate() {
            let values = raw.iter().skip(component).step_by(dim).copied();
            *moments = moments.merged(Moments::of(values));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_moments_are_those_of_all_numbers() {
        let numbers: Vec<f64> = (0..100).map(|i| (i as f64 * 0.37).sin() + 5.0).collect();
        let whole = Moments::of(numbers.iter().copied());
        let (a, b) = numbers.split_at(17);
        let merged = Moments::of(a.iter().copied()).merged(Moments::of(b.iter().copied()));
        assert!((whole.mean - merged.mean).abs() < 1e-12);
        assert!((whole.variance() - merged.variance()).abs() < 1e-12);
    }

    #[test]
    fn observations_are_normalised_by_component_and_clipped() {
        let mut normaliser = ObservationNormaliser::new(2, true);
        let mut out = [0.0; 2];
        normaliser.apply(&[3.0, -30.0], &mut out);
        assert_eq!(
            out,
            [3.0, -10.0],
            "identity before the first batch, but clipped"
        );
        normaliser.learn(&[1.0, 10.0, 3.0, 30.0]);
        normaliser.apply(&[3.0, 10.0], &mut out);
        assert!((out[0] - 1.0).abs() < 1e-6 && (out[1] + 1.0).abs() < 1e-6);
    }

    #[test]
    fn restored_moments_have_the_variance_to_the_bit() {
        for i in 1..20_000 {
            let count = f64::from(i % 997 + 1);
            let moments = Moments {
                count,
                mean: 0.5,
                squares: (f64::from(i) * 0.37).sin().abs() * f64::from(i),
            };
            let variance = moments.variance();
            assert_eq!(Moments::restored(count, 0.5, variance).variance(), variance);
        }
        assert_eq!(Moments::restored(0.0, 0.0, 1.0), Moments::default());
    }
}
