//! The iteration that TRPO, NPG, VPG and PPO share: a batch, a policy step, a
//! critic fit.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::bench::{Bench, Part};
use super::error::UpdateError;
use super::step::{LOG_STD, PolicyStep};
use crate::columns::Row;

/// An algorithm that makes one policy step on every batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OnPolicy<A>(pub A);

impl<A: PolicyStep + Send> Algorithm for OnPolicy<A> {
    fn update(&mut self, bench: &mut Bench<'_>, done: f64) -> Result<Row, UpdateError> {
        let batch = bench.batch()?;
        bench.begin(Part::Policy);
        let mut row = self.0.policy_step(bench.policy, &batch, done)?;
        if let Some(log_std) = bench.policy.mean_log_std() {
            row.set(LOG_STD, log_std);
        }
        row.extend(bench.fit(&batch, done).row());
        Ok(row)
    }
}
