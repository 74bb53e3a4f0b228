//! What raw returns of a task mean.

use serde::{Deserialize, Serialize};

/// The smallest difference of normalised scores that is worth knowing, where
/// nothing else is said.
pub const SMALLEST_DIFFERENCE: f64 = 0.05;

/// How far from `random` to `reference` a task counts as learnt, where nothing else
/// is said: the reference itself is the best that is known, and few runs get there.
const LEARNT: f64 = 0.9;

/// The raw returns by which those of a task are judged: what becomes 0 and 1 when
/// they are normalised, (raw - random) / (reference - random), and what counts as
/// the most, as a failure and as a difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The raw return that becomes 0: that of a random policy.
    pub random: f64,
    /// The raw return that becomes 1. It may be the smaller of the two, where
    /// less is better.
    pub reference: f64,
    /// The best return that an episode can give, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// A run whose final evaluation is worse than this return has failed; half
    /// way from `random` to `reference` where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_below: Option<f64>,
    /// The smallest difference of mean returns that is worth knowing, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

impl Reference {
    /// One that says only what becomes 0 and 1.
    pub fn between(random: f64, reference: f64) -> Self {
        Self {
            random,
            reference,
            maximum: None,
            failed_below: None,
            margin: None,
        }
    }

    /// The same with a margin.
    #[must_use]
    pub fn with_margin(self, margin: f64) -> Self {
        let margin = Some(margin);
        Self { margin, ..self }
    }

    /// `raw`, normalised.
    pub fn normalised(&self, raw: f64) -> f64 {
        (raw - self.random) / (self.reference - self.random)
    }

    /// The raw return from which on the task counts as learnt, where no threshold is
    /// given: nine tenths of the way from `random` to `reference`.
    pub fn learnt(&self) -> f64 {
        self.random + LEARNT * (self.reference - self.random)
    }

    /// The raw return that separates runs that failed from the others.
    pub fn failure(&self) -> f64 {
        let half = 0.5 * (self.random + self.reference);
        self.failed_below.unwrap_or(half)
    }

    /// Whether a run with this final evaluation has failed.
    pub fn is_failure(&self, raw: f64) -> bool {
        self.normalised(raw) < self.normalised(self.failure())
    }

    /// The margin in raw returns: that of the task, or else the share `smallest`
    /// of the way from `random` to `reference`.
    pub fn margin_or(&self, smallest: f64) -> f64 {
        let share = smallest * (self.reference - self.random).abs();
        self.margin.unwrap_or(share)
    }

    /// Refuses returns by which nothing can be judged: what is wrong, and what to
    /// write instead.
    ///
    /// # Errors
    /// If `random` and `reference` are equal or not finite, the margin is not
    /// above 0, or `maximum` or `failed_below` lies on the wrong side.
    pub fn check(&self) -> Result<(), String> {
        let Self {
            random, reference, ..
        } = *self;
        let distance = reference - random;
        // A NaN compares false.
        if !(distance.abs() > 0.0 && distance.is_finite()) {
            return Err(format!(
                "scores cannot be normalised between random = {random} and reference = \
                 {reference}; give two different finite scores"
            ));
        }
        if let Some(margin) = self.margin
            && !(margin > 0.0 && margin.is_finite())
        {
            return Err(format!(
                "`margin` must be above 0, not {margin}; it is the smallest difference of returns \
                 worth knowing"
            ));
        }
        let place = |raw: f64| self.normalised(raw);
        if let Some(maximum) = self.maximum
            && !(place(maximum) >= 1.0 && maximum.is_finite())
        {
            return Err(format!(
                "`maximum` is the best return that an episode can give, so it cannot be \
                 {maximum}, which is worse than reference = {reference}"
            ));
        }
        if let Some(failed) = self.failed_below
            && !(failed.is_finite() && place(failed) <= place(self.maximum.unwrap_or(reference)))
        {
            return Err(format!(
                "`failed_below` = {failed} would make every run fail; give a return that is worse \
                 than reference = {reference}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_half_way_unless_said_otherwise_and_less_may_be_better() {
        let plain = Reference::between(0.0, 100.0);
        assert!(plain.is_failure(49.0) && !plain.is_failure(50.0));
        let own = Reference {
            failed_below: Some(80.0),
            ..plain
        };
        assert!(own.is_failure(79.0) && !own.is_failure(80.0));
        let less = Reference::between(100.0, 0.0);
        assert!(less.is_failure(51.0) && !less.is_failure(49.0));
        assert_eq!((plain.learnt(), less.learnt()), (90.0, 10.0));
        assert_eq!(less.margin_or(0.05), 5.0);
        assert_eq!(less.with_margin(7.0).margin_or(0.05), 7.0);
    }

    #[test]
    fn returns_by_which_nothing_can_be_judged_are_refused() {
        let plain = Reference::between(0.0, 100.0);
        assert_eq!(plain.check(), Ok(()));
        for (wrong, part) in [
            (Reference::between(1.0, 1.0), "two different"),
            (Reference::between(f64::NAN, 1.0), "two different"),
            (plain.with_margin(0.0), "`margin` must be above 0"),
            (plain.with_margin(f64::INFINITY), "`margin`"),
            (
                Reference {
                    maximum: Some(99.0),
                    ..plain
                },
                "`maximum`",
            ),
            (
                Reference {
                    failed_below: Some(101.0),
                    ..plain
                },
                "`failed_below`",
            ),
        ] {
            let problem = wrong.check().unwrap_err();
            assert!(problem.contains(part), "{problem}");
        }
    }
}
