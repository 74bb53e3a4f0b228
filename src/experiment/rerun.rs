//! A run made again up to one of its updates, and whether it is the run that was listed.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rayon::ThreadPoolBuilder;

use super::manifest::RunEntry;
use crate::exec::Exec;
use crate::lab::Lab;
use crate::record::{CHAIN_INTERVAL, chain};
use crate::rollout::batch::Batch;
use crate::threads::Team;
use crate::train::{Observer, Trainer};

/// Leaves a run when it has made so many updates, with the batch of the last.
pub struct Until {
    updates: usize,
    batch: Option<Batch<f32>>,
}

impl Until {
    /// After so many updates, at least one.
    pub fn new(updates: usize) -> Self {
        Self {
            updates,
            batch: None,
        }
    }

    /// The batch of the last update; none of an algorithm that makes none.
    pub fn into_batch(self) -> Option<Batch<f32>> {
        self.batch
    }

    /// Goes on with the run, and says whether it came so far.
    pub fn reach(&mut self, trainer: &mut Trainer) -> bool {
        if trainer.updates() < self.updates {
            let _ = trainer.run(self);
        }
        trainer.updates() >= self.updates
    }
}

impl Observer for Until {
    fn collected(&mut self, batch: &Batch<f32>) {
        self.batch = Some(batch.clone());
    }

    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        match trainer.updates() < self.updates {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

/// Whether a run that has made its update `update`, counted from 1, is the one that is
/// `listed`: the chain of digests covers every update up to the end of the interval that
/// `update` lies in, so the run goes on to there and no farther. What follows cannot have
/// reached the update, and an early one of a long run need not wait for the rest.
///
/// # Errors
/// The first update, from 1, of the interval in which they part.
pub fn confirm(trainer: &mut Trainer, listed: &RunEntry, update: usize) -> Result<(), usize> {
    let interval = update.saturating_sub(1) / CHAIN_INTERVAL;
    // A run that ends before the interval does has no more to compare.
    Until::new((interval + 1) * CHAIN_INTERVAL).reach(trainer);
    let made = chain(trainer.curve());
    match made.get(interval) == listed.chain.get(interval) {
        true => Ok(()),
        false => Err(parting(listed, &made)),
    }
}

/// The first update, from 1, of the interval in which a run with the chain `made` parts
/// from the one that is `listed`.
pub fn parting(listed: &RunEntry, made: &[String]) -> usize {
    let pairs = listed.chain.iter().zip(made);
    let equal = pairs.take_while(|(listed, made)| listed == made).count();
    equal * CHAIN_INTERVAL + 1
}

/// All cores work inside one run: no bit depends on it.
pub fn every_core(lab: &Lab) -> Exec {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(cores).build();
    // Without threads of its own it works on the calling one.
    let team = pool.map(|pool| Team::new(Arc::new(pool), Arc::new(AtomicUsize::new(cores))));
    Exec {
        kernel: lab.kernel(),
        team: team.unwrap_or_default(),
    }
}
