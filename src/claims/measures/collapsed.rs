//! Share of runs that collapse: that lose half of what they had gained.

use super::super::Measured;
use super::super::evidence::Evidence;
use super::{Measure, Partner, nothing, subject};
use crate::experiment::claims::Part;
use crate::stats::{clopper_pearson, newcombe};
use crate::summary::Fall;

pub(super) const MEASURE: Measure = Measure {
    name: "collapsed",
    meaning: "share of runs that diverged, or whose curve had come at least a quarter of the way \
              to the reference (as the median of three neighbouring points) and whose final \
              evaluation, its own interval included, is below half of that gain",
    partner: Partner::Possible,
    keys: &[],
    check: nothing,
    words: |part| format!("runs of {} that collapsed", subject(part)),
    unit: |_, _| "share",
    estimate,
};

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let count = |variant: &str| -> Result<[usize; 2], String> {
        let mut found = [0, 0];
        for task in tasks {
            let judge = evidence.reference(task)?;
            for (_, updates) in evidence.updates(variant, task) {
                let fall = Fall::of(updates.record, None, judge);
                found[0] += usize::from(fall.is_some_and(Fall::is_collapse));
                found[1] += 1;
            }
        }
        match found[1] {
            0 => Err("there are no runs".to_owned()),
            _ => Ok(found),
        }
    };
    let x = count(&part.x)?;
    let share = |[k, n]: [usize; 2]| k as f64 / n as f64;
    let told = |name: &str, [k, n]: [usize; 2]| format!("{k} of {n} runs of {name}");
    let Some(name) = &part.y else {
        return Ok(Measured {
            value: share(x),
            interval: clopper_pearson(x[0], x[1], 0.025),
            strict: clopper_pearson(x[0], x[1], tail),
            note: told(&part.x, x),
        });
    };
    let y = count(name)?;
    let ends = |tail| newcombe(x, y, tail).ok_or("there are no runs".to_owned());
    Ok(Measured {
        value: share(x) - share(y),
        interval: ends(0.025)?,
        strict: ends(tail)?,
        note: format!("{}, {}", told(&part.x, x), told(name, y)),
    })
}
