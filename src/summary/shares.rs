//! Of which updates something can be true: an entry of [`SHARES`] each.

use crate::algo::Schedule;
use crate::algo::natural::TRUST_RADIUS;
use crate::algo::step::{IMPROVEMENT, KL_MEAN};
use crate::algo::trpo::BACKTRACKS;
use crate::record::RunRecord;
use crate::stats::{Difference, Scale};
use crate::train::STEP;

/// What the interval of the difference between the returns before and after an
/// update leaves out at each end.
const TAIL: f64 = 0.025;

/// A share of updates.
#[derive(Debug, Clone, Copy)]
pub struct ShareOf {
    /// Its name in `steps.json`.
    pub name: &'static str,
    /// Of how many updates of a run it is true, and of how many it can be said;
    /// `None` of a run of which it cannot be said at all.
    pub count: fn(&Updates<'_>) -> Option<(usize, usize)>,
}

/// Every share that `steps.json` holds, in its order.
pub const SHARES: &[ShareOf] = &[OUTSIDE, FALLS, BROKEN, SHORTENED, REFUSED];

/// Updates whose mean KL divergence is above the trust radius: that which the run
/// recorded for the update, or else that of the task when the same share of the
/// run was done.
pub const OUTSIDE: ShareOf = ShareOf {
    name: "outside",
    count: |updates| {
        let kl = updates.kl_in_radii()?;
        Some((kl.iter().filter(|&&kl| kl > 1.0).count(), kl.len()))
    },
};

/// Updates after which the return falls significantly: the episodes that end in
/// the next batch have a lower mean than those that ended in the batch of the
/// update, by Welch's interval of 95%; of updates with two episodes in each. By
/// chance 2.5% do where nothing changes.
pub const FALLS: ShareOf = ShareOf {
    name: "falls",
    count: falls,
};

/// Updates that left the trust region or lowered the surrogate: what the line
/// search refuses.
pub const BROKEN: ShareOf = ShareOf {
    name: "broken",
    count: |updates| {
        let kl = updates.kl_in_radii()?;
        let gained = updates.numbers(IMPROVEMENT.name)?;
        let broken = kl.iter().zip(gained.iter().flatten());
        let count = broken.filter(|&(&kl, &gained)| kl > 1.0 || gained < 0.0);
        Some((count.count(), kl.len()))
    },
};

/// Updates whose full step the line search did not take; of algorithms that have
/// one.
pub const SHORTENED: ShareOf = ShareOf {
    name: "shortened",
    count: |updates| {
        let accepted = updates.numbers(BACKTRACKS.name)?;
        let shorter = accepted
            .iter()
            .filter(|&&backtracks| backtracks != Some(0.0));
        Some((shorter.count(), accepted.len()))
    },
};

/// Updates in which it found no step; of algorithms that have one.
pub const REFUSED: ShareOf = ShareOf {
    name: "refused",
    count: |updates| {
        let accepted = updates.numbers(BACKTRACKS.name)?;
        let refused = accepted.iter().filter(|backtracks| backtracks.is_none());
        Some((refused.count(), accepted.len()))
    },
};

/// The updates of one run.
pub struct Updates<'a> {
    /// What the run left behind.
    pub record: &'a RunRecord,
    /// The trust radius of its task, if that has one.
    pub radius: Option<Schedule>,
}

impl Updates<'_> {
    /// A recorded column of numbers, by update.
    pub fn numbers(&self, column: &str) -> Option<&[Option<f64>]> {
        self.record.curve.numbers(column)
    }

    /// The mean divergence of every update, in trust radii.
    pub fn kl_in_radii(&self) -> Option<Vec<f64>> {
        self.in_radii(KL_MEAN.name)
    }

    /// A recorded column of every update that has it, in trust radii. The radius of
    /// an update is what the run recorded, or else that of the task, which may fall
    /// with the share of the run that is done.
    pub fn in_radii(&self, column: &str) -> Option<Vec<f64>> {
        let radius = self.radius?;
        let recorded = self.numbers(TRUST_RADIUS.name);
        let config = &self.record.config;
        // Where updates vary in length: how far the run had come at the one before.
        let steps_before = |update: usize| {
            let steps = self.numbers(STEP.name)?;
            *steps.get(update.checked_sub(1)?)?
        };
        let done = |update: usize| match config.updates() {
            Some(updates) => update as f64 / updates as f64,
            None => steps_before(update).unwrap_or(0.0) / config.total_steps() as f64,
        };
        let in_radii = |(update, kl): (usize, &Option<f64>)| {
            let own = || *recorded?.get(update)?;
            Some((*kl)? / own().unwrap_or_else(|| radius.at(done(update))))
        };
        let kl = self.numbers(column)?.iter().enumerate();
        Some(kl.filter_map(in_radii).collect())
    }
}

/// After how many updates of a run the return falls significantly, and of how
/// many that can be said.
fn falls(updates: &Updates<'_>) -> Option<(usize, usize)> {
    let steps = updates.numbers(STEP.name)?;
    let episodes = &updates.record.episodes;
    let ended_by = |step: f64| episodes.end_step.partition_point(|&end| end as f64 <= step);
    let mut start = 0;
    let batches: Vec<&[f64]> = steps
        .iter()
        .flatten()
        .map(|&step| {
            let end = ended_by(step);
            let batch = &episodes.returns[start..end];
            start = end;
            batch
        })
        .collect();
    let pairs = batches.windows(2);
    let changes = pairs.filter_map(|pair| {
        Difference::independent(Scale::of(&[pair[1], pair[0]]), pair[1], pair[0])
    });
    let changes: Vec<Difference> = changes.collect();
    let fell = |change: &&Difference| change.interval(TAIL).high < 0.0;
    Some((changes.iter().filter(fell).count(), changes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Episodes, RunRecord};

    fn run_of(returns: &[&[f64]]) -> RunRecord {
        let mut record = crate::train::train(
            &crate::config::RunConfig {
                common: crate::config::CommonSettings {
                    steps: 16,
                    batch: 16,
                    copies: 1,
                    hidden: vec![4],
                    evaluation_episodes: 1,
                    ..Default::default()
                },
                ..crate::config::RunConfig::new(
                    "CartPole-v1",
                    crate::algo::AlgorithmConfig::new::<crate::algo::trpo::Trpo>(Default::default()),
                )
            },
            0,
        );
        record.curve = Default::default();
        record.episodes = Episodes::default();
        for (update, batch) in returns.iter().enumerate() {
            let end = 100 * (update as u64 + 1);
            record.curve.push(&[("step", (end as f64).into())]);
            for &value in *batch {
                record.episodes.end_step.push(end);
                record.episodes.returns.push(value);
                record.episodes.length.push(1);
            }
        }
        record
    }

    #[test]
    fn a_fall_is_one_that_chance_does_not_explain() {
        let record = run_of(&[
            &[10.0, 11.0, 12.0, 11.0],
            &[1.0, 2.0, 1.0, 2.0],   // fell
            &[9.0, 10.0, 11.0],      // rose
            &[8.0, 11.0, 10.0, 9.0], // nothing to tell
            &[1.0],                  // one episode: cannot be said,
            &[5.0, 5.0],             // nor here
            &[4.0, 4.0],             // fell, without any spread
            &[4.0, 4.0],             // the same
        ]);
        let updates = Updates {
            record: &record,
            radius: None,
        };
        assert_eq!(falls(&updates), Some((2, 5)));
    }
}
