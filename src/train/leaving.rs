//! What a run leaves: its record, its last policy and its best.

use serde::{Deserialize, Serialize};

use super::{Observer, Trainer};
use crate::policy::normalise::ObservationNormaliser;
use crate::record::{NUMERICS, RunRecord, Status};
use crate::saved::{About, BestPoint, FORMAT, SavedPolicy};

/// What a run leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Its record.
    pub record: RunRecord,
    /// Its last policy; none of a run that diverged or failed.
    pub policy: Option<SavedPolicy>,
    /// Its policy at the evaluation while training with the highest mean return, the first
    /// of several; none without such evaluations, or of a run that diverged or failed.
    pub best: Option<SavedPolicy>,
}

/// The networks of a run at some time, with what its policy sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Networks {
    theta: Vec<f32>,
    critic: Vec<f32>,
    normaliser: ObservationNormaliser,
}

/// The best evaluation so far, with the networks that it was of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    point: BestPoint,
    networks: Networks,
}

impl Trainer {
    /// Evaluates the final policy and closes the record.
    pub fn into_record(self, observer: &mut impl Observer) -> RunRecord {
        self.finish(observer).record
    }

    /// Evaluates the final policy, and gives the record with the policies of the run.
    pub fn finish(mut self, observer: &mut impl Observer) -> Finished {
        let evaluation = self.last_evaluation(observer);
        let networks = self.networks();
        let best = self.progress.best.take();
        let task = self.task.clone();
        let hidden = self.config.common.hidden.clone();
        let record = self.close(evaluation);
        let saved = |networks: Networks, best: Option<BestPoint>| {
            let policy = SavedPolicy {
                about: About {
                    format: FORMAT,
                    config: record.config.clone(),
                    seed: record.seed,
                    best,
                    numerics: NUMERICS,
                    record: record.digest.clone(),
                    content: String::new(),
                },
                actions: task.spec().actions.clone(),
                observation_dim: task.spec().observation_dim,
                hidden: hidden.clone(),
                theta: networks.theta,
                normaliser: networks.normaliser,
                critic_hidden: hidden.clone(),
                critic: networks.critic,
            };
            policy.sealed()
        };
        let is_complete = record.status == Status::Completed;
        let policy = is_complete.then(|| saved(networks, None));
        let best = best.filter(|_| is_complete);
        let best = best.map(|best| saved(best.networks, Some(best.point)));
        Finished {
            policy,
            best,
            record,
        }
    }

    fn networks(&self) -> Networks {
        Networks {
            theta: self.policy.theta(),
            critic: self.critic.w(),
            normaliser: self.collector.normaliser().clone(),
        }
    }

    /// Keeps the networks if the last evaluation is better than all before it.
    pub(super) fn keep_best(&mut self) {
        let Some(point) = self.progress.points.last() else {
            return;
        };
        let mean_return = point.evaluation.mean_return();
        let best = self.progress.best.as_ref();
        if best.is_none() && self.progress.points.len() > 1 {
            // The run goes on from a checkpoint of a program that kept none: which of the
            // points before was better is known, its networks are not.
            return;
        }
        if best.is_none_or(|best| mean_return > best.point.mean_return) {
            let point = BestPoint {
                update: point.update,
                step: point.step,
                mean_return,
            };
            let networks = self.networks();
            self.progress.best = Some(Best { point, networks });
        }
    }
}
