//! A run made again up to one of its updates.

use super::file::Recorded;
use super::{DissectError, Scene};
use crate::algo::{step, trpo};
use crate::columns::{Column, Curve};
use crate::config::RunConfig;
use crate::experiment::manifest::RunEntry;
use crate::experiment::rerun::{Until, confirm, every_core, parting};
use crate::experiment::selection::not_dissected;
use crate::format::count;
use crate::lab::Lab;
use crate::record::chain;
use crate::train::{RETURN_MEAN, STEP, Trainer};

/// The run that `listed` says was made of `config`, as it stands before its
/// update `update`, counted from 1, with the batch of that update, what was recorded
/// of it, and what `rule` finds in the run before it.
pub(super) fn replay<R>(
    lab: &Lab,
    config: &RunConfig,
    (listed, update): (&RunEntry, usize),
    rule: impl FnOnce(&Trainer) -> Option<R>,
) -> Result<Scene<R>, DissectError> {
    let mut trainer = Trainer::new(lab, config, listed.seed)?.with_exec(&every_core(lab));
    if update > 1 {
        go_to(&mut trainer, &mut Until::new(update - 1), listed, update)?;
    }
    let rule = rule(&trainer);
    let (policy, normaliser) = (trainer.policy().clone(), trainer.normaliser().clone());
    let mut seen = Until::new(update);
    go_to(&mut trainer, &mut seen, listed, update)?;
    let after = trainer.policy().theta();
    confirm(&mut trainer, listed, update).map_err(|first| differs(listed, first))?;
    let name = config.algorithm.name();
    let no_rule = || DissectError::Usage(not_dissected(&listed.variant, name));
    let curve = trainer.curve();
    Ok(Scene {
        task: trainer.task().clone(),
        config: config.clone(),
        seed: listed.seed,
        rule: rule.ok_or_else(no_rule)?,
        policy,
        after,
        normaliser,
        batch: seen.into_batch().ok_or_else(no_rule)?,
        recorded: recorded(curve, update - 1),
        steps: number(curve, STEP, update - 1).unwrap_or(0.0) as u64,
    })
}

/// Goes on to where `until` leaves the run, which the run must reach.
fn go_to(
    trainer: &mut Trainer,
    until: &mut Until,
    listed: &RunEntry,
    update: usize,
) -> Result<(), DissectError> {
    if until.reach(trainer) {
        return Ok(());
    }
    let made = chain(trainer.curve());
    if made != listed.chain {
        return Err(differs(listed, parting(listed, &made)));
    }
    let updates = count(trainer.updates(), "update");
    Err(DissectError::Usage(format!(
        "{} {} seed {} ended after {updates} ({}): there is no update {update}",
        listed.env, listed.variant, listed.seed, listed.status
    )))
}

fn differs(listed: &RunEntry, first: usize) -> DissectError {
    DissectError::Differs {
        run: format!("{} {} seed {}", listed.env, listed.variant, listed.seed),
        first,
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
