//! Share of the updates of a run of which something is true.

use super::super::Measured;
use super::super::contrast::Contrast;
use super::super::evidence::Evidence;
use super::{Measure, Partner, column_in, subject};
use crate::algo::StepLimit;
use crate::algo::step::KL_MEAN;
use crate::experiment::claims::{Part, Unit};
use crate::experiment::plan::Plan;
use crate::format::short;
use crate::suggest::{did_you_mean, nearest};
use crate::summary::shares::{OUTSIDE, SHARES, Updates};

pub(super) const MEASURE: Measure = Measure {
    name: "share",
    meaning: "share of the updates of a run that are `of` one of the kinds that summaries count, \
              or whose `column` is `above` or `below` a number; mean over runs, since updates of \
              one run are no sample",
    partner: Partner::Possible,
    keys: &["of", "column", "unit", "above", "below"],
    check,
    words: |part| format!("updates of {} {}", subject(part), condition(part)),
    unit: |_, _| "share",
    estimate,
};

/// `outside`, or `with kl_max above 1 delta`.
fn condition(part: &Part) -> String {
    if let Some(of) = &part.of {
        return format!("`{of}`");
    }
    let column = part.column.as_deref().unwrap_or_default();
    let unit = part.unit.map_or("", |_| " delta");
    let side = match (part.above, part.below) {
        (Some(above), _) => format!("above {}{unit}", short(above)),
        (_, Some(below)) => format!("below {}{unit}", short(below)),
        _ => String::new(),
    };
    format!("with `{column}` {side}")
}

fn check(plan: &Plan, part: &Part) -> Result<(), String> {
    match (&part.of, &part.column) {
        (Some(of), None) => {
            if !SHARES.iter().any(|share| share.name == of) {
                let meant = nearest(of, SHARES.iter().map(|share| share.name));
                let all: Vec<&str> = SHARES.iter().map(|share| share.name).collect();
                return Err(format!(
                    "`of` is one of {}, not `{of}`{}",
                    all.join(", "),
                    did_you_mean(meant)
                ));
            }
            if part.above.is_some() || part.below.is_some() || part.unit.is_some() {
                return Err(
                    "`of` says what is counted; leave `above`, `below` and `unit` out".to_owned(),
                );
            }
        }
        (None, Some(_)) => {
            if part.above.is_some() == part.below.is_some() {
                return Err("give one of `above` and `below`: which updates are counted".to_owned());
            }
        }
        _ => {
            return Err("give `of` or `column`: which updates are counted".to_owned());
        }
    }
    enforced(plan, part)
}

/// Refuses what the search along the step of x lets no update do.
fn enforced(plan: &Plan, part: &Part) -> Result<(), String> {
    let is_outside = part.of.as_deref() == Some(OUTSIDE.name);
    let is_radius = part.column.as_deref() == Some(KL_MEAN.name)
        && part.unit == Some(Unit::Delta)
        && part.above.is_some_and(|above| above >= 1.0);
    let holds = |variant: &str| {
        let mut cells = plan.cells.iter().filter(|cell| cell.variant == *variant);
        cells.all(|cell| cell.config.algorithm.step_limit() == Some(StepLimit::TrustRegion))
    };
    if (is_outside || is_radius) && part.y.is_none() && holds(&part.x) {
        return Err(format!(
            "true by construction: `{}` accepts no step whose mean divergence is above its trust \
             radius; ask another variant, or the largest divergence of a state (`kl_max`)",
            part.x
        ));
    }
    Ok(())
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let runs = |variant: &str, task: &str| {
        let runs = evidence.updates(variant, task);
        let shares = runs.map(|(seed, updates)| Ok((seed, share(part, &updates)?)));
        shares.collect()
    };
    Contrast::between(&part.x, part.y.as_deref(), tasks, true, runs)?.measured(tail)
}

/// The share in one run.
fn share(part: &Part, updates: &Updates<'_>) -> Result<f64, String> {
    let name = &updates.record.config.env;
    let (count, of) = match &part.of {
        Some(of) => {
            let share = SHARES.iter().find(|share| share.name == of);
            let found = share.and_then(|share| (share.count)(updates));
            found.ok_or_else(|| format!("it cannot be said of updates on {name}"))?
        }
        None => {
            let column = part.column.as_deref().unwrap_or_default();
            let values = column_in(updates, column, part.unit)?;
            let is_counted = |value: &&f64| match (part.above, part.below) {
                (Some(above), _) => **value > above,
                (_, Some(below)) => **value < below,
                _ => false,
            };
            (values.iter().filter(is_counted).count(), values.len())
        }
    };
    match of {
        0 => Err(format!(
            "a run on {name} has no update of which it can be said"
        )),
        of => Ok(count as f64 / of as f64),
    }
}
