//! A run made again up to one of its updates.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rayon::ThreadPoolBuilder;

use super::file::Recorded;
use super::{DissectError, Scene};
use crate::algo::{step, trpo};
use crate::columns::{Column, Curve};
use crate::config::RunConfig;
use crate::exec::Exec;
use crate::experiment::manifest::RunEntry;
use crate::experiment::selection::not_dissected;
use crate::format::count;
use crate::lab::Lab;
use crate::record::{CHAIN_INTERVAL, chain};
use crate::rollout::batch::Batch;
use crate::threads::Team;
use crate::train::{Observer, RETURN_MEAN, STEP, Trainer};

/// Leaves a run when it has made so many updates, with the batch of the last.
struct Until {
    updates: usize,
    batch: Option<Batch<f32>>,
}

impl Until {
    fn new(updates: usize) -> Self {
        Self {
            updates,
            batch: None,
        }
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

/// The run that `listed` says was made of `config`, as it stands before its
/// update `update`, counted from 1, with the batch of that update, what was recorded
/// of it, and what `rule` finds in the run before it.
///
/// It is the listed run: the chain of digests covers every update up to the end of
/// the interval that `update` lies in, so the run goes on to there and no farther.
/// What follows cannot have reached the update, and an early one of a long run
/// need not wait for the rest.
pub(super) fn replay<R>(
    lab: &Lab,
    config: &RunConfig,
    (listed, update): (&RunEntry, usize),
    rule: impl FnOnce(&Trainer) -> Option<R>,
) -> Result<Scene<R>, DissectError> {
    let mut trainer = Trainer::new(lab, config, listed.seed)?.with_exec(&exec(lab));
    if update > 1 {
        go_to(&mut trainer, &mut Until::new(update - 1), listed, update)?;
    }
    let rule = rule(&trainer);
    let (policy, normaliser) = (trainer.policy().clone(), trainer.normaliser().clone());
    let mut seen = Until::new(update);
    go_to(&mut trainer, &mut seen, listed, update)?;
    let after = trainer.policy().theta();
    let interval = (update - 1) / CHAIN_INTERVAL;
    // A run that ends before the interval does has no more to compare.
    let _ = trainer.run(&mut Until::new((interval + 1) * CHAIN_INTERVAL));
    let made = chain(trainer.curve());
    if made.get(interval) != listed.chain.get(interval) {
        return Err(differs(listed, &made));
    }
    let name = config.algorithm.name();
    let no_rule = || DissectError::Usage(not_dissected(&listed.variant, name));
    let curve = trainer.curve();
    Ok(Scene {
        task: lab
            .find_task(&config.env)
            .map_err(crate::train::StartError::from)?,
        config: config.clone(),
        seed: listed.seed,
        rule: rule.ok_or_else(no_rule)?,
        policy,
        after,
        normaliser,
        batch: seen.batch.ok_or_else(no_rule)?,
        recorded: recorded(curve, update - 1),
        steps: number(curve, STEP, update - 1).unwrap_or(0.0) as u64,
    })
}

/// All cores work inside the run: no bit depends on it.
fn exec(lab: &Lab) -> Exec {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(cores).build();
    // Without threads of its own it works on the calling one.
    let team = pool.map(|pool| Team::new(Arc::new(pool), Arc::new(AtomicUsize::new(cores))));
    Exec {
        kernel: lab.kernel(),
        team: team.unwrap_or_default(),
    }
}

/// Goes on to where `until` leaves the run, which the run must reach.
fn go_to(
    trainer: &mut Trainer,
    until: &mut Until,
    listed: &RunEntry,
    update: usize,
) -> Result<(), DissectError> {
    let _ = trainer.run(until);
    if trainer.updates() >= until.updates {
        return Ok(());
    }
    let made = chain(trainer.curve());
    if made != listed.chain {
        return Err(differs(listed, &made));
    }
    let updates = count(trainer.updates(), "update");
    Err(DissectError::Usage(format!(
        "{} {} seed {} ended after {updates} ({}): there is no update {update}",
        listed.env, listed.variant, listed.seed, listed.status
    )))
}

fn differs(listed: &RunEntry, made: &[String]) -> DissectError {
    let pairs = listed.chain.iter().zip(made);
    let equal = pairs.take_while(|(listed, made)| listed == made).count();
    DissectError::Differs {
        run: format!("{} {} seed {}", listed.env, listed.variant, listed.seed),
        first: equal * CHAIN_INTERVAL + 1,
    }
}

fn number(curve: &Curve, column: Column, row: usize) -> Option<f64> {
    *curve.numbers(column.name)?.get(row)?
}

fn recorded(curve: &Curve, row: usize) -> Recorded {
    let outcome = curve.words(step::OUTCOME.name).and_then(|all| all.get(row));
    let value = |column| number(curve, column, row).unwrap_or(0.0);
    Recorded {
        outcome: outcome.cloned().unwrap_or_default(),
        accepted: number(curve, trpo::BACKTRACKS, row).map(|j| j as usize),
        improvement: value(step::IMPROVEMENT),
        kl_mean: value(step::KL_MEAN),
        kl_max: value(step::KL_MAX),
        return_mean: number(curve, RETURN_MEAN, row),
    }
}
